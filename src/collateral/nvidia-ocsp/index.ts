/**
 * NVIDIA's word on revocation: asked with a fresh nonce, verified before it is kept, used again until it names its next
 * one. A revocation for good is kept for good; silence is never a good answer.
 */
import { CodedError, asCoded } from '../../checks/error';
import type { ByteStore, Getter } from '../../checks/getter';
import type { OcspAnswer, OcspSource } from '../../evidence/nvidia/types';
import { fingerprintOf } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { judgeOcsp } from '../../x509/ocsp';
import type { OcspFinding } from '../../x509/ocsp';
import { ocspRequest } from '../../x509/ocsp-request';
import { carefulStore } from '../nvidia-rim/careful-store';

export const OCSP_ORIGIN = 'https://ocsp.ndis.nvidia.com';

export interface OcspDoors {
  readonly get: Getter;
  readonly store: ByteStore;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** That many unpredictable bytes. */
  readonly random: (length: number) => Uint8Array;
}

const NONCE_BYTES = 32;
const MAX_BYTES = 64 * 1024;
/** A machine has up to twenty certificates to ask about: where the first finds nobody, the rest need not wait for their own timeouts. */
const PAUSE_MS = 30_000;

/** What the users of one store share. A background makes a source for each judgement; silence must outlast it. */
interface State {
  readonly flights: Map<string, Promise<OcspAnswer>>;
  silentUntil: number;
}
const shared = new WeakMap<ByteStore, State>();

interface Kept {
  readonly der: Uint8Array;
  readonly finding: OcspFinding;
}

/** A source over NVIDIA's responder. It never raises for anything a network, a store or an answer can do. Equal questions that run at the same time are asked once. */
export function nvidiaOcsp(given: OcspDoors): OcspSource {
  const doors = { ...given, store: carefulStore(given.store) };
  const state: State = shared.get(given.store) ?? { flights: new Map(), silentUntil: 0 };
  shared.set(given.store, state);
  return (certificate, issuer) => {
    const key = `nvidia-ocsp/${fingerprintOf(certificate)}`;
    const running = state.flights.get(key) ?? serve(doors, state, key, certificate, issuer).finally(() => state.flights.delete(key));
    state.flights.set(key, running);
    return running;
  };
}

async function serve(doors: OcspDoors, state: State, key: string, certificate: Certificate, issuer: Certificate): Promise<OcspAnswer> {
  const kept = await readKept(doors, key, certificate, issuer);
  if (kept !== undefined && (kept.finding.status === 'good' || kept.finding.status === 'revoked')) return { candidates: [{ der: kept.der }] };
  try {
    const { der, nonce, finding } = await ask(doors, state, certificate, issuer);
    // What the responder does not know it may know tomorrow: nothing to keep.
    const worthKeeping = finding.status !== 'unknown' && finding.thisUpdate >= (kept?.finding.thisUpdate ?? Number.NEGATIVE_INFINITY);
    return { candidates: [{ der, nonce }], ...(worthKeeping ? await keep(doors, key, der) : {}) };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { candidates: kept === undefined ? [] : [{ der: kept.der }], problem: { code, detail } };
  }
}

/** Why it could not be kept, if so: what was answered serves all the same. */
async function keep({ store }: OcspDoors, key: string, der: Uint8Array): Promise<Pick<OcspAnswer, 'problem'>> {
  try {
    await store.put(key, der);
    return {};
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { problem: { code, detail } };
  }
}

/** What the store holds, verified again and in date; anything else there counts as nothing. */
async function readKept({ store, now }: OcspDoors, key: string, certificate: Certificate, issuer: Certificate): Promise<Kept | undefined> {
  try {
    const der = await store.get(key);
    return der === undefined ? undefined : { der, finding: await judgeOcsp(der, { certificate, issuer, now: now() }) };
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

async function ask(doors: OcspDoors, state: State, certificate: Certificate, issuer: Certificate): Promise<Kept & { readonly nonce: Uint8Array }> {
  const nonce = doors.random(NONCE_BYTES);
  const der = await post(doors, state, ocspRequest(certificate, issuer, nonce));
  return { der, nonce, finding: await judgeOcsp(der, { certificate, issuer, now: doors.now(), nonce }) };
}

async function post({ get, now }: OcspDoors, state: State, body: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { host } = new URL(OCSP_ORIGIN);
  const left = state.silentUntil - now();
  if (left > 0 && left <= PAUSE_MS) throw new CodedError('COLLATERAL_UNREACHABLE', `${host} did not answer a moment ago`);
  try {
    const headers = { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' };
    const response = await get(`${OCSP_ORIGIN}/`, { method: 'POST', headers, body, maxBytes: MAX_BYTES });
    if (response.status === 429) throw new CodedError('RATE_LIMITED', host);
    if (response.status !== 200) throw new CodedError('COLLATERAL_UNREACHABLE', `${host} answered ${response.status}`);
    return response.body;
  } catch (error) {
    const { code, detail } = asCoded(error);
    state.silentUntil = now() + PAUSE_MS;
    if (code === 'RATE_LIMITED' || code === 'COLLATERAL_UNREACHABLE') throw error;
    throw new CodedError('COLLATERAL_UNREACHABLE', `${host}: ${code} ${detail}`, { cause: error });
  }
}

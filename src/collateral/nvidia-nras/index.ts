/**
 * NVIDIA's own judgement of GPU evidence, asked for where the user switched it on: it costs that NVIDIA sees the evidence.
 * It never makes another check better, and silence takes nothing away. One answer per evidence is kept while it is in date.
 */
import type { Check } from '../../checks/check';
import { CodedError, asCoded } from '../../checks/error';
import type { ByteStore, GetOptions, Getter } from '../../checks/getter';
import { toBase64 } from '../../encoding/base64';
import { concatBytes, equalBytes, utf8Bytes, utf8Text } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import type { DeviceEvidence } from '../../evidence/nvidia';
import { readTranscript } from '../../evidence/nvidia/spdm';
import type { DeviceFacts } from '../../evidence/nvidia/types';
import { sha256Bytes } from '../../signatures/digests';
import { carefulStore } from '../nvidia-rim/careful-store';
import { badOpinion, judgeOpinion, noOpinion } from './judge';
import { NRAS_ISSUER, type Opinion, verifyOpinion } from './opinion';
import { readKeys, type TokenKeys } from './token';

export { noOpinion } from './judge';
export const NRAS_ORIGIN = NRAS_ISSUER;

export interface NrasDoors {
  readonly get: Getter;
  readonly store: ByteStore;
}

export interface SecondOpinionQuestion {
  /** GPUs, each beside its facts; only those whose chain and signature hold here are to be sent. */
  readonly devices: readonly { readonly evidence: DeviceEvidence; readonly facts: DeviceFacts }[];
  /** Inside every SPDM request, 32 bytes. */
  readonly nonce: Uint8Array;
  /** Ms since the epoch. */
  readonly now: number;
  readonly clockBehind?: { readonly detail: string };
}

/** Hands out the check `gpu.second-opinion`, which is never required. Never raises for anything a network, a store or an answer can do. */
export type SecondOpinionSource = (question: SecondOpinionQuestion) => Promise<Check>;

/** Eight devices make 17 kB of tokens; the list of keys has 90 kB. */
const MAX_BYTES = 1024 * 1024;
const KEYS_MS = 15 * 60_000;
/** After a failure the service is left alone for a while: each answer of a chat would else wait for it anew. */
const PAUSE_MS = 5 * 60_000;
/** Every attestation is other evidence: its answer takes the place of an older one. */
const SLOTS = 16;
const DIGEST_BYTES = 32;

/** What the users of one store share. */
interface Shared {
  readonly flights: Map<string, Promise<Check>>;
  silent?: { readonly until: number; readonly because: CodedError };
}
const shared = new WeakMap<ByteStore, Shared>();

/** A source over NVIDIA's service. Equal questions that run at the same time are asked once. */
export function nvidiaNras(given: NrasDoors): SecondOpinionSource {
  const doors = { ...given, store: carefulStore(given.store) };
  const state = shared.get(given.store) ?? { flights: new Map<string, Promise<Check>>() };
  shared.set(given.store, state);
  return async (question) => {
    const body = requestOf(question);
    if (body instanceof CodedError) return noOpinion(body.code, body.detail);
    const digest = sha256Bytes(utf8Bytes(body));
    const key = toHex(digest);
    const running = state.flights.get(key) ?? answer(doors, state, question, { body, digest }).finally(() => state.flights.delete(key));
    state.flights.set(key, running);
    return running;
  };
}

/** What is sent: the evidence and the nonce, nothing of whoever asks. */
function requestOf({ devices, nonce }: SecondOpinionQuestion): string | CodedError {
  const families = [...new Set(devices.map(({ facts }) => facts.family))];
  const [arch] = families;
  if (arch === undefined || families.length > 1 || arch === 'LS10') return new CodedError('DEVICE_FAMILIES_MIXED', 'not asked: no GPUs of one kind');
  try {
    const list = devices.map(({ evidence }) => ({ certificate: toBase64(utf8Bytes(evidence.certificates)), evidence: toBase64(upToSignature(evidence.transcript)) }));
    return JSON.stringify({ nonce: toHex(nonce), arch, evidence_list: list });
  } catch (error) {
    return asCoded(error);
  }
}

/** NVIDIA takes the last bytes for the signature, whatever they are: zeros behind it, as some senders leave them, must not make it a bad one. */
function upToSignature(transcript: Uint8Array): Uint8Array {
  const { signed, signature } = readTranscript(transcript);
  return transcript.subarray(0, signed.length + signature.length);
}

interface Request {
  readonly body: string;
  readonly digest: Uint8Array;
}

async function answer(doors: NrasDoors, state: Shared, question: SecondOpinionQuestion, request: Request): Promise<Check> {
  const { clockBehind, devices, nonce } = question;
  try {
    const opinion = (await keptOpinion(doors, question, request)) ?? (await freshOpinion(doors, state, question, request));
    const check = judgeOpinion(opinion, devices.map(({ facts }) => facts), nonce);
    // Whether the tokens are of now cannot be said; what they contradict they contradict in any case.
    return clockBehind !== undefined && check.outcome === 'pass' ? noOpinion('CLOCK_BEHIND', clockBehind.detail) : check;
  } catch (error) {
    return badOpinion(asCoded(error));
  }
}

const slotOf = ({ digest }: Request): string => `nvidia-nras/answer/${(digest[0] ?? 0) % SLOTS}`;

/** What the store holds about this very evidence, verified again and in date; anything else there counts as nothing. */
async function keptOpinion(doors: NrasDoors, question: SecondOpinionQuestion, request: Request): Promise<Opinion | undefined> {
  const kept = await readKept(doors.store, slotOf(request));
  if (kept === undefined || !equalBytes(kept.subarray(0, DIGEST_BYTES), request.digest)) return undefined;
  try {
    return await verify(kept.subarray(DIGEST_BYTES), await keysOf(doors, question.now, false), question);
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

/** Only what verifies is kept: a try after anything else asks anew. */
async function freshOpinion(doors: NrasDoors, state: Shared, question: SecondOpinionQuestion, request: Request): Promise<Opinion> {
  const { now } = question;
  const left = state.silent === undefined ? 0 : state.silent.until - now;
  if (state.silent !== undefined && left > 0 && left <= PAUSE_MS) throw state.silent.because;
  try {
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const bytes = await ask(doors.get, '/v3/attest/gpu', { method: 'POST', headers, body: request.body, maxBytes: MAX_BYTES });
    const opinion = await verifyWithKeys(doors, bytes, question);
    await keep(doors.store, slotOf(request), concatBytes(request.digest, bytes));
    delete state.silent;
    return opinion;
  } catch (error) {
    const because = asCoded(error);
    // A token that contradicts speaks of this evidence alone.
    if (because.code !== 'NRAS_TOKEN') state.silent = { until: now + PAUSE_MS, because };
    throw error;
  }
}

/** Keys live for two days and are listed before they are used: one that is not listed here may be listed there by now. */
async function verifyWithKeys(doors: NrasDoors, bytes: Uint8Array, question: SecondOpinionQuestion): Promise<Opinion> {
  try {
    return await verify(bytes, await keysOf(doors, question.now, false), question);
  } catch (error) {
    if (asCoded(error).code !== 'NRAS_KEY_UNKNOWN') throw error;
    return await verify(bytes, await keysOf(doors, question.now, true), question);
  }
}

const verify = (bytes: Uint8Array, keys: TokenKeys, { devices, nonce, now, clockBehind }: SecondOpinionQuestion): Promise<Opinion> =>
  verifyOpinion({ answer: bytes, keys, nonce, count: devices.length, now: clockBehind === undefined ? now : undefined });

const KEYS = 'nvidia-nras/keys';

/** The service's list of keys, asked for at most every 15 minutes unless `again`. Nothing vouches for it but the connection. */
async function keysOf({ get, store }: NrasDoors, now: number, again: boolean): Promise<TokenKeys> {
  const [kept, asked] = await Promise.all([readKept(store, KEYS), readKept(store, `${KEYS}/asked`)]);
  const age = now - Number(asked === undefined || asked.length === 0 ? Number.NaN : utf8Text(asked));
  if (!again && kept !== undefined && age >= 0 && age < KEYS_MS) return readKeys(kept);
  const bytes = await ask(get, '/.well-known/jwks.json', { headers: { accept: 'application/json' }, maxBytes: MAX_BYTES });
  const keys = readKeys(bytes);
  await keep(store, KEYS, bytes);
  await keep(store, `${KEYS}/asked`, utf8Bytes(`${now}`));
  return keys;
}

/** A store that cannot read or keep costs a request and no verdict: what was answered serves all the same. */
async function readKept(store: ByteStore, key: string): Promise<Uint8Array | undefined> {
  try {
    return await store.get(key);
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

async function keep(store: ByteStore, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await store.put(key, bytes);
  } catch (error) {
    asCoded(error);
  }
}

async function ask(get: Getter, path: string, options: GetOptions): Promise<Uint8Array> {
  const { host } = new URL(NRAS_ORIGIN);
  const response = await get(`${NRAS_ORIGIN}${path}`, options).catch((error: unknown) => {
    const { code, detail } = asCoded(error);
    throw new CodedError('COLLATERAL_UNREACHABLE', `${host}: ${code} ${detail}`, { cause: error });
  });
  if (response.status === 200) return response.body;
  throw new CodedError(response.status === 429 ? 'RATE_LIMITED' : 'COLLATERAL_UNREACHABLE', `${host} answered ${response.status}`);
}

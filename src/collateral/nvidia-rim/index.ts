/**
 * NVIDIA's manifests of reference values, from NVIDIA's own service: kept as they came, verified before they are kept and
 * again when they are loaded, asked for anew each day, and never replaced by older ones (DESIGN law 4).
 */
import { CodedError, asCoded } from '../../checks/error';
import type { ByteStore, GetResponse, Getter } from '../../checks/getter';
import { utf8Bytes } from '../../encoding/bytes';
import { readRim } from '../../evidence/nvidia/rim';
import type { Rim } from '../../evidence/nvidia/rim';
import type { WantedRim } from '../../evidence/nvidia/rim-id';
import { readRimFile } from '../../evidence/nvidia/rim-service';
import { rimDateFault, rimSignatureFault } from '../../evidence/nvidia/rim-signature';
import type { RimAnswer, RimCandidate, RimSource } from '../../evidence/nvidia/types';
import type { Anchor } from '../../roots/anchor';
import { carefulStore } from './careful-store';

export const RIM_ORIGIN = 'https://rim.attestation.nvidia.com';

export interface RimDoors {
  readonly get: Getter;
  readonly store: ByteStore;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/** Real answers have about 35 kB. */
const MAX_BYTES = 512 * 1024;
const ASK_AGAIN_MS = 24 * 3_600_000;
/** NVIDIA issues manifests anew with other values: a mismatch with a kept one is a reason to ask, but not at every turn. */
const RENEW_AGAIN_MS = 3_600_000;

/** After a failure the service is left alone for a moment, so that a row of answers does not wait for it each; short, because a user may be waiting. */
const PAUSE_MS = 30_000;
/** What the service does not know, and what could not be renewed while it still holds, need not be asked for so soon. */
const LONG_PAUSE_MS = 10 * 60_000;
const MAX_FAILED = 64;

/** What the users of one store share. A background makes a source for each judgement; silence must outlast it. */
interface Shared {
  readonly flights: Map<string, Promise<RimAnswer>>;
  readonly failed: Map<string, { readonly at: number; readonly because: CodedError }>;
}
const shared = new WeakMap<ByteStore, Shared>();

interface Verified {
  readonly bytes: Uint8Array;
  readonly candidate: RimCandidate;
  readonly rim: Rim;
}

type AskOne = (wanted: WantedRim, again: boolean) => Promise<RimAnswer>;

/** A source over NVIDIA's service. It never raises for anything a network, a store or an answer can do. Equal questions that run at the same time are asked once. */
export function nvidiaRims(given: RimDoors, anchors: readonly Anchor[]): RimSource {
  const state: Shared = shared.get(given.store) ?? { flights: new Map(), failed: new Map() };
  shared.set(given.store, state);
  // What is verified under some anchors says nothing under others.
  const under = anchors.filter(({ kind }) => kind === 'nvidia-rim').map(({ spki }) => spki).sort().join('|');
  const doors: Doors = { ...given, store: carefulStore(given.store), failed: state.failed, under };
  const once: AskOne = (wanted, again) => {
    const key = `${wanted.id} ${again} ${under}`;
    const running = state.flights.get(key) ?? serve(doors, anchors, wanted, again).finally(() => state.flights.delete(key));
    state.flights.set(key, running);
    return running;
  };
  return async (wanted) => {
    const answer = await once(wanted, false);
    return answer.kept === true ? { ...answer, renew: () => once(wanted, true) } : answer;
  };
}

type Doors = RimDoors & Pick<Shared, 'failed'> & { readonly under: string };

async function serve(doors: Doors, anchors: readonly Anchor[], wanted: WantedRim, again: boolean): Promise<RimAnswer> {
  try {
    const kept = await readKept(doors, anchors, wanted);
    const inDate = kept !== undefined && rimDateFault(kept.rim.signature, doors.now()) === undefined;
    if (inDate && (await askedWithin(doors, wanted, again ? RENEW_AGAIN_MS : ASK_AGAIN_MS))) return { candidates: [kept.candidate], kept: true };
    return await renew(doors, anchors, wanted, kept, inDate);
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { candidates: [], problem: { code, detail } };
  }
}

/** Asks the service. What is kept serves where nothing newer can be had: while it is in date without a word, afterwards with the reason. */
async function renew(doors: Doors, anchors: readonly Anchor[], wanted: WantedRim, kept: Verified | undefined, inDate: boolean): Promise<RimAnswer> {
  const now = doors.now();
  const key = `${wanted.id} ${doors.under}`;
  const before = doors.failed.get(key);
  const pause = inDate || before?.because.code === 'RIM_NOT_FOUND' ? LONG_PAUSE_MS : PAUSE_MS;
  const silent = before !== undefined && now >= before.at && now - before.at < pause ? before.because : undefined;
  try {
    if (silent !== undefined) throw silent;
    const fetched = await verified(await ask(doors, wanted), anchors, wanted);
    if (kept !== undefined && signedAt(fetched.rim) < signedAt(kept.rim)) throw new CodedError('COLLATERAL_ROLLED_BACK', `${wanted.id}: an older issue than the one already here`);
    doors.failed.delete(key);
    return { candidates: [fetched.candidate], ...(await keep(doors, wanted, fetched.bytes)) };
  } catch (error) {
    const because = asCoded(error);
    const { code, detail } = because;
    if (silent === undefined) remember(doors.failed, key, { at: now, because });
    if (kept === undefined) return { candidates: [], problem: { code, detail } };
    if (inDate) return { candidates: [kept.candidate] };
    // Out of date and the service goes backwards: neither issue may serve.
    if (code === 'COLLATERAL_ROLLED_BACK') return { candidates: [], problem: { code, detail } };
    return { candidates: [kept.candidate], problem: { code, detail } };
  }
}

function remember(failed: Shared['failed'], key: string, failure: { readonly at: number; readonly because: CodedError }): void {
  failed.delete(key);
  failed.set(key, failure);
  const [oldest] = failed.keys();
  if (failed.size > MAX_FAILED && oldest !== undefined) failed.delete(oldest);
}

/** Why it could not be kept, if so: what was fetched serves all the same. */
async function keep({ store, now }: RimDoors, wanted: WantedRim, bytes: Uint8Array): Promise<Pick<RimAnswer, 'problem'>> {
  try {
    await store.put(keyOf(wanted), bytes);
    await store.put(`${keyOf(wanted)}/asked`, utf8Bytes(`${now()}`));
    return {};
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { problem: { code, detail } };
  }
}

const keyOf = ({ id }: WantedRim): string => `nvidia-rim/${id}`;
const signedAt = (rim: Rim): number => rim.signature.certificates[0]?.notBefore ?? 0;

/** What the store holds, verified again; anything else there counts as nothing. */
async function readKept({ store }: RimDoors, anchors: readonly Anchor[], wanted: WantedRim): Promise<Verified | undefined> {
  try {
    const bytes = await store.get(keyOf(wanted));
    return bytes === undefined ? undefined : await verified(bytes, anchors, wanted);
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

async function askedWithin({ store, now }: RimDoors, wanted: WantedRim, span: number): Promise<boolean> {
  const asked = await store.get(`${keyOf(wanted)}/asked`);
  const age = now() - Number(new TextDecoder().decode(asked ?? new Uint8Array()) || Number.NaN);
  return age >= 0 && age < span;
}

/** Raises the coded error of whatever is wrong: nothing that is not NVIDIA's, under this name, gets past it. Dates are not judged. */
async function verified(bytes: Uint8Array, anchors: readonly Anchor[], wanted: WantedRim): Promise<Verified> {
  const candidate = readRimFile(bytes, RIM_ORIGIN);
  if (candidate instanceof CodedError) throw candidate;
  const rim = readRim(candidate.xml);
  if (candidate.id !== wanted.id) throw new CodedError('RIM_ID', `asked for ${wanted.id}, got ${candidate.id ?? 'a document without a name'}`);
  const fault = await rimSignatureFault(rim.signature, anchors);
  if (fault !== undefined) throw fault;
  return { bytes, candidate, rim };
}

async function ask({ get }: RimDoors, { id }: WantedRim): Promise<Uint8Array> {
  const host = new URL(RIM_ORIGIN).host;
  const response = await answerOf(get, `${RIM_ORIGIN}/v1/rim/${encodeURIComponent(id)}`, host);
  if (response.status === 200) return response.body;
  if (response.status === 404) throw new CodedError('RIM_NOT_FOUND', `${host} knows no ${id}`);
  if (response.status === 429) throw new CodedError('RATE_LIMITED', host);
  throw new CodedError('COLLATERAL_UNREACHABLE', `${host} answered ${response.status}`);
}

async function answerOf(get: Getter, url: string, host: string): Promise<GetResponse> {
  try {
    return await get(url, { maxBytes: MAX_BYTES });
  } catch (error) {
    const { code, detail } = asCoded(error);
    throw new CodedError('COLLATERAL_UNREACHABLE', `${host}: ${code} ${detail}`, { cause: error });
  }
}

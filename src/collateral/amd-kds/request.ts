/** One request to AMD, held back while AMD has asked for a pause. */
import type { ByteStore, GetResponse, Getter } from '../../checks/getter';
import { CodedError } from '../../checks/error';
import { utf8Bytes } from '../../encoding/bytes';

export interface KdsDoors {
  readonly get: Getter;
  readonly store: ByteStore;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/** Until when nothing is asked, and after how many refusals in a row: kept in the store, so that the worker's end does not lift it. */
const PAUSE_KEY = 'amd-kds/pause';
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

interface Pause {
  readonly until: number;
  readonly refusals: number;
}

async function readPause(store: ByteStore): Promise<Pause> {
  const kept = await store.get(PAUSE_KEY);
  const [until, refusals] = kept === undefined ? [] : new TextDecoder().decode(kept).split(' ').map(Number);
  return until !== undefined && refusals !== undefined && Number.isSafeInteger(until) && Number.isSafeInteger(refusals) ? { until, refusals } : { until: 0, refusals: 0 };
}

const writePause = (store: ByteStore, { until, refusals }: Pause): Promise<void> => store.put(PAUSE_KEY, utf8Bytes(`${until} ${refusals}`));

/** What AMD asks for in `Retry-After` (seconds), or twice as long as the last time; between 1 s and 15 min. */
function pauseAfter(response: GetResponse, refusals: number): number {
  const asked = /^\d{1,6}$/.exec(response.header('retry-after') ?? '')?.[0];
  const wanted = asked === undefined ? FIRST_PAUSE_MS * 2 ** Math.min(refusals, 10) : Number(asked) * 1000;
  return Math.min(Math.max(wanted, 1000), LONGEST_PAUSE_MS);
}

/**
 * The body of a 200, or `undefined` for a 404. Raises `RATE_LIMITED` (429, or within a pause), `COLLATERAL_UNREACHABLE`
 * (any other status) and what the getter raises.
 */
export async function askKds({ get, store, now }: KdsDoors, url: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const pause = await readPause(store);
  const left = pause.until - now();
  // A pause further away than the longest one was written by another clock.
  if (left > 0 && left <= LONGEST_PAUSE_MS) throw new CodedError('RATE_LIMITED', `kdsintf.amd.com: not asked for ${Math.ceil(left / 1000)} s more`);
  const response = await get(url, { maxBytes });
  if (response.status === 429) {
    const length = pauseAfter(response, pause.refusals);
    await writePause(store, { until: now() + length, refusals: pause.refusals + 1 });
    throw new CodedError('RATE_LIMITED', `kdsintf.amd.com: asked to wait ${Math.ceil(length / 1000)} s`);
  }
  if (pause.refusals > 0) await writePause(store, { until: 0, refusals: 0 });
  if (response.status === 200) return response.body;
  if (response.status === 404) return undefined;
  throw new CodedError('COLLATERAL_UNREACHABLE', `kdsintf.amd.com: status ${response.status}`);
}

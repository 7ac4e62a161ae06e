/** A clock that stands before something that already happened is behind (DESIGN law 4). */
import type { ByteStore } from '../checks/getter';
import { isoTime } from '../evidence/findings';
import { CLOCK_SKEW_MS } from '../x509/chain';

/**
 * Why `now` cannot be right: before this program was built, or before the newest date a vendor has signed (all ms since
 * the epoch). `undefined` when nothing says so. The skew that a fresh signature is granted is granted here too.
 */
export function clockBehind(now: number, builtAt: number, newestVendorSigned?: number): string | undefined {
  if (!Number.isFinite(now)) return 'this machine gives no time';
  const latest = Math.max(builtAt, newestVendorSigned ?? Number.NEGATIVE_INFINITY);
  if (now + CLOCK_SKEW_MS >= latest) return undefined;
  return `this machine says ${isoTime(now)}, ${latest === builtAt ? 'this program was built' : 'Intel signed something'} at ${isoTime(latest)}`;
}

const KEY = 'intel/newest-signed';
/** ECMAScript's last day. */
const MAX_DATE = 8.64e15;

/** The newest date in anything of Intel's that was verified and kept here, ms since the epoch. */
export async function newestVendorDate(store: ByteStore): Promise<number | undefined> {
  const bytes = await store.get(KEY);
  if (bytes?.length !== 8) return undefined;
  const date = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  return Number.isSafeInteger(date) && Math.abs(date) <= MAX_DATE ? date : undefined;
}

/** What is under way for each store: two that write at once must not leave the older date behind. */
const writing = new WeakMap<ByteStore, Promise<unknown>>();

/** Keeps a newer date; an older one changes nothing. */
export function noteVendorDate(store: ByteStore, date: number): Promise<void> {
  const before = writing.get(store) ?? Promise.resolve();
  const noted = before.then(() => keepNewer(store, date));
  // Whoever waits for this one hears of its fault; the next one starts all the same.
  writing.set(store, noted.then(() => undefined, () => undefined));
  return noted;
}

async function keepNewer(store: ByteStore, date: number): Promise<void> {
  if (((await newestVendorDate(store)) ?? Number.NEGATIVE_INFINITY) >= date) return;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, date);
  await store.put(KEY, bytes);
}

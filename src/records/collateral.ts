/** Endorsements, and what services were first seen to claim, as the bytes that came; whoever loads them verifies them again. */
import type { IDBPObjectStore } from 'idb';
import type { ByteStore } from '../checks/getter';
import { fromBase64, toBase64 } from '../encoding/base64';
import type { AssayDatabase, Database } from './database';
import { COLLATERAL_KEPT, COLLATERAL_SHARES } from './limits';
import { PRIVATE_PREFIX, type PrivateStore } from './private';

export interface CollateralStore extends ByteStore {
  /** Reads and writes as one step, so that of two at once the second sees what the first wrote; answers what is there now. */
  update(key: string, change: (before: Uint8Array | undefined) => Uint8Array): Promise<Uint8Array>;
}

/** The item that was put longest ago leaves first, so that what is renewed (and with it the memory of what is newest) stays; each kind makes room among itself. */
export function collateralStore(open: () => Promise<Database>, now: () => number): CollateralStore {
  const update: CollateralStore['update'] = async (key, change) => {
    const transaction = (await open()).transaction('collateral', 'readwrite');
    const bytes = change((await transaction.store.get(key))?.bytes);
    await transaction.store.put({ bytes, at: now() }, key);
    await makeRoom(transaction.store, key);
    await transaction.done;
    return bytes;
  };
  return {
    update,
    get: async (key) => (await (await open()).get('collateral', key))?.bytes,
    put: async (key, bytes) => void (await update(key, () => bytes)),
  };
}

const PREFIXES = Object.keys(COLLATERAL_SHARES);
const MOST: Readonly<Record<string, number>> = COLLATERAL_SHARES;
const SHARED_OUT = Object.values(MOST).reduce((sum, most) => sum + most, 0);

const prefixOf = (key: string): string | undefined => PREFIXES.find((prefix) => key.startsWith(prefix));

type Collateral = IDBPObjectStore<AssayDatabase, ['collateral'], 'collateral', 'readwrite'>;

/** Drops the oldest of the key's kind, as many as are too many. */
async function makeRoom(store: Collateral, key: string): Promise<void> {
  const prefix = prefixOf(key);
  const counted = (of: string): Promise<number> => store.count(IDBKeyRange.bound(of, `${of}\uffff`));
  const others = async (): Promise<number> => (await Promise.all(PREFIXES.map(counted))).reduce((left, count) => left - count, await store.count());
  let over = prefix === undefined ? (await others()) - (COLLATERAL_KEPT - SHARED_OUT) : (await counted(prefix)) - (MOST[prefix] ?? 0);
  if (over <= 0) return;
  for (let oldest = await store.index('at').openCursor(); oldest !== null && over > 0; oldest = await oldest.continue()) {
    if (prefixOf(oldest.primaryKey) !== prefix) continue;
    await oldest.delete();
    over -= 1;
  }
}

/** For private windows: reads what ordinary ones have, and puts what is new into the browser run's memory alone. */
export function privateCollateral(ordinary: ByteStore, run: PrivateStore): CollateralStore {
  const keyOf = (key: string) => `${PRIVATE_PREFIX}collateral:${key}`;
  const get = async (key: string): Promise<Uint8Array | undefined> => {
    const own = await run.get(keyOf(key));
    return typeof own === 'string' ? fromBase64(own) : ordinary.get(key);
  };
  const put = (key: string, value: Uint8Array): Promise<void> => run.set(keyOf(key), toBase64(value));
  // That memory knows no transactions: updates wait for each other.
  let before: Promise<unknown> = Promise.resolve();
  return {
    get,
    put,
    update: (key, change) => {
      const turn = async (): Promise<Uint8Array> => {
        const value = change(await get(key));
        await put(key, value);
        return value;
      };
      const done = before.then(turn, turn);
      before = done;
      return done;
    },
  };
}

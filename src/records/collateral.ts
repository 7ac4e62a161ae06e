import type { ByteStore } from '../checks/getter';
import { fromBase64, toBase64 } from '../encoding/base64';
import type { Database } from './database';
import { FIRST_SEEN } from './first-seen';
import { COLLATERAL_KEPT, FIRST_SEEN_KEPT } from './limits';
import { PRIVATE_PREFIX, type PrivateStore } from './private';

/**
 * Endorsements as the bytes that came; whoever loads them verifies them again. The item that was put longest ago leaves
 * first, so that what is renewed (and with it the memory of what is newest) stays; what services claim makes room among itself.
 */
export function collateralStore(open: () => Promise<Database>, now: () => number): ByteStore {
  return {
    get: async (key) => (await (await open()).get('collateral', key))?.bytes,
    put: async (key, bytes) => {
      const db = await open();
      const transaction = db.transaction('collateral', 'readwrite');
      await transaction.store.put({ bytes, at: now() }, key);
      const claims = key.startsWith(FIRST_SEEN) ? await transaction.store.count(IDBKeyRange.bound(FIRST_SEEN, `${FIRST_SEEN}\uffff`)) : 0;
      const mayGo = (other: string): boolean => claims === 0 || other.startsWith(FIRST_SEEN);
      if (claims > FIRST_SEEN_KEPT || (await transaction.store.count()) > COLLATERAL_KEPT) {
        let oldest = await transaction.store.index('at').openCursor();
        while (oldest !== null && !mayGo(oldest.primaryKey)) oldest = await oldest.continue();
        await oldest?.delete();
      }
      await transaction.done;
    },
  };
}

/** For private windows: reads what ordinary ones have, and puts what is new into the browser run's memory alone. */
export function privateCollateral(ordinary: ByteStore, run: PrivateStore): ByteStore {
  const keyOf = (key: string) => `${PRIVATE_PREFIX}collateral:${key}`;
  return {
    get: async (key) => {
      const own = await run.get(keyOf(key));
      return typeof own === 'string' ? fromBase64(own) : ordinary.get(key);
    },
    put: (key, value) => run.set(keyOf(key), toBase64(value)),
  };
}

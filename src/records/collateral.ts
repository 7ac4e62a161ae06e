import type { ByteStore } from '../checks/getter';
import type { Database } from './database';
import { COLLATERAL_KEPT } from './limits';

/** Endorsements as the bytes that came; whoever loads them verifies them again. */
export function collateralStore(open: () => Promise<Database>): ByteStore {
  return {
    get: async (key) => (await open()).get('collateral', key),
    put: async (key, value) => {
      const db = await open();
      const transaction = db.transaction('collateral', 'readwrite');
      if ((await transaction.store.count()) >= COLLATERAL_KEPT && (await transaction.store.getKey(key)) === undefined) {
        const oldest = await transaction.store.openKeyCursor();
        if (oldest !== null) await transaction.store.delete(oldest.key);
      }
      await transaction.store.put(value, key);
      await transaction.done;
    },
  };
}

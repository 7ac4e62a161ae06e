import type { ByteStore } from '../checks/getter';
import type { Database } from './database';
import { COLLATERAL_KEPT } from './limits';

/**
 * Endorsements as the bytes that came; whoever loads them verifies them again. The item that was put longest ago leaves
 * first, so that what is renewed (and with it the memory of what is newest) stays.
 */
export function collateralStore(open: () => Promise<Database>, now: () => number): ByteStore {
  return {
    get: async (key) => (await (await open()).get('collateral', key))?.bytes,
    put: async (key, bytes) => {
      const db = await open();
      const transaction = db.transaction('collateral', 'readwrite');
      await transaction.store.put({ bytes, at: now() }, key);
      if ((await transaction.store.count()) > COLLATERAL_KEPT) await (await transaction.store.index('at').openCursor())?.delete();
      await transaction.done;
    },
  };
}

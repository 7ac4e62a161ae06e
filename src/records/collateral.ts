import type { ByteStore } from '../checks/getter';
import { fromBase64, toBase64 } from '../encoding/base64';
import type { Database } from './database';
import { COLLATERAL_KEPT } from './limits';
import { PRIVATE_PREFIX, type PrivateStore } from './private';

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

import type { ByteStore } from '../checks/getter';

/** The command line keeps nothing between runs. */
export function memoryStore(): ByteStore {
  const kept = new Map<string, Uint8Array>();
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    put: (key, value) => {
      kept.set(key, value);
      return Promise.resolve();
    },
  };
}

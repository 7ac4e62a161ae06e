/** A store whose failures are findings, not crashes: what cannot be read is not there, what cannot be kept costs a fetch. */
import { CodedError } from '../../checks/error';
import type { ByteStore } from '../../checks/getter';

async function coded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('COLLATERAL_UNREACHABLE', `the local store: ${error instanceof Error ? error.message : 'failed'}`, { cause: error });
  }
}

/** The same store, raising `COLLATERAL_UNREACHABLE` for whatever the real one raises. */
export const carefulStore = (store: ByteStore): ByteStore => ({
  get: (key) => coded(() => store.get(key)),
  put: (key, value) => coded(() => store.put(key, value)),
});

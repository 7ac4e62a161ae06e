/** What private windows leave behind while they are open: in the browser run's memory, dropped with the last of them. */

/** The run's memory as this room needs it. */
export interface PrivateStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
}

/** Every key of a private window begins so. */
export const PRIVATE_PREFIX = 'private:';

/** Drops everything of private windows. */
export async function forgetPrivate(run: PrivateStore & { entries(prefix: string): Promise<readonly (readonly [string, unknown])[]> }): Promise<void> {
  for (const [key] of await run.entries(PRIVATE_PREFIX)) await run.remove(key);
}

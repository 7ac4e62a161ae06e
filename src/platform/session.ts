/** State that must outlive the worker but not the browser run: `storage.session`, which is memory and never disk. */
import { browser } from './browser';

export interface SessionStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
  /** All entries whose key begins with `prefix`. */
  entries(prefix: string): Promise<readonly (readonly [string, unknown])[]>;
}

export const sessionStore: SessionStore = {
  get: async (key) => (await browser.storage.session.get(key))[key],
  set: (key, value) => browser.storage.session.set({ [key]: value }),
  remove: (key) => browser.storage.session.remove(key),
  entries: async (prefix) => Object.entries(await browser.storage.session.get(null)).filter(([key]) => key.startsWith(prefix)),
};

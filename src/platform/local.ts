/** What the user chose and typed: settings, and keys bound to one exact API origin. Never synchronised. */
import { readSettings, readStoredSettings, type Settings } from '../records/settings';
import { browser } from './browser';

const SETTINGS = 'settings';
const KEYS = 'keys';

export async function loadSettings(): Promise<Settings> {
  return readStoredSettings((await browser.storage.local.get(SETTINGS))[SETTINGS]);
}

let last: Promise<unknown> = Promise.resolve();
/** One after the other: each reads what the one before has written. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => undefined); // the caller hears of it
  return result;
}

/** Applies a patch field by field; what is not of its form is left as it was. */
export const saveSettings = (patch: unknown): Promise<Settings> =>
  inTurn(async () => {
    const next = readSettings(patch, await loadSettings());
    await browser.storage.local.set({ [SETTINGS]: next });
    return next;
  });

async function loadKeys(): Promise<ReadonlyMap<string, string>> {
  const value = (await browser.storage.local.get(KEYS))[KEYS];
  if (typeof value !== 'object' || value === null) return new Map();
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The key the user typed for exactly this API origin. */
export const keyFor = async (apiOrigin: string): Promise<string | undefined> => (await loadKeys()).get(apiOrigin);

/** Stores a key; an empty one removes it. */
export const setKey = (apiOrigin: string, key: string): Promise<void> =>
  inTurn(async () => {
    const keys = new Map(await loadKeys());
    if (key === '') keys.delete(apiOrigin);
    else keys.set(apiOrigin, key);
    await browser.storage.local.set({ [KEYS]: Object.fromEntries(keys) });
  });

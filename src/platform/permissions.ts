/** Which hosts the browser lets Assay see. Granted by the user, per provider, withdrawn at any time. */
import { browser } from './browser';
import { patternOf as patternFor, patternsOf, patternsToGiveBack } from './patterns';

const knowsPorts = !browser.runtime.getURL('').startsWith('moz-extension:');

/** Match pattern for every path of an exact origin, as this browser takes it. */
export const patternOf = (origin: string): string => patternFor(origin, knowsPorts);

/** True when all of these origins are allowed. */
export const allowed = (origins: readonly string[]): Promise<boolean> => browser.permissions.contains({ origins: patternsOf(origins, knowsPorts) });

/** Asks the browser; must be the first statement of a click. */
export const requestOrigins = (origins: readonly string[]): Promise<boolean> => browser.permissions.request({ origins: patternsOf(origins, knowsPorts) });

/** Gives permissions back, but for what other services still `need`. */
export async function removeOrigins(origins: readonly string[], need: readonly string[] = []): Promise<boolean> {
  const patterns = patternsToGiveBack(origins, need, knowsPorts);
  return patterns.length === 0 || browser.permissions.remove({ origins: patterns });
}

/** Calls back after every grant or withdrawal, until the returned function is called. */
export function onPermissionsChanged(callback: () => void): () => void {
  const heard = () => callback();
  browser.permissions.onAdded.addListener(heard);
  browser.permissions.onRemoved.addListener(heard);
  return () => {
    browser.permissions.onAdded.removeListener(heard);
    browser.permissions.onRemoved.removeListener(heard);
  };
}

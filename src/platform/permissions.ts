/** Which hosts the browser lets Assay see. Granted by the user, per provider, withdrawn at any time. */
import { browser } from './browser';

/** Firefox's patterns know no ports: one that names a port matches nothing, one that names none matches all. */
const knowsPorts = !browser.runtime.getURL('').startsWith('moz-extension:');

/** Match pattern for every path of an exact origin; in Firefox, of its host with any port. */
export const patternOf = (origin: string): string => `${knowsPorts ? origin : origin.replace(/:\d+$/, '')}/*`;

const patternsOf = (origins: readonly string[]): string[] => [...new Set(origins.map(patternOf))];

/** True when all of these origins are allowed. */
export const allowed = (origins: readonly string[]): Promise<boolean> => browser.permissions.contains({ origins: patternsOf(origins) });

/** Asks the browser; must be the first statement of a click. */
export const requestOrigins = (origins: readonly string[]): Promise<boolean> => browser.permissions.request({ origins: patternsOf(origins) });

/** Gives permissions back, but for what other services still `need`. */
export function removeOrigins(origins: readonly string[], need: readonly string[] = []): Promise<boolean> {
  const needed = patternsOf(need);
  return browser.permissions.remove({ origins: patternsOf(origins).filter((pattern) => !needed.includes(pattern)) });
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

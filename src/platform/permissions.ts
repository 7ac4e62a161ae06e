/** Which hosts the browser lets Assay see. Granted by the user, per provider, withdrawn at any time. */
import { browser } from './browser';

/** Match pattern for every path of an exact origin. */
export const patternOf = (origin: string): string => `${origin}/*`;

/** True when all of these origins are allowed. */
export const allowed = (origins: readonly string[]): Promise<boolean> => browser.permissions.contains({ origins: origins.map(patternOf) });

/** Asks the browser; must be the first statement of a click. */
export const requestOrigins = (origins: readonly string[]): Promise<boolean> => browser.permissions.request({ origins: origins.map(patternOf) });

export const removeOrigins = (origins: readonly string[]): Promise<boolean> => browser.permissions.remove({ origins: origins.map(patternOf) });

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

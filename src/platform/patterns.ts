/** Browsers' match patterns for exact origins. A pattern that names no port matches every port. */

/** Match pattern for every path of an exact origin; where patterns know no ports (Firefox: one that names a port matches nothing), of its host with any port. */
export const patternOf = (origin: string, knowsPorts: boolean): string => `${knowsPorts ? origin : withoutPort(origin)}/*`;

const withoutPort = (origin: string): string => origin.replace(/:\d+$/, '');

/** Patterns of these origins, each once. */
export const patternsOf = (origins: readonly string[], knowsPorts: boolean): string[] => [...new Set(origins.map((origin) => patternOf(origin, knowsPorts)))];

/** Those of `origins` that can be given back while the ones in `need` stay allowed. */
export function patternsToGiveBack(origins: readonly string[], need: readonly string[], knowsPorts: boolean): string[] {
  const needed = need.map((origin) => [`${origin}/*`, `${withoutPort(origin)}/*`]).flat();
  return patternsOf(origins, knowsPorts).filter((pattern) => !needed.includes(pattern));
}

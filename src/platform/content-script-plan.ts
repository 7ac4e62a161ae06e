/** Which scripts are to run where: from the grants and the consents alone. */

/** A service whose hosts the user granted. */
export interface WatchedService {
  /** All its origins. */
  readonly origins: readonly string[];
  /** Those whose pages may have a login of their own. */
  readonly loginOrigins: readonly string[];
}

export interface PlannedScript {
  readonly id: 'assay-relay' | 'assay-tap' | 'assay-tap-login';
  readonly file: string;
  readonly world: 'ISOLATED' | 'MAIN';
  /** Match patterns, sorted. */
  readonly matches: readonly string[];
}

/**
 * In the order in which they must be listed: the relay first, or it would miss the tap's port. Every origin has one tap,
 * with the capture of the page's login only where the user consented to asking through that page. `patternOf` writes
 * a browser's match pattern for every path of an exact origin; two origins may share one.
 */
export function planScripts(services: readonly WatchedService[], consents: readonly string[], patternOf: (origin: string) => string): readonly PlannedScript[] {
  const patterns = (origins: readonly string[]): readonly string[] => [...new Set(origins.map(patternOf))].sort();
  const all = services.flatMap(({ origins }) => origins);
  const withLogin = services.flatMap(({ loginOrigins }) => loginOrigins).filter((origin) => consents.includes(origin) && all.includes(origin));
  const logins = patterns(withLogin);
  const planned: readonly PlannedScript[] = [
    { id: 'assay-relay', file: 'relay.js', world: 'ISOLATED', matches: patterns(all) },
    { id: 'assay-tap', file: 'tap.js', world: 'MAIN', matches: patterns(all).filter((pattern) => !logins.includes(pattern)) },
    { id: 'assay-tap-login', file: 'tap-login.js', world: 'MAIN', matches: logins },
  ];
  return planned.filter(({ matches }) => matches.length > 0);
}

export interface RegisteredScript {
  readonly id: string;
  readonly js?: readonly string[];
  readonly matches?: readonly string[];
}

/** True when what is registered is what is planned; browsers write the file's path each in their own way. */
export function isAsPlanned(planned: readonly PlannedScript[], registered: readonly RegisteredScript[]): boolean {
  return (
    planned.length === registered.length &&
    planned.every(({ id, file, matches }) => {
      const found = registered.find((script) => script.id === id);
      const [path, ...more] = found?.js ?? [];
      const registeredMatches = [...(found?.matches ?? [])].sort();
      return path !== undefined && more.length === 0 && (path === file || path.endsWith(`/${file}`)) && registeredMatches.join(' ') === matches.join(' ');
    })
  );
}

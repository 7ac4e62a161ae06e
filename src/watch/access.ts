/** Which origins Assay watches now: the user picked the service and the browser allows its hosts. In memory, since it is asked for every request. */
import { hostsOf, watchedOriginsOf } from '../providers/hosts';
import type { Provider } from '../providers/types';

export interface AccessDoors {
  /** The built-in services and the user's own. */
  providers(): Promise<readonly Provider[]>;
  /** Profile ids the user picked. */
  picked(): Promise<readonly string[]>;
  /** True when the browser allows all of these origins. */
  allowed(origins: readonly string[]): Promise<boolean>;
}

export class Access {
  readonly #doors: AccessDoors;
  #known: readonly Provider[] = [];
  #watched: ReadonlyMap<string, Provider> = new Map();
  #watchedApis: ReadonlyMap<string, Provider> = new Map();

  constructor(doors: AccessDoors) {
    this.#doors = doors;
  }

  /** All services as of the last `refresh`, watched or not. */
  get known(): readonly Provider[] {
    return this.#known;
  }

  /** API origins of the user's own services that are watched. */
  get ownApiOrigins(): readonly string[] {
    return [...this.#watchedApis].flatMap(([origin, { profile }]) => (profile.addedByYou === true ? [origin] : []));
  }

  /** Reads the user's choice and the browser's permissions anew; answers the providers that are watched. */
  async refresh(): Promise<readonly Provider[]> {
    this.#known = await this.#doors.providers();
    const picked = await this.#doors.picked();
    const chosen = this.#known.filter(({ profile }) => picked.includes(profile.id));
    const allowed = await Promise.all(chosen.map((p) => this.#doors.allowed(hostsOf(p.profile))));
    const watched = chosen.filter((_, i) => allowed[i] === true);
    this.#watched = new Map(watched.flatMap((p) => watchedOriginsOf(p.profile).map((origin) => [origin, p] as const)));
    this.#watchedApis = new Map(watched.flatMap((p) => p.profile.apiOrigins.map((origin) => [origin, p] as const)));
    return watched;
  }

  readonly granted = (origin: string): boolean => this.#watched.has(origin);

  readonly providerFor = (apiOrigin: string): Provider | undefined => this.#watchedApis.get(apiOrigin);

  /** The provider whose chat page this is, watched or not. */
  providerOfPage(pageOrigin: string): Provider | undefined {
    return this.#known.find((p) => p.profile.uiOrigins.includes(pageOrigin));
  }

  providerById(profileId: string): Provider | undefined {
    return this.#known.find((p) => p.profile.id === profileId);
  }
}

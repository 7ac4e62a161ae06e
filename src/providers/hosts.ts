/** Which hosts a profile is about: those that are watched, and the one that evidence is asked of. */
import type { Profile } from './types';

type Hosts = Pick<Profile, 'uiOrigins' | 'apiOrigins' | 'evidenceOrigin'>;

/** Where evidence is asked for while answers come from `apiOrigin`; a key that the user typed is for there. */
export const evidenceOriginOf = ({ evidenceOrigin }: Pick<Profile, 'evidenceOrigin'>, apiOrigin: string): string => evidenceOrigin ?? apiOrigin;

/** The origins that evidence is asked of, and that a key of the user's can be for. */
export const evidenceOriginsOf = ({ apiOrigins, evidenceOrigin }: Hosts): readonly string[] => (evidenceOrigin === undefined ? apiOrigins : [evidenceOrigin]);

/** Origins whose pages and requests are watched, each once. */
export const watchedOriginsOf = ({ uiOrigins, apiOrigins }: Hosts): readonly string[] => [...new Set([...uiOrigins, ...apiOrigins])];

/** Every origin that the browser has to allow, each once. */
export const hostsOf = (profile: Hosts): readonly string[] => [...new Set([...watchedOriginsOf(profile), ...evidenceOriginsOf(profile)])];

/** Under what evidence is cached and asked for once (DESIGN 5): evidence never serves another page, model, way or window kind. */
import type { CredentialWay, Profile } from '../providers/types';
import { PRIVATE_PREFIX } from '../records/private';

export interface CacheKeyParts {
  readonly profile: Profile;
  readonly pageOrigin: string;
  readonly apiOrigin: string;
  readonly model: string | undefined;
  readonly way: CredentialWay;
  readonly incognito: boolean;
}

/** A string that is equal exactly when all parts are. */
export function cacheKey(parts: CacheKeyParts): string {
  const { profile, pageOrigin, apiOrigin, model, way, incognito } = parts;
  const key = JSON.stringify([profile.id, pageOrigin, apiOrigin, model ?? null, profile.role, 'ecdsa', way]);
  return incognito ? `${PRIVATE_PREFIX}${key}` : key;
}

/** Which API origins the tap watches from its first moment on. */
import { PROFILES } from '../../providers/profiles';

/** Those of the services in src/providers/registry.ts (a test compares). */
export const API_ORIGINS: readonly string[] = PROFILES.flatMap(({ apiOrigins }) => apiOrigins);
const PAGE_ORIGINS: readonly string[] = PROFILES.flatMap(({ uiOrigins }) => uiOrigins);

/**
 * For the page of a service that the user added: its own origin too, which most such deployments have for both. Another
 * API origin is told by the isolated world a moment later.
 */
export const originsFor = (page: string): readonly string[] => (PAGE_ORIGINS.includes(page) || API_ORIGINS.includes(page) ? API_ORIGINS : [...API_ORIGINS, page]);

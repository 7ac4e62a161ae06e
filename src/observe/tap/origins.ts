/** Which API origins the tap watches from its first moment on. */
import { profile as ionet } from '../../providers/ionet/profile';

/** Those of the services in src/providers/registry.ts (a test compares). */
export const API_ORIGINS: readonly string[] = [...ionet.apiOrigins];
const PAGE_ORIGINS: readonly string[] = [...ionet.uiOrigins];

/**
 * For the page of a service that the user added: its own origin too, which most such deployments have for both. Another
 * API origin is told by the isolated world a moment later.
 */
export const originsFor = (page: string): readonly string[] => (PAGE_ORIGINS.includes(page) || API_ORIGINS.includes(page) ? API_ORIGINS : [...API_ORIGINS, page]);

/** The API origins that the tap knows from the build: those of the services in src/providers/registry.ts (a test compares). */
import { profile as ionet } from '../../providers/ionet/profile';

export const API_ORIGINS: readonly string[] = [...ionet.apiOrigins];

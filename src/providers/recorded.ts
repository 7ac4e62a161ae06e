/**
 * What the command line judges from recorded files: the services of the browser, and those whose signatures stand apart
 * from their answers, which nothing asks for in the browser yet. Apart from the registry, so that no page carries them.
 */
import { PROVIDERS, providerByDialect } from './registry';
import { nearai, phala, venice } from './report';
import { aci } from './report/aci';
import type { Provider } from './types';

const FROM_FILES: readonly Provider[] = [nearai, phala, venice, aci];

/** By `Profile.dialect`. */
export const recordedByDialect = (dialect: string): Provider | undefined => providerByDialect(dialect) ?? FROM_FILES.find(({ profile }) => profile.dialect === dialect);

/** What `recordedByDialect` knows, in order. */
export const recordedDialects = (): readonly string[] => [...PROVIDERS, ...FROM_FILES].map(({ profile }) => profile.dialect);

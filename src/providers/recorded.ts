/**
 * What the command line judges from recorded files: the services of the browser, and those that nothing in the
 * browser asks or reads whole yet. Apart from the registry, so that no page carries them.
 */
import { PROVIDERS, providerByDialect } from './registry';
import { venice } from './report';
import { aci } from './report/aci';
import type { Provider } from './types';

const FROM_FILES: readonly Provider[] = [venice, aci];

/** By `Profile.dialect`. */
export const recordedByDialect = (dialect: string): Provider | undefined => providerByDialect(dialect) ?? FROM_FILES.find(({ profile }) => profile.dialect === dialect);

/** What `recordedByDialect` knows, in order. */
export const recordedDialects = (): readonly string[] => [...PROVIDERS, ...FROM_FILES].map(({ profile }) => profile.dialect);

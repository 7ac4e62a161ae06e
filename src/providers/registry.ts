/** The services that are built. Origins are compared whole: a host that merely contains another's name is another host. */
import { contrastOf } from './contrast';
import { cubeOf } from './cube';
import { ionet } from './ionet';
import { privatemode } from './privatemode';
import { privatemodeProxyOf } from './privatemode/proxy';
import { dstackProxyOf, nearai, nearaiEndpointOf, phala, venice } from './report';
import { aci, aciOf } from './report/aci';
import type { OwnService, Provider } from './types';

export const PROVIDERS: readonly Provider[] = [ionet, nearai, phala, aci, venice, privatemode];

/** A dialect that a user's own domain may speak. */
export interface Dialect {
  readonly dialect: string;
  readonly of: (own: OwnService) => Provider;
}

export const DIALECTS: readonly Dialect[] = [
  { dialect: 'cocos', of: cubeOf }, { dialect: 'contrast', of: contrastOf }, { dialect: 'privatemode', of: privatemodeProxyOf },
  { dialect: 'nearai', of: nearaiEndpointOf }, { dialect: 'phala', of: dstackProxyOf }, { dialect: 'aci', of: aciOf },
];

/** All providers: the built-in ones, then the user's own domains. Their ids follow from their origins and stay the same. */
export const providersOf = (own: readonly OwnService[]): readonly Provider[] => [
  ...PROVIDERS,
  ...own.flatMap((service) => DIALECTS.filter(({ dialect }) => dialect === service.dialect).map(({ of }) => of(service))),
];

export const providerById = (id: string): Provider | undefined => PROVIDERS.find(({ profile }) => profile.id === id);

/** By `Profile.dialect`. */
export const providerByDialect = (dialect: string): Provider | undefined => PROVIDERS.find(({ profile }) => profile.dialect === dialect);

/** The service whose chat page has this origin (`https://host`, as `URL.origin` writes it). */
export const providerOfPage = (origin: string): Provider | undefined => PROVIDERS.find(({ profile }) => profile.uiOrigins.includes(origin));

/** The service whose API has this origin. */
export const providerOfApi = (origin: string): Provider | undefined => PROVIDERS.find(({ profile }) => profile.apiOrigins.includes(origin));

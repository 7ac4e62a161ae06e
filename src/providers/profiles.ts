/** What every page may know of the services without their verifiers: profiles as data, and which dialects an own domain may speak. */
import { httpsOrigin, localOrigin } from '../encoding/origin';
import { profile as ionet } from './ionet/profile';
import { API as PRIVATEMODE_API, profile as privatemode } from './privatemode/profile';
import { profile as aci } from './report/aci/profile';
import { nearaiService, phalaService, veniceService } from './report/profiles';
import type { OwnService, Profile } from './types';

/** Of the built-in providers, in the registry's order (a test compares). */
export const PROFILES: readonly Profile[] = [ionet, nearaiService.profile, phalaService.profile, aci, veniceService.profile, privatemode];

export interface OwnDialect {
  readonly dialect: string;
  /** Offered under it. */
  readonly name: string;
  /** Where evidence is asked for, where not the service's API answers that. */
  readonly evidenceOrigin?: string;
  /** Runs on the user's own machine: plain http within it will do. */
  readonly local?: true;
}

/** Dialects that a user's own domain may speak. */
export const OWN_DIALECTS: readonly OwnDialect[] = [
  { dialect: 'cocos', name: 'Cube AI' }, { dialect: 'contrast', name: 'Contrast' }, { dialect: 'privatemode', name: 'Privatemode proxy', evidenceOrigin: PRIVATEMODE_API, local: true },
  { dialect: 'nearai', name: 'NEAR AI model endpoint' }, { dialect: 'phala', name: 'dstack inference proxy' }, { dialect: 'aci', name: 'ACI gateway' },
];

export const MOST_OWN_SERVICES = 16;
const MAX_NAME = 64;
// eslint-disable-next-line no-control-regex -- a name is shown: no control or direction character may be in it
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

type Fields = Readonly<Record<string, unknown>>;

/** Reads domains of the user's own from anything; `undefined` when any of them is not of its form or takes an origin that is not free. */
export function readOwnServices(value: unknown): readonly OwnService[] | undefined {
  if (!Array.isArray(value) || value.length > MOST_OWN_SERVICES) return undefined;
  const items: readonly unknown[] = value;
  const services = items.flatMap((item) => readOne(item) ?? []);
  const taken = PROFILES.flatMap(({ uiOrigins, apiOrigins }) => [...uiOrigins, ...apiOrigins]);
  const origins = services.flatMap(({ pageOrigin, apiOrigin }) => [...new Set([pageOrigin, apiOrigin])]);
  // Two services behind one origin could not be told apart, and nobody may stand in for a built-in one.
  const free = new Set(origins).size === origins.length && !origins.some((origin) => taken.includes(origin));
  return services.length === items.length && free ? services : undefined;
}

function readOne(value: unknown): OwnService | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields: Fields = { ...value };
  const speaks = OWN_DIALECTS.find((known) => known.dialect === fields['dialect']);
  const [pageOrigin, apiOrigin] = [fields['pageOrigin'], fields['apiOrigin']].map((origin) => httpsOrigin(origin) ?? (speaks?.local ? localOrigin(origin) : undefined));
  const name = fields['name'];
  if (speaks === undefined || pageOrigin === undefined || apiOrigin === undefined) return undefined;
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME || UNSHOWABLE.test(name)) return undefined;
  return { dialect: speaks.dialect, pageOrigin, apiOrigin, name: name.trim() };
}

/** What the user chose. Stored as one object; anything malformed or missing falls back to its default, field by field. */
import { DEFAULT, type Policy } from '../checks/policy';
import { MOST_OWN_SERVICES, readOwnServices } from '../providers/profiles';
import type { OwnService } from '../providers/types';

export type Theme = 'system' | 'light' | 'dark';

export interface Settings {
  /** Profiles the user picked; the browser's permission is asked separately. */
  readonly services: readonly string[];
  /** Domains of the user's own, each speaking a dialect that Assay knows; never a built-in service's origin. */
  readonly ownServices: readonly OwnService[];
  /** Minutes that evidence serves before fresh evidence is fetched: 5 to 60. */
  readonly cacheMinutes: number;
  readonly notifications: boolean;
  readonly theme: Theme;
  /** Page origins where Assay may ask through the page with the page's own login. */
  readonly pageConsents: readonly string[];
  /** Until when firmware with known holes is accepted (`limited` instead of `failed`); 0: not at all. Ms since the epoch. */
  readonly acceptOutOfDateUntil: number;
  /** Machines that do not set SEPT_VE_DISABLE are accepted. */
  readonly allowSeptVeOff: boolean;
  /** Smallest accepted number of Intel's TCB list; 0 accepts all. */
  readonly minEvaluationDataNumber: number;
  /** GPU evidence is also sent to NVIDIA's attestation service; needs the browser's permission for its host. */
  readonly nvidiaSecondOpinion: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  services: [],
  ownServices: [],
  cacheMinutes: 10,
  notifications: true,
  theme: 'system',
  pageConsents: [],
  acceptOutOfDateUntil: 0,
  allowSeptVeOff: false,
  minEvaluationDataNumber: 0,
  nvidiaSecondOpinion: false,
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const strings = (value: unknown, max: number): readonly string[] | undefined =>
  Array.isArray(value) && value.length <= max && value.every((v): v is string => typeof v === 'string' && v.length <= 256) ? [...new Set(value)] : undefined;
const integer = (value: unknown, low: number, high: number): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high ? value : undefined;
const boolean = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);
const theme = (value: unknown): Theme | undefined => (value === 'system' || value === 'light' || value === 'dark' ? value : undefined);

/** Reads settings from anything; every field that is not of its form takes the value in `base`. */
export function readSettings(value: unknown, base: Settings = DEFAULT_SETTINGS): Settings {
  const from = isRecord(value) ? value : {};
  return {
    services: strings(from['services'], 64) ?? base.services,
    ownServices: readOwnServices(from['ownServices']) ?? base.ownServices,
    cacheMinutes: integer(from['cacheMinutes'], 5, 60) ?? base.cacheMinutes,
    notifications: boolean(from['notifications']) ?? base.notifications,
    theme: theme(from['theme']) ?? base.theme,
    pageConsents: strings(from['pageConsents'], 256) ?? base.pageConsents,
    acceptOutOfDateUntil: integer(from['acceptOutOfDateUntil'], 0, Number.MAX_SAFE_INTEGER) ?? base.acceptOutOfDateUntil,
    allowSeptVeOff: boolean(from['allowSeptVeOff']) ?? base.allowSeptVeOff,
    minEvaluationDataNumber: integer(from['minEvaluationDataNumber'], 0, 1000) ?? base.minEvaluationDataNumber,
    nvidiaSecondOpinion: boolean(from['nvidiaSecondOpinion']) ?? base.nvidiaSecondOpinion,
  };
}

/**
 * Settings as they lie in the store. A domain of the user's own that can no longer be one (an update may have brought a
 * service of its origin) leaves by itself: the others stay.
 */
export function readStoredSettings(value: unknown): Settings {
  const settings = readSettings(value);
  const own: unknown = isRecord(value) ? value['ownServices'] : undefined;
  if (!Array.isArray(own) || readOwnServices(own) !== undefined) return settings;
  const items: readonly unknown[] = own.slice(0, MOST_OWN_SERVICES);
  return { ...settings, ownServices: items.reduce<readonly OwnService[]>((kept, one) => readOwnServices([...kept, one]) ?? kept, []) };
}

/** The policy these settings stand for at `now`. */
export function policyOf(settings: Settings, now: number): Policy {
  const accepted = settings.acceptOutOfDateUntil > now ? (['OutOfDate', 'OutOfDateConfigurationNeeded'] as const) : [];
  return {
    ...DEFAULT,
    tdx: {
      ...DEFAULT.tdx,
      weakTcb: [...DEFAULT.tdx.weakTcb, ...accepted],
      requireSeptVeDisable: !settings.allowSeptVeOff,
      minEvaluationDataNumber: settings.minEvaluationDataNumber,
    },
  };
}

/** What the options page lists and what it accepts as input. */
import { countsNowhere } from '../../checks/reference';
import { PRIVATEMODE } from '../../providers/contrast/names';
import { hostsOf, evidenceOriginsOf, watchedOriginsOf } from '../../providers/hosts';
import { PROFILES } from '../../providers/profiles';
import type { OwnService } from '../../providers/types';
import { readSettings, type Settings } from '../../records/settings';
import type { Kept, ServiceChoice } from '../../watch/protocol';
import type { StoredReference } from '../../watch/snapshot';
import { type MessageKey, type Phrase, plural, text } from '../i18n/text';
import { hostOf } from './ask';
import type { FactRow } from './evidence/facts';
import { choiceOfOwn, idOfOwn, originsOfOwn } from './own-services';
import { referenceTitle, valueRow } from './evidence/software';

export interface ServiceRow {
  readonly profileId: string;
  readonly name: string;
  readonly hosts: readonly string[];
  /** Every origin the browser has to allow, each once. */
  readonly origins: readonly string[];
  readonly best: MessageKey;
  readonly picked: boolean;
  /** Picked, but the browser does not allow it. */
  readonly asks: boolean;
  /** The user added it. */
  readonly own: boolean;
}

/** What the browser must still allow once this service is off: the hosts of the others that are on. */
export const stillNeeded = (profileId: string | undefined, choices: readonly ServiceChoice[]): readonly string[] =>
  choices.filter((choice) => choice.picked && choice.allowed && choice.profileId !== profileId).flatMap(hostsOf);

export const serviceRows = (choices: readonly ServiceChoice[]): readonly ServiceRow[] =>
  choices.map((choice) => ({
    profileId: choice.profileId,
    name: choice.name,
    hosts: watchedOriginsOf(choice).map(hostOf),
    origins: hostsOf(choice),
    best: `options_service_${choice.best}`,
    picked: choice.picked,
    asks: choice.picked && !choice.allowed,
    own: choice.addedByYou,
  }));

/** A service of the user's own; where the background has not made a choice of it, it is off. */
export function rowOfOwn(own: OwnService, choices: readonly ServiceChoice[]): ServiceRow {
  const choice = choiceOfOwn(own, choices);
  const [row] = serviceRows(choice === undefined ? [] : [choice]);
  const origins = originsOfOwn(own);
  return row ?? { profileId: idOfOwn(own), name: own.name, hosts: origins.map(hostOf), origins, best: 'options_service_limited', picked: false, asks: false, own: true };
}

export interface KeyRow {
  readonly profileId: string;
  readonly apiOrigin: string;
  readonly label: Phrase;
  readonly kept: boolean;
}

/** A place for a key at each service that is on and takes one, and wherever one is kept. */
export const keyRows = (choices: readonly ServiceChoice[]): readonly KeyRow[] =>
  choices
    .filter((choice) => choice.takesKey && (choice.picked || choice.hasKey))
    .flatMap((choice) => evidenceOriginsOf(choice).map((apiOrigin) => ({ profileId: choice.profileId, apiOrigin, label: text('options_key_label', { service: choice.name, host: hostOf(apiOrigin) }), kept: choice.hasKey })))
    // A key for one place serves all services that ask there.
    .filter((row, i, rows) => rows.findIndex(({ apiOrigin }) => apiOrigin === row.apiOrigin) === i);

/** Whose manifest is the same kind of file as that of a deployment of the user's own. */
const takesManifest = (profileId: string): boolean => PROFILES.some(({ id, dialect }) => id === profileId && dialect === PRIVATEMODE);

/** Services which a file can be for alone: those of the user's own, since others may speak the same dialect, and Privatemode. */
export const importChoices = (choices: readonly ServiceChoice[]): readonly { readonly apiOrigin: string; readonly label: Phrase }[] =>
  choices
    .filter(({ addedByYou, profileId, evidenceOrigin }) => (addedByYou && evidenceOrigin === undefined) || takesManifest(profileId))
    .flatMap(({ name, apiOrigins }) => apiOrigins.map((apiOrigin) => ({ apiOrigin, label: text('options_import_for_service', { service: name, host: hostOf(apiOrigin) }) })));

export interface ReferenceView {
  readonly id: string;
  readonly kind: MessageKey;
  readonly source: Phrase;
  readonly serves: Phrase;
  /** The one service it counts for, or that it counts for all that speak its dialect. */
  readonly scope: Phrase;
  readonly note: string;
  readonly values: readonly FactRow[];
  readonly count: Phrase;
}

const KINDS: Readonly<Record<StoredReference['kind'], MessageKey>> = { 'image-digest': 'options_kind_image', 'tdx-registers': 'options_kind_tdx', 'dstack-app': 'options_kind_dstack', 'snp-launch': 'options_kind_snp', 'cocos-policy': 'options_kind_cocos', 'contrast-manifest': 'options_kind_contrast' };

function scopeOf(reference: StoredReference): Phrase {
  if (reference.apiOrigin !== undefined) return text('options_reference_only', { host: hostOf(reference.apiOrigin) });
  return text(countsNowhere(reference) ? 'options_reference_nowhere' : 'options_reference_all');
}

export const referenceViews = (references: readonly StoredReference[]): readonly ReferenceView[] =>
  references.map((reference) => {
    const values = Object.entries(reference.values).flatMap(([name, list]) => list.map((value) => valueRow(name, value)));
    return {
      id: reference.id,
      kind: KINDS[reference.kind],
      source: referenceTitle(reference),
      serves: text('options_reference_for', { dialect: reference.dialect, role: reference.role }),
      scope: scopeOf(reference),
      note: reference.note,
      values,
      count: plural('options_reference_values', values.length),
    };
  });

export const keptWords = (kept: Kept): Phrase => ({
  key: 'count_row',
  args: {
    row: {
      kind: 'row',
      value: [
        plural('options_kept_answers', kept.answers),
        plural('options_kept_attestations', kept.attestations),
        plural('options_kept_collateral', kept.collateral),
        plural('options_kept_references', kept.references),
      ],
    },
  },
});

/** A whole number as it was typed; `undefined` for anything that the settings would refuse. */
export function numberSetting(field: 'cacheMinutes' | 'minEvaluationDataNumber', typed: string, base: Settings): number | undefined {
  if (!/^\d{1,4}$/.test(typed.trim())) return undefined;
  const value = Number(typed);
  return readSettings({ [field]: value }, base)[field] === value ? value : undefined;
}

const DAY = 86_400_000;
const LONGEST_DAYS = 366;

/** The end of a day typed as `YYYY-MM-DD` in the person's own time; `undefined` unless it is ahead and within a year. */
export function untilSetting(typed: string, now: number): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(typed) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const end = new Date(Number(year), Number(month) - 1, Number(day), 23, 59, 59).getTime();
  return Number.isFinite(end) && end > now + DAY / 2 && end < now + LONGEST_DAYS * DAY ? end : undefined;
}

/** `YYYY-MM-DD` in the person's own time, for a date field; empty for never or past. */
export function untilField(at: number, now: number): string {
  if (at <= now) return '';
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

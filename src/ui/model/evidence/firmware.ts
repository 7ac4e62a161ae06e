/** The firmware level: Intel's status, what it is judged by, and the components one by one. */
import type { Check } from '../../../checks/check';
import type { TcbFact, TdxClaims, TdxFacts } from '../../../evidence/tdx/types';
import { literal, type MessageKey, type Phrase, plural, text } from '../../i18n/text';
import { type FactRow, type Judged, judgedBy } from './facts';

export interface Cell {
  readonly index: number;
  readonly have: number;
  readonly need: number;
  /** `low`: below the level; `skipped`: not compared. */
  readonly state: 'ok' | 'low' | 'skipped';
}

export interface Cells {
  readonly title: MessageKey;
  readonly cells: readonly Cell[];
  /** The whole strip in one sentence, for those who hear it. */
  readonly says: Phrase;
}

export interface Firmware {
  /** Intel's own word, as it stands in the list. */
  readonly status: string | undefined;
  readonly judged: Judged | undefined;
  readonly sentences: readonly Phrase[];
  readonly advisories: readonly { readonly id: string; readonly url: string | undefined }[];
  readonly facts: readonly FactRow[];
  readonly strips: readonly Cells[];
}

/** One of the lists everything was judged by. */
export interface ListRow {
  readonly name: MessageKey;
  readonly number?: number;
  readonly issued: number;
  readonly next: number;
  readonly overdue: boolean;
}

type Component = NonNullable<TdxFacts['components']>['platform'][number];

const cellOf = ({ index, have, need, compared }: Component): Cell => ({ index, have, need, state: compared ? (have < need ? 'low' : 'ok') : 'skipped' });

function strip(title: MessageKey, components: readonly Component[]): Cells {
  const cells = components.map(cellOf);
  const low = cells.filter((c) => c.state === 'low').map((c) => String(c.index + 1));
  const says = low.length === 0 ? plural('cells_ok', cells.length) : plural('cells_low', cells.length, { low: { kind: 'list', value: low } });
  return { title, cells, says };
}

/** Intel's page of an advisory; other ids have none. */
export function advisoryUrl(id: string): string | undefined {
  return /^INTEL-SA-\d{5}$/.test(id) ? `https://www.intel.com/content/www/us/en/security-center/advisory/${id.toLowerCase()}.html` : undefined;
}

const row = (name: MessageKey, value: string | undefined): readonly FactRow[] => (value === undefined ? [] : [{ name: { key: name }, says: literal(value) }]);

function sentencesOf(tcb: TcbFact, lists: readonly ListRow[]): readonly Phrase[] {
  const list = lists.find((l) => l.name === 'list_tcb_info');
  const level = { kind: 'date', value: Date.parse(tcb.tcbDate) } as const;
  const number = String(tcb.evaluationDataNumber);
  return [
    list === undefined ? text('firmware_level', { number, level }) : text('firmware_level_list', { number, level, issued: { kind: 'date', value: list.issued }, next: { kind: 'date', value: list.next } }),
    tcb.advisoryIds.length === 0 ? text('firmware_no_advisories') : plural('firmware_advisories', tcb.advisoryIds.length),
  ];
}

export function firmwareOf(claims: TdxClaims, facts: TdxFacts | undefined, checks: readonly Check[], lists: readonly ListRow[]): Firmware {
  const { tcb } = claims;
  const components = facts?.components;
  return {
    status: tcb?.status,
    judged: judgedBy(checks, 'tcb'),
    sentences: tcb === undefined ? [text('firmware_unknown')] : sentencesOf(tcb, lists),
    advisories: tcb?.advisoryIds.map((id) => ({ id, url: advisoryUrl(id) })) ?? [],
    facts: [
      ...row('fact_tcb_platform', tcb?.platform),
      ...row('fact_module', tcb?.module),
      ...row('fact_tcb_qe', tcb?.qe),
      ...row('fact_tcb_launch', tcb?.launch),
      ...row('fact_tcb_current', tcb?.current),
      ...(components === undefined ? [] : [{ name: { key: 'fact_pcesvn' }, says: text('fact_have_need', { have: String(components.pceSvn.have), need: String(components.pceSvn.need) }) } as const]),
    ],
    strips: [...(components === undefined ? [] : [strip('cells_platform', components.platform)]), ...(components?.tdx === undefined ? [] : [strip('cells_tdx', components.tdx)])],
  };
}

const LISTS: Readonly<Record<TdxFacts['collateral'][number]['kind'], MessageKey>> = { 'tcb-info': 'list_tcb_info', 'qe-identity': 'list_qe_identity', 'pck-crl': 'list_pck_crl', 'root-crl': 'list_root_crl' };

/** Dates of Intel's lists; `now` in ms since the epoch. */
export const listsOf = (facts: TdxFacts | undefined, now: number): readonly ListRow[] =>
  (facts?.collateral ?? []).map(({ kind, issued, next, number }) => ({
    name: LISTS[kind],
    ...(number === undefined ? {} : { number }),
    issued: Date.parse(issued),
    next: Date.parse(next),
    overdue: Date.parse(next) < now,
  }));

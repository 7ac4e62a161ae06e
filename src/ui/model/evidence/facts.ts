/** Decoded fields of a quote as rows: a name, a value, and the outcome of the check that judged it. */
import type { Check } from '../../../checks/check';
import type { TdxClaims, TdxFacts } from '../../../evidence/tdx/types';
import { literal, type MessageKey, type Phrase, text } from '../../i18n/text';
import { drawnKind, type Kind, wordOf } from '../outcome';

export interface Judged {
  readonly kind: Kind;
  readonly word: MessageKey;
}

export interface FactRow {
  readonly name: Phrase;
  /** Words, or a value that is shown in groups and can be copied. */
  readonly says?: Phrase;
  readonly value?: string;
  /** Every byte of the value is zero: said so, in place of a row of zeros. */
  readonly zeroBytes?: number;
  readonly judged?: Judged;
}

export function judgedBy(checks: readonly Check[], ...ids: readonly string[]): Judged | undefined {
  const check = checks.find((c) => ids.includes(c.id));
  return check === undefined ? undefined : { kind: drawnKind(check), word: wordOf(check) };
}

const ZEROS = /^(00)+$/;

export function valueRow(name: MessageKey, value: string | undefined, judged?: Judged): readonly FactRow[] {
  if (value === undefined) return [];
  const more = judged === undefined ? {} : { judged };
  return [ZEROS.test(value) ? { name: { key: name }, zeroBytes: value.length / 2, ...more } : { name: { key: name }, value, ...more }];
}

export function saidRow(name: MessageKey, says: Phrase | undefined, judged?: Judged): readonly FactRow[] {
  return says === undefined ? [] : [{ name: { key: name }, says, ...(judged === undefined ? {} : { judged }) }];
}

function detailOf(checks: readonly Check[], id: string): Phrase | undefined {
  // Long values stand in rows of their own.
  const detail = (checks.find((c) => c.id === id)?.detail ?? '').replace(/,?\s*\w+\s+[0-9a-f]{32,}/i, '');
  return detail === '' ? undefined : literal(detail);
}

export const onOff = (flag: boolean | undefined): Phrase | undefined => (flag === undefined ? undefined : text(flag ? 'fact_on' : 'fact_off'));

/** Registers and fields in the order of the quote's body. */
const REGISTERS: readonly (readonly [MessageKey, keyof TdxClaims])[] = [
  ['fact_mrTd', 'mrTd'],
  ['fact_rtmr0', 'rtmr0'],
  ['fact_rtmr1', 'rtmr1'],
  ['fact_rtmr2', 'rtmr2'],
  ['fact_rtmr3', 'rtmr3'],
  ['fact_mrConfigId', 'mrConfigId'],
  ['fact_mrOwner', 'mrOwner'],
  ['fact_mrOwnerConfig', 'mrOwnerConfig'],
  ['fact_mrSeam', 'mrSeam'],
  ['fact_mrServiceTd', 'mrServiceTd'],
  ['fact_mrEnclave', 'mrEnclave'],
  ['fact_mrSigner', 'mrSigner'],
  ['fact_tdAttributes', 'tdAttributes'],
  ['fact_xfam', 'xfam'],
];

const JUDGES: Partial<Record<keyof TdxClaims, string>> = { mrSeam: 'tdx.module', mrServiceTd: 'policy.servicetd', tdAttributes: 'policy.attributes', xfam: 'policy.xfam' };

/** Whose number it is that the evidence answers. */
export const nonceName = (checks: readonly Check[]): 'fact_nonce' | 'fact_nonce_page' => (checks.some((c) => c.id === 'reportdata' && c.basis === 'page') ? 'fact_nonce_page' : 'fact_nonce');

/** All decoded fields but report_data, which the key's section takes apart, and those `shownElsewhere` (as software). */
export function processorFacts(claims: TdxClaims, facts: TdxFacts | undefined, checks: readonly Check[], nonce: string, shownElsewhere: ReadonlySet<string>): readonly FactRow[] {
  const registers = REGISTERS.flatMap(([name, field]) => {
    const value = shownElsewhere.has(field) ? undefined : claims[field];
    const judge = JUDGES[field];
    return typeof value === 'string' ? valueRow(name, value, judge === undefined ? undefined : judgedBy(checks, judge)) : [];
  });
  return [
    ...saidRow('fact_kind', text('fact_kind_value', { kind: `Intel ${facts?.bodyKind ?? claims.tee.toUpperCase()}`, version: String(claims.quoteVersion) }), judgedBy(checks, 'quote.signature')),
    ...valueRow(nonceName(checks), nonce === '' ? undefined : nonce, judgedBy(checks, 'nonce', 'reportdata')),
    ...saidRow('fact_debug', onOff(claims.debug), judgedBy(checks, 'policy.debug')),
    ...saidRow('fact_septve', onOff(claims.septVeDisable)),
    ...saidRow('fact_module', detailOf(checks, 'tdx.module'), judgedBy(checks, 'tdx.module')),
    ...saidRow('fact_fmspc', claims.fmspc === undefined ? undefined : literal(claims.fmspc)),
    ...registers,
  ];
}

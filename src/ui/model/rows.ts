/** One check as a row: name, outcome word, reason, the two values. */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { type Device, deviceOf } from '../../verdict/groups';
import type { MessageKey, Phrase } from '../i18n/text';
import { attestedWords, type DeviceFinding, deviceLabel, devicesOf, findingsOf, isAttested, namesOf, withoutNumber } from './devices';
import { type FamilyContext, familyTexts, hasCode } from './family';
import { labelOf } from './labels';
import { drawnKind, type Kind, wordOf } from './outcome';

/** Expected and received, each as it came; copied as it came. */
export interface Values {
  readonly expected?: string;
  readonly actual?: string;
  /** Where the expected value comes from, with its date. */
  readonly source?: string;
}

export interface CheckRow {
  readonly id: string;
  readonly kind: Kind;
  readonly word: MessageKey;
  readonly label: Phrase;
  /** The code's sentence, on every row that is not a plain pass. */
  readonly sentence?: Phrase;
  /** Names of the checks that one row stands for. */
  readonly covers?: readonly Phrase[];
  /** Data of the check: names, dates, versions. */
  readonly detail?: string;
  readonly code?: Code;
  readonly values?: Values;
  /** The judged page itself reported what this rests on. */
  readonly reportedByPage: boolean;
}

export function valuesOf(check: Check): Values | undefined {
  const values: Values = {
    ...(check.expected === undefined ? {} : { expected: check.expected }),
    ...(check.actual === undefined ? {} : { actual: check.actual }),
    ...(check.source === undefined ? {} : { source: check.source }),
  };
  return Object.keys(values).length === 0 ? undefined : values;
}

/** Worst first, so that what needs reading is read first; equal ones stay in the order of the checks. */
const RANK: Readonly<Record<Kind, number>> = { fail: 0, unknown: 1, running: 1, absent: 2, claimed: 3, weak: 4, partly: 4, pass: 5 };
const worstFirst = (rows: readonly CheckRow[]): readonly CheckRow[] => [...rows].sort((a, b) => RANK[a.kind] - RANK[b.kind]);

function rowOf(check: Check, context: FamilyContext): CheckRow {
  const values = valuesOf(check);
  return {
    id: check.id,
    kind: drawnKind(check),
    word: wordOf(check),
    label: labelOf(check.id),
    ...(hasCode(check) && check.outcome !== 'pass' ? { sentence: familyTexts(check, context).happened, code: check.code } : {}),
    ...(check.detail === '' ? {} : { detail: check.detail }),
    ...(values === undefined ? {} : { values }),
    reportedByPage: check.basis === 'page',
  };
}

/** Every check as a row of its own. */
export const rowsOf = (checks: readonly Check[], context: FamilyContext): readonly CheckRow[] => worstFirst(checks.map((check) => rowOf(check, context)));

function findingRow({ kind, place, indices, checks }: DeviceFinding, context: FamilyContext): readonly CheckRow[] {
  const [first] = checks;
  if (first === undefined) return [];
  const names = namesOf(kind, indices, place);
  const covers = checks.map((check) => labelOf(withoutNumber(check.id)));
  const [only] = covers;
  return [{ ...rowOf(first, context), ...(covers.length === 1 && only !== undefined ? { label: deviceLabel(names, only) } : { label: names, covers }) }];
}

function deviceRows(kind: Device['kind'], checks: readonly Check[], context: FamilyContext): readonly CheckRow[] {
  const devices = devicesOf(checks).filter((device) => device.kind === kind);
  const good = [...new Set(devices.filter(isAttested).map(({ place }) => place))];
  const summaries = good.map((place): CheckRow => ({ id: kind, kind: 'pass', word: 'outcome_pass', label: attestedWords(kind, devices, place), reportedByPage: false }));
  return [...summaries, ...findingsOf(devices).flatMap((finding) => findingRow(finding, context))];
}

/** Rows with the devices of a machine folded: what all of them share is said once. */
export const foldedRows = (checks: readonly Check[], context: FamilyContext): readonly CheckRow[] =>
  worstFirst([...checks.filter((check) => deviceOf(check) === undefined).map((check) => rowOf(check, context)), ...deviceRows('gpu', checks, context), ...deviceRows('switch', checks, context)]);

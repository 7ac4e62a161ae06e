/** How many checks hold, leave a gap, are open or do not match, in words. */
import type { Check } from '../../../checks/check';
import { type Phrase, plural, text } from '../../i18n/text';
import { counting, kindOf } from '../outcome';

export interface Counts {
  readonly hold: number;
  readonly gaps: number;
  readonly open: number;
  readonly fail: number;
}

export function countsOf(checks: readonly Check[]): Counts {
  const kinds = counting(checks).map(kindOf);
  const count = (...of: readonly string[]): number => kinds.filter((kind) => of.includes(kind)).length;
  return { hold: count('pass'), gaps: count('weak', 'claimed', 'absent'), open: count('unknown'), fail: count('fail') };
}

/** "12 hold, 1 gap, 1 does not match"; nothing is said of what is not there. */
export function countWords(checks: readonly Check[]): Phrase {
  const { hold, gaps, open, fail } = countsOf(checks);
  const said = [
    ...(fail > 0 ? [plural('count_fail', fail)] : []),
    ...(open > 0 ? [plural('count_open', open)] : []),
    ...(gaps > 0 ? [plural('count_gaps', gaps)] : []),
    ...(hold > 0 ? [plural('count_hold', hold)] : []),
  ];
  return said.length === 0 ? text('count_none') : { key: 'count_row', args: { row: { kind: 'row', value: said } } };
}

import type { Check } from '../checks/check';

/** The four beads of the rail, in the order in which a fault is named. */
export const GROUPS = ['machine', 'software', 'key', 'answer'] as const;
export type Group = (typeof GROUPS)[number];

const BY_PREFIX: readonly (readonly [RegExp, Group])[] = [
  [/^(software|image|measurement|manifest|compose|eventlog)(\.|$)/, 'software'],
  [/^(key|channel)(\.|$)/, 'key'],
  [/^(format|signature|signer|response|request|coverage|replay|body|answer)(\.|$)/, 'answer'],
];

/** Where a check is shown. What is about no answer, key or software is about the machine. */
export function groupOf(check: Pick<Check, 'id'>): Group {
  return BY_PREFIX.find(([prefix]) => prefix.test(check.id))?.[1] ?? 'machine';
}

const RANK = { fail: 0, unknown: 1, weak: 2, absent: 3, pass: 4 } as const;

const weight = (check: Check): number =>
  (check.outcome === 'unknown' && !check.required ? RANK.pass : RANK[check.outcome]) * GROUPS.length + GROUPS.indexOf(groupOf(check));

/** The check a headline speaks of: the worst outcome, first in the order Machine, Software, Key, Answer. */
export function leadingCheck(checks: readonly Check[]): Check | undefined {
  return checks.filter((c) => c.outcome !== 'pass').sort((a, b) => weight(a) - weight(b))[0];
}

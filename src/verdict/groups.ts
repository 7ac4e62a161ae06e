import type { Check } from '../checks/check';

/** The four beads of the rail, in the order in which a fault is named. */
export const GROUPS = ['machine', 'software', 'key', 'answer'] as const;
export type Group = (typeof GROUPS)[number];

const BY_PREFIX: readonly (readonly [RegExp, Group])[] = [
  [/^(software|hostdata|image|measurement|manifest|compose|pcr|eventlog)(\.|$)/, 'software'],
  [/^(key|channel|meshca)(\.|$)/, 'key'],
  [/^(format|signature|signer|response|request|coverage|replay|body|answer)(\.|$)/, 'answer'],
];

/** Where a check is shown. What is about no answer, key or software is about the machine. */
export function groupOf(check: Pick<Check, 'id'>): Group {
  return BY_PREFIX.find(([prefix]) => prefix.test(check.id))?.[1] ?? 'machine';
}

/** A GPU or a switch among others, as its checks name it: `gpu[3].chain` is of GPU 3. */
export interface Device {
  readonly kind: 'gpu' | 'switch';
  readonly index: number;
}

/** The device that a check is about; `undefined` where it is about no single one. */
export function deviceOf(check: Pick<Check, 'id'>): Device | undefined {
  const [, kind, index] = /^(gpu|switch)\[(\d{1,3})\](?:\.|$)/.exec(check.id) ?? [];
  return kind === undefined ? undefined : { kind: kind === 'gpu' ? 'gpu' : 'switch', index: Number(index) };
}

const RANK = { fail: 0, unknown: 1, weak: 2, absent: 3, pass: 4 } as const;

const weight = (check: Check): number =>
  (check.outcome === 'unknown' && !check.required ? RANK.pass : RANK[check.outcome]) * GROUPS.length + GROUPS.indexOf(groupOf(check));

/** The check a headline speaks of: the worst outcome, first in the order Machine, Software, Key, Answer. */
export function leadingCheck(checks: readonly Check[]): Check | undefined {
  return checks.filter((c) => c.outcome !== 'pass').sort((a, b) => weight(a) - weight(b))[0];
}

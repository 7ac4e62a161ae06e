import type { Check } from '../checks/check';

/** The four beads of the rail, in the order in which a fault is named. */
export const GROUPS = ['machine', 'software', 'key', 'answer'] as const;
export type Group = (typeof GROUPS)[number];

/** A check's id in a list of several machines ends in the place of its machine: `parse.gateway`, `gpu[0].chain.model[1]`. */
export interface PlacedId {
  /** The id as it is for a machine alone. */
  readonly base: string;
  /** `gateway`, `front`, `model[0]`, `node[1]`; absent where the id names no machine. */
  readonly place?: string;
}

const PLACED = /^(.+)\.(gateway|front|(?:model|node)\[\d{1,3}\])$/;

/** Splits an id into what it asks and of which machine. `key.model` names no machine: models' machines are numbered. */
export function placedId(id: string): PlacedId {
  const [, base, place] = PLACED.exec(id) ?? [];
  return base === undefined || place === undefined ? { base: id } : { base, place };
}

const BY_PREFIX: readonly (readonly [RegExp, Group])[] = [
  [/^(software|hostdata|image|measurement|manifest|compose|pcr|eventlog)(\.|$)/, 'software'],
  [/^(key|channel|meshca)(\.|$)/, 'key'],
  [/^(format|signature|signer|response|request|coverage|replay|body|answer)(\.|$)/, 'answer'],
];

/** Where a check is shown. What is about no answer, key or software is about the machine. */
export function groupOf(check: Pick<Check, 'id'>): Group {
  return BY_PREFIX.find(([prefix]) => prefix.test(placedId(check.id).base))?.[1] ?? 'machine';
}

/** A GPU or a switch among others, as its checks name it: `gpu[3].chain` is of GPU 3. */
export interface Device {
  readonly kind: 'gpu' | 'switch';
  readonly index: number;
  /** The machine it is in, where there are several (`PlacedId.place`): GPU 0 of two machines are two devices. */
  readonly place?: string;
}

/** The device that a check is about; `undefined` where it is about no single one. */
export function deviceOf(check: Pick<Check, 'id'>): Device | undefined {
  const { base, place } = placedId(check.id);
  const [, kind, index] = /^(gpu|switch)\[(\d{1,3})\](?:\.|$)/.exec(base) ?? [];
  return kind === undefined ? undefined : { kind: kind === 'gpu' ? 'gpu' : 'switch', index: Number(index), ...(place === undefined ? {} : { place }) };
}

const RANK = { fail: 0, unknown: 1, weak: 2, absent: 3, pass: 4 } as const;

const weight = (check: Check): number =>
  (check.outcome === 'unknown' && !check.required ? RANK.pass : RANK[check.outcome]) * GROUPS.length + GROUPS.indexOf(groupOf(check));

/** The check a headline speaks of: the worst outcome, first in the order Machine, Software, Key, Answer. */
export function leadingCheck(checks: readonly Check[]): Check | undefined {
  return checks.filter((c) => c.outcome !== 'pass').sort((a, b) => weight(a) - weight(b))[0];
}

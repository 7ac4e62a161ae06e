/** Several machines in one report: which one a check is about, in words, and the checks of each as of a machine alone. */
import type { Check } from '../../checks/check';
import { groupOf, placedId } from '../../verdict/groups';
import { type Phrase, text } from '../i18n/text';

/** The check's id as of a machine alone. */
export const baseOf = ({ id }: Pick<Check, 'id'>): string => placedId(id).base;

/** "the gateway", "the model’s machine 1"; `place` as `PlacedId.place` writes it, machines counted from 1. */
export function placeWords(place: string): Phrase {
  if (place === 'gateway') return text('place_gateway');
  if (place === 'front') return text('place_front');
  const [, kind, index = '0'] = /^(model|node)\[(\d+)\]$/.exec(place) ?? [];
  return { key: kind === 'model' ? 'place_model' : 'place_node', args: { number: String(Number(index) + 1) } };
}

export interface Machine {
  /** Absent for the checks that name no machine: of the only one, or of the one that an answer is joined with. */
  readonly place?: string;
  /** With the ids of a machine alone. */
  readonly checks: readonly Check[];
}

/** The machines of a list, each with its own checks, in the order in which the list first names them. */
export function machinesOf(checks: readonly Check[]): readonly Machine[] {
  const found = new Map<string | undefined, Check[]>();
  for (const check of checks) {
    const { base, place } = placedId(check.id);
    const own = found.get(place) ?? [];
    own.push({ ...check, id: base });
    found.set(place, own);
  }
  return [...found].map(([place, own]) => ({ ...(place === undefined ? {} : { place }), checks: own }));
}

/** Which of several machines a check is about, for a sentence; `undefined` where there is one, or it is about the answer. */
export function machineOf(check: Pick<Check, 'id'>, checks: readonly Check[]): Phrase | undefined {
  const { base, place } = placedId(check.id);
  if (place !== undefined) return placeWords(place);
  const amongOthers = checks.some(({ id }) => placedId(id).place !== undefined);
  return amongOthers && groupOf(check) !== 'answer' && !/^channel(\.|$)/.test(base) ? text('place_own') : undefined;
}

/** A machine in front that signs no answers and says so: nothing about the key that does. */
export const signsNothing = ({ id, outcome }: Pick<Check, 'id' | 'outcome'>): boolean => id === 'key.binding.front' && outcome === 'absent';

/** Outcome of one check or one group as it is drawn: a glyph and a word, from the check alone (UI.md 3). */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import type { Group } from '../../verdict/groups';
import type { MessageKey } from '../i18n/text';
import { machinesOf } from './places';

/** One glyph each. `partly` is only ever a group's; `pass` alone is a whole bead. */
export type Kind = 'pass' | 'weak' | 'partly' | 'claimed' | 'unknown' | 'absent' | 'fail' | 'running';

/** Weak findings in which nothing holds: drawn as what they leave, not as half a proof. */
const WEAK_BUT_EMPTY: Partial<Record<Code, Kind>> = {
  SIGNER_NOT_BOUND: 'absent',
  CHANNEL_NOT_BOUND: 'absent',
  CPU_EVIDENCE_ABSENT: 'absent',
  IMAGE_NOT_GIVEN: 'absent',
  IMAGE_ONLY_CLAIMED: 'claimed',
};

/** A claim is never more than claimed; a contradiction and an open question stay what they are, whoever's word they rest on. */
export function kindOf(check: Check): Kind {
  switch (check.outcome) {
    case 'fail':
    case 'unknown':
    case 'absent':
      return check.outcome;
    case 'weak':
      return (check.code === undefined ? undefined : WEAK_BUT_EMPTY[check.code]) ?? (check.basis === 'claimed' ? 'claimed' : 'weak');
    case 'pass':
      return check.basis === 'claimed' ? 'claimed' : 'pass';
  }
}

/** How a check is drawn: an open question that nothing depends on is as quiet as something that is not there. */
export const drawnKind = (check: Check): Kind => (check.outcome === 'unknown' && !check.required ? 'absent' : kindOf(check));

const WORDS: Readonly<Record<Exclude<Kind, 'absent'>, MessageKey>> = {
  pass: 'outcome_pass',
  weak: 'outcome_weak',
  partly: 'outcome_partly',
  claimed: 'outcome_claimed',
  unknown: 'outcome_unknown',
  fail: 'outcome_fail',
  running: 'outcome_running',
};

export function wordOf(check: Check): MessageKey {
  const kind = kindOf(check);
  if (kind === 'unknown' && !check.required) return 'outcome_notasked';
  if (kind === 'absent') return check.by === 'browser' ? 'outcome_absent_browser' : check.by === 'assay' ? 'outcome_absent_assay' : 'outcome_absent_service';
  if (kind === 'weak' && check.code === 'SOFTWARE_NOT_KNOWN') return 'outcome_notknown';
  return WORDS[kind];
}

/** What a start-up chip reports, a log or a composition that fits it: it names software and knows none. */
export const isStartUp = (check: Pick<Check, 'id'>): boolean => /^(pcr|eventlog|compose)(\.|$)/.test(check.id);

/** What must hold, and by whose proof, before a group may be drawn as a whole bead. */
const CARRIES: Readonly<Record<Group, (check: Check) => boolean>> = {
  machine: (c) => /(^|\.)(quote|report)\.signature$/.test(c.id) && c.basis === 'hardware',
  // A log that leads to the registers says what was started, not that it is what anyone expects.
  software: (c) => c.basis === 'hardware' && !isStartUp(c),
  key: (c) => c.basis === 'hardware',
  answer: (c) => c.id === 'signature',
};

/** The checks that count: what nothing depends on is listed, but moves no group. */
export const counting = (checks: readonly Check[]): readonly Check[] => checks.filter((c) => c.required || c.outcome !== 'unknown');

/**
 * A group is as good as its worst check; some proofs beside some gaps are `partly`. A whole bead needs every check to
 * pass and the one that carries the group to be among them. `undefined` when there is nothing to go by.
 */
export function groupKind(group: Group, checks: readonly Check[]): Kind | undefined {
  const kinds = new Set(counting(checks).map(kindOf));
  if (kinds.size === 0) return checks.length === 0 ? undefined : 'unknown';
  if (kinds.has('fail')) return 'fail';
  if (kinds.has('unknown')) return 'unknown';
  if (!kinds.has('pass')) return kinds.has('claimed') ? 'claimed' : kinds.has('weak') ? 'weak' : 'absent';
  if (kinds.has('absent') || kinds.has('claimed')) return 'partly';
  if (kinds.has('weak')) return 'weak';
  // Of several machines each carries its own.
  return machinesOf(checks).every((machine) => machine.checks.some((c) => kindOf(c) === 'pass' && CARRIES[group](c))) ? 'pass' : 'partly';
}

/** The word of a group: that of the check that decided its glyph, where there is one. */
export function groupWord(kind: Kind, checks: readonly Check[]): MessageKey {
  const deciding = counting(checks).find((c) => kindOf(c) === kind);
  if (kind === 'absent' && deciding !== undefined) return wordOf(deciding);
  if (kind === 'weak' && deciding !== undefined && counting(checks).every((c) => kindOf(c) === 'weak')) return wordOf(deciding);
  return kind === 'absent' ? 'outcome_absent_service' : WORDS[kind];
}

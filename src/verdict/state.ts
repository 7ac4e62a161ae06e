import type { Check } from '../checks/check';

/** What is said about an answer, an attestation or a tab, worst first. */
export type State = 'failed' | 'incomplete' | 'limited' | 'verified';

const SEVERITY: readonly State[] = ['failed', 'incomplete', 'limited', 'verified'];

/**
 * The state that follows from checks alone (DESIGN 2): any `fail` → `failed`; else any required `unknown` →
 * `incomplete`; else any `weak`, `absent`, or `pass` of basis `claimed` → `limited`; else `verified`.
 * No checks at all prove nothing: `incomplete`.
 */
export function stateOf(checks: readonly Check[]): State {
  if (checks.length === 0) return 'incomplete';
  if (checks.some((c) => c.outcome === 'fail')) return 'failed';
  if (checks.some((c) => c.outcome === 'unknown' && c.required)) return 'incomplete';
  if (checks.some(leavesGap)) return 'limited';
  return checks.some((c) => c.outcome === 'pass') ? 'verified' : 'incomplete';
}

function leavesGap(check: Check): boolean {
  return check.outcome === 'weak' || check.outcome === 'absent' || (check.outcome === 'pass' && check.basis === 'claimed');
}

/** The worst of several states; `undefined` for none. */
export function worstOf(states: readonly State[]): State | undefined {
  return SEVERITY.find((s) => states.includes(s));
}

/** Why a state holds with words of its own: `as-reported-by-page` when a passing check rests on the page's report (DESIGN 2). */
export type Qualifier = 'as-reported-by-page' | 'through-this-page' | 'added-by-you';

export function qualifiersOf(checks: readonly Check[]): readonly Qualifier[] {
  return checks.some((c) => c.basis === 'page' && c.outcome === 'pass') ? ['as-reported-by-page'] : [];
}

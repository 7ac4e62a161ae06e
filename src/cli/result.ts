/** What a command says (CLI.md, Output), and the exit status that follows from it. */
import type { Check } from '../checks/check';
import { type Qualifier, qualifiersOf, type State, stateOf } from '../verdict/state';
import type { ExitStatus } from './fault';

/** What a verifier found. */
export interface Findings {
  readonly checks: readonly Check[];
  /** Decoded fields; hex is lower-case without 0x. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Names the thing that was judged, for the reader of the prose. */
  readonly subject: string;
}

export interface Result {
  readonly state: State;
  readonly qualifiers: readonly Qualifier[];
  readonly checks: readonly Check[];
  readonly claims: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly at: string;
  readonly policy: string;
  readonly anchors: 'vendor' | 'custom';
}

export function resultOf(findings: Findings, of: { readonly now: number; readonly policy: string; readonly anchors: Result['anchors'] }): Result {
  const { checks, claims } = findings;
  return { state: stateOf(checks), qualifiers: qualifiersOf(checks), checks, claims, at: new Date(of.now).toISOString(), policy: of.policy, anchors: of.anchors };
}

/** 0 `verified` or `limited`, 1 `failed`, 2 `incomplete`, 3 a lesser state than `require`. */
export function statusOf(state: State, require: 'verified' | 'limited' | undefined): ExitStatus {
  if (state === 'failed') return 1;
  if (state === 'incomplete') return 2;
  return state === 'limited' && require === 'verified' ? 3 : 0;
}

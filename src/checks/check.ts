/**
 * The one vocabulary of findings. Every verifier, every binding, every observation ends as a `Check`;
 * states, texts and icons are derived from checks and from nothing else (RATS: an appraisal is a list of these).
 */
import type { Code } from './codes';

/** What was found. `fail` means a contradiction was proven; `unknown` means it could not be determined now. */
export type Outcome = 'pass' | 'weak' | 'absent' | 'unknown' | 'fail';

/**
 * What a finding rests on: `hardware` follows from signed evidence, `derived` was computed here from bytes the
 * browser saw, `page` was reported by code that runs in the judged page, `claimed` is the provider's word.
 */
export type Basis = 'hardware' | 'derived' | 'page' | 'claimed';

/** Who is the reason that something is `absent`: the service's design, this browser, or a verifier we have not built. */
export type AbsentBy = 'service' | 'browser' | 'assay';

export interface Check {
  /** Stable id in the words of CLI.md (`pck.chain`, `response.hash`, `gpu[0].nonce`). */
  readonly id: string;
  readonly outcome: Outcome;
  /** A required `unknown` makes the state `incomplete`; an unrequired one has no effect. */
  readonly required: boolean;
  readonly basis: Basis;
  /** Present on every outcome but a plain `pass`. */
  readonly code?: Code;
  /** Present exactly when `outcome` is `absent`. */
  readonly by?: AbsentBy;
  /** Data, not prose: names, dates, versions. Sentences live in the locale file. */
  readonly detail: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Where the expected value comes from, with its date. */
  readonly source?: string;
}

interface CheckParts {
  readonly basis?: Basis;
  readonly required?: boolean;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly source?: string | undefined;
}

function make(id: string, outcome: Outcome, detail: string, parts: CheckParts, rest: { code?: Code; by?: AbsentBy }): Check {
  return {
    id,
    outcome,
    required: parts.required ?? true,
    basis: parts.basis ?? 'hardware',
    detail,
    ...rest,
    ...(parts.expected === undefined ? {} : { expected: parts.expected }),
    ...(parts.actual === undefined ? {} : { actual: parts.actual }),
    ...(parts.source === undefined ? {} : { source: parts.source }),
  };
}

/** The checked thing holds. Basis `hardware` and required unless said otherwise. */
export const pass = (id: string, detail: string, parts: CheckParts = {}): Check => make(id, 'pass', detail, parts, {});

/** Holds, and leaves the gap that `code` names. */
export const weak = (id: string, code: Code, detail: string, parts: CheckParts = {}): Check => make(id, 'weak', detail, parts, { code });

/** Could not be determined now. */
export const unknown = (id: string, code: Code, detail: string, parts: CheckParts = {}): Check => make(id, 'unknown', detail, parts, { code });

/** A contradiction was proven. */
export const fail = (id: string, code: Code, detail: string, parts: CheckParts = {}): Check => make(id, 'fail', detail, parts, { code });

/** Not to be had here, and whose doing that is. */
export const absent = (id: string, by: AbsentBy, code: Code, detail: string, parts: CheckParts = {}): Check =>
  make(id, 'absent', detail, parts, { code, by });

/** What is known about one loaded document of a judged page: plain data, small enough for `storage.session`. */
import type { Check } from '../checks/check';
import type { State } from '../verdict/state';
import type { AnswerCounts, AnswerView, AttestationView, Step } from './snapshot';

/** A failure of the evidence itself: it stays until a new document or "I have seen this", even if a later try succeeds. */
export interface StickyFailure {
  readonly checks: readonly Check[];
  readonly at: number;
}

export interface DocumentState {
  readonly tabId: number;
  /** The browser's or the relay's id of this document; a new one means a clean slate. */
  readonly documentId: string;
  readonly pageOrigin: string;
  readonly profileId: string;
  readonly incognito: boolean;
  readonly openedAt: number;
  /** Newest first, at most `ANSWERS_SHOWN`. */
  readonly answers: readonly AnswerView[];
  /** Answers that no longer are in the list, by state. */
  readonly dropped: AnswerCounts;
  /** The newest evidence since the document was loaded. */
  readonly attestation?: AttestationView;
  readonly sticky?: StickyFailure;
  /** What is being done now. */
  readonly step?: Step;
  /** Ids of the answers and pieces of evidence whose faults the user has seen. */
  readonly acknowledged: readonly string[];
}

/** Rows in the popup and on the evidence page; older ones are only counted. */
export const ANSWERS_SHOWN = 50;

const NONE: AnswerCounts = { total: 0, arriving: 0, verified: 0, limited: 0, incomplete: 0, failed: 0 };

export function newDocument(of: Pick<DocumentState, 'tabId' | 'documentId' | 'pageOrigin' | 'profileId' | 'incognito' | 'openedAt'>): DocumentState {
  return { ...of, answers: [], dropped: NONE, acknowledged: [] };
}

const count = (counts: AnswerCounts, state: State | 'arriving'): AnswerCounts => ({ ...counts, total: counts.total + 1, [state]: counts[state] + 1 });

export function countsOf(document: DocumentState): AnswerCounts {
  return document.answers.reduce((counts, a) => count(counts, a.state), document.dropped);
}

const MILDNESS: readonly AnswerView['state'][] = ['verified', 'limited', 'incomplete', 'failed'];

/**
 * The answer that leaves a full list: the oldest of the mildest state, so that no fault is pushed out of sight by good
 * answers. What is still arriving stays, or its verdict would find no row.
 */
function leaving(answers: readonly AnswerView[]): AnswerView | undefined {
  for (const state of MILDNESS) {
    const oldest = answers.findLast((a) => a.state === state);
    if (oldest !== undefined) return oldest;
  }
  return undefined;
}

/** Adds an answer or replaces the one with its id. */
export function withAnswer(document: DocumentState, answer: AnswerView): DocumentState {
  if (document.answers.some((a) => a.id === answer.id)) {
    return { ...document, answers: document.answers.map((a) => (a.id === answer.id ? answer : a)) };
  }
  const answers = [answer, ...document.answers].sort((a, b) => b.number - a.number);
  if (answers.length <= ANSWERS_SHOWN) return { ...document, answers };
  const out = leaving(answers);
  return out === undefined ? document : { ...document, answers: answers.filter((a) => a !== out), dropped: count(document.dropped, out.state) };
}

/** Takes an answer away that turned out to be none. */
export function withoutAnswer(document: DocumentState, id: string): DocumentState {
  return document.answers.some((a) => a.id === id) ? { ...document, answers: document.answers.filter((a) => a.id !== id) } : document;
}

/** The number of the next answer of this document. */
export const nextNumber = (document: DocumentState): number => Math.max(document.dropped.total, ...document.answers.map((a) => a.number)) + 1;

/** Takes in newer evidence; a failure is remembered apart, so that the next good try does not hide it. */
export function withAttestation(document: DocumentState, attestation: AttestationView): DocumentState {
  const isNewFailure = attestation.state === 'failed' && !document.acknowledged.includes(attestation.id);
  const sticky = isNewFailure ? { checks: attestation.checks, at: attestation.appraisedAt } : document.sticky;
  return { ...document, attestation, ...(sticky === undefined ? {} : { sticky }) };
}

/** "I have seen this": faults so far no longer make the tab's state; their rows keep them, and judging them again changes nothing. */
export function withAcknowledgement(document: DocumentState): DocumentState {
  const { sticky: _seen, ...rest } = document;
  const failed = document.answers.filter((a) => a.state === 'failed').map((a) => a.id);
  const evidence = document.attestation?.state === 'failed' ? [document.attestation.id] : [];
  return { ...rest, acknowledged: [...new Set([...failed, ...evidence, ...document.acknowledged])].slice(0, 2 * ANSWERS_SHOWN) };
}

export function withStep(document: DocumentState, step: Step | undefined): DocumentState {
  const { step: _before, ...rest } = document;
  return step === undefined ? rest : { ...rest, step };
}

/** The answers that rest on this evidence, as a table. */
import type { Check } from '../../../checks/check';
import type { AnswerView } from '../../../watch/snapshot';
import { type AnswerRow, answerRow } from '../answers';
import { type Judged, judgedBy } from './facts';

export interface AnswerTableRow extends AnswerRow {
  readonly signer: string | undefined;
  readonly signature: Judged | undefined;
  readonly text: Judged | undefined;
  readonly question: Judged | undefined;
  /** Who handed over the bytes: the page's own code, or the browser. */
  readonly seenBy: 'page' | 'browser' | undefined;
}

function seenBy(checks: readonly Check[]): AnswerTableRow['seenBy'] {
  const body = checks.find((c) => c.id === 'response.hash' || c.id === 'coverage');
  if (body === undefined || body.outcome === 'unknown') return undefined;
  return body.basis === 'page' ? 'page' : 'browser';
}

export const answerTable = (answers: readonly AnswerView[]): readonly AnswerTableRow[] =>
  answers.map((answer) => ({
    ...answerRow(answer),
    signer: answer.signer,
    signature: judgedBy(answer.checks, 'signature'),
    text: judgedBy(answer.checks, 'response.hash'),
    question: judgedBy(answer.checks, 'request.hash'),
    seenBy: seenBy(answer.checks),
  }));

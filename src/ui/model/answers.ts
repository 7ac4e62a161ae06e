/** The answers of a tab, told apart by number, time, model and size, because no text is kept. */
import type { Code, Family } from '../../checks/codes';
import { familyOf } from '../../checks/codes';
import { groupOf, leadingCheck } from '../../verdict/groups';
import type { State } from '../../verdict/state';
import type { AnswerView, TabSnapshot } from '../../watch/snapshot';
import { type MessageKey, type Phrase, plural, text } from '../i18n/text';
import { isUnderSession } from './session';
import { isEqual } from './summary';

export interface AnswerRow {
  readonly id: string;
  readonly number: number;
  readonly mark: State | 'checking';
  readonly word: MessageKey;
  readonly startedAt: number;
  readonly length?: number;
  readonly model?: string;
  /** More about where it came from, read out and shown on hover. */
  readonly notes: readonly Phrase[];
}

/** The words of an answer whose own checks are at fault, by the family of the code. */
const BY_FAMILY: Partial<Record<Family, MessageKey>> = {
  ANSWER_ALTERED: 'answer_altered',
  SIGNATURE_INVALID: 'answer_signature',
  SIGNER_MISMATCH: 'answer_signer',
  SIGNER_NOT_REPORTED: 'answer_signer_open',
  ANSWER_UNSIGNED: 'answer_unsigned',
  HEADER_DOUBLED: 'answer_doubled',
  SIGNATURE_REPLAYED: 'answer_replayed',
  ANSWER_CUT: 'answer_cut',
  BODY_NOT_SEEN: 'answer_unseen',
  ANSWER_ERROR_STATUS: 'answer_error',
  ANSWER_NOT_RECOGNISED: 'answer_unrecognised',
  NOT_CHECKABLE: 'answer_uncheckable',
};

function limitedWord(answer: AnswerView): MessageKey {
  if (answer.checks.some((c) => c.outcome === 'absent' && (c.id === 'signature' || c.code === 'ANSWER_UNSIGNED'))) return isUnderSession(answer.checks) ? 'answer_sealed' : 'answer_unsigned_by_design';
  if (!isEqual(answer)) return 'answer_gaps';
  return answer.checks.some((c) => c.code === 'SIGNER_NOT_BOUND' || c.code === 'BOUND_BY_UNKNOWN_SOFTWARE') ? 'answer_not_vouched' : 'answer_equal';
}

function faultWord(answer: AnswerView, state: 'failed' | 'incomplete'): MessageKey {
  const leading = leadingCheck(answer.checks);
  const code: Code | undefined = answer.leading ?? leading?.code;
  const own = code === undefined ? undefined : BY_FAMILY[familyOf(code)];
  if (own !== undefined) return own;
  const group = leading === undefined ? 'answer' : groupOf(leading);
  const ending = state === 'failed' ? 'failed' : 'open';
  return group === 'answer' ? `answer_${ending}` : `answer_${group}_${ending}`;
}

/** What an answer's row says. */
export function wordOfAnswer(answer: AnswerView): MessageKey {
  switch (answer.state) {
    case 'arriving':
      return 'answer_arriving';
    case 'verified':
      return 'answer_equal';
    case 'limited':
      return limitedWord(answer);
    case 'failed':
    case 'incomplete':
      return faultWord(answer, answer.state);
  }
}

export function answerRow(answer: AnswerView): AnswerRow {
  return {
    id: answer.id,
    number: answer.number,
    mark: answer.state === 'arriving' ? 'checking' : answer.state,
    word: wordOfAnswer(answer),
    startedAt: answer.startedAt,
    ...(answer.length === undefined ? {} : { length: answer.length }),
    ...(answer.model === undefined ? {} : { model: answer.model }),
    notes: [...(answer.fromWorker ? [text('answer_worker')] : []), ...(answer.stoppedByPage ? [text('answer_stopped')] : [])],
  };
}

export interface AnswersModel {
  /** Newest first. */
  readonly rows: readonly AnswerRow[];
  /** Answers that are counted but no longer listed. */
  readonly older?: Phrase;
}

export function answersOf(snapshot: Pick<TabSnapshot, 'answers' | 'counts'>): AnswersModel {
  const older = snapshot.counts.total - snapshot.answers.length;
  return { rows: snapshot.answers.map(answerRow), ...(older > 0 ? { older: plural('answers_older', older) } : {}) };
}

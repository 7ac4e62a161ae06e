/** The checks of one answer that came through the proxy to the agent. It is never signed: what it says of itself is read, and counts for nothing. */
import { errorStatus, judgePlainAnswer } from '../shared/plain-answer';
import type { AnswerFindings, AnswerInput } from '../types';
import { claimedLink } from './relayed';

export function judgeAnswer(input: AnswerInput): AnswerFindings {
  const { checks } = judgePlainAnswer(input);
  return { checks: errorStatus(input) === undefined ? [...checks, ...claimedLink(input.head.headers)] : checks };
}

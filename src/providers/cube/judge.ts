/** The checks of one answer that came through the proxy to the agent. It is never signed: what it says of itself is read, and counts for nothing. */
import { absent, type Basis, type Check, fail, pass, unknown } from '../../checks/check';
import type { AnswerFindings, AnswerInput } from '../types';
import { claimedLink } from './relayed';

export function judgeAnswer(input: AnswerInput): AnswerFindings {
  const { head } = input;
  if (head.status < 200 || head.status > 299) return { checks: [unknown('format', 'ANSWER_ERROR_STATUS', `HTTP ${head.status}`, { basis: 'derived' })] };
  return { checks: [formatCheck(input, input.bodyBasis ?? 'page'), absent('signature', 'service', 'ANSWERS_NOT_SIGNED', 'replies carry no signature', { basis: 'derived' }), ...claimedLink(head.headers)] };
}

function formatCheck({ reading, form }: AnswerInput, basis: Basis): Check {
  if (typeof reading === 'string') return unknown('format', reading, '', { basis });
  if (reading.form !== form) return fail('format', 'ANSWER_NOT_RECOGNISED', 'announced in another form', { basis, expected: form, actual: reading.form });
  // Clients hang up once they have seen the end: what decides is whether it was there.
  if (!reading.complete) return unknown('format', 'ANSWER_CUT', `${reading.length} bytes`, { basis });
  if (!reading.looksLikeAnswer) return unknown('format', 'ANSWER_NOT_RECOGNISED', `${reading.length} bytes`, { basis });
  return pass('format', form === 'sse' ? 'event stream' : 'JSON', { basis });
}

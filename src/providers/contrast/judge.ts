/** The checks of one answer in plain text that nobody signs: its form, and that nothing vouches for it. */
import { absent, fail, pass, unknown } from '../../checks/check';
import type { AnswerFindings, AnswerInput } from '../types';

export function judgeAnswer({ head, reading, form, bodyBasis: basis = 'page' }: AnswerInput): AnswerFindings {
  if (head.status < 200 || head.status > 299) return { checks: [unknown('format', 'ANSWER_ERROR_STATUS', `HTTP ${head.status}`, { basis: 'derived' })] };
  const unsigned = absent('signature', 'service', 'ANSWERS_NOT_SIGNED', 'replies carry no signature', { basis: 'derived' });
  if (typeof reading === 'string') return { checks: [unknown('format', reading, '', { basis }), unsigned] };
  if (reading.form !== form) return { checks: [fail('format', 'ANSWER_NOT_RECOGNISED', 'announced in another form', { basis, expected: form, actual: reading.form }), unsigned] };
  // Clients hang up once they have seen the end: what decides is whether it was there.
  if (!reading.complete) return { checks: [unknown('format', 'ANSWER_CUT', `${reading.length} bytes`, { basis }), unsigned] };
  if (!reading.looksLikeAnswer) return { checks: [unknown('format', 'ANSWER_NOT_RECOGNISED', `${reading.length} bytes`, { basis }), unsigned] };
  return { checks: [pass('format', form === 'sse' ? 'event stream' : 'JSON', { basis }), unsigned] };
}

/** The checks that an answer has by its form alone, where nobody signs it: whether it is whole, and in the form that was announced. */
import { absent, type Basis, type Check, fail, pass, unknown } from '../../checks/check';
import type { AnswerFindings, AnswerInput, AnswerReading } from '../types';

/** An error is no answer; `undefined` for any other status. */
export const errorStatus = ({ head: { status } }: Pick<AnswerInput, 'head'>): Check | undefined =>
  status < 200 || status > 299 ? unknown('format', 'ANSWER_ERROR_STATUS', `HTTP ${status}`, { basis: 'derived' }) : undefined;

export const unsigned = (detail: string): Check => absent('signature', 'service', 'ANSWERS_NOT_SIGNED', detail, { basis: 'derived' });

/** `format` of what was read; `kind` stands before the form's name where it holds. */
export function formatCheck({ form }: Pick<AnswerInput, 'form'>, reading: AnswerReading, basis: Basis, kind = ''): Check {
  if (reading.form !== form) return fail('format', 'ANSWER_NOT_RECOGNISED', 'announced in another form', { basis, expected: form, actual: reading.form });
  // Clients hang up once they have seen the end: what decides is whether it was there.
  if (!reading.complete) return unknown('format', 'ANSWER_CUT', `${reading.length} bytes`, { basis });
  if (!reading.looksLikeAnswer) return unknown('format', 'ANSWER_NOT_RECOGNISED', `${reading.length} bytes`, { basis });
  return pass('format', `${kind}${form === 'sse' ? 'event stream' : 'JSON'}`, { basis });
}

/** `format signature` of an answer in plain text. */
export function judgePlainAnswer(input: AnswerInput): AnswerFindings {
  const { reading, bodyBasis: basis = 'page' } = input;
  const error = errorStatus(input);
  if (error !== undefined) return { checks: [error] };
  return { checks: [typeof reading === 'string' ? unknown('format', reading, '', { basis }) : formatCheck(input, reading, basis), unsigned('replies carry no signature')] };
}

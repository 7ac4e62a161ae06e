/** What an exchange with such a service's API is, from its head alone. */
import type { ExchangeHead } from '../exchange';
import { answerFormOf } from '../shared/answer-form';
import type { Recognition } from '../types';
import { REPORT_PATHS } from './profiles';

const ANSWERS = /^(?:\/api)?\/v1\/(?:chat\/completions|completions|responses|messages)$/;

/** Where Venice's own page chats: its lines of JSON have no type that would tell them from anything else. */
const UNDOCUMENTED = /^outerface\.venice\.ai\/api\/inference\/chat$/;

export function recogniseReportExchange(head: Pick<ExchangeHead, 'url' | 'method' | 'status' | 'headers'>): Recognition {
  const { host, pathname: path } = new URL(head.url);
  if (REPORT_PATHS.includes(path)) return { kind: 'attestation' };
  if (head.method.toUpperCase() !== 'POST') return { kind: 'ignored' };
  const success = (head.status >= 200 && head.status <= 299) || head.status === 304;
  if (success && UNDOCUMENTED.test(`${host}${path}`)) return { kind: 'unrecognised' };
  const form = answerFormOf(head.headers);
  if (success && ANSWERS.test(path)) return form === undefined ? { kind: 'unrecognised' } : { kind: 'answer', form };
  return form === undefined ? { kind: 'ignored' } : { kind: 'unrecognised' };
}

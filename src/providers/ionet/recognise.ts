/** What an exchange with io.net's API is, from its head alone. */
import type { ExchangeHead } from '../exchange';
import { answerFormOf } from '../shared/answer-form';
import type { Recognition } from '../types';
import { OUTSIDE_PATHS, PATHS } from './profile';

/**
 * The signature decides about an answer, not its path: what a redirect brings from below the completions path is judged
 * like any other. A page shows what a completion path answers with any 2xx status, so all of those are answers to judge. Errors are not;
 * but a POST that brought JSON or an event stream is `unrecognised`, never dropped from the head alone: whether its bytes
 * look like a completion is for the reader to say.
 */
export function recognise(head: Pick<ExchangeHead, 'url' | 'method' | 'status' | 'headers'>): Recognition {
  if (head.method.toUpperCase() !== 'POST') return { kind: 'ignored' };
  const path = new URL(head.url).pathname;
  const form = answerFormOf(head.headers);
  const success = head.status >= 200 && head.status <= 299;
  const answerPath = path === PATHS.completions || path.startsWith(`${PATHS.completions}/`);
  if (path === PATHS.attestation) return { kind: 'attestation' };
  if ((success || head.status === 304) && answerPath) return form === undefined ? { kind: 'unrecognised' } : { kind: 'answer', form };
  if (success && OUTSIDE_PATHS.includes(path)) return { kind: 'outside' };
  return form === undefined ? { kind: 'ignored' } : { kind: 'unrecognised' };
}

/** What an exchange with a deployment is, from its head alone. */
import type { ExchangeHead } from '../exchange';
import { answerFormOf } from '../shared/answer-form';
import type { Recognition } from '../types';

/** Where OpenAI's and Anthropic's interfaces answer, at the end of a path. */
const ANSWERS: readonly string[] = ['/v1/chat/completions', '/v1/completions', '/v1/responses', '/v1/messages'];

type Head = Pick<ExchangeHead, 'url' | 'method' | 'status' | 'headers'>;

/** By the path of the service's attestation and by the paths of answers. Errors are none; what looks like an answer elsewhere is said to be unknown, and so is an answer of no known type, where `untyped` does not say how to read it. */
export function recogniseBy(head: Head, attestPaths: readonly string[], isAnswer: (path: string) => boolean, untyped?: 'json'): Recognition {
  if (head.method.toUpperCase() !== 'POST') return { kind: 'ignored' };
  const path = new URL(head.url).pathname;
  if (attestPaths.includes(path)) return { kind: 'attestation' };
  if (head.status < 200 || head.status > 299) return { kind: 'ignored' };
  const form = answerFormOf(head.headers);
  const read = form ?? untyped;
  if (isAnswer(path)) return read === undefined ? { kind: 'unrecognised' } : { kind: 'answer', form: read };
  return form === undefined ? { kind: 'ignored' } : { kind: 'unrecognised' };
}

export const endsInAnswer = (path: string): boolean => ANSWERS.some((end) => path.endsWith(end));

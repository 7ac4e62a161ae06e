/** What an exchange with a Cube deployment is, from its head alone. */
import type { ExchangeHead } from '../exchange';
import { answerFormOf, mediaTypeOf } from '../shared/answer-form';
import type { Recognition } from '../types';
import { domainPathOf } from './profile';

/** Behind the proxy these lead to the agent inside the machine. */
const INSIDE: readonly string[] = ['v1/chat/completions', 'v1/completions', 'v1/responses', 'api/generate'];
/** One JSON text a line, as Ollama's interfaces stream. */
const LINES: readonly string[] = ['application/x-ndjson', 'application/ndjson'];
/** The retrieval service, and the guardrails before the agent: both stand outside the machine, with or without the proxy. */
const OUTSIDE: readonly string[] = ['api/v1/chat', 'api/chat'];

export function recognise(head: Pick<ExchangeHead, 'url' | 'method' | 'status' | 'headers'>): Recognition {
  if (head.method.toUpperCase() !== 'POST') return { kind: 'ignored' };
  const path = domainPathOf(head.url);
  const form = answerFormOf(head.headers) ?? (LINES.includes(mediaTypeOf(head.headers) ?? '') ? 'json' : undefined);
  const success = head.status >= 200 && head.status <= 299;
  if (path?.rest === 'attestation') return { kind: 'attestation' };
  if (!success) return { kind: 'ignored' };
  if (path?.proxied === true && INSIDE.includes(path.rest)) return form === undefined ? { kind: 'unrecognised' } : { kind: 'answer', form };
  if (path !== undefined && OUTSIDE.includes(path.rest)) return { kind: 'outside' };
  return form === undefined ? { kind: 'ignored' } : { kind: 'unrecognised' };
}

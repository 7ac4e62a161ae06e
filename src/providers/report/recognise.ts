/** What an exchange with such a service's API is, from its head alone. */
import type { ExchangeHead } from '../exchange';
import type { Recognition } from '../types';
import { REPORT_PATHS } from './profiles';

const ANSWERS = /^(?:\/api)?\/v1\/(?:chat\/completions|completions|responses)$/;

/** The media type without parameters; of several none, since which of them counts is unknowable. */
function mediaType(headers: ExchangeHead['headers']): string | undefined {
  const values = headers.filter(({ name }) => name.toLowerCase() === 'content-type').map(({ value }) => value);
  const [value] = values;
  return values.length === 1 && typeof value === 'string' ? value.split(';')[0]?.trim().toLowerCase() : undefined;
}

const isJson = (type: string | undefined) => type === 'application/json' || type?.endsWith('+json') === true;

export function recogniseReportExchange(head: Pick<ExchangeHead, 'url' | 'method' | 'status' | 'headers'>): Recognition {
  const path = new URL(head.url).pathname;
  if (REPORT_PATHS.includes(path)) return { kind: 'attestation' };
  if (head.method.toUpperCase() !== 'POST') return { kind: 'ignored' };
  const type = mediaType(head.headers);
  const form = type === 'text/event-stream' ? 'sse' : isJson(type) ? 'json' : undefined;
  const success = (head.status >= 200 && head.status <= 299) || head.status === 304;
  if (success && ANSWERS.test(path)) return form === undefined ? { kind: 'unrecognised' } : { kind: 'answer', form };
  return form === undefined ? { kind: 'ignored' } : { kind: 'unrecognised' };
}

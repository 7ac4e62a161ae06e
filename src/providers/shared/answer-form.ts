/** How an answer's body is to be read, by its media type alone. */
import type { ExchangeHead } from '../exchange';

/** Lower-case, without parameters. Of several none: which of them the browser takes is unknowable. */
export function mediaTypeOf(headers: ExchangeHead['headers']): string | undefined {
  const values = headers.filter(({ name }) => name.toLowerCase() === 'content-type').map(({ value }) => value);
  const [value] = values;
  return values.length === 1 && typeof value === 'string' ? value.split(';')[0]?.trim().toLowerCase() : undefined;
}

/** `undefined` for what is neither JSON nor an event stream. */
export function answerFormOf(headers: ExchangeHead['headers']): 'json' | 'sse' | undefined {
  const type = mediaTypeOf(headers);
  if (type === 'text/event-stream') return 'sse';
  return type === 'application/json' || type?.endsWith('+json') === true ? 'json' : undefined;
}

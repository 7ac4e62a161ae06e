/** Which requests are parts of a page's own session: what of them is kept, and that they are no answers. */
import type { ExchangeHead } from '../providers/exchange';
import type { Provider, Recognition } from '../providers/types';
import type { RequestFacts } from './contract';
import { bytesToText } from './wire-bytes';

/** The body of a request that is a part of a page's session, as text; `null` for every other one. */
export function sessionRequest({ session }: Provider, facts: RequestFacts, body: Uint8Array | undefined): string | null {
  const part = session?.partOf(facts);
  return part === undefined || body === undefined || body.length > part.maxRequest ? null : bytesToText(body);
}

/** A part of a page's session that the service answered. */
export function sessionPart({ session }: Provider, head: ExchangeHead): Recognition | undefined {
  const part = head.status >= 200 && head.status <= 299 ? session?.partOf(head) : undefined;
  return part === undefined ? undefined : { kind: 'session', part: part.part, maxResponse: part.maxResponse };
}

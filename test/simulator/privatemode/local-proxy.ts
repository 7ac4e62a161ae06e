/**
 * Privatemode's own proxy on this machine, plain HTTP, with a small chat page in front as a reverse proxy would put one
 * there: it has no endpoint that tells of evidence, allows no other origin, and hands out plain answers.
 */
import { plainChat } from '../contrast/chat.ts';
import { contrastPage } from '../contrast/page.ts';
import type { Handler } from '../http.ts';
import type { PrivatemodeWorld } from './services.ts';

export async function localProxy({ faults, now, pace }: PrivatemodeWorld): Promise<Handler> {
  const page = await contrastPage();
  // What the gateway says unencrypted it passes on as it is, header and all.
  const chat = plainChat({ cuts: () => faults.has('privatemode-cut'), now, pace, headers: (): Readonly<Record<string, string>> => (faults.has('privatemode-plain-marked') ? { 'privatemode-encrypted': 'false' } : {}) });
  return async (exchange) => await (exchange.url.pathname === '/v1/chat/completions' && exchange.request.method === 'POST' ? chat : page)(exchange);
}

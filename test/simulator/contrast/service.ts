/** A company's own Contrast deployment on one origin: the chat page, the Coordinator's HTTP API behind a reverse proxy, and the model. Nobody signs an answer. */
import { parsed } from '../cube/chat.ts';
import type { Switchboard } from '../faults.ts';
import { cut, head, pause, send, sendJson, write } from '../http.ts';
import type { Exchange, Handler } from '../http.ts';
import { asked, chunks, completion, words } from '../ionet/answer.ts';
import { isDict } from '../ionet/python-json.ts';
import { Coordinator } from './coordinator.ts';
import { OWN_DEPLOYMENT } from './deployment.ts';
import { contrastPage } from './page.ts';

export const CONTRAST_HOST = 'contrast.example';
export const CONTRAST_MODEL = 'llama3.2:3b';

/** A request to attest is no longer than this. */
const MAX_ATTEST = 1024;

export interface ContrastWorld {
  readonly faults: Switchboard;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
}

/** `POST /attest` as the Coordinator's HTTP API takes it. */
export function attestHandler(coordinator: Coordinator, faults: Switchboard): Handler {
  return (exchange) => {
    const refuse = (status: number, text: string): void => sendJson(exchange, status, { version: coordinator.deployment.version, error: text });
    if (faults.has('contrast-down')) return send(exchange, 503, { 'content-type': 'text/plain; charset=utf-8' }, 'no healthy upstream\n');
    if (faults.has('contrast-malformed')) return send(exchange, 200, { 'content-type': 'text/html' }, '<!doctype html><title>Just a moment…</title>');
    if (exchange.request.method !== 'POST') return send(exchange, 405, {}, '');
    if (exchange.request.headers['content-type'] !== 'application/json') return refuse(415, 'unsupported media type');
    const body = exchange.body.length > MAX_ATTEST ? undefined : parsed(exchange.body);
    const nonce = body !== undefined && isDict(body) ? body.get('nonce') : undefined;
    if (typeof nonce !== 'string') return refuse(400, 'decoding request');
    const reply = coordinator.attest(Buffer.from(nonce, 'base64'));
    send(exchange, reply.status, { 'content-type': 'application/json' }, reply.body);
  };
}

const reply = (prompt: string): string => `This answer comes from a simulator, not from a model. You wrote: “${prompt.length > 80 ? `${prompt.slice(0, 79)}…` : prompt}”. Nobody signs it — naïve café 😀.`;

export async function contrastService({ faults: on, now, pace }: ContrastWorld): Promise<Handler> {
  const coordinator = new Coordinator(OWN_DEPLOYMENT, on, now);
  const attest = attestHandler(coordinator, on);
  const page = await contrastPage();

  async function chat(exchange: Exchange): Promise<void> {
    const { model, prompt, stream } = asked(parsed(exchange.body) ?? null);
    if (model !== CONTRAST_MODEL) return sendJson(exchange, 404, { error: { message: `model '${model}' not found`, type: 'not_found' } });
    if (!stream) return sendJson(exchange, 200, completion(now(), model, reply(prompt)));
    head(exchange, 200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    const lines = [...chunks(now(), model, words(reply(prompt))), '[DONE]'];
    for (const [index, line] of lines.entries()) {
      if (on.has('contrast-cut') && index === Math.floor(lines.length / 2)) return await cut(exchange);
      if (!(await write(exchange, Buffer.from(`data: ${line}\n\n`)))) return;
      await pause(exchange, pace());
    }
    exchange.response.end();
  }

  return async (exchange) => {
    const { pathname } = exchange.url;
    if (pathname === '/attest') return await attest(exchange);
    if (pathname === '/v1/chat/completions' && exchange.request.method === 'POST') return await chat(exchange);
    if (pathname === '/v1/models') return sendJson(exchange, 200, { object: 'list', data: [{ id: CONTRAST_MODEL, object: 'model', created: Math.floor(now() / 1000), owned_by: 'simulator' }] });
    await page(exchange);
  };
}

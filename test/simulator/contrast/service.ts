/** A company's own Contrast deployment on one origin: the chat page, the Coordinator's HTTP API behind a reverse proxy, and the model. Nobody signs an answer. */
import { parsed } from '../cube/chat.ts';
import type { Switchboard } from '../faults.ts';
import { send, sendJson } from '../http.ts';
import type { Handler } from '../http.ts';
import { isDict } from '../ionet/python-json.ts';
import { CONTRAST_MODEL, plainChat } from './chat.ts';
import { Coordinator } from './coordinator.ts';
import { OWN_DEPLOYMENT } from './deployment.ts';
import { contrastPage } from './page.ts';

export const CONTRAST_HOST = 'contrast.example';

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

export async function contrastService({ faults: on, now, pace }: ContrastWorld): Promise<Handler> {
  const coordinator = new Coordinator(OWN_DEPLOYMENT, on, now);
  const attest = attestHandler(coordinator, on);
  const page = await contrastPage();
  const chat = plainChat({ cuts: () => on.has('contrast-cut'), now, pace });

  return async (exchange) => {
    const { pathname } = exchange.url;
    if (pathname === '/attest') return await attest(exchange);
    if (pathname === '/v1/chat/completions' && exchange.request.method === 'POST') return await chat(exchange);
    if (pathname === '/v1/models') return sendJson(exchange, 200, { object: 'list', data: [{ id: CONTRAST_MODEL, object: 'model', created: Math.floor(now() / 1000), owned_by: 'simulator' }] });
    await page(exchange);
  };
}

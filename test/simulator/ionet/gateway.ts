/** io.net's API host: login, model list, attestation and completions, with CORS as its web chat needs it. */
import { randomBytes } from 'node:crypto';
import type { Switchboard } from '../faults.ts';
import { head, pause, send, sendJson } from '../http.ts';
import type { Exchange, Handler, Headers } from '../http.ts';
import { prepareNonce } from './agent.ts';
import type { Agent } from './agent.ts';
import { Completions } from './completions.ts';
import { modelList, MODELS } from './models.ts';
import { isDict, loads } from './python-json.ts';
import type { PyValue } from './python-json.ts';

/** Any login that begins so is accepted; the chat page uses this one. */
export const LOGIN_PREFIX = 'io-';
export const DEMO_LOGIN = 'io-simulator-demo';

const HUGE = 32 * 1024 * 1024;

/** The signature headers are deliberately not exposed: a page cannot read them, only the browser can. */
function cors(exchange: Exchange): Headers {
  const origin = exchange.request.headers['origin'];
  return typeof origin === 'string' ? { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', vary: 'Origin' } : {};
}

function preflight(exchange: Exchange): void {
  const wanted = exchange.request.headers['access-control-request-headers'];
  head(exchange, 204, {
    ...cors(exchange), 'access-control-allow-methods': 'GET, POST, OPTIONS', 'access-control-max-age': '600',
    ...(typeof wanted === 'string' ? { 'access-control-allow-headers': wanted } : {}),
  });
  exchange.response.end();
}

function parsed(body: Buffer): PyValue | undefined {
  try {
    return loads(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export interface GatewayOptions {
  readonly agent: Agent;
  readonly faults: Switchboard;
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
}

export function gateway({ agent, faults, now, pace }: GatewayOptions): Handler {
  const completions = new Completions({ agent, faults, now, pace });
  const refuse = (exchange: Exchange, status: number, detail: string, headers: Headers = {}): void =>
    sendJson(exchange, status, { detail }, { ...cors(exchange), ...headers });

  async function attestation(exchange: Exchange): Promise<void> {
    if (faults.has('unauthorized-401')) return refuse(exchange, 401, 'Not authenticated');
    if (faults.has('rate-limit-429')) return refuse(exchange, 429, 'Too many requests', { 'retry-after': '30' });
    if (faults.has('server-500')) return refuse(exchange, 500, 'Internal Server Error');
    if (faults.has('attestation-redirect') && !exchange.url.pathname.endsWith('/moved')) return moved(exchange);
    if (faults.has('attestation-hangs')) return await pause(exchange, 120_000);
    const body = parsed(exchange.body);
    if (!isDict(body)) return refuse(exchange, 422, 'JSON object expected');
    const model = body.get('model_id');
    if (!MODELS.some((item) => item.modelId === model && item.attested)) return refuse(exchange, 404, 'No attested model has this model_id (the UUID of /v1/models)');
    const given = body.get('nonce') ?? undefined;
    const nonce = prepareNonce(given === undefined ? undefined : typeof given === 'string' ? given : 'not text', () => randomBytes(32));
    if (typeof nonce === 'string') return refuse(exchange, 500, nonce);
    if (faults.has('slow')) await pause(exchange, 3000);
    const headers = { ...cors(exchange), 'content-type': 'application/json' };
    if (faults.has('attestation-malformed')) return send(exchange, 200, { ...headers, 'content-type': 'text/html' }, '<!doctype html><title>Just a moment…</title>');
    if (faults.has('attestation-huge')) return send(exchange, 200, headers, `{"nonce":"${'0'.repeat(HUGE)}"}`);
    const report = agent.attestation(nonce);
    send(exchange, 200, headers, faults.has('attestation-truncated') ? report.slice(0, report.length / 2) : report);
  }

  function moved(exchange: Exchange): void {
    head(exchange, 307, { ...cors(exchange), location: `${exchange.url.pathname}/moved` });
    exchange.response.end();
  }

  async function answer(exchange: Exchange): Promise<void> {
    if (faults.has('answer-401')) return refuse(exchange, 401, 'Not authenticated');
    if (faults.has('answer-429')) return refuse(exchange, 429, 'Too many requests', { 'retry-after': '30' });
    if (faults.has('answer-500')) return refuse(exchange, 500, 'Internal Server Error');
    if (faults.has('redirect') && !exchange.url.pathname.endsWith('/moved')) return moved(exchange);
    const body = parsed(exchange.body);
    if (!isDict(body)) return refuse(exchange, 422, 'JSON object expected');
    if (!MODELS.some((item) => item.name === body.get('model') && item.attested)) return refuse(exchange, 404, 'No attested model has this name');
    await completions.answer(exchange, body, cors(exchange));
  }

  return async (exchange) => {
    const { method } = exchange.request;
    const path = exchange.url.pathname.replace(/\/moved$/, '');
    if (method === 'OPTIONS') return preflight(exchange);
    const login = exchange.request.headers['authorization'];
    if (typeof login !== 'string' || !login.startsWith(`Bearer ${LOGIN_PREFIX}`)) return refuse(exchange, 401, 'Not authenticated', { 'www-authenticate': 'Bearer' });
    if (method === 'GET' && path === '/v1/models') return send(exchange, 200, { ...cors(exchange), 'content-type': 'application/json' }, modelList(now()));
    if (method === 'POST' && path === '/v1/private/attestation') return await attestation(exchange);
    if (method === 'POST' && path === '/v1/private/completions') return await answer(exchange);
    // Outside the enclave: the same models without attestation and without signatures.
    if (method === 'POST' && path === '/v1/chat/completions') return await completions.outside(exchange, parsed(exchange.body) ?? null, cors(exchange));
    refuse(exchange, 404, 'Not Found');
  };
}

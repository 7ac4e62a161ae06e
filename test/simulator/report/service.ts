/**
 * The API of the simulated services: evidence, completions, and the signatures that are asked for afterwards. Paths, query
 * and refusals as in NEAR AI's and Phala's source; CORS for the chat pages.
 */
import type { Switchboard } from '../faults.ts';
import { cut, head, pause, send, sendJson, write } from '../http.ts';
import type { Exchange, Handler } from '../http.ts';
import { asked, FORGED_WORD, GENUINE_WORD } from '../ionet/answer.ts';
import type { PyDict } from '../ionet/python-json.ts';
import { labelled } from '../pki/keys.ts';
import { cors, E2EE, jsonOf, loggedIn, preflight, refuse } from './api.ts';
import { anew, ciphertext, reply, responses, spaced, streamed, whole } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Algorithm } from './keys.ts';
import { modelOf, MODELS } from './machines.ts';
import type { Model } from './machines.ts';
import { modelKey, reportText } from './report.ts';
import type { Shape } from './report.ts';
import { Signatures } from './signatures.ts';

const ANOTHER_CONNECTION = labelled('key of a connection that ends elsewhere', 32);
const CACHED_NONCE = labelled('nonce of the report that is kept for requests without one', 32);

export interface ReportServiceOptions {
  readonly shape: Shape;
  /** True where evidence and signatures need the login too. */
  readonly login: boolean;
  /** SHA-256 of the DER public key of the connection that this service serves, 32 bytes. */
  readonly spki: Buffer;
  readonly faults: Switchboard;
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
}

const algorithmOf = (exchange: Exchange): Algorithm | undefined => {
  const named = exchange.url.searchParams.get('signing_algo') ?? 'ecdsa';
  return named === 'ecdsa' || named === 'ed25519' ? named : undefined;
};

/** The last message of a request to `/v1/responses`: text, or a list of messages like those of a chat. */
function promptOf(body: PyDict): string {
  const input = body.get('input');
  return typeof input === 'string' ? input : asked(new Map([['messages', input ?? null]])).prompt;
}

export function reportService({ shape, login, spki, faults: on, now, pace }: ReportServiceOptions): Handler {
  const signatures = new Signatures(on, now, shape);

  /** Evidence for the nonce that was sent; without one, what is kept for everybody. */
  function evidence(exchange: Exchange, algorithm: Algorithm): void {
    if (on.has('report-429')) return refuse(exchange, 429, 'Too many requests', 'rate_limit_exceeded', { 'retry-after': '30' });
    if (on.has('report-500')) return refuse(exchange, 500, 'Internal server error', 'server_error');
    const headers = { ...cors(exchange), 'content-type': 'application/json' };
    if (on.has('report-error-in-200')) return sendJson(exchange, 200, { error: { message: 'attestation temporarily unavailable', type: 'server_error' } }, headers);
    if (on.has('report-malformed')) return send(exchange, 200, { ...headers, 'content-type': 'text/html' }, '<!doctype html><title>Just a moment…</title>');
    const query = exchange.url.searchParams;
    const nonce = query.get('nonce');
    if (nonce !== null && !/^[0-9a-f]{64}$/i.test(nonce)) return refuse(exchange, 400, 'Invalid nonce: expected 64 hex characters', 'invalid_request_error');
    const model = modelOf(query.get('model') ?? MODELS[0]);
    if (model === undefined) return refuse(exchange, 404, 'Model not found', 'not_found');
    const wanted = query.get('signing_address');
    if (wanted !== null && wanted.toLowerCase() !== modelKey(model, algorithm, on).address) return refuse(exchange, 404, 'No machine of this model has this signing address', 'not_found');
    const bytes = nonce === null || on.has('report-from-cache') ? CACHED_NONCE : Buffer.from(nonce, 'hex');
    send(exchange, 200, headers, reportText({ shape, model, algorithm, nonce: bytes, now: now(), on, ...(query.get('include_tls_fingerprint') === 'true' ? { spki: on.has('report-connection-differs') ? ANOTHER_CONNECTION : spki } : {}) }));
  }

  /** The words, or what only the holder of the reader's key could read: hex that says nothing here. */
  const contentFor = (prompt: string): string => (on.has('report-encrypted') ? ciphertext(reply(prompt)) : reply(prompt));

  /** What leaves the signer, what arrives, and the signature that is kept for it. */
  async function deliver(exchange: Exchange, model: Model, answer: Answer, form: 'json' | 'sse', by: 'model' | 'gateway', request: Buffer): Promise<void> {
    const rewritten = on.has('report-relayed-anew') && by === 'model' ? anew(answer.pieces) : answer.pieces;
    const sent = on.has('report-answer-tampered') ? rewritten.map((piece) => piece.replace(GENUINE_WORD, FORGED_WORD)) : rewritten;
    const signed = form === 'json' && on.has('report-hash-of-spaced') ? answer.pieces.map(spaced) : answer.pieces;
    const response = Buffer.from(signed.join(''));
    const headers = { ...cors(exchange), ...(on.has('report-encrypted') ? E2EE : {}) };
    if (form === 'json') {
      signatures.keep(answer.id, { model, by, request, response });
      return send(exchange, 200, { ...headers, 'content-type': 'application/json' }, sent.join(''));
    }
    head(exchange, 200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    for (const [index, piece] of sent.entries()) {
      if (on.has('report-cut') && index === Math.floor(sent.length / 2)) {
        signatures.drop(answer.id);
        return await cut(exchange);
      }
      if (!(await write(exchange, Buffer.from(piece)))) return signatures.drop(answer.id);
      if (index < sent.length - 1) await pause(exchange, pace());
    }
    signatures.keep(answer.id, { model, by, request, response });
    exchange.response.end();
  }

  async function chat(exchange: Exchange): Promise<void> {
    const body = jsonOf(exchange.body);
    if (body === undefined) return refuse(exchange, 400, 'JSON object expected', 'invalid_request_error');
    const { model: name, prompt, stream } = asked(body);
    const model = modelOf(name);
    if (model === undefined) return refuse(exchange, 404, `Model '${name}' not found`, 'not_found');
    const by = shape !== 'direct' && on.has('report-gateway-signed') ? 'gateway' : 'model';
    await deliver(exchange, model, (stream ? streamed : whole)(now(), model, contentFor(prompt)), stream ? 'sse' : 'json', by, exchange.body);
  }

  /** The gateway signs these, over the request as the chat service before it handed it on, with fields of its own. */
  async function respond(exchange: Exchange): Promise<void> {
    const body = jsonOf(exchange.body);
    const name = body?.get('model');
    const model = modelOf(typeof name === 'string' ? name : '');
    if (body === undefined || model === undefined || body.get('stream') !== true) return refuse(exchange, 400, 'a model and stream: true expected', 'invalid_request_error');
    const request = shape === 'front' ? Buffer.concat([exchange.body.subarray(0, -1), Buffer.from(',"metadata":{"source":"chat"}}')]) : exchange.body;
    await deliver(exchange, model, responses(now(), model, contentFor(promptOf(body))), 'sse', 'gateway', request);
  }

  return async (exchange) => {
    const { method } = exchange.request;
    const { pathname } = exchange.url;
    const route = `${method} ${pathname}`;
    if (method === 'OPTIONS') return preflight(exchange);
    const open = !login && method === 'GET';
    const aboutEvidence = pathname === '/v1/attestation/report' || pathname.startsWith('/v1/signature/');
    if ((!open && !loggedIn(exchange)) || (aboutEvidence && on.has('report-401'))) return refuse(exchange, 401, 'Missing or invalid authorization', 'unauthorized', { 'www-authenticate': 'Bearer' });
    const algorithm = algorithmOf(exchange);
    if (algorithm === undefined) return refuse(exchange, 400, 'Invalid signing_algo: ecdsa or ed25519 expected', 'invalid_request_error');
    if (route === 'GET /v1/attestation/report') return evidence(exchange, algorithm);
    if (route === 'POST /v1/chat/completions') return await chat(exchange);
    if (route === 'POST /v1/responses' && shape !== 'direct') return await respond(exchange);
    if (route === 'GET /v1/models') return sendJson(exchange, 200, { object: 'list', data: MODELS.map((id) => ({ id, object: 'model', created: Math.floor(now() / 1000), owned_by: 'simulator' })) }, cors(exchange));
    const id = method === 'GET' ? /^\/v1\/signature\/([\w.:-]+)$/.exec(pathname)?.[1] : undefined;
    if (id === undefined) return refuse(exchange, 404, 'Not found', 'not_found');
    const { status, body } = signatures.find(id, algorithm);
    sendJson(exchange, status, body, cors(exchange));
  };
}

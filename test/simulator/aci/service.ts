/** The API of the simulated ACI gateway: evidence for everybody, answers and receipts for who is logged in. */
import type { Switchboard } from '../faults.ts';
import { head, pause, send, sendJson, write } from '../http.ts';
import type { Exchange, Handler, Headers } from '../http.ts';
import { asked, FORGED_WORD, GENUINE_WORD } from '../ionet/answer.ts';
import { ciphertext, reply, streamed, whole } from '../report/answer.ts';
import type { Answer } from '../report/answer.ts';
import { cors, E2EE, jsonOf, loggedIn, preflight, refuse } from '../report/api.ts';
import { modelOf, MODELS } from '../report/machines.ts';
import type { Model } from '../report/machines.ts';
import { aciReportText, shownKeyset } from './report.ts';
import { Receipts, session } from './receipts.ts';

export interface AciServiceOptions {
  readonly host: string;
  /** SHA-256 of the DER public key of the connection that this service serves, 32 bytes. */
  readonly spki: Buffer;
  readonly faults: Switchboard;
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
}

export function aciService({ host, spki, faults: on, now, pace }: AciServiceOptions): Handler {
  const options = () => ({ spki, domain: host, now: now(), on });
  const receipts = new Receipts(on, now, () => shownKeyset(options()));
  /** Hints on every answer, as the gateway gives them. */
  const hints = (exchange: Exchange): Headers => ({ ...cors(exchange), 'x-aci-version': 'aci/1', 'x-aci-keyset-digest': shownKeyset(options()).digest });

  function evidence(exchange: Exchange): void {
    if (on.has('aci-500')) return refuse(exchange, 500, 'Internal server error', 'server_error');
    const nonce = exchange.url.searchParams.get('nonce');
    if (nonce !== null && !/^[0-9a-f]{64}$/.test(nonce)) return refuse(exchange, 400, 'nonce must be 64 lowercase hex characters', 'invalid_request_error');
    send(exchange, 200, { ...hints(exchange), 'content-type': 'application/json' }, aciReportText(options(), nonce === null ? undefined : Buffer.from(nonce, 'hex')));
  }

  async function deliver(exchange: Exchange, model: Model, answer: Answer, form: 'json' | 'sse'): Promise<void> {
    const id = Receipts.newId();
    const response = Buffer.from(answer.pieces.join(''));
    const served = { chatId: answer.id, model, path: exchange.url.pathname, request: exchange.body, response };
    const sent = on.has('aci-answer-tampered') ? answer.pieces.map((piece) => piece.replace(GENUINE_WORD, FORGED_WORD)) : answer.pieces;
    const headers = { ...hints(exchange), ...(on.has('aci-encrypted') ? E2EE : {}), 'x-receipt-id': id };
    if (form === 'json') {
      receipts.keep(id, served);
      return send(exchange, 200, { ...headers, 'content-type': 'application/json' }, sent.join(''));
    }
    head(exchange, 200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    for (const [index, piece] of sent.entries()) {
      if (!(await write(exchange, Buffer.from(piece)))) return;
      if (index < sent.length - 1) await pause(exchange, pace());
    }
    receipts.keep(id, served);
    exchange.response.end();
  }

  async function chat(exchange: Exchange): Promise<void> {
    const body = jsonOf(exchange.body);
    if (body === undefined) return refuse(exchange, 400, 'JSON object expected', 'invalid_request_error');
    const { model: name, prompt, stream } = asked(body);
    const model = modelOf(name);
    if (model === undefined) return refuse(exchange, 404, `Model '${name}' not found`, 'not_found');
    const content = on.has('aci-encrypted') ? ciphertext(reply(prompt)) : reply(prompt);
    await deliver(exchange, model, (stream ? streamed : whole)(now(), model, content), stream ? 'sse' : 'json');
  }

  return async (exchange) => {
    const { pathname } = exchange.url;
    const route = `${exchange.request.method} ${pathname}`;
    if (exchange.request.method === 'OPTIONS') return preflight(exchange);
    if (route === 'GET /v1/aci/attestation') return evidence(exchange);
    const sessionId = /^GET \/v1\/aci\/sessions\/([0-9a-f]{64})$/.exec(route)?.[1];
    if (sessionId !== undefined) {
      const found = MODELS.map((model) => session(model, now())).find(({ id }) => id === sessionId);
      return found === undefined ? refuse(exchange, 404, 'unknown session', 'not_found') : sendJson(exchange, 200, found.document, hints(exchange));
    }
    if (!loggedIn(exchange)) return refuse(exchange, 401, 'Missing or invalid authorization', 'unauthorized', { 'www-authenticate': 'Bearer' });
    if (route === 'POST /v1/chat/completions') return await chat(exchange);
    if (route === 'GET /v1/models') return sendJson(exchange, 200, { object: 'list', data: MODELS.map((id) => ({ id, object: 'model', owned_by: 'simulator' })) }, hints(exchange));
    const id = /^GET \/v1\/aci\/receipts\/([\w.:-]+)$/.exec(route)?.[1];
    const receipt = id === undefined ? undefined : receipts.find(id);
    if (receipt === undefined) return refuse(exchange, 404, 'Not found', 'not_found');
    sendJson(exchange, 200, receipt, hints(exchange));
  };
}

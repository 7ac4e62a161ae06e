/**
 * Venice's documented API: it passes on the evidence and the signatures of model machines that others run, in an envelope
 * of its own, and writes their answers anew. Nothing here was seen at work; the documentation shows requests and members.
 */
import type { Switchboard } from '../faults.ts';
import { head, pause, send, sendJson, write } from '../http.ts';
import type { Exchange, Handler } from '../http.ts';
import { asked } from '../ionet/answer.ts';
import { labelled, sha256 } from '../pki/keys.ts';
import { anew, reply, streamed, whole } from './answer.ts';
import { attestation } from './attestation.ts';
import { cors, jsonOf, loggedIn, preflight, refuse } from './api.ts';
import { MODELS, NODES, otherModel } from './machines.ts';
import type { Model } from './machines.ts';
import { modelKey, strangerKey } from './report.ts';

/** Venice has names of its own for models. */
export const VENICE_MODELS: Readonly<Record<string, Model>> = { 'tee-deepseek-v3': MODELS[0], 'tee-qwen3-30b': MODELS[1] };

export interface VeniceOptions {
  readonly faults: Switchboard;
  readonly now: () => number;
  readonly pace: () => number;
}

const modelIn = (name: string): Model | undefined => (Object.hasOwn(VENICE_MODELS, name) ? VENICE_MODELS[name] : undefined);

export function veniceService({ faults: on, now, pace }: VeniceOptions): Handler {
  /** Signed texts by the answer's id. */
  const texts = new Map<string, { readonly text: string; readonly model: Model }>();

  function evidence(exchange: Exchange): void {
    const { searchParams } = exchange.url;
    const name = searchParams.get('model') ?? '';
    const model = modelIn(name);
    if (model === undefined) return refuse(exchange, 404, 'Model not found', 'not_found');
    const given = searchParams.get('nonce');
    const nonce = given === null ? labelled('a nonce of Venice’s own', 32) : Buffer.from(given, 'hex');
    const key = modelKey(model, 'ecdsa', on);
    const shown = on.has('venice-key-differs') ? strangerKey('ecdsa') : key;
    const said = attestation({ node: NODES[model][0], key: shown, boundKey: key, nonce, now: now(), on });
    sendJson(exchange, 200, {
      verified: !on.has('venice-not-verified'), nonce: nonce.toString('hex'), model: name, tee_provider: 'near-ai',
      intel_quote: Buffer.from(String(said['intel_quote']), 'hex').toString('base64'), nvidia_payload: said['nvidia_payload'],
      event_log: said['event_log'], info: said['info'], signing_address: shown.address, signing_algo: 'ecdsa', signing_public_key: shown.publicKey,
    }, cors(exchange));
  }

  function signature(exchange: Exchange): void {
    const kept = texts.get(exchange.url.searchParams.get('request_id') ?? '');
    if (kept === undefined) return refuse(exchange, 404, 'Request not found', 'not_found');
    const key = modelKey(on.has('venice-other-models-key') ? otherModel(kept.model) : kept.model, 'ecdsa', on);
    sendJson(exchange, 200, { model: exchange.url.searchParams.get('model'), text: kept.text, signature: key.sign(kept.text), signing_address: key.address, signing_algo: 'ecdsa' }, cors(exchange));
  }

  async function chat(exchange: Exchange): Promise<void> {
    const body = jsonOf(exchange.body);
    const { model: name, prompt, stream } = asked(body ?? null);
    const model = modelIn(name);
    if (body === undefined || model === undefined) return refuse(exchange, 404, `Model '${name}' not found`, 'not_found');
    const answer = (stream ? streamed : whole)(now(), model, reply(prompt));
    texts.set(answer.id, { model, text: `${model}:${sha256(exchange.body).toString('hex')}:${sha256(answer.pieces.join('')).toString('hex')}` });
    const sent = on.has('venice-passed-through') ? answer.pieces : anew(answer.pieces);
    const headers = { ...cors(exchange), 'x-venice-tee': 'true', 'x-venice-tee-provider': 'near-ai' };
    if (!stream) return send(exchange, 200, { ...headers, 'content-type': 'application/json' }, sent.join(''));
    head(exchange, 200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    for (const piece of sent) {
      if (!(await write(exchange, Buffer.from(piece)))) return;
      await pause(exchange, pace());
    }
    exchange.response.end();
  }

  return async (exchange) => {
    const route = `${exchange.request.method} ${exchange.url.pathname}`;
    if (exchange.request.method === 'OPTIONS') return preflight(exchange);
    if (!loggedIn(exchange)) return refuse(exchange, 401, 'Authentication failed', 'unauthorized');
    if (route === 'GET /api/v1/tee/attestation') return evidence(exchange);
    if (route === 'GET /api/v1/tee/signature') return signature(exchange);
    if (route === 'POST /api/v1/chat/completions') return await chat(exchange);
    refuse(exchange, 404, 'Not found', 'not_found');
  };
}

/** What the page itself asks: lines of JSON, without a type that would tell them from anything else. Known from programs that imitate the page. */
export function veniceWeb(exchange: Exchange): void {
  if (exchange.request.method === 'OPTIONS') return preflight(exchange);
  if (`${exchange.request.method} ${exchange.url.pathname}` !== 'POST /api/inference/chat') return refuse(exchange, 404, 'Not found', 'not_found');
  send(exchange, 200, { ...cors(exchange), 'content-type': 'application/octet-stream' }, ['Hello', ' there'].map((content) => `${JSON.stringify({ content, kind: 'content' })}\n`).join(''));
}

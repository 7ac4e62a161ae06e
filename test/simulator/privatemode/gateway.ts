/**
 * `api.privatemode.ai`: the gateway that nobody attests, with the deployment behind it. It hands attestation and key
 * agreement through and encrypted chats on; what it says by itself is in plain text, marked so. Paths and shapes as in the
 * public source of its clients; CORS for the chat page.
 */
import { Coordinator } from '../contrast/coordinator.ts';
import { Switchboard } from '../faults.ts';
import { cut, head, pause, sendJson, write } from '../http.ts';
import type { Exchange, Handler, Headers } from '../http.ts';
import { asked, chunks, completion, forgedChunk, words } from '../ionet/answer.ts';
import { loads } from '../ionet/python-json.ts';
import { labelled } from '../pki/keys.ts';
import { PRIVATEMODE, PRIVATEMODE_MODELS } from './deployment.ts';
import { Direction, namedIn, PLAIN_ANSWER, PLAIN_REQUEST } from './sealing.ts';
import type { Members, Secret } from './sealing.ts';
import { Secrets } from './secrets.ts';

/** Any key that begins so is accepted; the chat page uses this one. */
export const KEY_PREFIX = 'pm-';
export const PRIVATEMODE_KEY = 'pm-simulator-demo';

const PAGE = 'https://chat.privatemode.ai';
const PLAIN: Headers = { 'privatemode-encrypted': 'false' };
const INJECTED = 'These words come from the gateway, which nobody attests.';

export interface GatewayOptions {
  readonly coordinator: Coordinator;
  readonly faults: Switchboard;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
}

const reply = (prompt: string): string => `This answer comes from a simulator, not from a model. You wrote: “${prompt.length > 80 ? `${prompt.slice(0, 79)}…` : prompt}”. It was encrypted on its way — naïve café 😀.`;

function cors(exchange: Exchange): Headers {
  const origin = exchange.request.headers['origin'];
  return typeof origin === 'string' ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'Privatemode-Encrypted, X-Request-Id', vary: 'Origin' } : {};
}

function preflight(exchange: Exchange): void {
  const wanted = exchange.request.headers['access-control-request-headers'];
  head(exchange, 204, { ...cors(exchange), 'access-control-allow-methods': 'GET, POST, OPTIONS', 'access-control-max-age': '600', ...(typeof wanted === 'string' ? { 'access-control-allow-headers': wanted } : {}) });
  exchange.response.end();
}

/** The members of a JSON object; `undefined` for anything else. */
function membersOf(body: Buffer): Members | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const bytesAt = (members: Members | undefined, name: string): Buffer | undefined => {
  const value = members?.[name];
  return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
};

/** A secret that no page has agreed, and a request that none has sent. */
const STRANGER: Secret = { id: labelled('privatemode stranger', 32).toString('base64'), data: labelled('privatemode stranger’s secret', 32) };
const OTHER_NONCE = labelled('privatemode nonce of another request', 12).toString('hex');

const first = (members: Members, plain: readonly string[]): string => Object.keys(members).filter((name) => !plain.includes(name)).sort()[0] ?? '';

/** A deployment as it is shown to somebody. */
interface Shown {
  readonly coordinator: Coordinator;
  readonly secrets: Secrets;
}

/** The same evidence under a mesh CA that it does not attest, and whoever agrees keys under that. */
function impostorOf({ deployment }: Coordinator, now: () => number): Shown {
  const faults = new Switchboard();
  faults.set('contrast-mesh-ca-swapped');
  const coordinator = new Coordinator(deployment, faults, now);
  return { coordinator, secrets: new Secrets(coordinator, faults, now) };
}

export function gateway({ coordinator, faults: on, now, pace }: GatewayOptions): Handler {
  const real: Shown = { coordinator, secrets: new Secrets(coordinator, on, now) };
  const impostor = impostorOf(coordinator, now);
  const shownTo = (exchange: Exchange): Shown => (on.has('privatemode-split-view') && exchange.request.headers['origin'] === PAGE ? impostor : real);
  const refuse = (exchange: Exchange, status: number, message: string): void => sendJson(exchange, status, { error: { message, type: 'error', param: null, code: null } }, { ...cors(exchange), ...PLAIN });

  function attest(exchange: Exchange): void {
    if (on.has('contrast-down')) return refuse(exchange, 503, 'attestation unavailable');
    const nonce = bytesAt(membersOf(exchange.body), 'Nonce');
    if (nonce === undefined) return refuse(exchange, 400, 'decoding request');
    const { status, body } = shownTo(exchange).coordinator.attest(nonce);
    if (status !== 200) return refuse(exchange, status, body);
    sendJson(exchange, 200, { AttestationDoc: Buffer.from(body).toString('base64') }, cors(exchange));
  }

  function secret(exchange: Exchange): void {
    if (on.has('privatemode-secret-down')) return refuse(exchange, 503, 'secret service unavailable');
    const publicKey = bytesAt(membersOf(exchange.body), 'PublicKey');
    const agreement = publicKey === undefined ? undefined : shownTo(exchange).secrets.exchange(publicKey);
    if (agreement === undefined) return refuse(exchange, 400, 'invalid public key');
    sendJson(exchange, 200, agreement, cors(exchange));
  }

  /** One object of an answer as it leaves for the client. */
  async function leaving(members: Members, direction: Direction, request: Members, number: number): Promise<string> {
    const sealed = await direction.seal(members);
    const [answered, sent] = [first(members, PLAIN_ANSWER), first(request, PLAIN_REQUEST)];
    // Both are the first of their direction: same key, same nonce, same number.
    if (on.has('privatemode-reflected') && number === 0) return JSON.stringify({ ...sealed, [answered]: request[sent] });
    if (on.has('privatemode-plain-part') && number === 0) return JSON.stringify({ ...sealed, [answered]: members[answered] });
    return JSON.stringify(sealed);
  }

  /** The gateway's own words in the form that was asked for. */
  function injected(model: string, stream: boolean): readonly string[] {
    return stream ? [forgedChunk(INJECTED), '[DONE]'] : [JSON.stringify(completion(now(), model, INJECTED))];
  }

  async function answer(exchange: Exchange, texts: readonly string[], stream: boolean, marks: Headers): Promise<void> {
    const headers = { ...cors(exchange), 'x-request-id': labelled(`privatemode request/${exchange.request.number}`, 16).toString('hex'), ...marks };
    const type = stream ? 'text/event-stream; charset=utf-8' : 'application/json';
    head(exchange, 200, { ...headers, 'content-type': type, 'cache-control': 'no-cache' });
    for (const [index, text] of texts.entries()) {
      if (on.has('privatemode-cut') && index === Math.floor(texts.length / 2)) return await cut(exchange);
      if (!(await write(exchange, Buffer.from(stream ? `data: ${text}\n\n` : text)))) return;
      if (index < texts.length - 1) await pause(exchange, pace());
    }
    exchange.response.end();
  }

  async function chat(exchange: Exchange): Promise<void> {
    const request = membersOf(exchange.body);
    const named = request === undefined ? undefined : namedIn(request);
    if (request === undefined || named === undefined) return refuse(exchange, 400, 'no encrypted field');
    if (on.has('privatemode-500')) return refuse(exchange, 500, 'upstream request failed');
    const stream = request['stream'] === true;
    const model = typeof request['model'] === 'string' ? request['model'] : '';
    if (on.has('privatemode-plain') || on.has('privatemode-plain-marked')) return await answer(exchange, injected(model, stream), stream, on.has('privatemode-plain-marked') ? PLAIN : {});
    const agreed = real.secrets.find(named.id) ?? impostor.secrets.find(named.id);
    if (agreed === undefined) return refuse(exchange, 500, 'no secret for ID');
    const clear = await new Direction(agreed, named.nonce, PLAIN_REQUEST).open(request);
    const { prompt } = asked(loads(JSON.stringify(clear)));
    const texts = stream ? chunks(now(), model, words(reply(prompt))) : [JSON.stringify(completion(now(), model, reply(prompt)))];
    const direction = new Direction(on.has('privatemode-other-secret') ? STRANGER : agreed, on.has('privatemode-other-request') ? OTHER_NONCE : named.nonce, PLAIN_ANSWER);
    const sealed: string[] = [];
    for (const [number, text] of texts.entries()) sealed.push(await leaving(membersOf(Buffer.from(text)) ?? {}, direction, request, number));
    await answer(exchange, stream ? [...sealed, '[DONE]'] : sealed, stream, {});
  }

  return async (exchange) => {
    const route = `${exchange.request.method} ${exchange.url.pathname}`;
    if (exchange.request.method === 'OPTIONS') return preflight(exchange);
    const login = exchange.request.headers['authorization'];
    if (typeof login !== 'string' || !login.startsWith(`Bearer ${KEY_PREFIX}`) || on.has('privatemode-key-refused')) return refuse(exchange, 401, 'invalid API key');
    if (route === 'POST /privatemode/v1/attest') return attest(exchange);
    if (route === 'POST /privatemode/v1/secret') return secret(exchange);
    if (route === 'POST /v1/chat/completions') return await chat(exchange);
    if (route === 'GET /v1/models') return sendJson(exchange, 200, { object: 'list', data: PRIVATEMODE_MODELS.map((id) => ({ id, object: 'model', created: Math.floor(now() / 1000), owned_by: 'simulator' })) }, cors(exchange));
    refuse(exchange, 404, 'not found');
  };
}

/** The deployment that stands behind the gateway. */
export const privatemodeCoordinator = (faults: Switchboard, now: () => number): Coordinator => new Coordinator(PRIVATEMODE, faults, now);

/** Completions: a signed JSON answer with headers, or a signed stream with its event, and what the switchboard does to them. */
import { createGzip, constants } from 'node:zlib';
import type { Switchboard } from '../faults.ts';
import { cut, head, pause, send, write } from '../http.ts';
import type { Exchange, Headers } from '../http.ts';
import { VLLM_IMAGE_DIGEST } from './agent.ts';
import type { Agent, Statement } from './agent.ts';
import { asked, chunks, completion, FORGED_WORD, GENUINE_WORD, reply, words } from './answer.ts';
import { dumps, py } from './python-json.ts';
import type { PyDict, PyValue } from './python-json.ts';
import { chunksHash, requestHash, responseHash } from './signing.ts';
import { signatureEvent, streamEvents } from './stream.ts';

const MIB = 1024 * 1024;
const HUGE = 65 * MIB;

interface Finished {
  readonly headers: Headers;
  readonly body: Buffer;
}

interface Parts {
  readonly agent: Agent;
  readonly faults: Switchboard;
  readonly now: () => number;
  readonly pace: () => number;
}

export class Completions {
  readonly #agent: Agent;
  readonly #faults: Switchboard;
  readonly #now: () => number;
  readonly #pace: () => number;
  /** The newest answer of each form that was signed as it should be: what a replay replays. */
  #lastJson: Finished | undefined;
  #lastStream: { readonly events: readonly string[]; readonly signature: string } | undefined;

  constructor(parts: Parts) {
    this.#agent = parts.agent;
    this.#faults = parts.faults;
    this.#now = parts.now;
    this.#pace = parts.pace;
  }

  async answer(exchange: Exchange, body: PyDict, cors: Headers): Promise<void> {
    if (this.#faults.has('cached-304')) {
      head(exchange, 304, { ...cors, ...this.#signatureHeaders(this.#lastJson) });
      exchange.response.end();
      return;
    }
    await (asked(body).stream ? this.#stream(exchange, body, cors) : this.#json(exchange, body, cors));
  }

  /** The path outside the enclave: answers, and signs nothing. */
  async outside(exchange: Exchange, body: PyValue, cors: Headers): Promise<void> {
    const { model, prompt, stream } = asked(body);
    if (!stream) return send(exchange, 200, { ...cors, 'content-type': 'application/json' }, JSON.stringify(completion(this.#now(), model, reply(prompt))));
    const events = [...chunks(this.#now(), model, words(reply(prompt))).map((chunk) => `data: ${chunk}\n\n`), 'data: [DONE]\n\n'];
    await this.#deliver(exchange, cors, events);
  }

  #signatureHeaders(finished: Finished | undefined): Headers {
    const kept = Object.entries(finished?.headers ?? {}).filter(([name]) => /^(text|signature|signing_|image_digest|vllm_)/.test(name));
    return Object.fromEntries(kept);
  }

  async #json(exchange: Exchange, request: PyDict, cors: Headers): Promise<void> {
    const on = this.#faults;
    const { model, prompt } = asked(request);
    const content = on.has('huge-body') ? 'all work and no play '.repeat(HUGE / 20) : reply(prompt);
    const answered = py(completion(this.#now(), model, content));
    const statement = this.#agent.sign(requestHash(request), responseHash(answered));
    const genuine: Finished = { headers: this.#headers(statement, model), body: Buffer.from(dumps(answered)) };

    const previous = this.#lastJson;
    const replaying = on.has('replayed-answer') && previous !== undefined;
    let { headers, body } = replaying ? previous : genuine;
    if (on.has('replayed-text') && previous !== undefined) headers = previous.headers;
    else if (!replaying && body.length < MIB) this.#lastJson = genuine;

    if (on.has('unsigned')) headers = {};
    if (on.has('headers-missing')) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'signature'));
    if (on.has('header-doubled')) headers = { ...headers, signature: [statement.signature, `${statement.signature.slice(0, -2)}1d`] };
    if (on.has('body-tampered')) body = Buffer.from(body.toString().replace(GENUINE_WORD, FORGED_WORD));
    await this.#whole(exchange, { ...cors, ...headers, 'content-type': 'application/json' }, body);
  }

  #headers(statement: Statement, model: string): Headers {
    const digest = this.#agent.imageDigest;
    const named = this.#faults.has('header-not-utf8') ? `${model} (mod\u00e8le)` : model;
    return { ...statement, ...(digest === undefined ? {} : { image_digest: digest }), vllm_image_digest: VLLM_IMAGE_DIGEST, vllm_model_id: named };
  }

  async #whole(exchange: Exchange, headers: Headers, body: Buffer): Promise<void> {
    if (this.#faults.has('gzip-answers')) return await this.#compressed(exchange, headers, [body], 0);
    if (!this.#faults.has('cut-stream')) return send(exchange, 200, headers, body);
    head(exchange, 200, { ...headers, 'content-length': String(body.length) });
    await write(exchange, body.subarray(0, body.length / 2));
    await cut(exchange);
  }

  async #stream(exchange: Exchange, request: PyDict, cors: Headers): Promise<void> {
    const on = this.#faults;
    const { model, prompt } = asked(request);
    const pieces = on.has('huge-body') ? Array.from({ length: HUGE / MIB }, (_, index) => `${index} `.padEnd(MIB, 'work ')) : words(reply(prompt));
    const parts = chunks(this.#now(), model, pieces);
    const statement = { ...this.#agent.sign(requestHash(request), chunksHash(parts)), image_digest: this.#agent.imageDigest };
    const previous = this.#lastStream;
    if (on.has('replayed-answer') && previous !== undefined) return await this.#deliver(exchange, cors, previous.events);
    const events = streamEvents({ chunks: parts, statement, model, previousEvent: previous?.signature }, on);
    const replaying = on.has('replayed-text') && previous !== undefined;
    if (!replaying && !on.has('huge-body')) this.#lastStream = { events, signature: signatureEvent(statement, model) };
    await this.#deliver(exchange, cors, events);
  }

  async #deliver(exchange: Exchange, cors: Headers, events: readonly string[]): Promise<void> {
    const on = this.#faults;
    const headers = { ...cors, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
    if (on.has('gzip-answers')) return await this.#compressed(exchange, headers, events.map((item) => Buffer.from(item)), this.#pace());
    head(exchange, 200, headers);
    for (const [index, item] of events.entries()) {
      if (on.has('cut-stream') && index === Math.floor(events.length / 2)) return await cut(exchange);
      const bytes = Buffer.from(item);
      const pieces = on.has('one-byte-pieces') && index % 4 === 0 ? [...bytes].map((byte) => Buffer.from([byte])) : [bytes];
      for (const piece of pieces) {
        if (!(await write(exchange, piece))) return;
        if (pieces.length > 1) await new Promise(setImmediate);
      }
      if (index < events.length - 1) await pause(exchange, this.#pace());
    }
    // The `openai` client cancels the body at [DONE]; a server that ends later sees its connection dropped.
    if (on.has('late-end')) await pause(exchange, 1000);
    exchange.response.end();
  }

  /** Compressed with a flush after every piece, as a proxy in front of a stream does. */
  async #compressed(exchange: Exchange, headers: Headers, pieces: readonly Buffer[], pace: number): Promise<void> {
    head(exchange, 200, { ...headers, 'content-encoding': 'gzip' });
    const gzip = createGzip();
    gzip.on('data', (bytes: Buffer) => { exchange.request.sent += bytes.length; });
    gzip.pipe(exchange.response);
    for (const piece of pieces) {
      if (exchange.response.destroyed) return;
      gzip.write(piece);
      await new Promise<void>((done) => { gzip.flush(constants.Z_SYNC_FLUSH, () => done()); });
      await pause(exchange, pace);
    }
    gzip.end();
  }
}

/**
 * Reads an answer of this dialect as it comes. What is signed is every byte that was sent, so nothing can hide beside it;
 * for JSON two more forms are known under which proxies have hashed what they then wrote anew (reference 2.2).
 */
import { type Check, pass, unknown } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { concatBytes, utf8Bytes, utf8Text } from '../../encoding/bytes';
import { type JsonArray, type JsonObject, type JsonValue, parseJson } from '../../encoding/json';
import { RawDigest, sha256Hex, StrippedJsonDigest } from '../../signatures/digests';
import { pythonSpaced } from '../../signatures/python-spaced';
import type { HashCandidate } from '../exchange';
import { LineCutter } from '../shared/lines';
import type { AnswerReader, AnswerReading } from '../types';

/** Larger JSON keeps the digests of its bytes alone. */
const MAX_KEPT = 4 * 1024 * 1024;
const MAX_ID = 256;
const ID = /^[\w.:-]+$/;
/** Members of the outermost object under which chat services put what they show; `content` is Anthropic's form, and that of Venice's page. */
const SHOWN: readonly string[] = ['choices', 'output', 'output_text', 'completion', 'content', 'data'];

const idIn = (object: JsonObject): string | undefined => {
  const inner = object.get('response') ?? object.get('message');
  const id = object.get('id') ?? (inner instanceof Map ? inner.get('id') : undefined);
  return typeof id === 'string' && id.length <= MAX_ID && ID.test(id) ? id : undefined;
};

/** Hex of an ephemeral key (32 bytes or more), a nonce of 12 and a tag of 16: less is no ciphertext of these protocols. */
const CIPHERTEXT = /^(?:[0-9a-f]{2}){60,}$/i;

/** Of each text that an answer, or a chunk of one, shows: whether it has the form of ciphertext. */
function opaqueIn(object: JsonObject): readonly boolean[] {
  const choices = object.get('choices');
  return (isList(choices) ? choices : []).flatMap((choice) => {
    const holder = choice instanceof Map ? (choice.get('delta') ?? choice.get('message')) : undefined;
    const content = holder instanceof Map ? holder.get('content') : undefined;
    return typeof content === 'string' && content !== '' ? [content.split(' ').every((word) => CIPHERTEXT.test(word))] : [];
  });
}

const isList = (value: JsonValue | undefined): value is JsonArray => Array.isArray(value);

class JsonReader implements AnswerReader {
  readonly #raw = new RawDigest();
  readonly #stripped = new StrippedJsonDigest((key) => {
    if (SHOWN.includes(key)) this.#shaped = true;
  });
  #kept: Uint8Array[] = [];
  #length = 0;
  #shaped = false;

  push(bytes: Uint8Array): void {
    this.#length += bytes.length;
    this.#raw.push(bytes);
    this.#stripped.push(bytes);
    // A copy: the piece belongs to whoever pushed it.
    if (this.#length <= MAX_KEPT) this.#kept.push(bytes.slice());
    else this.#kept = [];
  }

  finish(): AnswerReading {
    const stripped = this.#stripped.finish();
    const whole = stripped.closed && !stripped.trailing && !stripped.splitToken;
    const { object, spaced } = this.#reread(whole);
    const answerId = object === undefined ? undefined : idIn(object);
    const opaque = object === undefined ? [] : opaqueIn(object);
    return {
      form: 'json',
      length: this.#length,
      complete: stripped.closed,
      responseHashes: [
        { rule: 'raw', sha256: this.#raw.finish() },
        // Where bytes stand behind the JSON or inside a word, a form without them would not be what is shown.
        ...(whole ? [{ rule: 'whitespace-stripped', sha256: stripped.sha256 }] : []),
        ...spaced,
      ],
      findings: [stripped.closed ? pass('coverage', `${this.#length} bytes`, { basis: 'derived' }) : unknown('coverage', 'ANSWER_CUT', 'the JSON does not close', { basis: 'derived' })],
      looksLikeAnswer: this.#shaped,
      ...(allOf(opaque) ? { looksEncrypted: true } : {}),
      ...(answerId === undefined ? {} : { answerId }),
    };
  }

  #reread(whole: boolean): { readonly object?: JsonObject; readonly spaced: readonly HashCandidate[] } {
    if (!whole || this.#length > MAX_KEPT) return { spaced: [] };
    try {
      const text = utf8Text(concatBytes(...this.#kept), 'JSON_MALFORMED');
      const value = parseJson(text, { maxLength: MAX_KEPT, maxDepth: 64 });
      const spaced = pythonSpaced(text);
      return { ...(value instanceof Map ? { object: value } : {}), spaced: spaced === undefined ? [] : [{ rule: 'python-spaced', sha256: sha256Hex(utf8Bytes(spaced)) }] };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      return { spaced: [] };
    }
  }
}

const allOf = (found: readonly boolean[]): boolean => found.length > 0 && !found.includes(false);

const DATA = 'data:';
const DONE = 'data: [DONE]';
/** Ends of streams of `/v1/responses` and `/v1/messages`, which send no `[DONE]`. */
const LAST_EVENTS: readonly string[] = ['event: response.completed', 'event: response.incomplete', 'event: response.failed', 'event: message_stop'];
const HEAD = 64;
/** Services name their answer in the first chunks or nowhere. */
const NAMED_WITHIN = 16;

class SseReader implements AnswerReader {
  readonly #raw = new RawDigest();
  readonly #lines = new LineCutter({ line: (bytes) => this.#line(bytes), long: () => undefined });
  readonly #decoder = new TextDecoder();
  #done = false;
  #ending = false;
  #dataLines = 0;
  #answerId: string | undefined;
  readonly #opaque: boolean[] = [];

  push(bytes: Uint8Array): void {
    this.#raw.push(bytes);
    this.#lines.push(bytes);
  }

  finish(): AnswerReading {
    // Some end their last line with the stream.
    this.#line(this.#lines.rest().bytes);
    return {
      form: 'sse',
      length: this.#lines.length,
      complete: this.#done,
      responseHashes: [{ rule: 'raw', sha256: this.#raw.finish() }],
      findings: [this.#coverage()],
      looksLikeAnswer: this.#lines.length > 0,
      ...(allOf(this.#opaque) ? { looksEncrypted: true } : {}),
      ...(this.#answerId === undefined ? {} : { answerId: this.#answerId }),
    };
  }

  #coverage(): Check {
    if (!this.#done) return unknown('coverage', 'ANSWER_CUT', 'the stream has not come to its end', { basis: 'derived' });
    return pass('coverage', `${this.#dataLines} data lines, ${this.#lines.length} bytes`, { basis: 'derived' });
  }

  #line(bytes: Uint8Array): void {
    const start = this.#decoder.decode(bytes.subarray(0, HEAD)).replace(/\r$/, '');
    if (start === DONE) this.#done = true;
    else if (LAST_EVENTS.includes(start)) this.#ending = true;
    else if (start.startsWith(DATA)) {
      this.#dataLines += 1;
      if (this.#ending) this.#done = true;
      if (this.#dataLines <= NAMED_WITHIN) this.#first(bytes);
    }
  }

  /** One of the first chunks: they share one id, and what the first ones show tells whether it is encrypted. */
  #first(line: Uint8Array): void {
    try {
      const value = parseJson(utf8Text(line.subarray(DATA.length), 'JSON_MALFORMED').trim());
      if (!(value instanceof Map)) return;
      this.#answerId ??= idIn(value);
      this.#opaque.push(...opaqueIn(value));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
    }
  }
}

/** Any chunking gives the same reading. */
export const newReportReader = (form: 'json' | 'sse'): AnswerReader => (form === 'sse' ? new SseReader() : new JsonReader());

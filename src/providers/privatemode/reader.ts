/** Reads encrypted answers as they come: every member at the top is encrypted, all under one key and for one request, or the protocol says that it is plain. */
import { type Check, fail, pass, unknown } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { utf8Bytes, utf8Text } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { sha256 } from '@noble/hashes/sha2.js';
import { sha256Hex } from '../../signatures/digests';
import { LineCutter } from '../shared/lines';
import type { HashCandidate } from '../exchange';
import type { AnswerReader, AnswerReading } from '../types';
import { fieldDigest, mayBePlain, readMembers, readWhole } from './fields';

/** Ciphertext in hex is twice the text, which is long already. */
const MAX_JSON = 16 * 1024 * 1024;
/** Fields come back to the place they were sent from, and requests have few. */
const FIRST_FIELDS = 64;

export const SECRET_RULE = 'privatemode-secret';
export const NONCE_RULE = 'privatemode-nonce';
export const FIELD_RULE = 'privatemode-field';

/** What was seen of fields, whichever form they came in. */
class Fields {
  #secret: string | undefined;
  #nonce: string | undefined;
  readonly #first: string[] = [];
  #count = 0;
  #wrong: string | undefined;

  get count(): number {
    return this.#count;
  }

  /** One JSON object of the answer. */
  object(json: Uint8Array, where: string): void {
    try {
      for (const member of readMembers(utf8Text(json, 'JSON_MALFORMED'), MAX_JSON)) {
        if (member.field !== undefined && member.text !== undefined) this.#field(member.text, member.field.secretId, member.field.nonce, where);
        else if (!mayBePlain(member)) this.refuse(`${member.name.slice(0, 40)} is not encrypted ${where}`);
      }
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.refuse(`no JSON object ${where}`);
    }
  }

  /** A body that is no stream: one object, or one field. */
  body(json: Uint8Array): void {
    const whole = wholeOf(json);
    if (whole === undefined) this.object(json, 'in the answer');
    else this.#field(whole.text, whole.field.secretId, whole.field.nonce, 'in the answer');
  }

  refuse(what: string): void {
    this.#wrong ??= what;
  }

  hashes(): readonly HashCandidate[] {
    const of = (rule: string, value: string | undefined): readonly HashCandidate[] => (value === undefined ? [] : [{ rule, sha256: sha256Hex(utf8Bytes(value)) }]);
    return [...of(SECRET_RULE, this.#secret), ...of(NONCE_RULE, this.#nonce), ...this.#first.map((digest) => ({ rule: FIELD_RULE, sha256: digest }))];
  }

  coverage(complete: boolean): Check {
    if (this.#wrong !== undefined) return fail('coverage', 'ANSWER_NOT_FROM_ENCLAVE', this.#wrong, { basis: 'derived' });
    if (!complete) return unknown('coverage', 'ANSWER_CUT', `${this.#count} encrypted fields`, { basis: 'derived' });
    return pass('coverage', `${this.#count} encrypted fields`, { basis: 'derived' });
  }

  #field(text: string, secretId: string, nonce: string, where: string): void {
    this.#count += 1;
    if (this.#secret !== undefined && this.#secret !== secretId) this.refuse(`another key ${where}`);
    if (this.#nonce !== undefined && this.#nonce !== nonce) this.refuse(`another request’s field ${where}`);
    this.#secret ??= secretId;
    this.#nonce ??= nonce;
    if (this.#first.length < FIRST_FIELDS) this.#first.push(fieldDigest(text));
  }
}

/** Bytes that are no text are no field either. */
function wholeOf(body: Uint8Array): ReturnType<typeof readWhole> {
  try {
    return readWhole(utf8Text(body, 'JSON_MALFORMED'));
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

class JsonReader implements AnswerReader {
  readonly #fields = new Fields();
  readonly #hash = sha256.create();
  #held: Uint8Array[] = [];
  #length = 0;

  push(bytes: Uint8Array): void {
    this.#length += bytes.length;
    this.#hash.update(bytes);
    // Copies: the pieces belong to whoever pushed them.
    if (this.#length <= MAX_JSON) this.#held.push(bytes.slice());
    else this.#held = [];
  }

  finish(end: 'complete' | 'cut'): AnswerReading {
    const whole = new Uint8Array(this.#held.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of this.#held) {
      whole.set(piece, at);
      at += piece.length;
    }
    const complete = end === 'complete';
    const tooLong = this.#length > MAX_JSON;
    if (complete && !tooLong) this.#fields.body(whole);
    const coverage = tooLong ? unknown('coverage', 'BODY_TOO_LARGE', `${this.#length} bytes`, { basis: 'derived' }) : this.#fields.coverage(complete);
    return reading('json', this.#length, complete, toHex(this.#hash.digest()), this.#fields, coverage);
  }
}

const DATA = utf8Bytes('data:');
const EVENT = utf8Bytes('event:');
const COLON = 0x3a;

const startsWith = (line: Uint8Array, prefix: Uint8Array): boolean => prefix.every((octet, i) => line[i] === octet);

class SseReader implements AnswerReader {
  readonly #fields = new Fields();
  readonly #hash = sha256.create();
  readonly #lines = new LineCutter({ line: (bytes, offset) => this.#line(bytes, offset), long: (_, part, offset) => { if (part === 'first') this.#fields.refuse(`a line above 1 MiB at byte ${offset}`); } });
  #done = false;

  push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#lines.push(bytes);
  }

  finish(end: 'complete' | 'cut'): AnswerReading {
    const { bytes, offset } = this.#lines.rest();
    // A transfer that broke off within a line shows nothing of it.
    if (bytes.length > 0 && end === 'complete') this.#line(bytes, offset);
    return reading('sse', this.#lines.length, this.#done, toHex(this.#hash.digest()), this.#fields, this.#fields.coverage(this.#done));
  }

  #line(line: Uint8Array, offset: number): void {
    const content = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
    if (content.length === 0 || content[0] === COLON) return;
    if (content.includes(0x0d) || content.includes(0)) this.#fields.refuse(`a CR or NUL at byte ${offset}`);
    if (startsWith(content, EVENT)) this.#event(content.subarray(EVENT.length), offset);
    else if (startsWith(content, DATA)) this.#data(content.subarray(DATA.length), offset);
    else this.#fields.refuse(`a line of another kind at byte ${offset}`);
  }

  /** The name of an event is plain by the protocol, and a word. */
  #event(name: Uint8Array, offset: number): void {
    const text = new TextDecoder().decode(name).trim();
    if (!/^[a-z_.]{1,40}$/.test(text)) this.#fields.refuse(`an event of another name at byte ${offset}`);
    // Anthropic's streams end so, and have no [DONE].
    if (text === 'message_stop') this.#done = true;
  }

  #data(data: Uint8Array, offset: number): void {
    const text = data.length < 16 ? new TextDecoder().decode(data).trim() : '';
    if (text === '[DONE]') this.#done = true;
    else this.#fields.object(data, `at byte ${offset}`);
  }
}

const reading = (form: 'json' | 'sse', length: number, complete: boolean, digest: string, fields: Fields, coverage: Check): AnswerReading => ({
  form, length, complete, responseHashes: [{ rule: 'raw', sha256: digest }, ...fields.hashes()], findings: [coverage], looksLikeAnswer: fields.count > 0,
});

export const newReader = (form: 'json' | 'sse'): AnswerReader => (form === 'sse' ? new SseReader() : new JsonReader());

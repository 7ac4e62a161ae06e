/** Reads answers as they come: whether they are whole and shaped like an answer. Their digest only tells two apart; nothing signs it. */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8Bytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { StrippedJsonDigest } from '../../signatures/digests';
import { LineCutter } from '../shared/lines';
import type { AnswerReader, AnswerReading } from '../types';

/** Members of the outermost object under which OpenAI's and Ollama's interfaces put what is shown. */
const SHOWN: readonly string[] = ['choices', 'output', 'output_text', 'completion', 'response', 'message'];
const DATA = utf8Bytes('data:');
const DONE = 'data: [DONE]';

class JsonReader implements AnswerReader {
  readonly #digest = new StrippedJsonDigest((key) => {
    if (SHOWN.includes(key)) this.#shaped = true;
  });
  #shaped = false;
  #length = 0;

  push(bytes: Uint8Array): void {
    this.#length += bytes.length;
    this.#digest.push(bytes);
  }

  finish(): AnswerReading {
    const { sha256: digest, closed } = this.#digest.finish();
    return { form: 'json', length: this.#length, complete: closed, responseHashes: [{ rule: 'whitespace-stripped', sha256: digest }], findings: [], looksLikeAnswer: this.#shaped };
  }
}

class SseReader implements AnswerReader {
  readonly #hash = sha256.create();
  readonly #lines = new LineCutter({ line: (bytes) => this.#line(bytes), tooLong: () => undefined });
  #done = false;
  #events = 0;

  push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#lines.push(bytes);
  }

  finish(): AnswerReading {
    this.#line(this.#lines.rest().bytes);
    return { form: 'sse', length: this.#lines.length, complete: this.#done, responseHashes: [{ rule: 'raw', sha256: toHex(this.#hash.digest()) }], findings: [], looksLikeAnswer: this.#events > 0 };
  }

  #line(bytes: Uint8Array): void {
    if (!DATA.every((byte, i) => bytes[i] === byte)) return;
    const text = new TextDecoder().decode(bytes.subarray(0, DONE.length + 1)).trimEnd();
    if (text === DONE) this.#done = true;
    else this.#events += 1;
  }
}

export const newReader = (form: 'json' | 'sse'): AnswerReader => (form === 'sse' ? new SseReader() : new JsonReader());

/** Reads answers as they come: whether they are whole and shaped like an answer. Their digest only tells two apart; nothing signs it. */
import { asCoded } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { type JsonObject, parseJson } from '../../encoding/json';
import { StrippedJsonDigest } from '../../signatures/digests';
import { newReportReader } from '../report/reader';
import { LineCutter } from '../shared/lines';
import type { AnswerReader, AnswerReading } from '../types';

/** Members of the outermost object under which OpenAI's and Ollama's interfaces put what is shown. */
const SHOWN: readonly string[] = ['choices', 'output', 'output_text', 'completion', 'response', 'message'];

/** One JSON text, or one a line (NDJSON) as Ollama's interfaces stream them: the last of those says that it is `done`. */
class JsonReader implements AnswerReader {
  readonly #digest = new StrippedJsonDigest((key) => {
    if (SHOWN.includes(key)) this.#shaped = true;
  });
  readonly #lines = new LineCutter({ line: (bytes) => this.#line(bytes), long: () => this.#stray() });
  #shaped = false;
  /** Every line so far is an object by itself. */
  #onlyObjects = true;
  /** What the newest line's object says of its being the last; `undefined` where it says nothing of it, or some line is none. */
  #done: boolean | undefined;

  push(bytes: Uint8Array): void {
    this.#digest.push(bytes);
    this.#lines.push(bytes);
  }

  finish(): AnswerReading {
    this.#line(this.#lines.rest().bytes);
    const { sha256: digest, closed, trailing } = this.#digest.finish();
    // An object alone that says it is not the last is what is left of a stream.
    const complete = trailing ? this.#done === true : closed && this.#done !== false;
    return { form: 'json', length: this.#lines.length, complete, responseHashes: [{ rule: 'whitespace-stripped', sha256: digest }], findings: [], looksLikeAnswer: this.#shaped };
  }

  #line(bytes: Uint8Array): void {
    if (!this.#onlyObjects || bytes.every(isWhite)) return;
    const object = objectIn(bytes);
    if (object === undefined) return this.#stray();
    const done = object.get('done');
    this.#done = typeof done === 'boolean' ? done : undefined;
  }

  /** A line that is no object: what stands in the others says nothing any more. */
  #stray(): void {
    this.#onlyObjects = false;
    this.#done = undefined;
  }
}

const BRACE = 0x7b;
const isWhite = (byte: number): boolean => byte === 0x20 || byte === 0x0d || byte === 0x09;

/** `undefined` for a line that is not an object from its first byte to its last. */
function objectIn(line: Uint8Array): JsonObject | undefined {
  if (line[0] !== BRACE) return undefined;
  try {
    const value = parseJson(utf8Text(line, 'JSON_MALFORMED'));
    return value instanceof Map ? value : undefined;
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

export const newReader = (form: 'json' | 'sse'): AnswerReader => (form === 'sse' ? newReportReader('sse') : new JsonReader());

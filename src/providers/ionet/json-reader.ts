/** Reads a JSON answer as it comes: digests, whether it closed, whether it is shaped like a completion. */
import { type Check, fail, pass, unknown } from '../../checks/check';
import { StrippedJsonDigest, type StrippedJson } from '../../signatures/digests';
import type { AnswerReader, AnswerReading } from '../types';

/** Members of the outermost object under which chat services put what they show. */
const SHOWN: readonly string[] = ['choices', 'output', 'output_text', 'completion', 'completions', 'candidates', 'generated_text'];

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
    const read = this.#digest.finish();
    return {
      form: 'json',
      length: this.#length,
      complete: read.closed,
      responseHashes: [
        { rule: 'whitespace-stripped', sha256: read.sha256 },
        ...(read.escaped === undefined ? [] : [{ rule: 'whitespace-stripped, ascii-escaped', sha256: read.escaped }]),
      ],
      findings: [coverageOf(read, this.#length)],
      looksLikeAnswer: this.#shaped,
    };
  }
}

/** Every byte but white space between tokens is in the digest; what could still hide is said here. */
function coverageOf(read: StrippedJson, length: number): Check {
  if (read.trailing) return fail('coverage', 'STREAM_BYTES_UNSIGNED', 'bytes behind the JSON', { basis: 'derived' });
  if (read.splitToken) return fail('coverage', 'STREAM_BYTES_UNSIGNED', 'white space inside a number or word', { basis: 'derived' });
  if (!read.closed) return unknown('coverage', 'ANSWER_CUT', 'the JSON does not close', { basis: 'derived' });
  return pass('coverage', `${length} bytes`, { basis: 'derived' });
}

export const newJsonReader = (): AnswerReader => new JsonReader();

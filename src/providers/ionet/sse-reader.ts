/**
 * Reads a streamed answer and accounts for every byte. The agent signs the data lines alone (`data: ` in front, `[DONE]`
 * and its own event left out), so anything else a client could show must not be there: see docs/providers/ionet.
 *
 * Allowed: signed data lines, one an event; one signature event (`event: signature`, one data line, nothing shown in it);
 * `data: [DONE]`; empty lines; comment lines. A signed line may stand behind the signature event: the agent holds back
 * the network read that carries `[DONE]`, with whatever else is in it.
 */
import { type Check, fail, pass, unknown } from '../../checks/check';
import { asCoded } from '../../checks/error';
import { concatBytes, utf8Bytes } from '../../encoding/bytes';
import { ChunksDigest } from '../../signatures/digests';
import { LineCutter } from '../shared/lines';
import type { AnswerReader, AnswerReading, SignedStatement } from '../types';
import { statementInEvent } from './statement';

const DATA = utf8Bytes('data: ');
const DONE = utf8Bytes('data: [DONE]');
const SIGNATURE = utf8Bytes('event: signature');
const COLON = 0x3a;
const BOM = [0xef, 0xbb, 0xbf] as const;

const startsWith = (line: Uint8Array, prefix: Uint8Array) => line.length >= prefix.length && prefix.every((byte, i) => line[i] === byte);
const equals = (line: Uint8Array, text: Uint8Array) => line.length === text.length && startsWith(line, text);

/** CR, NUL and BOM: clients end lines at a lone CR or drop a BOM, the agent's hash does neither. */
function foreignByte(line: Uint8Array): string | undefined {
  if (line.includes(0x0d)) return 'a CR';
  if (line.includes(0x00)) return 'a NUL';
  for (let i = line.indexOf(BOM[0]); i >= 0; i = line.indexOf(BOM[0], i + 1)) {
    if (line[i + 1] === BOM[1] && line[i + 2] === BOM[2]) return 'a BOM';
  }
  return undefined;
}

class SseReader implements AnswerReader {
  readonly #lines = new LineCutter({ line: (bytes, offset) => this.#line(bytes, offset), long: (piece, part, offset) => this.#long(piece, part, offset) });
  readonly #chunks = new ChunksDigest();
  #statement: SignedStatement | undefined;
  /** The first bytes that nothing signs, and how many places there are. */
  #unsigned: { readonly detail: string; count: number } | undefined;
  /** The long line that is being read: whether it is hashed, and the end of its last piece. */
  #longLine: { readonly isData: boolean; readonly tail: Uint8Array; readonly refused: boolean } | undefined;
  #done = false;
  /** Where we are within one event. */
  #dataLines = 0;
  #signatureEvent: 'none' | 'open' | 'read' = 'none';
  #inSignatureEvent = false;

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  finish(end: 'complete' | 'cut'): AnswerReading {
    this.#lastLine(end);
    const hash = this.#chunks.finish();
    return {
      form: 'sse',
      length: this.#lines.length,
      complete: this.#done,
      responseHashes: hash === undefined ? [] : [{ rule: 'data-lines', sha256: hash }],
      ...(this.#statement === undefined ? {} : { statement: this.#statement }),
      findings: [this.#coverage()],
      looksLikeAnswer: this.#lines.length > 0,
    };
  }

  #line(line: Uint8Array, offset: number): void {
    const foreign = foreignByte(line);
    if (foreign !== undefined) this.#refuse(foreign, offset);
    if (line.length === 0) this.#endEvent(offset);
    else if (this.#done) this.#refuse('bytes behind [DONE]', offset);
    else if (line[0] === COLON) return;
    else if (equals(line, SIGNATURE)) this.#openSignature(offset);
    else if (startsWith(line, DONE)) this.#end(line, offset);
    else if (startsWith(line, DATA)) this.#data(line.subarray(DATA.length), offset);
    else this.#refuse('a line that is not signed', offset);
  }

  #data(data: Uint8Array, offset: number): void {
    this.#dataLines += 1;
    if (this.#inSignatureEvent && this.#dataLines === 1) {
      this.#readSignature(data, offset);
      return;
    }
    // Clients join the data lines of one event; the agent signs them apart, so an empty line taken out would go unseen.
    if (this.#dataLines > 1) this.#refuse('two data lines in one event', offset);
    if (!this.#chunks.add(data)) this.#refuse('a data line that is not UTF-8', offset);
  }

  #openSignature(offset: number): void {
    if (this.#signatureEvent !== 'none') this.#refuse('a second signature event', offset);
    if (this.#dataLines > 0) this.#refuse('a signature event inside another event', offset);
    this.#signatureEvent = 'open';
    this.#inSignatureEvent = true;
  }

  #readSignature(data: Uint8Array, offset: number): void {
    const second = this.#signatureEvent === 'read' || this.#statement !== undefined;
    this.#signatureEvent = 'read';
    try {
      const statement = statementInEvent(data);
      if (!second) this.#statement = statement;
    } catch (error) {
      this.#refuse(asCoded(error).detail, offset);
    }
  }

  #end(line: Uint8Array, offset: number): void {
    if (line.length !== DONE.length) this.#refuse('more than [DONE] in its line', offset);
    else if (this.#dataLines > 0 || this.#inSignatureEvent) this.#refuse('[DONE] inside another event', offset);
    this.#done = true;
  }

  #endEvent(offset: number): void {
    if (this.#inSignatureEvent && this.#dataLines === 0) this.#refuse('a signature event without data', offset);
    this.#dataLines = 0;
    this.#inSignatureEvent = false;
  }

  /** A last line without its LF: clients may still show it, unless the transfer was cut within a line that is allowed. */
  #lastLine(end: 'complete' | 'cut'): void {
    const { bytes, offset } = this.#lines.rest();
    if (bytes.length === 0) return;
    const begun = startsWith(bytes, DATA) || bytes[0] === COLON || startsWith(DATA, bytes) || startsWith(SIGNATURE, bytes);
    const whole = end === 'complete' && equals(bytes, DONE);
    if (whole || this.#done || !begun || foreignByte(bytes) !== undefined) this.#line(bytes, offset);
  }

  /** A line that is too long to hold: the same rules, piece by piece. */
  #long(piece: Uint8Array, part: 'first' | 'more' | 'last', offset: number): void {
    const begun = part === 'first' ? undefined : this.#longLine;
    const isData = begun?.isData ?? this.#beginLong(piece, offset);
    // A BOM may lie across two pieces.
    const seam = begun === undefined ? piece : concatBytes(begun.tail, piece);
    const foreign = begun?.refused === true ? undefined : foreignByte(seam);
    if (foreign !== undefined) this.#refuse(foreign, offset);
    if (isData) this.#chunks.more(part === 'first' ? piece.subarray(DATA.length) : piece);
    if (part !== 'last') {
      this.#longLine = { isData, tail: seam.slice(-2), refused: begun?.refused === true || foreign !== undefined };
      return;
    }
    this.#longLine = undefined;
    if (isData && !this.#chunks.end()) this.#refuse('a data line that is not UTF-8', offset);
  }

  /** True for a data line that is hashed. */
  #beginLong(piece: Uint8Array, offset: number): boolean {
    if (!this.#done && piece[0] === COLON) return false;
    if (this.#done || !startsWith(piece, DATA) || startsWith(piece, DONE) || this.#inSignatureEvent) {
      this.#refuse(this.#done ? 'bytes behind [DONE]' : 'a line that is not signed', offset);
      return false;
    }
    this.#dataLines += 1;
    if (this.#dataLines > 1) this.#refuse('two data lines in one event', offset);
    this.#chunks.begin();
    return true;
  }

  #refuse(what: string, offset: number): void {
    if (this.#unsigned === undefined) this.#unsigned = { detail: `${what} at byte ${offset}`, count: 1 };
    else this.#unsigned.count += 1;
  }

  #coverage(): Check {
    if (this.#unsigned !== undefined) {
      const more = this.#unsigned.count > 1 ? `, and ${this.#unsigned.count - 1} more` : '';
      return fail('coverage', 'STREAM_BYTES_UNSIGNED', this.#unsigned.detail + more, { basis: 'derived' });
    }
    if (!this.#done) return unknown('coverage', 'ANSWER_CUT', 'the stream ended before [DONE]', { basis: 'derived' });
    return pass('coverage', `${this.#chunks.count} data lines, ${this.#lines.length} bytes`, { basis: 'derived' });
  }
}

export const newSseReader = (): AnswerReader => new SseReader();

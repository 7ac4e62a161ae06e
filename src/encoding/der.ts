/**
 * A strict DER reader: definite minimal lengths, tag numbers below 31, nothing left over. It hands out views into the
 * input, so that signed parts (a certificate's TBS, a name) keep their exact bytes.
 */
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

/** Identifier octets as they stand in the encoding (class and constructed bit included). */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The identifier octet of `[n]`, constructed unless said otherwise. */
export const contextTag = (n: number, constructed = true): number => (constructed ? 0xa0 : 0x80) + n;

/** One element; its bytes are views into the input, made when they are asked for. */
export class DerElement {
  readonly tag: number;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #from: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, from: number, end: number) {
    this.tag = bytes[start] ?? 0;
    this.#bytes = bytes;
    this.#start = start;
    this.#from = from;
    this.#end = end;
  }

  /** Tag, length and content. */
  get full(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  get content(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#end);
  }

  /** A reader over the content. */
  reader(code: Code = 'DER_MALFORMED'): DerReader {
    return new DerReader(this.#bytes, code, this.#from, this.#end);
  }
}

/** Walks the elements inside one content. Every fault raises `DER_MALFORMED` or the given code. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #code: Code;
  readonly #end: number;
  #at: number;

  /** Reads all of the bytes, or those from `start` up to `end`. */
  constructor(bytes: Uint8Array, code: Code = 'DER_MALFORMED', start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#code = code;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** The identifier octet of the next element; `undefined` at the end. */
  get nextTag(): number | undefined {
    return this.done ? undefined : this.#bytes[this.#at];
  }

  /** The next element, of the given tag where one is given. */
  next(tag?: number): DerElement {
    const start = this.#at;
    const found = this.#octet(start);
    if (tag !== undefined && found !== tag) this.#refuse(`tag 0x${found.toString(16)} where 0x${tag.toString(16)} belongs`);
    if ((found & 0x1f) === 0x1f) this.#refuse('a tag number above 30');
    const first = this.#octet(start + 1);
    const count = first < 0x80 ? 0 : first & 0x7f;
    const length = first < 0x80 ? first : this.#longLength(start + 2, count);
    const from = start + 2 + count;
    const end = from + length;
    if (end > this.#end) this.#refuse(`an element of ${length} bytes, ${this.#end - from} there`);
    this.#at = end;
    return new DerElement(this.#bytes, start, from, end);
  }

  /** The next element if it has this tag, else `undefined` and nothing is consumed. */
  optional(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.next(tag) : undefined;
  }

  /** A reader over the content of the next element. */
  enter(tag: number): DerReader {
    return this.next(tag).reader(this.#code);
  }

  /** Raises unless everything was read. */
  end(): void {
    if (!this.done) this.#refuse(`${this.#end - this.#at} bytes left over`);
  }

  #octet(at: number): number {
    const octet = this.#bytes[at];
    if (octet === undefined || at >= this.#end) this.#refuse('the end where an element belongs');
    return octet;
  }

  #longLength(at: number, count: number): number {
    if (count === 0) this.#refuse('an indefinite length');
    if (count > 4) this.#refuse(`a length of ${count} octets`);
    let length = 0;
    for (let i = 0; i < count; i += 1) length = length * 256 + this.#octet(at + i);
    if (length < 0x80 || length < 256 ** (count - 1)) this.#refuse('a length that is not minimal');
    return length;
  }

  #refuse(detail: string): never {
    throw new CodedError(this.#code, `${detail} (offset ${this.#at})`);
  }
}

/** Reads exactly one element of this tag and nothing after it, and gives a reader over its content. */
export function derRoot(bytes: Uint8Array, tag: number, code: Code = 'DER_MALFORMED'): DerReader {
  const outer = new DerReader(bytes, code);
  const inner = outer.enter(tag);
  outer.end();
  return inner;
}

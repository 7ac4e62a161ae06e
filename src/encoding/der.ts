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

export interface DerElement {
  readonly tag: number;
  /** Tag, length and content. */
  readonly full: Uint8Array;
  readonly content: Uint8Array;
}

/** Walks the elements inside one content. Every fault raises `DER_MALFORMED` or the given code. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #code: Code;
  #at = 0;

  constructor(bytes: Uint8Array, code: Code = 'DER_MALFORMED') {
    this.#bytes = bytes;
    this.#code = code;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The identifier octet of the next element; `undefined` at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The next element, of the given tag where one is given. */
  next(tag?: number): DerElement {
    const start = this.#at;
    const found = this.#octet(start);
    if (tag !== undefined && found !== tag) this.#refuse(`tag 0x${found.toString(16)} where 0x${tag.toString(16)} belongs`);
    if ((found & 0x1f) === 0x1f) this.#refuse('a tag number above 30');
    const { length, from } = this.#length(start + 1);
    const end = from + length;
    if (end > this.#bytes.length) this.#refuse(`an element of ${length} bytes, ${this.#bytes.length - from} there`);
    this.#at = end;
    return { tag: found, full: this.#bytes.subarray(start, end), content: this.#bytes.subarray(from, end) };
  }

  /** The next element if it has this tag, else `undefined` and nothing is consumed. */
  optional(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.next(tag) : undefined;
  }

  /** A reader over the content of the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.next(tag).content, this.#code);
  }

  /** Raises unless everything was read. */
  end(): void {
    if (!this.done) this.#refuse(`${this.#bytes.length - this.#at} bytes left over`);
  }

  #octet(at: number): number {
    const octet = this.#bytes[at];
    if (octet === undefined) this.#refuse('the end where an element belongs');
    return octet;
  }

  #length(at: number): { length: number; from: number } {
    const first = this.#octet(at);
    if (first < 0x80) return { length: first, from: at + 1 };
    const count = first & 0x7f;
    if (count === 0) this.#refuse('an indefinite length');
    if (count > 4) this.#refuse(`a length of ${count} octets`);
    let length = 0;
    for (let i = 1; i <= count; i += 1) length = length * 256 + this.#octet(at + i);
    if (length < 0x80 || length < 256 ** (count - 1)) this.#refuse('a length that is not minimal');
    return { length, from: at + 1 + count };
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

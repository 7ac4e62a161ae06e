/** Plain byte work shared by every parser: a bounds-checked reader, comparison, joining, strict UTF-8. */
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

/**
 * Reads a byte sequence front to back and never past its end. A read that does not fit raises the reader's code
 * (`TRUNCATED` unless said otherwise) and leaves the position where it was. Slices are views, not copies.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #code: Code;
  #at = 0;

  constructor(bytes: Uint8Array, code: Code = 'TRUNCATED') {
    this.#bytes = bytes;
    this.#code = code;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next `length` bytes as a view. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  u8(): number {
    return this.#unsigned(1, false);
  }

  u16le(): number {
    return this.#unsigned(2, true);
  }

  u32le(): number {
    return this.#unsigned(4, true);
  }

  u64le(): bigint {
    const low = BigInt(this.u32le());
    return low | (BigInt(this.u32le()) << 32n);
  }

  u16be(): number {
    return this.#unsigned(2, false);
  }

  u24be(): number {
    return this.#unsigned(3, false);
  }

  u32be(): number {
    return this.#unsigned(4, false);
  }

  /** Everything that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  #advance(length: number): number {
    const start = this.#at;
    if (!Number.isSafeInteger(length) || length < 0 || length > this.remaining) {
      throw new CodedError(this.#code, `${length} bytes wanted at offset ${start}, ${this.remaining} there`);
    }
    this.#at = start + length;
    return start;
  }

  #unsigned(length: number, little: boolean): number {
    const start = this.#advance(length);
    let value = 0;
    for (let i = 0; i < length; i += 1) {
      const byte = this.#bytes[little ? start + length - 1 - i : start + i] ?? 0;
      value = value * 256 + byte;
    }
    return value;
  }
}

/** Equality of content. Not constant-time: nothing compared here is a secret. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const isAllZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** The same bytes in the type WebCrypto takes: themselves where they lie in an ArrayBuffer, a copy where they lie in shared memory. */
export const unsharedBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => (isUnshared(bytes) ? bytes : new Uint8Array(bytes));

const isUnshared = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> => bytes.buffer instanceof ArrayBuffer;

/** A copy in a buffer of its own, in the type WebCrypto takes. */
export const ownedBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8Bytes = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** Strict: invalid UTF-8 raises `code`, and a BOM stays in the text, so that encoding the result gives the same bytes. */
export function utf8Text(bytes: Uint8Array, code: Code = 'EVIDENCE_MALFORMED'): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new CodedError(code, 'not UTF-8', { cause });
  }
}

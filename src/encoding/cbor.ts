/**
 * A strict CBOR reader (RFC 8949) for signed documents: shortest integers, no floats, no duplicate keys, nothing after
 * the value, bounded nesting and counts. Arrays and maps may be of indefinite length (real documents are), strings may not.
 */
import { ByteReader, utf8Text } from './bytes';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

export type CborValue = number | bigint | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap | CborTag;

/** Keys are integers or texts. */
export type CborMap = ReadonlyMap<number | string, CborValue>;

export class CborTag {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

const MAX_DEPTH = 16;
const MAX_ITEMS = 4096;
const INDEFINITE = 31;
const BREAK = 0xff;

/** Reads exactly one value. Byte strings are views into `bytes`. Raises `CBOR_MALFORMED` or the given code. */
export function readCbor(bytes: Uint8Array, code: Code = 'CBOR_MALFORMED'): CborValue {
  const parser = new CborParser(bytes, code);
  const value = parser.value(0);
  parser.end();
  return value;
}

class CborParser {
  readonly #bytes: Uint8Array;
  readonly #reader: ByteReader;
  readonly #code: Code;
  #items = 0;

  constructor(bytes: Uint8Array, code: Code) {
    this.#bytes = bytes;
    this.#reader = new ByteReader(bytes, code);
    this.#code = code;
  }

  end(): void {
    if (this.#reader.remaining > 0) this.#refuse(`${this.#reader.remaining} bytes after the value`);
  }

  value(depth: number): CborValue {
    if (depth > MAX_DEPTH) this.#refuse(`nested deeper than ${MAX_DEPTH}`);
    this.#items += 1;
    if (this.#items > MAX_ITEMS) this.#refuse(`more than ${MAX_ITEMS} values`);
    const head = this.#reader.u8();
    const info = head & 0x1f;
    switch (head >> 5) {
      case 0:
        return this.#argument(info);
      case 1:
        return this.#negative(this.#argument(info));
      case 2:
        return this.#reader.take(this.#length(info));
      case 3:
        return utf8Text(this.#reader.take(this.#length(info)), this.#code);
      case 4:
        return this.#array(info, depth);
      case 5:
        return this.#map(info, depth);
      case 6:
        return new CborTag(this.#length(info), this.value(depth + 1));
      default:
        return this.#simple(head);
    }
  }

  #array(info: number, depth: number): readonly CborValue[] {
    const items: CborValue[] = [];
    this.#each(info, () => items.push(this.value(depth + 1)));
    return items;
  }

  #map(info: number, depth: number): CborMap {
    const map = new Map<number | string, CborValue>();
    this.#each(info, () => {
      const key = this.value(depth + 1);
      if (typeof key !== 'number' && typeof key !== 'string') this.#refuse('a key that is neither integer nor text');
      if (map.has(key)) this.#refuse(`the key ${JSON.stringify(key).slice(0, 40)} twice`);
      map.set(key, this.value(depth + 1));
    });
    return map;
  }

  /** Runs `item` as often as the head says, or up to the break. */
  #each(info: number, item: () => void): void {
    if (info !== INDEFINITE) {
      const count = this.#length(info);
      for (let i = 0; i < count; i += 1) item();
      return;
    }
    while (this.#bytes[this.#reader.offset] !== BREAK) item();
    this.#reader.skip(1);
  }

  #simple(head: number): boolean | null {
    switch (head) {
      case 0xf4:
        return false;
      case 0xf5:
        return true;
      case 0xf6:
        return null;
      default:
        return this.#refuse(`the initial byte 0x${head.toString(16)}`);
    }
  }

  #length(info: number): number {
    const length = this.#argument(info);
    return typeof length === 'number' ? length : this.#refuse('a length above 2^53');
  }

  #negative(argument: number | bigint): number | bigint {
    return typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument);
  }

  /** The argument of a head in its shortest form; `bigint` beyond 2^53. */
  #argument(info: number): number | bigint {
    if (info < 24) return info;
    const bytes = 2 ** (info - 24);
    if (info > 27) this.#refuse(`additional information ${info}`);
    let value = 0n;
    for (let i = 0; i < bytes; i += 1) value = (value << 8n) | BigInt(this.#reader.u8());
    const least = bytes === 1 ? 24n : 1n << BigInt(bytes * 4);
    if (value < least) this.#refuse('an integer that is not in its shortest form');
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  }

  #refuse(detail: string): never {
    throw new CodedError(this.#code, `${detail} (offset ${this.#reader.offset})`);
  }
}

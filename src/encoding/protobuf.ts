/**
 * A strict protobuf wire-format reader without schemas: bounded in fields, minimal varints, no groups. The caller says
 * which fields a message may hold and which kind each is; anything else is refused, as is a singular field that comes twice.
 */
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';
import { utf8Text } from './bytes';

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const MAX_FIELDS = 4096;
const MAX_U64 = (1n << 64n) - 1n;

interface Field {
  readonly wire: number;
  /** Of a varint or fixed field. */
  readonly value: bigint;
  /** Of a length-delimited field: a view. */
  readonly bytes: Uint8Array;
}

/** One message. A field that is absent reads as its proto3 default: 0, no bytes, no message. */
export class ProtobufMessage {
  readonly #fields: ReadonlyMap<number, readonly Field[]>;
  readonly #code: Code;

  /** Reads all of `bytes` as one message. Raises `PROTOBUF_MALFORMED` or the given code, here and in every method. */
  constructor(bytes: Uint8Array, code: Code = 'PROTOBUF_MALFORMED') {
    this.#code = code;
    this.#fields = readFields(bytes, code);
  }

  /** Raises when the message holds a field that is not among these numbers. */
  only(...known: readonly number[]): this {
    for (const number of this.#fields.keys()) if (!known.includes(number)) this.#refuse(number, 'does not belong here');
    return this;
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  /** An unsigned 64-bit varint. */
  u64(number: number): bigint {
    return this.#one(number, WIRE.varint)?.value ?? 0n;
  }

  /** An unsigned varint of at most `max` (2^32 - 1 unless said otherwise). */
  uint(number: number, max = 0xffff_ffff): number {
    const value = this.u64(number);
    return value <= BigInt(max) ? Number(value) : this.#refuse(number, `is above ${max}`);
  }

  bool(number: number): boolean {
    return this.uint(number, 1) === 1;
  }

  /** The content of a bytes field, a view; `undefined` where it is absent. */
  bytes(number: number): Uint8Array | undefined {
    return this.#one(number, WIRE.bytes)?.bytes;
  }

  /** Exactly `length` bytes. */
  exactly(number: number, length: number): Uint8Array {
    const bytes = this.bytes(number) ?? new Uint8Array();
    return bytes.length === length ? bytes : this.#refuse(number, `has ${bytes.length} bytes, ${length} belong there`);
  }

  text(number: number): string {
    return utf8Text(this.bytes(number) ?? new Uint8Array(), this.#code);
  }

  message(number: number): ProtobufMessage | undefined {
    const bytes = this.bytes(number);
    return bytes === undefined ? undefined : new ProtobufMessage(bytes, this.#code);
  }

  /** A message field that must be there. */
  required(number: number): ProtobufMessage {
    return this.message(number) ?? this.#refuse(number, 'is missing');
  }

  /** Every occurrence of a repeated bytes, string or message field, in order. */
  list(number: number, max = 1024): readonly Uint8Array[] {
    const fields = this.#fields.get(number) ?? [];
    if (fields.length > max) this.#refuse(number, `comes ${fields.length} times, at most ${max} are read`);
    return fields.map((field) => this.#ofWire(number, field, WIRE.bytes).bytes);
  }

  #one(number: number, wire: number): Field | undefined {
    const [field, second] = this.#fields.get(number) ?? [];
    if (second !== undefined) this.#refuse(number, 'comes twice');
    return field === undefined ? undefined : this.#ofWire(number, field, wire);
  }

  #ofWire(number: number, field: Field, wire: number): Field {
    return field.wire === wire ? field : this.#refuse(number, `has wire type ${field.wire}`);
  }

  #refuse(number: number, detail: string): never {
    throw new CodedError(this.#code, `protobuf field ${number} ${detail}`);
  }
}

const NOTHING = new Uint8Array();

function readFields(bytes: Uint8Array, code: Code): ReadonlyMap<number, readonly Field[]> {
  const fields = new Map<number, Field[]>();
  const cursor = new Cursor(bytes, code);
  for (let count = 0; !cursor.done; count += 1) {
    if (count === MAX_FIELDS) throw new CodedError(code, `more than ${MAX_FIELDS} protobuf fields`);
    const tag = cursor.varint();
    const number = Number(tag >> 3n);
    if (number < 1 || number > 0x1fff_ffff) throw new CodedError(code, `protobuf field number ${number}`);
    const field = readField(cursor, Number(tag & 7n), code);
    const before = fields.get(number);
    if (before === undefined) fields.set(number, [field]);
    else before.push(field);
  }
  return fields;
}

function readField(cursor: Cursor, wire: number, code: Code): Field {
  switch (wire) {
    case WIRE.varint:
      return { wire, value: cursor.varint(), bytes: NOTHING };
    case WIRE.bytes:
      return { wire, value: 0n, bytes: cursor.take(cursor.varint()) };
    case WIRE.fixed64:
      return { wire, value: littleEndian(cursor.take(8n)), bytes: NOTHING };
    case WIRE.fixed32:
      return { wire, value: littleEndian(cursor.take(4n)), bytes: NOTHING };
    default:
      throw new CodedError(code, `protobuf wire type ${wire}`);
  }
}

const littleEndian = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #code: Code;
  #at = 0;

  constructor(bytes: Uint8Array, code: Code) {
    this.#bytes = bytes;
    this.#code = code;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** At most ten octets, at most 64 bits, in their shortest form. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const octet = this.#bytes[this.#at];
      if (octet === undefined) throw new CodedError(this.#code, 'a protobuf number that does not end');
      this.#at += 1;
      value |= BigInt(octet & 0x7f) << shift;
      if (octet >= 0x80) continue;
      if (octet === 0 && shift > 0n) throw new CodedError(this.#code, 'a protobuf number that is not in its shortest form');
      if (value > MAX_U64) break;
      return value;
    }
    throw new CodedError(this.#code, 'a protobuf number above 64 bits');
  }

  take(length: bigint): Uint8Array {
    const there = this.#bytes.length - this.#at;
    if (length > BigInt(there)) throw new CodedError(this.#code, `a protobuf field of ${length} bytes, ${there} there`);
    const start = this.#at;
    this.#at += Number(length);
    return this.#bytes.subarray(start, this.#at);
  }
}

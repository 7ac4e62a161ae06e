/**
 * Protobuf messages as a list of fields, and the two ways they are written down: on the wire, and as protojson
 * (lowerCamelCase, 64-bit numbers as text, bytes as base64). Zero numbers and empty bytes are left away, as proto3 does.
 */

interface Written {
  /** Absent when the field is left away. */
  readonly wire: Buffer | undefined;
  readonly json: unknown;
}

export interface Field {
  readonly number: number;
  readonly name: string;
  readonly written: Written;
}

export function varint(value: bigint | number): Buffer {
  const octets: number[] = [];
  let left = BigInt(value);
  do {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    octets.push(left === 0n ? low : low | 0x80);
  } while (left !== 0n);
  return Buffer.from(octets);
}

const integer = (number: number, name: string, value: bigint | number, json: unknown): Field =>
  ({ number, name, written: { wire: BigInt(value) === 0n ? undefined : Buffer.concat([varint(number << 3), varint(value)]), json } });

function sized(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

export const u32 = (number: number, name: string, value: number): Field => integer(number, name, value, value);
export const u64 = (number: number, name: string, value: bigint): Field => integer(number, name, value, String(value));
export const enumeration = (number: number, name: string, value: number, text: string): Field => integer(number, name, value, text);

export const bytes = (number: number, name: string, value: Uint8Array): Field =>
  ({ number, name, written: { wire: value.length === 0 ? undefined : sized(number, value), json: Buffer.from(value).toString('base64') } });

export const message = (number: number, name: string, fields: readonly Field[]): Field => ({ number, name, written: { wire: sized(number, toWire(fields)), json: toJson(fields) } });

/** `repeated` messages. */
export const messages = (number: number, name: string, items: readonly (readonly Field[])[]): Field =>
  ({ number, name, written: { wire: items.length === 0 ? undefined : Buffer.concat(items.map((fields) => sized(number, toWire(fields)))), json: items.map(toJson) } });

/** `google.protobuf.UInt32Value`: present even when zero, and bare in JSON. */
export const wrapped = (number: number, name: string, value: number): Field => ({ number, name, written: { wire: sized(number, toWire([u32(1, 'value', value)])), json: value } });

/** `map<uint32, bytes>`; the entry of key 0 carries no key, being zero. */
export const bytesByNumber = (number: number, name: string, entries: ReadonlyMap<number, Uint8Array>): Field => ({
  number, name,
  written: {
    wire: Buffer.concat([...entries].map(([key, value]) => sized(number, toWire([u32(1, 'key', key), bytes(2, 'value', value)])))),
    json: Object.fromEntries([...entries].map(([key, value]) => [String(key), Buffer.from(value).toString('base64')])),
  },
});

export const toWire = (fields: readonly Field[]): Buffer => Buffer.concat(fields.flatMap(({ written }) => written.wire ?? []));

export const toJson = (fields: readonly Field[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(fields.filter(({ written }) => written.wire !== undefined).map(({ name, written }) => [name, written.json]));

/** A small protobuf writer: the three wire forms that go-sev-guest's and go-tpm-tools' messages need. Zero scalars and empty bytes are left away, as proto3 does. */

export function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let left = BigInt(value);
  do {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    bytes.push(left === 0n ? low : low | 0x80);
  } while (left !== 0n);
  return Buffer.from(bytes);
}

/** An integer field of any size. */
export const number = (field: number, value: bigint | number): Buffer => (BigInt(value) === 0n ? Buffer.alloc(0) : Buffer.concat([varint(field << 3), varint(value)]));

/** A message or bytes; written even when empty, for wrappers and map entries. */
export const nested = (field: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
};

export const bytes = (field: number, value: Uint8Array): Buffer => (value.length === 0 ? Buffer.alloc(0) : nested(field, value));

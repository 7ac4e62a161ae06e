/** Writes the messages of go-sev-guest and go-tpm-tools: apart from src, so that both cannot be wrong alike. */
import type { VtpmQuote } from '../../../src/evidence/vtpm/types';

export type Written = readonly (readonly [number: number, value: bigint | number | Uint8Array])[];

export function varint(value: bigint | number): Buffer {
  const octets: number[] = [];
  let left = BigInt(value);
  do {
    octets.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(octets);
}

/** Fields in the order given; zero numbers are left out, as proto3 does. */
export const message = (fields: Written): Uint8Array =>
  new Uint8Array(Buffer.concat(fields.flatMap(([number, value]) => {
    if (value instanceof Uint8Array) return [varint((number << 3) | 2), varint(value.length), value];
    return BigInt(value) === 0n ? [] : [varint(number << 3), varint(value)];
  })));

/** sevsnp.Report out of the report's bytes. */
export function reportFields(report: Uint8Array): Written {
  const bytes = Buffer.from(report);
  const at = (from: number, size: number): Uint8Array => new Uint8Array(bytes.subarray(from, from + size));
  const u8 = (offset: number): number => bytes.readUInt8(offset);
  const u32 = (offset: number): number => bytes.readUInt32LE(offset);
  const u64 = (offset: number): bigint => bytes.readBigUInt64LE(offset);
  const [family, model, stepping] = [u8(0x188), u8(0x189), u8(0x18a)];
  const extended = Math.max(0, family - 0xf);
  const eax = u32(0) >= 3 ? (extended << 20) | ((model >> 4) << 16) | ((family - extended) << 8) | ((model & 0xf) << 4) | stepping : 0;
  return [
    [1, u32(0)], [2, u32(4)], [3, u64(8)], [4, at(0x10, 16)], [5, at(0x20, 16)], [6, u32(0x30)], [7, u32(0x34)], [8, u64(0x38)], [9, u64(0x40)], [10, u32(0x48)],
    [11, at(0x50, 64)], [12, at(0x90, 48)], [13, at(0xc0, 32)], [14, at(0xe0, 48)], [15, at(0x110, 48)], [16, at(0x140, 32)], [17, at(0x160, 32)], [18, u64(0x180)], [19, at(0x1a0, 64)], [20, u64(0x1e0)],
    [21, u8(0x1e8)], [22, u8(0x1e9)], [23, u8(0x1ea)], [24, u8(0x1ec)], [25, u8(0x1ed)], [26, u8(0x1ee)], [27, u64(0x1f0)], [28, at(0x2a0, 512)], [29, eax],
  ];
}

export interface Sent {
  readonly vcek?: Uint8Array;
  readonly ask?: Uint8Array;
  readonly ark?: Uint8Array;
}

/** sevsnp.Attestation. */
export const snpAttestation = (report: Uint8Array, { vcek, ask, ark }: Sent = {}): Uint8Array =>
  message([[1, message(reportFields(report))], [2, message([...(vcek === undefined ? [] : [[1, vcek] as const]), ...(ask === undefined ? [] : [[2, ask] as const]), ...(ark === undefined ? [] : [[3, ark] as const])])]]);

/** attest.Attestation. */
export const vtpmAttestation = ({ akPublic, quotes, eventLog, snp }: { akPublic: Uint8Array; quotes: readonly VtpmQuote[]; eventLog?: Uint8Array; snp?: Uint8Array }): Uint8Array =>
  message([
    [1, akPublic],
    ...quotes.map(({ attest, signature, hash, pcrs }) => [2, message([[1, attest], [2, signature], [3, message([[1, hash], ...[...pcrs].map(([index, value]) => [2, message([[1, index], [2, value]])] as const)])]])] as const),
    ...(eventLog === undefined ? [] : [[3, eventLog] as const]),
    ...(snp === undefined ? [] : [[8, snp] as const]),
  ]);

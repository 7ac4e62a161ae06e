/** The protobuf in which go-sev-guest (and so Cocos) carries a report: `sevsnp.Attestation` with the chain and the product. */
import { authority, issuerOf, vekCertificate } from '../pki/amd.ts';
import type { Product } from '../pki/amd.ts';
import { vekFactsOf } from './machine.ts';
import type { SnpMachine } from './machine.ts';
import { bytes, nested, number } from './protobuf.ts';

/** CPUID(1).EAX: family above 15 and model above 15 go to their extensions. */
function cpuid1Eax([family = 0, model = 0, stepping = 0]: Uint8Array): number {
  const extended = family > 0xf ? family - 0xf : 0;
  return (extended << 20) | ((model >> 4) << 16) | (Math.min(family, 0xf) << 8) | ((model & 0xf) << 4) | stepping;
}

/** `sevsnp.Report` of an ABI report. Raises `RangeError` for version 5, whose new fields it cannot carry. */
export function reportMessage(report: Uint8Array): Buffer {
  const view = Buffer.from(report);
  const version = view.readUInt32LE(0);
  if (version > 4) throw new RangeError(`sevsnp.Report has no fields for version ${version}`);
  const u32 = (field: number, offset: number): Buffer => number(field, view.readUInt32LE(offset));
  const u64 = (field: number, offset: number): Buffer => number(field, view.readBigUInt64LE(offset));
  const u8 = (field: number, offset: number): Buffer => number(field, view.readUInt8(offset));
  const part = (field: number, offset: number, length: number): Buffer => bytes(field, view.subarray(offset, offset + length));
  return Buffer.concat([
    u32(1, 0x00), u32(2, 0x04), u64(3, 0x08), part(4, 0x10, 16), part(5, 0x20, 16), u32(6, 0x30), u32(7, 0x34), u64(8, 0x38), u64(9, 0x40), u32(10, 0x48),
    part(11, 0x50, 64), part(12, 0x90, 48), part(13, 0xc0, 32), part(14, 0xe0, 48), part(15, 0x110, 48), part(16, 0x140, 32), part(17, 0x160, 32),
    u64(18, 0x180), part(19, 0x1a0, 64), u64(20, 0x1e0), u8(21, 0x1e8), u8(22, 0x1e9), u8(23, 0x1ea), u8(24, 0x1ec), u8(25, 0x1ed), u8(26, 0x1ee),
    u64(27, 0x1f0), part(28, 0x2a0, 512), ...(version >= 3 ? [number(29, cpuid1Eax(view.subarray(0x188, 0x18b)))] : []),
  ]);
}

const PRODUCT_NUMBER: Readonly<Record<Product, number>> = { Milan: 1, Genoa: 2, Turin: 3 };

export interface SnpAttestationOptions {
  /** The report's 1184 bytes. */
  readonly report: Uint8Array;
  readonly machine: SnpMachine;
  /** Ms since the epoch: when the key's certificate was issued. */
  readonly now: number;
  /** Whose certificate comes along in place of the machine's own; `none` for an empty chain. */
  readonly certificateOf?: SnpMachine | 'none';
  /** Cocos's agent fills the fields of ASK and ARK the wrong way round. */
  readonly swapped?: boolean;
}

/** `sevsnp.Attestation` as bytes. */
export function snpAttestation({ report, machine, now, certificateOf = machine, swapped = false }: SnpAttestationOptions): Buffer {
  const product = nested(3, number(1, PRODUCT_NUMBER[machine.product]), nested(3, number(1, machine.cpuId.stepping)));
  if (certificateOf === 'none') return Buffer.concat([nested(1, reportMessage(report)), product]);
  const { kind } = certificateOf;
  const own = vekCertificate(vekFactsOf(certificateOf), now).der;
  const intermediate = issuerOf(kind, certificateOf.product).der;
  const root = authority('ark', certificateOf.product).der;
  const [second, third] = swapped ? [root, intermediate] : [intermediate, root];
  const chain = nested(2, ...(kind === 'vcek' ? [bytes(1, own)] : []), bytes(2, second), bytes(3, third), ...(kind === 'vlek' ? [bytes(6, own)] : []));
  return Buffer.concat([nested(1, reportMessage(report)), chain, product]);
}

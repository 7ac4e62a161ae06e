/**
 * A SEV-SNP report out of sevsnp.Report (go-sev-guest's message or its JSON form) back into the 1184 bytes that AMD's
 * firmware signed (AMD 56860, ATTESTATION_REPORT). What the message cannot say is reserved and zero.
 */
import { REPORT_SIZE } from '../sevsnp/report';
import { type Field, type FieldSource, refuseForm } from './fields';

interface Placed extends Field {
  /** Numbers are written little-endian in so many bytes; byte fields must have exactly so many. */
  readonly kind: 'uint' | 'bytes';
  readonly offset: number;
  readonly size: number;
}

const uint = (number: number, name: string, offset: number, size: number): Placed => ({ number, name, kind: 'uint', offset, size });
const bytes = (number: number, name: string, offset: number, size: number): Placed => ({ number, name, kind: 'bytes', offset, size });

const PLACED: readonly Placed[] = [
  uint(1, 'version', 0x00, 4),
  uint(2, 'guest_svn', 0x04, 4),
  uint(3, 'policy', 0x08, 8),
  bytes(4, 'family_id', 0x10, 16),
  bytes(5, 'image_id', 0x20, 16),
  uint(6, 'vmpl', 0x30, 4),
  uint(7, 'signature_algo', 0x34, 4),
  uint(8, 'current_tcb', 0x38, 8),
  uint(9, 'platform_info', 0x40, 8),
  uint(10, 'signer_info', 0x48, 4),
  bytes(11, 'report_data', 0x50, 64),
  bytes(12, 'measurement', 0x90, 48),
  bytes(13, 'host_data', 0xc0, 32),
  bytes(14, 'id_key_digest', 0xe0, 48),
  bytes(15, 'author_key_digest', 0x110, 48),
  bytes(16, 'report_id', 0x140, 32),
  bytes(17, 'report_id_ma', 0x160, 32),
  uint(18, 'reported_tcb', 0x180, 8),
  bytes(19, 'chip_id', 0x1a0, 64),
  uint(20, 'committed_tcb', 0x1e0, 8),
  uint(21, 'current_build', 0x1e8, 1),
  uint(22, 'current_minor', 0x1e9, 1),
  uint(23, 'current_major', 0x1ea, 1),
  uint(24, 'committed_build', 0x1ec, 1),
  uint(25, 'committed_minor', 0x1ed, 1),
  uint(26, 'committed_major', 0x1ee, 1),
  uint(27, 'launch_tcb', 0x1f0, 8),
  bytes(28, 'signature', 0x2a0, 512),
  // From version 5 on, in messages newer than Cube's.
  uint(30, 'launch_mit_vector', 0x1f8, 8),
  uint(31, 'current_mit_vector', 0x200, 8),
];
const CPUID: Field = { number: 29, name: 'cpuid1eax_fms' };
const CPUID_OFFSET = 0x188;
/** The first version of the report that names its processor. */
const WITH_CPUID = 3;

/** Every field of the message: one more would be something signed that cannot be put back. */
export const REPORT_FIELDS: readonly Field[] = [...PLACED, CPUID];

/** The report's bytes. Raises `COCOS_FORM` for a field of another size; whether the report is sound is its verifier's question. */
export function reportBytes(source: FieldSource): Uint8Array {
  const report = new Uint8Array(REPORT_SIZE);
  for (const field of PLACED) {
    if (field.kind === 'uint') writeUint(report, field, source.uint(field, (1n << BigInt(8 * field.size)) - 1n));
    else report.set(exactly(field, source.bytes(field)), field.offset);
  }
  const eax = Number(source.uint(CPUID, 0xffff_ffffn));
  if ((report[0] ?? 0) >= WITH_CPUID) report.set(processorOf(eax), CPUID_OFFSET);
  return report;
}

function writeUint(report: Uint8Array, { offset, size }: Placed, value: bigint): void {
  for (let i = 0; i < size; i += 1) report[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

function exactly({ name, size }: Placed, value: Uint8Array | undefined): Uint8Array {
  return value?.length === size ? value : refuseForm(`report.${name} has ${value?.length ?? 0} bytes, not ${size}`);
}

/** Family, model and stepping as the report holds them, out of CPUID(1).EAX: base and extended parts put together. */
function processorOf(eax: number): Uint8Array {
  const family = ((eax >>> 20) & 0xff) + ((eax >>> 8) & 0xf);
  const model = ((eax >>> 12) & 0xf0) | ((eax >>> 4) & 0xf);
  return Uint8Array.of(family & 0xff, model, eax & 0xf);
}

/**
 * A SEV-SNP report out of sevsnp.Report (go-sev-guest's message, or its JSON form) back into the 1184 bytes that AMD's
 * firmware signed (AMD 56860, ATTESTATION_REPORT). What the message cannot say is reserved and zero.
 */
import type { Code } from '../../checks/codes';
import { CodedError } from '../../checks/error';
import type { ProtobufMessage } from '../../encoding/protobuf';
import { REPORT_SIZE } from './report';

export interface ReportField {
  /** As the .proto file writes it. */
  readonly name: string;
  /** Its number in the .proto file. */
  readonly number: number;
}

/** The message in one of its forms. */
export interface ReportSource {
  /** An unsigned number of at most `max`; 0 where it is absent. */
  uint(field: ReportField, max: bigint): bigint;
  /** Bytes; `undefined` where they are absent. */
  bytes(field: ReportField): Uint8Array | undefined;
}

interface Placed extends ReportField {
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
  // From version 5 on, in newer messages.
  uint(30, 'launch_mit_vector', 0x1f8, 8),
  uint(31, 'current_mit_vector', 0x200, 8),
];
const CPUID: ReportField = { number: 29, name: 'cpuid1eax_fms' };
const CPUID_OFFSET = 0x188;
/** Bits of CPUID(1).EAX that stand for neither family, model nor stepping. */
const CPUID_RESERVED = 0xf000_f000;
/** A base family below this one has no extended family. */
const FULL_FAMILY = 0xf;

/** Every field of the message: one more would be something signed that cannot be put back. */
export const REPORT_FIELDS: readonly ReportField[] = [...PLACED, CPUID];

/** The report's bytes. Raises `code` for a field of another size; whether the report is sound is its verifier's question. */
export function reportBytes(source: ReportSource, code: Code): Uint8Array {
  const report = new Uint8Array(REPORT_SIZE);
  for (const field of PLACED) {
    if (field.kind === 'uint') writeUint(report, field, source.uint(field, (1n << BigInt(8 * field.size)) - 1n));
    else report.set(exactly(field, source.bytes(field), code), field.offset);
  }
  report.set(processorOf(Number(source.uint(CPUID, 0xffff_ffffn)), code), CPUID_OFFSET);
  return report;
}

/** The same out of the binary message. Raises `code`, or the message's own for a field that does not belong into it. */
export function reportFromProtobuf(message: ProtobufMessage, code: Code): Uint8Array {
  message.only(...REPORT_FIELDS.map(({ number }) => number));
  return reportBytes({
    uint: ({ name, number }, max) => {
      const value = message.u64(number);
      if (value > max) throw new CodedError(code, `report.${name} is above ${max}`);
      return value;
    },
    bytes: ({ number }) => message.bytes(number),
  }, code);
}

function writeUint(report: Uint8Array, { offset, size }: Placed, value: bigint): void {
  for (let i = 0; i < size; i += 1) report[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

function exactly({ name, size }: Placed, value: Uint8Array | undefined, code: Code): Uint8Array {
  if (value?.length !== size) throw new CodedError(code, `report.${name} has ${value?.length ?? 0} bytes, not ${size}`);
  return value;
}

/** Family, model and stepping as the report holds them, out of CPUID(1).EAX (AMD APM 3): base and extended parts put together; zeros before version 3. */
function processorOf(eax: number, code: Code): Uint8Array {
  const [base, extended] = [(eax >>> 8) & 0xf, (eax >>> 20) & 0xff];
  const family = base + extended;
  if ((eax & CPUID_RESERVED) !== 0 || family > 0xff || (extended > 0 && base < FULL_FAMILY)) throw new CodedError(code, `CPUID 0x${eax.toString(16)}`);
  return Uint8Array.of(family, ((eax >>> 12) & 0xf0) | ((eax >>> 4) & 0xf), eax & 0xf);
}

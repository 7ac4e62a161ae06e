/** `sevsnp.Attestation` (go-sev-guest): a report sent field by field, rebuilt to the 1184 bytes that AMD signed. */
import { CodedError } from '../../checks/error';
import { ProtobufMessage } from '../../encoding/protobuf';
import { REPORT_SIZE } from '../sevsnp/report';
import type { SnpEndorsements } from '../sevsnp/types';

const CODE = 'CONTRAST_EVIDENCE';
const MAX_BYTES = 512 * 1024;
/** Key of a CRL among the chain's extras, as Contrast's issuer writes it. */
const CRL_KEY = '00569ee4-e480-4fba-bbf4-45b629901180';

export interface SnpMessage {
  /** 1184 bytes. */
  readonly report: Uint8Array;
  /** What came along; it proves itself against the anchors like any other. A root among it is not looked at. */
  readonly endorsements: SnpEndorsements;
}

type Width = 1 | 4 | 8;

/** Protobuf number, offset in the report, width in bytes; little-endian. */
const NUMBERS: readonly (readonly [number, number, Width])[] = [
  [1, 0x00, 4], [2, 0x04, 4], [3, 0x08, 8], [6, 0x30, 4], [7, 0x34, 4], [8, 0x38, 8], [9, 0x40, 8], [10, 0x48, 4], [18, 0x180, 8], [20, 0x1e0, 8],
  [21, 0x1e8, 1], [22, 0x1e9, 1], [23, 0x1ea, 1], [24, 0x1ec, 1], [25, 0x1ed, 1], [26, 0x1ee, 1], [27, 0x1f0, 8], [30, 0x1f8, 8], [31, 0x200, 8],
];
/** Protobuf number, offset, length of the fields that are bytes. */
const BYTES: readonly (readonly [number, number, number])[] = [
  [4, 0x10, 16], [5, 0x20, 16], [11, 0x50, 64], [12, 0x90, 48], [13, 0xc0, 32], [14, 0xe0, 48], [15, 0x110, 48], [16, 0x140, 32], [17, 0x160, 32], [19, 0x1a0, 64], [28, 0x2a0, 512],
];
const CPUID = 29;
const FIELDS: readonly number[] = [...NUMBERS.map(([number]) => number), ...BYTES.map(([number]) => number), CPUID];

/** Rebuilds report and endorsements. Raises `CONTRAST_EVIDENCE`. */
export function readSnpMessage(bytes: Uint8Array): SnpMessage {
  if (bytes.length > MAX_BYTES) throw new CodedError(CODE, `${bytes.length} bytes of evidence`);
  const message = new ProtobufMessage(bytes, CODE).only(1, 2, 3);
  return { report: rebuild(message.required(1)), endorsements: endorsementsOf(message.message(2)) };
}

function rebuild(message: ProtobufMessage): Uint8Array {
  message.only(...FIELDS);
  const report = new Uint8Array(REPORT_SIZE);
  const view = new DataView(report.buffer);
  for (const [number, offset, width] of NUMBERS) {
    if (width === 8) view.setBigUint64(offset, message.u64(number), true);
    else if (width === 4) view.setUint32(offset, message.uint(number), true);
    else report[offset] = message.uint(number, 0xff);
  }
  for (const [number, offset, length] of BYTES) report.set(message.exactly(number, length), offset);
  report.set(cpuIdOf(message.uint(CPUID)), 0x188);
  return report;
}

/** Family, model and stepping out of CPUID function 1, EAX (AMD APM 3); zero for report version 2. */
function cpuIdOf(eax: number): readonly [number, number, number] {
  const family = ((eax >>> 8) & 0xf) + ((eax >>> 20) & 0xff);
  const model = (((eax >>> 16) & 0xf) << 4) | ((eax >>> 4) & 0xf);
  // The bits between the fields are reserved, and the extended family counts only on top of a full base family.
  if (family > 0xff || (eax & 0xf000f000) !== 0) throw new CodedError(CODE, `CPUID 0x${eax.toString(16)}`);
  return [family, model, eax & 0xf];
}

function endorsementsOf(chain: ProtobufMessage | undefined): SnpEndorsements {
  if (chain === undefined) return {};
  chain.only(1, 2, 3, 4, 6, 7);
  const some = (number: number): Uint8Array | undefined => {
    const der = chain.bytes(number);
    return der === undefined || der.length === 0 ? undefined : der;
  };
  const [vcek, ask, vlek] = [some(1), some(2), some(6)];
  if (vcek !== undefined && vlek !== undefined) throw new CodedError(CODE, 'a chip’s and a provider’s key at once');
  const vek = vcek ?? vlek;
  const crls = chain.list(7, 16).flatMap((entry) => crlOf(new ProtobufMessage(entry, CODE).only(1, 2)));
  if (crls.length > 1) throw new CodedError(CODE, 'two CRLs');
  return { ...(vek === undefined ? {} : { vek }), ...(ask === undefined ? {} : { intermediates: [ask] }), ...(crls.length === 0 ? {} : { crls }) };
}

function crlOf(entry: ProtobufMessage): readonly Uint8Array[] {
  const der = entry.bytes(2);
  return entry.text(1) === CRL_KEY && der !== undefined && der.length > 0 ? [der] : [];
}

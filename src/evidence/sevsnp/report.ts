/** ATTESTATION_REPORT (AMD 56860, versions 2 to 5) as bytes in, fields out. Everything in it is unauthenticated until its signature holds. */
import { CodedError } from '../../checks/error';
import type { Code } from '../../checks/codes';
import { ByteReader, isAllZero } from '../../encoding/bytes';
import { productOf } from './product';
import type { CpuId, SnpProduct } from './product';
import { decodeTcb } from './tcb';
import type { SnpTcb, TcbLayout } from './tcb';

export const REPORT_SIZE = 0x4a0;
/** The signature covers everything before it. */
export const SIGNED_SIZE = 0x2a0;

/** Whether bytes begin like a report and are long enough for one. Telling apart is no finding. */
export const looksLikeReport = (bytes: Uint8Array): boolean =>
  bytes.length >= REPORT_SIZE && (bytes[0] ?? 0) >= 2 && (bytes[0] ?? 0) <= 5 && isAllZero(bytes.subarray(1, 4));

/** Which key signed: the chip's own, the cloud provider's, or none. */
export type SigningKey = 'VCEK' | 'VLEK' | 'none';

export interface FirmwareVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

export interface GuestPolicy {
  readonly value: bigint;
  readonly smt: boolean;
  readonly migrationAgent: boolean;
  readonly debug: boolean;
  readonly singleSocket: boolean;
}

export interface SnpReport {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly guestSvn: number;
  readonly policy: GuestPolicy;
  readonly familyId: Uint8Array;
  readonly imageId: Uint8Array;
  readonly vmpl: number;
  readonly platformInfo: bigint;
  readonly authorKeyEnabled: boolean;
  readonly chipKeyMasked: boolean;
  readonly signingKey: SigningKey;
  /** 64 bytes of the guest's choosing. */
  readonly reportData: Uint8Array;
  /** 48 bytes, the launch digest. */
  readonly measurement: Uint8Array;
  /** 32 bytes of the host's choosing at launch. */
  readonly hostData: Uint8Array;
  readonly idKeyDigest: Uint8Array;
  readonly authorKeyDigest: Uint8Array;
  readonly reportId: Uint8Array;
  readonly reportIdMa: Uint8Array;
  /** From version 3 on. */
  readonly cpuId?: CpuId;
  /** From version 3 on: version 2 does not say. */
  readonly product?: SnpProduct;
  /** 64 bytes; a Turin chip id fills the first 8; all zero when the host masked it. */
  readonly chipId: Uint8Array;
  readonly tcbLayout: TcbLayout;
  readonly currentTcb: SnpTcb;
  readonly reportedTcb: SnpTcb;
  readonly committedTcb: SnpTcb;
  readonly launchTcb: SnpTcb;
  /** REPORTED_TCB as it stands. */
  readonly reportedTcbBytes: Uint8Array;
  readonly currentVersion: FirmwareVersion;
  readonly committedVersion: FirmwareVersion;
  /** From version 5 on, and in earlier reports that fill them. */
  readonly launchMitigations?: bigint;
  readonly currentMitigations?: bigint;
  /** 72 bytes each, little-endian. */
  readonly r: Uint8Array;
  readonly s: Uint8Array;
}

function refuse(code: Code, detail: string): never {
  throw new CodedError(code, detail);
}

function requireZero(bytes: Uint8Array, where: string): void {
  if (!isAllZero(bytes)) refuse('SNP_RESERVED', `reserved bytes ${where}`);
}

/**
 * Reads exactly 1184 bytes. Raises `SNP_REPORT_SIZE`, `SNP_VERSION`, `SNP_SIGNATURE_ALGO`, `SNP_RESERVED`,
 * `SNP_POLICY_BITS`, `SNP_KEY_INFO`, `SNP_VMPL` or `SNP_PRODUCT`.
 */
export function parseReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== REPORT_SIZE) refuse('SNP_REPORT_SIZE', `${bytes.length} bytes, a report has ${REPORT_SIZE}`);
  const reader = new ByteReader(bytes);
  const version = reader.u32le();
  if (version < 2 || version > 5) refuse('SNP_VERSION', `${version}`);
  const guestSvn = reader.u32le();
  const policy = readPolicy(reader.u64le());
  const familyId = reader.take(16);
  const imageId = reader.take(16);
  const vmpl = reader.u32le();
  if (vmpl > 3) refuse('SNP_VMPL', `${vmpl}`);
  const algorithm = reader.u32le();
  if (algorithm !== 1) refuse('SNP_SIGNATURE_ALGO', `${algorithm}`);
  const currentTcb = reader.take(8);
  const platformInfo = reader.u64le();
  const keyInfo = readKeyInfo(reader.u32le());
  requireZero(reader.take(4), '0x4c');
  const reportData = reader.take(64);
  const measurement = reader.take(48);
  const hostData = reader.take(32);
  const idKeyDigest = reader.take(48);
  const authorKeyDigest = reader.take(48);
  const reportId = reader.take(32);
  const reportIdMa = reader.take(32);
  const reportedTcb = reader.take(8);
  const cpu = readCpu(reader, version);
  const chipId = reader.take(64);
  const committedTcb = reader.take(8);
  const currentVersion = readVersion(reader, '0x1eb');
  const committedVersion = readVersion(reader, '0x1ef');
  const launchTcb = reader.take(8);
  const mitigations = readMitigations(reader, version);
  requireZero(reader.take(SIGNED_SIZE - reader.offset), 'before the signature');
  const r = reader.take(72);
  const s = reader.take(72);
  requireZero(reader.rest(), 'after the signature');

  const tcbLayout = layoutOf(cpu.product, chipId);
  const tcb = (field: Uint8Array): SnpTcb => decodeTcb(field, tcbLayout);
  return {
    bytes, version, guestSvn, policy, familyId, imageId, vmpl, platformInfo, ...keyInfo,
    reportData, measurement, hostData, idKeyDigest, authorKeyDigest, reportId, reportIdMa, ...cpu, chipId,
    tcbLayout, currentTcb: tcb(currentTcb), reportedTcb: tcb(reportedTcb), committedTcb: tcb(committedTcb), launchTcb: tcb(launchTcb),
    reportedTcbBytes: reportedTcb, currentVersion, committedVersion, ...mitigations, r, s,
  };
}

const bit = (value: bigint, position: number): boolean => ((value >> BigInt(position)) & 1n) === 1n;

function readPolicy(value: bigint): GuestPolicy {
  if (!bit(value, 17)) refuse('SNP_POLICY_BITS', 'bit 17 is zero');
  if (value >> 26n !== 0n) refuse('SNP_POLICY_BITS', `0x${value.toString(16)}`);
  return { value, smt: bit(value, 16), migrationAgent: bit(value, 18), debug: bit(value, 19), singleSocket: bit(value, 20) };
}

function readKeyInfo(value: number): Pick<SnpReport, 'authorKeyEnabled' | 'chipKeyMasked' | 'signingKey'> {
  const kind = (value >>> 2) & 7;
  const signingKey = kind === 0 ? 'VCEK' : kind === 1 ? 'VLEK' : kind === 7 ? 'none' : refuse('SNP_KEY_INFO', `signing key ${kind}`);
  if (value >>> 5 !== 0) refuse('SNP_KEY_INFO', `0x${value.toString(16)}`);
  return { authorKeyEnabled: (value & 1) === 1, chipKeyMasked: (value & 2) === 2, signingKey };
}

/** 0x188 to 0x19f: CPUID from version 3 on, reserved before. */
function readCpu(reader: ByteReader, version: number): Pick<SnpReport, 'cpuId' | 'product'> {
  if (version < 3) {
    requireZero(reader.take(24), '0x188');
    return {};
  }
  const cpuId = { family: reader.u8(), model: reader.u8(), stepping: reader.u8() };
  requireZero(reader.take(21), '0x18b');
  const product = productOf(cpuId) ?? refuse('SNP_PRODUCT', `family 0x${cpuId.family.toString(16)} model 0x${cpuId.model.toString(16)}`);
  return { cpuId, product };
}

function readVersion(reader: ByteReader, reserved: string): FirmwareVersion {
  const [build = 0, minor = 0, major = 0] = reader.take(3);
  requireZero(reader.take(1), reserved);
  return { major, minor, build };
}

/** Defined from version 5 on; in 3 and 4, where they are set, they are read as what they are: they stand under the signature like everything else. */
function readMitigations(reader: ByteReader, version: number): Pick<SnpReport, 'launchMitigations' | 'currentMitigations'> {
  if (version < 3) return {};
  const vectors = { launchMitigations: reader.u64le(), currentMitigations: reader.u64le() };
  return version < 5 && vectors.launchMitigations === 0n && vectors.currentMitigations === 0n ? {} : vectors;
}

/** Version 2 names no processor; there a chip id of eight bytes tells Turin's layout. */
function layoutOf(product: SnpProduct | undefined, chipId: Uint8Array): TcbLayout {
  if (product !== undefined) return product === 'Turin' ? 'fmc' : 'classic';
  return isAllZero(chipId.subarray(8)) && !isAllZero(chipId) ? 'fmc' : 'classic';
}

/** True when the host kept the chip's identity out of the report. */
export const isChipMasked = (report: SnpReport): boolean => isAllZero(report.chipId);

export const describeVersion = ({ major, minor, build }: FirmwareVersion): string => `${major}.${minor} build ${build}`;

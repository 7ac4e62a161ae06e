/** The bodies of Intel quotes, field by field (little-endian; sizes are exact): SGX reports and the three kinds of TD report. */
import { ByteReader } from '../../encoding/bytes';

/** An SGX enclave report, 384 bytes. */
export interface SgxReport {
  readonly kind: 'SGX';
  readonly raw: Uint8Array;
  readonly cpuSvn: Uint8Array;
  readonly miscSelect: Uint8Array;
  /** 16 bytes; bit 1 of the first is DEBUG. */
  readonly attributes: Uint8Array;
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly reportData: Uint8Array;
}

/** A TD report: 584 bytes (TDX 1.0), 648 (1.5) or 885 (1.5Ex). Registers have 48 bytes. */
export interface TdReport {
  readonly kind: 'TDX 1.0' | 'TDX 1.5' | 'TDX 1.5Ex';
  readonly raw: Uint8Array;
  /** 16 component SVNs at the TD's launch. */
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  readonly tdAttributes: bigint;
  readonly tdAttributesBytes: Uint8Array;
  readonly xfam: bigint;
  readonly xfamBytes: Uint8Array;
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  readonly rtmr: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  readonly reportData: Uint8Array;
  /** From TDX 1.5 on: the component SVNs of now, and the measurement of bound service TDs. */
  readonly current?: { readonly teeTcbSvn: Uint8Array; readonly mrServiceTd: Uint8Array };
  /** TDX 1.5Ex alone: the service TDs this TD was built with and has now. Hashes of 48 bytes, attributes of 8. */
  readonly serviceTds?: {
    readonly initHash: Uint8Array;
    readonly initAttributes: Uint8Array;
    readonly currentHash: Uint8Array;
    readonly currentAttributes: Uint8Array;
  };
}

/** Body type of quote v5 → kind and exact size in bytes. */
export const BODY_TYPES: ReadonlyMap<number, { readonly kind: (SgxReport | TdReport)['kind']; readonly size: number }> = new Map([
  [1, { kind: 'SGX', size: 384 }],
  [2, { kind: 'TDX 1.0', size: 584 }],
  [3, { kind: 'TDX 1.5', size: 648 }],
  [4, { kind: 'TDX 1.5Ex', size: 885 }],
]);

export const SGX_REPORT_BYTES = 384;
const REGISTER = 48;

/** Reads 384 bytes. */
export function readSgxReport(raw: Uint8Array): SgxReport {
  const reader = new ByteReader(raw);
  const cpuSvn = reader.take(16);
  const miscSelect = reader.take(4);
  reader.skip(28);
  const attributes = reader.take(16);
  const mrEnclave = reader.take(32);
  reader.skip(32);
  const mrSigner = reader.take(32);
  reader.skip(96);
  const isvProdId = reader.u16le();
  const isvSvn = reader.u16le();
  reader.skip(60);
  const reportData = reader.take(64);
  return { kind: 'SGX', raw, cpuSvn, miscSelect, attributes, mrEnclave, mrSigner, isvProdId, isvSvn, reportData };
}

/** Reads a TD report of exactly the size that belongs to its kind. */
export function readTdReport(raw: Uint8Array, kind: TdReport['kind']): TdReport {
  const reader = new ByteReader(raw);
  const teeTcbSvn = reader.take(16);
  const mrSeam = reader.take(REGISTER);
  const mrSignerSeam = reader.take(REGISTER);
  const seamAttributes = reader.take(8);
  const tdAttributesBytes = reader.take(8);
  const xfamBytes = reader.take(8);
  const mrTd = reader.take(REGISTER);
  const mrConfigId = reader.take(REGISTER);
  const mrOwner = reader.take(REGISTER);
  const mrOwnerConfig = reader.take(REGISTER);
  const rtmr = [reader.take(REGISTER), reader.take(REGISTER), reader.take(REGISTER), reader.take(REGISTER)] as const;
  const reportData = reader.take(64);
  const current = kind === 'TDX 1.0' ? {} : { current: { teeTcbSvn: reader.take(16), mrServiceTd: reader.take(REGISTER) } };
  const serviceTds = kind === 'TDX 1.5Ex' ? { serviceTds: readServiceTds(reader) } : {};
  return {
    kind,
    raw,
    teeTcbSvn,
    mrSeam,
    mrSignerSeam,
    seamAttributes,
    tdAttributes: new ByteReader(tdAttributesBytes).u64le(),
    tdAttributesBytes,
    xfam: new ByteReader(xfamBytes).u64le(),
    xfamBytes,
    mrTd,
    mrConfigId,
    mrOwner,
    mrOwnerConfig,
    rtmr,
    reportData,
    ...current,
    ...serviceTds,
  };
}

/** The last 237 bytes of a 1.5Ex report: VM id, TD id and device information, then what serves the TD. */
function readServiceTds(reader: ByteReader): NonNullable<TdReport['serviceTds']> {
  reader.skip(1 + 32 + 48);
  const initHash = reader.take(REGISTER);
  const initAttributes = reader.take(8);
  // CPU SVN, TEE TCB SVN and FMSPC of the machine it was built on.
  reader.skip(16 + 16 + 12);
  return { initHash, initAttributes, currentHash: reader.take(REGISTER), currentAttributes: reader.take(8) };
}

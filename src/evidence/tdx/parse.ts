/**
 * Intel DCAP quotes as bytes: v3 (SGX), v4 (SGX, TDX 1.0), v5 (SGX, TDX 1.0, 1.5, 1.5Ex). Every length must fit exactly;
 * nothing is believed here, only taken apart.
 */
import { BODY_TYPES, SGX_REPORT_BYTES, readSgxReport, readTdReport } from './report';
import type { SgxReport, TdReport } from './report';
import { ByteReader, isAllZero, ownedBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { CodedError } from '../../checks/error';

export interface Quote {
  readonly version: 3 | 4 | 5;
  readonly tee: 'tdx' | 'sgx';
  readonly body: SgxReport | TdReport;
  /** Header, body descriptor where there is one, and body: what the attestation key signed. */
  readonly signedBytes: Uint8Array;
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array;
  /** x‖y, 64 bytes. */
  readonly attestationKey: Uint8Array;
  readonly qeReport: SgxReport;
  /** r‖s, 64 bytes, by the PCK leaf. */
  readonly qeReportSignature: Uint8Array;
  /** Any length, 0 included. */
  readonly qeAuthData: Uint8Array;
  /** 1 to 5; only 5 carries the PCK chain (PEM). */
  readonly certificationType: number;
  readonly certificationData: Uint8Array;
  /** What follows the declared end. Zeros are buffer padding; anything else does not belong there. */
  readonly trailing: Uint8Array;
}

const HEADER_BYTES = 48;
const ECDSA_P256 = 2;
const INTEL_QE = '939a7233f79c4ca9940a0db3957f0607';
const QE_REPORT_CERTIFICATION = 6;
/** Real quotes have 5 kB, in buffers of up to 16 kB. */
const MAX_BYTES = 256 * 1024;

/** True when the bytes begin like an Intel quote: for telling evidence apart, not a finding. */
export function looksLikeQuote(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_BYTES && [3, 4, 5].includes(bytes[0] ?? 0) && bytes[1] === 0 && toHex(bytes.subarray(12, 28)) === INTEL_QE;
}

/**
 * Takes a quote apart. Raises `TRUNCATED QUOTE_VERSION AK_TYPE TEE_TYPE QE_VENDOR BODY_TYPE AUTH_SIZE CERT_TYPE CERT_SIZE`,
 * and `EVIDENCE_MALFORMED` above 256 KiB. Trailing bytes are handed back, not judged. All fields are views of one copy:
 * what is verified stays what is read, whatever becomes of the bytes given while signatures are awaited.
 */
export function parseQuote(given: Uint8Array): Quote {
  if (given.length > MAX_BYTES) throw new CodedError('EVIDENCE_MALFORMED', `${given.length} bytes, at most ${MAX_BYTES} are read`);
  const bytes = ownedBytes(given);
  const reader = new ByteReader(bytes);
  const { version, tee } = readHeader(new ByteReader(reader.take(HEADER_BYTES)));
  const body = readBody(reader, version, tee);
  const signedBytes = bytes.subarray(0, reader.offset);
  const auth = new ByteReader(reader.take(reader.u32le()), 'AUTH_SIZE');
  const signature = auth.take(64);
  const attestationKey = auth.take(64);
  const certification = readCertification(version === 3 ? auth : enterQeReportCertification(auth));
  return { version, tee, body, signedBytes, signature, attestationKey, ...certification, trailing: reader.rest() };
}

function readHeader(header: ByteReader): { version: Quote['version']; tee: Quote['tee'] } {
  const version = header.u16le();
  if (version !== 3 && version !== 4 && version !== 5) throw new CodedError('QUOTE_VERSION', `version ${version}`);
  const keyType = header.u16le();
  if (keyType !== ECDSA_P256) throw new CodedError('AK_TYPE', `attestation key type ${keyType}`);
  const teeType = header.u32le();
  if (teeType !== 0 && teeType !== 0x81) throw new CodedError('TEE_TYPE', `TEE type 0x${teeType.toString(16)}`);
  if (version === 3 && teeType !== 0) throw new CodedError('TEE_TYPE', `TEE type 0x${teeType.toString(16)} in a v3 quote`);
  header.skip(4);
  const vendor = toHex(header.take(16));
  if (vendor !== INTEL_QE) throw new CodedError('QE_VENDOR', `QE vendor ${vendor}`);
  return { version, tee: teeType === 0 ? 'sgx' : 'tdx' };
}

function readBody(reader: ByteReader, version: Quote['version'], tee: Quote['tee']): SgxReport | TdReport {
  const type = version === 5 ? reader.u16le() : tee === 'sgx' ? 1 : 2;
  const known = BODY_TYPES.get(type);
  if (known === undefined) throw new CodedError('BODY_TYPE', `body type ${type}`);
  if ((known.kind === 'SGX') !== (tee === 'sgx')) throw new CodedError('BODY_TYPE', `body type ${type} in a quote for ${tee}`);
  const size = version === 5 ? reader.u32le() : known.size;
  if (size !== known.size) throw new CodedError('BODY_TYPE', `body type ${type} of ${size} bytes`);
  const raw = reader.take(size);
  return known.kind === 'SGX' ? readSgxReport(raw) : readTdReport(raw, known.kind);
}

function enterQeReportCertification(auth: ByteReader): ByteReader {
  const type = auth.u16le();
  if (type !== QE_REPORT_CERTIFICATION) throw new CodedError('CERT_TYPE', `outer certification data type ${type}`);
  const size = auth.u32le();
  if (size !== auth.remaining) throw new CodedError('AUTH_SIZE', `certification data of ${size} bytes, ${auth.remaining} there`);
  return new ByteReader(auth.rest(), 'AUTH_SIZE');
}

type Certification = Pick<Quote, 'qeReport' | 'qeReportSignature' | 'qeAuthData' | 'certificationType' | 'certificationData'>;

function readCertification(reader: ByteReader): Certification {
  const qeReport = readSgxReport(reader.take(SGX_REPORT_BYTES));
  const qeReportSignature = reader.take(64);
  const qeAuthData = reader.take(reader.u16le());
  const certificationType = reader.u16le();
  const size = reader.u32le();
  if (size !== reader.remaining) throw new CodedError('CERT_SIZE', `certification data of ${size} bytes, ${reader.remaining} there`);
  if (certificationType < 1 || certificationType > 5) throw new CodedError('CERT_TYPE', `certification data type ${certificationType}`);
  return { qeReport, qeReportSignature, qeAuthData, certificationType, certificationData: reader.rest() };
}

/** The 64 bytes the software in the TEE asked to have signed. */
export const reportDataOf = (quote: Quote): Uint8Array => quote.body.reportData;

export const hasJunk = (quote: Quote): boolean => !isAllZero(quote.trailing);

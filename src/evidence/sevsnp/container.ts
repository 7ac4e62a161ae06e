/** What may stand behind a report: nothing, zeros, or the certificate table that a guest request returns (GHCB, extended report). */
import { CodedError } from '../../checks/error';
import { ByteReader, isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { REPORT_SIZE } from './report';

/** GUIDs in RFC 4122 byte order. */
const GUIDS = {
  '63da758de6644564adc5f4b93be8accd': 'vcek',
  a8074bc2a25a483eaae639c045a0b8a1: 'vlek',
  '4ab7b379bbac4fe4a02f05aef327c782': 'ask',
  c0b406a4a803495297433fb6014cd0ae: 'ark',
  '92f81bc358114d3d97ffd19f88dc67ea': 'crl',
} as const satisfies Record<string, string>;
type EntryKind = (typeof GUIDS)[keyof typeof GUIDS];

const isKnownGuid = (guid: string): guid is keyof typeof GUIDS => guid in GUIDS;

/** Certificates and CRLs found behind a report, as DER, unverified. Other entries are the platform's own business. */
export type CertificateTable = Readonly<Partial<Record<EntryKind, Uint8Array>>>;

const ENTRY_SIZE = 24;
const MAX_ENTRIES = 32;
const MAX_TABLE = 256 * 1024;

/**
 * Reads entries of 24 bytes `{ GUID, u32 offset, u32 length }` up to the all-zero one; offsets count from the table's
 * start. Raises `TRAILING_BYTES` when the bytes are no such table, or hold more than it and what it points to.
 */
export function readCertificateTable(table: Uint8Array): CertificateTable {
  if (table.length > MAX_TABLE) throw new CodedError('TRAILING_BYTES', `${table.length} bytes after the report`);
  const reader = new ByteReader(table, 'TRAILING_BYTES');
  const found: Partial<Record<EntryKind, Uint8Array>> = {};
  const unclaimed = new Uint8Array(table);
  for (let count = 0; ; count += 1) {
    const entry = reader.take(ENTRY_SIZE);
    unclaimed.fill(0, reader.offset - ENTRY_SIZE, reader.offset);
    if (isAllZero(entry)) break;
    if (count === MAX_ENTRIES) throw new CodedError('TRAILING_BYTES', `more than ${MAX_ENTRIES} certificate table entries`);
    const fields = new ByteReader(entry);
    const guid = toHex(fields.take(16));
    const content = new ByteReader(table, 'TRAILING_BYTES');
    content.skip(fields.u32le());
    const value = content.take(fields.u32le());
    unclaimed.fill(0, content.offset - value.length, content.offset);
    if (!isKnownGuid(guid)) continue;
    const kind = GUIDS[guid];
    if (found[kind] !== undefined) throw new CodedError('TRAILING_BYTES', `two ${kind} entries`);
    found[kind] = value;
  }
  if (!isAllZero(unclaimed)) throw new CodedError('TRAILING_BYTES', 'bytes that no certificate table entry points to');
  return found;
}

export interface SplitReport {
  readonly report: Uint8Array;
  readonly table: CertificateTable;
  /** Bytes that belong to nothing. */
  readonly problem?: CodedError;
}

/** Cuts the report from what follows it. Never raises: what is too short is the report parser's to refuse. */
export function splitReport(bytes: Uint8Array): SplitReport {
  const report = bytes.subarray(0, REPORT_SIZE);
  const rest = bytes.subarray(REPORT_SIZE);
  if (isAllZero(rest)) return { report, table: {} };
  try {
    return { report, table: readCertificateTable(rest) };
  } catch (error) {
    if (error instanceof CodedError) return { report, table: {}, problem: error };
    throw error;
  }
}

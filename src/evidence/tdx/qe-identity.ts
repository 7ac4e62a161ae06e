/** Intel's identity of the quoting enclave (version 2), read from text whose signature was verified, and its comparison. */
import { contradiction } from '../findings';
import type { Fault } from '../findings';
import type { SgxReport } from './report';
import { readIsvLevels } from './tcb-info';
import type { IsvLevel } from './tcb-info';
import { BoundedMap } from '../../encoding/bounded-map';
import { fromHex, toHex } from '../../encoding/hex';
import { parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import { CodedError } from '../../checks/error';

export interface QeIdentity {
  readonly id: string;
  /** Ms since the epoch. */
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly evaluationDataNumber: number;
  /** Hex in the byte order of the report. */
  readonly miscSelect: string;
  readonly miscSelectMask: string;
  readonly attributes: string;
  readonly attributesMask: string;
  readonly mrSigner: string;
  readonly isvProdId: number;
  readonly levels: readonly IsvLevel[];
}

const CODE = 'QE_IDENTITY_PARSE';
const IDS = { tdx: 'TD_QE', sgx: 'QE' } as const;
const kept = new BoundedMap<QeIdentity>(16, 256 * 1024);

/** Reads a verified QE identity for this TEE. Raises `QE_IDENTITY_ID QE_IDENTITY_VERSION QE_IDENTITY_PARSE`. */
export function readQeIdentity(text: string, tee: 'tdx' | 'sgx'): QeIdentity {
  const identity = kept.getOrMake(text, () => parse(text, tee));
  if (identity.id !== IDS[tee]) throw new CodedError('QE_IDENTITY_ID', `identity of ${identity.id}, ${IDS[tee]} belongs to ${tee}`);
  return identity;
}

function parse(text: string, tee: 'tdx' | 'sgx'): QeIdentity {
  const root = new JsonView(parseJson(text, { code: CODE, maxDepth: 8, maxLength: 256 * 1024 }), 'enclaveIdentity', CODE);
  const id = root.get('id').string();
  // Before anything else is read: another signed statement of Intel's has other fields.
  if (id !== IDS.tdx && id !== IDS.sgx) throw new CodedError('QE_IDENTITY_ID', `identity of ${id.slice(0, 16)}, ${IDS[tee]} belongs to ${tee}`);
  const version = root.get('version').uint();
  if (version !== 2) throw new CodedError('QE_IDENTITY_VERSION', `QE identity version ${version}`);
  return {
    id,
    issueDate: root.get('issueDate').time(),
    nextUpdate: root.get('nextUpdate').time(),
    evaluationDataNumber: root.get('tcbEvaluationDataNumber').uint(),
    miscSelect: root.get('miscselect').hex(4),
    miscSelectMask: root.get('miscselectMask').hex(4),
    attributes: root.get('attributes').hex(16),
    attributesMask: root.get('attributesMask').hex(16),
    mrSigner: root.get('mrsigner').hex(32),
    isvProdId: root.get('isvprodid').uint(0xffff),
    levels: readIsvLevels(root.get('tcbLevels')),
  };
}

/** Forgets what was read; benchmarks measure the cold case with it. */
export function forgetQeIdentities(): void {
  kept.clear();
}

/** Compares a quoting enclave's report with its identity, field by field. */
export function compareQe(report: SgxReport, identity: QeIdentity): readonly Fault[] {
  const compared = [
    ['QE_MISCSELECT', identity.miscSelect, masked(report.miscSelect, identity.miscSelectMask)],
    ['QE_ATTRIBUTES', identity.attributes, masked(report.attributes, identity.attributesMask)],
    ['QE_MRSIGNER', identity.mrSigner, toHex(report.mrSigner)],
    ['QE_ISVPRODID', String(identity.isvProdId), String(report.isvProdId)],
  ] as const;
  return compared.flatMap(([code, expected, actual]) => (expected === actual ? [] : [contradiction(code, 'the quoting enclave is not the one Intel names', { expected, actual })]));
}

function masked(value: Uint8Array, maskHex: string): string {
  const mask = fromHex(maskHex);
  return toHex(value.map((byte, i) => byte & (mask[i] ?? 0)));
}

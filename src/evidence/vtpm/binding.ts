/** What ties an attestation key to hardware, in the layout of Cocos: the report's 64 bytes are a digest over the caller's and the key. */
import { fail, pass } from '../../checks/check';
import type { Check } from '../../checks/check';
import { sha3_512 } from '@noble/hashes/sha3.js';
import { concatBytes, equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';

export interface AkBindingInput {
  /** TPMT_PUBLIC exactly as it came. */
  readonly akPublic: Uint8Array;
  /** The 64 bytes that were sent as report_data. */
  readonly requested: Uint8Array;
  /** REPORT_DATA of the hardware report, 64 bytes; absent when there is no report at all. */
  readonly reportData: Uint8Array | undefined;
}

/** REPORT_DATA as Cocos's agent makes it: SHA3-512 (FIPS 202) over the requested 64 bytes and TPMT_PUBLIC. */
export const boundReportData = (requested: Uint8Array, akPublic: Uint8Array): Uint8Array => sha3_512(concatBytes(requested, akPublic));

/**
 * The check `ak.binding`. `NO_TEE_EVIDENCE` without a hardware report; `AK_NOT_BOUND` when the report speaks of another
 * key, another request, or of neither (Azure). Whether the report itself holds is its own verifier's finding.
 */
export function checkAkBinding({ akPublic, requested, reportData }: AkBindingInput): Check {
  if (reportData === undefined) return fail('ak.binding', 'NO_TEE_EVIDENCE', 'no hardware report beside the quotes');
  const bound = boundReportData(requested, akPublic);
  const values = { expected: toHex(bound), actual: toHex(reportData) };
  return equalBytes(reportData, bound) ? pass('ak.binding', 'SHA3-512(report_data ‖ key)', values) : fail('ak.binding', 'AK_NOT_BOUND', 'report_data', values);
}

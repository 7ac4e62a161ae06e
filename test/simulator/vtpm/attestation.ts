/**
 * The protobuf in which go-tpm-tools (and so Cocos) carries a TPM's evidence: `attest.Attestation` with key, quotes, log
 * and the hardware report that should speak of the key.
 */
import { createHash } from 'node:crypto';
import { bytes, nested, number } from '../sevsnp/protobuf.ts';
import { BANK_ID } from './tpm.ts';
import type { Quote } from './tpm.ts';

/** REPORT_DATA of the hardware report by Cocos's rule: SHA3-512 over the caller's 64 bytes and TPMT_PUBLIC. */
export const boundReportData = (reportData: Uint8Array, akPublic: Uint8Array): Buffer => createHash('sha3-512').update(reportData).update(akPublic).digest();

/** `tpm.Quote`: the entry of register 0 has no key, being zero. */
function quoteMessage({ attest, signature, bank, registers }: Quote): Buffer {
  const values = [...registers].map(([index, value]) => nested(2, number(1, index), bytes(2, value)));
  return Buffer.concat([bytes(1, attest), bytes(2, signature), nested(3, number(1, BANK_ID[bank]), ...values)]);
}

export interface VtpmAttestationOptions {
  readonly akPublic: Uint8Array;
  readonly quotes: readonly Quote[];
  readonly eventLog?: Uint8Array;
  /** `sevsnp.Attestation`. */
  readonly snp?: Uint8Array;
}

/** `attest.Attestation` as bytes. */
export const vtpmAttestation = ({ akPublic, quotes, eventLog, snp }: VtpmAttestationOptions): Buffer =>
  Buffer.concat([
    bytes(1, akPublic), ...quotes.map((one) => nested(2, quoteMessage(one))), ...(eventLog === undefined ? [] : [bytes(3, eventLog)]), ...(snp === undefined ? [] : [bytes(8, snp)]),
  ]);

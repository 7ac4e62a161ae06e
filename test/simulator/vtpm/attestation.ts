/**
 * The protobuf in which go-tpm-tools (and so Cocos) carries a TPM's evidence: `attest.Attestation` with key, quotes, log
 * and the hardware report that should speak of the key.
 */
import { createHash } from 'node:crypto';
import { bytes, bytesByNumber, enumeration, message, messages, toWire } from '../sevsnp/protobuf.ts';
import type { Field } from '../sevsnp/protobuf.ts';
import { BANK_ID } from './tpm.ts';
import type { Quote } from './tpm.ts';

/** REPORT_DATA of the hardware report by Cocos's rule: SHA3-512 over the caller's 64 bytes and TPMT_PUBLIC. */
export const boundReportData = (reportData: Uint8Array, akPublic: Uint8Array): Buffer => createHash('sha3-512').update(reportData).update(akPublic).digest();

/** `tpm.Quote`. */
const quoteFields = ({ attest, signature, bank, registers }: Quote): readonly Field[] => [
  bytes(1, 'quote', attest), bytes(2, 'rawSig', signature), message(3, 'pcrs', [enumeration(1, 'hash', BANK_ID[bank], bank.toUpperCase()), bytesByNumber(2, 'pcrs', registers)]),
];

export interface VtpmAttestationOptions {
  readonly akPublic: Uint8Array;
  readonly quotes: readonly Quote[];
  readonly eventLog?: Uint8Array;
  /** `sevsnp.Attestation`. */
  readonly snp?: readonly Field[];
}

/** `attest.Attestation`. */
export const vtpmFields = ({ akPublic, quotes, eventLog = new Uint8Array(), snp }: VtpmAttestationOptions): readonly Field[] => [
  bytes(1, 'akPub', akPublic), messages(2, 'quotes', quotes.map(quoteFields)), bytes(3, 'eventLog', eventLog), ...(snp === undefined ? [] : [message(8, 'sevSnpAttestation', snp)]),
];

/** `attest.Attestation` as bytes. */
export const vtpmAttestation = (options: VtpmAttestationOptions): Buffer => toWire(vtpmFields(options));

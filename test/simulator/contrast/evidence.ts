/** What a Coordinator's machine signs: a SEV-SNP report for any REPORT_DATA in go-sev-guest's protobuf, with AMD's certificates and revocation list beside it. */
import { CubeAgent } from '../cube/agent.ts';
import { domainWith } from '../cube/domains.ts';
import { quoteFields } from '../cube/quote-fields.ts';
import { Switchboard } from '../faults.ts';
import { amdCrlDates } from '../kds.ts';
import { amdCrl } from '../pki/amd.ts';
import { snpAttestation } from '../sevsnp/attestation.ts';
import { older, OTHER_SNP_MEASUREMENT } from '../sevsnp/machine.ts';
import { toWire } from '../sevsnp/protobuf.ts';
import { snpReport } from '../sevsnp/report.ts';
import { tdxQuote } from '../tdx/quote.ts';
import { CONTRAST_GUEST_POLICY, CONTRAST_MACHINE, CONTRAST_MEASUREMENT } from './deployment.ts';
import { contrastIdKeyDigest, GUEST_SVN } from './id-block.ts';

/** MEASUREMENT's first byte: signed, and read by everyone. */
const TAMPERED = 0x90;
/** SMT, and the bit that must be one: what every guest policy here has. */
const ALWAYS = 0x3_0000n;

/** Nobody holds the key, so it is the same for every machine that Contrast launches. */
const ID_KEY_DIGEST = contrastIdKeyDigest(CONTRAST_MEASUREMENT, ALWAYS | CONTRAST_GUEST_POLICY);

export interface EvidenceAsked {
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** 32 bytes: the digest of the policy that the machine runs under. */
  readonly hostData: Uint8Array;
  /** Ms since the epoch. */
  readonly now: number;
  readonly on: Switchboard;
}

/** `raw_attestation_doc`. */
export function evidenceFor({ reportData, hostData, now, on }: EvidenceAsked): Buffer {
  if (on.has('contrast-foreign-report')) return mintedByCube(reportData, now);
  if (on.has('contrast-foreign-quote')) return toWire(quoteFields(tdxQuote({ reportData: Buffer.from(reportData), now })));
  const machine = on.has('contrast-tcb-old') ? { ...older(CONTRAST_MACHINE), platformInfo: CONTRAST_MACHINE.platformInfo } : CONTRAST_MACHINE;
  const report = snpReport({
    reportData, hostData, machine, version: 5, guestPolicy: CONTRAST_GUEST_POLICY, debug: on.has('contrast-debug-guest'),
    measurement: on.has('contrast-measurement-differs') ? OTHER_SNP_MEASUREMENT : CONTRAST_MEASUREMENT,
    ...(on.has('contrast-no-id-block') ? {} : { guestSvn: GUEST_SVN, idKeyDigest: ID_KEY_DIGEST }),
    ...(on.has('contrast-report-tampered') ? { tamper: [[TAMPERED, 0x01] as const] } : {}),
  });
  const { issued, next, number } = amdCrlDates(now, 'current');
  return snpAttestation({
    report, machine, now, newest: 5,
    ...(on.has('contrast-certificates-missing') ? { certificateOf: 'none' as const } : { crl: amdCrl({ product: machine.product, number, thisUpdate: issued, nextUpdate: next }) }),
  });
}

/** The agent of another service, asked as anybody may ask it. */
function mintedByCube(reportData: Uint8Array, now: number): Buffer {
  const minted = new CubeAgent(new Switchboard(), () => now).attestation(domainWith('snp'), { reportData: Buffer.from(reportData), nonce: Buffer.alloc(32) });
  if (typeof minted === 'string') throw new Error(minted);
  return minted;
}

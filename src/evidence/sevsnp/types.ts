/** What goes into and comes out of the judgement of one SEV-SNP attestation report. */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import type { SnpPolicy } from '../../checks/policy';
import type { Anchor } from '../../roots/anchors';
import type { PlatformBit } from './platform';
import type { SnpProduct } from './product';
import type { SnpTcb } from './tcb';

/** AMD's endorsements, from wherever they came: each proves itself against the anchors. */
export interface SnpEndorsements {
  /** The endorsement key's certificate (VCEK or VLEK), DER. Without it a certificate table behind the report is looked at. */
  readonly vek?: Uint8Array;
  /** ASK or ASVK certificates, DER, in any order; a root among them is ignored. Not needed where the pinned keys serve. */
  readonly intermediates?: readonly Uint8Array[];
  /** CRLs, DER, of any product line; those of this chain's root are used. Absent (not empty), the certificate table's is. */
  readonly crls?: readonly Uint8Array[];
}

interface Problem {
  readonly code: Code;
  readonly detail: string;
}

export interface SnpInput {
  /** The report of 1184 bytes; zeros or a certificate table may follow. */
  readonly report: Uint8Array;
  readonly endorsements: SnpEndorsements;
  /** Anchors of kind `ark`; others are ignored. */
  readonly anchors: readonly Anchor[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: SnpPolicy;
  /** The 64 bytes that REPORT_DATA must hold, where the caller knows them: adds the check `reportdata`. */
  readonly reportData?: Uint8Array;
  /** Why the certificate could not be had, where the getter knows. */
  readonly vekProblem?: Problem;
  /** Why the CRL could not be had. With it the check `vek.revocation` is required. */
  readonly crlProblem?: Problem;
  /** Set where this machine's clock is known to be behind: every question of dates is then open, `CLOCK_BEHIND`. */
  readonly clockBehind?: { readonly detail: string };
}

export interface SnpCertificateFact {
  readonly role: 'ask' | 'vek';
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
}

/** Decoded fields for the evidence page and the command line's `claims`; hex is lower-case without 0x. */
export interface SnpClaims {
  readonly tee: 'snp';
  /** From the report, or for version 2 from the certificate, which does not have to hold for it to be named here. */
  readonly product?: SnpProduct;
  readonly version: number;
  readonly vmpl: number;
  /** The guest policy as one number, hex without leading zeros. */
  readonly policy: string;
  readonly debug: boolean;
  readonly measurement: string;
  readonly hostData: string;
  readonly chipId: string;
  readonly reportedTcb: SnpTcb;
  readonly committedTcb: SnpTcb;
  readonly currentTcb: SnpTcb;
  readonly launchTcb: SnpTcb;
  readonly keyKind: 'VCEK' | 'VLEK' | 'none';
  readonly reportData: string;
}

/** What the evidence page draws beside the claims. */
export interface SnpFacts {
  /** The anchor at the end of the chain; of a root only the key is pinned. */
  readonly root?: { readonly subject: string; readonly fingerprint: string; readonly source: string };
  /** From the intermediate down. */
  readonly certificates: readonly SnpCertificateFact[];
  readonly guestSvn: number;
  readonly familyId: string;
  readonly imageId: string;
  readonly idKeyDigest: string;
  readonly authorKeyDigest: string;
  readonly reportId: string;
  readonly guestPolicy: { readonly smt: boolean; readonly migrationAgent: boolean; readonly debug: boolean; readonly singleSocket: boolean };
  /** The PLATFORM_INFO bits that are set. */
  readonly platform: readonly PlatformBit[];
  /** Set PLATFORM_INFO bits without a name here, hex. */
  readonly platformUnnamed: string;
  /** `1.55 build 29`. */
  readonly currentVersion: string;
  readonly committedVersion: string;
  /** Lower-case hex, from version 5 on. */
  readonly mitigations?: { readonly launch: string; readonly current: string };
  /** The cloud provider named in a VLEK certificate. */
  readonly cspId?: string;
  /** Dates of the CRL that was used (ISO 8601). */
  readonly crl?: { readonly issued: string; readonly next: string; readonly number?: string };
}

export interface SnpResult {
  /** In CLI.md's ids and order: `parse vek.chain vek.revocation vek.binding report.signature policy.guest policy.platform policy.vmpl tcb`, then `reportdata` and `measurement` where something was expected of them. */
  readonly checks: readonly Check[];
  /** Absent when the report could not be parsed. */
  readonly claims?: SnpClaims;
  readonly facts?: SnpFacts;
}

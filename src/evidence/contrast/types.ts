/** What goes into and comes out of the judgement of one Contrast Coordinator's attestation. */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import type { SnpPolicy, TdxPolicy } from '../../checks/policy';
import type { Anchor } from '../../roots/anchors';
import type { Certificate } from '../../x509/certificate';
import type { SnpClaims, SnpEndorsements, SnpFacts } from '../sevsnp/types';
import type { CollateralProblem, TdxClaims, TdxCollateral, TdxFacts } from '../tdx/types';
import type { Manifest } from './manifest-types';

interface Problem {
  readonly code: Code;
  readonly detail: string;
}

/** AMD's endorsements for a report, beside those that came with it; never raises. Fits `amdKds`. */
export type SnpEndorsementSource = (report: Uint8Array, sent: SnpEndorsements) => Promise<{
  readonly endorsements: SnpEndorsements;
  readonly vekProblem?: Problem;
  readonly crlProblem?: Problem;
}>;

/** Intel's endorsements for a quote; never raises. */
export type TdxEndorsementSource = (quote: Uint8Array) => Promise<{ readonly collateral: TdxCollateral; readonly problem?: CollateralProblem }>;

/** The manifests that the caller knows, and what a deployment of this kind must be. */
export interface ManifestRules {
  /** How the newest manifest is held against what the caller knows; gives the check `manifest.pin`. */
  readonly pin: (sha256: string) => Check;
  /** Exactly one manifest, ever (`manifest.history`). */
  readonly single: boolean;
  /** No keys that could set another manifest (`manifest.history`). */
  readonly immutable: boolean;
}

export interface ContrastInput {
  /** The Coordinator's JSON, UTF-8, or `{ "AttestationDoc": base64 of it }`. */
  readonly document: Uint8Array;
  /** The 32 bytes that were sent. Without them nothing binds the manifest, and the result is open. */
  readonly nonce?: Uint8Array;
  readonly manifest: ManifestRules;
  readonly snp: SnpEndorsementSource;
  readonly tdx: TdxEndorsementSource;
  readonly anchors: readonly Anchor[];
  /** Ms since the epoch. */
  readonly now: number;
  readonly policy: { readonly snp: SnpPolicy; readonly tdx: TdxPolicy };
  readonly clockBehind?: { readonly detail: string };
}

/** The hardware's statement, rebuilt to its raw form, with the endorsements that it was judged by. */
export type ContrastEvidence =
  | { readonly kind: 'snp'; readonly raw: Uint8Array; readonly endorsements: SnpEndorsements; readonly claims?: SnpClaims; readonly facts?: SnpFacts }
  | { readonly kind: 'tdx'; readonly raw: Uint8Array; readonly collateral: TdxCollateral; readonly claims?: TdxClaims; readonly facts?: TdxFacts };

export interface ContrastClaims {
  /** Of the Coordinator, as it says itself. */
  readonly version: string;
  /** SHA-256 of the newest manifest's bytes, and of it as Privatemode's page shows it: read and written anew as compact JSON. */
  readonly manifestSha256: string;
  readonly manifestSha256Compact?: string;
  readonly manifests: number;
  /** Policies that the newest manifest names, and how many texts came along. */
  readonly policies?: number;
  readonly policyTexts: number;
  /** SHA-256 of the mesh CA's and root CA's PEM as sent. */
  readonly meshCaSha256: string;
  readonly rootCaSha256: string;
}

export interface ContrastResult {
  /**
   * `doc manifest.parse manifest.pin manifest.history manifest.policies`, then the evidence's own checks, then
   * `reportdata hostdata measurement tcb guestpolicy platform mitigation chipid vmpl idblock meshca` (CLI.md);
   * `mitigation vmpl idblock` are SEV-SNP's alone. `doc` alone where the document could not be read.
   */
  readonly checks: readonly Check[];
  readonly claims?: ContrastClaims;
  readonly evidence?: ContrastEvidence;
  readonly manifest?: { readonly bytes: Uint8Array; readonly parsed?: Manifest };
  /** The anchor of everything inside the deployment; good only where no check failed or is open. */
  readonly meshCa?: Certificate;
  /** Why nothing that rests on the attested mesh CA may be called proven; empty where it is attested. */
  readonly open: readonly Check[];
  /** The check `manifest.pin`: what is known of the software that made every binding here. */
  readonly pin?: Check;
}

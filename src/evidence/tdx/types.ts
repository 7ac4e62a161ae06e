/** What goes into and comes out of the judgement of one Intel quote (TDX or SGX). */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import type { TcbStatus, TdxPolicy } from '../../checks/policy';
import type { Anchor } from '../../roots/anchors';

/**
 * Intel's endorsements in the field names of dcap-qvl (CLI.md). A field that is absent was not given
 * (`…_MISSING`); a field that is present but empty or garbage is a contradiction (`…_PARSE`).
 */
export interface TdxCollateral {
  /** PEM: PCK CA then root; only needed where the quote does not carry its chain. */
  readonly pck_crl_issuer_chain?: string;
  /** Lower-case hex DER. */
  readonly root_ca_crl?: string;
  /** Lower-case hex DER. */
  readonly pck_crl?: string;
  /** PEM: TCB signer then root. */
  readonly tcb_info_issuer_chain?: string;
  /** The exact signed text of the `tcbInfo` value. */
  readonly tcb_info?: string;
  /** Raw r‖s, hex. */
  readonly tcb_info_signature?: string;
  readonly qe_identity_issuer_chain?: string;
  readonly qe_identity?: string;
  readonly qe_identity_signature?: string;
}

/** One of Intel's four endorsements for a machine. */
export type EndorsementKind = 'root-crl' | 'pck-crl' | 'tcb-info' | 'qe-identity';

export interface Problem {
  readonly code: Code;
  readonly detail: string;
}

/** Why endorsements are missing or were not renewed: all in all and, where the getter knows, each by itself. */
export interface CollateralProblem extends Problem {
  readonly items?: Readonly<Partial<Record<EndorsementKind, Problem>>>;
}

export interface TdxInput {
  readonly quote: Uint8Array;
  readonly collateral: TdxCollateral;
  readonly anchors: readonly Anchor[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: TdxPolicy;
  /** Why collateral is missing, where the getter knows: becomes the code of the `unknown` checks. */
  readonly collateralProblem?: CollateralProblem;
  /** Set where this machine's clock is known to be behind (`clockBehind`): every question of dates is then open, `CLOCK_BEHIND`. */
  readonly clockBehind?: { readonly detail: string };
}

export interface CertificateFact {
  readonly role: 'root' | 'intermediate' | 'pck' | 'tcb-signer';
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
}

export interface TcbFact {
  readonly status: TcbStatus;
  readonly platform: TcbStatus;
  readonly module?: string;
  readonly qe: string;
  /** TDX 1.5: with the module the TD was launched on, and with the one that runs now. */
  readonly launch?: TcbStatus;
  readonly current?: TcbStatus;
  readonly advisoryIds: readonly string[];
  /** Of the matched level, ISO 8601. */
  readonly tcbDate: string;
  readonly evaluationDataNumber: number;
}

/** Decoded fields for the evidence page and the command line's `claims`; hex is lower-case without 0x. */
export interface TdxClaims {
  readonly tee: 'tdx' | 'sgx';
  readonly quoteVersion: number;
  readonly fmspc?: string;
  readonly tcb?: TcbFact;
  readonly debug?: boolean;
  readonly septVeDisable?: boolean;
  readonly mrTd?: string;
  readonly mrSeam?: string;
  readonly mrConfigId?: string;
  readonly mrOwner?: string;
  readonly mrOwnerConfig?: string;
  readonly mrServiceTd?: string;
  readonly rtmr0?: string;
  readonly rtmr1?: string;
  readonly rtmr2?: string;
  readonly rtmr3?: string;
  readonly reportData?: string;
  readonly tdAttributes?: string;
  readonly xfam?: string;
  readonly mrEnclave?: string;
  readonly mrSigner?: string;
}

/** What the evidence page draws beside the claims. */
export interface TdxFacts {
  readonly bodyKind: 'SGX' | 'TDX 1.0' | 'TDX 1.5' | 'TDX 1.5Ex';
  readonly certificates: readonly CertificateFact[];
  /** The matched level's SVNs against this machine's, for the component cells. */
  readonly components?: {
    readonly platform: readonly { readonly index: number; readonly have: number; readonly need: number; readonly compared: boolean }[];
    readonly tdx?: readonly { readonly index: number; readonly have: number; readonly need: number; readonly compared: boolean }[];
    readonly pceSvn: { readonly have: number; readonly need: number };
  };
  /** Dates of the collateral, for "Intel's list 19 of …, next due …" (ISO 8601). */
  readonly collateral: readonly { readonly kind: EndorsementKind; readonly issued: string; readonly next: string; readonly number?: number }[];
}

export interface TdxResult {
  /** In CLI.md's ids and order; `reportdata` is not among them: what it must hold is the dialect's business. */
  readonly checks: readonly Check[];
  /** Absent when the quote could not be parsed. */
  readonly claims?: TdxClaims;
  readonly facts?: TdxFacts;
}

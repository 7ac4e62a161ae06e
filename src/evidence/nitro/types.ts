/** What goes into and comes out of the judgement of one AWS Nitro Enclaves attestation document. */
import type { Check } from '../../checks/check';
import type { Anchor } from '../../roots/anchors';

export interface NitroInput {
  /** COSE_Sign1, tagged or not. */
  readonly document: Uint8Array;
  /** Anchors of kind `nitro`; others are ignored. */
  readonly anchors: readonly Anchor[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: { readonly allowDebug: boolean };
  /** What the document's nonce must be, where the caller sent one: adds the check `nonce`. */
  readonly nonce?: Uint8Array;
  /** What its user_data must be: adds the check `userdata`. */
  readonly userData?: Uint8Array;
  /** Set where this machine's clock is known to be behind: every question of dates is then open, `CLOCK_BEHIND`. */
  readonly clockBehind?: { readonly detail: string };
}

/** Decoded fields; hex is lower-case without 0x. */
export interface NitroClaims {
  readonly moduleId: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly debug: boolean;
  /** Register number → value. */
  readonly pcrs: Readonly<Record<string, string>>;
  readonly nonce?: string;
  readonly userData?: string;
  readonly publicKey?: string;
}

export interface NitroCertificateFact {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
}

export interface NitroResult {
  /** `parse chain signature timestamp pcrs policy.debug`, then `nonce` and `userdata` where something was expected of them. */
  readonly checks: readonly Check[];
  /** Absent when the document could not be parsed. */
  readonly claims?: NitroClaims;
  /** Root first; absent when they could not be read. */
  readonly certificates?: readonly NitroCertificateFact[];
}

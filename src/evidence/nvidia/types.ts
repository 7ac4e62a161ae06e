/** What goes into and comes out of the judgement of NVIDIA evidence: one GPU, or the GPUs and switches of a machine. */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import type { CodedError } from '../../checks/error';
import type { NvidiaPolicy } from '../../checks/policy';
import type { Anchor } from '../../roots/anchor';
import type { Certificate } from '../../x509/certificate';
import type { DeviceFamily } from './family';
import type { DeviceEvidence } from './items';
import type { RimRole, WantedRim } from './rim-id';

interface Problem {
  readonly code: Code;
  readonly detail: string;
}

/** A manifest of reference values from anywhere: it proves itself against the anchors. */
export interface RimCandidate {
  readonly xml: string;
  /** What the service called it, where it came with a name. */
  readonly id?: string;
  /** Where it came from, for the `source` of a check. */
  readonly from: string;
}

/**
 * Hands out what may be the wanted manifest, several where several issues are at hand; what could not even be read
 * stands as its fault. Never raises: `problem` says why there is nothing, or nothing new.
 */
export type RimSource = (wanted: WantedRim) => Promise<RimAnswer>;

export interface RimAnswer {
  readonly candidates: readonly (RimCandidate | CodedError)[];
  readonly problem?: Problem;
  /** True where nobody was asked now. */
  readonly kept?: boolean;
  /** Asks now: NVIDIA issues manifests anew with other values, so a mismatch with a kept one is not the last word. */
  readonly renew?: () => Promise<RimAnswer>;
}

/** An OCSP response, DER, and the nonce that its request carried, where it was asked for now. */
export interface OcspCandidate {
  readonly der: Uint8Array;
  readonly nonce?: Uint8Array;
}

/** Hands out responses about a certificate. Never raises: `problem` says why there is none. */
export type OcspSource = (certificate: Certificate, issuer: Certificate) => Promise<OcspAnswer>;

export interface OcspAnswer {
  readonly candidates: readonly OcspCandidate[];
  readonly problem?: Problem;
}

export interface GpuInput {
  /** As `readEvidenceJson` gives them; GPUs and switches may stand in any order. */
  readonly devices: readonly (DeviceEvidence | CodedError)[];
  /** What each SPDM request must carry, 32 bytes. What it is made from is the provider's business. */
  readonly nonce?: Uint8Array;
  /** Anchors of kind `nvidia-device` and `nvidia-rim`; others are ignored. */
  readonly anchors: readonly Anchor[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: NvidiaPolicy;
  /** Without it the checks `rim.*` and `measurements` are open and not required, and `list.endorsements` names the gap. */
  readonly rims?: RimSource;
  /** Without it the check `revocation` is open and not required, and `list.endorsements` names the gap. */
  readonly ocsp?: OcspSource;
  /** Set where this machine's clock is known to be behind: every question of dates is then open, `CLOCK_BEHIND`. */
  readonly clockBehind?: { readonly detail: string };
}

/** Decoded fields for the command line's `claims`; hex is lower-case without 0x. */
export interface DeviceClaims {
  readonly family?: DeviceFamily;
  /** GPUs only. */
  readonly driver?: string;
  readonly vbios?: string;
  /** Inside the SPDM request. */
  readonly nonce: string;
  /** The report's firmware id against the one in the leaf certificate. */
  readonly fwid?: 'match' | 'absent' | 'mismatch';
  /** `aa` enabled, `55` disabled. GPUs only. */
  readonly nvdec0?: string;
  /** How many measurements were compared with reference values. */
  readonly compared: number;
  /** Golden indices (from 0) that differ. */
  readonly mismatched: readonly number[];
  /** Serial number of the device identity certificate. */
  readonly bromSerial?: string;
}

export interface DeviceCertificateFact {
  readonly role: 'leaf' | 'device-identity' | 'provisioner' | 'product' | 'root' | 'rim-signer' | 'rim-intermediate' | 'rim-root';
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
}

/** One cell of a device's row: what became of one measurement. */
export interface MeasurementFact {
  /** Golden index, from 0; SPDM counts from 1. */
  readonly index: number;
  /** `skipped`: NVIDIA's rule for a decoder that is off; `unreferenced`: no manifest speaks of it. */
  readonly outcome: 'match' | 'mismatch' | 'skipped' | 'unreferenced';
  /** The manifest that speaks of it. */
  readonly role?: RimRole;
  /** Only where they differ: accepted values and the measured one (empty where there was none), lower-case hex. */
  readonly expected?: readonly string[];
  readonly actual?: string;
}

export interface RimFact {
  readonly role: RimRole;
  readonly id: string;
  readonly version: string;
  /** Where the manifest came from. */
  readonly from: string;
  /** Signer first. */
  readonly certificates: readonly DeviceCertificateFact[];
}

export interface OcspFact {
  readonly subject: string;
  readonly status: 'good' | 'revoked' | 'hold' | 'unknown' | 'not-checked';
  /** ISO 8601. */
  readonly thisUpdate?: string;
  readonly nextUpdate?: string;
}

/** What the evidence page draws, one row each device. */
export interface DeviceFacts {
  /** The prefix of its checks: `gpu[0]`, `switch[1]`. */
  readonly id: string;
  readonly family?: DeviceFamily;
  /** As the certificates name it: `GH100 A01 GSP BROM`. */
  readonly model?: string;
  readonly driver?: string;
  readonly vbios?: string;
  /** `ppcie`: one of a whole machine's GPUs, links between them in the clear; `single`: passed through alone. */
  readonly mode: 'single' | 'ppcie' | 'not-stated';
  /** Leaf first. */
  readonly certificates: readonly DeviceCertificateFact[];
  readonly rims: readonly RimFact[];
  /** In the order of the index. */
  readonly measurements: readonly MeasurementFact[];
  readonly ocsp: readonly OcspFact[];
}

/** Tells a device from every other: one key, one device, whatever list it is in. */
export interface DeviceIdentity {
  readonly id: string;
  readonly key: string;
}

export interface GpuResult {
  /**
   * For each device `parse chain signature nonce fwid rim.driver rim.vbios measurements revocation` (and `policy.driver`
   * where the policy names a version) under `gpu[i].` or `switch[i].`; then `list.family list.duplicates list.switches`,
   * `list.count` where the policy names one, `list.endorsements` where manifests or OCSP were not given.
   */
  readonly checks: readonly Check[];
  /** Devices that could not be parsed are missing here; their `parse` check says so. */
  readonly claims: { readonly devices: readonly DeviceClaims[] };
  readonly facts: { readonly devices: readonly DeviceFacts[] };
  /** Every device that could be read, under the prefix of its checks: its identity key's SubjectPublicKeyInfo, hex. */
  readonly identities: readonly DeviceIdentity[];
}

/** What the background tells the interface: plain data, complete enough that no page computes a state of its own. */
import type { Check } from '../checks/check';
import type { Code } from '../checks/codes';
import type { CredentialWay, EvidencePart, Profile, ReportedSigner, SoftwareIdentity } from '../providers/types';
import type { ReferenceValue } from '../checks/reference';
import type { Qualifier, State } from '../verdict/state';

/** A tab's state: a verdict, or why there is none yet. */
export type TabState = State | 'off' | 'nopermission' | 'waiting' | 'checking';

/** What is going on while `checking`: names the step, so that slow work is never a bare spinner. */
export type Step = 'asking-service' | 'asking-vendor' | 'checking-evidence';

export interface ServiceView {
  readonly profileId: string;
  /** Shown to people; host and service names come from profiles, never from the locale file. */
  readonly name: string;
  /** Host of the page in this tab. */
  readonly host: string;
  readonly apiOrigins: readonly string[];
  readonly addedByYou: boolean;
  readonly best: Profile['best'];
}

export interface AttestationView {
  readonly id: string;
  readonly state: State;
  readonly checks: readonly Check[];
  /** When the evidence arrived, ms since the epoch; absent when none did. */
  readonly receivedAt?: number;
  /** When it was judged with the endorsements and clock of then. */
  readonly appraisedAt: number;
  readonly through: CredentialWay;
  /** The page asked for it by itself, with a number of its own: Assay only looked on. */
  readonly ofPage?: true;
  readonly signers: readonly ReportedSigner[];
  /** Which model the evidence was asked for, where the service needs one named. */
  readonly model?: string;
  /** When Assay will ask again by itself, ms since the epoch. */
  readonly nextTryAt?: number;
}

export interface AnswerView {
  readonly id: string;
  /** Counts from 1 since the document was loaded. */
  readonly number: number;
  readonly startedAt: number;
  /** When the verdict was made; absent while arriving. */
  readonly judgedAt?: number;
  readonly state: State | 'arriving';
  /** The answer's own checks joined with those of the evidence that binds its key. */
  readonly checks: readonly Check[];
  readonly leading?: Code;
  /** Bytes of the body as far as they were seen. */
  readonly length?: number;
  readonly model?: string;
  /** Recovered signer, lower-case 0x…. */
  readonly signer?: string;
  /** True for answers to a worker of this origin: they count for every open tab of it. */
  readonly fromWorker: boolean;
  /** True when the page itself stopped the answer. */
  readonly stoppedByPage: boolean;
  readonly attestationId?: string;
}

export interface AnswerCounts {
  readonly total: number;
  readonly arriving: number;
  readonly verified: number;
  readonly limited: number;
  readonly incomplete: number;
  readonly failed: number;
}

export interface TabSnapshot {
  readonly tabId: number;
  /** Absent on pages the browser does not let us see. */
  readonly pageOrigin?: string;
  readonly host?: string;
  /** Absent when the page's origin belongs to no profile. */
  readonly service?: ServiceView;
  readonly state: TabState;
  /** The verdict that stood before a re-check began; its words stay until the new one is there. */
  readonly before?: State;
  readonly step?: Step;
  readonly qualifiers: readonly Qualifier[];
  /** What the four beads show: the checks behind `state`. */
  readonly checks: readonly Check[];
  /** The check the headline speaks of. */
  readonly leading?: Check;
  readonly attestation?: AttestationView;
  /** Newest first, at most 50; `counts` has all of them. */
  readonly answers: readonly AnswerView[];
  readonly counts: AnswerCounts;
  /** The user said "I have seen this" to the failure of this document. */
  readonly acknowledged: boolean;
  /** The page was open before Assay was allowed to look: only what is loaded anew can be judged. */
  readonly reloadNeeded: boolean;
  /** The service wants a login, and the user has not yet said whether Assay may ask through this page. */
  readonly consentNeeded: boolean;
}

/** An evidence part with its bytes as base64: messages between worlds are JSON. */
export type EvidencePartView = EvidencePart extends infer Part
  ? Part extends { readonly kind: 'snp' } ? Omit<Part, 'raw' | 'endorsements'> & { readonly rawBase64: string; readonly endorsements: SnpEndorsementsView }
  : Part extends { readonly kind: 'nvidia' } ? Omit<Part, 'raw' | 'endorsements'> & { readonly rawBase64: string; readonly endorsements?: GpuEndorsementsView }
  : Part extends EvidencePart ? Omit<Part, 'raw'> & { readonly rawBase64: string } : never
  : never;

/** NVIDIA's endorsements as they came, OCSP responses as base64 of their DER. */
export interface GpuEndorsementsView {
  readonly rims: readonly { readonly id: string; readonly xml: string }[];
  readonly ocspBase64: readonly string[];
}

/** AMD's endorsements as they were used, DER as base64. */
export interface SnpEndorsementsView {
  readonly vekBase64?: string;
  readonly intermediatesBase64: readonly string[];
  readonly crlsBase64: readonly string[];
}

export interface EvidenceView {
  readonly service: ServiceView;
  /** Wire protocol of the report, as the command line's `--dialect` names it. */
  readonly dialect: string;
  readonly attestation: AttestationView;
  /** The origin that was asked, where that is not the service's API: behind a proxy of the user's own. */
  readonly askedOf?: string;
  /** Our fresh number, lower-case hex. */
  readonly nonce: string;
  /** What a start-up chip was sent, lower-case hex, where it is no part of `nonce`. */
  readonly vtpmNonce?: string;
  /** The report exactly as it came. */
  readonly reportBase64: string;
  /** How the page agreed its key after it had this evidence: both bodies as they came. */
  readonly agreement?: { readonly requestBase64: string; readonly responseBase64: string };
  readonly parts: readonly EvidencePartView[];
  readonly software: readonly SoftwareIdentity[];
  /** Reference values for this dialect and role. */
  readonly references: readonly StoredReference[];
  /** The answers that rest on this evidence, newest first. */
  readonly answers: readonly AnswerView[];
  /** Anchors used: the vendors', or (simulator flavour) others. */
  readonly flavour: 'shipped' | 'simulator';
}

export interface StoredReference extends ReferenceValue {
  readonly id: string;
  readonly addedAt: number;
}

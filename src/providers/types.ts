/**
 * What a provider (a service Assay knows) is to the rest: a profile as data, and pure functions over bytes.
 * `watch` drives them; none of them opens a connection or reads a clock.
 */
import type { Check } from '../checks/check';
import type { Code } from '../checks/codes';
import type { Policy } from '../checks/policy';
import type { ReferenceValue, Role } from '../checks/reference';
import type { SnpCollateralSource } from '../collateral/amd-kds';
import type { SecondOpinionSource } from '../collateral/nvidia-nras';
import type { DeviceClaims, DeviceFacts, OcspSource, RimSource } from '../evidence/nvidia/types';
import type { SnpClaims, SnpEndorsements, SnpFacts } from '../evidence/sevsnp/types';
import type { CollateralProblem, TdxClaims, TdxCollateral, TdxFacts } from '../evidence/tdx/types';
import type { VtpmFacts } from '../evidence/vtpm/types';
import type { ExchangeHead, HashCandidate, HeaderItem } from './exchange';
import type { Anchor } from '../roots/anchors';

/**
 * How a request that needs the user's login is made: `none` needs no login; `page` lets the isolated world beside the
 * page ask with the page's own login (after consent); `key` uses a key the user typed in.
 */
export type CredentialWay = 'none' | 'page' | 'key';

export interface Profile {
  readonly id: string;
  /** Shown to people. */
  readonly name: string;
  readonly dialect: string;
  readonly role: Role;
  /** Origins of the chat pages and of the API, exact. */
  readonly uiOrigins: readonly string[];
  readonly apiOrigins: readonly string[];
  /** Where evidence is asked for, and whose key counts, where that is not the API itself: behind a proxy of the user's own. Exact. */
  readonly evidenceOrigin?: string;
  /** In order of preference. */
  readonly credentials: readonly CredentialWay[];
  /** Best state that is honest with the service as it is built today. */
  readonly best: 'incomplete' | 'limited' | 'verified';
  /** What the profile declares as offered: missing from a complete answer or report it is `fail` (no silent downgrade). */
  readonly offers: {
    readonly cpu: boolean;
    readonly gpu: boolean;
    readonly signatures: boolean;
    /** CPU and GPU evidence are promised to answer one and the same number. */
    readonly gpuWithCpu?: boolean;
  };
  /** True where evidence is asked for one named model, so that a page that has named none cannot be attested yet. */
  readonly needsModel: boolean;
  /** Bytes of the fresh number that each request for evidence carries. */
  readonly nonceBytes: number;
  /** True where the dialect binds signing keys into evidence and can be asked for one signer. */
  readonly bindsKeys: boolean;
  /** A domain of the user's own: marked everywhere, and never a built-in profile's origin. */
  readonly addedByYou?: boolean;
}

/** A domain that the user says speaks one of the dialects, as the settings keep it. Origins as `URL.origin` writes them. */
export interface OwnService {
  readonly dialect: string;
  readonly pageOrigin: string;
  readonly apiOrigin: string;
  readonly name: string;
}

export interface AttestationRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly maxBytes: number;
}

/**
 * How a service's own id of a model is found, where evidence is asked for by id and chats name models otherwise.
 * The request goes the same credential way as the attestation itself; its answer is no evidence of anything.
 */
export interface ModelLookup {
  /** True when `model` is such an id already. */
  isId(model: string): boolean;
  request(apiOrigin: string): AttestationRequest;
  /** The id for a name, `undefined` when the list does not have it. Raises `EVIDENCE_MALFORMED` on anything but a model list. */
  idIn(list: Uint8Array, model: string): string | undefined;
}

/** A report as it came over the wire, kept as bytes; it is appraised anew each time it is used. */
export interface FetchedReport {
  readonly body: Uint8Array;
  readonly status: number;
  readonly contentType: string | undefined;
  /** Our fresh number, as long as the profile asks for. */
  readonly nonce: Uint8Array;
  /** The answer to `Provider.claimRequest`, where there was one. */
  readonly claim?: { readonly status: number; readonly body: Uint8Array };
  /** Set where the page asked for it and made the number: what Assay saw of the page's own session. */
  readonly session?: SeenSession;
}

/** Both bodies of one exchange of a page: the request as the browser process shows it, the answer as the page's tap does. */
export interface ExchangedBodies {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
}

export interface SeenSession {
  /** How the page agreed a key after it had the evidence, and what answers name it by (`PageSession.nameIn`); absent while it has not. */
  readonly key?: ExchangedBodies & { readonly name: string };
}

/** The two exchanges of a page's own session: it asks for `evidence` with a number of its own, then agrees a `key` with what it attested. */
export type SessionPart = 'evidence' | 'key';

/**
 * For services whose pages attest and then agree a key under which they chat. Both exchanges are kept whole (they hold no
 * content) and judged like a report of ours; an answer is joined with the session whose key it names.
 */
export interface PageSession {
  /** Which part a request is, by its head alone, and how many bytes of its bodies are kept: more is no session that is judged. */
  partOf(request: Pick<ExchangeHead, 'url' | 'method'>): { readonly part: SessionPart; readonly maxRequest: number; readonly maxResponse: number } | undefined;
  /** The number that the page sent for its evidence. Raises `REQUEST_MALFORMED`. */
  nonceIn(request: Uint8Array): Uint8Array;
  /** What answers will name the key by that this request is about. Raises a coded error. */
  nameIn(request: Uint8Array): string;
  /** The page's evidence beside evidence that Assay asked for itself: what the page alone could not show, that may. */
  confirmed(page: Appraisal, own: Appraisal): Appraisal;
}

/** `sha256(keyset,nonce)`: a digest over the digest of a document of keys and our number, zeros behind it. */
export type BindingLayout = 'none' | 'address-nonce' | 'nonce-address' | 'sha256(address,spki)-nonce' | 'sha256(keyset,nonce)';

/** Of a report of several machines: whose it is, as `MachineAppraisal.place` writes it. */
export interface Placed {
  readonly place?: string;
}

export interface ReportedSigner extends Placed {
  /** Lower-case `0x` + 40 hex for secp256k1. */
  readonly address: string;
  readonly algorithm: 'ecdsa' | 'ed25519';
  readonly binding: BindingLayout;
}

/** A value that identifies software: measured by hardware or merely named by the service. */
export interface SoftwareIdentity extends Placed {
  readonly kind: ReferenceValue['kind'];
  readonly dialect: string;
  readonly role: Role;
  readonly values: Readonly<Record<string, string>>;
  readonly basis: 'hardware' | 'claimed';
}

/** What NVIDIA handed out about the devices of a list, as it came: for whoever repeats the judgement. */
export interface GpuEndorsements {
  /** Reference manifests, XML. */
  readonly rims: readonly { readonly id: string; readonly xml: string }[];
  /** OCSP responses, DER. */
  readonly ocsp: readonly Uint8Array[];
}

/** One piece of evidence inside a report, decoded for the evidence page and kept raw for download. */
export type EvidencePart =
  | Placed & { readonly kind: 'tdx'; readonly raw: Uint8Array; readonly claims?: TdxClaims; readonly facts?: TdxFacts; readonly collateral: TdxCollateral }
  /** `raw` is the list exactly as it came; `devices` those that could be read, each under the prefix of its checks. */
  | Placed & { readonly kind: 'nvidia'; readonly raw: Uint8Array; readonly count: number; readonly devices: readonly DeviceFacts[]; readonly claims: readonly DeviceClaims[]; readonly endorsements?: GpuEndorsements }
  | Placed & { readonly kind: 'snp'; readonly raw: Uint8Array; readonly claims?: SnpClaims; readonly facts?: SnpFacts; readonly endorsements: SnpEndorsements }
  | Placed & { readonly kind: 'vtpm'; readonly raw: Uint8Array; readonly facts?: VtpmFacts };

export interface Appraisal {
  readonly checks: readonly Check[];
  readonly signers: readonly ReportedSigner[];
  /** Digest of the one document in which all `signers` stand, made here, as signatures name it: `sha256:` and 64 hex. */
  readonly keyset?: string;
  readonly software: readonly SoftwareIdentity[];
  readonly parts: readonly EvidencePart[];
  /** Keys of connections that fresh, signed evidence names, for the machine in which this browser's connection should end. */
  readonly channelKeys?: readonly ChannelKey[];
  /** Where a report speaks of several machines: each judged by itself. An answer is joined with the one that binds its key. */
  readonly machines?: readonly MachineAppraisal[];
}

export interface ChannelKey {
  /** SHA-256 of the DER public key, lower-case hex. */
  readonly spkiSha256: string;
  /** The one host it is for, where the evidence says so. */
  readonly host?: string;
}

/** One machine of several. Its `checks` have plain ids; in the report's own list they end in `.` and its place. */
export interface MachineAppraisal extends Omit<Appraisal, 'machines'> {
  /** Where it stood: `gateway`, `model[0]`. */
  readonly place: string;
  readonly role: Role;
  /** The model it says it serves. A claim, held against what was asked and what was signed. */
  readonly model?: string;
}

/** Hands out Intel's endorsements for a platform; never throws: what could not be had is absent and `problem` says why. */
export type TdxCollateralSource = (platform: TdxPlatform) => Promise<{
  readonly collateral: TdxCollateral;
  readonly problem?: CollateralProblem;
}>;

export interface TdxPlatform {
  readonly tee: 'tdx' | 'sgx';
  /** 12 hex characters. */
  readonly fmspc: string;
  readonly ca: 'platform' | 'processor';
}

export interface AppraiseContext {
  /** Ms since the epoch. */
  readonly now: number;
  readonly policy: Policy;
  readonly anchors: readonly Anchor[];
  readonly references: readonly ReferenceValue[];
  readonly tdxCollateral: TdxCollateralSource;
  readonly snpCollateral: SnpCollateralSource;
  readonly rims: RimSource;
  readonly ocsp: OcspSource;
  /** NVIDIA's own judgement beside ours; set where the user asked for it (setting `nvidiaSecondOpinion`). */
  readonly secondOpinion?: SecondOpinionSource;
  /** Set where this machine's clock is known to be behind: every question of dates is then open, `CLOCK_BEHIND`. */
  readonly clockBehind?: { readonly detail: string };
  /** What this service (page, API, subject) was first seen to claim, and when: `value` itself the first time. It is kept from then on. */
  readonly firstSeen?: (value: string) => Promise<{ readonly value: string; readonly at: number }>;
}

/** What an exchange is to a provider, from its head alone. */
export type Recognition =
  | { readonly kind: 'answer'; readonly form: 'json' | 'sse' }
  /** Assay's or the page's own attestation request. */
  | { readonly kind: 'attestation' }
  /** A part of the page's own session, kept whole: only where there is a `Provider.session`, which decides it. */
  | { readonly kind: 'session'; readonly part: SessionPart; readonly maxResponse: number }
  /** An answer-shaped POST on a granted API origin that no rule recognises. */
  | { readonly kind: 'unrecognised' }
  /** An answer on a path known to be outside the enclave. */
  | { readonly kind: 'outside' }
  /** Model lists, preflights, assets. */
  | { readonly kind: 'ignored' };

/** The signed statement beside or inside an answer, with everything still as it came. */
export interface SignedStatement {
  readonly text: string;
  readonly signature: string;
  readonly address: string;
  readonly algorithm: string;
  /** What else the service says about itself next to the signature. */
  readonly claims: Readonly<Record<string, string>>;
}

/** What a reader found in the bytes of one answer, after the last byte. */
export interface AnswerReading {
  readonly form: 'json' | 'sse';
  readonly length: number;
  /** False when the stream ended before its terminator or the JSON before its close. */
  readonly complete: boolean;
  /** Digest candidates of what the signer hashes, strongest rule first. */
  readonly responseHashes: readonly HashCandidate[];
  /** From an event in the stream; header statements are read from the head. */
  readonly statement?: SignedStatement;
  /** Faults of form, each a finished check (`coverage`, `format`). */
  readonly findings: readonly Check[];
  /** True when the JSON or the stream is shaped like a completion. */
  readonly looksLikeAnswer: boolean;
  /** True where what it shows has the form of ciphertext: opaque to us, compared as it arrived. */
  readonly looksEncrypted?: boolean;
  /** The answer's own id, where its signature is asked for by it. */
  readonly answerId?: string;
  /** All of it, where it is no answer but a part of a page's session. */
  readonly whole?: Uint8Array;
}

/** What a service that signs apart from its answers says about one of them. */
export type AsideReading =
  | { readonly kind: 'there'; readonly statement: SignedStatement; readonly record?: AsideRecord }
  /** It has none now; `later` where asking again may help. */
  | { readonly kind: 'none'; readonly code: Code; readonly detail: string; readonly later: boolean };

/** What came when a record was asked for that a statement names; `status` 0 where nothing came. */
export interface AsideRecord {
  readonly status: number;
  readonly body: Uint8Array;
}

/** How a signature that stands apart from its answer is asked for, once the answer has ended. */
export interface AsideSignature {
  /** What the answer's own headers say to ask by, where they do; it goes before the id in its body. */
  idIn?(headers: readonly HeaderItem[]): string | undefined;
  request(input: { readonly apiOrigin: string; readonly answerId: string; readonly model: string | undefined }): AttestationRequest;
  /** Reads what came. Never raises on bad input. */
  read(response: { readonly status: number; readonly body: Uint8Array }): AsideReading;
  /** Where the statement names a further record of the service's: asked for once, and judged with the statement. */
  recordRequest?(input: { readonly apiOrigin: string; readonly statement: SignedStatement }): AttestationRequest | undefined;
}

/** Reads an answer's bytes as they come; bounded memory, any chunking gives the same reading. */
export interface AnswerReader {
  push(bytes: Uint8Array): void;
  /** `cut` when the transfer ended in an error or an abort. */
  finish(end: 'complete' | 'cut'): AnswerReading;
}

/** Why an answer's bytes are not there to be judged. */
export type BodyGap = 'BODY_NOT_SEEN' | 'BODY_NOT_COMPARABLE' | 'BODY_TOO_LARGE' | 'BODY_AMBIGUOUS';

export interface AnswerInput {
  readonly head: ExchangeHead;
  readonly form: 'json' | 'sse';
  /** The reading, or why there is none. */
  readonly reading: AnswerReading | BodyGap;
  /** True when the browser process reported an error or the page aborted. */
  readonly cut: boolean;
  /** Who handed over the body's bytes: the page (through the tap, the default) or a source the page cannot reach. */
  readonly bodyBasis?: 'page' | 'derived';
  /** For providers with `aside`: what was had when the signature was asked for; absent where it was not asked for yet. */
  readonly aside?: AsideReading;
  /** For dialects whose signatures name no key: those that evidence reports, or that a user gave, in `ReportedSigner`'s spelling; beside them the digests of the sets they stand in (`Appraisal.keyset`). */
  readonly keys?: readonly string[];
  /** Why `keys` may lack the one that signed: a signature by none of them is then open, for this reason. */
  readonly keyGap?: Code;
}

/** The answer's own checks (CLI.md: `format signature signer response.hash request.hash coverage`), attestation not yet joined. */
export interface AnswerFindings {
  readonly checks: readonly Check[];
  /** The recovered signer, lower-case `0x…`; absent when nothing valid signed. */
  readonly signer?: { readonly address: string; readonly algorithm: 'ecdsa' | 'ed25519' };
  /** The text that was signed, for the replay key; never stored or logged. */
  readonly signedText?: string;
  /** A signature that holds under none of `keys` and is of a set that is not among them: fresh evidence may report the one that made it. */
  readonly keyMissing?: true;
  /** The key of the page's session that the answer is under, as `PageSession.nameIn` names it. */
  readonly session?: string;
  /** What the signed text and the service say of whose key it is and of which model, where the dialect has both. */
  readonly signedBy?: { readonly kind?: 'provider_tee' | 'gateway'; readonly textModel?: string; readonly requestedModel?: string; readonly differs?: true };
}

export interface Provider {
  readonly profile: Profile;
  /** Where set: names are turned into ids before `attestationRequest`. */
  readonly modelLookup?: ModelLookup;
  /** Builds the request for fresh evidence. `model` is an id where there is a `modelLookup`. Raises `MODEL_NOT_KNOWN` when the dialect needs a model and none was seen. */
  attestationRequest(input: { readonly apiOrigin: string; readonly nonce: Uint8Array; readonly model: string | undefined }): AttestationRequest;
  /**
   * Where evidence is asked for by something that the addresses of the page's requests name (a workspace's id): found in a
   * URL of the API, it takes the model's place in what evidence is asked for. `undefined` for URLs that name none.
   */
  subjectOf?(url: string): string | undefined;
  /**
   * A second request, made the same way after the one for evidence: what the service claims about itself, or an exchange
   * that follows from the same number. Its answer is no evidence by itself.
   */
  claimRequest?(input: { readonly apiOrigin: string; readonly model: string | undefined; readonly nonce: Uint8Array }): AttestationRequest;
  /** Statuses other than 200 whose body is the service's answer about evidence; it is kept and appraised like a report. */
  judgesStatus?(status: number): boolean;
  /** What headers beside an answer relay about evidence, checked as far as it goes: never more than claimed. */
  judgeRelayed?(headers: readonly HeaderItem[], context: AppraiseContext): Promise<readonly Check[]>;
  /** Judges a report with the clock and endorsements of now. Never throws on bad input: it becomes a check. */
  appraise(report: FetchedReport, context: AppraiseContext): Promise<Appraisal>;
  recognise(head: Pick<ExchangeHead, 'url' | 'method' | 'status' | 'headers'>): Recognition;
  /** Digests of a request body by the rules under which the service may have signed it, and the model it names. */
  readRequest(body: Uint8Array): { readonly hashes: readonly HashCandidate[]; readonly model: string | undefined };
  newReader(form: 'json' | 'sse'): AnswerReader;
  /** Where set: answers carry no signature, it is asked for afterwards. */
  readonly aside?: AsideSignature;
  /** Where set: pages attest by themselves and agree a key, and answers are under it. */
  readonly session?: PageSession;
  /** Signatures name no key of their own: an answer is judged with the keys that evidence reports, which is had before. */
  readonly keysFromEvidence?: true;
  judgeAnswer(input: AnswerInput): AnswerFindings;
  /** For reports of several machines: which one speaks for an answer, and what its dialect's rules say of that. Absent: the report as a whole does. */
  readonly speaksFor?: SpeaksFor;
}

/** The evidence that an answer is joined with (its checks and signers count, no others), and further checks. */
export type SpeaksFor = (findings: Pick<AnswerFindings, 'signer' | 'signedBy'>, appraisal: Appraisal) => { readonly appraisal: Omit<Appraisal, 'machines'>; readonly checks: readonly Check[] };

export type { HeaderItem };

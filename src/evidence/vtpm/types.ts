/** What goes into and comes out of the judgement of a vTPM's quotes. */
import type { Check } from '../../checks/check';

export interface VtpmQuote {
  /** TPMS_ATTEST, without a length before it. */
  readonly attest: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
  /** TPM_ALG_ID of the bank that the values below are said to be of. */
  readonly hash: number;
  /** Register → value. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
}

/** Expected register values, lower-case hex, by bank name (`sha256`) and register. */
export type ExpectedPcrs = ReadonlyMap<string, ReadonlyMap<number, string>>;

export interface VtpmInput {
  /** TPMT_PUBLIC of the attestation key. */
  readonly akPublic: Uint8Array;
  readonly quotes: readonly VtpmQuote[];
  /** TCG event log in either format. */
  readonly eventLog?: Uint8Array;
  /** What every quote's extraData must be. Without it freshness stays open: `weak`. */
  readonly nonce?: Uint8Array;
  readonly expectedPcrs?: ExpectedPcrs;
}

export interface BootEventFact {
  readonly pcr: number;
  /** The name of the event type, or its number in hex. */
  readonly type: string;
  /** Bank name → digest, lower-case hex. */
  readonly digests: Readonly<Record<string, string>>;
  /** The event's data where it is readable text, shortened. Nobody vouches for it but its digest. */
  readonly text?: string;
  readonly size: number;
}

export interface QuoteFact {
  readonly bank: string;
  /** Whether its signature and digest hold. */
  readonly holds: boolean;
  readonly pcrs: Readonly<Record<string, string>>;
  readonly extraData: string;
  readonly resetCount: number;
  readonly restartCount: number;
}

export interface VtpmFacts {
  readonly key: 'RSA' | 'P-256' | 'P-384';
  readonly quotes: readonly QuoteFact[];
  readonly events?: readonly BootEventFact[];
}

export interface VtpmResult {
  /** `ak`, for each quote `quote[i].signature quote[i].nonce`, then `pcr` and, with a log, `eventlog`. What binds the key to hardware is not among them. */
  readonly checks: readonly Check[];
  /** Absent when the key could not be read. */
  readonly facts?: VtpmFacts;
}

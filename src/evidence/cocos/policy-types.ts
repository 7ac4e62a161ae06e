/** What a policy of Cocos asks of evidence, and what was found when it was asked. */
import type { Code } from '../../checks/codes';
import type { SnpProduct } from '../sevsnp/product';
import type { ExpectedPcrs } from '../vtpm/types';

/** go-sev-guest's check.Config with Cocos's `pcr_values`. A field that is absent is not compared. */
export interface SnpCocosPolicy {
  readonly kind: 'snp';
  /** The guest policy, with the bits that the report may set. */
  readonly guestPolicy: bigint;
  readonly minimumGuestSvn: number;
  /** Fields that must be equal, by their name in the policy. */
  readonly exact: readonly ExactField[];
  readonly vmpl?: number;
  /** Eight bytes of SVNs as one little-endian number, compared byte by byte. */
  readonly minimumTcb: bigint;
  readonly minimumLaunchTcb: bigint;
  /** PLATFORM_INFO with the bits that the report may set. */
  readonly platformInfo?: bigint;
  readonly minimumBuild: number;
  readonly minimumVersion?: { readonly major: number; readonly minor: number };
  readonly permitProvisionalFirmware: boolean;
  readonly requireAuthorKey: boolean;
  readonly requireIdBlock: boolean;
  /** SHA-384 digests, lower-case hex. */
  readonly trustedIdKeyHashes: readonly string[];
  readonly trustedAuthorKeyHashes: readonly string[];
  readonly product?: SnpProduct;
  readonly pcrs: ExpectedPcrs;
}

/** go-tdx-guest's checkconfig.Config. */
export interface TdxCocosPolicy {
  readonly kind: 'tdx';
  readonly minimumQeSvn: number;
  readonly minimumPceSvn: number;
  readonly exact: readonly ExactField[];
  /** 16 bytes, compared byte by byte; absent: not compared. */
  readonly minimumTeeTcbSvn?: Uint8Array;
  /** One of these must be MRTD; none named: not compared. */
  readonly anyMrTd: readonly Uint8Array[];
}

export type CocosPolicy = SnpCocosPolicy | TdxCocosPolicy;

export interface ExactField {
  readonly name: string;
  readonly value: Uint8Array;
}

/** One rule of a policy beside the evidence. */
export interface PolicyFinding {
  /** As the policy writes it. */
  readonly field: string;
  /** It says which software runs, not how the machine is set up. */
  readonly aboutSoftware: boolean;
  readonly detail: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Set where the evidence contradicts the rule. */
  readonly fault?: Code;
}

/** What a policy pins down: software from its firmware on, the firmware (or a cloud's) alone, or nothing. */
export type PolicyReach = 'software' | 'firmware' | 'nothing';

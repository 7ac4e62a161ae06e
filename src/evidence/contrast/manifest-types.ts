/** A Contrast manifest as data: what a deployment's machines and policies must be. Hex is lower-case. */

/** SVNs that a report must reach. */
export interface MinimumTcb {
  readonly bl: number;
  readonly tee: number;
  readonly snp: number;
  readonly ucode: number;
}

export const GUEST_POLICY_FLAGS = ['SMT', 'MigrateMA', 'Debug', 'SingleSocket', 'CXLAllowed', 'MemAES256XTS', 'RAPLDis', 'CipherTextHidingDRAM', 'PageSwapDisable'] as const;
export type GuestPolicyFlag = (typeof GUEST_POLICY_FLAGS)[number];

export const PLATFORM_FLAGS = ['SMTEnabled', 'TSMEEnabled', 'ECCEnabled', 'RAPLDisabled', 'CiphertextHidingDRAMEnabled', 'AliasCheckComplete', 'TIOEnabled'] as const;
export type PlatformFlag = (typeof PLATFORM_FLAGS)[number];

export interface SnpReference {
  /** As written; empty in older manifests. */
  readonly platform: string;
  readonly product: 'Milan' | 'Genoa';
  /** 48 bytes. */
  readonly measurement: string;
  readonly minimumTcb: MinimumTcb;
  readonly guestPolicy: { readonly abiMajor: number; readonly abiMinor: number; readonly flags: ReadonlySet<GuestPolicyFlag> };
  readonly platformInfo: ReadonlySet<PlatformFlag>;
  readonly minimumMitigations: bigint;
  /** 64 bytes each; none named allows every chip. */
  readonly chipIds: readonly string[];
  /** Where set, `measurement` is only the start of one for each number of processors: not supported here. */
  readonly apEip?: string;
}

export interface TdxReference {
  readonly platform: string;
  readonly mrTd: string;
  readonly mrSeam: string;
  readonly rtmrs: readonly string[];
  readonly xfam: string;
  /** 8 bytes; SEPT_VE_DISABLE alone unless an older manifest says otherwise. */
  readonly tdAttributes: string;
  readonly minimumEvaluationDataNumber: number;
  /** 16 bytes each; none named allows every platform instance. */
  readonly piids: readonly string[];
  readonly memoryIntegrity: boolean;
  readonly smtDisabled: boolean;
  readonly staticPlatform: boolean;
  /** Older manifests'. */
  readonly minimumQeSvn: number;
  readonly minimumPceSvn: number;
  /** 16 bytes, compared one by one. */
  readonly minimumTeeTcbSvn?: string;
}

export interface PolicyEntry {
  readonly sans: readonly string[];
  readonly workloadSecretId: string;
  readonly coordinator: boolean;
}

export interface Manifest {
  /** By the SHA-256 of the policy's text. At least one is a Coordinator's. */
  readonly policies: ReadonlyMap<string, PolicyEntry>;
  readonly snp: readonly SnpReference[];
  readonly tdx: readonly TdxReference[];
  /** Whoever holds one of these keys can set another manifest; as written. */
  readonly workloadOwners: readonly string[];
  readonly seedshareOwners: readonly string[];
  readonly minimumApiVersion?: string;
  /** Paths of fields that no rule here knows: with one of them nobody can say that all rules were applied. */
  readonly unknown: readonly string[];
}

/** What the user accepts, as data. Trust anchors, evidence and policy are three separate inputs of every verifier. */

export type TcbStatus =
  | 'UpToDate'
  | 'SWHardeningNeeded'
  | 'ConfigurationNeeded'
  | 'ConfigurationAndSWHardeningNeeded'
  | 'OutOfDate'
  | 'OutOfDateConfigurationNeeded'
  | 'TDRelaunchAdvised'
  | 'TDRelaunchAdvisedConfigurationNeeded'
  | 'Revoked';

export interface TdxPolicy {
  /** Statuses that pass. */
  readonly passTcb: readonly TcbStatus[];
  /** Statuses that hold with a named gap. Any other status fails. */
  readonly weakTcb: readonly TcbStatus[];
  readonly allowDebug: boolean;
  /** TUD bits and reserved attribute bits must be zero, XFAM must respect its fixed bits. */
  readonly checkAttributes: boolean;
  readonly requireSeptVeDisable: boolean;
  readonly allowServiceTd: boolean;
  /** Smallest accepted `tcbEvaluationDataNumber`; 0 accepts all. */
  readonly minEvaluationDataNumber: number;
  /** Accepted values per register, lower-case hex; an absent register is not compared. */
  readonly measurements: Readonly<Partial<Record<TdxRegister, readonly string[]>>>;
}

export const TDX_REGISTERS = ['mrTd', 'rtmr0', 'rtmr1', 'rtmr2', 'rtmr3', 'mrConfigId'] as const;
export type TdxRegister = (typeof TDX_REGISTERS)[number];

/** Security version numbers of AMD's firmware; a part that is absent is not compared. `fmc` exists from Turin on. */
export interface SnpTcbMinimum {
  readonly bl?: number;
  readonly tee?: number;
  readonly snp?: number;
  readonly ucode?: number;
  readonly fmc?: number;
}

export interface SnpPolicy {
  readonly allowDebug: boolean;
  readonly allowMigration: boolean;
  /** Firmware that the host could still roll back (committed below current) is `weak`. */
  readonly flagProvisional: boolean;
  /** Accepted privilege levels; none named accepts 0 to 3. */
  readonly vmpl: readonly number[];
  /** Compared with the committed and with the reported TCB, part by part. */
  readonly minTcb: SnpTcbMinimum;
  /** Accepted launch digests, lower-case hex of 48 bytes; none named is not compared. */
  readonly measurement: readonly string[];
  /** Accepted HOST_DATA, lower-case hex of 32 bytes; none named is not compared. */
  readonly hostData: readonly string[];
}

export interface NvidiaPolicy {
  /** A certificate that NVIDIA has put on hold is `weak`; refused otherwise. */
  readonly allowHold: boolean;
  /** A GPU report without the firmware id (drivers before 550) is refused; `weak` otherwise. */
  readonly requireFwid: boolean;
  /** Smallest accepted driver version, dotted decimal (`550.90.07`); absent: not compared. */
  readonly minDriver?: string;
  /** How many different GPUs the evidence must be of; absent: not compared. */
  readonly count?: number;
}

export interface Policy {
  /** `genuine`, `default`, or the file's name: printed in every result. */
  readonly name: string;
  readonly tdx: TdxPolicy;
  readonly snp: SnpPolicy;
  readonly nvidia: NvidiaPolicy;
}

/** Signatures, chains, revocation; the TCB is evaluated and every status but Revoked passes (CLI.md, Policies). */
export const GENUINE: Policy = {
  name: 'genuine',
  tdx: {
    passTcb: [
      'UpToDate',
      'SWHardeningNeeded',
      'ConfigurationNeeded',
      'ConfigurationAndSWHardeningNeeded',
      'OutOfDate',
      'OutOfDateConfigurationNeeded',
      'TDRelaunchAdvised',
      'TDRelaunchAdvisedConfigurationNeeded',
    ],
    weakTcb: [],
    allowDebug: true,
    checkAttributes: false,
    requireSeptVeDisable: false,
    allowServiceTd: true,
    minEvaluationDataNumber: 0,
    measurements: {},
  },
  // A migration agent stands outside the machine that the report speaks of, so it is refused here too.
  snp: { allowDebug: true, allowMigration: false, flagProvisional: false, vmpl: [], minTcb: {}, measurement: [], hostData: [] },
  nvidia: { allowHold: false, requireFwid: false },
};

/** What the extension uses unless the user chose otherwise (CLI.md, Policies). */
export const DEFAULT: Policy = {
  name: 'default',
  tdx: {
    passTcb: ['UpToDate', 'SWHardeningNeeded'],
    weakTcb: ['ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded', 'TDRelaunchAdvised', 'TDRelaunchAdvisedConfigurationNeeded'],
    allowDebug: false,
    checkAttributes: true,
    requireSeptVeDisable: true,
    allowServiceTd: false,
    minEvaluationDataNumber: 0,
    measurements: {},
  },
  snp: { allowDebug: false, allowMigration: false, flagProvisional: true, vmpl: [], minTcb: {}, measurement: [], hostData: [] },
  nvidia: { allowHold: false, requireFwid: false },
};

/**
 * Simulated AMD machines: a chip of one product line, its firmware's version numbers and who holds the key that signs.
 * Values are like those of real reports.
 */
import type { KeyKind, Product, Tcb, VekFacts } from '../pki/amd.ts';
import { labelled, sha384 } from '../pki/keys.ts';

export interface Firmware {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

export interface SnpMachine {
  /** The chip id is derived from it. */
  readonly label: string;
  readonly product: Product;
  readonly cpuId: { readonly family: number; readonly model: number; readonly stepping: number };
  /** What the firmware reports; committed and current are the same unless said otherwise. */
  readonly tcb: Tcb;
  readonly committedTcb?: Tcb;
  readonly currentTcb?: Tcb;
  readonly firmware: Firmware;
  /** PLATFORM_INFO. */
  readonly platformInfo: number;
  readonly kind: KeyKind;
  /** Names the cloud provider whose key signs. */
  readonly cspId?: string;
  /** CURRENT_MIT_VECTOR and LAUNCH_MIT_VECTOR of version 5 reports. */
  readonly mitigations?: number;
}

/** CHIP_ID, 64 bytes; Turin's fills the first 8. */
export const chipIdOf = ({ label, product }: Pick<SnpMachine, 'label' | 'product'>): Buffer => {
  const id = labelled(`chip/${label}`, 64);
  return product === 'Turin' ? Buffer.concat([id.subarray(0, 8), Buffer.alloc(56)]) : Buffer.from(id);
};

/** What the certificate of the machine's key says. */
export const vekFactsOf = (machine: SnpMachine): VekFacts => ({
  kind: machine.kind, product: machine.product, tcb: machine.tcb, chipId: chipIdOf(machine), ...(machine.cspId === undefined ? {} : { cspId: machine.cspId }),
  trailer: machine.product === 'Milan',
});

export const MILAN: SnpMachine = {
  label: 'milan', product: 'Milan', cpuId: { family: 0x19, model: 0x01, stepping: 1 }, tcb: { bl: 4, tee: 0, snp: 27, ucode: 219 },
  firmware: { major: 1, minor: 55, build: 41 }, platformInfo: 0x25, kind: 'vcek',
};

export const GENOA: SnpMachine = {
  label: 'genoa', product: 'Genoa', cpuId: { family: 0x19, model: 0x11, stepping: 1 }, tcb: { bl: 10, tee: 0, snp: 27, ucode: 84 },
  firmware: { major: 1, minor: 55, build: 54 }, platformInfo: 0x25, kind: 'vcek',
};

/** Endorsed by Genoa's authorities. */
export const BERGAMO: SnpMachine = { ...GENOA, label: 'bergamo', cpuId: { family: 0x19, model: 0xa0, stepping: 2 }, tcb: { bl: 10, tee: 0, snp: 27, ucode: 30 } };

export const TURIN: SnpMachine = {
  label: 'turin', product: 'Turin', cpuId: { family: 0x1a, model: 0x02, stepping: 1 }, tcb: { fmc: 1, bl: 1, tee: 1, snp: 5, ucode: 81 },
  firmware: { major: 1, minor: 55, build: 65 }, platformInfo: 0x67, kind: 'vcek', mitigations: 0x3f,
};

export const CLOUD_PROVIDER = 'CN=simulator.cloud.example';

/** A cloud provider's machine as they are: its firmware runs ahead of what it has committed and reports. */
export const CLOUD: SnpMachine = {
  ...MILAN, label: 'cloud', tcb: { bl: 4, tee: 0, snp: 24, ucode: 217 }, committedTcb: { bl: 4, tee: 0, snp: 24, ucode: 219 }, currentTcb: { bl: 4, tee: 0, snp: 24, ucode: 220 },
  kind: 'vlek', cspId: CLOUD_PROVIDER,
};

/** The same chip with old firmware: below any sensible minimum. */
export const older = (machine: SnpMachine): SnpMachine =>
  ({ ...machine, tcb: { ...machine.tcb, snp: 4, ucode: Math.max(0, machine.tcb.ucode - 22) }, firmware: { major: 1, minor: 51, build: 3 }, platformInfo: 0x5 });

export const OLD_GENOA: SnpMachine = { ...older(GENOA), label: 'old genoa' };

/** A second good chip, for certificates that belong to another machine. */
export const OTHER_GENOA: SnpMachine = { ...GENOA, label: 'other genoa' };

export const SNP_MACHINES: readonly SnpMachine[] = [MILAN, GENOA, BERGAMO, TURIN, CLOUD, OLD_GENOA, OTHER_GENOA];

/** MEASUREMENT of the simulated guest's firmware, 48 bytes. */
export const SNP_MEASUREMENT = sha384('assay simulator/snp firmware');
/** What a guest of other software would have. */
export const OTHER_SNP_MEASUREMENT = sha384('assay simulator/snp firmware of somebody else');

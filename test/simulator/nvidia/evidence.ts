/** Evidence of a whole machine for one nonce, in the JSON that NVIDIA's SDK makes and services hand on. */
import { device } from './device.ts';
import type { Chip, Device, Maker } from './device.ts';
import { report } from './report.ts';
import type { Mode, ReportOptions } from './report.ts';

export interface EvidenceItem {
  /** Base64 of the SPDM transcript. */
  readonly evidence: string;
  /** Base64 of the PEM chain. */
  readonly certificate: string;
  /** `LS10` or the GPUs' family: only where GPUs and switches stand in one list. */
  readonly arch?: Arch;
}

export type Arch = 'HOPPER' | 'BLACKWELL' | 'LS10';
export const archOf = (chip: Chip): Arch => (chip === 'LS_10' ? 'LS10' : chip === 'GH100' ? 'HOPPER' : 'BLACKWELL');

export interface Machine {
  /** Names its devices: another label is another machine. */
  readonly label: string;
  readonly chip: Exclude<Chip, 'LS_10'>;
  readonly gpus: number;
  /** Four of them connect the eight GPUs of an HGX. */
  readonly switches: number;
  readonly mode: Mode;
  /** `nvidia` unless said otherwise. */
  readonly maker?: Maker;
}

/** Labels of the machines there are; the responder knows the devices of these. */
export const MACHINES = ['machine', 'another machine'] as const;
export const MOST_GPUS = 8;
export const MOST_SWITCHES = 4;

export const gpuLabel = (machine: string, index: number): string => `${machine}/gpu ${index}`;
export const switchLabel = (machine: string, index: number): string => `${machine}/switch ${index}`;

/** Eight Hoppers, each passed through by itself. */
export const DEFAULT_MACHINE: Machine = { label: MACHINES[0], chip: 'GH100', gpus: MOST_GPUS, switches: 0, mode: 'single' };

const many = (count: number, make: (index: number) => Device): readonly Device[] => Array.from({ length: count }, (_, index) => make(index));
const gpuOf = ({ label, chip, maker }: Machine, index: number): Device => device(chip, gpuLabel(label, index), maker);
const gpusOf = (machine: Machine): readonly Device[] => many(machine.gpus, (index) => gpuOf(machine, index));
/** All four: GPUs name the switches of their machine, attested or not. */
const switchesOf = ({ label }: Machine): readonly Device[] => many(MOST_SWITCHES, (index) => device('LS_10', switchLabel(label, index)));

const item = (one: Device, options: ReportOptions, arch?: Arch): EvidenceItem => ({
  evidence: report(one, options).toString('base64'), certificate: Buffer.from(one.pem, 'latin1').toString('base64'), ...(arch === undefined ? {} : { arch }),
});

/** One GPU of a machine. `change` overrides what the machine's usual report says. */
export function gpuEvidence(machine: Machine, index: number, nonce: Uint8Array, change: Partial<ReportOptions> = {}): EvidenceItem {
  const linked = machine.mode === 'protected pcie' ? switchesOf(machine) : [];
  return item(gpuOf(machine, index), { nonce, mode: machine.mode, linked, ...change }, machine.switches > 0 ? archOf(machine.chip) : undefined);
}

/** GPUs, then switches; `change` says how the report of a GPU differs. */
export function machineEvidence(machine: Machine, nonce: Uint8Array, change: (index: number) => Partial<ReportOptions> = () => ({})): readonly EvidenceItem[] {
  const gpus = Array.from({ length: machine.gpus }, (_, index) => gpuEvidence(machine, index, nonce, change(index)));
  const switches = switchesOf(machine).slice(0, machine.switches);
  const linked = gpusOf(machine);
  return [...gpus, ...switches.map((one) => item(one, { nonce, linked }, 'LS10'))];
}

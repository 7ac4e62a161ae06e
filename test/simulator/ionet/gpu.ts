/** The `gpu` part of the agent's report: what NVIDIA's SDK collects, with the faults that concern it. */
import type { Switchboard } from '../faults.ts';
import { archOf, DEFAULT_MACHINE, gpuEvidence, machineEvidence, MACHINES } from '../nvidia/evidence.ts';
import type { Arch, EvidenceItem, Machine } from '../nvidia/evidence.ts';
import { valueOf } from '../nvidia/firmware.ts';
import { FIRST_VALUE } from '../nvidia/report.ts';
import type { ReportOptions } from '../nvidia/report.ts';
import { labelled } from '../pki/keys.ts';

export interface GpuPart {
  /** Of the GPUs. */
  readonly arch: Arch;
  readonly items: readonly EvidenceItem[];
}

/** Which GPU a fault of one of them strikes: the last but two, or the only one. */
const struck = ({ gpus }: Machine): number => Math.max(0, gpus - 3);

function machineOf(on: Switchboard): Machine {
  const gpus = on.has('gpu-single') ? 1 : DEFAULT_MACHINE.gpus;
  if (on.has('gpu-blackwell')) return { ...DEFAULT_MACHINE, chip: 'GB100', gpus, mode: gpus === 1 ? 'single' : 'multiple' };
  const switched = on.has('gpu-switches');
  return { ...DEFAULT_MACHINE, gpus, switches: switched ? 4 : 0, mode: switched || on.has('gpu-switches-missing') ? 'protected pcie' : 'single' };
}

/** In devtools mode other firmware runs, and says so by its measurements. */
const DEVTOOLS_INDICES = [21, 25, 26, 30];
const VBIOS_INDEX = 9;

function changeOf(on: Switchboard, machine: Machine): (index: number) => Partial<ReportOptions> {
  const another = (indices: readonly number[], which: string): Partial<ReportOptions> => ({ measured: new Map(indices.map((at) => [at, valueOf(machine.chip, which, at)])) });
  return (index) => ({
    ...(on.has('gpu-nonce-of-another-request') ? { nonce: labelled('somebody else’s GPU nonce', 32) } : {}),
    ...(on.has('gpu-fwid-missing') ? { fwid: false } : {}),
    ...(on.has('gpu-decoder-on') ? { decoder: true } : {}),
    ...(on.has('gpu-devtools') ? another(DEVTOOLS_INDICES, 'devtools') : on.has('gpu-measurement') && index === struck(machine) ? another([VBIOS_INDEX], 'another build') : {}),
    ...(on.has('gpu-one-bad') && index === struck(machine) ? { tamper: [[FIRST_VALUE, 0x01] as const] } : {}),
  });
}

/** Evidence for a nonce of 32 bytes. */
export function gpuPart(nonce: Uint8Array, on: Switchboard): GpuPart {
  const machine = machineOf(on);
  const change = changeOf(on, machine);
  const place = struck(machine);
  const instead: Partial<Machine> | undefined = on.has('gpu-foreign') ? { label: MACHINES[1] } : on.has('gpu-emulated') ? { maker: 'emulated' } : undefined;
  const items = machineEvidence(machine, nonce, change).map((item, index) =>
    instead !== undefined && index === place ? gpuEvidence({ ...machine, ...instead }, index, nonce, change(index)) : item);
  const [first] = items;
  if (!on.has('gpu-duplicate') || first === undefined) return { arch: archOf(machine.chip), items };
  return { arch: archOf(machine.chip), items: machine.gpus === 1 ? [first, ...items] : items.map((item, index) => (index === place ? first : item)) };
}

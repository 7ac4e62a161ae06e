/**
 * The software of simulated devices: versions, what it measures to, and which of it a manifest speaks of. Indices count
 * from 0 as manifests count (SPDM blocks from 1) and are spread as in NVIDIA's manifests for Hopper and its switch.
 */
import { sha384 } from '../pki/keys.ts';
import type { Chip } from './device.ts';

/** Golden index → accepted values, 48 bytes each. */
export type Golden = ReadonlyMap<number, readonly Buffer[]>;

export interface Manifest {
  /** The name that NVIDIA's service knows it by. */
  readonly id: string;
  readonly product: string;
  readonly edition: 'GPU' | 'SWITCH';
  readonly version: string;
  /** How many entries it lists, active or not. */
  readonly entries: number;
  readonly golden: Golden;
}

export interface Firmware {
  /** GPUs only. */
  readonly driver?: string;
  /** Dotted. */
  readonly vbios: string;
  /** GPUs only. */
  readonly board?: { readonly project: string; readonly projectSku: string; readonly chipSku: string };
  readonly manifests: readonly Manifest[];
  /** What the device measures: one value a block, 48 bytes each. */
  readonly measured: readonly Buffer[];
}

/** Of the video decoder's firmware: only loaded where the decoder is on. */
export const NVDEC_INDEX = 35;

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const DRIVER_INDICES = [7, ...range(21, 41)];
const VBIOS_INDICES = [...range(0, 6), ...range(8, 12)];
const SWITCH_INDICES = range(0, 30);
/** Where a manifest accepts several values; devices measure to the last one. */
const ALTERNATIVES: ReadonlyMap<number, number> = new Map([[12, 4], [23, 2], [24, 2], [NVDEC_INDEX, 4]]);

/** One value of a piece of firmware. */
export const valueOf = (chip: Chip, version: string, index: number, which: number | string = 0): Buffer => sha384(`assay simulator/${chip} ${version}/measurement ${index}/${which}`);

const golden = (chip: Chip, version: string, indices: readonly number[]): Golden =>
  new Map(indices.map((index) => [index, Array.from({ length: ALTERNATIVES.get(index) ?? 1 }, (_, which) => valueOf(chip, version, index, which))]));

/** The last alternative of each; what no manifest speaks of measures to zeros, and so does a decoder that is off. */
function measuredBy(manifests: readonly Manifest[], blocks: number): readonly Buffer[] {
  const values = new Map(manifests.flatMap((manifest) => [...manifest.golden]));
  return range(0, blocks - 1).map((index) => values.get(index)?.at(-1) ?? Buffer.alloc(48));
}

function gpuFirmware(chip: Chip, driver: string, vbios: string, board: NonNullable<Firmware['board']>): Firmware {
  const about = { product: chip, edition: 'GPU', entries: 64 } as const;
  const compact = vbios.replaceAll('.', '');
  const manifests: readonly Manifest[] = [
    { ...about, id: `${chip === 'GH100' ? 'NV_GPU_DRIVER' : 'NV_GPU_CC_DRIVER'}_${chip}_${driver}`, version: driver, golden: golden(chip, driver, DRIVER_INDICES) },
    { ...about, id: `NV_GPU_VBIOS_${board.project}_${board.projectSku}_${board.chipSku}_${compact}`, version: vbios, golden: golden(chip, vbios, VBIOS_INDICES) },
  ];
  return { driver, vbios, board, manifests, measured: measuredBy(manifests, 64) };
}

function switchFirmware(bios: string): Firmware {
  const manifest: Manifest = { id: `NV_SWITCH_BIOS_5612_0002_890_${bios.replaceAll('.', '')}`, product: 'LS10', edition: 'SWITCH', version: bios, entries: 31, golden: golden('LS_10', bios, SWITCH_INDICES) };
  return { vbios: bios, manifests: [manifest], measured: measuredBy([manifest], 31) };
}

/** H200, B200, RTX PRO 6000 and the switch of an HGX H200. Versions are of real form; the values behind them are the simulator's. */
export const FIRMWARE: Readonly<Record<Chip, Firmware>> = {
  GH100: gpuFirmware('GH100', '580.95.05', '96.00.D9.00.02', { project: 'G520', projectSku: '0280', chipSku: '895' }),
  GB100: gpuFirmware('GB100', '580.95.05', '97.00.B9.00.0F', { project: 'G525', projectSku: '0220', chipSku: '886' }),
  GB202: gpuFirmware('GB202', '580.95.05', '98.02.8D.00.01', { project: 'G153', projectSku: '0010', chipSku: '870' }),
  LS_10: switchFirmware('96.10.73.00.01'),
};

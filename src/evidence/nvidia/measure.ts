/** The comparison of a device's measurements with NVIDIA's reference values. */
import { toHex } from '../../encoding/hex';
import { contradiction } from '../findings';
import type { Fault } from '../findings';
import type { Rim } from './rim';
import type { RimRole } from './rim-id';
import type { MeasurementFact } from './types';

/** Golden index 35 speaks of the video decoder's firmware, which is only loaded where the decoder is on. */
const NVDEC_INDEX = 35;
const NVDEC_ENABLED = 0xaa;
const NVDEC_DISABLED = 0x55;

export interface ChosenRim {
  readonly role: RimRole;
  readonly rim: Rim;
}

export interface Comparison {
  /** One entry each index that the device or a manifest speaks of, in order. */
  readonly rows: readonly MeasurementFact[];
  readonly compared: number;
  readonly mismatched: readonly number[];
  readonly faults: readonly Fault[];
}

/**
 * Compares every active reference value with the block of the next higher SPDM index. `nvdec0` is the decoder's status
 * as the report gives it: value 35 of a GPU's driver manifest is skipped where it is off; any third status is a fault.
 */
export function compareMeasurements(blocks: ReadonlyMap<number, Uint8Array>, rims: readonly ChosenRim[], nvdec0: number | undefined): Comparison {
  const faults: Fault[] = [];
  const golden = new Map<number, { readonly role: RimRole; readonly values: readonly string[] }>();
  for (const { role, rim } of rims) {
    for (const [index, values] of rim.golden) {
      if (golden.has(index)) faults.push(contradiction('RIM_CONFLICT', `both manifests give index ${index}`));
      golden.set(index, { role, values });
    }
  }
  const indices = [...new Set([...[...blocks.keys()].map((block) => block - 1), ...golden.keys()])].sort((a, b) => a - b);
  const rows = indices.map((index): MeasurementFact => {
    const reference = golden.get(index);
    if (reference === undefined) return { index, outcome: 'unreferenced' };
    const { role, values } = reference;
    if (index === NVDEC_INDEX && role === 'driver') {
      if (nvdec0 === NVDEC_DISABLED) return { index, outcome: 'skipped', role };
      if (nvdec0 !== NVDEC_ENABLED) faults.push(contradiction('NVDEC_STATUS', nvdec0 === undefined ? 'not given' : `0x${nvdec0.toString(16)}`));
    }
    const actual = toHex(blocks.get(index + 1) ?? new Uint8Array());
    return values.includes(actual) ? { index, outcome: 'match', role } : { index, outcome: 'mismatch', role, expected: values, actual };
  });
  const mismatched = rows.filter((row) => row.outcome === 'mismatch');
  const compared = mismatched.length + rows.filter((row) => row.outcome === 'match').length;
  // An empty comparison would be passed by any firmware.
  if (compared === 0) faults.push(contradiction('RIM_EMPTY', 'no value to compare with'));
  return { rows, compared, mismatched: mismatched.map((row) => row.index), faults: [...faults, ...describe(mismatched)] };
}

function describe(mismatched: readonly MeasurementFact[]): readonly Fault[] {
  const [first] = mismatched;
  if (first === undefined) return [];
  const named = mismatched.map(({ index, role }) => `${index} (${role ?? ''})`).join(', ');
  return [contradiction('GPU_MEASUREMENT_MISMATCH', `index ${named}`, { expected: (first.expected ?? []).join(' or '), actual: first.actual === '' ? 'none' : (first.actual ?? '') })];
}

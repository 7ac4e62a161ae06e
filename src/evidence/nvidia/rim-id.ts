/** Which manifests of reference values a device needs, named from its authenticated fields. */
import { CodedError } from '../../checks/error';
import { kindOfChip } from './family';
import type { DeviceKind } from './family';
import { OPAQUE, gpuVbiosVersion, opaqueText } from './opaque';
import type { OpaqueFields } from './opaque';

/** `vbios` is also the one manifest of a switch. */
export type RimRole = 'driver' | 'vbios';

export interface WantedRim {
  readonly role: RimRole;
  /** The name NVIDIA's service knows it by. */
  readonly id: string;
  /** What the manifest must say of itself. */
  readonly product: string;
  readonly edition: 'GPU' | 'SWITCH';
  readonly version: string;
}

export interface DeviceVersions {
  /** GPUs only. */
  readonly driver?: string;
  readonly vbios: string;
}

/** Driver and VBIOS version. Raises `GPU_FIELD_MISSING` or `OPAQUE_PARSE`. */
export function deviceVersions({ family }: DeviceKind, fields: OpaqueFields): DeviceVersions {
  if (family === 'LS10') return { vbios: needed(fields, OPAQUE.vbiosVersion, 'VBIOS version') };
  const vbios = fields.get(OPAQUE.vbiosVersion) ?? missing('VBIOS version');
  return { driver: needed(fields, OPAQUE.driverVersion, 'driver version'), vbios: gpuVbiosVersion(vbios) };
}

/** The manifests of this device. Raises `GPU_FIELD_MISSING` or `OPAQUE_PARSE`. */
export function wantedRims(kind: DeviceKind, fields: OpaqueFields): readonly WantedRim[] {
  const { driver, vbios } = deviceVersions(kind, fields);
  const compact = vbios.replaceAll('.', '');
  if (driver === undefined) {
    return [want('vbios', `NV_SWITCH_BIOS_5612_0002_890_${compact}`, { product: kind.chip, edition: 'SWITCH', version: vbios })];
  }
  const chip = gpuChip(kind, fields);
  const board = [
    needed(fields, OPAQUE.project, 'project'),
    needed(fields, OPAQUE.projectSku, 'project SKU'),
    needed(fields, OPAQUE.chipSku, 'chip SKU'),
  ].join('_');
  const driverId = kind.family === 'HOPPER' ? `NV_GPU_DRIVER_${chip}_${driver}` : `NV_GPU_CC_DRIVER_${chip}_${driver}`;
  return [
    want('driver', driverId, { product: chip, edition: 'GPU', version: driver }),
    want('vbios', `NV_GPU_VBIOS_${board}_${compact}`.toUpperCase(), { product: chip, edition: 'GPU', version: vbios }),
  ];
}

/** A Blackwell report from newer drivers names its chip itself; it must be of the family that the certificates say. */
function gpuChip(kind: DeviceKind, fields: OpaqueFields): string {
  const named = kind.family === 'BLACKWELL' ? opaqueText(fields, OPAQUE.chipInfo) : undefined;
  if (named === undefined || named === '') return kind.chip;
  if (kindOfChip(named)?.family !== kind.family) throw new CodedError('DEVICE_FAMILY_MISMATCH', `certificates ${kind.chip}, report ${named}`);
  return named;
}

function want(role: RimRole, id: string, rest: Pick<WantedRim, 'product' | 'edition' | 'version'>): WantedRim {
  // The id goes into a URL; every real one has this form.
  if (!/^[A-Z0-9][A-Za-z0-9_.]{0,127}$/.test(id)) throw new CodedError('OPAQUE_PARSE', `no manifest id: ${id.slice(0, 128)}`);
  return { role, id, ...rest };
}

const needed = (fields: OpaqueFields, type: number, name: string): string => opaqueText(fields, type) ?? missing(name);

function missing(name: string): never {
  throw new CodedError('GPU_FIELD_MISSING', name);
}

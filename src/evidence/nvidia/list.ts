/** What the devices of one machine say together: one family, no device twice, and switches and GPUs that name each other. */
import { fail, pass, unknown, weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import { asCoded } from '../../checks/error';
import type { NvidiaPolicy } from '../../checks/policy';
import { contradiction } from '../findings';
import type { Fault } from '../findings';
import { deviceIdOf } from './chain';
import { featureFlag, modeOf } from './device';
import type { VerifiedDevice } from './device';
import { OPAQUE, deviceIds } from './opaque';

export interface ListInput {
  /** Every device that could be read, with the id of its checks. */
  readonly devices: readonly { readonly id: string; readonly device: VerifiedDevice }[];
  /** How many items could not be read. */
  readonly unread: number;
  readonly policy: NvidiaPolicy;
}

/** The checks `list.family list.duplicates list.switches`, and `list.count` where the policy names one. */
export function checkList(input: ListInput): readonly Check[] {
  return [...checkFamily(input), ...checkDuplicates(input), ...checkSwitches(input), ...checkCount(input)];
}

const isSwitch = ({ device }: ListInput['devices'][number]): boolean => device.chain?.kind?.family === 'LS10';

/** A name for a device (its identity key's SubjectPublicKeyInfo, hex) that cannot be chosen by whoever sends the evidence; the transcript's own key where the chain is broken. */
export function identityOf({ chain, reading }: VerifiedDevice): string {
  return (chain?.identity ?? reading.certificates[0])?.spkiHex ?? '';
}

function checkFamily({ devices }: ListInput): readonly Check[] {
  const known = devices.filter(({ device }) => device.chain?.kind !== undefined);
  if (known.length === 0) return [];
  const gpus = known.filter((one) => !isSwitch(one));
  const chips = [...new Set(gpus.map(({ device }) => device.chain?.kind?.chip ?? ''))];
  if (chips.length > 1) return [fail('list.family', 'DEVICE_FAMILIES_MIXED', chips.join(', '))];
  try {
    const modes = [...new Set(gpus.map(({ device }) => `${modeOf(device.report)} ${featureFlag(device.report.fields) ?? 'not stated'}`))];
    if (modes.length > 1) return [fail('list.family', 'DEVICE_MODES_MIXED', modes.join(', '))];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [fail('list.family', code, detail)];
  }
  return [pass('list.family', [...chips, ...(gpus.length < known.length ? ['LS10'] : [])].join(', '))];
}

function checkDuplicates({ devices }: ListInput): readonly Check[] {
  if (devices.length === 0) return [];
  const first = new Map<string, string>();
  const twice: string[] = [];
  for (const { id, device } of devices) {
    const identity = identityOf(device);
    const before = first.get(identity);
    if (before === undefined) first.set(identity, id);
    else twice.push(`${id} is ${before}`);
  }
  if (twice.length > 0) return [fail('list.duplicates', 'DUPLICATE_DEVICE', twice.join(', '), { expected: `${devices.length} different devices`, actual: `${first.size}` })];
  return [pass('list.duplicates', `${first.size} different`)];
}

function checkCount({ devices, policy: { count } }: ListInput): readonly Check[] {
  if (count === undefined) return [];
  const different = new Set(devices.filter((one) => !isSwitch(one)).map(({ device }) => identityOf(device))).size;
  const values = { expected: `${count}`, actual: `${different}`, source: 'policy' };
  return [different === count ? pass('list.count', `${count} GPUs`, values) : fail('list.count', 'GPU_COUNT', `${different} of ${count} GPUs`, values)];
}

/** Between GPUs of a whole machine data moves in the clear, through switches: those must be attested, and be these GPUs' own. */
function checkSwitches({ devices, unread }: ListInput): readonly Check[] {
  const known = devices.filter(({ device }) => device.chain?.kind !== undefined);
  if (known.length === 0) return [];
  const switches = known.filter(isSwitch);
  const gpus = known.filter((one) => !isSwitch(one));
  try {
    const whole = gpus.filter(({ device }) => modeOf(device.report) === 'ppcie');
    if (gpus.length === 0) return [unknown('list.switches', 'PPCIE_GPUS_NOT_GIVEN', `${switches.length} switches, no GPU`, { required: false })];
    if (whole.length === 0 && switches.length === 0) return [pass('list.switches', 'no GPU in protected PCIe mode')];
    if (switches.length === 0) return [weak('list.switches', 'PPCIE_SWITCHES_NOT_ATTESTED', `${whole.length} GPUs in protected PCIe mode`)];
    const faults = topologyFaults(gpus, switches);
    const [worst] = faults;
    if (worst !== undefined) return [fail('list.switches', worst.code, faults.map((fault) => fault.detail).join('; '))];
    const open = [...gpus, ...switches].flatMap(({ device }) => device.authenticity);
    if (open.length > 0 || unread > 0) return [unknown('list.switches', open[0]?.code ?? 'GPU_EVIDENCE_PARSE', 'not settled: not every device is authentic')];
    return [pass('list.switches', `${gpus.length} GPUs and ${switches.length} switches name each other`)];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [fail('list.switches', code, detail)];
  }
}

/**
 * Every GPU must name exactly these switches as the ends of its links, and every switch exactly these GPUs. Devices are
 * known by their certified serial numbers, so none can take another's place. Raises `OPAQUE_PARSE` or `DEVICE_CHAIN_PARSE`.
 */
function topologyFaults(gpus: ListInput['devices'], switches: ListInput['devices']): readonly Fault[] {
  const gpuIds = gpus.map(({ device }) => certifiedId(device));
  const switchIds = switches.map(({ device }) => certifiedId(device));
  return [
    ...switches.flatMap(({ id, device }) => {
      const own = deviceIds(field(device, OPAQUE.switchIds), 'as-is');
      return own.length === 1 && own[0] === certifiedId(device) ? [] : [broken(`${id} calls itself ${own.join(', ')}`)];
    }),
    ...gpus.flatMap(({ id, device }) => compareSets(id, deviceIds(field(device, OPAQUE.switchIds), 'reversed'), switchIds)),
    ...switches.flatMap(({ id, device }) => compareSets(id, deviceIds(field(device, OPAQUE.gpuIds).subarray(0, GPU_ID_BYTES), 'as-is'), gpuIds)),
  ];
}

/** Room for eight GPUs; the ports' states follow. */
const GPU_ID_BYTES = 64;

const broken = (detail: string): Fault => contradiction('PPCIE_TOPOLOGY', detail);
const field = ({ report }: VerifiedDevice, type: number): Uint8Array => report.fields.get(type) ?? new Uint8Array();
const certifiedId = ({ chain }: VerifiedDevice): string => (chain === undefined ? '' : deviceIdOf(chain));

function compareSets(id: string, named: readonly string[], attested: readonly string[]): readonly Fault[] {
  const extra = [...new Set(named)].filter((one) => !attested.includes(one));
  const missing = attested.filter((one) => !named.includes(one));
  if (extra.length === 0 && missing.length === 0) return [];
  const parts = [...extra.map((one) => `names ${one}, which is not attested`), ...missing.map((one) => `does not name ${one}`)];
  return [broken(`${id} ${parts.join(', ')}`)];
}

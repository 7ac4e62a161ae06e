/**
 * The checks of GPUs and switches, folded. A machine of eight GPUs has nine checks for each: what holds is said once for
 * all of them, and what does not is said once for all the devices it is true of, which are named.
 */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { type Device, deviceOf, placedId } from '../../verdict/groups';
import { type Arg, literal, number, type Phrase, plural, text } from '../i18n/text';
import { counting, drawnKind, type Kind } from './outcome';
import { machineOf, placeWords } from './places';

export interface JudgedDevice extends Device {
  readonly checks: readonly Check[];
  /** The worst of what counts. */
  readonly outcome: Kind;
}

const WORST: readonly Kind[] = ['fail', 'unknown', 'absent', 'claimed', 'weak', 'pass'];

/** A device is as good as its worst check that counts; `unknown` where none was made. */
export function kindOfDevice(checks: readonly Check[]): Kind {
  const kinds = counting(checks).map(drawnKind);
  return WORST.find((kind) => kinds.includes(kind)) ?? 'unknown';
}

/** Machine by machine, in each GPUs before switches, in the order of their numbers. */
export function devicesOf(checks: readonly Check[]): readonly JudgedDevice[] {
  const found = new Map<string, Device & { readonly checks: Check[] }>();
  for (const check of checks) {
    const device = deviceOf(check);
    if (device === undefined) continue;
    const key = `${device.place ?? ''} ${device.kind} ${device.index}`;
    const seen = found.get(key) ?? { ...device, checks: [] };
    seen.checks.push(check);
    found.set(key, seen);
  }
  const places = [...new Set([...found.values()].map(({ place }) => place))];
  const at = ({ place }: Device): number => places.indexOf(place);
  return [...found.values()].map((device) => ({ ...device, outcome: kindOfDevice(device.checks) })).sort((a, b) => at(a) - at(b) || order(a) - order(b) || a.index - b.index);
}

const order = ({ kind }: Device): number => (kind === 'gpu' ? 0 : 1);

/** Attested: nothing contradicts and nothing is open; a named gap is said beside it. */
export const isAttested = ({ outcome }: Pick<JudgedDevice, 'outcome'>): boolean => outcome !== 'fail' && outcome !== 'unknown' && outcome !== 'absent';

/** `0–3`, `5`: neighbours as one span. */
function spans(indices: readonly number[]): readonly Phrase[] {
  const runs: [number, number][] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([from, to]) => literal(from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`));
}

/** As one argument of a message. */
export const rowOf = (indices: readonly number[]): Arg => ({ kind: 'row', value: spans(indices) });

/** "… in the model’s machine 1", where there are several. */
const inMachine = (device: Phrase, place: string | undefined): Phrase =>
  place === undefined ? device : text('device_placed', { device: { kind: 'phrase', value: device }, place: { kind: 'phrase', value: placeWords(place) } });

/** "GPU 5", "GPUs 0–3, 6". */
export const namesOf = (kind: Device['kind'], indices: readonly number[], place?: string): Phrase => inMachine(plural(`device_${kind}`, indices.length, { row: rowOf(indices) }), place);

/** Where a headline speaks of devices or of one of several machines: "GPU 5 of 8", "the gateway", both where both are. */
export function placeOf(check: Pick<Check, 'id' | 'code' | 'outcome'>, checks: readonly Check[]): Phrase | undefined {
  const [devices, machine] = [devicesAt(check, checks), machineOf(check, checks)];
  if (devices === undefined || machine === undefined || deviceOf(check)?.place !== undefined) return devices ?? machine;
  return text('device_placed', { device: { kind: 'phrase', value: devices }, place: { kind: 'phrase', value: machine } });
}

/** "GPU 5 of 8", "all 8 GPUs", of the machine that the check is about. */
export function devicesAt(check: Pick<Check, 'id' | 'code' | 'outcome'>, checks: readonly Check[]): Phrase | undefined {
  const device = deviceOf(check);
  if (device === undefined) return undefined;
  const same = checks.filter((c) => c.code === check.code && c.outcome === check.outcome).map(deviceOf).filter((d) => d?.kind === device.kind && d.place === device.place);
  const indices = [...new Set(same.flatMap((d) => (d === undefined ? [] : [d.index])))];
  const total = devicesOf(checks).filter((d) => d.kind === device.kind && d.place === device.place).length;
  if (total > 1 && indices.length === total) return inMachine({ key: `device_all_${device.kind}`, args: { n: number(total) } }, device.place);
  return inMachine(plural(`device_at_${device.kind}`, indices.length, { row: rowOf(indices), total: number(total) }), device.place);
}

/** "8 of 8 GPUs attested". */
export function attestedWords(kind: Device['kind'], devices: readonly JudgedDevice[], place?: string): Phrase {
  const own = devices.filter((device) => device.kind === kind && device.place === place);
  const words = plural(`device_attested_${kind}`, own.length, { done: number(own.filter(isAttested).length) });
  return place === undefined ? words : text('label_placed', { name: { kind: 'phrase', value: words }, place: { kind: 'phrase', value: placeWords(place) } });
}

/** What several devices have in common that is no plain pass. */
export interface DeviceFinding {
  readonly kind: Device['kind'];
  readonly place?: string;
  readonly indices: readonly number[];
  readonly code: Code | undefined;
  /** The first device's checks with this code, the first of them first. */
  readonly checks: readonly Check[];
}

const isFinding = (check: Check): boolean => drawnKind(check) !== 'pass' && (check.required || check.outcome !== 'unknown');

/** What does not simply hold, once for all the devices of which it is true with the same checks. */
export function findingsOf(devices: readonly JudgedDevice[]): readonly DeviceFinding[] {
  const found = new Map<string, { kind: Device['kind']; place?: string; indices: number[]; code: Code | undefined; checks: readonly Check[] }>();
  for (const device of devices) {
    const codes = [...new Set(device.checks.filter(isFinding).map((c) => `${c.outcome} ${c.code ?? ''}`))];
    for (const code of codes) {
      const checks = device.checks.filter((c) => isFinding(c) && `${c.outcome} ${c.code ?? ''}` === code);
      // Two devices whose values differ are two findings: each has its own to compare.
      const apart = checks.map((c) => `${c.id.replace(/^\w+\[\d+\]/, '')} ${c.detail} ${c.expected ?? ''} ${c.actual ?? ''}`).join();
      const key = `${device.place ?? ''} ${device.kind} ${code} ${apart}`;
      const seen = found.get(key);
      if (seen === undefined) found.set(key, { kind: device.kind, ...(device.place === undefined ? {} : { place: device.place }), indices: [device.index], code: checks[0]?.code, checks });
      else seen.indices.push(device.index);
    }
  }
  return [...found.values()];
}

/** The label of a check within its device: `gpu.chain` for `gpu[3].chain`, in whichever machine. */
export const withoutNumber = (id: string): string => placedId(id).base.replace(/^(gpu|switch)\[\d+\]/, '$1');

/** "GPU 5: Not revoked". */
export const deviceLabel = (device: Phrase, name: Phrase): Phrase => text('device_check', { device: { kind: 'phrase', value: device }, name: { kind: 'phrase', value: name } });

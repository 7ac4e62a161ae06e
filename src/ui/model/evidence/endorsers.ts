/** What NVIDIA says about a machine's devices, said once: its manifests of reference values, and its answers about certificates. */
import type { DeviceFacts, RimFact } from '../../../evidence/nvidia/types';
import { type Phrase, plural, text } from '../../i18n/text';
import { type JudgedDevice, namesOf } from '../devices';
import { commonName } from './certificates';
import { answersOf, statusOf, validity } from './device-certificates';
import type { Judged } from './facts';

export interface ManifestRow {
  readonly id: string;
  readonly version: string;
  readonly from: string;
  readonly signer: string;
  /** Ms since the epoch. */
  readonly until: number;
  readonly devices: Phrase;
  /** Signer first, root last. */
  readonly chain: readonly { readonly name: string; readonly dates: Phrase; readonly fingerprint: string; readonly serial: string }[];
}

export interface AnswerRow {
  readonly name: string;
  readonly serial: string;
  readonly judged: Judged;
  /** Ms since the epoch; absent where nobody answered. */
  readonly of?: number;
  readonly next?: number;
  readonly devices: Phrase;
}

export interface Endorsers {
  readonly manifests: readonly ManifestRow[];
  readonly answers: readonly AnswerRow[];
  readonly answered: Phrase;
  /** Some answer is not good: then they are shown unfolded. Where nobody answered at all there is nothing to read. */
  readonly loud: boolean;
}

interface Read {
  readonly device: JudgedDevice;
  readonly facts: DeviceFacts | undefined;
}

/** One entry for each key, with the devices it belongs to. */
function gather<T>(read: readonly Read[], entries: (facts: DeviceFacts) => readonly (readonly [string, T])[]): readonly { readonly value: T; readonly devices: Phrase }[] {
  const found = new Map<string, { readonly value: T; readonly of: JudgedDevice[] }>();
  for (const { device, facts } of read) {
    for (const [key, value] of facts === undefined ? [] : entries(facts)) {
      const seen = found.get(key) ?? { value, of: [] };
      if (!seen.of.includes(device)) seen.of.push(device);
      found.set(key, seen);
    }
  }
  return [...found.values()].map(({ value, of }) => ({ value, devices: namesTogether(of) }));
}

function namesTogether(devices: readonly JudgedDevice[]): Phrase {
  const names = (['gpu', 'switch'] as const).flatMap((kind) => {
    const own = devices.filter((device) => device.kind === kind).map(({ index }) => index);
    return own.length === 0 ? [] : [namesOf(kind, own)];
  });
  return { key: 'count_row', args: { row: { kind: 'row', value: names } } };
}

function manifestRow({ id, version, from, certificates }: RimFact, devices: Phrase): ManifestRow {
  const [signer] = certificates;
  return {
    id, version, from, devices,
    signer: signer === undefined ? '' : commonName(signer.subject),
    until: Date.parse(signer?.notAfter ?? ''),
    chain: certificates.map((c) => ({ name: commonName(c.subject), dates: validity(c), fingerprint: c.fingerprint, serial: c.serial })),
  };
}

const at = (iso: string | undefined): number | undefined => (iso === undefined ? undefined : Date.parse(iso));

export function endorsersOf(read: readonly Read[]): Endorsers {
  const manifests = gather(read, ({ rims }) => rims.map((rim) => [`${rim.id} ${rim.version} ${rim.certificates[0]?.fingerprint ?? ''}`, rim] as const));
  const answers = gather(read, (facts) => answersOf(facts).map((one) => [`${one.certificate.fingerprint} ${one.answer.status} ${one.answer.thisUpdate ?? ''}`, one] as const));
  const good = answers.filter(({ value }) => value.answer.status === 'good').length;
  return {
    manifests: manifests.map(({ value, devices }) => manifestRow(value, devices)),
    answers: answers.map(({ value: { certificate, answer }, devices }) => {
      const [of, next] = [at(answer.thisUpdate), at(answer.nextUpdate)];
      return { name: commonName(certificate.subject), serial: certificate.serial, judged: statusOf(answer), devices, ...(of === undefined ? {} : { of }), ...(next === undefined ? {} : { next }) };
    }),
    answered: answers.length === 0 || good === 0 ? text('revocation_none') : plural('revocation_some', answers.length, { good: { kind: 'number', value: good } }),
    loud: answers.some(({ value }) => value.answer.status !== 'good' && value.answer.status !== 'not-checked') || (good > 0 && good < answers.length),
  };
}


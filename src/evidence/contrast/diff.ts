/** What changed between two manifests, for a person who must decide: measurements, TCB, machines, policies, owners. Data, not prose. */
import { GUEST_POLICY_FLAGS, PLATFORM_FLAGS } from './manifest-types';
import type { Manifest, SnpReference, TdxReference } from './manifest-types';

export type ManifestArea = 'measurement' | 'tcb' | 'machine' | 'policies' | 'owners' | 'form';

export interface ManifestChange {
  readonly area: ManifestArea;
  /** What it is of: a reference value by platform and processor, a policy by its workload, an owner's key by its kind. */
  readonly subject: string;
  /** The manifest's own word for the value. */
  readonly field: string;
  /** Absent where it came with the newer manifest. */
  readonly before?: string;
  /** Absent where the newer manifest dropped it. */
  readonly after?: string;
}

type Entry = Pick<ManifestChange, 'area' | 'subject' | 'field'> & { readonly value: string };

const AREAS: readonly ManifestArea[] = ['measurement', 'tcb', 'machine', 'policies', 'owners', 'form'];

/** Every difference in meaning, measurements first; none for manifests that differ in white space or order alone. */
export function diffManifests(before: Manifest, after: Manifest): readonly ManifestChange[] {
  const [old, now] = [indexed(entriesOf(before)), indexed(entriesOf(after))];
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((key): ManifestChange[] => {
    const [was, is] = [old.get(key), now.get(key)];
    const entry = is ?? was;
    if (entry === undefined || was?.value === is?.value) return [];
    const { area, subject, field } = entry;
    return [{ area, subject, field, ...(was === undefined ? {} : { before: was.value }), ...(is === undefined ? {} : { after: is.value }) }];
  });
  return AREAS.flatMap((area) => changes.filter((change) => change.area === area));
}

const indexed = (entries: readonly Entry[]): ReadonlyMap<string, Entry> => new Map(entries.map((entry) => [JSON.stringify([entry.area, entry.subject, entry.field]), entry]));

function entriesOf(manifest: Manifest): readonly Entry[] {
  const names = namer();
  return [
    ...manifest.snp.flatMap((reference) => snpEntries(reference, names(['snp', reference.platform, reference.product]))),
    ...manifest.tdx.flatMap((reference) => tdxEntries(reference, names(['tdx', reference.platform]))),
    ...policyEntries(manifest, names),
    ...manifest.workloadOwners.map((key): Entry => ({ area: 'owners', subject: 'WorkloadOwner', field: key, value: key })),
    ...manifest.seedshareOwners.map((key): Entry => ({ area: 'owners', subject: 'SeedshareOwner', field: key, value: key })),
    ...(manifest.minimumApiVersion === undefined ? [] : [{ area: 'form', subject: '', field: 'MinimumAPIVersion', value: manifest.minimumApiVersion } as const]),
    ...manifest.unknown.map((path): Entry => ({ area: 'form', subject: '', field: path, value: 'not known' })),
  ];
}

/** Tells things of one name apart by number, in the manifest's order. */
function namer(): (words: readonly string[]) => string {
  const counts = new Map<string, number>();
  return (words) => {
    const name = words.filter((word) => word !== '').join(' ');
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} ${count}`;
  };
}

function snpEntries(reference: SnpReference, subject: string): readonly Entry[] {
  const { minimumTcb, guestPolicy, platformInfo } = reference;
  const entry = (area: ManifestArea, field: string, value: string): Entry => ({ area, subject, field, value });
  return [
    entry('measurement', 'TrustedMeasurement', reference.measurement),
    ...(reference.apEip === undefined ? [] : [entry('measurement', 'APEIP', reference.apEip)]),
    ...([['BootloaderVersion', minimumTcb.bl], ['TEEVersion', minimumTcb.tee], ['SNPVersion', minimumTcb.snp], ['MicrocodeVersion', minimumTcb.ucode]] as const).map(([field, svn]) => entry('tcb', field, `${svn}`)),
    entry('tcb', 'MinimumMitigationVector', `0x${reference.minimumMitigations.toString(16)}`),
    ...GUEST_POLICY_FLAGS.map((flag) => entry('machine', `GuestPolicy.${flag}`, onOff(guestPolicy.flags.has(flag)))),
    entry('machine', 'GuestPolicy.ABI', `${guestPolicy.abiMajor}.${guestPolicy.abiMinor}`),
    ...PLATFORM_FLAGS.map((flag) => entry('machine', `PlatformInfo.${flag}`, onOff(platformInfo.has(flag)))),
    ...listed(reference.chipIds, 'AllowedChipIDs', subject),
  ];
}

function tdxEntries(reference: TdxReference, subject: string): readonly Entry[] {
  const entry = (area: ManifestArea, field: string, value: string): Entry => ({ area, subject, field, value });
  return [
    entry('measurement', 'MrTd', reference.mrTd),
    entry('measurement', 'MrSeam', reference.mrSeam),
    ...reference.rtmrs.map((rtmr, i) => entry('measurement', `Rtmrs[${i}]`, rtmr)),
    entry('tcb', 'MinTCBEvaluationDataNumber', `${reference.minimumEvaluationDataNumber}`),
    entry('tcb', 'MinimumQeSvn', `${reference.minimumQeSvn}`),
    entry('tcb', 'MinimumPceSvn', `${reference.minimumPceSvn}`),
    entry('tcb', 'MinimumTeeTcbSvn', reference.minimumTeeTcbSvn ?? ''),
    entry('machine', 'Xfam', reference.xfam),
    entry('machine', 'TdAttributes', reference.tdAttributes),
    entry('machine', 'MemoryIntegrity', onOff(reference.memoryIntegrity)),
    entry('machine', 'SMTDisabled', onOff(reference.smtDisabled)),
    entry('machine', 'StaticPlatform', onOff(reference.staticPlatform)),
    ...listed(reference.piids, 'AllowedPIIDs', subject),
  ];
}

/** No list at all allows everything, which is a change of its own. */
const listed = (ids: readonly string[], field: string, subject: string): readonly Entry[] =>
  ids.length === 0 ? [{ area: 'machine', subject, field, value: 'any' }] : [...new Set(ids)].map((id): Entry => ({ area: 'machine', subject, field: `${field} ${id}`, value: id }));

/** By the workload's name, so that a changed policy stands beside the one it replaces. */
function policyEntries({ policies }: Manifest, names: (words: readonly string[]) => string): readonly Entry[] {
  const sorted = [...policies].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([hash, { sans, workloadSecretId, coordinator }]) => {
    const subject = names(['policy', workloadSecretId === '' ? (sans[0] ?? '') : workloadSecretId]);
    const entry = (field: string, value: string): Entry => ({ area: 'policies', subject, field, value });
    return [entry('hash', hash), entry('SANs', sans.join(', ')), entry('Role', coordinator ? 'coordinator' : '')];
  });
}

const onOff = (on: boolean): string => (on ? 'on' : 'off');

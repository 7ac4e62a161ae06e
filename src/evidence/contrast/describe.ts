/** A manifest as named values, for people: what reference values keep, what is compared, what a change is told by. */
import { GUEST_POLICY_FLAGS, PLATFORM_FLAGS } from './manifest-types';
import type { Manifest, SnpReference, TdxReference } from './manifest-types';

/** In the order in which a change matters. */
export const MANIFEST_AREAS = ['measurement', 'tcb', 'machine', 'policies', 'owners', 'form'] as const;
export type ManifestArea = (typeof MANIFEST_AREAS)[number];

export interface ManifestEntry {
  readonly area: ManifestArea;
  /** Unique within a manifest: a reference value by platform and processor, a policy by its workload, then the field. */
  readonly name: string;
  readonly value: string;
}

/** Everything a manifest says, by area. Manifests that differ in white space or order alone give the same entries. */
export function describeManifest(manifest: Manifest): readonly ManifestEntry[] {
  const names = namer();
  const entries: readonly ManifestEntry[] = [
    ...manifest.snp.flatMap((reference) => snpEntries(reference, names(['snp', reference.platform, reference.product]))),
    ...manifest.tdx.flatMap((reference) => tdxEntries(reference, names(['tdx', reference.platform]))),
    ...policyEntries(manifest, names),
    { area: 'owners', name: 'workload owners', value: listed(manifest.workloadOwners, 'none') },
    { area: 'owners', name: 'seedshare owners', value: listed(manifest.seedshareOwners, 'none') },
    ...(manifest.minimumApiVersion === undefined ? [] : [{ area: 'form', name: 'MinimumAPIVersion', value: manifest.minimumApiVersion } as const]),
    ...manifest.unknown.map((path): ManifestEntry => ({ area: 'form', name: path, value: 'not known' })),
  ];
  return MANIFEST_AREAS.flatMap((area) => entries.filter((entry) => entry.area === area));
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

const listed = (items: readonly string[], none: string): string => (items.length === 0 ? none : [...items].sort().join(' '));

function snpEntries(reference: SnpReference, subject: string): readonly ManifestEntry[] {
  const { minimumTcb: tcb, guestPolicy, platformInfo } = reference;
  const entry = (area: ManifestArea, field: string, value: string): ManifestEntry => ({ area, name: `${subject}: ${field}`, value });
  return [
    entry('measurement', 'TrustedMeasurement', reference.measurement),
    ...(reference.apEip === undefined ? [] : [entry('measurement', 'APEIP', reference.apEip)]),
    entry('tcb', 'MinimumTCB', `boot loader ${tcb.bl}, TEE ${tcb.tee}, SNP ${tcb.snp}, microcode ${tcb.ucode}`),
    entry('tcb', 'MinimumMitigationVector', `0x${reference.minimumMitigations.toString(16)}`),
    entry('machine', 'GuestPolicy', `ABI ${guestPolicy.abiMajor}.${guestPolicy.abiMinor} ${GUEST_POLICY_FLAGS.filter((flag) => guestPolicy.flags.has(flag)).join(' ')}`),
    entry('machine', 'PlatformInfo', listed(PLATFORM_FLAGS.filter((flag) => platformInfo.has(flag)), 'none')),
    entry('machine', 'AllowedChipIDs', listed(reference.chipIds, 'any')),
  ];
}

function tdxEntries(reference: TdxReference, subject: string): readonly ManifestEntry[] {
  const entry = (area: ManifestArea, field: string, value: string): ManifestEntry => ({ area, name: `${subject}: ${field}`, value });
  const asked = [...(reference.memoryIntegrity ? ['MemoryIntegrity'] : []), ...(reference.smtDisabled ? ['SMTDisabled'] : []), ...(reference.staticPlatform ? ['StaticPlatform'] : [])];
  const older = [`QE ${reference.minimumQeSvn}`, `PCE ${reference.minimumPceSvn}`, ...(reference.minimumTeeTcbSvn === undefined ? [] : [reference.minimumTeeTcbSvn])];
  return [
    entry('measurement', 'MrTd', reference.mrTd),
    entry('measurement', 'MrSeam', reference.mrSeam),
    ...reference.rtmrs.map((rtmr, i) => entry('measurement', `Rtmrs[${i}]`, rtmr)),
    entry('tcb', 'MinTCBEvaluationDataNumber', `${reference.minimumEvaluationDataNumber}`),
    entry('tcb', 'minimum SVNs', older.join(', ')),
    entry('machine', 'TdAttributes', reference.tdAttributes),
    entry('machine', 'Xfam', reference.xfam),
    entry('machine', 'platform', listed(asked, 'nothing asked for')),
    entry('machine', 'AllowedPIIDs', listed(reference.piids, 'any')),
  ];
}

/** By the workload's name, so that a changed policy stands beside the one it replaces. */
function policyEntries({ policies }: Manifest, names: (words: readonly string[]) => string): readonly ManifestEntry[] {
  const sorted = [...policies].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([hash, { sans, workloadSecretId, coordinator }]): readonly ManifestEntry[] => {
    const subject = names(['policy', ...(coordinator ? ['coordinator'] : []), workloadSecretId === '' ? (sans[0] ?? '') : workloadSecretId]);
    return [{ area: 'policies', name: `${subject}: hash`, value: hash }, { area: 'policies', name: `${subject}: names`, value: sans.join(' ') }];
  });
}

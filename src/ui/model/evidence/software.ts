/** What runs, what the user expects, and where the two differ. */
import type { Check } from '../../../checks/check';
import { COMPACT_HASH, MANIFEST_HASH } from '../../../providers/contrast/names';
import type { SoftwareIdentity } from '../../../providers/types';
import type { StoredReference } from '../../../watch/snapshot';
import { literal, type MessageKey, type Phrase, text } from '../../i18n/text';
import { isStartUp } from '../outcome';
import { proofOf } from '../proof';
import type { FactRow } from './facts';

/** One value of the software beside what a reference value expects. */
export interface Difference {
  readonly name: Phrase;
  /** Absent where the reference value says nothing of it. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

export interface ReferenceRow {
  readonly id: string;
  readonly title: Phrase;
  readonly note: string;
  /** Said at a service of the user's own of a value that counts for others, too. */
  readonly scope: Phrase | undefined;
  readonly matches: boolean;
  readonly differences: readonly Difference[];
}

export interface SoftwareItem {
  /** Index into `EvidenceView.software`: what approving names. */
  readonly index: number;
  readonly title: MessageKey;
  readonly claimed: boolean;
  readonly values: readonly FactRow[];
  readonly references: readonly ReferenceRow[];
  /** `undefined` where a reference value matches already. */
  readonly approve: { readonly warning: Phrase } | undefined;
}

export interface SoftwareModel {
  readonly intro: MessageKey;
  readonly items: readonly SoftwareItem[];
}

const REGISTER_NAMES: Readonly<Record<string, MessageKey>> = {
  mrTd: 'fact_mrTd', rtmr0: 'fact_rtmr0', rtmr1: 'fact_rtmr1', rtmr2: 'fact_rtmr2', rtmr3: 'fact_rtmr3', mrConfigId: 'fact_mrConfigId', digest: 'fact_digest',
  measurement: 'fact_snp_measurement', hostData: 'fact_snp_host_data', idKeyDigest: 'fact_snp_id_key', authorKeyDigest: 'fact_snp_author_key',
  [MANIFEST_HASH]: 'fact_manifest', [COMPACT_HASH]: 'fact_manifest_compact',
};
const SOURCES: Readonly<Record<StoredReference['source'], MessageKey>> = { release: 'reference_release', imported: 'reference_imported', approved: 'reference_approved' };

export function valueName(name: string): Phrase {
  const key = Object.hasOwn(REGISTER_NAMES, name) ? REGISTER_NAMES[name] : undefined;
  return key === undefined ? literal(name) : { key };
}

/** "Imported from a file on 3 Nov 2026". */
export const referenceTitle = (reference: Pick<StoredReference, 'source' | 'addedAt'>): Phrase => ({ key: SOURCES[reference.source], args: { date: { kind: 'date', value: reference.addedAt } } });

const ZEROS = /^(00)+$/;
export const valueRow = (name: string, value: string): FactRow => (ZEROS.test(value) ? { name: valueName(name), zeroBytes: value.length / 2 } : { name: valueName(name), value });

/** What a manifest says beyond the one that is known: a policy that came with it counts as much as one that changed. */
function added({ kind, values }: SoftwareIdentity, known: readonly string[]): readonly string[] {
  const whole = kind === 'contrast-manifest' && known.some((name) => name !== MANIFEST_HASH && name !== COMPACT_HASH);
  return whole ? Object.keys(values).filter((name) => !known.includes(name)) : [];
}

/** A reference value matches when each of its names lists what is there; one that names nothing matches nothing. */
function compared(identity: SoftwareIdentity, reference: StoredReference, own: boolean): ReferenceRow {
  const names = Object.keys(reference.values);
  const differences = [...names, ...added(identity, names)].flatMap((name): readonly Difference[] => {
    const actual = identity.values[name];
    const accepted = reference.values[name];
    return actual !== undefined && accepted?.includes(actual) === true ? [] : [{ name: valueName(name), expected: accepted?.join(' '), actual }];
  });
  return { id: reference.id, title: referenceTitle(reference), note: reference.note, scope: own && reference.apiOrigin === undefined ? text('options_reference_all') : undefined, matches: names.length > 0 && differences.length === 0, differences };
}

function itemOf(identity: SoftwareIdentity, index: number, references: readonly StoredReference[], { service, approvable, own }: SoftwareOf): SoftwareItem {
  const claimed = identity.basis === 'claimed';
  const rows = references.filter((r) => r.dialect === identity.dialect && r.role === identity.role && r.kind === identity.kind).map((r) => compared(identity, r, own));
  const known = rows.some((r) => r.matches);
  return {
    index,
    title: claimed ? 'software_claimed' : 'software_measured',
    claimed,
    values: Object.entries(identity.values).map(([name, value]) => valueRow(name, value)),
    references: rows.toSorted((a, b) => Number(b.matches) - Number(a.matches) || a.differences.length - b.differences.length),
    approve: known || !approvable ? undefined : { warning: rows.length > 0 ? text('approve_differs', { service }) : text('approve_unseen') },
  };
}

function introOf(checks: readonly Check[]): MessageKey {
  const software = proofOf(checks).of('software');
  if (software.some((c) => c.outcome === 'fail')) return 'software_intro_differs';
  // Whatever else holds beside it: what nobody has named is not what anybody expects.
  if (software.some((c) => c.code === 'SOFTWARE_NOT_KNOWN')) return 'software_intro_unknown';
  if (software.some((c) => c.basis === 'hardware' && c.code === 'SOFTWARE_APPROVED')) return 'software_intro_approved';
  return software.some((c) => c.basis === 'hardware' && c.outcome === 'pass' && !isStartUp(c)) ? 'software_intro_known' : 'software_intro_none';
}

/** Whose software it is. */
export interface SoftwareOf {
  readonly service: string;
  /** False where the evidence is a file, which cannot be approved on sight. */
  readonly approvable: boolean;
  /** A service of the user's own: others may speak its dialect. */
  readonly own: boolean;
}

export const softwareOf = (identities: readonly SoftwareIdentity[], references: readonly StoredReference[], checks: readonly Check[], of: SoftwareOf): SoftwareModel => ({
  intro: introOf(checks),
  items: identities.map((identity, index) => itemOf(identity, index, references, of)),
});

/** Comparing what runs with what the user expects. A reference value serves its own dialect, role and kind, no other. */
import { type Check, fail, pass, weak } from '../../checks/check';
import type { ReferenceKind, ReferenceSource, ReferenceValue } from '../../checks/reference';
import { BOOT_PCRS, isPcrName, PCR_BANKS, pcrName } from '../../checks/snp-launch';
import type { SoftwareIdentity } from '../types';

export type SoftwareMatch =
  /** No reference value for this dialect, role and kind. */
  | { readonly kind: 'unseen' }
  | { readonly kind: 'match'; readonly value: ReferenceValue }
  /** What it names fits and identifies no software: the firmware alone, or registers that hold nothing. */
  | { readonly kind: 'partial'; readonly value: ReferenceValue }
  /** There are reference values and none fits; the nearest one and the first name that differs. */
  | { readonly kind: 'differs'; readonly value: ReferenceValue; readonly name: string };

const WORTH: readonly ReferenceSource[] = ['release', 'imported', 'approved'];

/** A value that names nothing matches nothing. */
function differing(value: ReferenceValue, identity: SoftwareIdentity): readonly string[] {
  const names = Object.keys(value.values);
  if (names.length === 0) return [''];
  return names.filter((name) => {
    const actual = identity.values[name];
    return actual === undefined || value.values[name]?.includes(actual) !== true;
  });
}

/**
 * What must be named before software is known. The firmware (MRTD) measures the kernel (RTMR 1), its command line and first
 * file system (RTMR 2): with any of them open, something else can write the rest. RTMR 3 and MRCONFIGID are written by what
 * runs or chosen by the host, so they tell nothing by themselves; RTMR 0 is the firmware's configuration.
 */
const NEEDED: Readonly<Partial<Record<ReferenceKind, readonly string[]>>> = {
  'tdx-registers': ['mrTd', 'rtmr1', 'rtmr2'],
  'dstack-app': ['mrTd', 'rtmr1', 'rtmr2', 'composeHash'],
  'snp-launch': ['measurement'],
};

const ZEROS = /^0+$/;

/** Could this value identify software? A register of zeros is one that nothing was measured into: it names nothing. */
const namesSoftware = ({ kind, values }: ReferenceValue): boolean => (NEEDED[kind] ?? []).every((name) => values[name]?.some((text) => !ZEROS.test(text)) === true);

/** Of a value that fits: whether what is really there, and named by it, identifies the software. */
const identifies = (value: ReferenceValue, identity: SoftwareIdentity): boolean => namesSoftware(value) && (NEEDED[value.kind] ?? []).every((name) => !ZEROS.test(identity.values[name] ?? '0')) && namesWhatStarted(value, identity);

/** Beside a vTPM a launch measurement is of the firmware alone: what it started is in the registers. */
function namesWhatStarted({ kind, values }: ReferenceValue, identity: SoftwareIdentity): boolean {
  if (kind !== 'snp-launch' || !Object.keys(identity.values).some(isPcrName)) return true;
  return PCR_BANKS.some((bank) => BOOT_PCRS.some((index) => values[pcrName(bank, index)] !== undefined && !ZEROS.test(identity.values[pcrName(bank, index)] ?? '0')));
}

/** The best matching reference value, or the nearest one that differs. One that names no software stands in for none that does. */
export function matchSoftware(identity: SoftwareIdentity, references: readonly ReferenceValue[]): SoftwareMatch {
  const candidates = references
    .filter((r) => r.dialect === identity.dialect && r.role === identity.role && r.kind === identity.kind)
    .map((value) => ({ value, differs: differing(value, identity) }))
    .sort((a, b) => Number(namesSoftware(b.value)) - Number(namesSoftware(a.value)) || a.differs.length - b.differs.length || WORTH.indexOf(a.value.source) - WORTH.indexOf(b.value.source));
  const best = candidates[0];
  if (best === undefined) return { kind: 'unseen' };
  const name = best.differs[0];
  if (name !== undefined) return { kind: 'differs', value: best.value, name };
  return { kind: identifies(best.value, identity) ? 'match' : 'partial', value: best.value };
}

/** A value that says so of this very software; one that was only approved on sight vouches for no property. */
export function knownToHave(property: keyof ReferenceValue['properties'], identity: SoftwareIdentity, references: readonly ReferenceValue[]): ReferenceValue | undefined {
  const { dialect, role, kind } = identity;
  return references.find((r) => r.source !== 'approved' && r.properties[property] === true && r.dialect === dialect && r.role === role && r.kind === kind && differing(r, identity).length === 0 && identifies(r, identity));
}

/** True where the software is known from a release or a file, the sources that allow `verified`. */
export const isKnown = (match: SoftwareMatch): boolean => match.kind === 'match' && match.value.source !== 'approved';

/** Where a reference value comes from, with its date and the one service it is for, for a check's `source`. */
export function describeSource(value: ReferenceValue): string {
  const when = value.addedAt === undefined ? '' : ` ${new Date(value.addedAt).toISOString()}`;
  const bound = value.apiOrigin === undefined ? '' : ` for ${value.apiOrigin}`;
  return `${value.source}${when}${bound}${value.note === '' ? '' : `: ${value.note}`}`;
}

/** The check of hardware-measured software. */
export function measuredSoftwareCheck(id: string, identity: SoftwareIdentity, match: SoftwareMatch): Check {
  const names = Object.keys(identity.values).join(' ');
  if (match.kind === 'unseen') return weak(id, 'SOFTWARE_NOT_KNOWN', names);
  const source = describeSource(match.value);
  if (match.kind === 'differs') {
    return fail(id, 'MEASUREMENT_MISMATCH', match.name, {
      source,
      expected: match.value.values[match.name]?.join(' or '),
      actual: identity.values[match.name],
    });
  }
  const compared = Object.keys(match.value.values).join(' ');
  if (match.kind === 'partial') return weak(id, 'POLICY_NAMES_NO_SOFTWARE', compared, { source });
  return match.value.source === 'approved' ? weak(id, 'SOFTWARE_APPROVED', compared, { source }) : pass(id, compared, { source });
}

/** The check of software that the service merely names: never more than `claimed`. */
export function claimedImageCheck(id: string, identity: SoftwareIdentity, match: SoftwareMatch): Check {
  const actual = Object.values(identity.values).join(' ');
  if (match.kind === 'unseen') return weak(id, 'IMAGE_ONLY_CLAIMED', actual, { basis: 'claimed', actual });
  const source = describeSource(match.value);
  if (match.kind === 'differs') {
    return fail(id, 'IMAGE_MISMATCH', match.name, { basis: 'claimed', source, expected: match.value.values[match.name]?.join(' or '), actual });
  }
  const parts = { basis: 'claimed', source, actual } as const;
  return match.value.source === 'approved' ? weak(id, 'SOFTWARE_APPROVED', actual, parts) : pass(id, actual, parts);
}

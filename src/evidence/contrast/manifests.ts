/** A Coordinator's manifests and policies as checks: read, known, alone, and every policy text one that a manifest names. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Check, pass } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { toHex } from '../../encoding/hex';
import { checkOf, contradiction, restsOn, undetermined } from '../findings';
import type { Fault } from '../findings';
import type { ContrastDocument } from './document';
import { parseManifest } from './manifest';
import type { Manifest } from './manifest-types';
import type { ManifestRules } from './types';

export interface Manifests {
  /** The newest, exactly as sent; SHA-256 in lower-case hex. */
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly newest?: Manifest;
  /** All that could be read, oldest first. */
  readonly read: readonly Manifest[];
  readonly count: number;
  readonly faults: readonly Fault[];
}

export function readManifests({ manifests }: Pick<ContrastDocument, 'manifests'>): Manifests {
  const readings = manifests.map(readOne);
  const bytes = manifests[manifests.length - 1] ?? new Uint8Array();
  const newest = readings[readings.length - 1]?.manifest;
  return {
    bytes,
    sha256: toHex(sha256(bytes)),
    ...(newest === undefined ? {} : { newest }),
    read: readings.flatMap(({ manifest }) => (manifest === undefined ? [] : [manifest])),
    count: manifests.length,
    faults: readings.flatMap(({ faults }) => faults),
  };
}

function readOne(bytes: Uint8Array, index: number, all: readonly Uint8Array[]): { manifest?: Manifest; faults: readonly Fault[] } {
  const which = all.length === 1 ? '' : ` (manifest ${index + 1} of ${all.length})`;
  try {
    const manifest = parseManifest(bytes);
    return { manifest, faults: manifest.unknown.slice(0, 1).map((path) => undetermined('MANIFEST_UNSUPPORTED', `${path}: a field that no rule here knows${which}`)) };
  } catch (error) {
    if (error instanceof CodedError) return { faults: [contradiction(error.code, `${error.detail}${which}`)] };
    throw error;
  }
}

/** The check `manifest.parse`. */
export const parseCheck = ({ newest, faults }: Manifests): Check =>
  checkOf('manifest.parse', faults, newest === undefined ? '' : `${newest.policies.size} policies, ${newest.snp.length} reference values for SEV-SNP, ${newest.tdx.length} for TDX`, { basis: 'derived' });

/** `manifest.pin manifest.history manifest.policies`; that they hold says nothing until the manifests are attested, which `ground` says. */
export function manifestChecks(manifests: Manifests, rules: ManifestRules, policies: readonly Uint8Array[], ground: readonly Fault[]): readonly Check[] {
  const pin = rules.pin(manifests.sha256);
  return [
    pin.outcome === 'pass' ? checkOf('manifest.pin', restsOn(ground), pin.detail, valuesOf(pin)) : pin,
    checkOf('manifest.history', [...historyFaults(manifests, rules), ...restsOn(ground)], manifests.count === 1 ? 'one manifest' : `the newest of ${manifests.count} manifests`, { basis: 'derived' }),
    policiesCheck(manifests, policies),
  ];
}

const valuesOf = ({ actual, expected, source, basis }: Check): Parameters<typeof pass>[2] => ({ actual, expected, source, basis });

function historyFaults({ count, newest }: Manifests, { single, immutable }: ManifestRules): readonly Fault[] {
  return [
    ...(single && count !== 1 ? [contradiction('MANIFEST_HISTORY', `${count} manifests`, { expected: '1', actual: `${count}` })] : []),
    ...(immutable && newest !== undefined && newest.workloadOwners.length > 0 ? [contradiction('MANIFEST_UPDATABLE', `${newest.workloadOwners.length} keys that can set another manifest`, { expected: '0', actual: `${newest.workloadOwners.length}` })] : []),
  ];
}

/** REPORT_DATA does not hold the policies: each proves itself by its hash, or belongs to nothing. */
function policiesCheck({ newest, read }: Manifests, policies: readonly Uint8Array[]): Check {
  const stray = policies.map((policy) => toHex(sha256(policy))).find((hash) => !read.some((manifest) => manifest.policies.has(hash)));
  const faults = stray === undefined ? [] : [contradiction('POLICY_NOT_IN_MANIFEST', 'a policy that no manifest names', { actual: stray })];
  return checkOf('manifest.policies', faults, `${policies.length} texts for ${newest?.policies.size ?? 0} policies`, { basis: 'derived' });
}

/** SHA-256 as Privatemode's page shows it: of the manifest read and written anew as compact JSON. Only for one that could be parsed. */
export const compactSha256 = (manifest: Uint8Array): string => toHex(sha256(new TextEncoder().encode(JSON.stringify(JSON.parse(new TextDecoder().decode(manifest))))));

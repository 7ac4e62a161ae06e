/**
 * A manifest as reference value. The service itself hands out the manifest it is judged by, so only one that the user
 * knows from elsewhere counts: imported (reproduced, or from a release) holds, approved on sight and unseen are weak.
 */
import { fail, pass, weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import type { ReferenceSource } from '../../checks/reference';

export interface KnownManifest {
  /** Of the exact bytes, lower-case hex. */
  readonly sha256: string;
  readonly source: ReferenceSource;
  readonly note: string;
  /** When it was imported or approved, ms since the epoch. */
  readonly addedAt?: number;
}

const WORTH: readonly ReferenceSource[] = ['release', 'imported', 'approved'];

/** The check `manifest.pin`: none known is weak, the best of those that match counts, and another one than all known ones is a contradiction. */
export function pinCheck(sha256: string, known: readonly KnownManifest[]): Check {
  if (known.length === 0) return weak('manifest.pin', 'SOFTWARE_NOT_KNOWN', 'seen for the first time, from the service itself', { actual: sha256 });
  const [best] = known.filter((one) => one.sha256 === sha256).sort((a, b) => WORTH.indexOf(a.source) - WORTH.indexOf(b.source));
  if (best === undefined) return fail('manifest.pin', 'MANIFEST_NOT_PINNED', 'another manifest', { expected: [...new Set(known.map((one) => one.sha256))].join(' or '), actual: sha256 });
  const parts = { actual: sha256, source: sourceOf(best) };
  return best.source === 'approved' ? weak('manifest.pin', 'SOFTWARE_APPROVED', best.note, parts) : pass('manifest.pin', best.note, parts);
}

const sourceOf = ({ source, addedAt }: KnownManifest): string => (addedAt === undefined ? source : `${source} ${new Date(addedAt).toISOString().slice(0, 10)}`);

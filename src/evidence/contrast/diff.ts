/** What changed between two manifests, for a person who must decide: measurements, TCB, machines, policies, owners. Data, not prose. */
import { MANIFEST_AREAS, describeManifest } from './describe';
import type { ManifestArea, ManifestEntry } from './describe';
import type { Manifest } from './manifest-types';

export interface ManifestChange {
  readonly area: ManifestArea;
  readonly name: string;
  /** Absent where it came with the newer manifest. */
  readonly before?: string;
  /** Absent where the newer manifest dropped it. */
  readonly after?: string;
}

/** Every difference in meaning, measurements first. */
export function diffManifests(before: Manifest, after: Manifest): readonly ManifestChange[] {
  const [old, now] = [indexed(before), indexed(after)];
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((name): ManifestChange[] => {
    const [was, is] = [old.get(name), now.get(name)];
    const area = (is ?? was)?.area;
    if (area === undefined || was?.value === is?.value) return [];
    return [{ area, name, ...(was === undefined ? {} : { before: was.value }), ...(is === undefined ? {} : { after: is.value }) }];
  });
  return MANIFEST_AREAS.flatMap((area) => changes.filter((change) => change.area === area));
}

const indexed = (manifest: Manifest): ReadonlyMap<string, ManifestEntry> => new Map(describeManifest(manifest).map((entry) => [entry.name, entry]));

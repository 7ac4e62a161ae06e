/** What identifies a deployment: its manifest's digest, and what the manifest says by name, so that a change can be read. */
import { describeManifest } from '../../evidence/contrast/describe';
import { parseManifest } from '../../evidence/contrast/manifest';
import type { Manifest } from '../../evidence/contrast/manifest-types';
import { sha256Hex } from '../../signatures/digests';
import { MANIFEST_HASH } from './names';

export const manifestValues = (sha256: string, manifest: Manifest): Readonly<Record<string, string>> => ({
  [MANIFEST_HASH]: sha256,
  ...Object.fromEntries(describeManifest(manifest).map(({ name, value }) => [name, value])),
});

/** The same out of a manifest's bytes. Raises what `parseManifest` raises. */
export const valuesOfManifest = (bytes: Uint8Array): Readonly<Record<string, string>> => manifestValues(sha256Hex(bytes), parseManifest(bytes));

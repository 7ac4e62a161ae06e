/** What identifies a deployment: its manifest's digest, and what the manifest says by name, so that a change can be read. */
import { describeManifest } from '../../evidence/contrast/describe';
import { compactSha256 } from '../../evidence/contrast/manifests';
import { parseManifest } from '../../evidence/contrast/manifest';
import type { Manifest } from '../../evidence/contrast/manifest-types';
import { sha256Hex } from '../../signatures/digests';
import { COMPACT_HASH, MANIFEST_HASH } from './names';

/** `bytes`: exactly as sent, of a manifest that could be parsed. */
export const manifestValues = (bytes: Uint8Array, manifest: Manifest): Readonly<Record<string, string>> => ({
  [MANIFEST_HASH]: sha256Hex(bytes),
  [COMPACT_HASH]: compactSha256(bytes),
  ...Object.fromEntries(describeManifest(manifest).map(({ name, value }) => [name, value])),
});

/** The same out of a manifest's bytes. Raises what `parseManifest` raises. */
export const valuesOfManifest = (bytes: Uint8Array): Readonly<Record<string, string>> => manifestValues(bytes, parseManifest(bytes));

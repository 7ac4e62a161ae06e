/** How deployments of Contrast are called among profiles and reference values; apart, so that files of them can be read without their verifier's providers. */
import { sha256Hex } from '../../signatures/digests';
import { describeManifest } from '../../evidence/contrast/describe';
import { parseManifest } from '../../evidence/contrast/manifest';
import type { Manifest } from '../../evidence/contrast/manifest-types';

/** A deployment of the user's own, and Privatemode's. A manifest of one never serves the other. */
export const DIALECT = 'contrast';
export const PRIVATEMODE = 'privatemode';
export const ROLE = 'coordinator';
/** The name of the value that decides, among the kind `contrast-manifest`: SHA-256 of the manifest's bytes, lower-case hex. */
export const MANIFEST_HASH = 'manifest sha256';

/** What identifies a deployment: its manifest's digest, and what the manifest says, so that a change can be read. */
export const manifestValues = (sha256: string, manifest: Manifest): Readonly<Record<string, string>> => ({
  [MANIFEST_HASH]: sha256,
  ...Object.fromEntries(describeManifest(manifest).map(({ name, value }) => [name, value])),
});

/** The same out of a manifest's bytes. Raises what `parseManifest` raises. */
export const valuesOfManifest = (bytes: Uint8Array): Readonly<Record<string, string>> => manifestValues(sha256Hex(bytes), parseManifest(bytes));

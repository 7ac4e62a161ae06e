/** How deployments of Contrast are called among profiles and reference values; apart, so that pages and the tap can name them without their verifier. */

/** A deployment of the user's own, and Privatemode's. A manifest of one never serves the other. */
export const DIALECT = 'contrast';
export const PRIVATEMODE = 'privatemode';
export const ROLE = 'coordinator';
/** The name of the value that decides, among the kind `contrast-manifest`: SHA-256 of the manifest's bytes, lower-case hex. */
export const MANIFEST_HASH = 'manifest sha256';
/** Beside it: the same manifest as Privatemode's page counts it, read and written anew. White space changes the one and not the other. */
export const COMPACT_HASH = 'manifest sha256, as compact JSON';

/** What a Coordinator takes, exactly. */
export const NONCE_BYTES = 32;
/** A document carries all policies of a deployment. */
export const MAX_DOCUMENT = 16 * 1024 * 1024;

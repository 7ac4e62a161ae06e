/** How a Coordinator ties nonce, manifest history and certificate authorities into REPORT_DATA; all over the exact bytes sent. */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../../encoding/bytes';
import type { ContrastDocument } from './document';

const DIGEST = 32;

/** The digest that the newest of a history of manifests stands for: each transition hashes its manifest's digest and the one before it. */
export function transitionOf(manifests: readonly Uint8Array[]): Uint8Array {
  return manifests.reduce<Uint8Array>((before, manifest) => sha256(concatBytes(sha256(manifest), before)), new Uint8Array(DIGEST));
}

/** REPORT_DATA, 64 bytes: SHA-256 over nonce (32 bytes), transition and both authorities' digests, zeros behind it. */
export function reportDataFor(nonce: Uint8Array, transition: Uint8Array, rootCa: Uint8Array, meshCa: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(sha256(concatBytes(nonce, transition, sha256(rootCa), sha256(meshCa))), new Uint8Array(DIGEST));
}

/** REPORT_DATA that evidence over this document and nonce must hold. */
export const expectedReportData = (nonce: Uint8Array, { manifests, rootCa, meshCa }: Pick<ContrastDocument, 'manifests' | 'rootCa' | 'meshCa'>): Uint8Array<ArrayBuffer> =>
  reportDataFor(nonce, transitionOf(manifests), rootCa, meshCa);

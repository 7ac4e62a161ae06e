/**
 * GPU evidence of plausible shape and size: an SPDM GET_MEASUREMENTS request with the nonce where it belongs, a
 * response header, and bytes that depend on the GPU alone. Nothing in it is signed by anyone: no verifier may pass it.
 */
import { certificate } from '../pki/certificate.ts';
import { derivedKey, labelled } from '../pki/keys.ts';

const REQUEST = Buffer.from('11e001ff', 'hex');
const RESPONSE = Buffer.from('001160000040c00d00', 'hex');
/** As long as an H100's (request 37 bytes, response the rest). */
const LENGTH = 4118;

const chains = new Map<number, string>();

/** Leaf and root, PEM, joined without a trailing newline as nvtrust does. */
function chainOf(index: number): string {
  const known = chains.get(index);
  if (known !== undefined) return known;
  const rootKey = derivedKey('gpu root');
  const dates = { notBefore: Date.UTC(2024, 0, 1), notAfter: Date.UTC(2044, 0, 1) };
  const root = certificate({ subject: 'Simulated GPU Root CA', issuer: 'Simulated GPU Root CA', key: rootKey, issuerKey: rootKey, serial: 'gpu root', ...dates, pathLength: 3 });
  const leaf = certificate({ subject: `Simulated GPU ${index}`, issuer: 'Simulated GPU Root CA', key: derivedKey(`gpu ${index}`), issuerKey: rootKey, serial: `gpu ${index}`, ...dates });
  const chain = (leaf.pem + root.pem).trimEnd();
  chains.set(index, chain);
  return chain;
}

export interface GpuEvidence {
  /** Base64 of the binary report. */
  readonly evidence: string;
  /** Base64 of the PEM chain. */
  readonly certificate: string;
}

export function gpuEvidence(nonce: Uint8Array, count: number): readonly GpuEvidence[] {
  return Array.from({ length: count }, (_, index) => {
    const head = Buffer.concat([REQUEST, nonce, RESPONSE]);
    const report = Buffer.concat([head, labelled(`gpu report/${index}`, LENGTH - head.length)]);
    return { evidence: report.toString('base64'), certificate: Buffer.from(chainOf(index)).toString('base64') };
  });
}

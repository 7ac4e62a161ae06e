/**
 * Certificates of the local HTTPS server. Unlike the simulated Intel keys these are new in every process: someone may
 * add this CA to a browser profile, and a CA whose private key is published must never be trusted anywhere.
 */
import { certificate, serverExtensions } from './certificate.ts';
import { freshKey, nodeKey, sha256 } from './keys.ts';

export interface TlsIdentity {
  /** PEM of the leaf's private key (PKCS #8). */
  readonly key: string;
  /** Leaf and CA, PEM. */
  readonly chain: string;
  /** The CA alone, PEM and DER. */
  readonly caPem: string;
  readonly caDer: Buffer;
  /** SHA-256 of the leaf's SPKI, base64: for Chromium's --ignore-certificate-errors-spki-list. */
  readonly spkiHash: string;
}

export function tlsIdentity(names: readonly string[], now: number): TlsIdentity {
  const day = 86_400_000;
  const caKey = freshKey();
  const leafKey = freshKey();
  const label = sha256(caKey.spki).toString('hex');
  const caName = `Assay Simulator TLS CA ${label.slice(0, 8)}`;
  const ca = certificate({ subject: caName, issuer: caName, key: caKey, issuerKey: caKey, serial: `tls ca/${label}`, notBefore: now - day, notAfter: now + 200 * day, pathLength: 0 });
  const leaf = certificate({
    subject: names[0] ?? 'localhost', issuer: caName, key: leafKey, issuerKey: caKey, serial: `tls leaf/${label}`,
    notBefore: now - day, notAfter: now + 190 * day, extensions: serverExtensions(names, ['127.0.0.1']),
  });
  return {
    key: nodeKey(leafKey).export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: leaf.pem + ca.pem, caPem: ca.pem, caDer: ca.der, spkiHash: sha256(leafKey.spki).toString('base64'),
  };
}

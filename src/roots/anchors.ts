/** A vendor's root key as a fact: no certificate is committed, the key is what is pinned. */
export interface Anchor {
  readonly vendor: 'intel' | 'amd' | 'nvidia' | 'aws';
  /** What the key may sign for (`sgx` is Intel's root of SGX and TDX). */
  readonly kind: 'sgx';
  readonly subject: string;
  /** DER SubjectPublicKeyInfo, lower-case hex. */
  readonly spki: string;
  /** SHA-256 of a certificate that carries the key, lower-case hex. */
  readonly fingerprint: string;
  /** Where the vendor publishes it. */
  readonly source: string;
}

/** A vendor's root key as a fact: no certificate is committed, the key is what is pinned. */
export interface Anchor {
  readonly vendor: 'intel' | 'amd' | 'nvidia' | 'aws';
  /**
   * What the key may sign for: `sgx` Intel's SGX and TDX, `ark` one product line of AMD SEV-SNP, `nitro` AWS Nitro Enclaves,
   * `nvidia-device` NVIDIA's GPUs and switches, `nvidia-rim` NVIDIA's manifests of reference values.
   */
  readonly kind: 'sgx' | 'ark' | 'nitro' | 'nvidia-device' | 'nvidia-rim';
  readonly subject: string;
  /** DER SubjectPublicKeyInfo, lower-case hex. */
  readonly spki: string;
  /** SHA-256 of a certificate that carries the key, lower-case hex. */
  readonly fingerprint: string;
  /** Where the vendor publishes it. */
  readonly source: string;
}

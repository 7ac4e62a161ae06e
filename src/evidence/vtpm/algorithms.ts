/** Algorithm identifiers of TPM 2.0 (Part 2, TPM_ALG_ID), as far as they are read here. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';

export interface TpmHash {
  readonly id: number;
  /** Bank name as policies write it. */
  readonly name: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** WebCrypto's name. */
  readonly web: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
  readonly bytes: number;
  readonly digest: (data: Uint8Array) => Uint8Array;
}

const HASHES: readonly TpmHash[] = [
  { id: 0x0004, name: 'sha1', web: 'SHA-1', bytes: 20, digest: sha1 },
  { id: 0x000b, name: 'sha256', web: 'SHA-256', bytes: 32, digest: sha256 },
  { id: 0x000c, name: 'sha384', web: 'SHA-384', bytes: 48, digest: sha384 },
  { id: 0x000d, name: 'sha512', web: 'SHA-512', bytes: 64, digest: sha512 },
];

/** The hash of a TPM_ALG_ID; `undefined` for one that is not read here. */
export const hashById = (id: number): TpmHash | undefined => HASHES.find((hash) => hash.id === id);

export const ALG = { rsa: 0x0001, null: 0x0010, rsassa: 0x0014, rsapss: 0x0016, ecdsa: 0x0018, ecc: 0x0023 } as const;

/** SHA-1 is read, so that what it says can be shown; nothing rests on it. */
export const isWeak = (hash: TpmHash): boolean => hash.name === 'sha1';

/**
 * The key agreement of Privatemode's clients: HPKE (RFC 9180) in base mode with the KEM MLKEM768X25519 (X-Wing), HKDF-SHA256
 * and no cipher of its own: both sides export 32 bytes. Runs in Node and in the page.
 */
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';

export interface KeyPair {
  /** 1216 bytes. */
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const NONE = new Uint8Array();
/** MLKEM768X25519 (X-Wing). */
const KEM = 0x647a;

/**
 * What both sides export (context empty, 32 bytes) from what the KEM gave them: mode base, HKDF-SHA256, export only, no
 * pre-shared key. Privatemode gives no info; `kem` and `info` are here for the RFC's own examples.
 */
export function exported(sharedSecret: Uint8Array, { kem = KEM, info = NONE }: { readonly kem?: number; readonly info?: Uint8Array } = {}): Uint8Array {
  // KDF 0x0001, AEAD 0xffff
  const suite = joined(text('HPKE'), Uint8Array.of(kem >> 8, kem & 0xff, 0x00, 0x01, 0xff, 0xff));
  const labelledExtract = (salt: Uint8Array, label: string, key: Uint8Array): Uint8Array => extract(sha256, joined(text('HPKE-v1'), suite, text(label), key), salt);
  const labelledExpand = (key: Uint8Array, label: string, given: Uint8Array, length: number): Uint8Array =>
    expand(sha256, key, joined(Uint8Array.of(length >> 8, length & 0xff), text('HPKE-v1'), suite, text(label), given), length);
  const context = joined(Uint8Array.of(0), labelledExtract(NONE, 'psk_id_hash', NONE), labelledExtract(NONE, 'info_hash', info));
  const secret = labelledExtract(sharedSecret, 'secret', NONE);
  return labelledExpand(labelledExpand(secret, 'exp', context, 32), 'sec', NONE, 32);
}

export const newKeyPair = (): KeyPair => xWing.keygen();

/** The service's side: 1120 bytes for the client, and the secret. Raises on a public key that is none. */
export function agree(publicKey: Uint8Array): { readonly encapsulatedKey: Uint8Array; readonly secret: Uint8Array } {
  const { cipherText, sharedSecret } = xWing.encapsulate(publicKey);
  return { encapsulatedKey: cipherText, secret: exported(sharedSecret) };
}

/** The client's side. */
export const opened = (encapsulatedKey: Uint8Array, { secretKey }: Pick<KeyPair, 'secretKey'>): Uint8Array => exported(xWing.decapsulate(encapsulatedKey, secretKey));

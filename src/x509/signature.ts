/** Signatures over certificates, CRLs and anything else that P-256 keys sign. WebCrypto does the arithmetic. */
import { KeyMemo, VerdictMemo, isBadKey } from './memo';
import { unsharedBytes } from '../encoding/bytes';
import { ecdsaSignature } from '../encoding/der-values';
import { fromHex } from '../encoding/hex';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

/** What certificates and CRLs have in common. */
export interface Signed {
  /** The exact bytes under the signature. */
  readonly signedBytes: Uint8Array;
  /** Object identifier of the signature algorithm. */
  readonly algorithm: string;
  /** The octets of the BIT STRING (for ECDSA a DER sequence of r and s). */
  readonly signature: Uint8Array;
}

export const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';

/** Everything of a P-256 SubjectPublicKeyInfo before the uncompressed point: one encoding is right, so it is compared. */
const P256_SPKI = '3059301306072a8648ce3d020106082a8648ce3d030107034200';
const POINT_BYTES = 65;

/** The uncompressed point (65 bytes, 04‖x‖y) inside a P-256 SubjectPublicKeyInfo given as hex; any other key raises `code`. */
export function p256Point(spkiHex: string, code: Code): Uint8Array<ArrayBuffer> {
  const point = spkiHex.slice(P256_SPKI.length);
  if (!spkiHex.startsWith(P256_SPKI) || point.length !== 2 * POINT_BYTES || !point.startsWith('04')) throw new CodedError(code, 'not an uncompressed P-256 key');
  return fromHex(point, code);
}

/** Imports an uncompressed point; one that is not on the curve raises `code`, a fault of the platform whatever it is. */
export async function importP256(point: Uint8Array, code: Code): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('raw', unsharedBytes(point), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  } catch (cause) {
    if (isBadKey(cause)) throw new CodedError(code, 'not a point on P-256', { cause });
    throw cause;
  }
}

/** Verifies ECDSA with SHA-256; `signature` is r‖s, 64 bytes. */
export const verifyP256 = (key: CryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean> =>
  crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, unsharedBytes(signature), unsharedBytes(data));

const keys = new KeyMemo(64);

/** The key of a certificate, imported once. Raises `code` for anything but P-256. */
export const p256KeyOf = (spkiHex: string, code: Code): Promise<CryptoKey> => keys.get(spkiHex, async () => importP256(p256Point(spkiHex, code), code));

const known = new VerdictMemo();

/** Whether this key signed this certificate or CRL. False for another algorithm, a malformed signature or another kind of key. */
export const isSignedBy = (signed: Signed, spkiHex: string): Promise<boolean> => known.get(signed, spkiHex, () => verifySigned(signed, spkiHex));

async function verifySigned(signed: Signed, spkiHex: string): Promise<boolean> {
  if (signed.algorithm !== ECDSA_WITH_SHA256) return false;
  try {
    const key = await p256KeyOf(spkiHex, 'CERTIFICATE_MALFORMED');
    return await verifyP256(key, ecdsaSignature(signed.signature, 32), signed.signedBytes);
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** Forgets imported keys; benchmarks measure the cold case with it. */
export function forgetKeys(): void {
  keys.clear();
}

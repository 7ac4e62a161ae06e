/** Signatures by P-384 keys with SHA-384: certificates, OCSP responses, reports and reference manifests. WebCrypto does the arithmetic. */
import { KeyMemo, VerdictMemo, isBadKey } from './memo';
import type { Signed } from './signature';
import { ownedBytes } from '../encoding/bytes';
import { ecdsaSignature } from '../encoding/der-values';
import { fromHex } from '../encoding/hex';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

export const ECDSA_WITH_SHA384 = '1.2.840.10045.4.3.3';

/** Everything of a P-384 SubjectPublicKeyInfo before the uncompressed point: one encoding is right, so it is compared. */
const P384_SPKI = '3076301006072a8648ce3d020106052b81040022036200';
const POINT_BYTES = 97;
/** r‖s as WebCrypto takes it. */
export const P384_SIGNATURE_BYTES = 96;

/** The uncompressed point (97 bytes, 04‖x‖y) inside a P-384 SubjectPublicKeyInfo given as hex; any other key raises `code`. */
export function p384Point(spkiHex: string, code: Code): Uint8Array<ArrayBuffer> {
  const point = spkiHex.slice(P384_SPKI.length);
  if (!spkiHex.startsWith(P384_SPKI) || point.length !== 2 * POINT_BYTES || !point.startsWith('04')) throw new CodedError(code, 'not an uncompressed P-384 key');
  return fromHex(point, code);
}

async function importP384(point: Uint8Array<ArrayBuffer>, code: Code): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-384' }, false, ['verify']);
  } catch (cause) {
    if (isBadKey(cause)) throw new CodedError(code, 'not a point on P-384', { cause });
    throw cause;
  }
}

const keys = new KeyMemo(64);

/** The key of a SubjectPublicKeyInfo (lower-case hex), imported once. Raises `code` for anything but P-384. */
export const p384KeyOf = (spkiHex: string, code: Code): Promise<CryptoKey> => keys.get(spkiHex, async () => importP384(p384Point(spkiHex, code), code));

/** Whether this key signed these bytes: ECDSA with SHA-384, `signature` r‖s, 96 bytes (any other length is false). */
export async function verifyP384(spkiHex: string, signature: Uint8Array, data: Uint8Array, code: Code): Promise<boolean> {
  if (signature.length !== P384_SIGNATURE_BYTES) return false;
  const key = await p384KeyOf(spkiHex, code);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, key, ownedBytes(signature), ownedBytes(data));
}

const known = new VerdictMemo();

/**
 * Whether this P-384 key signed this certificate or response (ECDSA with SHA-384, DER signature).
 * False for another algorithm, a malformed signature or another kind of key.
 */
export const isSignedByP384 = (signed: Signed, spkiHex: string): Promise<boolean> => known.get(signed, spkiHex, () => verifySigned(signed, spkiHex));

async function verifySigned(signed: Signed, spkiHex: string): Promise<boolean> {
  if (signed.algorithm !== ECDSA_WITH_SHA384) return false;
  try {
    return await verifyP384(spkiHex, ecdsaSignature(signed.signature, 48), signed.signedBytes, 'CERTIFICATE_MALFORMED');
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** Forgets imported keys and verdicts; benchmarks measure the cold case with it. */
export function forgetP384(): void {
  keys.clear();
  known.clear();
}

/** ECDSA over P-384 with SHA-384: AMD's report keys and the whole of AWS Nitro. WebCrypto does the arithmetic. */
import type { Signed } from './signature';
import { BoundedMap } from '../encoding/bounded-map';
import { ownedBytes } from '../encoding/bytes';
import { ecdsaSignature } from '../encoding/der-values';
import { fromHex } from '../encoding/hex';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

const ECDSA_WITH_SHA384 = '1.2.840.10045.4.3.3';

/** Everything of a P-384 SubjectPublicKeyInfo before the uncompressed point: one encoding is right, so it is compared. */
const P384_SPKI = '3076301006072a8648ce3d020106052b8104002203620004';
const P384_SPKI_BYTES = 120;

async function importP384(spkiHex: string, code: Code): Promise<CryptoKey> {
  if (!spkiHex.startsWith(P384_SPKI) || spkiHex.length !== 2 * P384_SPKI_BYTES) throw new CodedError(code, 'not an uncompressed P-384 key');
  try {
    return await crypto.subtle.importKey('raw', fromHex(spkiHex.slice(P384_SPKI.length - 2), code), { name: 'ECDSA', namedCurve: 'P-384' }, false, ['verify']);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name !== 'NotSupportedError') throw new CodedError(code, 'not a point on P-384', { cause });
    throw cause;
  }
}

const keys = new BoundedMap<Promise<CryptoKey>>(64, 64 * 1024);

/** A P-384 key (SubjectPublicKeyInfo, hex), imported once. Raises `code` for any other key and for a point that is not on the curve. */
export const p384KeyOf = (spkiHex: string, code: Code): Promise<CryptoKey> => keys.getOrMake(spkiHex, () => importP384(spkiHex, code));

/** Verifies ECDSA with SHA-384; `signature` is r‖s big-endian, 96 bytes. */
export const verifyP384 = (key: CryptoKey, signature: Uint8Array, data: Uint8Array): Promise<boolean> =>
  crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-384' }, key, ownedBytes(signature), ownedBytes(data));

/** Signed thing → key → whether it verifies: a fact about bytes, so it may be remembered as long as the thing itself. */
const known = new WeakMap<Signed, Map<string, Promise<boolean>>>();

/** Whether this P-384 key (SubjectPublicKeyInfo, hex) signed this certificate. False for another algorithm, a malformed signature or another kind of key. */
export function isP384SignedBy(signed: Signed, spkiHex: string): Promise<boolean> {
  const byKey = known.get(signed) ?? new Map<string, Promise<boolean>>();
  known.set(signed, byKey);
  const verdict = byKey.get(spkiHex) ?? verifySigned(signed, spkiHex);
  if (byKey.size < 8) byKey.set(spkiHex, verdict);
  return verdict;
}

async function verifySigned(signed: Signed, spkiHex: string): Promise<boolean> {
  if (signed.algorithm !== ECDSA_WITH_SHA384) return false;
  try {
    return await verifyP384(await p384KeyOf(spkiHex, 'CERTIFICATE_MALFORMED'), ecdsaSignature(signed.signature, 48), signed.signedBytes);
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** Forgets imported keys; benchmarks measure the cold case with it. */
export function forgetP384Keys(): void {
  keys.clear();
}

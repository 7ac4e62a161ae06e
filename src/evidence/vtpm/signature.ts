/** TPMT_SIGNATURE (TPM 2.0 Part 2, 11.3.4) and its verification with an attestation key. WebCrypto does the arithmetic. */
import { CodedError } from '../../checks/error';
import { toBase64 } from '../../encoding/base64';
import { ByteReader, concatBytes, ownedBytes } from '../../encoding/bytes';
import { ALG, hashById, isWeak } from './algorithms';
import { padded, tpm2b } from './public-key';
import type { AkKey, AkPublic, SignatureScheme } from './public-key';

export interface TpmSignature extends SignatureScheme {
  /** RSA: the octets; ECDSA: r and s. */
  readonly parts: readonly Uint8Array[];
}

function refuse(detail: string): never {
  throw new CodedError('VTPM_QUOTE_MALFORMED', detail);
}

/** Reads one TPMT_SIGNATURE and nothing after it. Raises `VTPM_QUOTE_MALFORMED`. */
export function readSignature(bytes: Uint8Array): TpmSignature {
  const reader = new ByteReader(bytes, 'VTPM_QUOTE_MALFORMED');
  const id = reader.u16be();
  const scheme = id === ALG.rsassa ? 'rsassa' : id === ALG.rsapss ? 'rsapss' : id === ALG.ecdsa ? 'ecdsa' : refuse(`signature algorithm 0x${id.toString(16)}`);
  const hash = hashById(reader.u16be()) ?? refuse('an unknown signature hash');
  const parts = scheme === 'ecdsa' ? [tpm2b(reader), tpm2b(reader)] : [tpm2b(reader)];
  if (reader.remaining > 0) refuse(`${reader.remaining} bytes after the signature`);
  return { scheme, hash, parts };
}

/** Whether this key made this signature. Raises `VTPM_HASH` for SHA-1 and `AK_KEY` for a key that is none. */
export async function isSignedByAk({ key, scheme }: AkPublic, signature: TpmSignature, data: Uint8Array): Promise<boolean> {
  if (isWeak(signature.hash)) throw new CodedError('VTPM_HASH', 'signed with SHA-1');
  if (scheme !== undefined && (scheme.scheme !== signature.scheme || scheme.hash.id !== signature.hash.id)) return false;
  if ((signature.scheme === 'ecdsa') !== (key.kind === 'ecc')) return false;
  return key.kind === 'rsa' ? verifyRsa(key, signature, data) : verifyEcc(key, signature, data);
}

async function verifyRsa(key: AkKey & { kind: 'rsa' }, { scheme, hash, parts }: TpmSignature, data: Uint8Array): Promise<boolean> {
  const signature = ownedBytes(parts[0] ?? new Uint8Array());
  if (signature.length !== key.modulus.length) return false;
  const name = scheme === 'rsapss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
  const jwk = { kty: 'RSA', n: base64Url(key.modulus), e: base64Url(bigEndian(key.exponent)) };
  const imported = await imports(() => crypto.subtle.importKey('jwk', jwk, { name, hash: hash.web }, false, ['verify']));
  if (scheme !== 'rsapss') return crypto.subtle.verify(name, imported, signature, ownedBytes(data));
  // TPMs salt with the hash's length (FIPS) or with as much as fits.
  for (const saltLength of [hash.bytes, key.modulus.length - hash.bytes - 2]) {
    if (await crypto.subtle.verify({ name, saltLength }, imported, signature, ownedBytes(data))) return true;
  }
  return false;
}

async function verifyEcc(key: AkKey & { kind: 'ecc' }, { hash, parts }: TpmSignature, data: Uint8Array): Promise<boolean> {
  const bytes = (key.point.length - 1) / 2;
  if (parts.some((part) => part.length > bytes)) return false;
  const imported = await imports(() => crypto.subtle.importKey('raw', ownedBytes(key.point), { name: 'ECDSA', namedCurve: key.curve }, false, ['verify']));
  return crypto.subtle.verify({ name: 'ECDSA', hash: hash.web }, imported, concatBytes(...parts.map((part) => padded(part, bytes))), ownedBytes(data));
}

async function imports(importKey: () => Promise<CryptoKey>): Promise<CryptoKey> {
  try {
    return await importKey();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name !== 'NotSupportedError') throw new CodedError('AK_KEY', 'not a key', { cause });
    throw cause;
  }
}

const base64Url = (bytes: Uint8Array): string => toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

function bigEndian(value: number): Uint8Array {
  const octets: number[] = [];
  for (let left = value; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return Uint8Array.from(octets);
}

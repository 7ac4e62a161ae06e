/**
 * RSA keys that depend on a label alone, so that simulated AMD roots can be known when the extension is built. Each
 * prime is the label's number plus a few steps of two; how many is written down, because searching takes seconds.
 */
import { constants, createHash, createPrivateKey, createPublicKey, privateEncrypt, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { labelled, sha384 } from './keys.ts';

export interface RsaKey {
  readonly secret: KeyObject;
  /** Big-endian, first bit set. */
  readonly modulus: Buffer;
  /** DER SubjectPublicKeyInfo of kind rsaEncryption, exponent 65537. */
  readonly spki: Buffer;
  /** SHA-1 of the RSAPublicKey, 20 bytes. */
  readonly keyId: Buffer;
}

/** Steps of two from the label's number to p and to q; `test/unit/simulator-snp` proves that these are primes. */
const STEPS = {
  'ark/Milan': [129, 1927], 'ask/Milan': [432, 2630], 'asvk/Milan': [1472, 2006],
  'ark/Genoa': [478, 223], 'ask/Genoa': [579, 3128], 'asvk/Genoa': [374, 2275],
  'ark/Turin': [1143, 667], 'ask/Turin': [2740, 237], 'asvk/Turin': [2768, 464],
  'vtpm ak': [23, 344], 'azure ak': [649, 205],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export type RsaLabel = keyof typeof STEPS;

const EXPONENT = 65_537n;

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

function bytesOf(value: bigint, length = 0): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(Math.max(2 * length, hex.length + (hex.length % 2)), '0'), 'hex');
}

/** The two primes of a label's key, each half as long as the modulus. */
export function primesOf(label: RsaLabel, modulusBytes: number): readonly [p: bigint, q: bigint] {
  const prime = (which: 'p' | 'q', steps: number): bigint => {
    const start = Buffer.from(labelled(`rsa/${label}/${which}`, modulusBytes / 2));
    start[0] = (start[0] ?? 0) | 0xc0;
    start[start.length - 1] = (start.at(-1) ?? 0) | 1;
    return numberOf(start) + BigInt(2 * steps);
  };
  const [first, second] = STEPS[label];
  return [prime('p', first), prime('q', second)];
}

/** `1 / value` modulo `modulus`, by Euclid's algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next, t, nextT] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next, t, nextT] = [next, r - quotient * next, nextT, t - quotient * nextT];
  }
  if (r !== 1n) throw new RangeError('no inverse');
  return t < 0n ? t + modulus : t;
}

function made(label: RsaLabel, modulusBytes: number): RsaKey {
  const [p, q] = primesOf(label, modulusBytes);
  const n = p * q;
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const text = (value: bigint): string => bytesOf(value).toString('base64url');
  const secret = createPrivateKey({
    format: 'jwk',
    key: { kty: 'RSA', n: text(n), e: text(EXPONENT), d: text(d), p: text(p), q: text(q), dp: text(d % (p - 1n)), dq: text(d % (q - 1n)), qi: text(inverse(q, p)) },
  });
  const shared = createPublicKey(secret);
  return {
    secret, modulus: bytesOf(n, modulusBytes), spki: shared.export({ type: 'spki', format: 'der' }),
    keyId: createHash('sha1').update(shared.export({ type: 'pkcs1', format: 'der' })).digest(),
  };
}

const known = new Map<string, RsaKey>();

/** The same label gives the same key for ever; `modulusBytes` is 512 for AMD's authorities, 256 for a TPM's keys. */
export function derivedRsa(label: RsaLabel, modulusBytes: 256 | 512): RsaKey {
  const key = known.get(label) ?? made(label, modulusBytes);
  known.set(label, key);
  return key;
}

const HASH_BYTES = 48;
const SALT_BYTES = 48;

/** MGF1 with SHA-384 (RFC 8017, B.2.1). */
function mask(seed: Uint8Array, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / HASH_BYTES) }, (_, index) => sha384(seed, Buffer.from([0, 0, 0, index])));
  return Buffer.concat(blocks).subarray(0, length);
}

/**
 * RSASSA-PSS with SHA-384, MGF1-SHA-384 and 48 bytes of salt (RFC 8017, 9.1.1). The salt follows from the message, so
 * that a certificate comes out the same each time; OpenSSL would draw a new one.
 */
export function signPss(key: RsaKey, message: Uint8Array): Buffer {
  const salt = sha384('salt', message).subarray(0, SALT_BYTES);
  const digest = sha384(Buffer.alloc(8), sha384(message), salt);
  const block = Buffer.concat([Buffer.alloc(key.modulus.length - SALT_BYTES - HASH_BYTES - 2), Buffer.from([1]), salt]);
  const covered = mask(digest, block.length);
  for (const [index, byte] of covered.entries()) block[index] = (block[index] ?? 0) ^ byte;
  block[0] = (block[0] ?? 0) & 0x7f;
  return privateEncrypt({ key: key.secret, padding: constants.RSA_NO_PADDING }, Buffer.concat([block, digest, Buffer.from([0xbc])]));
}

/** RSASSA-PKCS1-v1_5, as TPMs sign. */
export const signPkcs1 = (key: RsaKey, hash: 'sha1' | 'sha256' | 'sha384', message: Uint8Array): Buffer => sign(hash, message, { key: key.secret, padding: constants.RSA_PKCS1_PADDING });

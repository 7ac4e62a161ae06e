/**
 * A public key for X-Wing (ML-KEM-768, FIPS 203, and X25519) that nobody has a secret for. Whoever agrees a key with it
 * shows a signature over the agreement, which is all that is wanted; what was agreed nobody but them will ever know.
 */
import { shake256 } from '@noble/hashes/sha3.js';
import { concatBytes, utf8Bytes } from '../../encoding/bytes';

const Q = 3329;
/** Three polynomials of 256 coefficients, 12 bits each. */
const COEFFICIENTS = 768;
const RHO_BYTES = 32;
const X25519_BYTES = 32;
const LABEL = utf8Bytes('assay throw-away X-Wing public key');
/** A multiple of three: two candidates stand in three bytes, and four in five are taken. */
const BLOCK = 1536;

/** 1216 bytes, always the same for the same seed: coefficients below q packed as FIPS 203 does, rho, then X25519's 32 bytes. */
export function throwAwayPublicKey(seed: Uint8Array): Uint8Array<ArrayBuffer> {
  const stream = shake256.create().update(concatBytes(LABEL, seed));
  const coefficients: number[] = [];
  while (coefficients.length < COEFFICIENTS) coefficients.push(...candidates(stream.xof(BLOCK)).filter((candidate) => candidate < Q));
  return concatBytes(pack(coefficients.slice(0, COEFFICIENTS)), stream.xof(RHO_BYTES), stream.xof(X25519_BYTES));
}

/** Two numbers of 12 bits, little-endian, out of each three bytes. */
function candidates(bytes: Uint8Array): readonly number[] {
  const numbers: number[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3);
    numbers.push(a | ((b & 0xf) << 8), (b >>> 4) | (c << 4));
  }
  return numbers;
}

function pack(coefficients: readonly number[]): Uint8Array {
  const bytes = new Uint8Array((coefficients.length * 3) / 2);
  for (let i = 0; i < coefficients.length; i += 2) {
    const [a = 0, b = 0] = coefficients.slice(i, i + 2);
    bytes.set([a & 0xff, (a >>> 8) | ((b & 0xf) << 4), b >>> 4], (i * 3) / 2);
  }
  return bytes;
}

/**
 * The digest that a launch by Contrast leaves in ID_KEY_DIGEST: nobody holds the ID key. Its signature over the ID block is
 * the constant r = 2, s = 1, and the key is whichever one that signature fits.
 */
import { p384 } from '@noble/curves/nist.js';
import { sha384 } from '../pki/keys.ts';

/** In every ID block of Contrast's. */
export const GUEST_SVN = 2;

/** ID_BLOCK without family and image: measurement (48 bytes), two ids of 16 zeros, version 1, guest SVN, guest policy. */
function idBlock(measurement: Uint8Array, policy: bigint): Buffer {
  const block = Buffer.alloc(96);
  block.set(measurement);
  block.writeUInt32LE(1, 80);
  block.writeUInt32LE(GUEST_SVN, 84);
  block.writeBigUInt64LE(policy, 88);
  return block;
}

/** `ID_KEY` as the firmware hashes it: the curve's number, then x and y little-endian in 72 bytes each, 1028 bytes in all. */
function keyBytes(point: Uint8Array): Buffer {
  const key = Buffer.alloc(0x404);
  key.writeUInt32LE(2);
  key.set(Buffer.from(point.subarray(1, 49)).reverse(), 4);
  key.set(Buffer.from(point.subarray(49, 97)).reverse(), 4 + 72);
  return key;
}

/** 48 bytes. Two keys fit; Contrast takes the one whose x (then y) is smaller. */
export function contrastIdKeyDigest(measurement: Uint8Array, policy: bigint): Buffer {
  const digest = sha384(idBlock(measurement, policy));
  const points = [0, 1].map((recovery) => Buffer.from(new p384.Signature(2n, 1n, recovery).recoverPublicKey(digest).toBytes(false)));
  // Big-endian coordinates of one length: the order of the bytes is the order of the numbers.
  const [smaller] = points.sort((a, b) => a.compare(b));
  if (smaller === undefined) throw new Error('no key fits');
  return sha384(keyBytes(smaller));
}

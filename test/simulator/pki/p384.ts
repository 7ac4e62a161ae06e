/** P-384 keys that depend on a label alone, as NVIDIA's and AMD's hardware has them. Derived keys never change, so that the simulator's roots can be known when the extension is built. */
import { p384 } from '@noble/curves/nist.js';
import { createECDH, createHash, createPrivateKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bits, integer, oid, sequence } from './der.ts';
import { labelled, remembering, sha384 } from './keys.ts';

export interface P384Key {
  /** 48 bytes. */
  readonly secret: Uint8Array;
  /** x‖y, 96 bytes. */
  readonly point: Buffer;
  /** DER SubjectPublicKeyInfo, 120 bytes. */
  readonly spki: Buffer;
  /** SHA-1 of the point as X.509 key identifiers use it, 20 bytes. */
  readonly keyId: Buffer;
}

const derived = remembering<P384Key>(500);
const signed = remembering<Buffer>(1000);

/** The same label gives the same key for ever. A digest that is no valid scalar makes node raise. */
export const derivedP384 = (label: string): P384Key => derived(label, () => made(label));

function made(label: string): P384Key {
  const secret = labelled(`p384/${label}`, 48);
  // OpenSSL multiplies far quicker than noble, and a machine has many keys.
  const pair = createECDH('secp384r1');
  pair.setPrivateKey(secret);
  const whole = pair.getPublicKey();
  const spki = sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.3.132.0.34')), bits(whole));
  return { secret, point: whole.subarray(1), spki, keyId: createHash('sha1').update(whole).digest() };
}

/** ECDSA over SHA-384, deterministic (RFC 6979), as certificates carry it: SEQUENCE { r, s }. */
export const signCertificate = (key: P384Key, message: Uint8Array): Buffer =>
  Buffer.from(signed(sha384(key.secret, message).toString('latin1'), () => {
    const raw = p384.sign(message, key.secret, { lowS: false });
    return sequence(integer(raw.subarray(0, 48)), integer(raw.subarray(48)));
  }));

const objects = new WeakMap<P384Key, KeyObject>();

function objectOf(key: P384Key): KeyObject {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  const made = objects.get(key) ?? createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-384', d: text(key.secret), x: text(key.point.subarray(0, 48)), y: text(key.point.subarray(48)) } });
  objects.set(key, made);
  return made;
}

/** ECDSA over SHA-384 by OpenSSL, another signature each time: r‖s, 96 bytes. */
export const signQuickly = (key: P384Key, message: Uint8Array): Buffer => sign('sha384', message, { key: objectOf(key), dsaEncoding: 'ieee-p1363' });

/** The same as SEQUENCE { r, s }. */
export const signQuicklyDer = (key: P384Key, message: Uint8Array): Buffer => sign('sha384', message, objectOf(key));

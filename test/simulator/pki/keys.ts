/** P-256 keys of the simulator. Derived keys never change, so that the simulator's root can be known when the extension is built. */
import { p256 } from '@noble/curves/nist.js';
import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bits, integer, oid, sequence } from './der.ts';

export interface EcKey {
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** x‖y, 64 bytes. */
  readonly point: Buffer;
  /** DER SubjectPublicKeyInfo, 91 bytes. */
  readonly spki: Buffer;
  /** SHA-1 of the point as X.509 key identifiers use it, 20 bytes. */
  readonly keyId: Buffer;
}

export const sha256 = (...parts: readonly (Uint8Array | string)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
export const sha384 = (...parts: readonly (Uint8Array | string)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha384')).digest();

/** Bytes that depend on a label alone, for everything that needs to look random and stay the same. */
export function labelled(label: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) => sha256('assay simulator/', label, `/${index}`));
  return Buffer.concat(blocks).subarray(0, length);
}

function keyOf(secret: Uint8Array): EcKey {
  const whole = Buffer.from(p256.getPublicKey(secret, false));
  const spki = sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(whole));
  return { secret, point: whole.subarray(1), spki, keyId: createHash('sha1').update(whole).digest() };
}

/** What was made before under the same name; of many, the newest. All of it depends on the name alone. */
export function remembering<Value>(most: number): (name: string, make: () => Value) => Value {
  const made = new Map<string, Value>();
  return (name, make) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const value = make();
    const [oldest] = made.keys();
    if (oldest !== undefined && made.size >= most) made.delete(oldest);
    made.set(name, value);
    return value;
  };
}

const derived = remembering<EcKey>(500);
const signed = remembering<Buffer>(2000);

/** The same label gives the same key for ever. A digest that is no valid scalar (odds 2^-32) makes noble raise. */
export const derivedKey = (label: string): EcKey => derived(label, () => keyOf(labelled(`p256/${label}`, 32)));

/** A key that dies with the process. */
export const freshKey = (): EcKey => keyOf(randomBytes(32));

/** ECDSA P-256 over SHA-256 of the message, deterministic (RFC 6979): r‖s, 64 bytes. */
export const signRaw = (key: EcKey, message: Uint8Array): Buffer =>
  Buffer.from(signed(sha256(key.secret, message).toString('latin1'), () => Buffer.from(p256.sign(message, key.secret, { lowS: false }))));

/** The same as certificates carry it: SEQUENCE { r, s }. */
export function signDer(key: EcKey, message: Uint8Array): Buffer {
  const raw = signRaw(key, message);
  return sequence(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
}

/** For node:https, which wants a key object. */
export function nodeKey(key: EcKey): KeyObject {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
  return createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', d: text(key.secret), x: text(key.point.subarray(0, 32)), y: text(key.point.subarray(32)) } });
}

/** Keys that sign answers, of both kinds that these services know, and how each is written and bound. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { personalSign, signingKey } from '../ionet/signing.ts';
import { labelled } from '../pki/keys.ts';

export type Algorithm = 'ecdsa' | 'ed25519';

export interface AnswerKey {
  readonly algorithm: Algorithm;
  /** As a report names it: `0x` + 40 lower-case hex, or 64 hex. */
  readonly address: string;
  /** What report_data holds of it: 20 or 32 bytes. */
  readonly bound: Buffer;
  /** For encryption to it: x‖y, 128 hex, or 64 hex. */
  readonly publicKey: string;
  /** Signature over the UTF-8 text: EIP-191 as `0x` + 130 hex, or Ed25519 as 128 hex. */
  sign(text: string): string;
}

function ecdsaKey(label: string): AnswerKey {
  const key = signingKey(label);
  const address = key.address.toLowerCase();
  return {
    algorithm: 'ecdsa', address, bound: Buffer.from(address.slice(2), 'hex'),
    publicKey: Buffer.from(secp256k1.getPublicKey(key.secret, false)).subarray(1).toString('hex'), sign: (text) => `0x${personalSign(key, text)}`,
  };
}

function ed25519Key(label: string): AnswerKey {
  const secret = labelled(`ed25519/${label}`, 32);
  const bound = Buffer.from(ed25519.getPublicKey(secret));
  const address = bound.toString('hex');
  return { algorithm: 'ed25519', address, bound, publicKey: address, sign: (text) => Buffer.from(ed25519.sign(Buffer.from(text), secret)).toString('hex') };
}

/** As dstack's key service derives them: the same for all machines of one application, and after a restart. */
export const answerKey = (label: string, algorithm: Algorithm): AnswerKey => (algorithm === 'ecdsa' ? ecdsaKey(label) : ed25519Key(label));

/** A machine that never made its key: zeros, a point of small order. "Signatures" under it need no secret, and some verifiers take them. */
export const ZERO_KEY: AnswerKey = {
  algorithm: 'ed25519', address: '00'.repeat(32), bound: Buffer.alloc(32), publicKey: '00'.repeat(32), sign: () => `01${'00'.repeat(63)}`,
};

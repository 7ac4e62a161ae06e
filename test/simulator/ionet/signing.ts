/** What the agent signs, and how (cc-attestation-agent-api main.py): two hashes over Python's compact JSON, EIP-191. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { labelled, sha256 } from '../pki/keys.ts';
import { asciiString, dumps, isDict, PyFloat } from './python-json.ts';
import type { PyDict, PyValue } from './python-json.ts';

export interface SigningKey {
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** `0x` + 40 hex, EIP-55 mixed case. */
  readonly address: string;
}

/** EIP-55 from 40 lower-case hex characters: a letter is upper-case where the hash of them has a nibble of 8 or more. */
export function checksummed(hex: string): string {
  const hash = Buffer.from(keccak_256(Buffer.from(hex))).toString('hex');
  return `0x${hex.replaceAll(/[a-f]/g, (letter, index: number) => (Number.parseInt(hash[index] ?? '0', 16) >= 8 ? letter.toUpperCase() : letter))}`;
}

export function addressOf(secret: Uint8Array): string {
  const point = secp256k1.getPublicKey(secret, false).subarray(1);
  return checksummed(Buffer.from(keccak_256(point)).subarray(12).toString('hex'));
}

/** The same label gives the same key. */
export function signingKey(label: string): SigningKey {
  const secret = labelled(`secp256k1/${label}`, 32);
  return { secret, address: addressOf(secret) };
}

/** EIP-191 version 0x45: what personal_sign signs, 32 bytes. */
export function personalDigest(text: string): Uint8Array {
  const message = Buffer.from(text, 'utf8');
  return keccak_256(Buffer.concat([Buffer.from(`\u0019Ethereum Signed Message:\n${message.length}`), message]));
}

/** personal_sign over the UTF-8 text: r‖s‖v (27 or 28), 65 bytes as hex without 0x. */
export function personalSign(key: SigningKey, text: string): string {
  const recovered = Buffer.from(secp256k1.sign(personalDigest(text), key.secret, { prehash: false, format: 'recovered' }));
  return Buffer.concat([recovered.subarray(1), Buffer.from([27 + (recovered[0] ?? 0)])]).toString('hex');
}

const hashOf = (compact: string): string => sha256(compact).toString('hex');

const DECLARED = ['messages', 'model', 'temperature', 'max_tokens', 'stream', 'top_p', 'frequency_penalty', 'presence_penalty', 'stop', 'n', 'logprobs'];
const FLOATS: ReadonlySet<string> = new Set(['temperature', 'top_p', 'frequency_penalty', 'presence_penalty']);

/** The request after pydantic: declared fields first and in their order, floats coerced, top-level nulls gone, `stream` filled in. */
export function canonicalRequest(body: PyDict): PyDict {
  const coerced = (key: string, value: PyValue): PyValue => (FLOATS.has(key) && typeof value === 'bigint' ? new PyFloat(Number(value)) : value);
  const order = [...DECLARED, ...[...body.keys()].filter((key) => !DECLARED.includes(key))];
  const fields: [string, PyValue][] = [];
  for (const key of order) {
    const value = body.get(key) ?? (key === 'stream' ? false : null);
    if (value !== null) fields.push([key, coerced(key, value)]);
  }
  return new Map(fields);
}

export const requestHash = (body: PyValue): string => hashOf(dumps(isDict(body) ? canonicalRequest(body) : body, true));
export const responseHash = (body: PyValue): string => hashOf(dumps(body, true));

/** The text the agent hashes for a stream: the strings after `data: `, in order, as one JSON object. */
export const canonicalChunks = (chunks: readonly string[]): string => `{"chunks":[${chunks.map(asciiString).join(',')}]}`;

/** The agent's own rule for what it hashes: lines split at LF that begin `data: ` and are no terminator. */
export const hashedLines = (stream: string): readonly string[] =>
  stream.split('\n').filter((line) => line.startsWith('data: ') && !line.startsWith('data: [DONE]')).map((line) => line.slice('data: '.length));

export const chunksHash = (chunks: readonly string[]): string => hashOf(canonicalChunks(chunks));

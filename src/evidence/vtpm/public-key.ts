/** TPMT_PUBLIC of an attestation key (TPM 2.0 Part 2, 12.2.4): its attributes say what the TPM will sign with it. */
import { CodedError } from '../../checks/error';
import { ByteReader, concatBytes } from '../../encoding/bytes';
import { ALG, hashById } from './algorithms';
import type { TpmHash } from './algorithms';

export type AkKey =
  | { readonly kind: 'rsa'; /** Big-endian. */ readonly modulus: Uint8Array; readonly exponent: number }
  | { readonly kind: 'ecc'; readonly curve: 'P-256' | 'P-384'; /** 04‖x‖y. */ readonly point: Uint8Array };

export type SchemeName = 'rsassa' | 'rsapss' | 'ecdsa';

export interface SignatureScheme {
  readonly scheme: SchemeName;
  readonly hash: TpmHash;
}

export interface AkPublic {
  readonly key: AkKey;
  readonly attributes: number;
  /** What the key signs with, where it is fixed. */
  readonly scheme?: SignatureScheme;
}

const SCHEMES: Readonly<Record<number, SchemeName>> = { [ALG.rsassa]: 'rsassa', [ALG.rsapss]: 'rsapss', [ALG.ecdsa]: 'ecdsa' };
const CURVES: Readonly<Record<number, { readonly curve: 'P-256' | 'P-384'; readonly bytes: number }>> = { 0x0003: { curve: 'P-256', bytes: 32 }, 0x0004: { curve: 'P-384', bytes: 48 } };
const DEFAULT_EXPONENT = 65_537;
const RSA_BITS: readonly number[] = [2048, 3072, 4096];

const ATTRIBUTES = { fixedTpm: 0x0000_0002, restricted: 0x0001_0000, decrypt: 0x0002_0000, sign: 0x0004_0000 } as const;

function refuse(detail: string, code: 'AK_MALFORMED' | 'AK_KEY' = 'AK_MALFORMED'): never {
  throw new CodedError(code, detail);
}

/** A structure preceded by its length in two octets. */
export const tpm2b = (reader: ByteReader): Uint8Array => reader.take(reader.u16be());

/** Reads one TPMT_PUBLIC and nothing after it. Raises `AK_MALFORMED`, or `AK_KEY` for a kind of key that is not taken. */
export function readPublic(bytes: Uint8Array): AkPublic {
  const reader = new ByteReader(bytes, 'AK_MALFORMED');
  const type = reader.u16be();
  const nameHash = reader.u16be();
  if (hashById(nameHash) === undefined) refuse(`name algorithm 0x${nameHash.toString(16)}`);
  const attributes = reader.u32be();
  tpm2b(reader);
  // A restricted signing key has no cipher of its own.
  if (reader.u16be() !== ALG.null) refuse('a symmetric algorithm');
  const scheme = readScheme(reader);
  const key = type === ALG.rsa ? readRsa(reader) : type === ALG.ecc ? readEcc(reader) : refuse(`key type 0x${type.toString(16)}`, 'AK_KEY');
  if (reader.remaining > 0) refuse(`${reader.remaining} bytes after the key`);
  if (scheme !== undefined && (scheme.scheme === 'ecdsa') !== (key.kind === 'ecc')) refuse(`${scheme.scheme} with a key of kind ${key.kind}`);
  return { key, attributes, ...(scheme === undefined ? {} : { scheme }) };
}

function readScheme(reader: ByteReader): SignatureScheme | undefined {
  const id = reader.u16be();
  if (id === ALG.null) return undefined;
  const scheme = SCHEMES[id] ?? refuse(`scheme 0x${id.toString(16)}`, 'AK_KEY');
  return { scheme, hash: hashById(reader.u16be()) ?? refuse('an unknown hash', 'AK_KEY') };
}

function readRsa(reader: ByteReader): AkKey {
  const bits = reader.u16be();
  const exponent = reader.u32be();
  const modulus = tpm2b(reader);
  if (!RSA_BITS.includes(bits) || modulus.length !== bits / 8 || (modulus[0] ?? 0) < 0x80) refuse(`RSA of ${bits} bits, modulus of ${modulus.length} bytes`, 'AK_KEY');
  if (exponent !== 0 && (exponent < 3 || exponent % 2 === 0)) refuse(`exponent ${exponent}`, 'AK_KEY');
  return { kind: 'rsa', modulus, exponent: exponent === 0 ? DEFAULT_EXPONENT : exponent };
}

function readEcc(reader: ByteReader): AkKey {
  const id = reader.u16be();
  const { curve, bytes } = CURVES[id] ?? refuse(`curve 0x${id.toString(16)}`, 'AK_KEY');
  const kdf = reader.u16be();
  if (kdf !== ALG.null) refuse('a key derivation scheme');
  return { kind: 'ecc', curve, point: concatBytes(Uint8Array.of(4), padded(tpm2b(reader), bytes), padded(tpm2b(reader), bytes)) };
}

/** Coordinates may come without their leading zeros. */
export function padded(value: Uint8Array, bytes: number): Uint8Array {
  if (value.length > bytes) refuse(`a value of ${value.length} bytes`);
  const whole = new Uint8Array(bytes);
  whole.set(value, bytes - value.length);
  return whole;
}

/**
 * Why this key proves nothing about quotes; `undefined` when it does. Only a restricted signing key that cannot leave
 * its TPM signs nothing but what the TPM made itself: without that, software could have made up the quote.
 */
export function attributeFault({ attributes }: AkPublic): string | undefined {
  const lacking = (['fixedTpm', 'restricted', 'sign'] as const).filter((name) => (attributes & ATTRIBUTES[name]) === 0);
  if (lacking.length > 0) return `not ${lacking.join(', not ')}`;
  return (attributes & ATTRIBUTES.decrypt) === 0 ? undefined : 'also decrypts';
}

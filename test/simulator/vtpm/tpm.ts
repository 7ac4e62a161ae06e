/**
 * A TPM's attestation key and quotes in the TPM's own encodings (TPM 2.0 Part 2: TPMT_PUBLIC, TPMS_ATTEST,
 * TPMT_SIGNATURE), all integers big-endian.
 */
import { createHash } from 'node:crypto';
import { derivedKey, sha256, signRaw } from '../pki/keys.ts';
import { derivedRsa, signPkcs1 } from '../pki/rsa.ts';

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value); return bytes; };
const u64 = (value: bigint): Buffer => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64BE(value); return bytes; };
/** TPM2B: the length in two bytes, then the value. */
const sized = (value: Uint8Array): Buffer => Buffer.concat([u16(value.length), value]);

export type Bank = 'sha1' | 'sha256' | 'sha384';
/** TPM_ALG_ID. */
export const BANK_ID: Readonly<Record<Bank, number>> = { sha1: 0x0004, sha256: 0x000b, sha384: 0x000c };
export const BANK_BYTES: Readonly<Record<Bank, number>> = { sha1: 20, sha256: 32, sha384: 48 };
const ALG = { rsa: 0x0001, null: 0x0010, rsassa: 0x0014, ecdsa: 0x0018, ecc: 0x0023, p256: 0x0003 } as const;

export const digest = (bank: Bank, ...parts: readonly Uint8Array[]): Buffer => createHash(bank).update(Buffer.concat(parts)).digest();

/** fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign: what every attestation key has. */
const ATTRIBUTES = 0x0005_0072;
const RESTRICTED = 0x0001_0000;

export interface Ak {
  /** TPMT_PUBLIC. */
  readonly publicArea: Buffer;
  /** TPMT_SIGNATURE over the SHA-256 of the bytes, whatever bank they quote. */
  readonly sign: (attest: Uint8Array) => Buffer;
}

export interface AkOptions {
  readonly kind?: 'rsa' | 'ecc';
  /** `azure ak` is another key: the one that no hardware report speaks of. */
  readonly label?: 'vtpm ak' | 'azure ak';
  /** False: a key that signs what software hands it. */
  readonly restricted?: boolean;
}

/** RSA-2048 with PKCS #1 v1.5, or ECC P-256; the same label is the same key for ever. */
export function attestationKey({ kind = 'rsa', label = 'vtpm ak', restricted = true }: AkOptions = {}): Ak {
  const attributes = restricted ? ATTRIBUTES : ATTRIBUTES & ~RESTRICTED;
  const head = (type: number, scheme: number): Buffer =>
    Buffer.concat([u16(type), u16(BANK_ID.sha256), u32(attributes), sized(Buffer.alloc(0)), u16(ALG.null), u16(scheme), u16(BANK_ID.sha256)]);
  if (kind === 'rsa') {
    const key = derivedRsa(label, 256);
    return {
      publicArea: Buffer.concat([head(ALG.rsa, ALG.rsassa), u16(2048), u32(0), sized(key.modulus)]),
      sign: (attest) => Buffer.concat([u16(ALG.rsassa), u16(BANK_ID.sha256), sized(signPkcs1(key, 'sha256', attest))]),
    };
  }
  const key = derivedKey(label);
  return {
    publicArea: Buffer.concat([head(ALG.ecc, ALG.ecdsa), u16(ALG.p256), u16(ALG.null), sized(key.point.subarray(0, 32)), sized(key.point.subarray(32))]),
    sign: (attest) => {
      const raw = signRaw(key, attest);
      return Buffer.concat([u16(ALG.ecdsa), u16(BANK_ID.sha256), sized(raw.subarray(0, 32)), sized(raw.subarray(32))]);
    },
  };
}

export interface Quote {
  /** TPMS_ATTEST, without a length before it. */
  readonly attest: Buffer;
  /** TPMT_SIGNATURE. */
  readonly signature: Buffer;
  readonly bank: Bank;
  /** Register → value, ascending. */
  readonly registers: ReadonlyMap<number, Buffer>;
}

export interface QuoteOptions {
  readonly ak: Ak;
  readonly bank: Bank;
  readonly registers: ReadonlyMap<number, Buffer>;
  /** extraData; Cocos's agent passes 32 bytes. */
  readonly nonce: Uint8Array;
}

const MAGIC = 0xff54_4347;
const ATTEST_QUOTE = 0x8018;

/** A quote over all given registers of one bank. */
export function quote({ ak, bank, registers, nonce }: QuoteOptions): Quote {
  const selected = Buffer.alloc(3);
  for (const index of registers.keys()) selected[index >> 3] = (selected[index >> 3] ?? 0) | (1 << (index & 7));
  const attest = Buffer.concat([
    u32(MAGIC), u16(ATTEST_QUOTE), sized(Buffer.concat([u16(BANK_ID.sha256), sha256('qualified', ak.publicArea)])), sized(nonce),
    // clock, resetCount, restartCount, safe, firmwareVersion
    u64(123_456n), u32(1), u32(0), Buffer.from([1]), u64(0x2019_1023_0016_3636n),
    u32(1), u16(BANK_ID[bank]), Buffer.from([selected.length]), selected, sized(sha256(...registers.values())),
  ]);
  return { attest, signature: ak.sign(attest), bank, registers };
}

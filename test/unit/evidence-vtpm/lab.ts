/** A small TPM of our own: keys, quotes and logs in the TPM's encodings. */
import { constants, createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { VtpmInput, VtpmQuote } from '../../../src/evidence/vtpm/types';

export const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 0xff);
export const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const le16 = (value: number): Buffer => Buffer.of(value & 0xff, value >> 8);
const le32 = (value: number): Buffer => Buffer.concat([le16(value & 0xffff), le16(value >>> 16)]);
export const sized = (value: Uint8Array): Buffer => Buffer.concat([u16(value.length), value]);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

export const ATTRIBUTES = 0x0005_0072;
const HASH = { sha1: 4, sha256: 0x0b, sha384: 0x0c, sha512: 0x0d } as const;
export type HashName = keyof typeof HASH;
const digest = (hash: HashName, ...data: readonly Uint8Array[]): Buffer => createHash(hash).update(Buffer.concat(data)).digest();

export interface Ak {
  readonly publicArea: Uint8Array;
  readonly sign: (data: Uint8Array, hash?: HashName) => Uint8Array;
}

/** `scheme` 0x10 leaves it open. */
export function rsaAk({ scheme = 0x14, attributes = ATTRIBUTES, bits = 2048 }: { scheme?: number; attributes?: number; bits?: number } = {}): Ak {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
  const padding = scheme === 0x16 ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : { padding: constants.RSA_PKCS1_PADDING };
  return {
    publicArea: joined(u16(1), u16(HASH.sha256), u32(attributes), sized(new Uint8Array()), u16(0x10), u16(scheme), ...(scheme === 0x10 ? [] : [u16(HASH.sha256)]), u16(bits), u32(0), sized(modulus)),
    sign: (data, hash = 'sha256') => joined(u16(scheme === 0x16 ? 0x16 : 0x14), u16(HASH[hash]), sized(sign(hash, data, { key: privateKey, ...padding }))),
  };
}

export function eccAk(curve: 'P-256' | 'P-384' = 'P-256', attributes = ATTRIBUTES): Ak {
  const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: curve });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const own: HashName = curve === 'P-256' ? 'sha256' : 'sha384';
  const coordinate = (text: string): Buffer => sized(Buffer.from(text, 'base64url'));
  return {
    publicArea: joined(u16(0x23), u16(HASH.sha256), u32(attributes), sized(new Uint8Array()), u16(0x10), u16(0x18), u16(HASH[own]), u16(curve === 'P-256' ? 3 : 4), u16(0x10), coordinate(x), coordinate(y)),
    sign: (data, hash = own) => {
      const rs = sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return joined(u16(0x18), u16(HASH[hash]), sized(rs.subarray(0, rs.length / 2)), sized(rs.subarray(rs.length / 2)));
    },
  };
}

export const NONCE = new Uint8Array(32).fill(7);

export interface QuoteParts {
  readonly bank?: HashName;
  readonly pcrs?: ReadonlyMap<number, Uint8Array>;
  readonly nonce?: Uint8Array;
  readonly signatureHash?: HashName;
  readonly magic?: number;
  readonly type?: number;
  readonly tail?: Uint8Array;
  readonly banks?: number;
}

/** A quote over the given registers, ascending in the map. */
export function quote(ak: Ak, { bank = 'sha256', pcrs = registers(bank), nonce = NONCE, signatureHash, magic = 0xff54_4347, type = 0x8018, tail = new Uint8Array(), banks = 1 }: QuoteParts = {}): VtpmQuote {
  const bitmap = Buffer.alloc(3);
  for (const index of pcrs.keys()) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
  const digestHash = signatureHash ?? (ak.publicArea[1] === 0x23 && ak.publicArea[15] === HASH.sha384 ? 'sha384' : 'sha256');
  const attest = joined(
    u32(magic), u16(type), sized(Buffer.alloc(34, 1)), sized(nonce), Buffer.alloc(8), u32(1), u32(0), Buffer.of(1), Buffer.alloc(8),
    u32(banks), u16(HASH[bank]), Buffer.of(3), bitmap, sized(digest(digestHash, ...pcrs.values())), tail,
  );
  return { attest, signature: ak.sign(attest, signatureHash), hash: HASH[bank], pcrs };
}

export interface EventParts {
  readonly pcr: number;
  readonly type?: number;
  readonly data?: Uint8Array;
  /** What was measured; its digest is logged in every bank. */
  readonly measured?: Uint8Array;
}

const EVENTS: readonly EventParts[] = [
  { pcr: 0, type: 3, data: Buffer.from('StartupLocality\0\x03', 'latin1') },
  { pcr: 0, type: 8, measured: Buffer.from('firmware'), data: Buffer.from('firmware 1.0\0') },
  { pcr: 4, type: 0x8000_0003, measured: Buffer.from('kernel') },
  { pcr: 4, type: 4, measured: Buffer.alloc(4), data: Buffer.alloc(4) },
];

/** A crypto-agile log with SHA-256 and SHA-384, and an algorithm that nobody here reads. */
export function eventLog(events: readonly EventParts[] = EVENTS): Uint8Array {
  const spec = joined(Buffer.from('Spec ID Event03\0'), le32(0), Buffer.of(0, 2, 0, 2), le32(3), le16(HASH.sha256), le16(32), le16(HASH.sha384), le16(48), le16(0x12), le16(32), Buffer.of(0));
  const header = joined(le32(0), le32(3), Buffer.alloc(20), le32(spec.length), spec);
  return joined(
    header,
    ...events.map(({ pcr, type = 0xd, measured = new Uint8Array(), data = new Uint8Array() }) =>
      joined(le32(pcr), le32(type), le32(3), le16(HASH.sha256), digest('sha256', measured), le16(HASH.sha384), digest('sha384', measured), le16(0x12), Buffer.alloc(32), le32(data.length), data),
    ),
  );
}

/** The old format: one SHA-1 digest for each event. */
export const oldEventLog = (events: readonly EventParts[]): Uint8Array =>
  joined(...events.map(({ pcr, type = 0xd, measured = new Uint8Array(), data = new Uint8Array() }) => joined(le32(pcr), le32(type), digest('sha1', measured), le32(data.length), data)));

/** Registers 0 and 4 as `eventLog()` leaves them, and 7 at zero. */
export function registers(bank: HashName): ReadonlyMap<number, Uint8Array> {
  const size = digest(bank).length;
  const extend = (from: Uint8Array, ...measured: readonly string[]): Uint8Array => measured.reduce((value, text) => new Uint8Array(digest(bank, value, digest(bank, Buffer.from(text)))), from);
  const started = new Uint8Array(size);
  started[size - 1] = 3;
  return new Map([[0, extend(started, 'firmware')], [4, extend(new Uint8Array(size), 'kernel', '\0\0\0\0')], [7, new Uint8Array(size)]]);
}

export const input = (ak: Ak, over: Partial<VtpmInput> = {}): VtpmInput => ({ akPublic: ak.publicArea, quotes: [quote(ak), quote(ak, { bank: 'sha384' })], eventLog: eventLog(), nonce: NONCE, ...over });

/** A small AWS of our own: a CBOR writer, P-384 keys that die with the process, and documents for any field. */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { NitroInput } from '../../../src/evidence/nitro/types';
import type { Anchor } from '../../../src/roots/anchors';
import { fingerprintOf, readCertificate } from '../../../src/x509/certificate';
import { bits, boolean, explicit, integer, octets, oid, printable, sequence, set, time } from '../../simulator/pki/der';

export const NOW = Date.parse('2026-11-22T12:00:00Z');
const HOUR = 3_600_000;

type Plain = number | string | null | boolean | Uint8Array | readonly Plain[] | ReadonlyMap<Plain, Plain>;

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.of((major << 5) | value);
  const [bytes, info] = value < 0x100 ? [1, 24] : value < 0x1_0000 ? [2, 25] : value < 0x1_0000_0000 ? [4, 26] : [8, 27];
  const tail = Buffer.alloc(8);
  tail.writeBigUInt64BE(BigInt(value));
  return Buffer.concat([Buffer.of((major << 5) | info), tail.subarray(8 - bytes)]);
}

/** Definite lengths, shortest heads. */
export function cbor(value: Plain): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value === null) return Buffer.of(0xf6);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xf5 : 0xf4);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(([k, v]: [Plain, Plain]) => [cbor(k), cbor(v)])]);
  const items = value as readonly Plain[];
  return Buffer.concat([head(4, items.length), ...items.map(cbor)]);
}

interface Keys {
  readonly secret: KeyObject;
  readonly spki: Buffer;
}

function keys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return { secret: privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }) };
}

const ALGORITHM = sequence(oid('1.2.840.10045.4.3.3'));
const name = (commonName: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), printable(commonName))));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), boolean(true), octets(value));

interface Parts {
  readonly subject: string;
  readonly issuer: string;
  readonly own: Keys;
  readonly by: Keys;
  readonly ca: boolean;
  readonly pathLength?: number;
  readonly usage?: number;
  readonly notBefore?: number;
  readonly notAfter?: number;
}

function certificate({ subject, issuer, own, by, ca, pathLength, usage = ca ? 0x06 : 0x80, notBefore = NOW - HOUR, notAfter = NOW + 2 * HOUR }: Parts): Uint8Array {
  const body = sequence(
    explicit(0, integer(2)), integer(7), ALGORITHM, name(issuer), sequence(time(notBefore), time(notAfter)), name(subject), own.spki,
    explicit(3, sequence(extension('2.5.29.19', sequence(...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)]))), extension('2.5.29.15', bits(Buffer.of(usage))))),
  );
  return new Uint8Array(sequence(body, ALGORITHM, bits(sign('sha384', body, by.secret))));
}

const root = keys();
const middle = keys();
const leaf = keys();
/** Nobody's. */
export const stranger = keys();

export interface ChainParts {
  readonly root?: Partial<Parts>;
  readonly middle?: Partial<Parts>;
  readonly leaf?: Partial<Parts>;
}

/** Root, intermediate, leaf. */
export const chain = (over: ChainParts = {}): [Uint8Array, Uint8Array, Uint8Array] => [
  certificate({ subject: 'root', issuer: 'root', own: root, by: root, ca: true, ...over.root }),
  certificate({ subject: 'zone', issuer: 'root', own: middle, by: root, ca: true, pathLength: 0, ...over.middle }),
  certificate({ subject: 'enclave', issuer: 'zone', own: leaf, by: middle, ca: false, ...over.leaf }),
];

const rootCertificate = readCertificate(chain()[0]);
export const anchor: Anchor = { vendor: 'aws', kind: 'nitro', subject: rootCertificate.subject.text, spki: rootCertificate.spkiHex, fingerprint: fingerprintOf(rootCertificate), source: 'test' };

export const NONCE = Uint8Array.of(9, 8, 7);

export interface DocumentParts {
  readonly fields?: Readonly<Record<string, Plain | undefined>>;
  readonly chain?: ChainParts;
  readonly header?: Plain;
  readonly unprotected?: Plain;
  readonly signature?: (good: Buffer) => Uint8Array;
  /** The payload's bytes in place of the written ones. */
  readonly payload?: (written: Buffer) => Uint8Array;
}

export function documentOf({ fields = {}, chain: chainParts, header = new Map([[1, -35]]), unprotected = new Map(), signature = (good) => good, payload: replace = (written) => written }: DocumentParts = {}): Uint8Array {
  const [top, zone, own] = chain(chainParts);
  const all: Record<string, Plain | undefined> = {
    module_id: 'i-1-enc2', digest: 'SHA384', timestamp: NOW - 1000, pcrs: new Map([[0, new Uint8Array(48).fill(1)], [4, new Uint8Array(48).fill(4)]]),
    certificate: own, cabundle: [top, zone], public_key: null, user_data: Uint8Array.of(5), nonce: NONCE, ...fields,
  };
  const payload = replace(cbor(new Map(Object.entries(all).filter((entry): entry is [string, Plain] => entry[1] !== undefined))));
  const protectedHeader = cbor(header);
  const signed = cbor(['Signature1', protectedHeader, new Uint8Array(), payload]);
  return new Uint8Array(cbor([protectedHeader, unprotected, payload, signature(sign('sha384', signed, { key: leaf.secret, dsaEncoding: 'ieee-p1363' }))]));
}

export const input = (document: Uint8Array, over: Partial<NitroInput> = {}): NitroInput => ({ document, anchors: [anchor], now: NOW, policy: { allowDebug: false }, ...over });

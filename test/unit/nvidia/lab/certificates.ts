/** A laboratory in NVIDIA's place: P-384 keys and certificates for devices, manifests and responders. Written apart from what it tests. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { bits, boolean, element, explicit, integer, octets, oid, pem, sequence, set, time, utf8 } from '../../../simulator/pki/der';
import { remembering } from '../../../simulator/pki/keys';
import type { Anchor } from '../../../../src/roots/anchor';

export interface Key {
  readonly secret: KeyObject;
  readonly spki: Buffer;
}

export function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  return { secret: privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }) };
}

/** Most tests ask for the same signatures again: one key's signature of one message is made once. */
const signed = remembering<Buffer>(4000);
const once = (kind: string, { spki }: Key, message: Uint8Array, make: () => Buffer): Buffer => Buffer.from(signed(`${kind} ${sha384(spki, message).toString('latin1')}`, make));

export const signDer = (key: Key, message: Uint8Array): Buffer => once('der', key, message, () => sign('sha384', message, key.secret));
export const signRaw = (key: Key, message: Uint8Array): Buffer => once('raw', key, message, () => sign('sha384', message, { key: key.secret, dsaEncoding: 'ieee-p1363' }));
export const sha384 = (...parts: readonly (Uint8Array | string)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha384')).digest();

export interface Authority {
  readonly der: Buffer;
  readonly key: Key;
  readonly name: string;
  readonly serial: Buffer;
}

export interface Parts {
  readonly name: string;
  readonly issuer?: Authority;
  readonly key?: Key;
  readonly serial?: Buffer;
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** Bits of keyUsage; by default what a CA or a leaf needs. */
  readonly usage?: Buffer;
  readonly extensions?: readonly Buffer[];
  readonly from?: string;
  readonly until?: string;
}

export const nameOf = (commonName: string): Buffer => sequence(set(sequence(oid('2.5.4.10'), utf8('Assay Laboratory'))), set(sequence(oid('2.5.4.3'), utf8(commonName))));
export const extension = (type: string, value: Buffer, critical = false): Buffer => sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(value));

const ECDSA_SHA384 = sequence(oid('1.2.840.10045.4.3.3'));
let counter = 1;

export function issue(parts: Parts): Authority {
  const key = parts.key ?? newKey();
  const signer = parts.issuer?.key ?? key;
  const serial = parts.serial ?? Buffer.from([0x40, counter >> 8, counter++ & 0xff]);
  const ca = parts.ca ?? false;
  const constraints = sequence(...(ca ? [boolean(true)] : []), ...(parts.pathLength === undefined ? [] : [integer(parts.pathLength)]));
  const body = sequence(
    explicit(0, integer(2)),
    integer(serial),
    ECDSA_SHA384,
    nameOf(parts.issuer?.name ?? parts.name),
    sequence(time(Date.parse(parts.from ?? '2024-01-01T00:00:00Z')), time(Date.parse(parts.until ?? '2049-01-01T00:00:00Z'))),
    nameOf(parts.name),
    key.spki,
    explicit(3, sequence(extension('2.5.29.19', constraints, true), extension('2.5.29.15', parts.usage ?? (ca ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x80]), 7)), true), ...(parts.extensions ?? []))),
  );
  return { der: sequence(body, ECDSA_SHA384, bits(signDer(signer, body))), key, name: parts.name, serial };
}

export const anchorOf = (root: Authority, kind: Anchor['kind']): Anchor => ({
  vendor: 'nvidia', kind, subject: root.name, spki: root.key.spki.toString('hex'), fingerprint: createHash('sha256').update(root.der).digest('hex'), source: 'laboratory',
});

export const chainPem = (chain: readonly Authority[]): string => chain.map(({ der }) => pem('CERTIFICATE', der)).join('');

/** subjectAltName with DMTF's otherName. */
export const dmtfName = (text: string): Buffer => extension('2.5.29.17', sequence(explicit(0, oid('1.3.6.1.4.1.412.274.1'), explicit(0, utf8(text)))));

const fwidPair = (fwid: Uint8Array): readonly Buffer[] => [oid('2.16.840.1.101.3.4.2.2'), octets(fwid)];
export const diceComposite = (fwid: Uint8Array, key: Key): Buffer => extension('2.23.133.5.4.1', sequence(integer(1), key.spki, sequence(...fwidPair(fwid))));
export const diceTcbInfo = (fwid: Uint8Array): Buffer => extension('2.23.133.5.4.1.1', sequence(element(0x80, Buffer.from('NVIDIA')), element(0x82, Buffer.from('01')), element(0xa6, sequence(...fwidPair(fwid)), sequence(...fwidPair(Buffer.alloc(48))))));

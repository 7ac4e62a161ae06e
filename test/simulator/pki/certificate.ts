/** X.509 v3 certificates and v2 CRLs, ecdsa-with-SHA256, in the shape (fields, order, criticality) that Intel's have. */
import { bits, boolean, element, enumerated, explicit, implicit, integer, octets, oid, pem, printable, sequence, set, time, utf8 } from './der.ts';
import { labelled, signDer } from './keys.ts';
import type { EcKey } from './keys.ts';

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

/** O of every subject: a simulated certificate says so itself. */
export const ORGANISATION = 'Assay Simulator';

export function name(commonName: string): Buffer {
  const part = (type: string, value: Buffer): Buffer => set(sequence(oid(type), value));
  return sequence(
    part('2.5.4.3', utf8(commonName)),
    part('2.5.4.10', utf8(ORGANISATION)),
    part('2.5.4.7', utf8('Santa Clara')),
    part('2.5.4.8', utf8('CA')),
    part('2.5.4.6', printable('US')),
  );
}

/** The same name as text, most specific first. */
export const nameText = (commonName: string): string => `CN=${commonName}, O=${ORGANISATION}, L=Santa Clara, ST=CA, C=US`;

export interface CertificateParts {
  readonly subject: string;
  readonly issuer: string;
  readonly key: EcKey;
  readonly issuerKey: EcKey;
  /** 20 bytes are derived from this label. */
  readonly serial: string;
  /** Ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Path length for a CA; absent for a leaf. */
  readonly pathLength?: number;
  readonly crlUrl?: string;
  readonly extensions?: readonly Buffer[];
}

export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly subject: string;
  readonly key: EcKey;
  /** Big-endian, positive, 20 bytes. */
  readonly serial: Buffer;
}

export const extension = (type: string, value: Buffer, critical = false): Buffer => sequence(oid(type), ...(critical ? [boolean(true)] : []), octets(value));

/** Positive and not shortened by DER: the first bit clear, the next one set. */
function serialOf(label: string): Buffer {
  const bytes = Buffer.from(labelled(`serial/${label}`, 20));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

const distributionPoint = (url: string): Buffer => sequence(sequence(explicit(0, explicit(0, implicit(6, Buffer.from(url, 'latin1'))))));

export function certificate(parts: CertificateParts): Certificate {
  const serial = serialOf(parts.serial);
  const ca = parts.pathLength !== undefined;
  const extensions = [
    extension('2.5.29.35', sequence(implicit(0, parts.issuerKey.keyId))),
    ...(parts.crlUrl === undefined ? [] : [extension('2.5.29.31', distributionPoint(parts.crlUrl))]),
    extension('2.5.29.14', octets(parts.key.keyId)),
    // keyCertSign + cRLSign, or digitalSignature + nonRepudiation
    extension('2.5.29.15', ca ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0xc0]), 6), true),
    extension('2.5.29.19', parts.pathLength === undefined ? sequence() : sequence(boolean(true), integer(parts.pathLength)), true),
    ...(parts.extensions ?? []),
  ];
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    integer(serial),
    ECDSA_SHA256,
    name(parts.issuer),
    sequence(time(parts.notBefore), time(parts.notAfter)),
    name(parts.subject),
    parts.key.spki,
    explicit(3, sequence(...extensions)),
  );
  const der = sequence(toBeSigned, ECDSA_SHA256, bits(signDer(parts.issuerKey, toBeSigned)));
  return { der, pem: pem('CERTIFICATE', der), subject: parts.subject, key: parts.key, serial };
}

export interface CrlParts {
  readonly issuer: string;
  readonly issuerKey: EcKey;
  readonly number: number;
  /** Ms since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly revoked: readonly Uint8Array[];
}

/** A CRL as DER; every entry carries the reason keyCompromise, as Intel's do. */
export function crl(parts: CrlParts): Buffer {
  const reason = sequence(extension('2.5.29.21', enumerated(1)));
  const entries = parts.revoked.map((serial) => sequence(integer(serial), time(parts.thisUpdate), reason));
  const toBeSigned = sequence(
    integer(1),
    ECDSA_SHA256,
    name(parts.issuer),
    time(parts.thisUpdate),
    time(parts.nextUpdate),
    ...(entries.length === 0 ? [] : [sequence(...entries)]),
    explicit(0, sequence(extension('2.5.29.20', integer(parts.number)), extension('2.5.29.35', sequence(implicit(0, parts.issuerKey.keyId))))),
  );
  return sequence(toBeSigned, ECDSA_SHA256, bits(signDer(parts.issuerKey, toBeSigned)));
}

/** SubjectAltName with DNS names and IPv4 addresses, and serverAuth, for the HTTPS server's certificate. */
export function serverExtensions(names: readonly string[], addresses: readonly string[]): readonly Buffer[] {
  const entries = [
    ...names.map((entry) => implicit(2, Buffer.from(entry, 'latin1'))),
    ...addresses.map((entry) => implicit(7, Buffer.from(entry.split('.').map(Number)))),
  ];
  return [extension('2.5.29.17', element(0x30, ...entries)), extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1')))];
}

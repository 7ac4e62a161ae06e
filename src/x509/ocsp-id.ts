/** How OCSP names a certificate: hashes of its issuer's name and key, and its serial number. */
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384 } from '@noble/hashes/sha2.js';
import type { Certificate } from './certificate';
import { equalBytes } from '../encoding/bytes';
import { TAG, derRoot } from '../encoding/der';
import type { DerReader } from '../encoding/der';
import { derBitOctets, derIntegerBytes, derOid } from '../encoding/der-values';
import { toHex } from '../encoding/hex';
import type { Code } from '../checks/codes';

export const SHA384_OID = '2.16.840.1.101.3.4.2.2';

/** All three are seen in the field. SHA-1 names a certificate here and nothing more: the serial number is compared as it is. */
const HASHES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  '1.3.14.3.2.26': sha1,
  '2.16.840.1.101.3.4.2.1': sha256,
  [SHA384_OID]: sha384,
};

export interface CertificateId {
  /** Object identifier of the hash. */
  readonly hash: string;
  readonly issuerName: Uint8Array;
  readonly issuerKey: Uint8Array;
  /** Content octets of the INTEGER, lower-case hex. */
  readonly serial: string;
}

/** Reads a CertID from the element the reader stands before. Raises the given code. */
export function readCertificateId(outer: DerReader, code: Code): CertificateId {
  const reader = outer.enter(TAG.sequence);
  const algorithm = reader.enter(TAG.sequence);
  const hash = derOid(algorithm.next(TAG.oid), code);
  algorithm.optional(TAG.null);
  algorithm.end();
  const issuerName = reader.next(TAG.octetString).content;
  const issuerKey = reader.next(TAG.octetString).content;
  const serial = toHex(derIntegerBytes(reader.next(TAG.integer), code));
  reader.end();
  return { hash, issuerName, issuerKey, serial };
}

/** The issuer's key as OCSP hashes it: the octets of the BIT STRING, without the SubjectPublicKeyInfo around it. */
export function keyOctets(certificate: Certificate, code: Code): Uint8Array {
  const spki = derRoot(certificate.spki, TAG.sequence, code);
  spki.next(TAG.sequence);
  return derBitOctets(spki.next(TAG.bitString), code);
}

/** SHA-1 of the key: the other way in which a responder names itself. */
export const keyHash = (certificate: Certificate, code: Code): Uint8Array => sha1(keyOctets(certificate, code));

/** Whether this id names this certificate of this issuer. */
export function isIdOf(id: CertificateId, certificate: Certificate, issuer: Certificate, code: Code): boolean {
  const hash = HASHES[id.hash];
  if (hash === undefined || id.serial !== certificate.serial) return false;
  return equalBytes(id.issuerName, hash(issuer.subject.raw)) && equalBytes(id.issuerKey, hash(keyOctets(issuer, code)));
}

/** The id in SHA-384, ready to be sent. */
export const idOf = (certificate: Certificate, issuer: Certificate, code: Code): CertificateId => ({
  hash: SHA384_OID,
  issuerName: sha384(issuer.subject.raw),
  issuerKey: sha384(keyOctets(issuer, code)),
  serial: certificate.serial,
});

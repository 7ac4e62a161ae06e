/** X.509 v3 certificates, read strictly from DER; the signed part and the names keep their exact bytes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { OID, readExtensions, unknownCritical } from './extensions';
import type { Extensions } from './extensions';
import { readName } from './name';
import type { Name } from './name';
import type { Signed } from './signature';
import { BoundedMap } from '../encoding/bounded-map';
import { equalBytes } from '../encoding/bytes';
import { DerReader, TAG, contextTag, derRoot } from '../encoding/der';
import { derBitOctets, derBoolean, derIntegerBytes, derNamedBits, derOid, derTime, derUint } from '../encoding/der-values';
import { toHex } from '../encoding/hex';
import { pemBytes, pemTexts } from '../encoding/pem';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

export interface Certificate extends Signed {
  readonly der: Uint8Array;
  /** Content octets of the serial number's INTEGER, lower-case hex. */
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  /** Ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER SubjectPublicKeyInfo, and the same as lower-case hex to compare and index by. */
  readonly spki: Uint8Array;
  readonly spkiHex: string;
  readonly extensions: Extensions;
  /** From basicConstraints; false where the extension is absent. */
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Named bits of keyUsage (0 digitalSignature, 5 keyCertSign, 6 cRLSign); `undefined` where the extension is absent. */
  readonly keyUsage: ((bit: number) => boolean) | undefined;
}

export const KEY_USAGE = { digitalSignature: 0, keyCertSign: 5, crlSign: 6 } as const;

const kept = new BoundedMap<Certificate>(64, 512 * 1024);

/** Reads one certificate; equal bytes give the same object, so that what is known about it is found again. Raises `CERTIFICATE_MALFORMED` or the given code. */
export function readCertificate(der: Uint8Array, code: Code = 'CERTIFICATE_MALFORMED'): Certificate {
  return kept.getOrMake(toHex(der), () => parse(new Uint8Array(der), code));
}

/** PEM block → certificate, so that a known one is not even decoded. */
const keptBlocks = new BoundedMap<Certificate>(64, 256 * 1024);

/** Reads the certificates of a PEM text in order. Raises `CERTIFICATE_MALFORMED` or the given code. */
export const readPemCertificates = (pem: string, code: Code = 'CERTIFICATE_MALFORMED'): readonly Certificate[] =>
  pemTexts(pem, 'CERTIFICATE', code).map((block) => keptBlocks.getOrMake(block, () => parse(pemBytes(block, code), code)));

/** Forgets what was read; benchmarks measure the cold case with it. */
export function forgetCertificates(): void {
  kept.clear();
  keptBlocks.clear();
}

/**
 * The DER SubjectPublicKeyInfo of any X.509 certificate, of which nothing else is read: servers show certificates that
 * none of our rules are about. Raises `CERTIFICATE_MALFORMED`.
 */
export function publicKeyOf(der: Uint8Array): Uint8Array {
  const body = derRoot(der, TAG.sequence, 'CERTIFICATE_MALFORMED').enter(TAG.sequence);
  body.optional(contextTag(0));
  for (const tag of [TAG.integer, TAG.sequence, TAG.sequence, TAG.sequence, TAG.sequence]) body.next(tag);
  return body.next(TAG.sequence).full;
}

const fingerprints = new WeakMap<Certificate, string>();

/** SHA-256 of the DER, lower-case hex. */
export function fingerprintOf(certificate: Certificate): string {
  const known = fingerprints.get(certificate) ?? toHex(sha256(certificate.der));
  fingerprints.set(certificate, known);
  return known;
}

/** Critical extensions without a rule here or in `handled`. */
export const unhandledCritical = (certificate: Certificate, handled: readonly string[] = []): readonly string[] =>
  unknownCritical(certificate.extensions, [OID.keyUsage, OID.basicConstraints, ...handled]);

function parse(der: Uint8Array, code: Code): Certificate {
  const outer = derRoot(der, TAG.sequence, code);
  const tbs = outer.next(TAG.sequence);
  const outerAlgorithm = outer.next(TAG.sequence);
  const signature = derBitOctets(outer.next(TAG.bitString), code);
  outer.end();

  const body = derRoot(tbs.full, TAG.sequence, code);
  const version = body.enter(contextTag(0));
  if (derUint(version.next(), code) !== 2) throw new CodedError(code, 'not an X.509 v3 certificate');
  version.end();
  const serial = toHex(derIntegerBytes(body.next(TAG.integer), code));
  const algorithm = body.next(TAG.sequence);
  if (!equalBytes(algorithm.full, outerAlgorithm.full)) throw new CodedError(code, 'two signature algorithms');
  const issuer = readName(body.next(TAG.sequence), code);
  const validity = body.enter(TAG.sequence);
  const notBefore = derTime(validity.next(), code);
  const notAfter = derTime(validity.next(), code);
  validity.end();
  const subject = readName(body.next(TAG.sequence), code);
  const spki = body.next(TAG.sequence).full;
  const wrapped = body.enter(contextTag(3));
  const extensions = readExtensions(wrapped, code);
  wrapped.end();
  body.end();

  return {
    der,
    signedBytes: tbs.full,
    algorithm: derOid(derRoot(algorithm.full, TAG.sequence, code).next(TAG.oid), code),
    signature,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    spkiHex: toHex(spki),
    extensions,
    ...basicConstraints(extensions, code),
    keyUsage: keyUsage(extensions, code),
  };
}

function basicConstraints(extensions: Extensions, code: Code): { isCa: boolean; pathLength: number | undefined } {
  const extension = extensions.get(OID.basicConstraints);
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const reader = derRoot(extension.value, TAG.sequence, code);
  const flag = reader.optional(TAG.boolean);
  const path = reader.optional(TAG.integer);
  reader.end();
  return { isCa: flag !== undefined && derBoolean(flag, code), pathLength: path === undefined ? undefined : derUint(path, code) };
}

function keyUsage(extensions: Extensions, code: Code): ((bit: number) => boolean) | undefined {
  const extension = extensions.get(OID.keyUsage);
  if (extension === undefined) return undefined;
  const reader = new DerReader(extension.value, code);
  const bits = derNamedBits(reader.next(TAG.bitString), code);
  reader.end();
  return bits;
}

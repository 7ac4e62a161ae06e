/** OCSP responses (RFC 6960) as bytes in, fields out. Unauthenticated until the signature holds. */
import { readCertificate } from './certificate';
import type { Certificate } from './certificate';
import { readExtensions, unknownCritical } from './extensions';
import type { Extensions } from './extensions';
import { readCertificateId } from './ocsp-id';
import type { CertificateId } from './ocsp-id';
import type { Signed } from './signature';
import { BoundedMap } from '../encoding/bounded-map';
import { DerReader, TAG, contextTag, derRoot } from '../encoding/der';
import { derBitOctets, derOid, derTime, derUint } from '../encoding/der-values';
import { toHex } from '../encoding/hex';
import { CodedError } from '../checks/error';

const CODE = 'OCSP_PARSE';
const BASIC = '1.3.6.1.5.5.7.48.1.1';
export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2';
/** Real ones have about 1.5 kB. */
const MAX_BYTES = 64 * 1024;
const MAX_ITEMS = 64;

/** RFC 6960, 4.2.1. */
const STATUSES: Readonly<Record<number, string>> = { 1: 'malformedRequest', 2: 'internalError', 3: 'tryLater', 5: 'sigRequired', 6: 'unauthorized' };

export type CertificateStatus = { readonly kind: 'good' } | { readonly kind: 'unknown' } | { readonly kind: 'revoked'; readonly at: number; readonly reason: number | undefined };

export interface SingleResponse {
  readonly id: CertificateId;
  readonly status: CertificateStatus;
  /** Ms since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
}

export interface OcspResponse extends Signed {
  /** The responder by its name (DER) or by the SHA-1 of its key. */
  readonly responder: { readonly name: Uint8Array } | { readonly keyHash: Uint8Array };
  readonly producedAt: number;
  readonly items: readonly SingleResponse[];
  /** The nonce's octets; `undefined` where the response carries none. */
  readonly nonce: Uint8Array | undefined;
  readonly certificates: readonly Certificate[];
}

const kept = new BoundedMap<OcspResponse>(64, 512 * 1024);

/**
 * Reads a response; equal bytes give the same object, so that what is known about its signature is found again.
 * Raises `OCSP_STATUS` when the responder refuses to answer, `OCSP_PARSE` for anything malformed.
 */
export function readOcspResponse(der: Uint8Array): OcspResponse {
  if (der.length > MAX_BYTES) throw new CodedError(CODE, `${der.length} bytes`);
  return kept.getOrMake(toHex(der), () => parse(new Uint8Array(der)));
}

/** Forgets what was read; benchmarks measure the cold case with it. */
export function forgetOcspResponses(): void {
  kept.clear();
}

function parse(der: Uint8Array): OcspResponse {
  const outer = derRoot(der, TAG.sequence, CODE);
  const status = derUint(outer.next(TAG.enumerated), CODE, TAG.enumerated);
  if (status !== 0) throw new CodedError('OCSP_STATUS', STATUSES[status] ?? `status ${status}`);
  const wrapped = outer.enter(contextTag(0));
  outer.end();
  const typed = wrapped.enter(TAG.sequence);
  wrapped.end();
  const type = derOid(typed.next(TAG.oid), CODE);
  if (type !== BASIC) throw new CodedError(CODE, `a response of type ${type}`);
  const basic = derRoot(typed.next(TAG.octetString).content, TAG.sequence, CODE);
  typed.end();

  const data = basic.next(TAG.sequence);
  const algorithm = derOid(basic.enter(TAG.sequence).next(TAG.oid), CODE);
  const signature = derBitOctets(basic.next(TAG.bitString), CODE);
  const certificates = readCertificates(basic);
  basic.end();
  return { signedBytes: data.full, algorithm, signature, certificates, ...readData(data.full) };
}

function readCertificates(basic: DerReader): readonly Certificate[] {
  if (basic.done) return [];
  const wrapped = basic.enter(contextTag(0));
  const list = wrapped.enter(TAG.sequence);
  wrapped.end();
  const certificates: Certificate[] = [];
  while (!list.done) {
    if (certificates.length === MAX_ITEMS) throw new CodedError(CODE, `more than ${MAX_ITEMS} certificates`);
    certificates.push(readCertificate(list.next(TAG.sequence).full, CODE));
  }
  return certificates;
}

function readData(der: Uint8Array): Pick<OcspResponse, 'responder' | 'producedAt' | 'items' | 'nonce'> {
  const data = derRoot(der, TAG.sequence, CODE);
  if (data.nextTag === contextTag(0) && derUint(data.enter(contextTag(0)).next(), CODE) !== 0) throw new CodedError(CODE, 'not version 1');
  const responder = data.nextTag === contextTag(1) ? { name: data.next().content } : { keyHash: new DerReader(data.next(contextTag(2)).content, CODE).next(TAG.octetString).content };
  const producedAt = derTime(data.next(TAG.generalizedTime), CODE);
  const list = data.enter(TAG.sequence);
  const items: SingleResponse[] = [];
  while (!list.done) {
    if (items.length === MAX_ITEMS) throw new CodedError(CODE, `more than ${MAX_ITEMS} answers`);
    items.push(readItem(list.enter(TAG.sequence)));
  }
  const extensions = readWrappedExtensions(data, [OCSP_NONCE]);
  data.end();
  return { responder, producedAt, items, nonce: readNonce(extensions) };
}

function readItem(reader: DerReader): SingleResponse {
  const id = readCertificateId(reader, CODE);
  const status = readStatus(reader);
  const thisUpdate = derTime(reader.next(TAG.generalizedTime), CODE);
  const nextUpdate = reader.nextTag === contextTag(0) ? derTime(reader.enter(contextTag(0)).next(TAG.generalizedTime), CODE) : undefined;
  readWrappedExtensions(reader, []);
  reader.end();
  return { id, status, thisUpdate, nextUpdate };
}

function readStatus(reader: DerReader): CertificateStatus {
  const element = reader.next();
  if (element.tag === contextTag(0, false) && element.content.length === 0) return { kind: 'good' };
  if (element.tag === contextTag(2, false) && element.content.length === 0) return { kind: 'unknown' };
  if (element.tag !== contextTag(1)) throw new CodedError(CODE, `a status of tag 0x${element.tag.toString(16)}`);
  const info = new DerReader(element.content, CODE);
  const at = derTime(info.next(TAG.generalizedTime), CODE);
  const reason = info.done ? undefined : derUint(info.enter(contextTag(0)).next(TAG.enumerated), CODE, TAG.enumerated);
  info.end();
  return { kind: 'revoked', at, reason };
}

/** `[1] EXPLICIT Extensions`, where there are any; a critical one without a rule here is refused. */
function readWrappedExtensions(reader: DerReader, known: readonly string[]): Extensions {
  if (reader.nextTag !== contextTag(1)) return new Map();
  const wrapped = reader.enter(contextTag(1));
  const extensions = readExtensions(wrapped, CODE);
  wrapped.end();
  const [critical] = unknownCritical(extensions, known);
  if (critical !== undefined) throw new CodedError(CODE, `the critical extension ${critical}`);
  return extensions;
}

/** The octets inside the nonce extension (an OCTET STRING); `undefined` where there is none. Raises `OCSP_PARSE`. */
export function readNonce(extensions: Extensions): Uint8Array | undefined {
  const extension = extensions.get(OCSP_NONCE);
  if (extension === undefined) return undefined;
  const reader = new DerReader(extension.value, CODE);
  const nonce = reader.next(TAG.octetString).content;
  reader.end();
  return nonce;
}

/** OCSP requests (RFC 6960) for one certificate, written and read. */
import type { Certificate } from './certificate';
import { readExtensions } from './extensions';
import { idOf, readCertificateId } from './ocsp-id';
import type { CertificateId } from './ocsp-id';
import { OCSP_NONCE, readNonce } from './ocsp-response';
import { concatBytes } from '../encoding/bytes';
import { TAG, contextTag, derRoot } from '../encoding/der';
import { fromHex } from '../encoding/hex';

const CODE = 'OCSP_PARSE';

/** DER of an object identifier, for the two that are written here. */
const OID_DER: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.2': '0609608648016503040202',
  [OCSP_NONCE]: '06092b0601050507300102',
};

function element(tag: number, ...content: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concatBytes(...content);
  const length = body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return concatBytes(new Uint8Array([tag, ...length]), body);
}

const oid = (dotted: string): Uint8Array => fromHex(OID_DER[dotted] ?? '');

/** The DER of a request with a SHA-384 CertID and our nonce (16 to 32 bytes). */
export function ocspRequest(certificate: Certificate, issuer: Certificate, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const id = idOf(certificate, issuer, CODE);
  const certId = element(
    TAG.sequence,
    element(TAG.sequence, oid(id.hash), element(TAG.null)),
    element(TAG.octetString, id.issuerName),
    element(TAG.octetString, id.issuerKey),
    element(TAG.integer, fromHex(id.serial)),
  );
  const nonceExtension = element(TAG.sequence, oid(OCSP_NONCE), element(TAG.octetString, element(TAG.octetString, nonce)));
  const requests = element(TAG.sequence, element(TAG.sequence, certId));
  return element(TAG.sequence, element(TAG.sequence, requests, element(contextTag(2), element(TAG.sequence, nonceExtension))));
}

export interface OcspRequest {
  readonly ids: readonly CertificateId[];
  readonly nonce: Uint8Array | undefined;
}

/** Reads an unsigned request, as kept beside a response. Raises `OCSP_PARSE`. */
export function readOcspRequest(der: Uint8Array): OcspRequest {
  const outer = derRoot(der, TAG.sequence, CODE);
  const body = outer.enter(TAG.sequence);
  outer.end();
  body.optional(contextTag(0)); // version
  body.optional(contextTag(1)); // requestor's name
  const list = body.enter(TAG.sequence);
  const ids: CertificateId[] = [];
  while (!list.done) ids.push(readCertificateId(list.enter(TAG.sequence), CODE));
  if (body.nextTag !== contextTag(2)) return { ids, nonce: undefined };
  const extensions = readExtensions(body.enter(contextTag(2)), CODE);
  body.end();
  return { ids, nonce: readNonce(extensions) };
}

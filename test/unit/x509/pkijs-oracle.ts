/** The same facts about certificates and CRLs as pkijs and asn1js read them: the oracle beside our own reader. */
import { fromBER } from 'asn1js';
import { Certificate as PkiCertificate, CertificateRevocationList } from 'pkijs';
import type { Certificate } from '../../../src/x509/certificate';
import type { Crl } from '../../../src/x509/crl';
import { toHex } from '../../../src/encoding/hex';

const hex = (buffer: ArrayBuffer | Uint8Array): string => Buffer.from(new Uint8Array(buffer)).toString('hex');
const own = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

export function certificateFacts(der: Uint8Array) {
  const read = PkiCertificate.fromBER(own(der));
  const basic = read.extensions?.find((extension) => extension.extnID === '2.5.29.19')?.parsedValue as { cA?: boolean; pathLenConstraint?: number } | undefined;
  return {
    serial: hex(read.serialNumber.valueBlock.valueHexView),
    notBefore: read.notBefore.value.getTime(),
    notAfter: read.notAfter.value.getTime(),
    issuer: hex(read.issuer.toSchema().toBER()),
    subject: hex(read.subject.toSchema().toBER()),
    spki: hex(read.subjectPublicKeyInfo.toSchema().toBER()),
    algorithm: read.signatureAlgorithm.algorithmId,
    signature: hex(read.signatureValue.valueBlock.valueHexView),
    tbs: hex(read.tbsView),
    extensions: (read.extensions ?? []).map((extension) => [extension.extnID, extension.critical, hex(extension.extnValue.valueBlock.valueHexView)]),
    isCa: basic?.cA ?? false,
    pathLength: basic?.pathLenConstraint,
  };
}

export const ourCertificateFacts = (certificate: Certificate) => ({
  serial: certificate.serial,
  notBefore: certificate.notBefore,
  notAfter: certificate.notAfter,
  issuer: toHex(certificate.issuer.raw),
  subject: toHex(certificate.subject.raw),
  spki: certificate.spkiHex,
  algorithm: certificate.algorithm,
  signature: toHex(certificate.signature),
  tbs: toHex(certificate.signedBytes),
  extensions: [...certificate.extensions].map(([id, { critical, value }]) => [id, critical, toHex(value)]),
  isCa: certificate.isCa,
  pathLength: certificate.pathLength,
});

export function crlFacts(der: Uint8Array) {
  const read = new CertificateRevocationList({ schema: fromBER(own(der)).result });
  return {
    issuer: hex(read.issuer.toSchema().toBER()),
    thisUpdate: read.thisUpdate.value.getTime(),
    nextUpdate: read.nextUpdate?.value.getTime(),
    revoked: (read.revokedCertificates ?? []).map((entry) => hex(entry.userCertificate.valueBlock.valueHexView)).sort(),
    signature: hex(read.signatureValue.valueBlock.valueHexView),
    tbs: hex(read.tbsView),
  };
}

export const ourCrlFacts = (crl: Crl) => ({
  issuer: toHex(crl.issuer.raw),
  thisUpdate: crl.thisUpdate,
  nextUpdate: crl.nextUpdate,
  revoked: [...crl.revoked].sort(),
  signature: toHex(crl.signature),
  tbs: toHex(crl.signedBytes),
});

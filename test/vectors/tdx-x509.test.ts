import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/checks/error';
import { pemBlocks } from '../../src/encoding/pem';
import { parseQuote } from '../../src/evidence/tdx/index';
import { fingerprintOf, readCertificate } from '../../src/x509/certificate';
import { readCrl } from '../../src/x509/crl';
import { isSignedBy } from '../../src/x509/signature';
import { certificateFacts, crlFacts, ourCertificateFacts, ourCrlFacts } from '../unit/x509/pkijs-oracle';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { vectorsPresent } from './shared';
import { certificate, collateralIndex, crl, quote, quoteIndex } from './tdx-sets';

const ids = (part: 'crl' | 'cert') => (vectorsPresent ? Object.keys(collateralIndex()[part]) : []);
const quotes = vectorsPresent ? Object.entries(quoteIndex()).filter(([, { real }]) => real === true) : [];

describe.skipIf(!vectorsPresent)('Intel’s certificates and lists read as pkijs reads them', () => {
  it('are all there', () => expect([ids('cert').length, ids('crl').length, quotes.length]).toEqual([8, 49, 161]));

  it.each(ids('cert'))('certificate %s', (id) => {
    const read = readCertificate(certificate(id));
    expect(ourCertificateFacts(read)).toEqual(certificateFacts(certificate(id)));
    expect(fingerprintOf(read).slice(0, 16)).toBe(id);
  });

  it.each(ids('crl'))('list %s, signed by the CA that carries its name', async (id) => {
    const read = readCrl(crl(id), 'PCK_CRL_PARSE');
    expect(ourCrlFacts(read)).toEqual(crlFacts(crl(id)));
    const issuers = ids('cert').map((one) => readCertificate(certificate(one))).filter((one) => one.subject.text === read.issuer.text);
    expect((await Promise.all(issuers.map((issuer) => isSignedBy(read, issuer.spkiHex)))).every(Boolean)).toBe(true);
    expect(issuers.length).toBeGreaterThan(0);
  });

  it('the certificates inside all real quotes', () => {
    for (const [id] of quotes) {
      const pem = new TextDecoder().decode(parseQuote(quote(id)).certificationData);
      for (const der of pemBlocks(pem)) expect(ourCertificateFacts(readCertificate(der)), id).toEqual(certificateFacts(der));
    }
  });

  it('the pinned key is the one in Intel’s own root, and the fingerprint that root’s', () => {
    const anchor = VENDOR_ANCHORS.find((candidate) => candidate.vendor === 'intel');
    const root = readCertificate(certificate('44a0196b2b99f889'));
    expect(anchor).toMatchObject({ spki: root.spkiHex, fingerprint: fingerprintOf(root), subject: root.subject.text });
  });
});

describe.skipIf(!vectorsPresent)('a damaged list', () => {
  it('is never anything but a coded error or another list', () => {
    const der = crl(ids('crl')[0] ?? '');
    for (let at = 0; at < der.length; at += 7) {
      const damaged = Uint8Array.from(der);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      try {
        readCrl(damaged, 'PCK_CRL_PARSE');
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
      }
    }
  });
});

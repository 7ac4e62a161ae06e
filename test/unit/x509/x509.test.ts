import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { toHex } from '../../../src/encoding/hex';
import { toPem } from '../../../src/encoding/pem';
import { CLOCK_SKEW_MS, dateFault, issuerFault, leafFault, namesMatch } from '../../../src/x509/chain';
import { fingerprintOf, readCertificate, readPemCertificates } from '../../../src/x509/certificate';
import { readCrl, readHexCrl } from '../../../src/x509/crl';
import { isSignedBy } from '../../../src/x509/signature';
import { certificate, crl, extension } from '../../simulator/pki/certificate.ts';
import { boolean, integer, octets, sequence } from '../../simulator/pki/der.ts';
import { pckCertificate, platformCa, root, tcbSigner } from '../../simulator/pki/intel.ts';
import { derivedKey } from '../../simulator/pki/keys.ts';
import { UP_TO_DATE } from '../../simulator/tdx/machine.ts';
import { seeded } from '../encoding/random';
import { certificateFacts, crlFacts, ourCertificateFacts, ourCrlFacts } from './pkijs-oracle';

const NOW = Date.UTC(2026, 10, 22);
const leaf = pckCertificate(UP_TO_DATE, NOW);
const all = { root, platformCa, leaf, signer: tcbSigner(NOW) };
const list = crl({ issuer: 'Intel SGX Root CA', issuerKey: root.key, number: 300, thisUpdate: NOW, nextUpdate: NOW + 1, revoked: [leaf.serial, Buffer.from('80', 'hex')] });

const made = (parts: Partial<Parameters<typeof certificate>[0]>) =>
  readCertificate(certificate({ subject: 'leaf', issuer: 'Intel SGX Root CA', key: derivedKey('x509 test'), issuerKey: root.key, serial: 'x', notBefore: NOW, notAfter: NOW + 1, ...parts }).der);

describe('certificates', () => {
  it.each(Object.entries(all))('%s reads as pkijs reads it', (_, { der }) => {
    expect(ourCertificateFacts(readCertificate(der))).toEqual(certificateFacts(der));
  });

  it('gives the same object for the same bytes, so that what is known is found again', () => {
    expect(readCertificate(Uint8Array.from(root.der))).toBe(readCertificate(root.der));
    const [alone] = readPemCertificates(toPem(root.der));
    expect(readPemCertificates(toPem(leaf.der) + toPem(root.der))[1]).toBe(alone);
    expect(ourCertificateFacts(alone ?? readCertificate(leaf.der))).toEqual(ourCertificateFacts(readCertificate(root.der)));
    expect(fingerprintOf(readCertificate(root.der))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('shows names in the order of the encoding', () => {
    expect(readCertificate(leaf.der).subject).toMatchObject({ text: 'CN=Intel SGX PCK Certificate, O=Assay Simulator, L=Santa Clara, ST=CA, C=US', commonName: 'Intel SGX PCK Certificate' });
  });

  it('refuses an extension twice', () => {
    const twice = extension('1.2.3', octets(Buffer.from([1])));
    expect(() => made({ extensions: [twice, twice] })).toThrow(expect.objectContaining({ code: 'CERTIFICATE_MALFORMED' }));
  });

  it('refuses every cut', () => {
    for (let length = 0; length < leaf.der.length; length += 1) expect(() => readCertificate(leaf.der.subarray(0, length))).toThrow(expect.objectContaining({ code: 'CERTIFICATE_MALFORMED' }));
    expect(() => readCertificate(Buffer.concat([leaf.der, Buffer.alloc(1)]))).toThrow(CodedError);
  });

  it('never ends in anything but a coded error, whatever byte is changed; and no changed byte keeps the signature', async () => {
    const random = seeded(5);
    const key = readCertificate(platformCa.der).spkiHex;
    for (let round = 0; round < 1500; round += 1) {
      const der = Uint8Array.from(leaf.der);
      const at = random(der.length);
      der[at] = (der[at] ?? 0) ^ (1 << random(8));
      try {
        expect(await isSignedBy(readCertificate(der), key), `byte ${at}`).toBe(false);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
      }
    }
  });
});

describe('chain steps', () => {
  const ca = readCertificate(platformCa.der);
  const top = readCertificate(root.der);

  it('signatures, names and roles', async () => {
    expect(await isSignedBy(readCertificate(leaf.der), ca.spkiHex)).toBe(true);
    expect(await isSignedBy(readCertificate(leaf.der), top.spkiHex)).toBe(false);
    expect(await isSignedBy(readCertificate(leaf.der), 'beef')).toBe(false);
    expect([namesMatch(readCertificate(leaf.der), ca), namesMatch(readCertificate(leaf.der), top)]).toEqual([true, false]);
    expect([issuerFault(top, 1), issuerFault(ca, 0), leafFault(readCertificate(tcbSigner(NOW).der))]).toEqual([undefined, undefined, undefined]);
    expect(issuerFault(top, 2)).toMatch(/path length/);
    expect(issuerFault(readCertificate(leaf.der), 0)).toMatch(/not a CA/);
    expect(leafFault(ca)).toMatch(/a CA/);
  });

  it('a critical extension that nobody handles is no one’s certificate', () => {
    const strange = made({ extensions: [extension('1.2.3', octets(Buffer.from([1])), true)] });
    expect(leafFault(strange)).toMatch(/critical extension 1\.2\.3/);
    expect(leafFault(strange, ['1.2.3'])).toBeUndefined();
  });

  it('validity: both ends included, skew granted at the beginning alone, no number no date', () => {
    expect([dateFault(1000, 2000, 1000), dateFault(1000, 2000, 2000), dateFault(1000, 2000, 2001), dateFault(1000, 2000, Number.NaN)]).toEqual([undefined, undefined, 'EXPIRED', 'EXPIRED']);
    const from = CLOCK_SKEW_MS * 2;
    expect([dateFault(from, 2 * from, CLOCK_SKEW_MS), dateFault(from, 2 * from, CLOCK_SKEW_MS - 1)]).toEqual([undefined, 'NOT_YET_VALID']);
  });
});

describe('revocation lists', () => {
  it('read as pkijs reads them, serials with a sign octet included', () => {
    expect(ourCrlFacts(readCrl(list, 'PCK_CRL_PARSE'))).toEqual(crlFacts(list));
    expect(readCrl(list, 'PCK_CRL_PARSE')).toMatchObject({ number: 300n, revoked: new Set([readCertificate(leaf.der).serial, '0080']) });
  });

  it.each(['2.5.29.27', '2.5.29.28', '1.2.3'])('refuse the extension %s, which would change their meaning', (id) => {
    const partial = rebuilt(list, extension(id, sequence(boolean(true)), true));
    expect(() => readCrl(partial, 'PCK_CRL_PARSE')).toThrow(expect.objectContaining({ code: 'PCK_CRL_PARSE', detail: expect.stringContaining(id) }));
  });

  it('are not complete because a delta or a partition is marked as not critical', () => {
    for (const id of ['2.5.29.27', '2.5.29.28']) {
      expect(() => readCrl(rebuilt(list, extension(id, integer(6))), 'PCK_CRL_PARSE'), id).toThrow(expect.objectContaining({ code: 'PCK_CRL_PARSE', detail: expect.stringContaining(id) }));
    }
    expect(readCrl(rebuilt(list, extension('1.2.3', sequence())), 'PCK_CRL_PARSE').number).toBe(300n);
  });

  it('refuse a negative list number, an empty text and every cut', () => {
    const negative = Buffer.from(list);
    negative[negative.indexOf(extension('2.5.29.20', integer(300))) + 11] = 0x81;
    expect(() => readCrl(negative, 'PCK_CRL_PARSE')).toThrow(expect.objectContaining({ detail: expect.stringContaining('negative') }));
    expect(() => readHexCrl('', 'ROOT_CRL_PARSE')).toThrow(expect.objectContaining({ code: 'ROOT_CRL_PARSE' }));
    expect(() => readHexCrl('zz', 'ROOT_CRL_PARSE')).toThrow(expect.objectContaining({ code: 'ROOT_CRL_PARSE' }));
    for (let length = 0; length < list.length; length += 1) expect(() => readCrl(list.subarray(0, length), 'PCK_CRL_PARSE')).toThrow(CodedError);
  });

  it('are the same object for the same text', () => expect(readHexCrl(toHex(list), 'PCK_CRL_PARSE')).toBe(readHexCrl(toHex(list), 'PCK_CRL_PARSE')));
});

/** The list with one more extension at the end; its signature no longer fits, which reading does not mind. */
function rebuilt(der: Buffer, more: Buffer): Buffer {
  const grown = Buffer.from(der);
  const number = extension('2.5.29.20', integer(300));
  const at = grown.indexOf(number);
  const inner = Buffer.concat([grown.subarray(at, grown.length)]);
  const extensionsLength = grown[at - 1] ?? 0;
  const extensions = Buffer.concat([inner.subarray(0, extensionsLength), more]);
  const tbsContent = Buffer.concat([grown.subarray(8, at - 4), Buffer.from([0xa0, extensions.length + 2, 0x30, extensions.length]), extensions]);
  const tail = inner.subarray(extensionsLength);
  return sequence(sequence(tbsContent), tail);
}

import { execFileSync, spawnSync } from 'node:child_process';
import { checkPrimeSync, constants, createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAVOUR } from '../../simulator/flavour';
import { amdCrl, amdNameText, authority, issuerOf, PRODUCTS, vekCertificate } from '../../simulator/pki/amd';
import * as der from '../../simulator/pki/der';
import { derivedRsa, primesOf, signPkcs1, signPss } from '../../simulator/pki/rsa';
import { CLOUD, GENOA, MILAN, TURIN, vekFactsOf } from '../../simulator/sevsnp/machine';

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;
const openssl = spawnSync('openssl', ['version']).status === 0;

describe('keys from labels', () => {
  it.each([['ark/Genoa', 512], ['asvk/Turin', 512], ['vtpm ak', 256], ['azure ak', 256]] as const)('%s is a product of two primes, of full length', (label, bytes) => {
    const [p, q] = primesOf(label, bytes);
    expect(checkPrimeSync(p, { checks: 10 }) && checkPrimeSync(q, { checks: 10 })).toBe(true);
    expect(derivedRsa(label, bytes).modulus).toHaveLength(bytes);
    expect(derivedRsa(label, bytes).modulus.toString('hex')).toBe((p * q).toString(16));
  });
  it('sign so that node:crypto agrees, PSS the same each time', () => {
    const key = derivedRsa('ask/Milan', 512);
    const message = Buffer.from('message');
    const publicKey = createPublicKey({ key: key.spki, format: 'der', type: 'spki' });
    const pss = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 };
    expect(verify('sha384', message, pss, signPss(key, message))).toBe(true);
    expect(verify('sha384', Buffer.from('massage'), pss, signPss(key, message))).toBe(false);
    expect(signPss(key, message)).toEqual(signPss(key, message));
    expect(verify('sha256', message, publicKey, signPkcs1(key, 'sha256', message))).toBe(true);
  });
});

describe('the simulator flavour', () => {
  it('pins the roots that the generators sign with', () => {
    const pinned = FLAVOUR.anchors.filter((anchor) => anchor.kind === 'ark');
    expect(pinned).toEqual(PRODUCTS.map((product) => {
      const root = authority('ark', product);
      return {
        vendor: 'amd', kind: 'ark', subject: amdNameText(`ARK-${product}`), spki: root.key.spki.toString('hex'), fingerprint: createHash('sha256').update(root.der).digest('hex'), source: 'test/simulator/pki/amd.ts',
      };
    }));
  });
});

describe('the AMD-like PKI', () => {
  it('says in every name that it is simulated, in AMD’s order', () => {
    for (const product of PRODUCTS) {
      for (const role of ['ark', 'ask', 'asvk'] as const) {
        const { der: bytes, commonName } = authority(role, product);
        expect(new X509Certificate(bytes).subject.split('\n').join(', ')).toBe(amdNameText(commonName));
      }
    }
  });
  it('re-issues a chip’s certificate at every request: other dates, the same key, serial 0', () => {
    const [one, other] = [NOW, NOW + DAY].map((at) => new X509Certificate(vekCertificate(vekFactsOf(GENOA), at).der));
    expect(one?.fingerprint).not.toBe(other?.fingerprint);
    expect(one?.publicKey.export({ type: 'spki', format: 'der' })).toEqual(other?.publicKey.export({ type: 'spki', format: 'der' }));
    expect(Number(one?.serialNumber)).toBe(0);
    expect(Date.parse(one?.validFrom ?? '')).toBe(NOW - DAY);
  });
  it('has another key for another TCB', () => {
    const facts = vekFactsOf(GENOA);
    const key = (ucode: number): string => new X509Certificate(vekCertificate({ ...facts, tcb: { ...facts.tcb, ucode } }, NOW).der).publicKey.export({ type: 'spki', format: 'der' }).toString('hex');
    expect(key(84)).not.toBe(key(83));
  });
  it('writes the chip id bare or wrapped, and the trailer field out or not', () => {
    const length = (over: object): number => vekCertificate({ ...vekFactsOf(GENOA), ...over }, NOW).der.length;
    expect(length({ hwId: 'wrapped' })).toBe(length({}) + 2);
    expect(length({ trailer: true })).toBe(length({}) + 10);
    expect(vekCertificate(vekFactsOf(MILAN), NOW).der.toString('hex')).toContain('a303020101');
    expect(vekCertificate(vekFactsOf(GENOA), NOW).der.toString('hex')).not.toContain('a303020101');
  });
});

describe.skipIf(!openssl)('the AMD-like PKI in the eyes of openssl', () => {
  let folder = '';
  const at = (name: string): string => join(folder, name);
  const run = (...args: readonly string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const list = (name: string, bytes: Uint8Array): void => writeFileSync(at(name), der.pem('X509 CRL', bytes));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-amd-'));
    for (const product of PRODUCTS) {
      for (const role of ['ark', 'ask', 'asvk'] as const) writeFileSync(at(`${role}-${product}.pem`), authority(role, product).pem);
      list(`good-${product}.pem`, amdCrl({ product, number: 7, thisUpdate: NOW - DAY, nextUpdate: NOW + 365 * DAY }));
      list(`revoked-${product}.pem`, amdCrl({ product, number: 8, thisUpdate: NOW - DAY, nextUpdate: NOW + 365 * DAY, revoked: [issuerOf('vcek', product).serial] }));
      list(`forged-${product}.pem`, amdCrl({ product, number: 9, thisUpdate: NOW - DAY, nextUpdate: NOW + 365 * DAY, by: issuerOf('vcek', product).key }));
    }
    for (const machine of [MILAN, GENOA, TURIN, CLOUD]) writeFileSync(at(`${machine.label}.pem`), vekCertificate(vekFactsOf(machine), NOW).pem);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const time = ['-attime', String(NOW / 1000)];
  const intermediate = (product: string, crl: string, role = 'ask'): readonly string[] =>
    ['verify', '-x509_strict', '-crl_check', ...time, '-CAfile', at(`ark-${product}.pem`), '-CRLfile', at(`${crl}-${product}.pem`), at(`${role}-${product}.pem`)];

  it.each(PRODUCTS)('verifies the intermediates of %s and their list, strictly', (product) => {
    expect(run(...intermediate(product, 'good'))).toContain('OK');
    expect(run(...intermediate(product, 'good', 'asvk'))).toContain('OK');
  });
  it.each(PRODUCTS)('finds a revoked intermediate of %s, and takes no list of another signer', (product) => {
    const revoked = spawnSync('openssl', intermediate(product, 'revoked'), { encoding: 'utf8' });
    expect(revoked.stderr + revoked.stdout).toContain('certificate revoked');
    const forged = spawnSync('openssl', intermediate(product, 'forged'), { encoding: 'utf8' });
    expect(forged.status).not.toBe(0);
    expect(forged.stderr + forged.stdout).toContain('CRL signature failure');
  });
  it.each([['milan', 'ask', 'Milan'], ['genoa', 'ask', 'Genoa'], ['turin', 'ask', 'Turin'], ['cloud', 'asvk', 'Milan']] as const)('verifies the key of %s under %s-%s', (leaf, role, product) => {
    expect(run('verify', ...time, '-CAfile', at(`ark-${product}.pem`), '-untrusted', at(`${role}-${product}.pem`), at(`${leaf}.pem`))).toContain('OK');
    const other = spawnSync('openssl', ['verify', ...time, '-CAfile', at(`ark-${product}.pem`), '-untrusted', at(`${role === 'ask' ? 'asvk' : 'ask'}-${product}.pem`), at(`${leaf}.pem`)], { encoding: 'utf8' });
    expect(other.status).not.toBe(0);
  });
  it('names Genoa’s withdrawn intermediate in every list of Genoa', () => {
    expect(run('crl', '-in', at('good-Genoa.pem'), '-noout', '-text')).toContain('Serial Number: 020001');
  });
});

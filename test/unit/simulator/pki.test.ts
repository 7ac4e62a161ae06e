import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clock, FLAVOUR } from '../../simulator/flavour';
import * as der from '../../simulator/pki/der';
import { nameText } from '../../simulator/pki/certificate';
import { pckCertificate, platformCa, root, ROOT_NAME, tcbSigner } from '../../simulator/pki/intel';
import { derivedKey, sha256, signRaw } from '../../simulator/pki/keys';
import { tlsIdentity } from '../../simulator/pki/tls';
import { pckCrl, rootCrl } from '../../simulator/tdx/collateral';
import { REVOKED, UP_TO_DATE } from '../../simulator/tdx/machine';

const NOW = Date.UTC(2026, 10, 22, 12);
const openssl = spawnSync('openssl', ['version']).status === 0;

describe('the DER writer', () => {
  it('writes lengths in the shortest form', () => {
    expect(der.octets(Buffer.alloc(127)).subarray(0, 2).toString('hex')).toBe('047f');
    expect(der.octets(Buffer.alloc(128)).subarray(0, 3).toString('hex')).toBe('048180');
    expect(der.octets(Buffer.alloc(256)).subarray(0, 4).toString('hex')).toBe('04820100');
    expect(der.octets(Buffer.alloc(65_536)).subarray(0, 5).toString('hex')).toBe('0483010000');
  });
  it('keeps integers positive and without needless zeros', () => {
    expect(der.integer(0).toString('hex')).toBe('020100');
    expect(der.integer(255).toString('hex')).toBe('020200ff');
    expect(der.integer(Buffer.from('00007f', 'hex')).toString('hex')).toBe('02017f');
    expect(der.integer(Buffer.from('80', 'hex')).toString('hex')).toBe('02020080');
  });
  it('writes object identifiers with arcs above 127', () => {
    expect(der.oid('1.2.840.113741.1.13.1').toString('hex')).toBe('06092a864886f84d010d01');
  });
  it('changes from UTCTime to GeneralizedTime in 2050', () => {
    expect(der.time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1')).toBe('\u0017\r491231235959Z');
    expect(der.time(Date.UTC(2050, 0, 1)).toString('latin1')).toBe('\u0018\u000F20500101000000Z');
  });
});

describe('the Intel-like PKI in the eyes of node:crypto', () => {
  const certificates = { root, platformCa, signer: tcbSigner(NOW), pck: pckCertificate(UP_TO_DATE, NOW) };
  const read = Object.fromEntries(Object.entries(certificates).map(([name, item]) => [name, new X509Certificate(item.der)]));

  it('chains every certificate to the root', () => {
    const rootKey = createPublicKey({ key: root.key.spki, format: 'der', type: 'spki' });
    expect(read['root']?.verify(rootKey)).toBe(true);
    expect(read['platformCa']?.verify(rootKey)).toBe(true);
    expect(read['signer']?.verify(rootKey)).toBe(true);
    const platformKey = read['platformCa']?.publicKey;
    expect(platformKey !== undefined && read['pck']?.verify(platformKey)).toBe(true);
    expect(read['pck']?.verify(rootKey)).toBe(false);
  });
  it('says who is a CA, and says that it is simulated', () => {
    expect(Object.fromEntries(Object.entries(read).map(([name, item]) => [name, item.ca]))).toEqual({ root: true, platformCa: true, signer: false, pck: false });
    for (const item of Object.values(read)) expect(item.subject).toContain('O=Assay Simulator');
  });
  it('gives the root a name that the flavour repeats', () => {
    expect(read['root']?.subject.split('\n').join(', ')).toBe(nameText(ROOT_NAME));
  });
  it('makes the same root each time', () => {
    expect(derivedKey('intel root').spki).toEqual(root.key.spki);
    expect(derivedKey('another').spki).not.toEqual(root.key.spki);
  });
  it('signs so that node:crypto agrees', () => {
    const key = derivedKey('some key');
    const message = Buffer.from('message');
    const publicKey = createPublicKey({ key: key.spki, format: 'der', type: 'spki' });
    expect(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signRaw(key, message))).toBe(true);
    expect(verify('sha256', Buffer.from('massage'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signRaw(key, message))).toBe(false);
  });
  it('has new TLS keys in every process, never derived ones', () => {
    const [one, other] = [tlsIdentity(['ai.io.net'], NOW), tlsIdentity(['ai.io.net'], NOW)];
    expect(one.key).not.toBe(other.key);
    expect(new X509Certificate(one.chain).checkHost('ai.io.net')).toBe('ai.io.net');
    expect(new X509Certificate(one.chain).checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(new X509Certificate(one.chain).checkHost('io.net')).toBeUndefined();
  });
});

describe('the simulator flavour', () => {
  it('pins the root that the generators sign with', () => {
    expect(FLAVOUR.name).toBe('simulator');
    const [intel] = FLAVOUR.anchors.filter((anchor) => anchor.vendor === 'intel');
    expect(intel?.spki).toBe(root.key.spki.toString('hex'));
    expect(intel?.fingerprint).toBe(sha256(root.der).toString('hex'));
    expect(intel?.subject).toBe(nameText(ROOT_NAME));
  });
  it('moves its clock by what a test put into session storage, and by nothing else', async () => {
    const reads = async (offset: number) => {
      const before = Date.now() + offset;
      const read = await clock();
      expect(read).toBeGreaterThanOrEqual(before);
      expect(read).toBeLessThanOrEqual(Date.now() + offset);
    };
    await reads(0);
    const world: typeof globalThis & { chrome?: unknown } = globalThis;
    world.chrome = { storage: { session: { get: (key: string) => Promise.resolve({ [key]: 86_400_000 }) } } };
    try {
      await reads(86_400_000);
      world.chrome = { storage: { session: { get: () => Promise.resolve({}) } } };
      await reads(0);
    } finally {
      delete world.chrome;
    }
  });
});

describe.skipIf(!openssl)('the Intel-like PKI in the eyes of openssl', () => {
  let folder = '';
  const at = (name: string): string => join(folder, name);
  const run = (...args: readonly string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-pki-'));
    const crls = der.pem('X509 CRL', rootCrl({ now: NOW })) + der.pem('X509 CRL', pckCrl({ now: NOW }));
    const files = { 'root.pem': root.pem, 'ca.pem': platformCa.pem, 'good.pem': pckCertificate(UP_TO_DATE, NOW).pem, 'revoked.pem': pckCertificate(REVOKED, NOW).pem, 'signer.pem': tcbSigner(NOW).pem, 'crls.pem': crls };
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
    writeFileSync(at('pck.crl'), pckCrl({ now: NOW }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const chain = (leaf: string, seconds = NOW / 1000): readonly string[] =>
    ['verify', '-x509_strict', '-crl_check_all', '-attime', String(seconds), '-CAfile', at('root.pem'), '-untrusted', at('ca.pem'), '-CRLfile', at('crls.pem'), at(leaf)];

  it('verifies the chains and both CRLs, strictly', () => {
    expect(run(...chain('good.pem'))).toContain('OK');
    expect(run(...chain('signer.pem'))).toContain('OK');
  });
  it('finds the revoked machine on the PCK CRL', () => {
    const result = spawnSync('openssl', chain('revoked.pem'), { encoding: 'utf8' });
    expect(result.status).not.toBe(0);
    expect(result.stderr + result.stdout).toContain('certificate revoked');
  });
  it('finds the CRL expired after 30 days', () => {
    const result = spawnSync('openssl', chain('good.pem', NOW / 1000 + 31 * 86_400), { encoding: 'utf8' });
    expect(result.stderr + result.stdout).toContain('CRL has expired');
  });
  it('reads Intel’s extension the way Intel wrote it', () => {
    const text = run('asn1parse', '-in', at('good.pem'));
    expect(text).toContain('1.2.840.113741.1.13.1');
    const hex = /1\.2\.840\.113741\.1\.13\.1\n.*HEX DUMP\]:([0-9A-F]+)/.exec(text)?.[1] ?? '';
    // FMSPC, PCEID, PCESVN 13, component 8 (SEAMLDR) 5
    expect(hex).toContain('060A2A864886F84D010D0104040690C06F000000');
    expect(hex).toContain('060A2A864886F84D010D010304020000');
    expect(hex).toContain('060B2A864886F84D010D01021102010D');
    expect(hex).toContain('060B2A864886F84D010D010208020105');
  });
});

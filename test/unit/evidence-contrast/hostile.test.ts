/** Documents, protobuf evidence and secret exchanges from somebody who means no good: a coded check each, never a crash. */
import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { checkContrast } from '../../../src/evidence/contrast';
import { checkSecret, readSecretBodies, readSecretExchange, secretIdOf } from '../../../src/evidence/contrast/secret';
import type { SecretInput } from '../../../src/evidence/contrast/secret';
import { readSnpMessage } from '../../../src/evidence/contrast/snp-message';
import { readTdxMessage } from '../../../src/evidence/contrast/tdx-message';
import { contradiction } from '../../../src/evidence/findings';
import { readCertificate } from '../../../src/x509/certificate';
import { seeded } from '../encoding/random';
import { ecKeys } from '../evidence-sevsnp/lab';
import { CHAIN, NOW, blob, documentOf, hexOf, inputOf, judge, launched, leaf, meshCertificate, message, noise, num, reportMessage, serviceKeys, snpMessage, tdxLaunched, tdxMessage, utf8 } from './lab';

const codeOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return '';
};
const checked = async (document: Uint8Array) => (await checkContrast({ ...inputOf(), document })).checks;

describe('documents', () => {
  it.each<[string, (document: Record<string, unknown>) => Record<string, unknown>]>([
    ['no manifests', (one) => ({ ...one, manifests: [] })], ['manifests that are null', (one) => ({ ...one, manifests: null })], ['manifests in no list', (one) => ({ ...one, manifests: 'e30=' })], ['a manifest that is no base64', (one) => ({ ...one, manifests: ['{}'] })],
    ['no version', (one) => ({ ...one, version: undefined })], ['a version in a number', (one) => ({ ...one, version: 1 })], ['no evidence', (one) => ({ ...one, raw_attestation_doc: undefined })], ['evidence in URL letters', (one) => ({ ...one, raw_attestation_doc: '_-__' })],
    ['no mesh CA', (one) => ({ ...one, mesh_ca: undefined })], ['no root CA', (one) => ({ ...one, root_ca: null })], ['one key more', (one) => ({ ...one, capabilities: {} })], ['a type of text', (one) => ({ ...one, attestation_type: '1.3' })], ['a type of broken numbers', (one) => ({ ...one, attestation_type: [1.5] })],
    ['the two forms at once', (one) => ({ ...one, AttestationDoc: 'e30=' })], ['a wrapping that holds none', () => ({ AttestationDoc: 'e30=' })], ['a wrapping of text', () => ({ AttestationDoc: 'x' })], ['a wrapped object', () => ({ AttestationDoc: {} })],
  ])('with %s are refused', async (_, sent) => {
    expect(await checked(documentOf({ sent }))).toMatchObject([{ id: 'doc', outcome: 'fail', code: 'CONTRAST_DOC' }]);
  });

  it.each(['', '[]', 'null', '{"version":"v1.20.0","version":"v1.20.0"}', '{"a":[[[[[[1]]]]]]}', '<html>', '{"AttestationDoc":"eyJBdHRlc3RhdGlvbkRvYyI6ImUzMD0ifQ=="}'])('that are none are refused (%#)', async (text) => {
    expect(await checked(utf8(text))).toMatchObject([{ id: 'doc', outcome: 'fail', code: 'CONTRAST_DOC' }]);
  });

  it('of absurd size or of no text are refused', async () => {
    for (const bytes of [new Uint8Array(25 * 1024 * 1024).fill(0x20), Uint8Array.of(0xc3, 0x28)]) expect(await checked(bytes)).toMatchObject([{ id: 'doc', code: 'CONTRAST_DOC' }]);
  });

  it('with any byte changed never verify; only the version says what nothing binds', async () => {
    const document = documentOf();
    const from = Buffer.from(document).indexOf('raw_attestation_doc');
    const random = seeded(5);
    for (let round = 0; round < 120; round += 1) {
      const changed = document.slice();
      const at = from + random(changed.length - from);
      changed[at] = (changed[at] ?? 0) ^ (1 + random(255));
      const { checks } = await checkContrast({ ...inputOf(), document: changed });
      expect([at, checks.some(({ outcome }) => outcome === 'fail' || outcome === 'unknown')]).toEqual([at, true]);
    }
  });
});

describe('evidence in fields', () => {
  const raw = launched(new Uint8Array(64));
  const quote = tdxLaunched(new Uint8Array(64));

  it('comes back byte for byte', () => {
    expect(hexOf(readSnpMessage(snpMessage(raw)).report)).toBe(hexOf(raw));
    expect(hexOf(readTdxMessage(tdxMessage(quote)))).toBe(hexOf(quote));
    expect(hexOf(readTdxMessage(message(tdxMessage(quote), blob(5, utf8('text behind')))))).toBe(hexOf(quote));
    expect(readSnpMessage(snpMessage(raw)).endorsements).toMatchObject({ intermediates: { length: 1 }, crls: { length: 1 } });
    expect(readSnpMessage(blob(1, reportMessage(raw))).endorsements).toEqual({});
    expect(readSnpMessage(snpMessage(raw, blob(7, message(blob(1, utf8('other')), blob(2, noise(64)))))).endorsements).toEqual({});
    // The two SVNs of the header stand in the quote against the order of their numbers.
    const versioned = quote.slice();
    versioned.set([1, 2, 3, 4], 8);
    expect(hexOf(readTdxMessage(tdxMessage(versioned)))).toBe(hexOf(versioned));
    expect(hexOf(tdxMessage(versioned)).slice(0, 60)).toContain('220203042a020102');
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()], ['no report', CHAIN], ['one report more', message(snpMessage(raw), blob(1, reportMessage(raw)))], ['an unknown field', message(snpMessage(raw), num(9, 1))], ['a field of the report that is unknown', message(blob(1, message(reportMessage(raw), num(32, 1))))],
    ['a doubled field', message(blob(1, message(reportMessage(raw), num(2, 1), num(2, 1))))], ['a short signature', blob(1, message(reportMessage(raw).subarray(0, 900)))], ['a version above 32 bits', blob(1, num(1, 1n << 32n))], ['a build above 8 bits', blob(1, num(21, 256))],
    ['a chip’s and a provider’s key', message(blob(1, reportMessage(raw)), blob(2, message(blob(1, utf8('a')), blob(6, utf8('b')))))], ['a chain field that is unknown', snpMessage(raw, num(5, 1))], ['two CRLs', snpMessage(raw, message(CHAIN, CHAIN.subarray(CHAIN.lastIndexOf(0x3a))))],
    ['reserved bits of CPUID', blob(1, message(reportMessage(raw).subarray(0, reportMessage(raw).length - 5), num(29, 0xf0a10f11)))], ['an absurd size', new Uint8Array(600 * 1024)], ['another wire type', Uint8Array.of(0x0d, 1, 2, 3, 4)],
  ])('of SEV-SNP is refused with %s', (_, bytes) => {
    expect(codeOf(() => readSnpMessage(bytes))).toBe('CONTRAST_EVIDENCE');
  });

  /** The quote's length beside its signed data, off by so much. */
  const declared = (off: number): Uint8Array => {
    const size = new DataView(quote.buffer, quote.byteOffset).getUint32(632, true);
    const [right, wrong] = [hexOf(num(3, size)), hexOf(num(3, size + off))];
    const whole = hexOf(tdxMessage(quote));
    const at = whole.indexOf(right + '22');
    return new Uint8Array(Buffer.from(whole.slice(0, at) + wrong + whole.slice(at + right.length), 'hex'));
  };

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()], ['one field more', message(tdxMessage(quote), num(6, 1))], ['a wrong length', declared(1)], ['a length of nothing', declared(-4096)], ['a doubled body', message(tdxMessage(quote), blob(2, new Uint8Array()))], ['an absurd size', new Uint8Array(600 * 1024)],
  ])('of TDX is refused with %s', (_, bytes) => {
    expect(codeOf(() => readTdxMessage(bytes))).toBe('CONTRAST_EVIDENCE');
  });

  it('ends on anything, whichever kind it begins like', async () => {
    const random = seeded(3);
    for (const good of [snpMessage(raw), tdxMessage(quote)]) {
      for (let round = 0; round < 150; round += 1) {
        const bytes = good.slice(0, round % 4 === 0 ? random(good.length) : good.length);
        for (let i = 0; i <= random(4); i += 1) bytes[random(bytes.length || 1)] = random(256);
        for (const read of [readSnpMessage, readTdxMessage]) expect(['', 'CONTRAST_EVIDENCE']).toContain(codeOf(() => read(bytes)));
      }
    }
    for (const bytes of [new Uint8Array(), Uint8Array.of(0x22, 0), noise(300)]) {
      const { checks, state } = await judge({ attestation: () => bytes });
      expect(checks[0]).toMatchObject({ id: 'doc', outcome: 'fail', code: 'CONTRAST_EVIDENCE' });
      expect([state, checks.some(({ id }) => id === 'meshca')]).toEqual(['failed', true]);
    }
  });

  it('whose report is malformed leaves every rule open', async () => {
    const { faults, state } = await judge({ edit: (bytes) => { bytes[0] = 9; } });
    expect([state, faults['parse'], faults['reportdata'], faults['idblock'], faults['meshca']]).toEqual(['failed', 'fail SNP_VERSION', 'unknown SNP_VERSION', 'unknown SNP_VERSION', 'unknown SNP_VERSION']);
  });
});

describe('a secret exchange', () => {
  const publicKey = noise(1216);
  const encapsulatedKey = noise(1120);
  const NAME = 'secret.privatemode.ai';
  const service = (names: readonly string[] = ['root', NAME], extensions = leaf(names)): Uint8Array => meshCertificate({ subject: 'root', keys: serviceKeys, extensions });
  const signed = (by = serviceKeys, over: Uint8Array = message(publicKey, encapsulatedKey)): Uint8Array => new Uint8Array(sign('sha256', over, by.secret));
  const base = (over: Partial<SecretInput['exchange']> = {}, rest: Partial<SecretInput> = {}): SecretInput => ({
    exchange: { publicKey, encapsulatedKey, signature: signed(), meshCert: service(), ...over }, meshCa: readCertificate(meshCertificate()), name: NAME, clock: { now: NOW }, ground: [], ...rest,
  });
  const outcomes = async (input: SecretInput): Promise<readonly string[]> => (await checkSecret(input)).map(({ outcome, code }) => (code === undefined ? outcome : `${outcome} ${code}`));

  it('holds under the attested mesh CA', async () => {
    expect(await outcomes(base())).toEqual(['pass', 'pass']);
    expect((await checkSecret(base()))[1]?.actual).toBe(secretIdOf(publicKey));
  });

  it.each<[string, () => SecretInput, readonly string[]]>([
    ['another mesh’s certificate', () => base({}, { meshCa: readCertificate(meshCertificate({ keys: ecKeys() })) }), ['fail SECRET_CERT_CHAIN', 'unknown SECRET_CERT_CHAIN']],
    ['a mesh of another name', () => base({}, { meshCa: readCertificate(meshCertificate({ subject: 'other' })) }), ['fail SECRET_CERT_CHAIN', 'unknown SECRET_CERT_CHAIN']],
    ['no mesh CA', () => base({}, { meshCa: undefined }), ['fail SECRET_CERT_CHAIN', 'unknown SECRET_CERT_CHAIN']],
    ['another workload of the mesh', () => base({ meshCert: service(['workload', '*.privatemode.ai']) }), ['fail SECRET_CERT_NAME', 'unknown SECRET_CERT_NAME']],
    ['no names', () => base({ meshCert: service([], leaf([NAME]).slice(1)) }), ['fail SECRET_CERT_NAME', 'unknown SECRET_CERT_NAME']],
    ['a certificate for clients', () => base({ meshCert: service([], leaf([NAME], '1.3.6.1.5.5.7.3.2')) }), ['fail SECRET_CERT_CHAIN', 'unknown SECRET_CERT_CHAIN']],
    ['a certificate that may not sign', () => base({ meshCert: service([], leaf([NAME], '1.3.6.1.5.5.7.3.1', 0x08)) }), ['fail SECRET_CERT_CHAIN', 'unknown SECRET_CERT_CHAIN']],
    ['the mesh CA itself', () => base({ meshCert: meshCertificate(), signature: signed() }), ['fail SECRET_CERT_CHAIN', 'fail SECRET_SIGNATURE']],
    ['a certificate that is over', () => base({ meshCert: meshCertificate({ subject: 'root', keys: serviceKeys, extensions: leaf([NAME]), until: NOW - 1 }) }), ['fail SECRET_CERT_EXPIRED', 'unknown SECRET_CERT_EXPIRED']],
    ['a certificate that has not begun', () => base({ meshCert: meshCertificate({ subject: 'root', keys: serviceKeys, extensions: leaf([NAME]), from: NOW + 3_600_000 }) }), ['fail SECRET_CERT_NOT_YET_VALID', 'unknown SECRET_CERT_NOT_YET_VALID']],
    ['another key’s signature', () => base({ signature: signed(ecKeys()) }), ['pass', 'fail SECRET_SIGNATURE']],
    ['another public key', () => base({ publicKey: noise(1216) }), ['pass', 'fail SECRET_SIGNATURE']],
    ['another encapsulated key', () => base({ encapsulatedKey: noise(1120) }), ['pass', 'fail SECRET_SIGNATURE']],
    ['the halves in the other order', () => base({ signature: signed(serviceKeys, message(encapsulatedKey, publicKey)) }), ['pass', 'fail SECRET_SIGNATURE']],
    ['a signature that is none', () => base({ signature: noise(70) }), ['pass', 'fail SECRET_SIGNATURE']],
    ['no certificate', () => base({ meshCert: noise(300) }), ['fail SECRET_MALFORMED', 'unknown SECRET_MALFORMED']],
    ['a key of another curve', () => base({ meshCert: meshCertificate({ subject: 'root', keys: ecKeys('P-256'), extensions: leaf([NAME]) }) }), ['pass', 'fail SECRET_SIGNATURE']],
    ['a mesh CA that is not attested', () => base({}, { ground: [contradiction('REPORT_DATA_MISMATCH', '')] }), ['unknown REPORT_DATA_MISMATCH', 'unknown REPORT_DATA_MISMATCH']],
  ])('is refused with %s', async (_, input, expected) => {
    expect(await outcomes(input())).toEqual(expected);
  });

  it('is read strictly', () => {
    const text = (over: Record<string, unknown> = {}): Record<string, unknown> => ({ PublicKey: Buffer.from(publicKey).toString('base64'), EncapsulatedKey: Buffer.from(encapsulatedKey).toString('base64'), Signature: 'AA==', MeshCert: 'AA==', ...over });
    const bytes = (value: unknown): Uint8Array => utf8(JSON.stringify(value));
    expect(readSecretExchange(bytes(text())).signature).toEqual(Uint8Array.of(0));
    expect(readSecretBodies(bytes({ PublicKey: text()['PublicKey'] }), bytes(text())).publicKey).toEqual(publicKey);
    for (const bad of [{}, [], text({ PublicKey: 'AA==' }), text({ EncapsulatedKey: 'AA==' }), text({ Signature: undefined }), text({ MeshCert: 1 }), text({ PublicKey: 'x' }), { request: 1, response: 2 }]) expect(codeOf(() => readSecretExchange(bytes(bad)))).toBe('SECRET_MALFORMED');
    expect(codeOf(() => readSecretExchange(utf8('{"a":1,"a":1}')))).toBe('SECRET_MALFORMED');
    expect(codeOf(() => readSecretExchange(new Uint8Array(2 * 1024 * 1024).fill(0x20)))).toBe('SECRET_MALFORMED');
  });
});

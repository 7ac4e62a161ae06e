import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/checks/check';
import { CODES } from '../../../src/checks/codes';
import { CborTag, readCbor } from '../../../src/encoding/cbor';
import { equalBytes } from '../../../src/encoding/bytes';
import { checkNitro } from '../../../src/evidence/nitro';
import type { NitroInput } from '../../../src/evidence/nitro/types';
import { AWS_ANCHORS } from '../../../src/roots/aws';
import { stateOf } from '../../../src/verdict/state';
import { seeded } from '../encoding/random';
import { NONCE, NOW, cbor, documentOf, input, stranger } from './lab';
import type { DocumentParts } from './lab';

const failures = async (parts: DocumentParts, over: Partial<NitroInput> = {}): Promise<(readonly [string, string | undefined])[]> =>
  (await checkNitro(input(documentOf(parts), over))).checks.filter((check) => check.outcome === 'fail').map((check) => [check.id, check.code]);

describe('a good document', () => {
  it('passes every check', async () => {
    const { checks, claims } = await checkNitro(input(documentOf(), { nonce: NONCE, userData: Uint8Array.of(5) }));
    expect(checks.map((check) => [check.id, check.outcome])).toEqual(['parse', 'chain', 'signature', 'timestamp', 'pcrs', 'policy.debug', 'nonce', 'userdata'].map((id) => [id, 'pass']));
    expect(claims).toMatchObject({ moduleId: 'i-1-enc2', debug: false, nonce: '090807', userData: '05' });
    expect(claims?.publicKey).toBeUndefined();
  });

  it('may be tagged, and its map of indefinite length', async () => {
    const indefinite = documentOf({ payload: (written) => Buffer.concat([Buffer.of(0xbf), written.subarray(1), Buffer.of(0xff)]) });
    expect(stateOf((await checkNitro(input(indefinite))).checks)).toBe('verified');
    expect(stateOf((await checkNitro(input(new Uint8Array([0xd2, ...indefinite])))).checks)).toBe('verified');
  });

  it('is refused under AWS’s root', async () => {
    expect(await failures({}, { anchors: AWS_ANCHORS })).toEqual([['chain', 'ROOT_UNTRUSTED']]);
  });

  it('leaves dates open when the clock is known to be behind', async () => {
    const { checks } = await checkNitro(input(documentOf(), { clockBehind: { detail: 'before the build' }, now: 0 }));
    expect(checks.filter((check) => check.outcome !== 'pass').map((check) => [check.id, check.outcome, check.code])).toEqual([['chain', 'unknown', 'CLOCK_BEHIND'], ['timestamp', 'unknown', 'CLOCK_BEHIND']]);
  });
});

describe('a document is refused with', () => {
  it.each<[string, DocumentParts, (readonly [string, string])[]]>([
    ['another algorithm', { header: new Map([[1, -7]]) }, [['parse', 'NITRO_COSE']]],
    ['one more protected header', { header: new Map([[1, -35], [4, 1]]) }, [['parse', 'NITRO_COSE']]],
    ['an unprotected header', { unprotected: new Map([[4, 1]]) }, [['parse', 'NITRO_COSE']]],
    ['a root that is not its own', { chain: { root: { by: stranger } } }, [['chain', 'NITRO_CHAIN_SIGNATURE']]],
    ['an intermediate of a stranger', { chain: { middle: { by: stranger } } }, [['chain', 'NITRO_CHAIN_SIGNATURE']]],
    ['a leaf of a stranger', { chain: { leaf: { by: stranger } } }, [['chain', 'NITRO_CHAIN_SIGNATURE']]],
    ['another digest', { fields: { digest: 'SHA256' } }, [['parse', 'NITRO_FIELDS']]],
    ['no module', { fields: { module_id: '' } }, [['parse', 'NITRO_FIELDS']]],
    ['no registers', { fields: { pcrs: undefined } }, [['parse', 'NITRO_FIELDS']]],
    ['register 32', { fields: { pcrs: new Map([[32, new Uint8Array(48)]]) } }, [['parse', 'NITRO_FIELDS']]],
    ['a register of 47 bytes', { fields: { pcrs: new Map([[0, new Uint8Array(47)]]) } }, [['parse', 'NITRO_FIELDS']]],
    ['an empty bundle', { fields: { cabundle: [] } }, [['parse', 'NITRO_FIELDS']]],
    ['a nonce that is text', { fields: { nonce: 'abc' } }, [['parse', 'NITRO_FIELDS']]],
    ['a nonce of 513 bytes', { fields: { nonce: new Uint8Array(513) } }, [['parse', 'NITRO_FIELDS']]],
    ['time zero', { fields: { timestamp: 0 } }, [['parse', 'NITRO_FIELDS']]],
    ['a signature over other bytes', { signature: (good) => good.fill(1, 0, 4) }, [['signature', 'NITRO_SIGNATURE']]],
    ['a signature of another length', { signature: (good) => good.subarray(1) }, [['signature', 'NITRO_SIGNATURE']]],
    ['an intermediate that is no CA', { chain: { middle: { ca: false } } }, [['chain', 'NITRO_CHAIN_CONSTRAINTS']]],
    ['an intermediate that may not sign', { chain: { middle: { usage: 0x80 } } }, [['chain', 'NITRO_CHAIN_CONSTRAINTS']]],
    ['a leaf that is a CA', { chain: { leaf: { ca: true } } }, [['chain', 'NITRO_CHAIN_CONSTRAINTS']]],
    ['a leaf of another issuer', { chain: { leaf: { issuer: 'elsewhere' } } }, [['chain', 'NITRO_CHAIN_NAMES']]],
    ['a leaf that is over', { chain: { leaf: { notAfter: NOW - 1 } } }, [['chain', 'NITRO_CERT_EXPIRED']]],
    ['a time before its certificate', { fields: { timestamp: NOW - 2 * 3_600_000 } }, [['timestamp', 'NITRO_TIMESTAMP']]],
    ['a time more than three hours ago', { fields: { timestamp: NOW - 4 * 3_600_000 }, chain: { leaf: { notBefore: NOW - 9 * 3_600_000 } } }, [['timestamp', 'NITRO_TIMESTAMP']]],
    ['debug mode', { fields: { pcrs: new Map([[0, new Uint8Array(48)], [4, new Uint8Array(48).fill(1)]]) } }, [['policy.debug', 'DEBUG_ENABLED']]],
    ['nothing measured', { fields: { pcrs: new Map([[0, new Uint8Array(48)]]) } }, [['pcrs', 'NITRO_PCRS_ZERO'], ['policy.debug', 'DEBUG_ENABLED']]],
    ['a certificate of garbage', { fields: { certificate: Uint8Array.of(1) } }, [['chain', 'NITRO_CHAIN_PARSE'], ['signature', 'NITRO_KEY']]],
  ])('%s', async (_, parts, expected) => {
    expect(await failures(parts)).toEqual(expected);
  });

  it('another nonce, other user data, or none', async () => {
    expect(await failures({}, { nonce: Uint8Array.of(1), userData: Uint8Array.of(1) })).toEqual([['nonce', 'NONCE_MISMATCH'], ['userdata', 'NITRO_USER_DATA']]);
    expect(await failures({ fields: { nonce: null } }, { nonce: NONCE })).toEqual([['nonce', 'NONCE_MISMATCH']]);
  });
});

describe('CBOR', () => {
  it('is read', () => {
    expect(readCbor(cbor([0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 40, -1, -35, 'ä', null, true, false]))).toEqual([0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 40, -1, -35, 'ä', null, true, false]);
    expect(readCbor(Buffer.from('1bffffffffffffffff', 'hex'))).toBe(2n ** 64n - 1n);
    expect(readCbor(Buffer.from('3bffffffffffffffff', 'hex'))).toBe(-(2n ** 64n));
    expect(readCbor(Buffer.from('9f01bf616102ffff', 'hex'))).toEqual([1, new Map([['a', 2]])]);
    expect(readCbor(Buffer.from('d26161', 'hex'))).toEqual(new CborTag(18, 'a'));
  });

  it.each(['', '18', '1817', '190018', '1a0000ffff', '1b00000000ffffffff', '1c', '1f', '4401', '5f4101ff', '7f6161ff', '61ff', '8201', '9f01', 'a101', 'a2616101616102', 'a1f401', 'bf61610161', 'ff', 'f7', 'f97c00', 'fb3ff0000000000000', '0000', '9b0000001000000000', '81'.repeat(20) + '00'])('refuses %s', (hex) => {
    expect(() => readCbor(Buffer.from(hex, 'hex'))).toThrow('CBOR_MALFORMED');
  });
});

it('hostile documents become checks, never an exception, and never pass', async () => {
  const random = seeded(0x1712);
  const good = documentOf();
  const codes = new Set<string | undefined>(CODES);
  const seen = new Set<string | undefined>();
  const spoil = (): Uint8Array => {
    const at = random(good.length);
    switch (random(4)) {
      case 0:
        return good.slice(0, at);
      case 1:
        return good.with(at, random(256));
      case 2:
        return new Uint8Array([...good.subarray(0, at), ...good.subarray(Math.max(0, at - random(30)))]);
      default:
        return Uint8Array.from(good, (byte) => (random(200) === 0 ? random(256) : byte));
    }
  };
  for (let round = 0; round < 400; round += 1) {
    const document = spoil();
    const { checks }: { readonly checks: readonly Check[] } = await checkNitro(input(document));
    checks.forEach((check) => seen.add(check.code));
    expect(stateOf(checks) === 'verified').toBe(equalBytes(document, good));
  }
  seen.delete(undefined);
  expect([...seen].filter((code) => !codes.has(code))).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining(['CBOR_MALFORMED', 'NITRO_SIGNATURE', 'NITRO_FIELDS', 'NITRO_CHAIN_SIGNATURE']));
});

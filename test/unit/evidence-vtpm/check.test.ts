import { describe, expect, it } from 'vitest';
import { CODES } from '../../../src/checks/codes';
import { checkVtpm } from '../../../src/evidence/vtpm';
import { boundReportData, checkAkBinding } from '../../../src/evidence/vtpm/binding';
import { readEventLog, replay } from '../../../src/evidence/vtpm/event-log';
import { hashById } from '../../../src/evidence/vtpm/algorithms';
import type { VtpmInput } from '../../../src/evidence/vtpm/types';
import { toHex } from '../../../src/encoding/hex';
import { stateOf } from '../../../src/verdict/state';
import { seeded } from '../encoding/random';
import { ATTRIBUTES, NONCE, eccAk, eventLog, input, oldEventLog, quote, registers, rsaAk } from './lab';
import type { Ak } from './lab';

const rsa = rsaAk();
const summary = async (given: VtpmInput): Promise<Record<string, string>> =>
  Object.fromEntries((await checkVtpm(given)).checks.map((check) => [check.id, check.code === undefined ? check.outcome : `${check.outcome} ${check.code}`]));
const GOOD = { ak: 'pass', 'quote[0].signature': 'pass', 'quote[0].nonce': 'pass', 'quote[1].signature': 'pass', 'quote[1].nonce': 'pass', pcr: 'pass', eventlog: 'pass' };

describe('a good vTPM', () => {
  it.each<[string, Ak]>([['RSASSA', rsa], ['RSAPSS', rsaAk({ scheme: 0x16 })], ['RSA of 3072 bits, scheme open', rsaAk({ scheme: 0x10, bits: 3072 })], ['P-256', eccAk('P-256')], ['P-384', eccAk('P-384')]])('passes with %s', async (_, ak) => {
    expect(await summary(input(ak))).toEqual(GOOD);
  });

  it('tells what was booted', async () => {
    const { facts } = await checkVtpm(input(rsa));
    expect(facts).toMatchObject({ key: 'RSA', quotes: [{ bank: 'sha256', holds: true }, { bank: 'sha384', holds: true }] });
    expect(facts?.events?.map(({ pcr, type, text }) => [pcr, type, text])).toEqual([[0, 'EV_NO_ACTION', undefined], [0, 'EV_S_CRTM_VERSION', 'firmware 1.0'], [4, 'EV_EFI_BOOT_SERVICES_APPLICATION', undefined], [4, 'EV_SEPARATOR', undefined]]);
  });

  it('needs no log, and without a nonce leaves freshness open', async () => {
    expect(await summary({ akPublic: rsa.publicArea, quotes: [quote(rsa)] })).toEqual({ ak: 'pass', 'quote[0].signature': 'pass', 'quote[0].nonce': 'weak NO_REPORT_DATA_EXPECTED', pcr: 'pass' });
  });
});

describe('the key', () => {
  it.each([['restricted', 0x1_0000], ['sign', 0x4_0000], ['fixedTpm', 2]])('must be %s', async (_, bit) => {
    const found = await summary(input(rsaAk({ attributes: ATTRIBUTES & ~bit })));
    expect(found['ak']).toBe('fail AK_ATTRIBUTES');
    expect([found['quote[0].signature'], found['quote[0].nonce'], found['pcr'], found['eventlog']]).toEqual(Array.from({ length: 4 }, () => 'unknown AK_ATTRIBUTES'));
  });

  it('must not decrypt', async () => {
    expect((await summary(input(rsaAk({ attributes: ATTRIBUTES | 0x2_0000 }))))['ak']).toBe('fail AK_ATTRIBUTES');
  });

  it.each([
    ['a byte more', (bytes: Uint8Array) => new Uint8Array([...bytes, 0]), 'AK_MALFORMED'],
    ['a byte less', (bytes: Uint8Array) => bytes.slice(0, -1), 'AK_MALFORMED'],
    ['another type', (bytes: Uint8Array) => bytes.with(1, 8), 'AK_KEY'],
    ['another name algorithm', (bytes: Uint8Array) => bytes.with(3, 0x99), 'AK_MALFORMED'],
    ['a cipher', (bytes: Uint8Array) => bytes.with(11, 6), 'AK_MALFORMED'],
    ['an ECDSA scheme on RSA', (bytes: Uint8Array) => bytes.with(13, 0x18), 'AK_MALFORMED'],
    ['an even exponent', (bytes: Uint8Array) => bytes.with(21, 4), 'AK_KEY'],
    ['1024 bits', (bytes: Uint8Array) => bytes.with(16, 4), 'AK_KEY'],
    ['nothing', () => new Uint8Array(), 'AK_MALFORMED'],
  ] as const)('is refused with %s', async (_, edit, code) => {
    expect((await summary(input(rsa, { akPublic: edit(rsa.publicArea) })))['ak']).toBe(`fail ${code}`);
  });

  it('is refused off its curve', async () => {
    const ak = eccAk();
    const publicArea = ak.publicArea.with(ak.publicArea.length - 1, (ak.publicArea.at(-1) ?? 0) ^ 1);
    expect((await summary(input({ ...ak, publicArea })))['quote[0].signature']).toBe('fail AK_KEY');
  });
});

describe('every quote', () => {
  const second = async (over: Parameters<typeof quote>[1], id = 'quote[1].signature'): Promise<string | undefined> => (await summary(input(rsa, { quotes: [quote(rsa), quote(rsa, over)] })))[id];

  it.each([
    ['no quote', { type: 0x8017 }, 'VTPM_QUOTE_MALFORMED'],
    ['made outside the TPM', { magic: 0x1234_5678 }, 'VTPM_QUOTE_MALFORMED'],
    ['longer than it says', { tail: Uint8Array.of(0) }, 'VTPM_QUOTE_MALFORMED'],
    ['of two banks', { banks: 2 }, 'VTPM_QUOTE_MALFORMED'],
    ['signed with SHA-1', { signatureHash: 'sha1' }, 'VTPM_HASH'],
    ['signed with a hash that the key does not use', { signatureHash: 'sha384' }, 'VTPM_QUOTE_SIGNATURE'],
  ] as const)('is refused: %s', async (_, over, code) => {
    expect(await second(over)).toBe(`fail ${code}`);
  });

  it('must be of this key', async () => {
    const found = await summary(input(rsa, { quotes: [quote(rsa), quote(rsaAk())] }));
    expect([found['quote[0].signature'], found['quote[1].signature'], found['quote[1].nonce'], found['pcr']]).toEqual(['pass', 'fail VTPM_QUOTE_SIGNATURE', 'unknown VTPM_QUOTE_SIGNATURE', 'unknown VTPM_QUOTE_SIGNATURE']);
    expect((await summary(input(rsa, { quotes: [quote(eccAk())] })))['quote[0].signature']).toBe('fail VTPM_QUOTE_SIGNATURE');
  });

  it('must carry our nonce', async () => {
    expect(await second({ nonce: NONCE.with(31, 0) }, 'quote[1].nonce')).toBe('fail NONCE_MISMATCH');
    expect(await second({ nonce: new Uint8Array() }, 'quote[1].nonce')).toBe('fail NONCE_MISMATCH');
  });
});

describe('register values', () => {
  const changed = (change: (pcrs: Map<number, Uint8Array>) => void, over: { hash?: number } = {}): VtpmInput => {
    const good = quote(rsa);
    const pcrs = new Map(good.pcrs);
    change(pcrs);
    return input(rsa, { quotes: [{ ...good, ...over, pcrs }, quote(rsa, { bank: 'sha384' })] });
  };
  it.each([
    ['another value', changed((pcrs) => pcrs.set(4, new Uint8Array(32))), 'PCR_DIGEST'],
    ['one register more', changed((pcrs) => pcrs.set(9, new Uint8Array(32))), 'PCR_SELECTION'],
    ['one register less', changed((pcrs) => pcrs.delete(7)), 'PCR_SELECTION'],
    ['a value of another length', changed((pcrs) => pcrs.set(7, new Uint8Array(48))), 'PCR_SELECTION'],
    ['another bank’s name', changed(() => {}, { hash: 0x0c }), 'PCR_SELECTION'],
    ['no quote at all', input(rsa, { quotes: [] }), 'VTPM_QUOTES'],
    ['nine quotes', input(rsa, { quotes: Array.from({ length: 9 }, () => quote(rsa)) }), 'VTPM_QUOTES'],
    ['SHA-1 alone', input(rsa, { quotes: [quote(rsa, { bank: 'sha1' })] }), 'VTPM_HASH'],
  ])('are refused: %s', async (_, given, code) => {
    expect((await summary(given))['pcr']).toBe(`fail ${code}`);
  });

  it('are compared with what is expected, in verified quotes alone', async () => {
    const four = toHex(registers('sha256').get(4) ?? new Uint8Array());
    const expecting = (bank: string, index: number, value: string): VtpmInput => input(rsa, { expectedPcrs: new Map([[bank, new Map([[index, value]])]]) });
    expect((await summary(expecting('sha256', 4, four)))['pcr']).toBe('pass');
    expect((await summary(expecting('sha256', 7, four)))['pcr']).toBe('fail PCR_MISMATCH');
    expect((await summary(expecting('sha256', 9, four)))['pcr']).toBe('fail PCR_MISMATCH');
    expect((await summary(expecting('sha512', 4, four)))['pcr']).toBe('fail PCR_BANK_MISSING');
    const forged = { ...expecting('sha256', 4, four), quotes: [quote(rsaAk()), quote(rsa, { bank: 'sha384' })] };
    expect((await summary(forged))['pcr']).toBe('fail PCR_BANK_MISSING');
  });
});

describe('the event log', () => {
  const withLog = async (log: Uint8Array): Promise<string | undefined> => (await summary(input(rsa, { eventLog: log })))['eventlog'];

  it('must lead to the quoted values', async () => {
    expect(await withLog(eventLog([{ pcr: 4, measured: Buffer.from('another kernel') }]))).toBe('fail EVENT_LOG_MISMATCH');
    expect(await withLog(eventLog([{ pcr: 12, measured: Buffer.from('not quoted') }]))).toBe('fail EVENT_LOG_MISMATCH');
    expect(await withLog(oldEventLog([{ pcr: 4, measured: Buffer.from('kernel') }]))).toBe('fail EVENT_LOG_MISMATCH');
  });

  it('may be padded with zeros, and with nothing else', async () => {
    expect(await withLog(new Uint8Array([...eventLog(), ...new Uint8Array(100)]))).toBe('pass');
    expect(await withLog(new Uint8Array([...eventLog(), 1]))).toBe('fail EVENT_LOG_MALFORMED');
    expect(await withLog(new Uint8Array())).toBe('fail EVENT_LOG_MALFORMED');
  });

  it('is read in its old format too', () => {
    const log = readEventLog(oldEventLog([{ pcr: 4, measured: Buffer.from('kernel') }, { pcr: 4, type: 4, measured: Buffer.alloc(4) }]));
    const sha1 = hashById(4);
    if (sha1 === undefined) throw new Error('no SHA-1');
    expect(log.format).toBe('sha1');
    expect(replay(log, sha1).get(4)).toEqual(registers('sha1').get(4));
  });

  it('of zeros without end is read in linear time', () => {
    const long = new Uint8Array(4 * 1024 * 1024);
    long[long.length - 1] = 1;
    expect(() => readEventLog(long)).toThrow('EVENT_LOG_MALFORMED');
  });
});

describe('the key’s binding to hardware', () => {
  const requested = new Uint8Array(64).fill(3);
  it('is SHA3-512 over what was asked and the key', () => {
    const { publicArea: akPublic } = rsa;
    const reportData = boundReportData(requested, akPublic);
    expect(checkAkBinding({ akPublic, requested, reportData })).toMatchObject({ outcome: 'pass' });
    expect(checkAkBinding({ akPublic, requested: requested.with(0, 0), reportData })).toMatchObject({ outcome: 'fail', code: 'AK_NOT_BOUND' });
    expect(checkAkBinding({ akPublic: akPublic.with(9, 1), requested, reportData })).toMatchObject({ outcome: 'fail', code: 'AK_NOT_BOUND' });
    expect(checkAkBinding({ akPublic, requested, reportData: requested })).toMatchObject({ outcome: 'fail', code: 'AK_NOT_BOUND' });
    expect(checkAkBinding({ akPublic, requested, reportData: undefined })).toMatchObject({ outcome: 'fail', code: 'NO_TEE_EVIDENCE' });
    // NIST's digest of nothing, so that Keccak's older padding would show.
    expect(toHex(boundReportData(new Uint8Array(), new Uint8Array()))).toMatch(/^a69f73cca23a9ac5c8b567dc185a756e/);
  });
});

it('hostile input becomes checks, never an exception, and never passes', async () => {
  const random = seeded(0x7e57);
  const codes = new Set<string | undefined>(CODES);
  const seen = new Set<string | undefined>();
  const spoil = (good: Uint8Array): Uint8Array => {
    const at = random(good.length);
    switch (random(4)) {
      case 0:
        return good.slice(0, at);
      case 1:
        return good.with(at, ((good[at] ?? 0) + 1 + random(255)) % 256);
      case 2:
        return new Uint8Array([...good.subarray(0, at), 1 + random(255), ...good.subarray(at)]);
      default:
        return Uint8Array.from(good, (byte, i) => (i === at || random(60) === 0 ? (byte + 1 + random(255)) % 256 : byte));
    }
  };
  const aks = [rsa, eccAk()];
  for (let round = 0; round < 400; round += 1) {
    const ak = aks[round % 2] ?? rsa;
    const one = quote(ak);
    const log = eventLog();
    const which = random(4);
    const { checks } = await checkVtpm({
      akPublic: which === 0 ? spoil(ak.publicArea) : ak.publicArea,
      quotes: [{ ...one, attest: which === 1 ? spoil(one.attest) : one.attest, signature: which === 2 ? spoil(one.signature) : one.signature }],
      eventLog: which === 3 ? spoil(log) : log,
      nonce: NONCE,
    });
    checks.forEach((check) => seen.add(check.code));
    // The authPolicy and a log's texts may change without changing what is proven; all else may not.
    if (which === 1 || which === 2) expect(stateOf(checks)).toBe('failed');
  }
  seen.delete(undefined);
  expect([...seen].filter((code) => !codes.has(code))).toEqual([]);
  expect([...seen]).toEqual(expect.arrayContaining(['AK_MALFORMED', 'VTPM_QUOTE_MALFORMED', 'VTPM_QUOTE_SIGNATURE', 'EVENT_LOG_MALFORMED', 'EVENT_LOG_MISMATCH']));
});

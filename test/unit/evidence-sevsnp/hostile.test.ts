import { describe, expect, it } from 'vitest';
import { CODES } from '../../../src/checks/codes';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { equalBytes, isAllZero } from '../../../src/encoding/bytes';
import { stateOf } from '../../../src/verdict/state';
import { seeded } from '../encoding/random';
import { ark, askCertificate, crl, input, report, vekCertificate } from './lab';

const random = seeded(0x5e5e5e5e);
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random(256));

/** The bytes with a few of them changed, cut, doubled or lengthened. */
function spoiled(good: Uint8Array): Uint8Array {
  const at = random(good.length);
  switch (random(5)) {
    case 0:
      return good.slice(0, at);
    case 1:
      return new Uint8Array([...good, ...bytes(random(64))]);
    case 2:
      return new Uint8Array([...good.subarray(0, at), ...good.subarray(Math.max(0, at - random(40)))]);
    case 3:
      return good.with(at, random(256));
    default:
      return Uint8Array.from(good, (byte) => (random(100) === 0 ? random(256) : byte));
  }
}

describe('hostile input', () => {
  it('becomes checks, never an exception, and never passes', async () => {
    const good = { report: report(), vek: vekCertificate, ask: askCertificate, crl: crl({ by: ark, revoked: [1, 2, 3] }) };
    const table = new Uint8Array([...good.report, ...bytes(200)]);
    const codes = new Set<string>(CODES);
    const seen = new Set<string>();
    for (let round = 0; round < 250; round += 1) {
      const which = random(6);
      const pick = (index: number, value: Uint8Array): Uint8Array => (which === index ? spoiled(value) : value);
      const given = { report: which === 4 ? spoiled(table) : pick(0, good.report), vek: which === 5 ? bytes(random(2000)) : pick(1, good.vek), ask: pick(2, good.ask), crl: pick(3, good.crl) };
      const { checks } = await checkSnp(input({ report: given.report, endorsements: { vek: given.vek, intermediates: [given.ask], crls: [given.crl] } }));
      checks.forEach((check) => check.code !== undefined && seen.add(check.code));
      const same = (['vek', 'ask', 'crl'] as const).every((name) => equalBytes(given[name], good[name])) && isAllZero(given.report.subarray(good.report.length)) && equalBytes(given.report.subarray(0, good.report.length), good.report);
      expect(stateOf(checks) === 'verified').toBe(same);
    }
    expect([...seen].filter((code) => !codes.has(code))).toEqual([]);
    // The loop reaches deep enough to be worth its time.
    expect(seen).toContain('REPORT_SIGNATURE');
    expect(seen).toContain('VEK_PARSE');
    expect(seen).toContain('AMD_CRL_SIGNATURE');
    expect(seen).toContain('TRAILING_BYTES');
  });

  it('of any length is refused in bounded time', async () => {
    for (const length of [0, 1, 1183, 1185, 300_000]) {
      const { checks } = await checkSnp(input({ report: bytes(length) }));
      expect(stateOf(checks)).toBe('failed');
    }
  });
});

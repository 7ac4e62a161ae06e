import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { parseQuote } from '../../../src/evidence/tdx/index';
import { readTcbInfo } from '../../../src/evidence/tdx/tcb-info';
import { tcbInfo } from '../../simulator/tdx/collateral.ts';
import { FMSPC } from '../../simulator/tdx/machine.ts';
import { seeded } from '../encoding/random';
import { NOW, collateralOf, judge, quoteOf } from './simulated';

const PEM_FROM = { 4: 1258, 5: 1328 } as const;

describe.each([4, 5] as const)('a quote of v%i', (version) => {
  const good = quoteOf({ version });

  it('refuses every length but its own', () => {
    const wrong: number[] = [];
    for (let length = 0; length < good.length; length += 1) {
      try {
        parseQuote(good.subarray(0, length));
        wrong.push(length);
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== 'TRUNCATED') wrong.push(length);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('fails on any changed byte before the chain, and never raises on one inside it', async () => {
    const random = seeded(version);
    const collateral = collateralOf();
    for (let round = 0; round < 120; round += 1) {
      const at = random(good.length);
      const bytes = Uint8Array.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      const { state, checks } = await judge({ bytes, collateral });
      if (at < PEM_FROM[version]) expect(state, `byte ${at}`).toBe('failed');
      for (const check of checks) if (check.outcome !== 'pass') expect(check.code, check.id).toBeDefined();
    }
  });

  it('made of random lengths never ends in anything but a coded error', () => {
    const random = seeded(version + 10);
    for (let round = 0; round < 2000; round += 1) {
      const bytes = Uint8Array.from(good);
      for (const at of [48, 50, 632, 702, 764, 766, 834, 836, 1218, 1252, 1254, 1288, 1322, 1324]) if (random(3) === 0) bytes[at + random(2)] = random(256);
      try {
        parseQuote(bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length));
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
      }
    }
  });
});

it('more than 256 KiB are not even looked at', () => {
  expect(() => parseQuote(new Uint8Array(300 * 1024))).toThrow(expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }));
});

it('a signed list damaged anywhere never ends in anything but a coded error', () => {
  const random = seeded(21);
  const text = tcbInfo('tdx', FMSPC, { now: NOW });
  for (let round = 0; round < 1500; round += 1) {
    const at = random(text.length);
    const damaged = text.slice(0, at) + String.fromCharCode(random(128)) + text.slice(at + random(3));
    try {
      readTcbInfo(damaged, 'tdx');
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
    }
  }
});

it('hostile collateral becomes checks, never an exception', async () => {
  const random = seeded(31);
  const good = collateralOf();
  const quote = quoteOf();
  const fields = Object.keys(good) as (keyof typeof good)[];
  for (let round = 0; round < 150; round += 1) {
    const field = fields[random(fields.length)] ?? 'tcb_info';
    const text = good[field] ?? '';
    const at = random(text.length);
    const damaged = [text.slice(0, at), `${text.slice(0, at)}\u0000${text.slice(at + 1)}`, `${text}${text}`, '\ud800', '{}', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----'][random(6)] ?? '';
    const { state } = await judge({ bytes: quote, collateral: { ...good, [field]: damaged } });
    if (damaged !== text && field !== 'pck_crl_issuer_chain') expect(state, `${field} at ${at}`).toBe('failed');
  }
});

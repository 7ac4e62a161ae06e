import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { MACHINES, OUT_OF_DATE, REVOKED, UP_TO_DATE } from '../../simulator/tdx/machine';
import { tdxQuote } from '../../simulator/tdx/quote';
import { vector, vectorsPresent } from '../../vectors/shared';
import { peerVerify } from './peer';

const NOW = Date.UTC(2026, 10, 22, 12, 34, 56);
const reportData = Buffer.from(Array.from({ length: 64 }, (_, index) => index));
const base = { reportData, now: NOW };
const judge = (quote: Uint8Array, options: Partial<Parameters<typeof tdxCollateral>[0]> = {}, now = NOW) => peerVerify(quote, tdxCollateral({ now: NOW, ...options }), now);

describe('generated quotes in the eyes of @phala/dcap-qvl', () => {
  it.each([[4, undefined], [5, '1.0'], [5, '1.5']] as const)('v%s with a TD %s report is UpToDate', (version, body) => {
    expect(judge(tdxQuote({ ...base, version, ...(body === undefined ? {} : { body }) }))).toEqual({ status: 'UpToDate', advisories: [] });
  });
  it('accepts 70 zero bytes behind the quote, as from dstack', () => {
    expect(judge(tdxQuote({ ...base, padding: 70 })).status).toBe('UpToDate');
  });
  it('finds the old machine out of date, with its advisories', () => {
    const verdict = judge(tdxQuote({ ...base, machine: OUT_OF_DATE }));
    expect(verdict.status).toBe('OutOfDate');
    expect(verdict.advisories).toContain('INTEL-SA-01036');
  });
  it('finds the good machine out of date after a TCB recovery', () => {
    expect(judge(tdxQuote(base), { raised: true }).status).toBe('OutOfDate');
  });
  it('refuses the revoked machine, and the good one once Intel revokes it', () => {
    expect(() => judge(tdxQuote({ ...base, machine: REVOKED }))).toThrow(/revoked/);
    expect(() => judge(tdxQuote(base), { revoked: [UP_TO_DATE] })).toThrow(/revoked/);
  });
  it('refuses a debug TD', () => {
    expect(() => judge(tdxQuote({ ...base, debug: true }))).toThrow(/[Dd]ebug/);
  });
  it('refuses a TD without SEPT_VE_DISABLE, and one with a service TD', () => {
    expect(() => judge(tdxQuote({ ...base, septVeDisable: false }))).toThrow();
    expect(() => judge(tdxQuote({ ...base, version: 5, mrServiceTd: Buffer.alloc(48, 1) }))).toThrow();
  });
  it.each([['TD report', 48 + 200], ['report_data', 48 + 520], ['quote signature', 640], ['QE report', 770 + 256], ['QE report signature', 1160]])('refuses one flipped bit in the %s', (_what, offset) => {
    expect(() => judge(tdxQuote({ ...base, tamper: [[offset, 0x01]] }))).toThrow();
  });
  it('refuses collateral that is past its date or not yet valid', () => {
    expect(() => judge(tdxQuote(base), { age: 'stale' })).toThrow(/expired/);
    expect(() => judge(tdxQuote(base), {}, NOW + 31 * 86_400_000)).toThrow(/expired/);
    expect(() => judge(tdxQuote(base), {}, NOW - 2 * 86_400_000)).toThrow(/future/);
  });
  it('refuses collateral with one changed character', () => {
    const genuine = tdxCollateral({ now: NOW });
    const collateral = { ...genuine, tcb_info: genuine.tcb_info.replace('"OutOfDate"', '"UpToDate"') };
    expect(() => peerVerify(tdxQuote(base), collateral, NOW)).toThrow(/[Ss]ignature/);
  });
  it('keeps rolled-back collateral in date and older', () => {
    expect(judge(tdxQuote(base), { age: 'rolled-back' }).status).toBe('UpToDate');
    const issued = (age: 'current' | 'rolled-back') => JSON.parse(tdxCollateral({ now: NOW, age }).tcb_info) as { issueDate: string; tcbEvaluationDataNumber: number };
    expect(issued('rolled-back').issueDate < issued('current').issueDate).toBe(true);
    expect(issued('rolled-back').tcbEvaluationDataNumber).toBeLessThan(issued('current').tcbEvaluationDataNumber);
  });
  it('goes on working in other years', () => {
    for (const now of [Date.UTC(2025, 0, 1), Date.UTC(2031, 6, 1), Date.UTC(2047, 0, 1)]) {
      expect(peerVerify(tdxQuote({ reportData, now }), tdxCollateral({ now }), now).status).toBe('UpToDate');
    }
  });
});

describe('generated quotes byte by byte', () => {
  it('puts report_data where the TD report has it', () => {
    expect(tdxQuote(base).subarray(48 + 520, 48 + 584)).toEqual(reportData);
    expect(tdxQuote({ ...base, version: 5 }).subarray(54 + 520, 54 + 584)).toEqual(reportData);
  });
  it('gives each machine its own PCK and attestation key', () => {
    const keys = MACHINES.map((machine) => tdxQuote({ ...base, machine }).subarray(700, 764).toString('hex'));
    expect(new Set(keys).size).toBe(MACHINES.length);
  });
  it('takes QE authentication data of any length, none included', () => {
    expect(tdxQuote({ ...base, qeAuthData: Buffer.alloc(0) }).readUInt16LE(1218)).toBe(0);
    expect(judge(tdxQuote({ ...base, qeAuthData: Buffer.alloc(32, 9) })).status).toBe('UpToDate');
  });
  it('refuses to write fields of a wrong length', () => {
    expect(() => tdxQuote({ ...base, reportData: Buffer.alloc(63) })).toThrow(RangeError);
    expect(() => tdxQuote({ ...base, version: 4, body: '1.5' })).toThrow(RangeError);
  });
  it.skipIf(!vectorsPresent)('has the header, sizes and certification types of a real v4 quote', () => {
    const real = readFileSync(vector('intel-tdx/quotes/00b2526ab190710e.bin'));
    const ours = tdxQuote(base);
    expect(ours.subarray(0, 28)).toEqual(real.subarray(0, 28));
    for (const offset of [764, 1218, 1252]) expect(ours.readUInt16LE(offset)).toBe(real.readUInt16LE(offset));
    for (const quote of [real, ours]) {
      expect(quote.readUInt32LE(632)).toBe(quote.length - 636);
      expect(quote.readUInt32LE(766)).toBe(quote.length - 770);
      expect(quote.readUInt32LE(1254)).toBe(quote.length - 1258);
      expect(quote.subarray(1258, 1285).toString()).toBe('-----BEGIN CERTIFICATE-----');
      // Most real quotes close the chain with a NUL, some do not.
      expect(quote.toString('latin1').replace(/\0$/, '').endsWith('-----END CERTIFICATE-----\n')).toBe(true);
    }
    expect(Math.abs(ours.length - real.length)).toBeLessThan(64);
  });
});

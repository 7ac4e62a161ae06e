import { describe, expect, it } from 'vitest';
import { GENUINE } from '../../../src/checks/policy';
import { withReport, withReport15 } from './forge';
import { judge, quoteOf } from './simulated';

const ATTRIBUTES = 120;
const migratable = (report: Buffer): void => {
  report[ATTRIBUTES + 3] = (report[ATTRIBUTES + 3] ?? 0) | 0x20;
};
const checkOf = async (bytes: Uint8Array) => (await judge({ bytes })).checks.find((check) => check.id === 'policy.servicetd');

describe('another TD that can act on this one', () => {
  it.each([
    ['v4', withReport(migratable)],
    ['v5', withReport15(migratable)],
    ['v5 with a 1.5Ex report', withReport15(migratable, { longer: true })],
  ])('a migratable TD in a quote of %s is refused by default, shown by genuine', async (_, bytes) => {
    expect((await judge({ bytes })).codes).toEqual({ 'policy.servicetd': 'fail SERVICE_TD' });
    expect(await checkOf(bytes)).toMatchObject({ actual: '0000003000000000', detail: expect.stringContaining('MIGRATABLE') });
    const genuine = await judge({ bytes, policy: GENUINE.tdx });
    expect(genuine.codes).toEqual({});
    expect(genuine.checks.find((check) => check.id === 'policy.servicetd')?.detail).toContain('accepted by the policy');
  });

  it('a report that cannot name service TDs passes and says what that rests on', async () => {
    const bytes = withReport(() => undefined);
    expect((await judge({ bytes })).codes).toEqual({});
    expect(await checkOf(bytes)).toMatchObject({ outcome: 'pass', detail: expect.stringMatching(/bit 29.*TDX 1\.0/) });
  });

  it('a 1.5Ex report without any passes', async () => {
    expect(await checkOf(withReport15(() => undefined, { longer: true }))).toMatchObject({ outcome: 'pass', detail: 'no service TD, not migratable' });
  });

  it.each([
    ['INIT_SERVTD_HASH', 729],
    ['INIT_SERVTD_HASH', 776],
    ['INIT_SERVTD_ATTRIBUTES', 777],
    ['INIT_SERVTD_ATTRIBUTES', 784],
    ['CUR_SERVTD_HASH', 829],
    ['CUR_SERVTD_HASH', 876],
    ['CUR_SERVTD_ATTRIBUTES', 877],
    ['CUR_SERVTD_ATTRIBUTES', 884],
    ['MRSERVICETD', 600],
  ])('%s (byte %i of a 1.5Ex report) not zero is refused', async (name, at) => {
    const bytes = withReport15((report) => report.set([1], at), { longer: true });
    expect((await judge({ bytes })).codes).toEqual({ 'policy.servicetd': 'fail SERVICE_TD' });
    expect((await checkOf(bytes))?.detail).toContain(name);
  });

  it.each([648, 681, 728, 785, 828])('byte %i of a 1.5Ex report is about something else', async (at) => {
    expect((await judge({ bytes: withReport15((report) => report.set([1], at), { longer: true }) })).codes).toEqual({});
  });
});

describe('bytes that are changed while signatures are awaited', () => {
  it.each([0, 1, 2, 3, 5, 8, 13, 30])('are not what is judged (after %i turns)', async (turns) => {
    const bytes = Uint8Array.from(quoteOf({ debug: true }));
    const judged = judge({ bytes });
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    bytes.fill(0, 48 + ATTRIBUTES, 48 + ATTRIBUTES + 1);
    bytes.fill(0xab, 48 + 136, 48 + 184);
    const { codes, claims } = await judged;
    expect(codes).toEqual({ 'policy.debug': 'fail DEBUG_ENABLED' });
    expect(claims?.mrTd).not.toContain('abab');
  });
});

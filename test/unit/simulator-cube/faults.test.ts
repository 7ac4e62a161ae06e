/** Every fault of the simulated Cube yields what it is there for, in the eyes of the product; those of AMD's service are in ../simulator-snp. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import { reachOf, readCocosPolicy } from '../../../src/evidence/cocos/policy-read';
import { DOMAINS, domainWith } from '../../simulator/cube/domains';
import type { Platform } from '../../simulator/cube/domains';
import { CUBE_FAULTS } from '../../simulator/cube/faults';
import type { CubeFault } from '../../simulator/cube/faults';
import { policyText } from '../../simulator/cube/policy';
import { KDS_HOST } from '../../simulator/kds';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { ask, attest, CUBE, judge, verdict } from './wire';
import type { Verdict } from './wire';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

const vtpm = domainWith('snp-vtpm');
type Expected = Readonly<Record<string, string>>;

/** What these platforms' evidence is found to be; every other platform's stays good. */
const finds = (expected: Readonly<Partial<Record<Platform, Expected>>>) => async (): Promise<void> => {
  for (const platform of ['snp-vtpm', 'tdx', 'snp'] as const) {
    const { state, amiss } = await verdict(simulator, platform);
    const wanted = expected[platform];
    if (wanted === undefined) expect({ platform, state, amiss }).toEqual({ platform, state: 'verified', amiss: {} });
    else expect({ platform, state, amiss }).toMatchObject({ platform, state: 'failed', amiss: wanted });
  }
};

const status = async (): Promise<readonly [number, string]> => {
  const { status: code, body } = await attest(simulator, vtpm);
  return [code, body.toString()];
};
const policy = async (): Promise<string> => (await ask(simulator, `${CUBE}/proxy/${vtpm.id}/attestation/policy`)).body.toString();
const header = async (name: string): Promise<readonly string[] | undefined> =>
  (await ask(simulator, `${CUBE}/proxy/${vtpm.id}/v1/chat/completions`, { method: 'POST', body: JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] }) })).headers.get(name);

/** The evidence in the header, judged as if it had been asked for. */
async function relayed(): Promise<Verdict> {
  const { attestation_raw_base64: raw = '' } = JSON.parse((await header('x-attestation-report'))?.[0] ?? '{}') as Record<string, string>;
  return await judge(simulator, vtpm, { body: Buffer.from(raw, 'base64'), reportData: Buffer.alloc(64), nonce: Buffer.alloc(32) });
}

type OwnFault = Extract<CubeFault, `cube-${string}`>;

/** One proof per fault; a fault without one does not compile. */
const PROOFS: Readonly<Record<OwnFault, () => Promise<void>>> = {
  'cube-raw-form': async () => {
    await finds({})();
    expect((await attest(simulator, domainWith('snp'))).body.readUInt32LE(0)).toBe(3);
  },
  'cube-vlek': async () => {
    await finds({})();
    const { checks } = await verdict(simulator, 'snp-vtpm');
    expect(checks.find(({ id }) => id === 'vek.chain')?.detail).toBe('SEV-VLEK < SEV-VLEK-Genoa < ARK-Genoa');
  },
  'cube-ecc-ak': async () => {
    await finds({})();
    expect((await verdict(simulator, 'snp-vtpm')).checks.find(({ id }) => id === 'ak')?.detail).toContain('P-256');
  },
  'cube-event-log-missing': async () => {
    await finds({})();
    expect((await verdict(simulator, 'snp-vtpm')).checks.map(({ id }) => id)).not.toContain('eventlog');
  },
  'cube-certificates-missing': async () => {
    await finds({})();
    expect(simulator.requestsTo(KDS_HOST).some(({ path }) => /Genoa\/[0-9a-f]{128}\?/.test(path))).toBe(true);
  },
  'cube-report-data-zero': finds({ 'snp-vtpm': { 'ak.binding': 'fail AK_NOT_BOUND' }, tdx: { reportdata: 'fail REPORT_DATA_MISMATCH' }, snp: { reportdata: 'fail REPORT_DATA_MISMATCH' } }),
  'cube-wrong-nonce': finds({ 'snp-vtpm': { 'quote[0].nonce': 'fail NONCE_MISMATCH', 'quote[1].nonce': 'fail NONCE_MISMATCH' } }),
  'cube-replay': finds({ 'snp-vtpm': { 'ak.binding': 'fail AK_NOT_BOUND', 'quote[0].nonce': 'fail NONCE_MISMATCH' }, tdx: { reportdata: 'fail REPORT_DATA_MISMATCH' }, snp: { reportdata: 'fail REPORT_DATA_MISMATCH' } }),
  'cube-ak-not-bound': finds({ 'snp-vtpm': { 'ak.binding': 'fail AK_NOT_BOUND' } }),
  'cube-ak-unrestricted': finds({ 'snp-vtpm': { ak: 'fail AK_ATTRIBUTES' } }),
  'cube-pcr-mismatch': finds({ 'snp-vtpm': { pcr: 'fail PCR_MISMATCH' } }),
  'cube-pcr-values-forged': finds({ 'snp-vtpm': { pcr: 'fail PCR_DIGEST' } }),
  'cube-event-log-forged': finds({ 'snp-vtpm': { eventlog: 'fail EVENT_LOG_MISMATCH' } }),
  'cube-sha1-only': finds({ 'snp-vtpm': { pcr: 'fail VTPM_HASH' } }),
  'cube-quote-tampered': finds({ 'snp-vtpm': { 'quote[0].signature': 'fail VTPM_QUOTE_SIGNATURE' } }),
  'cube-measurement-differs': finds({ 'snp-vtpm': { 'software.measurement': 'fail MEASUREMENT_MISMATCH' }, snp: { 'software.measurement': 'fail MEASUREMENT_MISMATCH' } }),
  'cube-debug-guest': finds({ 'snp-vtpm': { 'policy.guest': 'fail DEBUG_ENABLED' }, tdx: { 'policy.debug': 'fail DEBUG_ENABLED' }, snp: { 'policy.guest': 'fail DEBUG_ENABLED' } }),
  'cube-tcb-old': async () => {
    await finds({ 'snp-vtpm': { 'cocos.minimum_tcb': 'fail TCB_BELOW_POLICY' }, tdx: { tcb: 'fail TCB_OUT_OF_DATE' }, snp: { 'cocos.minimum_tcb': 'fail TCB_BELOW_POLICY' } })();
    const own = { ...DEFAULT, snp: { ...DEFAULT.snp, minTcb: { snp: 20 } } };
    expect((await verdict(simulator, 'snp-vtpm', { policy: own })).amiss).toMatchObject({ tcb: 'fail TCB_BELOW_POLICY' });
  },
  'cube-report-tampered': finds({ 'snp-vtpm': { 'report.signature': 'fail REPORT_SIGNATURE' }, tdx: { 'quote.signature': 'fail QUOTE_SIGNATURE' }, snp: { 'report.signature': 'fail REPORT_SIGNATURE' } }),
  'cube-wrong-vcek': finds({ 'snp-vtpm': { 'vek.binding': 'fail VEK_CHIP_ID', 'report.signature': 'fail REPORT_SIGNATURE' }, snp: { 'vek.binding': 'fail VEK_CHIP_ID', 'report.signature': 'fail REPORT_SIGNATURE' } }),
  'cube-no-cc': async () => expect(await status()).toEqual([400, '{"error":"no confidential computing platform detected"}']),
  'cube-agent-down': async () => expect(await status()).toEqual([502, 'Bad Gateway\n']),
  'cube-token-missing': async () => expect(await status()).toEqual([401, '{"error":"missing session"}']),
  'cube-token-expired': async () => expect(await status()).toEqual([401, '{"error":"invalid session"}']),
  'cube-malformed': async () => {
    expect((await status())[1]).toMatch(/^<!doctype/);
    expect((await verdict(simulator, 'snp-vtpm')).amiss).toEqual({ evidence: 'fail COCOS_FORM' });
  },
  'cube-slow': async () => {
    const started = Date.now();
    expect((await status())[0]).toBe(200);
    expect(Date.now() - started).toBeGreaterThanOrEqual(2990);
  },
  'cube-policy-changed': async () => {
    expect(await policy()).not.toBe(policyText(vtpm));
    // Evidence still meets the policy that the user holds, and not the new one.
    await finds({})();
    expect((await verdict(simulator, 'snp-vtpm', { held: await policy() })).amiss).toMatchObject({ 'software.measurement': 'fail MEASUREMENT_MISMATCH', pcr: 'fail PCR_MISMATCH' });
  },
  'cube-policy-rounded': async () => {
    const minimum = (text: string): string => /"minimum_tcb":(\d+)/.exec(text)?.[1] ?? '';
    expect(minimum(await policy())).not.toBe(minimum(policyText(vtpm)));
    expect(Number(minimum(await policy()))).toBe(Number(minimum(policyText(vtpm))));
  },
  'cube-policy-names-nothing': async () => {
    expect(reachOf(readCocosPolicy(await policy()), true)).toBe('nothing');
    expect(await verdict(simulator, 'snp-vtpm', { held: await policy() })).toMatchObject({ state: 'limited', amiss: { software: 'weak POLICY_NAMES_NO_SOFTWARE' } });
  },
  'cube-policy-absent': async () => expect(await policy()).toBe(''),
  'cube-headers-disagree': async () => expect(await header('x-attestation-ok')).toEqual(['true', 'false']),
  'cube-headers-missing': async () => expect(await header('x-attestation-ok')).toBeUndefined(),
  'cube-no-atls': async () => {
    expect(await header('x-attestation-type')).toEqual(['NoCC', 'NoCC']);
    expect(await header('x-attestation-error')).toEqual(['aTLS expected but connection is not TLS', 'aTLS expected but connection is not TLS']);
    expect(await header('x-attestation-report')).toBeUndefined();
  },
  'cube-header-forged': async () => {
    expect((await relayed()).amiss).toMatchObject({ 'report.signature': 'fail REPORT_SIGNATURE' });
    await finds({})();
  },
};

const isOwn = (name: string): name is OwnFault => name in PROOFS;

describe('every fault says what it should, and nothing else', () => {
  for (const [name, { says }] of Object.entries(CUBE_FAULTS)) {
    if (!isOwn(name)) continue;
    it(`${name}: ${says}`, async () => {
      simulator.fault(name);
      await PROOFS[name]();
    });
  }
  it('and without any, all evidence is good but Azure’s', async () => {
    for (const domain of DOMAINS) expect((await judge(simulator, domain, await attest(simulator, domain))).state).toBe(domain.platform === 'azure' ? 'failed' : 'verified');
    expect((await relayed()).amiss).not.toHaveProperty('report.signature');
  });
  it.each([['kds-down', 'NETWORK_UNREACHABLE'], ['kds-500', 'COLLATERAL_UNREACHABLE'], ['kds-429', 'RATE_LIMITED']] as const)('%s leaves revocation open, %s, where the evidence brings its certificates', async (name, code) => {
    simulator.fault(name);
    const { state, amiss } = await verdict(simulator, 'snp-vtpm');
    expect(state).toBe('incomplete');
    expect(new Set(Object.values(amiss))).toEqual(new Set([`unknown ${code}`]));
    expect(amiss['vek.revocation']).toBe(`unknown ${code}`);
    expect(amiss['vek.chain']).toBeUndefined();
  });
  it('harmless ones leave all evidence good', async () => {
    for (const [name, row] of Object.entries(CUBE_FAULTS)) {
      if (!isOwn(name) || !('harmless' in row) || name === 'cube-slow') continue;
      simulator.reset();
      simulator.fault(name);
      await finds({})();
    }
  });
});

/** AMD's simulated key service, asked over the wire by the product's getter. */
import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GENUINE } from '../../../src/checks/policy';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour';
import { KDS_HOST } from '../../simulator/kds';
import { issuerOf, PRODUCTS } from '../../simulator/pki/amd';
import { BERGAMO, chipIdOf, CLOUD, GENOA, MILAN, TURIN, vekFactsOf } from '../../simulator/sevsnp/machine';
import type { SnpMachine } from '../../simulator/sevsnp/machine';
import { snpReport } from '../../simulator/sevsnp/report';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { vekCertificate } from '../../simulator/pki/amd';
import { ask, kdsOver } from '../simulator-cube/wire';

const DAY = 86_400_000;
let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

const report = (machine: SnpMachine, version: 2 | 3 | 5 = 3): Buffer => snpReport({ reportData: Buffer.alloc(64, 7), machine, version });
const kds = (path: string) => ask(simulator, `https://${KDS_HOST}${path}`, { token: null });

describe('the simulated key service', () => {
  it.each([[MILAN, 3], [MILAN, 2], [GENOA, 3], [BERGAMO, 5], [TURIN, 5]] as const)('gives the product all it needs for a report alone (%#)', async (machine, version) => {
    const bytes = report(machine, version);
    const collateral = await kdsOver(simulator)(bytes, {});
    expect(collateral.vekProblem ?? collateral.crlProblem).toBeUndefined();
    const { checks } = await checkSnp({ report: bytes, ...collateral, anchors: FLAVOUR.anchors, now: Date.now(), policy: GENUINE.snp });
    expect(stateOf(checks)).toBe('verified');
  });
  it('gives the list for a provider’s key, but never that key’s certificate', async () => {
    const vek = vekCertificate(vekFactsOf(CLOUD), Date.now()).der;
    const { endorsements, crlProblem } = await kdsOver(simulator)(report(CLOUD), { vek, intermediates: [issuerOf('vlek', 'Milan').der] });
    expect(crlProblem).toBeUndefined();
    expect(endorsements.crls).toHaveLength(1);
    expect(simulator.requestsTo(KDS_HOST).map(({ path }) => path)).toEqual(['/vlek/v1/Milan/crl']);
    expect((await kds(`/vlek/v1/Milan/${chipIdOf(CLOUD).toString('hex')}`)).status).toBe(404);
  });
  it.each(PRODUCTS)('hands out the chain of %s as PEM, intermediate first, without CORS headers', async (product) => {
    for (const kind of ['vcek', 'vlek'] as const) {
      const { body, headers, status } = await kds(`/${kind}/v1/${product}/cert_chain`);
      expect(status).toBe(200);
      const [first, second] = body.toString().match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
      const [issuer, root] = [new X509Certificate(first ?? ''), new X509Certificate(second ?? '')];
      expect(issuer.verify(root.publicKey) && root.verify(root.publicKey)).toBe(true);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
  it('knows chips by the length of their ids, certifies no TCB that a chip never had, and takes decimal numbers alone', async () => {
    const milan = chipIdOf(MILAN).toString('hex');
    const turin = chipIdOf(TURIN).toString('hex');
    const status = async (path: string): Promise<number> => (await kds(path)).status;
    expect(await status(`/vcek/v1/Milan/${milan}?blSPL=04&teeSPL=00&snpSPL=27&ucodeSPL=219`)).toBe(200);
    expect(await status(`/vcek/v1/Milan/${milan}?blSPL=4&teeSPL=0&snpSPL=27&ucodeSPL=220`)).toBe(404);
    expect(await status(`/vcek/v1/Genoa/${milan}?blSPL=4`)).toBe(404);
    expect(await status(`/vcek/v1/Milan/${milan}?blSPL=x`)).toBe(400);
    expect(await status(`/vcek/v1/Turin/${turin.slice(0, 16)}?fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=5&ucodeSPL=81`)).toBe(200);
    expect(await status(`/vcek/v1/Turin/${turin}?fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=5&ucodeSPL=81`)).toBe(404);
    expect(await status('/vcek/v1/Venice/crl')).toBe(404);
  });
});

describe('each fault of the key service is what the product says it is', () => {
  it.each([
    ['kds-down', 'NETWORK_UNREACHABLE'], ['kds-500', 'COLLATERAL_UNREACHABLE'], ['kds-429', 'RATE_LIMITED'], ['kds-404', 'VEK_MISSING'], ['kds-wrong-vcek', 'COLLATERAL_UNREACHABLE'],
  ] as const)('%s: %s, so that the chain is open', async (fault, code) => {
    simulator.fault(fault);
    const bytes = report(GENOA);
    const collateral = await kdsOver(simulator)(bytes, {});
    expect(collateral.vekProblem?.code).toBe(code);
    const { checks } = await checkSnp({ report: bytes, ...collateral, anchors: FLAVOUR.anchors, now: Date.now(), policy: GENUINE.snp });
    expect(checks.find(({ id }) => id === 'vek.chain')).toMatchObject({ outcome: 'unknown', code });
    expect(stateOf(checks)).toBe('incomplete');
  });
  it.each([['kds-crl-stale', 'AMD_CRL_EXPIRED', 'incomplete'], ['kds-crl-signature-bad', 'COLLATERAL_UNREACHABLE', 'incomplete'], ['kds-ask-revoked', 'ASK_REVOKED', 'failed']] as const)('%s: %s', async (fault, code, state) => {
    for (const machine of [MILAN, GENOA, TURIN]) {
      simulator.reset();
      simulator.fault(fault);
      const bytes = report(machine, 5);
      const { checks } = await checkSnp({ report: bytes, ...(await kdsOver(simulator)(bytes, {})), anchors: FLAVOUR.anchors, now: Date.now(), policy: GENUINE.snp });
      expect(checks.find(({ id }) => id === 'vek.revocation')?.code).toBe(code);
      expect(stateOf(checks)).toBe(state);
    }
  });
  it('kds-429: nothing is asked again before the 30 seconds are over', async () => {
    simulator.fault('kds-429');
    const kept = new Map<string, Uint8Array>();
    let now = Date.now();
    const source = kdsOver(simulator, kept, () => now);
    await source(report(GENOA), {});
    const asked = simulator.requestsTo(KDS_HOST).length;
    simulator.reset();
    now += 29_000;
    expect((await source(report(GENOA), {})).vekProblem?.code).toBe('RATE_LIMITED');
    expect(simulator.requestsTo(KDS_HOST)).toHaveLength(asked);
    now += 2000;
    expect((await source(report(GENOA), {})).vekProblem).toBeUndefined();
  });
  it('kds-crl-rolled-back: the list known before serves while in date, then COLLATERAL_ROLLED_BACK', async () => {
    const kept = new Map<string, Uint8Array>();
    let now = Date.now();
    const source = kdsOver(simulator, kept, () => now);
    const known = (await source(report(GENOA), {})).endorsements.crls?.[0];
    simulator.fault('kds-crl-rolled-back');
    const served = (await kds('/vcek/v1/Genoa/crl')).body;
    expect(served.equals(Buffer.from(known ?? []))).toBe(false);
    now += 2 * DAY;
    expect((await source(report(GENOA), {})).endorsements.crls).toEqual([known]);
    now += 366 * DAY;
    expect((await source(report(GENOA), {})).crlProblem?.code).toBe('COLLATERAL_ROLLED_BACK');
  });
});

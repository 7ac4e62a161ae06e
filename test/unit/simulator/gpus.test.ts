import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { machineEvidence, MACHINES } from '../../simulator/nvidia/evidence';
import type { Machine } from '../../simulator/nvidia/evidence';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { flaws, judge, judgeAgent } from './gpus';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

describe('simulated GPUs in the eyes of the product’s verifier', () => {
  it('eight Hoppers: every check passes, revocation and measurements included', async () => {
    const result = await judgeAgent(simulator);
    expect(flaws(result)).toEqual([]);
    expect(result.checks).toHaveLength(8 * 9 + 3);
    expect(result.facts.devices.map(({ id, family, mode, driver, vbios }) => ({ id, family, mode, driver, vbios })))
      .toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({ id: `gpu[${index}]`, family: 'HOPPER', mode: 'single', driver: '580.95.05', vbios: '96.00.D9.00.02' })));
    // The driver's 22 and the VBIOS's 12, less the decoder that is off.
    expect(result.claims.devices.map(({ compared, fwid }) => ({ compared, fwid }))).toEqual(Array.from({ length: 8 }, () => ({ compared: 33, fwid: 'match' })));
    expect(result.facts.devices[0]?.measurements).toContainEqual({ index: 35, outcome: 'skipped', role: 'driver' });
    expect(result.facts.devices[0]?.ocsp.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 'good'));
  });
  it('asks both of NVIDIA’s hosts for it, and both are in the log', async () => {
    await judgeAgent(simulator);
    expect(simulator.requestsTo('rim.attestation.nvidia.com', '/v1/rim/').map(({ path, status }) => `${path} ${status}`).sort())
      .toEqual(['/v1/rim/NV_GPU_DRIVER_GH100_580.95.05 200', '/v1/rim/NV_GPU_VBIOS_G520_0280_895_9600D90002 200']);
    // Eight boot ROMs, provisioner, product; of the manifests (one chain for both) signer, L3, CA.
    expect(simulator.requestsTo('ocsp.ndis.nvidia.com').map(({ method, status }) => `${method} ${status}`)).toEqual(Array.from({ length: 13 }, () => 'POST 200'));
    expect(simulator.hostResolverRules).toContain(`MAP ocsp.ndis.nvidia.com 127.0.0.1:${simulator.port}`);
  });
  it.each([-180, 30, 400, 1500])('still holds %i days from now, when the simulator’s clock has moved too, and not when it alone has', async (days) => {
    const offset = days * 86_400_000;
    simulator.setClock(offset);
    expect(flaws(await judgeAgent(simulator, offset))).toEqual([]);
    simulator.setClock(0);
    expect(flaws(await judgeAgent(simulator, offset)).some((flaw) => flaw.includes('revocation unknown OCSP_'))).toBe(true);
  });
  it('compares the decoder’s firmware where the decoder is on', async () => {
    simulator.fault('gpu-decoder-on');
    expect((await judgeAgent(simulator)).claims.devices.map(({ compared, nvdec0 }) => ({ compared, nvdec0 }))).toEqual(Array.from({ length: 8 }, () => ({ compared: 34, nvdec0: 'aa' })));
  });
  it('finds a switched machine’s GPUs and switches to name each other', async () => {
    simulator.fault('gpu-switches');
    const { checks, facts } = await judgeAgent(simulator);
    expect(facts.devices.map(({ family }) => family)).toEqual([...Array.from({ length: 8 }, () => 'HOPPER'), ...Array.from({ length: 4 }, () => 'LS10')]);
    expect(checks.find(({ id }) => id === 'list.switches')).toMatchObject({ outcome: 'pass', detail: '8 GPUs and 4 switches name each other' });
    expect(checks.find(({ id }) => id === 'switch[3].measurements')).toMatchObject({ outcome: 'pass', detail: '31 compared' });
  });
  it('finds the foreign GPU out only where GPUs name their switches', async () => {
    simulator.fault('gpu-foreign');
    simulator.fault('gpu-switches');
    expect(flaws(await judgeAgent(simulator)).filter((flaw) => flaw.startsWith('list'))).toEqual(['list.switches fail PPCIE_TOPOLOGY']);
  });
  it.each([
    ['gpu-one-bad', 'gpu[0].signature fail GPU_SIGNATURE'], ['gpu-measurement', 'gpu[0].measurements fail GPU_MEASUREMENT_MISMATCH'], ['gpu-duplicate', 'list.duplicates fail DUPLICATE_DEVICE'], ['gpu-emulated', 'gpu[0].chain fail ROOT_UNTRUSTED'],
  ] as const)('%s strikes the only GPU too', async (fault, flaw) => {
    simulator.fault('gpu-single');
    simulator.fault(fault);
    expect(flaws(await judgeAgent(simulator)).map((one) => one.replace('[*]', '[0]'))).toContain(flaw);
  });
  it.each([['GH100', 2], ['GB100', 1], ['GB100', 8], ['GB202', 1]] as const)('%s, %i of them, on a machine of their own', async (chip, gpus) => {
    const nonce = new Uint8Array(randomBytes(32));
    const machine: Machine = { label: MACHINES[1], chip, gpus, switches: 0, mode: gpus > 1 && chip !== 'GH100' ? 'multiple' : 'single' };
    const result = await judge(simulator, machineEvidence(machine, nonce), nonce);
    expect(flaws(result)).toEqual([]);
    expect(result.claims.devices).toHaveLength(gpus);
  });
});

describe('making it', () => {
  it('signs no two reports alike, over the nonce asked for', () => {
    const machine: Machine = { label: MACHINES[0], chip: 'GH100', gpus: 1, switches: 0, mode: 'single' };
    const made = Array.from({ length: 2 }, () => machineEvidence(machine, Buffer.alloc(32, 7))[0]);
    expect(made[0]?.evidence).not.toBe(made[1]?.evidence);
    expect(made[0]?.certificate).toBe(made[1]?.certificate);
    const bytes = Buffer.from(made[0]?.evidence ?? '', 'base64');
    // As long as a real one alone in its machine (4129 bytes with this driver's length of version).
    expect(bytes).toHaveLength(4129);
    expect(bytes.subarray(0, 45).toString('hex')).toBe(`11e001ff${'07'.repeat(32)}001160000040c00d00`);
    expect(() => machineEvidence(machine, Buffer.alloc(31))).toThrow(/32 needed/);
  });
  it('takes well under 150 ms for eight GPUs once their certificates are there', () => {
    const machine: Machine = { label: MACHINES[0], chip: 'GH100', gpus: 8, switches: 0, mode: 'single' };
    machineEvidence(machine, Buffer.alloc(32));
    const started = performance.now();
    for (let round = 0; round < 5; round += 1) machineEvidence(machine, Buffer.alloc(32, round));
    // A slow machine must not decide: the goal is 150, a tenth of that is usual.
    expect((performance.now() - started) / 5).toBeLessThan(150);
  });
});

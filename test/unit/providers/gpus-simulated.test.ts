/** A whole report of the simulated agent, judged with endorsements fetched over the wire from simulated vendors. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceValue } from '../../../src/checks/reference';
import { intelCollateral } from '../../../src/collateral/intel-pcs';
import { nvidiaOcsp } from '../../../src/collateral/nvidia-ocsp';
import { nvidiaRims } from '../../../src/collateral/nvidia-rim';
import { ionet } from '../../../src/providers/ionet';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { MEASUREMENTS } from '../../simulator/tdx/machine';
import { MemoryStore } from '../collateral/fake-intel';
import { getterOf, type GpuFault } from '../simulator/gpus';
import { report } from '../simulator/oracle';
import { NO_ENDORSEMENTS } from './no-endorsements';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); });

async function appraise(references: readonly ReferenceValue[] = [], store = new MemoryStore()) {
  const nonce = new Uint8Array(randomBytes(32));
  const body = new Uint8Array(Buffer.from(JSON.stringify(await report(simulator, Buffer.from(nonce).toString('hex')))));
  const now = Date.now();
  const { anchors } = FLAVOUR;
  const doors = { get: getterOf(simulator), store, now: () => now };
  const sources = { tdxCollateral: intelCollateral({ ...doors, now, anchors }), rims: nvidiaRims(doors, anchors), ocsp: nvidiaOcsp({ ...doors, random: (length) => new Uint8Array(randomBytes(length)) }) };
  const appraisal = await ionet.appraise({ body, status: 200, contentType: 'application/json', nonce }, { now, policy: DEFAULT, anchors, references, ...NO_ENDORSEMENTS, ...sources });
  const by = Object.fromEntries(appraisal.checks.map((c) => [c.id, `${c.outcome}${c.code === undefined ? '' : ` ${c.code}`}`]));
  return { ...appraisal, by, state: stateOf(appraisal.checks) };
}

const own: ReferenceValue = {
  dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values: Object.fromEntries((['mrTd', 'rtmr1', 'rtmr2'] as const).map((name) => [name, [MEASUREMENTS[name].toString('hex')]])), properties: { collectsOwnGpu: true }, source: 'imported', note: '',
};

describe('the simulated agent’s eight GPUs', () => {
  it('hold with everything fetched, and the state is limited by the service’s design alone', async () => {
    const { by, state, parts } = await appraise();
    expect(state).toBe('limited');
    expect(Object.entries(by).filter(([id, found]) => /^(gpu|list)/.test(id) && found !== 'pass')).toEqual([['gpu.binding', 'weak GPU_COLOCATION_NOT_PROVEN']]);
    expect(Object.keys(by).filter((id) => id.startsWith('gpu['))).toHaveLength(72);
    expect(parts[1]).toMatchObject({ kind: 'nvidia', count: 8, devices: Array.from({ length: 8 }, (_, i) => ({ id: `gpu[${i}]`, driver: '580.95.05' })) });
    expect((await appraise([own])).by['gpu.binding']).toBe('pass');
  });

  it('are judged again from what is kept, without asking NVIDIA twice', async () => {
    const store = new MemoryStore();
    await appraise([], store);
    const before = simulator.requests.length;
    expect((await appraise([], store)).state).toBe('limited');
    expect(simulator.requests.slice(before).map(({ host }) => host)).toEqual(['api.intelligence.io.net']);
  });

  const cases: readonly (readonly [GpuFault, string, string, string])[] = [
    ['gpu-nonce-of-another-request', 'failed', 'gpu.binding', 'fail GPU_NOT_BOUND_TO_CPU'],
    ['gpu-one-bad', 'failed', 'gpu[5].signature', 'fail GPU_SIGNATURE'],
    ['gpu-emulated', 'failed', 'gpu[5].chain', 'fail ROOT_UNTRUSTED'],
    ['gpu-duplicate', 'failed', 'list.duplicates', 'fail DUPLICATE_DEVICE'],
    ['gpu-measurement', 'failed', 'gpu[5].measurements', 'fail GPU_MEASUREMENT_MISMATCH'],
    ['gpu-devtools', 'failed', 'gpu[0].measurements', 'fail GPU_MEASUREMENT_MISMATCH'],
    ['rim-values-differ', 'failed', 'gpu[7].measurements', 'fail GPU_MEASUREMENT_MISMATCH'],
    ['ocsp-revoked', 'failed', 'gpu[0].revocation', 'fail DEVICE_CERT_REVOKED'],
    ['ocsp-rim-hold', 'failed', 'gpu[0].revocation', 'fail RIM_SIGNER_ON_HOLD'],
    ['rim-down', 'incomplete', 'gpu[0].rim.driver', 'unknown COLLATERAL_UNREACHABLE'],
    ['rim-404', 'incomplete', 'gpu[0].rim.vbios', 'unknown RIM_NOT_FOUND'],
    ['rim-debug', 'incomplete', 'gpu[0].rim.driver', 'unknown RIM_ROOT_UNTRUSTED'],
    ['ocsp-down', 'incomplete', 'gpu[0].revocation', 'unknown COLLATERAL_UNREACHABLE'],
    ['ocsp-stale', 'incomplete', 'gpu[0].revocation', 'unknown OCSP_STALE'],
    ['gpu-switches-missing', 'limited', 'list.switches', 'weak PPCIE_SWITCHES_NOT_ATTESTED'],
    ['gpu-switches', 'limited', 'switch[3].signature', 'pass'],
    // Genuine, fresh, of another machine: this is what a nonce alone cannot tell.
    ['gpu-foreign', 'limited', 'gpu.binding', 'weak GPU_COLOCATION_NOT_PROVEN'],
  ];
  it.each(cases)('%s: %s, %s is %s', async (fault, state, id, found) => {
    simulator.fault(fault);
    const read = await appraise([]);
    expect(read.by[id]).toBe(found);
    expect(read.state).toBe(state);
  });
});

/** Mistakes of other verifiers about GPUs (the numbers are those of the survey's list), tried on every service whose report carries their evidence. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReferenceSource, ReferenceValue } from '../../../src/checks/reference';
import { nvidiaNras } from '../../../src/collateral/nvidia-nras';
import type { SoftwareIdentity } from '../../../src/providers/types';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { intelCollateral } from '../../../src/collateral/intel-pcs';
import { nvidiaOcsp } from '../../../src/collateral/nvidia-ocsp';
import { nvidiaRims } from '../../../src/collateral/nvidia-rim';
import { FLAVOUR } from '../../simulator/flavour';
import { MemoryStore } from '../collateral/fake-intel';
import { MEASURED } from '../nvidia/lab';
import { DRIVER, VBIOS } from '../nvidia/lab/device';
import { FakeNras, jwksOf, nrasAnswer, nrasKey } from '../nvidia/lab/nras';
import { GPUS, gpuEndorsements, gpuItem, type Item } from '../providers/gpus';
import { getterOf } from '../simulator/gpus';
import { report as fetchReport } from '../simulator/oracle';
import { ask, GPU_SERVICES, IONET, json, NONCE, NOW, objectIn, type Read, type Service } from './services';

const OTHER = Buffer.alloc(32, 0x5a);
const PAIR = gpuList();

function gpuList(nonce: Uint8Array = NONCE, over: Parameters<typeof gpuItem>[2] = {}): readonly Item[] {
  return GPUS.slice(0, 2).map((device) => gpuItem(device, nonce, over));
}

const list = (items: unknown, more: object = {}): Record<string, unknown> => ({ nonce: NONCE.toString('hex'), arch: 'HOPPER', evidence_list: items, ...more });

/** The service's good report with this in its GPU part's place, as the service writes it. */
const withGpu = (service: Service, part: unknown, more: object = {}): Uint8Array => {
  const { gpu = 'gpu' } = service;
  return json({ ...objectIn(service), ...more, [gpu]: gpu === 'gpu' || part === undefined || typeof part === 'string' ? part : JSON.stringify(part) });
};
const bent = ({ evidence, certificate }: Item, at: number): Item => {
  const bytes = Buffer.from(evidence, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { evidence: bytes.toString('base64'), certificate };
};

/** Names the measured software of this appraisal as known. */
function referenceFor(read: Read, source: ReferenceSource, properties: ReferenceValue['properties']): ReferenceValue {
  const identity: SoftwareIdentity = read.software.find(({ basis }) => basis === 'hardware') ?? expect.fail('no software');
  const { kind, dialect, role, values } = identity;
  return { kind, dialect, role, properties, source, note: '', values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]])) };
}

describe.each(GPU_SERVICES)('$name', (service) => {
  it('GPUs that hold: what the mistakes below are told apart from', async () => {
    const read = await ask(service, { body: withGpu(service, list(gpuList())) });
    expect(Object.entries(read.by).filter(([id, one]) => /^(gpu\[|list\.)/.test(id) && one !== 'pass')).toEqual([]);
    expect(read.state).not.toBe('failed');
  });

  it('field 13: GPU evidence that merely parses is not verified', async () => {
    const [first, second] = PAIR;
    if (first === undefined || second === undefined) throw new Error('no GPU');
    const inside = await ask(service, { body: withGpu(service, list([first, bent(second, 200)])) });
    expect(inside).toMatchObject({ state: 'failed', by: { 'gpu[0].signature': 'pass', 'gpu[1].parse': 'pass', 'gpu[1].signature': 'fail GPU_SIGNATURE', 'gpu[1].nonce': 'unknown GPU_SIGNATURE' } });
    expect(inside.by['gpu.binding']).not.toMatch(/^(pass|weak)/);
    for (const items of [[{ evidence: 'AAAA', certificate: 'AAAA' }], [{}], [{ arch: 'HOPPER', verified: true }], [{ ...first, certificate: second.certificate }]]) {
      const read = await ask(service, { body: withGpu(service, list(items)) });
      expect([items.length, read.state, read.by['gpu[0].signature'] === 'pass']).toEqual([items.length, 'failed', false]);
    }
  });

  it('field 14: GPUs with other firmware fail, though each report is rightly signed and NVIDIA’s service says true', async () => {
    const wrong = gpuList(NONCE, { measurements: { ...MEASURED, 21: Buffer.alloc(48, 1) } });
    const opinion = { id: 'gpu.second-opinion', outcome: 'pass', required: false, basis: 'derived', detail: '' } as const;
    const read = await ask(service, { body: withGpu(service, list(wrong)), context: { secondOpinion: () => Promise.resolve(opinion) } });
    expect(read).toMatchObject({ state: 'failed', by: { 'gpu[0].signature': 'pass', 'gpu[0].measurements': 'fail GPU_MEASUREMENT_MISMATCH', 'gpu[1].measurements': 'fail GPU_MEASUREMENT_MISMATCH' } });
  });

  it('field 15: GPUs that answer the same number as a processor need not be beside it', async () => {
    // Nothing in the evidence tells a copied GPU from an own one: only software that is known to read its own can.
    const body = withGpu(service, list(gpuList()));
    const plain = await ask(service, { body });
    const own = { collectsOwnGpu: true };
    const bindingWith = async (...references: readonly ReferenceValue[]) => (await ask(service, { body, context: { references } })).by['gpu.binding'];
    if (plain.software.every(({ basis }) => basis !== 'hardware')) return expect(plain.by['gpu.binding']).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    expect(plain.by['gpu.binding']).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    expect(await bindingWith(referenceFor(plain, 'release', {}))).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    expect(await bindingWith(referenceFor(plain, 'approved', own))).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    expect(await bindingWith({ ...referenceFor(plain, 'imported', own), dialect: 'another' })).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    expect(await bindingWith(referenceFor(plain, 'imported', own))).toBe('pass');
  });

  it('field 23: processor and GPUs that answer different numbers belong to different requests', async () => {
    const all = await ask(service, { body: withGpu(service, list(gpuList(OTHER))) });
    expect(all).toMatchObject({ state: 'failed', by: { 'gpu[0].signature': 'pass', 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' } });
    const one = await ask(service, { body: withGpu(service, list([PAIR[0], gpuList(OTHER)[1]])) });
    expect(one).toMatchObject({ state: 'failed', by: { 'gpu[0].nonce': 'pass', 'gpu[1].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' } });
    // Whichever of the two numbers was ours.
    const asked = await ask(service, { body: withGpu(service, list(gpuList(OTHER))), report: { nonce: OTHER } });
    expect(asked).toMatchObject({ state: 'failed', by: { nonce: 'fail NONCE_MISMATCH', 'gpu[0].nonce': 'pass', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' } });
  });

  it('field 29: a GPU part that is missing or an error fails, it is not skipped', async () => {
    for (const part of [undefined, null, '', 'Error: no GPU', {}, [], { error: 'evidence service unavailable' }, { status: 'unavailable' }, { evidence_list: [] }, { evidence_list: null }, { evidence_list: 'none' }, 7]) {
      const read = await ask(service, { body: withGpu(service, part) });
      expect([part, read.state, read.by['gpu']]).toEqual([part, 'failed', expect.stringMatching(/^fail (EVIDENCE_MISSING|GPU_EVIDENCE_PARSE)$/)]);
      // And the rest is still said.
      expect(read.by['quote.signature']).toBe('pass');
    }
  });

  it('field 30: GPUs do not meet the processor in zeros, nor in the key’s place', async () => {
    const zeros = await ask(service, { body: withGpu(service, list(gpuList(Buffer.alloc(32)), { nonce: '' })) });
    expect(zeros).toMatchObject({ state: 'failed', by: { 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' } });
  });

  it('field 18: GPU endorsements that have run out are open', async () => {
    const stale = gpuEndorsements(NOW - 3 * 86_400_000);
    const read = await ask(service, { body: withGpu(service, list(gpuList())), context: stale });
    expect(read.by['gpu[0].revocation']).toBe('unknown OCSP_STALE');
    expect(read.state).toBe('incomplete');
  });
});

describe('NVIDIA’s attestation service', () => {
  const KEY = nrasKey('nv-eat-kid-prod-1');
  const spoken = (read: Read) => read.parts.flatMap((part) => (part.kind === 'nvidia' ? part.devices.map((facts) => ({ ueid: BigInt(`0x${facts.certificates[0]?.serial ?? ''}`).toString(), driver: DRIVER, vbios: VBIOS })) : []));

  async function opinion(bend: (token: string) => string, key = KEY, body?: Uint8Array) {
    const nras = new FakeNras();
    const devices = spoken(await ask(IONET));
    nras.keys = () => jwksOf(KEY);
    nras.answer = () => {
      const [[, top], rest]: [[string, string], Record<string, string>] = JSON.parse(Buffer.from(nrasAnswer({ nonce: NONCE, now: NOW, devices, key })).toString());
      return json([['JWT', bend(top)], rest]);
    };
    const read = await ask(IONET, { ...(body === undefined ? {} : { body }), context: { secondOpinion: nvidiaNras({ get: nras.get, store: new MemoryStore() }) } });
    return { read, asked: nras.asked };
  }

  const signature = (replace: (text: string) => string) => (token: string) => token.replace(/[^.]*$/, replace);

  it('field 6: a token is believed by its signature, not by what it holds', async () => {
    expect((await opinion((token) => token)).read.by['gpu.second-opinion']).toBe('pass');
    const foreign = await opinion((token) => token, nrasKey(KEY.id));
    expect(foreign.read).toMatchObject({ state: 'failed', by: { 'gpu.second-opinion': 'fail NRAS_TOKEN' } });
    for (const bend of [signature((text) => text.slice(0, -4) + (text.endsWith('AAAA') ? 'BBBB' : 'AAAA')), signature(() => 'A'.repeat(128)), signature(() => '')]) {
      const { read } = await opinion(bend);
      expect([read.by['gpu.second-opinion'] ?? '', read.state]).toEqual([expect.stringMatching(/^(fail|unknown) NRAS_/), expect.stringMatching(/^(failed|limited)$/)]);
    }
  });

  it('field 6: its word lifts nothing that does not hold here', async () => {
    const [first, second] = PAIR;
    if (first === undefined || second === undefined) throw new Error('no GPU');
    const { read, asked } = await opinion((token) => token, KEY, withGpu(IONET, list([first, bent(second, 200)])));
    expect(read).toMatchObject({ state: 'failed', by: { 'gpu[1].signature': 'fail GPU_SIGNATURE', 'gpu.second-opinion': expect.stringMatching(/^unknown /) } });
    expect(asked).toEqual([]);
  });
});

describe('a simulated machine', () => {
  let simulator: Simulator;
  beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
  afterAll(async () => { await simulator.close(); });

  it('field 14: in DEVTOOLS mode fails on what it measures', async () => {
    const now = Date.now();
    const { anchors } = FLAVOUR;
    const doors = { get: getterOf(simulator), store: new MemoryStore(), now: () => now };
    const sources = { now, anchors, tdxCollateral: intelCollateral({ ...doors, now, anchors }), rims: nvidiaRims(doors, anchors), ocsp: nvidiaOcsp({ ...doors, random: (length) => new Uint8Array(length).fill(1) }) };
    const judged = async () => ask(IONET, { body: json(await fetchReport(simulator, NONCE.toString('hex'))), context: sources });
    expect((await judged()).state).toBe('limited');
    simulator.fault('gpu-devtools');
    expect(await judged()).toMatchObject({ state: 'failed', by: { 'gpu[0].signature': 'pass', 'gpu[0].measurements': 'fail GPU_MEASUREMENT_MISMATCH' } });
  });
});

/** GPU evidence inside io.net's report: judged with the rest, by the endorsements of now. */
import { describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceSource, ReferenceValue } from '../../../src/checks/reference';
import { toHex } from '../../../src/encoding/hex';
import { ionet } from '../../../src/providers/ionet';
import type { Appraisal, AppraiseContext } from '../../../src/providers/types';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { MEASUREMENTS } from '../../simulator/tdx/machine';
import { tdxQuote } from '../../simulator/tdx/quote';
import type { RimSource } from '../../../src/evidence/nvidia/types';
import { MEASURED, responderFor, VBIOS_GOLDEN } from '../nvidia/lab';
import { makeDevice, provisioner } from '../nvidia/lab/device';
import { makeRim, rimSigner } from '../nvidia/lab/manifest';
import { RIM_CHAIN, GPU_ANCHORS, GPUS, gpuEndorsements, gpuItem, gpuList } from './gpus';
import { key } from './fixture';
import { NO_ENDORSEMENTS } from './no-endorsements';

const NOW = Date.UTC(2026, 10, 20, 12);
const NONCE = Buffer.alloc(32, 0xa5);
const OTHER = Buffer.alloc(32, 0x5a);
const collateral = tdxCollateral({ now: NOW });
const quote = tdxQuote({ reportData: Buffer.concat([NONCE, Buffer.alloc(32)]), now: NOW }).toString('hex');
const ONE = gpuList(NONCE, 1);
const EIGHT = gpuList(NONCE, 8);

interface Read extends Appraisal {
  readonly state: string;
  readonly by: Readonly<Record<string, string>>;
}

async function appraise(list: unknown, over: Partial<AppraiseContext> = {}, report: Readonly<Record<string, unknown>> = {}): Promise<Read> {
  const context: AppraiseContext = {
    now: NOW, policy: DEFAULT, anchors: [...FLAVOUR.anchors, ...GPU_ANCHORS], references: [], ...NO_ENDORSEMENTS, tdxCollateral: () => Promise.resolve({ collateral }), ...gpuEndorsements(NOW), ...over,
  };
  const body = { nonce: toHex(NONCE), cpu: { quote }, gpu: { nonce: toHex(NONCE), arch: 'HOPPER', evidence_list: list, claims_version: '3.0' }, signing_address: key(7).address, ...report };
  const appraisal = await ionet.appraise({ body: new Uint8Array(Buffer.from(JSON.stringify(body))), status: 200, contentType: 'application/json', nonce: new Uint8Array(NONCE) }, context);
  const by = Object.fromEntries(appraisal.checks.map((c) => [c.id, `${c.outcome}${c.code === undefined ? '' : ` ${c.code}`}`]));
  expect(Object.keys(by)).toHaveLength(appraisal.checks.length);
  return { ...appraisal, state: stateOf(appraisal.checks), by };
}

const ofGpus = ({ by }: Read): readonly string[] => Object.entries(by).filter(([id]) => /^(gpu|switch)\[|^list\./.test(id)).map(([, found]) => found);

describe('GPUs of a report', () => {
  it('one and eight: every check of each joins the appraisal and holds', async () => {
    for (const [list, count] of [[ONE, 1], [EIGHT, 8]] as const) {
      const read = await appraise(list);
      expect(read.state).toBe('limited');
      expect(ofGpus(read)).toEqual(Array.from({ length: 9 * count + 3 }, () => 'pass'));
      expect(read.parts[1]).toMatchObject({ kind: 'nvidia', count });
    }
  });

  it('the part holds a row for each device, its claims, and the list as it came', async () => {
    const part = (await appraise(EIGHT)).parts.find(({ kind }) => kind === 'nvidia');
    if (part?.kind !== 'nvidia') throw new Error('no part');
    expect(part.devices.map(({ id }) => id)).toEqual(EIGHT.map((_, i) => `gpu[${i}]`));
    expect(part.claims.map(({ nonce, bromSerial }) => [nonce, bromSerial])).toEqual(GPUS.map(({ id }) => [toHex(NONCE), `41${id}`]));
    expect(JSON.parse(Buffer.from(part.raw).toString('utf8'))).toMatchObject({ evidence_list: EIGHT });
  });

  it('what the agent calls a GPU is not read: its certificates say it', async () => {
    const item = { ...ONE[0], arch: 'BLACKWELL' };
    expect((await appraise([item], {}, { gpu: { arch: 'LS10', evidence_list: [item] } })).by['gpu[0].chain']).toBe('pass');
  });

  it('mistake 13: evidence that merely parses fails', async () => {
    const bent = Buffer.from(ONE[0]?.evidence ?? '', 'base64');
    bent[200] = (bent[200] ?? 0) ^ 1;
    expect(await appraise([{ ...ONE[0], evidence: bent.toString('base64') }])).toMatchObject({
      state: 'failed',
      by: { 'gpu[0].parse': 'pass', 'gpu[0].signature': 'fail GPU_SIGNATURE', 'gpu[0].nonce': 'unknown GPU_SIGNATURE', 'gpu.binding': 'unknown GPU_SIGNATURE' },
    });
  });

  it('mistake 23: evidence made for another number fails, and is tied to nothing', async () => {
    const [first] = GPUS;
    if (first === undefined) throw new Error('no GPU');
    const read = await appraise([...gpuList(NONCE, 8).slice(1), gpuItem(first, OTHER)]);
    expect(read).toMatchObject({ state: 'failed', by: { 'gpu[6].nonce': 'pass', 'gpu[7].nonce': 'fail NONCE_MISMATCH', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' } });
    expect(read.checks.find(({ id }) => id === 'gpu[7].nonce')).toMatchObject({ expected: toHex(NONCE), actual: toHex(OTHER) });
  });

  it('one bad GPU of eight fails, and names which', async () => {
    const [, , third] = GPUS;
    if (third === undefined) throw new Error('no GPU');
    const list = EIGHT.map((item, i) => (i === 2 ? gpuItem(third, NONCE, { measurements: { ...MEASURED, 9: Buffer.alloc(48, 1) } }) : item));
    const read = await appraise(list);
    expect(read.state).toBe('failed');
    expect(ofGpus(read).filter((found) => found !== 'pass')).toEqual(['fail GPU_MEASUREMENT_MISMATCH']);
    expect(read.by['gpu[2].measurements']).toBe('fail GPU_MEASUREMENT_MISMATCH');
  });

  it('a GPU that is counted twice fails', async () => {
    expect(await appraise([...EIGHT.slice(0, 7), EIGHT[0]])).toMatchObject({ state: 'failed', by: { 'list.duplicates': 'fail DUPLICATE_DEVICE' } });
  });

  it('a GPU of another maker’s root fails', async () => {
    expect(await appraise(ONE, { anchors: FLAVOUR.anchors })).toMatchObject({ state: 'failed', by: { 'gpu[0].chain': 'fail ROOT_UNTRUSTED', 'gpu.binding': 'unknown ROOT_UNTRUSTED' } });
  });

  it('one that cannot be read is its own failure, beside the others', async () => {
    const read = await appraise([ONE[0], { evidence: '!', certificate: '' }, 7]);
    expect(read).toMatchObject({ state: 'failed', by: { 'gpu[0].signature': 'pass', 'gpu[1].parse': 'fail GPU_EVIDENCE_PARSE', 'gpu[2].parse': 'fail GPU_EVIDENCE_PARSE', 'gpu.binding': 'unknown GPU_EVIDENCE_PARSE' } });
    expect(read.parts[1]).toMatchObject({ count: 3, devices: [{ id: 'gpu[0]' }] });
  });

  it('switches are no GPU: a list of genuine, fresh switches alone leaves the promise unkept', async () => {
    const lone = makeDevice({ chip: 'LS_10' });
    const rims: RimSource = (wanted) => Promise.resolve({ candidates: [{ xml: makeRim({ ...wanted, golden: VBIOS_GOLDEN }).xml, from: 'lab' }] });
    const ocsp = responderFor([lone.chain, RIM_CHAIN], () => ({ thisUpdate: NOW - 3_600_000, nextUpdate: NOW + 3_600_000 }));
    const read = await appraise([gpuItem(lone, NONCE)], { rims, ocsp });
    expect(ofGpus(read).filter((found) => found.startsWith('fail'))).toEqual([]);
    expect(read).toMatchObject({ state: 'failed', by: { 'switch[0].signature': 'pass', 'switch[0].measurements': 'pass', gpu: 'fail GPU_EVIDENCE_MISSING' } });
  });

  it('a list that cannot be read as a whole fails with a code, and nothing is judged', async () => {
    for (const gpu of ['x', [], 7, { evidence_list: {} }, { evidence_list: 'x' }, { evidence_list: Array.from({ length: 17 }, () => ONE[0]) }]) {
      const read = await appraise([], {}, { gpu });
      expect(read, JSON.stringify(gpu).slice(0, 60)).toMatchObject({ state: 'failed', by: { gpu: 'fail GPU_EVIDENCE_PARSE' } });
      expect(ofGpus(read)).toEqual([]);
      expect(read.parts.map(({ kind }) => kind)).toEqual(['tdx']);
    }
  });
});

describe('NVIDIA’s endorsements', () => {
  it('manifests that cannot be had leave it incomplete, and nothing compared', async () => {
    const read = await appraise(EIGHT, { rims: NO_ENDORSEMENTS.rims });
    expect(read).toMatchObject({ state: 'incomplete', by: { 'gpu[7].rim.driver': 'unknown COLLATERAL_UNREACHABLE', 'gpu[7].measurements': 'unknown COLLATERAL_UNREACHABLE', 'gpu[7].signature': 'pass' } });
  });

  it('OCSP that is silent or stale leaves it incomplete', async () => {
    expect(await appraise(ONE, gpuEndorsements(NOW, () => 'silent'))).toMatchObject({ state: 'incomplete', by: { 'gpu[0].revocation': 'unknown COLLATERAL_UNREACHABLE' } });
    const stale = gpuEndorsements(NOW, () => ({ thisUpdate: NOW - 172_800_000, nextUpdate: NOW - 86_400_000 }));
    expect(await appraise(ONE, stale)).toMatchObject({ state: 'incomplete', by: { 'gpu[0].revocation': 'unknown OCSP_STALE' } });
  });

  it('a revoked intermediate, device or manifest signer fails', async () => {
    for (const [revoked, code] of [[provisioner, 'DEVICE_CERT_REVOKED'], [GPUS[0]?.chain[1], 'DEVICE_CERT_REVOKED'], [rimSigner, 'RIM_SIGNER_REVOKED']] as const) {
      const read = await appraise(ONE, gpuEndorsements(NOW, (about) => (about === revoked ? { status: { reason: 1 } } : {})));
      expect(read).toMatchObject({ state: 'failed', by: { 'gpu[0].revocation': `fail ${code}` } });
    }
  });

  it('with a clock that is known to be behind, every date is open', async () => {
    expect(await appraise(ONE, { clockBehind: { detail: 'before the build' } })).toMatchObject({ state: 'incomplete', by: { 'gpu[0].chain': 'unknown CLOCK_BEHIND', 'gpu[0].revocation': 'unknown CLOCK_BEHIND' } });
  });

  it('the policy for GPUs is asked', async () => {
    expect(await appraise(ONE, { policy: { ...DEFAULT, nvidia: { ...DEFAULT.nvidia, count: 8 } } })).toMatchObject({ state: 'failed', by: { 'list.count': 'fail GPU_COUNT' } });
  });
});

describe('GPUs and the processor', () => {
  const SOFTWARE = { mrTd: [toHex(MEASUREMENTS.mrTd)], rtmr1: [toHex(MEASUREMENTS.rtmr1)], rtmr2: [toHex(MEASUREMENTS.rtmr2)] };
  const registers = (source: ReferenceSource, over: Partial<ReferenceValue> = {}): ReferenceValue => ({
    dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values: SOFTWARE, properties: { collectsOwnGpu: true }, source, note: '', ...over,
  });
  const binding = async (references: readonly ReferenceValue[]) => (await appraise(ONE, { references })).by['gpu.binding'];

  it('the same number in both is a gap, until known software is known to collect its own GPUs’ evidence', async () => {
    expect(await binding([])).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    for (const source of ['release', 'imported'] as const) expect(await binding([registers(source)])).toBe('pass');
  });

  it('no other reference value closes the gap', async () => {
    const others: readonly ReferenceValue[] = [
      registers('approved'), registers('imported', { properties: {} }), registers('imported', { properties: { collectsOwnGpu: false } }), registers('imported', { dialect: 'dstack' }), registers('imported', { role: 'gateway' }),
      registers('imported', { values: { mrTd: ['ff'.repeat(48)] } }), registers('imported', { values: {} }), registers('imported', { values: { mrTd: SOFTWARE.mrTd } }), registers('imported', { values: { ...SOFTWARE, rtmr1: [] } }), registers('release', { values: { rtmr3: [toHex(MEASUREMENTS.rtmr3)], mrConfigId: ['00'.repeat(48)] } }),
      registers('release', { kind: 'image-digest', values: { digest: [`sha256:${'cd'.repeat(32)}`] } }),
    ];
    for (const other of others) expect(await binding([other]), JSON.stringify(other)).toBe('weak GPU_COLOCATION_NOT_PROVEN');
    // One that says it among others that do not.
    expect(await binding([...others, registers('imported')])).toBe('pass');
  });

  it('without a processor’s evidence there is nothing to hold them against', async () => {
    expect(await appraise(ONE, {}, { cpu: undefined })).toMatchObject({ state: 'limited', by: { 'gpu.binding': 'absent CPU_EVIDENCE_ABSENT', 'gpu[0].signature': 'pass' } });
    expect((await appraise(ONE, {}, { cpu: { quote: 'Error: TDX Interface not found' } })).by['gpu.binding']).toBe('unknown EVIDENCE_MISSING');
    expect((await appraise(ONE, { anchors: GPU_ANCHORS, references: [registers('release')] })).by['gpu.binding']).toBe('unknown ROOT_UNTRUSTED');
  });

  it('a foreign GPU that answers our number passes everything but this', async () => {
    const foreign = makeDevice();
    const context = gpuEndorsements(NOW);
    const read = await appraise([gpuItem(foreign, NONCE)], context);
    expect(read.by).toMatchObject({ 'gpu[0].signature': 'pass', 'gpu[0].nonce': 'pass', 'gpu[0].measurements': 'pass', 'gpu.binding': 'weak GPU_COLOCATION_NOT_PROVEN' });
  });
});

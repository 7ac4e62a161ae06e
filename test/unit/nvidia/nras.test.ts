/** NVIDIA's second opinion: what it takes to be believed, and that it never makes anything better. */
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/checks/check';
import { CodedError } from '../../../src/checks/error';
import { nvidiaNras, type SecondOpinionQuestion } from '../../../src/collateral/nvidia-nras';
import { checkGpus } from '../../../src/evidence/nvidia';
import { DEFAULT } from '../../../src/checks/policy';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';
import { judgeGpus } from '../../../src/providers/shared/gpu-evidence';
import { stateOf } from '../../../src/verdict/state';
import { MemoryStore } from '../collateral/fake-intel';
import { input, MEASURED, NONCE, NOW, report } from './lab';
import { DEVICE_ANCHOR, makeDevice } from './lab/device';
import { RIM_ANCHOR } from './lab/manifest';
import { type AnswerOptions, FakeNras, jwksOf, nrasAnswer, nrasKey, tokenOf } from './lab/nras';

const GPUS = [makeDevice(), makeDevice()];
const KEY = nrasKey('nv-eat-kid-prod-1');
const OTHER = nrasKey('nv-eat-kid-prod-2');

async function questionOf(over: Partial<SecondOpinionQuestion> = {}): Promise<SecondOpinionQuestion> {
  const evidence = GPUS.map((gpu) => report(gpu));
  const { facts } = await checkGpus(input(evidence));
  return { devices: evidence.map((one, i) => ({ evidence: one, facts: facts.devices[i] ?? expect.fail('no facts') })), nonce: NONCE, now: NOW, ...over };
}

const question = await questionOf();
const spoken = question.devices.map(({ facts }) => ({ ueid: BigInt(`0x${facts.certificates[0]?.serial ?? ''}`).toString(), driver: facts.driver ?? '', vbios: facts.vbios ?? '' }));

let nras: FakeNras;
let store: MemoryStore;
beforeEach(() => {
  nras = new FakeNras();
  store = new MemoryStore();
  nras.keys = () => jwksOf(OTHER, KEY);
});

const answerWith = (over: Partial<AnswerOptions> = {}): Uint8Array => nrasAnswer({ nonce: NONCE, now: NOW, devices: spoken, key: KEY, ...over });
const ask = (over: Partial<SecondOpinionQuestion> = {}): Promise<Check> => nvidiaNras({ get: nras.get, store })({ ...question, ...over });
async function found(over: Partial<AnswerOptions> = {}): Promise<string> {
  nras.answer = () => answerWith(over);
  store = new MemoryStore();
  const check = await ask();
  expect(check).toMatchObject({ id: 'gpu.second-opinion', required: false, basis: 'derived' });
  return `${check.outcome}${check.code === undefined ? '' : ` ${check.code}`}`;
}

describe('a token counts only when', () => {
  it('all of it holds', async () => {
    expect(await found()).toBe('pass');
  });

  it('it is signed with ES384 by a listed key', async () => {
    expect(await found({ key: nrasKey(KEY.id) })).toBe('fail NRAS_TOKEN');
    expect(await found({ key: nrasKey('nobody') })).toBe('unknown NRAS_KEY_UNKNOWN');
    for (const header of [{ alg: 'none' }, { alg: 'HS384' }, { alg: 'ES256' }, { alg: 'es384' }]) {
      nras.answer = () => {
        const [pair, list]: [string[], Record<string, string>] = JSON.parse(Buffer.from(answerWith()).toString());
        const claims: unknown = JSON.parse(Buffer.from(pair[1]?.split('.')[1] ?? '', 'base64url').toString());
        return new Uint8Array(Buffer.from(JSON.stringify([['JWT', tokenOf(claims, KEY, header)], list])));
      };
      expect(await nvidiaNras({ get: nras.get, store: new MemoryStore() })(question), JSON.stringify(header)).toMatchObject({ outcome: 'fail', code: 'NRAS_TOKEN' });
    }
  });

  it('it is the service’s own, about our number, and about this platform', async () => {
    for (const overall of [{ iss: 'https://nras.attestation-stg.nvidia.com' }, { iss: undefined }, { sub: 'OTHER' }, { eat_nonce: '00'.repeat(32) }, { eat_nonce: undefined }, { submods: {} }]) expect(await found({ overall }), JSON.stringify(overall)).toBe('fail NRAS_TOKEN');
    expect(await found({ device: (i) => (i === 1 ? { iss: 'https://elsewhere.example' } : {}) })).toBe('fail NRAS_TOKEN');
  });

  it('it is in date; a clock that is behind leaves it open', async () => {
    expect(await found({ now: NOW - 3_700_000 })).toBe('unknown NRAS_EXPIRED');
    expect(await found({ now: NOW + 3_700_000 })).toBe('unknown NRAS_NOT_YET_VALID');
    expect(await found({ now: NOW + 60_000 })).toBe('pass');
    nras.answer = () => answerWith({ now: NOW + 3_700_000 });
    expect(await ask({ clockBehind: { detail: 'behind' } })).toMatchObject({ outcome: 'unknown', code: 'CLOCK_BEHIND', required: false });
  });

  it('each device’s token is the very one that was bound', async () => {
    expect(await found({ after: (token, i) => (i === 1 ? tokenOf({ iss: 'x' }, KEY) : token) })).toBe('fail NRAS_TOKEN');
    expect(await found({ devices: spoken.slice(0, 1) })).toBe('fail NRAS_TOKEN');
    expect(await found({ devices: [...spoken, ...spoken] })).toBe('fail NRAS_TOKEN');
    const nothing = ['DIGEST', ['SHA-256', '00']];
    expect(await found({ overall: { submods: { 'GPU-0': nothing, 'GPU-1': nothing } } })).toBe('fail NRAS_TOKEN');
    expect(await found({ digest: 'MD5' })).toBe('fail NRAS_TOKEN');
  });

  it('it confirms the result and every device', async () => {
    expect(await found({ overall: { 'x-nvidia-overall-att-result': false } })).toBe('fail NRAS_DISAGREES');
    for (const claims of [{ measres: 'fail' }, { measres: undefined }, { eat_nonce: '11'.repeat(32) }, { 'x-nvidia-gpu-attestation-report-nonce-match': false }, { 'x-nvidia-gpu-attestation-report-nonce-match': 'true' }]) {
      expect(await found({ device: (i) => (i === 1 ? claims : {}) }), JSON.stringify(claims)).toBe('fail NRAS_DISAGREES');
    }
  });

  it('it speaks of our devices, each once, with the versions read here', async () => {
    const [first, second] = spoken;
    if (first === undefined || second === undefined) throw new Error('devices');
    expect(await found({ devices: [second, first] })).toBe('pass');
    for (const devices of [[first, first], [first, { ...second, driver: '1' }], [first, { ...second, vbios: '1' }], [first, { ...second, ueid: '7' }]]) expect(await found({ devices })).toBe('fail NRAS_OTHER_DEVICE');
  });

  it('its errors say whose fault it is', async () => {
    const error = (httpStatus: string) => ({ overall: { 'x-nvidia-overall-att-result': false }, device: () => ({ 'x-nvidia-error-details': { code: 4010, message: 'NONCE_NOT_MATCHING', httpStatus } }) });
    expect(await found(error('400 BAD_REQUEST'))).toBe('fail NRAS_DISAGREES');
    expect(await found(error('503 SERVICE_UNAVAILABLE'))).toBe('unknown COLLATERAL_UNREACHABLE');
  });

  it('what cannot be read is open, never a crash', async () => {
    const bodies = ['', '[]', '{}', '[["JWT"],{}]', '[["JWT","a.b.c"],{}]', '[["JWT",7],{}]', '[["X","a.b.c"],{}]', JSON.stringify([['JWT', `${'a'.repeat(70_000)}.b.c`], {}]), JSON.stringify([['JWT', 'e30.e30.e30'], {}])];
    for (const body of bodies) {
      nras.answer = () => new Uint8Array(Buffer.from(body));
      expect(await nvidiaNras({ get: nras.get, store: new MemoryStore() })(question), body.slice(0, 40)).toMatchObject({ outcome: 'unknown', code: 'NRAS_PARSE', required: false });
    }
    nras.answer = () => answerWith();
    for (const keys of ['', '{}', '{"keys":[{}]}', JSON.stringify({ keys: [{ ...KEY.jwk, x: 'AA' }] }), JSON.stringify({ keys: [KEY.jwk, KEY.jwk] })]) {
      nras.keys = () => new Uint8Array(Buffer.from(keys));
      expect((await nvidiaNras({ get: nras.get, store: new MemoryStore() })(question)).code, keys.slice(0, 40)).toBe('NRAS_PARSE');
    }
    nras.keys = () => jwksOf(nrasKey('small', 'P-256'), KEY);
    expect((await nvidiaNras({ get: nras.get, store: new MemoryStore() })(question)).outcome).toBe('pass');
  });
});

describe('asking', () => {
  it('once for the same evidence while the answer is in date, even by two at a time', async () => {
    nras.answer = () => answerWith();
    const [one, two] = await Promise.all([ask(), ask()]);
    expect([one.outcome, two.outcome]).toEqual(['pass', 'pass']);
    expect((await ask()).outcome).toBe('pass');
    expect(nras.asked).toEqual(['/v3/attest/gpu', '/.well-known/jwks.json']);
    nras.answer = () => answerWith({ now: NOW + 4_000_000 });
    expect((await ask({ now: NOW + 4_000_000 })).outcome).toBe('pass');
    expect(nras.asked).toHaveLength(4);
  });

  it('a key that is not listed yet is looked for once more', async () => {
    nras.answer = () => answerWith();
    nras.keys = () => (nras.asked.filter((path) => path.endsWith('.json')).length > 1 ? jwksOf(KEY) : jwksOf(OTHER));
    expect((await ask()).outcome).toBe('pass');
    expect(nras.asked.filter((path) => path.endsWith('.json'))).toHaveLength(2);
  });

  it('silence, errors and limits are open, not required, and not asked again for each answer', async () => {
    for (const [status, code] of [[undefined, 'COLLATERAL_UNREACHABLE'], [500, 'COLLATERAL_UNREACHABLE'], [400, 'COLLATERAL_UNREACHABLE'], [429, 'RATE_LIMITED']] as const) {
      nras = new FakeNras();
      store = new MemoryStore();
      nras.answer = () => status;
      for (let i = 0; i < 3; i += 1) expect(await ask()).toMatchObject({ outcome: 'unknown', code, required: false });
      expect(nras.asked).toHaveLength(1);
      nras.answer = () => answerWith();
      nras.keys = () => jwksOf(KEY);
      expect((await ask({ now: NOW + 301_000 })).outcome).toBe('pass');
    }
  });

  it('a contradiction about one piece of evidence is not told of another', async () => {
    nras.answer = () => answerWith({ overall: { sub: 'OTHER' } });
    expect((await ask()).code).toBe('NRAS_TOKEN');
    nras.answer = () => answerWith();
    expect((await ask()).outcome).toBe('pass');
  });

  it('a store that fails costs requests, not the opinion; one that was tampered with costs a request', async () => {
    const broken = { get: () => Promise.reject(new Error('disk')), put: () => Promise.reject(new Error('disk')) };
    nras.answer = () => answerWith();
    expect((await nvidiaNras({ get: nras.get, store: broken })(question)).outcome).toBe('pass');
    await ask();
    for (const [key, value] of store.kept) if (key.startsWith('nvidia-nras/answer')) store.kept.set(key, value.map((byte, i) => (i > 200 ? byte ^ 1 : byte)));
    nras.asked.length = 0;
    expect((await ask()).outcome).toBe('pass');
    expect(nras.asked).toEqual(['/v3/attest/gpu']);
  });

  it('keeps no more than a few answers, whatever it is asked', async () => {
    nras.answer = () => answerWith();
    for (let i = 0; i < 40; i += 1) {
      const nonce = new Uint8Array(randomBytes(32));
      nras.answer = () => answerWith({ nonce });
      await ask({ nonce });
    }
    expect([...store.kept.keys()].filter((key) => key.includes('/answer/')).length).toBeLessThanOrEqual(16);
  });
});

describe('beside our own judgement', () => {
  const context = { now: NOW, policy: DEFAULT, anchors: [DEVICE_ANCHOR, RIM_ANCHOR], references: [], ...NO_ENDORSEMENTS };
  const judged = (list: Parameters<typeof judgeGpus>[0]['devices'], get = nras.get) => judgeGpus({ devices: list, raw: new Uint8Array(), nonce: NONCE }, { ...context, secondOpinion: nvidiaNras({ get, store }) });

  it('is asked for where the user wants it, and lifts nothing', async () => {
    nras.answer = () => answerWith();
    const { checks } = await judged(question.devices.map(({ evidence }) => evidence));
    expect(checks.at(-1)).toMatchObject({ id: 'gpu.second-opinion', outcome: 'pass' });
    // NVIDIA's manifests and OCSP could not be had here: its word does not stand in for them.
    expect(stateOf(checks)).toBe('incomplete');
    const without = await judgeGpus({ devices: question.devices.map(({ evidence }) => evidence), raw: new Uint8Array(), nonce: NONCE }, context);
    expect(without.checks.map(({ id }) => id)).not.toContain('gpu.second-opinion');
    expect(checks.slice(0, -1)).toEqual(without.checks);
  });

  it('an unreachable service changes no state, a refusal does', async () => {
    const holds: readonly Check[] = [{ id: 'x', outcome: 'pass', required: true, basis: 'hardware', detail: '' }];
    nras.answer = () => undefined;
    expect(stateOf([...holds, await ask()])).toBe('verified');
    store = new MemoryStore();
    nras.answer = () => answerWith({ overall: { 'x-nvidia-overall-att-result': false } });
    expect(stateOf([...holds, await ask()])).toBe('failed');
    store = new MemoryStore();
    nras.answer = () => answerWith();
    expect(stateOf([...holds, await ask()])).toBe('verified');
  });

  it('is not asked about evidence that does not hold here, or that cannot be read', async () => {
    const [first] = question.devices;
    if (first === undefined) throw new Error('devices');
    const bent = { ...first.evidence, transcript: first.evidence.transcript.map((byte, i) => (i === 200 ? byte ^ 1 : byte)) };
    for (const list of [[first.evidence, bent], [first.evidence, new CodedError('GPU_EVIDENCE_PARSE', 'an item')]]) {
      expect((await judged(list)).checks.at(-1)).toMatchObject({ id: 'gpu.second-opinion', outcome: 'unknown', required: false });
    }
    expect(nras.asked).toEqual([]);
  });

  it('is asked about GPUs, not about switches', async () => {
    const lab = makeDevice({ chip: 'LS_10' });
    nras.answer = () => answerWith();
    const { checks } = await judged([report(lab, { measurements: MEASURED }), ...question.devices.map(({ evidence }) => evidence)]);
    expect(checks.at(-1)).toMatchObject({ id: 'gpu.second-opinion', outcome: 'pass' });
    nras.asked.length = 0;
    expect((await judged([report(lab)])).checks.map(({ id }) => id)).not.toContain('gpu.second-opinion');
    expect(nras.asked).toEqual([]);
  });

  it('is sent what was signed, without what stands behind the signature', async () => {
    nras.answer = () => answerWith();
    const padded = question.devices.map(({ evidence, facts }) => ({ facts, evidence: { ...evidence, transcript: Uint8Array.of(...evidence.transcript, 0) } }));
    expect(await ask({ devices: padded })).toMatchObject({ outcome: 'pass' });
    store = new MemoryStore();
    await ask();
    expect(nras.bodies).toHaveLength(2);
    expect(nras.bodies[0]).toBe(nras.bodies[1]);
  });

  it('GPUs of two families are not sent as one', async () => {
    const mixed = [question.devices[0]?.evidence ?? expect.fail(''), report(makeDevice({ chip: 'GB100' }))];
    expect((await judged(mixed)).checks.at(-1)).toMatchObject({ id: 'gpu.second-opinion', outcome: 'unknown', code: 'DEVICE_FAMILIES_MIXED', required: false });
    expect(nras.asked).toEqual([]);
  });
});

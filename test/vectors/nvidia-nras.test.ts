/** Recorded answers of NVIDIA's attestation service to recorded evidence, with the keys it listed on that day. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/checks/error';
import type { Getter } from '../../src/checks/getter';
import { DEFAULT } from '../../src/checks/policy';
import { NRAS_ORIGIN, nvidiaNras, type SecondOpinionQuestion } from '../../src/collateral/nvidia-nras';
import { judgeOpinion } from '../../src/collateral/nvidia-nras/judge';
import { verifyOpinion } from '../../src/collateral/nvidia-nras/opinion';
import { readKeys } from '../../src/collateral/nvidia-nras/token';
import { checkGpus, readEvidenceJson } from '../../src/evidence/nvidia';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { MemoryStore } from '../unit/collateral/fake-intel';
import { vector, vectorsPresent } from './shared';

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(vector(`nvidia-gpu/${path}`)));
const text = (path: string): string => Buffer.from(read(path)).toString('utf8');

const SETS = {
  tinfoil_h200_1gpu_20260629: { at: 1_782_699_000, count: 1, confirmed: true },
  nearcloud_h200_8gpu_20260629: { at: 1_782_699_000, count: 8, confirmed: true },
  nanogpt_h200_1gpu_20260610: { at: 1_781_056_200, count: 1, confirmed: true },
  chutes_h200_8gpu_nonce_mismatch_20260629: { at: 1_782_699_000, count: 8, confirmed: false },
  phala_h200_8gpu_nonce_mismatch_20260610: { at: 1_781_056_200, count: 8, confirmed: false },
} as const;
type Name = keyof typeof SETS;
const NAMES: readonly Name[] = ['tinfoil_h200_1gpu_20260629', 'nearcloud_h200_8gpu_20260629', 'nanogpt_h200_1gpu_20260610', 'chutes_h200_8gpu_nonce_mismatch_20260629', 'phala_h200_8gpu_nonce_mismatch_20260610'];

async function questionOf(name: Name): Promise<SecondOpinionQuestion> {
  const list = readEvidenceJson(text(`teep/${name}.nras-request.json`));
  const now = SETS[name].at * 1000;
  const { facts } = await checkGpus({ devices: list.devices, anchors: VENDOR_ANCHORS, now, policy: DEFAULT.nvidia });
  const devices = list.devices.flatMap((evidence, i) => {
    const about = facts.devices[i];
    return evidence instanceof CodedError || about === undefined ? [] : [{ evidence, facts: about }];
  });
  return { devices, nonce: new Uint8Array(Buffer.from(list.nonce ?? '', 'hex')), now };
}

const keysOf = (name: Name) => readKeys(read(`teep/${name}.jwks.json`));
const answerOf = (name: Name): Uint8Array => read(`teep/${name}.nras-response.json`);

describe.skipIf(!vectorsPresent)('recorded second opinions', () => {
  it('confirm the devices that were sent, or refuse them with NVIDIA’s own codes', async () => {
    for (const name of NAMES) {
      const { devices, nonce, now } = await questionOf(name);
      const { count, confirmed } = SETS[name];
      expect(devices, name).toHaveLength(count);
      const opinion = await verifyOpinion({ answer: answerOf(name), keys: keysOf(name), nonce, count, now });
      expect(opinion.overall, name).toBe(confirmed);
      const check = judgeOpinion(opinion, devices.map(({ facts }) => facts), nonce);
      expect(check, name).toMatchObject(confirmed ? { id: 'gpu.second-opinion', outcome: 'pass', basis: 'derived', required: false } : { outcome: 'fail', code: 'NRAS_DISAGREES', detail: expect.stringContaining('GPU-7: 4010 NONCE_NOT_MATCHING') });
    }
  });

  it('are of their hour, their nonce, their number, their devices and their service alone', async () => {
    const name = 'nearcloud_h200_8gpu_20260629';
    const { devices, nonce, now } = await questionOf(name);
    const good = { answer: answerOf(name), keys: keysOf(name), nonce, count: 8, now };
    const code = async (over: Partial<typeof good>) => verifyOpinion({ ...good, ...over }).then(() => 'holds', (error: unknown) => (error instanceof CodedError ? error.code : error));
    expect(await code({})).toBe('holds');
    expect(await code({ now: now + 3_700_000 })).toBe('NRAS_EXPIRED');
    expect(await code({ now: now - 3_700_000 })).toBe('NRAS_NOT_YET_VALID');
    expect(await code({ nonce: new Uint8Array(32) })).toBe('NRAS_TOKEN');
    expect(await code({ count: 7 })).toBe('NRAS_TOKEN');
    expect(await code({ keys: keysOf('nanogpt_h200_1gpu_20260610') })).toBe('NRAS_KEY_UNKNOWN');
    const opinion = await verifyOpinion(good);
    const facts = devices.map((one) => one.facts);
    const [first, ...rest] = facts;
    const other = (await questionOf('tinfoil_h200_1gpu_20260629')).devices[0]?.facts;
    if (first === undefined || other === undefined) throw new Error('no devices');
    for (const bent of [[other, ...rest], [{ ...first, driver: '1.2.3' }, ...rest], [{ ...first, vbios: '96.00.00.00.00' }, ...rest]]) expect(judgeOpinion(opinion, bent, nonce)).toMatchObject({ outcome: 'fail', code: 'NRAS_OTHER_DEVICE' });
  });

  it('the staging service, and keys that nobody lists, confirm nothing', async () => {
    for (const path of ['switch_detached_eat.json', 'hopperClaimsv3_detached_eat.json']) {
      const input = { answer: read(`attestation-sdk/sample_attestation_data/${path}`), keys: keysOf('tinfoil_h200_1gpu_20260629'), nonce: new Uint8Array(32), count: 1, now: 1_749_602_000_000 };
      await expect(verifyOpinion(input)).rejects.toMatchObject({ code: 'NRAS_KEY_UNKNOWN' });
    }
  });

  it('through the source: asked once while in date, and sent exactly the evidence', async () => {
    const name = 'tinfoil_h200_1gpu_20260629';
    const question = await questionOf(name);
    const asked: string[] = [];
    const get: Getter = (url, { body }) => {
      asked.push(url);
      if (typeof body === 'string') expect(JSON.parse(body)).toEqual({ nonce: Buffer.from(question.nonce).toString('hex'), arch: 'HOPPER', evidence_list: [{ certificate: expect.any(String), evidence: JSON.parse(text(`teep/${name}.nras-request.json`)).evidence_list[0].evidence }] });
      return Promise.resolve({ status: 200, header: () => undefined, body: url.endsWith('jwks.json') ? read(`teep/${name}.jwks.json`) : answerOf(name) });
    };
    const source = nvidiaNras({ get, store: new MemoryStore() });
    for (let i = 0; i < 3; i += 1) expect(await source(question)).toMatchObject({ outcome: 'pass', required: false, basis: 'derived' });
    expect(asked).toEqual([`${NRAS_ORIGIN}/v3/attest/gpu`, `${NRAS_ORIGIN}/.well-known/jwks.json`]);
  });
});

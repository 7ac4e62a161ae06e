/** Whole answers with whole reports: the machine that binds the key speaks, the gateway is named, and every fault is a state. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSignature } from '../../../src/providers/report/aside';
import { nearai } from '../../../src/providers/report';
import { joinAnswer } from '../../../src/providers/join';
import type { Appraisal } from '../../../src/providers/types';
import { stateOf } from '../../../src/verdict/state';
import { personalSign } from '../providers/fixture';
import { appraise, attestation, ecdsaKey, known, type Key, NOW } from './lab';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const REQUEST = '{"model":"a","messages":[]}';
const STREAM = 'data: {"id":"chatcmpl-1","choices":[{"delta":{"content":"hello"}}]}\n\ndata: [DONE]\n\n';
const GATEWAY = ecdsaKey(1);
const MODEL = ecdsaKey(2);

const report = () => ({
  gateway_attestation: attestation({ key: GATEWAY, gpus: 0 }),
  model_attestations: [attestation({ key: MODEL, over: { model_name: 'a' } }), attestation({ key: ecdsaKey(3), firstGpu: 1, over: { model_name: 'b' } })],
});

function joined(appraisal: Appraisal, key: Key, { model, kind, stream = STREAM }: { model?: string; kind?: string; stream?: string } = {}) {
  const text = `${model === undefined ? '' : `${model}:`}${sha(REQUEST)}:${sha(STREAM)}`;
  const signature = personalSign(text, { secret: key.secret, address: key.text });
  const aside = readSignature({ status: 200, body: bytes(JSON.stringify({ text, signature, signing_address: key.text, signing_algo: 'ecdsa', ...(kind === undefined ? {} : { signature_kind: kind }) })) });
  const reader = nearai.newReader('sse');
  reader.push(bytes(stream));
  const { hashes, model: requested } = nearai.readRequest(bytes(REQUEST));
  const findings = nearai.judgeAnswer({
    head: { id: '1', url: 'https://cloud-api.near.ai/v1/chat/completions', method: 'POST', tabId: 1, initiator: undefined, incognito: false, status: 200, headers: [], fromCache: false, startedAt: NOW, headersAt: NOW, requestHashes: hashes, requestUnseen: false, model: requested },
    form: 'sse', reading: reader.finish('complete'), cut: false, aside,
  });
  const checks = joinAnswer({ profile: nearai.profile, speaksFor: nearai.speaksFor, findings, evidence: { kind: 'evidence', appraisal, receivedAt: NOW, limited: false }, startedAt: NOW + 1, endedAt: NOW + 2 });
  return { checks, state: stateOf(checks), open: checks.flatMap(({ id, outcome, code }) => (outcome === 'pass' ? [] : [`${id} ${outcome} ${code ?? ''}`])) };
}

describe('an answer through a gateway', () => {
  let first: Appraisal;
  let whole: Appraisal;
  beforeAll(async () => {
    first = await appraise(report());
    const references = [known(first, 'imported', { collectsOwnGpu: true }), known(first, 'imported', { verifiesModel: true }, 'gateway')];
    whole = await appraise(report(), { references });
  });

  it('signed in the model’s machine, with all software known, leaves the one check that this browser cannot make', () => {
    for (const kind of ['provider_tee', undefined]) {
      const { state, open, checks } = joined(whole, MODEL, { model: 'a', ...(kind === undefined ? {} : { kind }) });
      expect(state).toBe('limited');
      expect(open).toEqual(['compose.config unknown MR_CONFIG_NOT_SET', 'compose.config.gateway unknown MR_CONFIG_NOT_SET', 'channel.gateway absent CHANNEL_NOT_BOUND']);
      expect(checks.find(({ id }) => id === 'signer')).toMatchObject({ outcome: 'pass', detail: 'address-nonce', basis: 'hardware' });
    }
  });

  it('signed by the gateway says so: proven by software known to check the model’s machine, else a gap', () => {
    expect(joined(whole, GATEWAY, { kind: 'gateway' }).open).toEqual(['compose.config unknown MR_CONFIG_NOT_SET', 'channel absent CHANNEL_NOT_BOUND']);
    expect(joined(first, GATEWAY).open).toContain('key.model weak MODEL_MACHINE_NOT_PROVEN');
  });

  it('by model B’s key, asked for model A, is MODEL_MISMATCH', () => {
    expect(joined(whole, ecdsaKey(3))).toMatchObject({ state: 'failed', open: expect.arrayContaining(['signer.model fail MODEL_MISMATCH']) });
    expect(joined(whole, ecdsaKey(3), { model: 'a' })).toMatchObject({ state: 'failed', open: expect.arrayContaining(['signer.model fail MODEL_MISMATCH']) });
    expect(joined(whole, ecdsaKey(3), { model: 'b' })).toMatchObject({ state: 'failed', open: expect.arrayContaining(['answer.model fail MODEL_MISMATCH']) });
  });

  it('by the gateway’s key shown as a model’s, or the other way round, is KEY_ROLE_CONFUSED', () => {
    expect(joined(whole, GATEWAY, { kind: 'provider_tee' })).toMatchObject({ state: 'failed', open: expect.arrayContaining(['key.role fail KEY_ROLE_CONFUSED']) });
    expect(joined(whole, GATEWAY, { model: 'a' })).toMatchObject({ state: 'failed', open: expect.arrayContaining(['key.role fail KEY_ROLE_CONFUSED']) });
    expect(joined(whole, MODEL, { kind: 'gateway' })).toMatchObject({ state: 'failed', open: expect.arrayContaining(['key.role fail KEY_ROLE_CONFUSED']) });
  });

  it('mistake 4: by a key that no evidence holds is SIGNER_MISMATCH, never a match', () => {
    expect(joined(whole, ecdsaKey(9))).toMatchObject({ state: 'failed', open: ['signer fail SIGNER_MISMATCH'] });
  });

  it('whose stream the gateway wrote anew is open, and another machine’s fault is not its own', async () => {
    expect(joined(whole, MODEL, { model: 'a', kind: 'provider_tee', stream: `${STREAM} ` })).toMatchObject({ state: 'incomplete', open: expect.arrayContaining(['response.hash unknown ANSWER_REWRITTEN']) });
    const broken = { ...report(), model_attestations: [report().model_attestations[0], attestation({ key: ecdsaKey(3), firstGpu: 1, quote: { debug: true }, over: { model_name: 'b' } })] };
    const read = await appraise(broken);
    expect(read.state).toBe('failed');
    expect(joined(read, MODEL, { model: 'a' }).state).toBe('limited');
    expect(joined(read, ecdsaKey(3), { model: 'b' }).state).toBe('failed');
  });
});

/** The simulated NEAR AI and RedPill as a client finds them, and good in the eyes of the product. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_FAULTS } from '../../simulator/report/faults';
import { MODELS } from '../../simulator/report/machines';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { amissIn, get, judgeOf, MODEL, NEAR, NEAR_CHAT, REDPILL } from './wire';
import type { Judge } from './wire';

let simulator: Simulator;
let judge: Judge;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); judge = judgeOf(simulator); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); simulator.setClock(0); });

const NONCE = 'a5'.repeat(32);
const json = async (url: string): Promise<Record<string, unknown>> => JSON.parse((await get(simulator, url)).body.toString()) as Record<string, unknown>;
const path = (more = ''): string => `/v1/attestation/report?model=${encodeURIComponent(MODEL)}${more}`;

/** The connection's key is bound and shown to the browser alone, so no more than this is left. */
const WAY = { 'channel.gateway': 'absent CHANNEL_NOT_BOUND' };

describe('evidence with all software known', () => {
  it('is good in every part at the gateway', async () => {
    const { checks, machines = [] } = await judge.appraise(NEAR);
    expect(amissIn(checks)).toEqual({ 'channel.gateway': 'absent CHANNEL_NOT_BOUND', 'channel.model[0]': 'absent CHANNEL_NOT_BOUND' });
    expect(machines.map(({ place, signers }) => [place, signers[0]?.binding])).toEqual([['gateway', 'sha256(address,spki)-nonce'], ['model[0]', 'sha256(address,spki)-nonce']]);
    expect(checks.find(({ id }) => id === 'gpu.binding.model[0]')).toMatchObject({ outcome: 'pass' });
    expect(checks.find(({ id }) => id === 'compose.config.model[0]')?.detail).toBe('MRCONFIGID version 1');
    expect(checks.filter(({ id }) => id.startsWith('gpu['))).not.toEqual([]);
  });

  it('names the chat service before it, which binds no key', async () => {
    expect(amissIn((await judge.appraise(NEAR_CHAT)).checks)).toMatchObject({ 'key.binding.front': 'absent SIGNER_NOT_BOUND' });
  });

  it('is one machine’s at RedPill, for every model, with keys of both kinds', async () => {
    for (const model of MODELS) {
      const { checks, signers } = await judge.appraise(REDPILL, { model });
      expect(amissIn(checks)).toEqual({ channel: 'absent CHANNEL_NOT_BOUND' });
      expect(signers).toMatchObject([{ algorithm: 'ecdsa', binding: 'sha256(address,spki)-nonce' }]);
    }
    expect((await judge.appraise(REDPILL, { algorithm: 'ed25519' })).signers).toMatchObject([{ algorithm: 'ed25519', binding: 'sha256(address,spki)-nonce' }]);
  });

  it('without reference values proves nothing of the software, and fails nowhere', async () => {
    const { checks } = await judgeOf(simulator, () => Promise.resolve([])).appraise(NEAR);
    expect(amissIn(checks)).toMatchObject({ 'software.gateway': 'weak SOFTWARE_NOT_KNOWN', 'software.model[0]': 'weak SOFTWARE_NOT_KNOWN', 'key.binding.model[0]': 'weak BOUND_BY_UNKNOWN_SOFTWARE', 'gpu.binding.model[0]': 'weak GPU_COLOCATION_NOT_PROVEN' });
    expect(checks.some(({ outcome }) => outcome === 'fail')).toBe(false);
  });
});

describe('answers, chatted by the real client', () => {
  it.each(['stream', 'json'] as const)('leave but the way there open when the model’s machine signed: %s', async (form) => {
    for (const algorithm of ['ecdsa', 'ed25519'] as const) {
      const { state, amiss, checks, shown } = await judge.ask(NEAR, form, { algorithm });
      expect({ state, amiss }).toEqual({ state: 'limited', amiss: WAY });
      expect(checks.find(({ id }) => id === 'response.hash')).toMatchObject({ outcome: 'pass', detail: 'raw' });
      expect(checks.find(({ id }) => id === 'answer.model')).toMatchObject({ outcome: 'pass' });
      expect(shown).toContain('simulator');
    }
  });

  it('are signed by the machine itself at RedPill, in two parts', async () => {
    for (const form of ['stream', 'json'] as const) expect(await judge.ask(REDPILL, form)).toMatchObject({ state: 'limited', amiss: { channel: 'absent CHANNEL_NOT_BOUND' } });
  });

  it('of /v1/responses are the gateway’s, which is known to check the model’s machine', async () => {
    const { state, amiss, checks } = await judge.ask(NEAR, 'responses');
    expect({ state, amiss }).toEqual({ state: 'limited', amiss: { channel: 'absent CHANNEL_NOT_BOUND' } });
    expect(checks.find(({ id }) => id === 'request.hash')).toMatchObject({ outcome: 'pass' });
    // Behind the chat service the request has its fields too.
    expect((await judge.ask(NEAR_CHAT, 'responses')).checks.find(({ id }) => id === 'request.hash')).toMatchObject({ outcome: 'unknown', code: 'REQUEST_HASH_MISMATCH', required: false });
  });

  it('are verified where the browser shows the connection’s key, and no better than the chat service before the gateway', async () => {
    for (const form of ['stream', 'json', 'responses'] as const) expect(await judge.ask(NEAR, form, { seen: true })).toMatchObject({ state: 'verified', amiss: {} });
    expect(await judge.ask(REDPILL, 'stream', { seen: true })).toMatchObject({ state: 'verified', amiss: {} });
    expect(await judge.ask(NEAR_CHAT, 'stream', { seen: true })).toMatchObject({ state: 'limited', amiss: { 'key.binding.front': 'absent SIGNER_NOT_BOUND' } });
  });

  it('for a model by another of its names are that model’s', async () => {
    expect(await judge.ask(NEAR, 'stream', { model: 'deepseek-v3.1' })).toMatchObject({ state: 'limited', amiss: WAY });
  });
});

describe('the API', () => {
  it('wants a login at NEAR for everything, at RedPill for chats alone', async () => {
    expect((await get(simulator, `${NEAR.api}${path(`&nonce=${NONCE}`)}`, null)).status).toBe(401);
    expect((await get(simulator, `${NEAR.api}/v1/signature/chatcmpl-1`, 'other')).status).toBe(401);
    expect((await get(simulator, `${REDPILL.api}${path(`&nonce=${NONCE}`)}`, null)).status).toBe(200);
    expect((await get(simulator, `${REDPILL.api}/v1/signature/chatcmpl-1`, null)).status).toBe(404);
    expect((await get(simulator, `${REDPILL.api}/v1/chat/completions`, null, { body: '{}' })).status).toBe(401);
  });

  it('refuses numbers of other lengths, unknown models, algorithms and machines', async () => {
    const statuses = ['&nonce=00', `&nonce=${'zz'.repeat(32)}`, '&signing_algo=rsa', `&signing_address=0x${'00'.repeat(20)}`].map(async (more) => (await get(simulator, `${NEAR.api}${path(more)}`)).status);
    expect(await Promise.all(statuses)).toEqual([400, 400, 400, 404]);
    expect((await get(simulator, `${NEAR.api}/v1/attestation/report?model=nobody`)).status).toBe(404);
    const { signing_address: address } = await json(`${REDPILL.api}${path()}`);
    expect((await get(simulator, `${REDPILL.api}${path(`&signing_address=${String(address)}`)}`)).status).toBe(200);
  });

  it('answers requests without a number from what it keeps for all of them', async () => {
    const [one, other] = [await json(`${REDPILL.api}${path()}`), await json(`${REDPILL.api}${path()}`)];
    expect(one['request_nonce']).toBe(other['request_nonce']);
    expect((await json(`${REDPILL.api}${path(`&nonce=${NONCE}`)}`))['request_nonce']).toBe(NONCE);
  });

  it('puts the address itself into report_data where the connection’s key was not asked for', async () => {
    const { intel_quote: quote, signing_address: address } = await json(`${REDPILL.api}${path(`&nonce=${NONCE}`)}`);
    expect(Buffer.from(String(quote), 'hex').subarray(568, 632).toString('hex')).toBe(`${String(address).slice(2)}${'00'.repeat(12)}${NONCE}`);
  });

  it('names the key of the connection that it is reached by, so that a browser can compare', async () => {
    const { gateway_attestation: gateway } = await json(`${NEAR.api}${path(`&nonce=${NONCE}&include_tls_fingerprint=true`)}`);
    expect(gateway).toMatchObject({ tls_cert_fingerprint: Buffer.from(simulator.spkiHash, 'base64').toString('hex') });
  });

  it('has the signature a moment after the end, the same each time, until it is dropped', async () => {
    const answer = await get(simulator, `${NEAR.api}/v1/chat/completions`, undefined, { body: JSON.stringify({ model: MODEL, messages: [] }) });
    const { id } = JSON.parse(answer.body.toString()) as { readonly id: string };
    const signature = (): ReturnType<typeof get> => get(simulator, `${NEAR.api}/v1/signature/${id}?model=${encodeURIComponent(MODEL)}&signing_algo=ecdsa`);
    expect((await signature()).status).toBe(404);
    simulator.setClock(1000);
    const first = await signature();
    const { text, signature_kind: kind } = JSON.parse(first.body.toString()) as Record<string, string>;
    expect([first.status, kind]).toEqual([200, 'provider_tee']);
    expect(text).toBe(`${MODEL}:${createHash('sha256').update(JSON.stringify({ model: MODEL, messages: [] })).digest('hex')}:${createHash('sha256').update(answer.body).digest('hex')}`);
    expect((await signature()).body).toEqual(first.body);
    simulator.setClock(21 * 60 * 1000);
    expect((await signature()).status).toBe(404);
    expect(JSON.parse((await get(simulator, `${NEAR.api}/v1/signature/nobody`)).body.toString())).toMatchObject({ error: { type: 'not_found' } });
  });

  it('serves a page for each service, with the client inside and no inline code', async () => {
    for (const { page } of [NEAR, REDPILL]) {
      const html = (await get(simulator, `${page}/`)).body.toString();
      expect(html).not.toContain('SERVICE');
      expect(html).not.toMatch(/<script>|\son\w+=/);
      expect((await get(simulator, `${page}/chat.js`)).body.length).toBeGreaterThan(50_000);
      expect((await get(simulator, `${page}/nothing`)).status).toBe(404);
    }
  });
});

it('the table of faults names every one of them, and no other', () => {
  const named = readFileSync(new URL('../../simulator/report/README.md', import.meta.url), 'utf8').match(/(?<=`)report-[a-z0-9-]+(?=`)/g) ?? [];
  expect([...new Set(named)].toSorted()).toEqual(Object.keys(REPORT_FAULTS).toSorted());
});

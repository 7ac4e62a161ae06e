/** The simulated Cube as a client finds it: paths, forms, words and headers, by rules of its own. */
import OpenAI from 'openai';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readCocosPolicy } from '../../../src/evidence/cocos/policy-read';
import { DOMAINS, domainWith } from '../../simulator/cube/domains';
import { policyText } from '../../simulator/cube/policy';
import { ACCESS_TOKEN, CUBE_HOST, SESSION_TOKEN } from '../../simulator/cube/service';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { simulatedFetch } from '../../simulator/visit';
import { ask, attest, CUBE, judge, verdict } from './wire';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

const vtpm = domainWith('snp-vtpm');
const post = (path: string, body: string, token: string | null = SESSION_TOKEN) => ask(simulator, CUBE + path, { method: 'POST', body, token });
const attestation = (fields: object, token?: string | null) => post(`/proxy/${vtpm.id}/attestation`, JSON.stringify(fields), token);
const base64 = (length: number): string => Buffer.alloc(length, 1).toString('base64');

describe('evidence of every domain', () => {
  it.each(DOMAINS.filter(({ platform }) => platform !== 'azure').map((domain) => [domain.name, domain] as const))('is verified against the domain’s own policy: %s', async (_, domain) => {
    expect(await judge(simulator, domain, await attest(simulator, domain))).toMatchObject({ state: 'verified', amiss: {} });
  });
  it('of Azure is genuine, and its key is nobody’s', async () => {
    expect((await verdict(simulator, 'azure')).amiss).toEqual({ 'ak.binding': 'fail AK_NOT_BOUND', software: 'unknown AK_NOT_BOUND' });
  });
  it('comes in the form of its platform', async () => {
    const first = async (platform: Parameters<typeof domainWith>[0]): Promise<string> => {
      const { status, headers, body } = await attest(simulator, domainWith(platform));
      expect([status, headers.get('content-type')]).toEqual([200, ['application/octet-stream']]);
      return body.subarray(0, 8).toString('hex');
    };
    expect(await first('tdx')).toBe('0400020081000000');
    // attest.Attestation: field 1 with 280 bytes of TPMT_PUBLIC; sevsnp.Attestation: field 1 with a report of version 3
    expect(await first('snp-vtpm')).toBe('0a98020001000b00');
    expect(await first('azure')).toBe('0a98020001000b00');
    expect(await first('snp')).toMatch(/^0a[0-9a-f]{4}0803/);
  });
  it.each(DOMAINS.map((domain) => [domain.name, domain] as const))('can be had as the JSON that people download: %s', async (_, domain) => {
    const [reportData, nonce] = [randomBytes(64), randomBytes(32)];
    const { status, headers, body } = await post(`/proxy/${domain.id}/attestation`, JSON.stringify({ report_data: reportData.toString('base64'), nonce: nonce.toString('base64'), to_json: true }));
    // What go-sev-guest has no message for.
    if (domain.machine?.product === 'Turin') return expect([status, body.toString()]).toEqual([400, '{"error":"attestation failed: unsupported report version"}']);
    expect([status, headers.get('content-type')]).toEqual([200, ['application/json']]);
    expect(Object.keys(JSON.parse(body.toString()) as object)[0]).toBe({ tdx: 'header', snp: 'report', 'snp-vtpm': 'akPub', azure: 'akPub' }[domain.platform]);
    expect((await judge(simulator, domain, { body, reportData, nonce })).state).toBe(domain.platform === 'azure' ? 'failed' : 'verified');
  });
  it('holds SHA3-512(report_data ‖ ak_pub) in the report', async () => {
    const { body, reportData } = await attest(simulator, vtpm);
    const akPublic = body.subarray(3, 283);
    expect(body.includes(createHash('sha3-512').update(reportData).update(akPublic).digest())).toBe(true);
  });
  it('has ASK and ARK swapped, as Cocos’s agent has them', async () => {
    const { body } = await attest(simulator, domainWith('snp'));
    const text = body.toString('latin1');
    // Subject of the root stands before that of the intermediate: the fields are 2 and 3.
    expect(text.lastIndexOf('SEV-Milan')).toBeGreaterThan(text.lastIndexOf('ARK-Milan'));
    expect(text.indexOf('kdsintf.amd.com')).toBeGreaterThan(0);
  });
});

describe('the proxy', () => {
  it('wants a token in the Authorization header, and looks at nothing else', async () => {
    expect((await attestation({}, null)).status).toBe(401);
    expect((await attestation({}, null)).body.toString()).toBe('{"error":"missing session"}');
    expect((await attestation({}, 'nonsense')).body.toString()).toBe('{"error":"invalid session"}');
    expect((await attestation({}, ACCESS_TOKEN)).status).toBe(200);
    expect((await ask(simulator, `${CUBE}/${vtpm.id}/api/v1/chat`, { method: 'POST', body: '{}', token: null })).status).toBe(401);
  });
  it('has the agent’s words for what is wrong with a request', async () => {
    const words = async (fields: object): Promise<string> => (await attestation(fields)).body.toString();
    expect(await words({ report_data: base64(65), nonce: '' })).toBe('{"error":"invalid report_data: must be base64-encoded 64 bytes"}');
    expect(await words({ report_data: 'not base64', nonce: '' })).toContain('invalid report_data');
    expect(await words({ report_data: base64(64), nonce: base64(33) })).toBe('{"error":"invalid nonce: must be base64-encoded 32 bytes"}');
    expect((await post(`/proxy/${vtpm.id}/attestation`, '')).status).toBe(400);
  });
  it('pads what is short with zeros, and takes nothing at all for zeros', async () => {
    const tdx = domainWith('tdx');
    const reportData = async (value: string): Promise<string> => (await post(`/proxy/${tdx.id}/attestation`, JSON.stringify({ report_data: value, nonce: '' }))).body.subarray(568, 632).toString('hex');
    expect(await reportData(base64(3))).toBe('010101'.padEnd(128, '0'));
    expect(await reportData('')).toBe(''.padEnd(128, '0'));
  });
  it('answers on both paths, and knows no other domain', async () => {
    const body = JSON.stringify({ report_data: base64(64), nonce: base64(32), to_json: false });
    expect((await post(`/${vtpm.id}/attestation`, body)).status).toBe(200);
    expect((await post('/proxy/00000000-0000-4000-8000-000000000000/attestation', body)).status).toBe(404);
    expect((await ask(simulator, `${CUBE}/proxy/${vtpm.id}/attestation`)).status).toBe(404);
    expect((await post('/proxy/attestation/policy', '{}')).status).toBe(404);
  });
  it.each(DOMAINS.map((domain) => [domain.name, domain] as const))('hands out a policy that the product reads: %s', async (_, domain) => {
    const { status, headers, body } = await ask(simulator, `${CUBE}/proxy/${domain.id}/attestation/policy`);
    expect([status, headers.get('content-type')]).toEqual([200, ['application/json']]);
    expect(body.toString()).toBe(policyText(domain));
    expect(readCocosPolicy(body.toString()).kind).toBe(domain.platform === 'tdx' ? 'tdx' : 'snp');
  });
  it('allows no other origin to ask', async () => {
    const { headers } = await attest(simulator, vtpm);
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('answers', () => {
  const client = (): OpenAI => new OpenAI({ apiKey: SESSION_TOKEN, baseURL: `${CUBE}/proxy/${vtpm.id}/v1`, maxRetries: 0, logLevel: 'off', fetch: simulatedFetch(simulator) });
  const asked = { model: 'llama3.2:3b', messages: [{ role: 'user' as const, content: 'Grüße 😀' }] };

  it('come through the attested proxy in one piece and as a stream, to the real client', async () => {
    const whole = await client().chat.completions.create(asked);
    expect(whole.choices[0]?.message.content).toContain('inside the simulated machine');
    let text = '';
    for await (const chunk of await client().chat.completions.create({ ...asked, stream: true })) text += chunk.choices?.[0]?.delta.content ?? '';
    expect(text).toBe(whole.choices[0]?.message.content);
    expect((await client().models.list()).data.map(({ id }) => id)).toEqual(['llama3.2:3b']);
  });
  it('come by Ollama’s own interface, a JSON text a line unless told otherwise', async () => {
    const generate = (fields: object) => post(`/proxy/${vtpm.id}/api/generate`, JSON.stringify({ model: asked.model, prompt: 'Grüße 😀', ...fields }));
    const whole = await generate({ stream: false });
    expect([whole.status, whole.headers.get('content-type'), whole.headers.get('x-attestation-type')]).toEqual([200, ['application/json'], ['aTLS', 'aTLS']]);
    const { response, done } = JSON.parse(whole.body.toString()) as { response: string; done: boolean };
    const streamed = await generate({});
    expect([streamed.status, streamed.headers.get('content-type')]).toEqual([200, ['application/x-ndjson']]);
    const lines = streamed.body.toString().split('\n').slice(0, -1).map((line) => JSON.parse(line) as { response: string; done: boolean });
    expect(lines.map((line) => line.response).join('')).toBe(response);
    expect([done, lines.findIndex((line) => line.done)]).toEqual([true, lines.length - 1]);
  });
  it('come from the retrieval service as its own events, without any attestation header', async () => {
    const { headers, body, status } = await post(`/${vtpm.id}/api/v1/chat`, JSON.stringify({ messages: asked.messages, record_ids: [] }));
    expect([status, headers.get('content-type')]).toEqual([200, ['text/event-stream; charset=utf-8']]);
    expect([...headers.keys()].filter((name) => name.startsWith('x-att'))).toEqual([]);
    const events = body.toString().trimEnd().split('\n\n').map((event) => JSON.parse(event.slice('data: '.length)) as { type: string; content?: string });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['conversation', 'token', 'citations', 'done']));
    expect(events.map(({ content }) => content ?? '').join('')).toContain('outside the simulated machine');
  });
  it('carry the proxy’s headers twice, with evidence that is genuine and nobody’s', async () => {
    const { headers } = await post(`/proxy/${vtpm.id}/v1/chat/completions`, JSON.stringify(asked));
    for (const name of ['x-attestation-type', 'x-attestation-ok', 'x-attestation-nonce', 'x-attestation-report']) {
      const [one, two, ...more] = headers.get(name) ?? [];
      expect([two, more], name).toEqual([one, []]);
    }
    expect(headers.get('x-event-type')).toEqual(['llm_request']);
    const report = JSON.parse(headers.get('x-attestation-report')?.[0] ?? '') as Record<string, string>;
    expect(Object.keys(report)).toEqual(Object.keys(report).sort());
    const { amiss } = await judge(simulator, vtpm, { body: Buffer.from(report['attestation_raw_base64'] ?? '', 'base64'), reportData: Buffer.alloc(64), nonce: Buffer.alloc(32) });
    expect(amiss).toEqual({ 'ak.binding': 'fail AK_NOT_BOUND', 'quote[0].nonce': 'fail NONCE_MISMATCH', 'quote[1].nonce': 'fail NONCE_MISMATCH', software: 'unknown NONCE_MISMATCH' });
  });
});

describe('the page', () => {
  it('is served without a login, with its script, and talks to its own origin alone', async () => {
    const page = await ask(simulator, `${CUBE}/`, { token: null });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')?.[0]).toContain("connect-src 'self'");
    const script = await ask(simulator, `${CUBE}/chat.js`, { token: null });
    expect(script.body.toString()).toContain('cube_atom_session');
    expect(script.body.toString()).toContain(vtpm.id);
    expect((await ask(simulator, `${CUBE}/chat.css`, { token: null })).status).toBe(200);
    expect((await ask(simulator, `${CUBE}/nothing`, { token: null })).status).toBe(404);
  });
  it('is among the hosts that browsers are led to', () => {
    expect(simulator.hosts).toContain(CUBE_HOST);
    expect(simulator.hostResolverRules).toContain(`MAP ${CUBE_HOST} `);
  });
});

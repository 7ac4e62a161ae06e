import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { bytesOf, visit } from '../../simulator/visit';
import { API, ask, askJson, askStream, attest, judgeJson, judgeStream, MODEL, report, shownByClient } from './oracle';

const NONCE = 'ab'.repeat(32);
let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 1 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.setPace(1); simulator.clearRequests(); });

const wait = (ms: number): Promise<void> => new Promise((done) => { setTimeout(done, ms); });

describe('the simulated io.net when all is good', () => {
  it('answers an attestation with our nonce in the quote and half of report_data empty', async () => {
    const { nonce, cpu, gpu, signing_address: address, image_digest: digest } = await report(simulator, NONCE);
    const quote = Buffer.from(cpu?.quote ?? '', 'hex');
    expect(nonce).toBe(NONCE);
    expect(quote.subarray(568, 632).toString('hex')).toBe(NONCE + '00'.repeat(32));
    expect(gpu?.nonce).toBe(NONCE);
    expect(gpu?.evidence_list).toHaveLength(8);
    expect(new Set(gpu?.evidence_list?.map((item) => item.certificate)).size).toBe(8);
    expect(Buffer.from(gpu?.evidence_list?.[0]?.evidence ?? '', 'base64').subarray(4, 36).toString('hex')).toBe(NONCE);
    expect(address).toBe(simulator.address);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
  it('wants a login for everything', async () => {
    expect((await attest(simulator, NONCE, '')).status).toBe(401);
    expect((await attest(simulator, NONCE, 'Bearer nonsense')).status).toBe(401);
    expect((await ask(simulator, `${API}/v1/models`)).status).toBe(401);
  });
  it('lists models with the id that attestation wants, and takes no other', async () => {
    const { body } = await ask(simulator, `${API}/v1/models`, { headers: { authorization: `Bearer ${simulator.login}` } });
    const { data } = JSON.parse(body) as { data: { name: string; model_id: string; supports_attestation: boolean }[] };
    expect(data.find((model) => model.name === MODEL.name)).toMatchObject({ model_id: MODEL.id, supports_attestation: true });
    const named = await ask(simulator, `${API}/v1/private/attestation`, { body: JSON.stringify({ model_id: MODEL.name, nonce: NONCE }), headers: { authorization: `Bearer ${simulator.login}` } });
    expect(named.status).toBe(404);
  });
  it('makes a nonce’s fault an error 500, as the agent does', async () => {
    const { status, body } = await attest(simulator, 'xyz');
    expect(status).toBe(500);
    expect(body).toContain('Nonce Error');
  });
  it('signs JSON answers with the attested key', async () => {
    const answer = judgeJson(await askJson(simulator));
    expect(answer).toMatchObject({ hashMatches: true, address: simulator.address.toLowerCase(), signer: simulator.address.toLowerCase() });
  });
  it('signs streams with the attested key, and the client shows the whole text', async () => {
    const answer = judgeStream(await askStream(simulator));
    expect(answer).toMatchObject({ hashMatches: true, address: simulator.address.toLowerCase(), signer: simulator.address.toLowerCase() });
    const shown = await shownByClient(simulator);
    expect(shown).toMatch(/^This answer comes from a simulator.*signs\.$/);
  });
  it('never gives the same answer twice', async () => {
    const [one, other] = [await askJson(simulator), await askJson(simulator)];
    expect(one.body).not.toBe(other.body);
  });
  it('allows its page to ask, and exposes no signature header to it', async () => {
    const preflight = await ask(simulator, `${API}/v1/private/completions`, { method: 'OPTIONS', headers: { origin: 'https://ai.io.net', 'access-control-request-headers': 'authorization,content-type,x-stainless-os' } });
    const of = (headers: typeof preflight.headers, name: string): string | undefined => headers.find(([key]) => key === name)?.[1];
    expect(preflight.status).toBe(204);
    expect(of(preflight.headers, 'access-control-allow-headers')).toContain('x-stainless-os');
    const { headers } = await askJson(simulator);
    expect(of(headers, 'access-control-allow-origin')).toBe('https://ai.io.net');
    expect(of(headers, 'access-control-expose-headers')).toBeUndefined();
    expect(of(headers, 'signature')).toMatch(/^[0-9a-f]{130}$/);
  });
  it('answers outside the enclave without a signature', async () => {
    const answer = await ask(simulator, `${API}/v1/chat/completions`, { body: JSON.stringify({ model: MODEL.name, messages: [] }), headers: { authorization: `Bearer ${simulator.login}` } });
    expect(answer.status).toBe(200);
    expect(judgeJson(answer).text).toBeUndefined();
  });
});

describe('the request log', () => {
  it('sees a client that goes away in the middle of a stream', async () => {
    simulator.setPace(50);
    const gone = new AbortController();
    const answer = await visit(simulator, `${API}/v1/private/completions`, {
      body: JSON.stringify({ model: MODEL.name, stream: true, messages: [{ role: 'user', content: 'hi' }] }), headers: { authorization: `Bearer ${simulator.login}` }, signal: gone.signal,
    });
    answer.on('error', () => gone.abort());
    answer.once('data', () => gone.abort());
    await wait(300);
    const [entry] = simulator.requestsTo('api.intelligence.io.net', '/v1/private/completions');
    expect(entry).toMatchObject({ aborted: true, cut: false, status: 200 });
    expect(entry?.closedAt).toBeDefined();
    const sent = entry?.sent;
    await wait(150);
    expect(entry?.sent).toBe(sent);
  });
  it('tells a finished answer from an aborted one, and keeps the request’s body', async () => {
    await askJson(simulator);
    const [entry] = simulator.requestsTo('api.intelligence.io.net');
    expect(entry).toMatchObject({ aborted: false, method: 'POST', status: 200 });
    expect(JSON.parse(entry?.body ?? '')).toMatchObject({ model: MODEL.name });
  });
});

describe('the proxy', () => {
  const through = (target: string): Promise<string> => new Promise((done, failed) => {
    const socket = connect(simulator.proxyPort, '127.0.0.1', () => socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`));
    socket.once('data', (bytes) => { socket.destroy(); done(bytes.toString('latin1').split('\r\n')[0] ?? ''); });
    socket.once('error', failed);
  });
  it('leads simulated hosts here and refuses all others', async () => {
    expect(await through('api.intelligence.io.net:443')).toContain('200');
    expect(await through('example.com:443')).toContain('502');
    expect(await through('ai.io.net.example.com:443')).toContain('502');
    expect(simulator.proxied.at(-1)).toEqual({ target: 'ai.io.net.example.com:443', passed: false });
  });
});

describe('the controls', () => {
  const control = async (path: string, body?: object): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }> => {
    const answer = await ask(simulator, `https://ai.io.net/__sim/${path}`, body === undefined ? {} : { body: JSON.stringify(body) });
    return { status: answer.status, json: JSON.parse(answer.body) as Record<string, unknown> };
  };
  it('switch faults by name, and refuse names they do not know', async () => {
    expect((await control('fault', { name: 'debug-td' })).json['on']).toEqual(['debug-td']);
    expect((await control('fault', { name: 'unsigned' })).json['on']).toEqual(['debug-td', 'unsigned']);
    expect((await control('fault', { name: 'debug-td', on: false })).json['on']).toEqual(['unsigned']);
    expect((await control('fault', { name: 'toString' })).status).toBe(400);
    expect((await control('reset', {})).json['on']).toEqual([]);
    expect((await control('nonsense', {})).status).toBe(404);
  });
  it('make one service good again, whichever it is, and leave the others', async () => {
    const services = [...new Set(simulator.faults.map(({ service }) => service))];
    expect(services).toContain('report');
    for (const service of services) {
      const own = simulator.faults.find((fault) => fault.service === service)?.name ?? '';
      const other = simulator.faults.find((fault) => fault.service !== service)?.name ?? '';
      await control('fault', { name: own });
      await control('fault', { name: other });
      expect([service, (await control('reset', { service })).json['on']]).toEqual([service, [other]]);
      await control('reset', {});
    }
    expect((await control('reset', { service: 'nobody' })).status).toBe(400);
  });
  it('list all faults with a line each', async () => {
    const faults = (await control('faults')).json['faults'];
    expect(faults).toEqual(simulator.faults);
    for (const fault of simulator.faults) expect(fault.says).toMatch(/^[A-Z“].{10,120}\.$/);
  });
  it('move the clock of the services', async () => {
    const issued = async (): Promise<string> => /"issueDate":"([^"]+)"/.exec((await ask(simulator, 'https://api.trustedservices.intel.com/tdx/certification/v4/qe/identity')).body)?.[1] ?? '';
    const before = await issued();
    await control('clock', { offset: 86_400_000 });
    expect(Date.parse(await issued()) - Date.parse(before)).toBeGreaterThanOrEqual(86_400_000);
    await control('clock', { offset: 0 });
  });
});

describe('closing', () => {
  it('does not wait for answers under way', async () => {
    const other = await startSimulator({ pace: 5000 });
    other.fault('attestation-hangs');
    const hanging = attest(other, NONCE).catch(() => 'gone');
    const stream = await visit(other, `${API}/v1/private/completions`, {
      body: JSON.stringify({ model: MODEL.name, stream: true, messages: [{ role: 'user', content: 'hi' }] }), headers: { authorization: `Bearer ${other.login}` },
    });
    const cut = bytesOf(stream).catch(() => 'gone');
    await other.close();
    // Had it waited, the stream would have come whole.
    expect(await Promise.all([hanging, cut])).toEqual(['gone', 'gone']);
  });
});

describe('the page', () => {
  it('comes with a strict policy and the real client inside', async () => {
    const { headers, body } = await ask(simulator, 'https://ai.io.net/');
    expect(headers.find(([name]) => name === 'content-security-policy')?.[1]).toContain("default-src 'none'");
    expect(body).toContain('<title>Simulation of ai.io.net: chat</title>');
    const script = await bytesOf(await visit(simulator, 'https://ai.io.net/chat.js'));
    expect(script.includes('Attempted to iterate over a response with no body')).toBe(true);
  });
  it('is the only site there', async () => {
    expect((await ask(simulator, 'https://ai.io.net/nothing')).status).toBe(404);
  });
});

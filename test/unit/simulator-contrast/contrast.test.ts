/** The simulated Coordinator as a client finds it: paths, words, what its evidence binds, by rules of its own and by the product. */
import { readFileSync, existsSync } from 'node:fs';
import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import OpenAI from 'openai';
import { transition } from '../../simulator/contrast/coordinator';
import { manifestText, OWN_DEPLOYMENT, policyText } from '../../simulator/contrast/deployment';
import { contrastIdKeyDigest } from '../../simulator/contrast/id-block';
import { meshOf } from '../../simulator/contrast/mesh';
import { CONTRAST_MODEL } from '../../simulator/contrast/chat';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { simulatedFetch } from '../../simulator/visit';
import { ask, attest, CONTRAST, GAPS, knows, verdict } from './wire';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const post = (body: string, headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' }, method = 'POST') => ask(simulator, `${CONTRAST}/attest`, { method, headers, body });
const text = ({ status, body }: { readonly status: number; readonly body: Uint8Array }): readonly [number, string] => [status, Buffer.from(body).toString()];

interface Document { readonly version: string; readonly raw_attestation_doc: string; readonly manifests: readonly string[]; readonly policies: readonly string[]; readonly root_ca: string; readonly mesh_ca: string }
const documentOf = (body: Uint8Array): Document => JSON.parse(Buffer.from(body).toString()) as Document;

describe('what a Coordinator answers', () => {
  it('is all that the product wants to see, and no more than it can show', async () => {
    expect(await verdict(simulator)).toMatchObject({ state: 'limited', amiss: GAPS });
    // AMD's certificates come along; its newest list is asked for all the same.
    expect(simulator.requests.map(({ host, path }) => `${host}${path}`)).toEqual(['contrast.example/attest', 'kdsintf.amd.com/vcek/v1/Genoa/crl']);
  });

  it('is worth what is known of the manifest', async () => {
    const unseen = { 'manifest.pin': 'weak SOFTWARE_NOT_KNOWN', hostdata: 'weak SOFTWARE_NOT_KNOWN', measurement: 'weak SOFTWARE_NOT_KNOWN', meshca: 'weak BOUND_BY_UNKNOWN_SOFTWARE' };
    expect(await verdict(simulator, [])).toMatchObject({ state: 'limited', amiss: { ...GAPS, ...unseen } });
    expect((await verdict(simulator, [knows(manifestText(OWN_DEPLOYMENT), 'contrast', 'approved')])).amiss['manifest.pin']).toBe('weak SOFTWARE_APPROVED');
    expect((await verdict(simulator, [knows(manifestText(OWN_DEPLOYMENT, 'former'))])).amiss['manifest.pin']).toBe('fail MANIFEST_NOT_PINNED');
  });

  it('binds nonce, manifests and authorities as they were sent, byte for byte', async () => {
    simulator.fault('contrast-history-of-two');
    const { body, nonce } = await attest(simulator);
    const { manifests, root_ca: root, mesh_ca: mesh, raw_attestation_doc: evidence } = documentOf(body);
    const [first = '', second = ''] = manifests.map((one) => Buffer.from(one, 'base64').toString());
    const chained = sha256(sha256(second), sha256(sha256(first), Buffer.alloc(32)));
    const reportData = sha256(nonce, chained, sha256(Buffer.from(root, 'base64')), sha256(Buffer.from(mesh, 'base64')));
    expect(Buffer.from(evidence, 'base64').includes(Buffer.concat([reportData, Buffer.alloc(32)]))).toBe(true);
    expect([first, second]).toEqual([manifestText(OWN_DEPLOYMENT, 'former'), manifestText(OWN_DEPLOYMENT)]);
  });

  it('names each policy by its digest', async () => {
    const { manifests, policies } = documentOf((await attest(simulator)).body);
    const named = Object.keys((JSON.parse(Buffer.from(manifests[0] ?? '', 'base64').toString()) as { Policies: object }).Policies);
    expect(policies.map((policy) => sha256(Buffer.from(policy, 'base64')).toString('hex'))).toEqual(named);
    const [coordinator, model] = OWN_DEPLOYMENT.workloads;
    if (coordinator === undefined || model === undefined) throw new Error('two workloads');
    expect(policyText(OWN_DEPLOYMENT, coordinator, 'former')).toBe(policyText(OWN_DEPLOYMENT, coordinator, 'changed'));
    expect(policyText(OWN_DEPLOYMENT, model, 'former')).not.toBe(policyText(OWN_DEPLOYMENT, model, 'current'));
  });

  it.each([
    ['no nonce', '{}', [400, '{"version":"v1.20.0","error":"decoding request"}']],
    ['a short nonce', '{"nonce":"AAAA"}', [400, '{"version":"v1.20.0","error":"invalid nonce length: got 3, expected 32"}']],
    ['no JSON', 'x', [400, '{"version":"v1.20.0","error":"decoding request"}']],
    ['too much', JSON.stringify({ nonce: 'A'.repeat(2000) }), [400, '{"version":"v1.20.0","error":"decoding request"}']],
  ])('is a sentence for %s', async (_, body, expected) => {
    expect(text(await post(body))).toEqual(expected);
  });

  it('is refused to other methods and media types', async () => {
    expect((await post('{}', {}, 'PUT')).status).toBe(405);
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('the authorities', () => {
  const deployment = meshOf('contrast');
  const { rootCa, meshCa } = deployment;
  it('sign themselves, and the mesh CA its members', () => {
    const [root, mesh] = [new X509Certificate(rootCa), new X509Certificate(meshCa)];
    expect([root.verify(root.publicKey), mesh.verify(mesh.publicKey), mesh.ca]).toEqual([true, true, true]);
    const member = new X509Certificate(deployment.issue(['secret.privatemode.ai', 'x'], Date.now()).certificate);
    expect([member.verify(mesh.publicKey), member.checkIssued(mesh), member.ca, member.checkHost('secret.privatemode.ai')]).toEqual([true, true, false, 'secret.privatemode.ai']);
  });
  it('are the same each time, and another deployment’s are others', () => {
    expect(meshOf('contrast').meshCa).toBe(meshCa);
    expect(meshOf('contrast impostor').meshCa).not.toBe(meshCa);
  });
});

const VECTORS = new URL('../../../../shared/vectors/privatemode-and-contrast/vectors/', import.meta.url);
interface Chained { readonly manifests_utf8: readonly string[]; readonly latest_transition_digest_hex: string }
interface Launched { readonly launch_digest_hex: string; readonly policy_hex: string; readonly id_key_digest_hex: string }
const textOf = (name: string): string => (existsSync(VECTORS) ? readFileSync(new URL(name, VECTORS), 'utf8') : '[]');
const chained = JSON.parse(textOf('contrast-transition.json')) as readonly Chained[];
const launched = JSON.parse(textOf('idblock.json')) as readonly Launched[];

describe.skipIf(!existsSync(VECTORS))('by values from elsewhere', () => {
  it.each(chained)('the history is chained as Contrast chains it: $manifests_utf8', ({ manifests_utf8: manifests, latest_transition_digest_hex: expected }) => {
    expect(transition(manifests).toString('hex')).toBe(expected);
  });
  it.each(launched)('the ID key follows from measurement and guest policy: $policy_hex', ({ launch_digest_hex: measurement, policy_hex: policy, id_key_digest_hex: expected }) => {
    expect(contrastIdKeyDigest(Buffer.from(measurement, 'hex'), BigInt(`0x${policy}`)).toString('hex')).toBe(expected);
  });
});

describe('the model', () => {
  const client = (): OpenAI => new OpenAI({ apiKey: 'none', baseURL: `${CONTRAST}/v1`, fetch: simulatedFetch(simulator), maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'hi' }];
  it('answers in one piece and in many', async () => {
    const whole = await client().chat.completions.create({ model: CONTRAST_MODEL, messages });
    expect(whole.choices[0]?.message.content).toContain('“hi”');
    let streamed = '';
    for await (const chunk of await client().chat.completions.create({ model: CONTRAST_MODEL, messages, stream: true })) streamed += chunk.choices[0]?.delta.content ?? '';
    expect(streamed).toBe(whole.choices[0]?.message.content);
  });
  it('is the only one', async () => {
    await expect(client().chat.completions.create({ model: 'another', messages })).rejects.toThrow(/404/);
  });
});

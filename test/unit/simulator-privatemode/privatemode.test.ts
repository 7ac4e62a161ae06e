/** The simulated Privatemode as its clients find it, by rules of its own, by others' arithmetic and by the product. */
import { createDecipheriv, createHash, createPrivateKey, createPublicKey, decapsulate, diffieHellman, verify, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { ml_kem768_x25519 as xWing } from '@noble/post-quantum/hybrid.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSecretBodies, secretIdOf } from '../../../src/evidence/contrast/secret';
import { openField, readField } from '../../../src/providers/privatemode/fields';
import { manifestText } from '../../simulator/contrast/deployment';
import { meshOf } from '../../simulator/contrast/mesh';
import { PRIVATEMODE, SECRET_SERVICE } from '../../simulator/privatemode/deployment';
import { exported } from '../../simulator/privatemode/hpke';
import { Direction, PLAIN_ANSWER, PLAIN_REQUEST } from '../../simulator/privatemode/sealing';
import type { Members } from '../../simulator/privatemode/sealing';
import { PRIVATEMODE_CDN_HOST, PRIVATEMODE_PAGE_HOST } from '../../simulator/privatemode/services';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import { ask } from '../simulator-contrast/wire';
import { agree, API, chat, GAPS, judged, KNOWN, LOGIN, post, verdict } from './wire';

let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); simulator.clearRequests(); });

const text = (body: Uint8Array): string => Buffer.from(body).toString();

describe('the deployment', () => {
  it('is all that the product wants to see, and no more than it can show', async () => {
    expect(await verdict(simulator)).toMatchObject({ state: 'limited', amiss: GAPS });
    expect(Object.keys((await verdict(simulator, [])).amiss)).toEqual(expect.arrayContaining(['manifest.pin', 'meshca', 'key.secret.cert', 'key.secret.signature']));
  });
  it('publishes its manifest, spaces and all, to whoever asks', async () => {
    const { status, body } = await ask(simulator, `https://${PRIVATEMODE_CDN_HOST}/privatemode/v2/manifest.json?t=1`);
    expect([status, text(body)]).toEqual([200, manifestText(PRIVATEMODE)]);
    expect(text(body)).not.toContain('WorkloadOwner');
    expect((await ask(simulator, `https://${PRIVATEMODE_CDN_HOST}/other`)).status).toBe(404);
  });
  it('wraps what its Coordinator answers', async () => {
    const { body } = await post(simulator, '/privatemode/v1/attest', { Nonce: Buffer.alloc(32).toString('base64') });
    const outer = JSON.parse(text(body)) as Record<string, string>;
    expect(Object.keys(outer)).toEqual(['AttestationDoc']);
    expect(JSON.parse(Buffer.from(outer['AttestationDoc'] ?? '', 'base64').toString())).toMatchObject({ version: 'v1.20.0' });
    expect((await post(simulator, '/privatemode/v1/attest', { Nonce: 'AA==' })).status).toBe(400);
  });
  it('answers nobody without a key', async () => {
    for (const path of ['/privatemode/v1/attest', '/privatemode/v1/secret', '/v1/chat/completions']) expect((await post(simulator, path, {}, {})).status, path).toBe(401);
  });
  it('lets its web chat ask', async () => {
    const answer = await ask(simulator, `${API}/v1/chat/completions`, { method: 'OPTIONS', headers: { origin: `https://${PRIVATEMODE_PAGE_HOST}`, 'access-control-request-headers': 'authorization,privatemode-version' } });
    expect(answer.status).toBe(204);
    expect(text((await ask(simulator, `https://${PRIVATEMODE_PAGE_HOST}/`)).body)).toContain('chat.js');
  });
});

describe('a key agreement', () => {
  it('is signed by the key service’s mesh key, over both halves', async () => {
    const { id, request, response } = await agree(simulator);
    const exchange = readSecretBodies(Buffer.from(request), Buffer.from(response));
    expect(id).toBe(secretIdOf(exchange.publicKey));
    const certificate = new X509Certificate(exchange.meshCert);
    expect(certificate.verify(new X509Certificate(meshOf('privatemode').meshCa).publicKey)).toBe(true);
    expect(certificate.checkHost(SECRET_SERVICE)).toBe(SECRET_SERVICE);
    const over = Buffer.concat([exchange.publicKey, exchange.encapsulatedKey]);
    expect(verify('sha256', over, certificate.publicKey, exchange.signature)).toBe(true);
    expect(verify('sha256', Buffer.concat([over, Buffer.alloc(1)]), certificate.publicKey, exchange.signature)).toBe(false);
  });

  it('is refused to what is no public key', async () => {
    for (const length of [0, 1215, 1216]) expect((await post(simulator, '/privatemode/v1/secret', { PublicKey: Buffer.alloc(length, 0xff).toString('base64') })).status).toBe(400);
  });

  it('exports what RFC 9180 exports (A.7.1), and for X-Wing something else', () => {
    const sharedSecret = Buffer.from('e81716ce8f73141d4f25ee9098efc968c91e5b8ce52ffff59d64039e82918b66', 'hex');
    const info = Buffer.from('Ode on a Grecian Urn');
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    expect(hex(exported(sharedSecret, { kem: 0x0020, info }))).toBe('7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36');
    // 0x647a in IANA's list of KEMs.
    expect(hex(exported(sharedSecret))).toBe(hex(exported(sharedSecret, { kem: 0x647a })));
    expect(hex(exported(sharedSecret, { info }))).not.toBe(hex(exported(sharedSecret)));
  });

  it('is X-Wing’s, by OpenSSL’s ML-KEM and X25519', () => {
    const { publicKey, secretKey } = xWing.keygen();
    const { cipherText, sharedSecret } = xWing.encapsulate(publicKey);
    // draft-connolly-cfrg-xwing-kem: 96 bytes out of the seed, d‖z for ML-KEM and X25519's secret.
    const seeds = createHash('shake256', { outputLength: 96 }).update(secretKey).digest();
    const kem = createPrivateKey({ key: Buffer.concat([Buffer.from('3054020100300b060960864801650304040204428040', 'hex'), seeds.subarray(0, 64)]), format: 'der', type: 'pkcs8' });
    const curve = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), seeds.subarray(64)]), format: 'der', type: 'pkcs8' });
    const [theirs, own] = [cipherText.subarray(1088), publicKey.subarray(1184)];
    const point = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), theirs]), format: 'der', type: 'spki' });
    const both = [decapsulate(kem, cipherText.subarray(0, 1088)), diffieHellman({ privateKey: curve, publicKey: point })];
    expect(createHash('sha3-256').update(Buffer.concat([...both, theirs, own, Buffer.from('\\.//^\\')])).digest('hex')).toBe(Buffer.from(sharedSecret).toString('hex'));
  });
});

describe.each([[false], [true]])('an answer (stream: %s)', (stream) => {
  it('holds in the product’s eyes, and opens with the secret alone', async () => {
    const secret = await agree(simulator);
    const chatted = await chat(simulator, secret, stream);
    expect(judged(chatted, stream)).toMatchObject({ format: 'pass', coverage: 'pass', 'request.hash': 'pass' });
    const direction = new Direction(secret, chatted.nonce, PLAIN_ANSWER);
    const objects = stream ? chatted.answer.split('\n\n').filter((event) => event !== '' && event !== 'data: [DONE]').map((event) => event.slice('data: '.length)) : [chatted.answer];
    let said = '';
    for (const one of objects) {
      const { choices } = (await direction.open(JSON.parse(one) as Members)) as { choices: readonly { readonly delta?: { readonly content?: string }; readonly message?: { readonly content: string } }[] };
      said += (choices[0]?.delta ?? choices[0]?.message)?.content ?? '';
    }
    expect(said).toContain('You wrote: “hi”');
    expect(chatted.answer).not.toContain('hi”');
    await expect(new Direction({ ...secret, data: new Uint8Array(32) }, chatted.nonce, PLAIN_ANSWER).open(JSON.parse(objects[0] ?? '') as Members)).rejects.toThrow();
  });
});

describe('a stream', () => {
  it('that the page left once its end was there is whole', async () => {
    const chatted = await chat(simulator, await agree(simulator), true);
    expect(judged({ ...chatted, cut: true }, true)).toMatchObject({ format: 'pass', coverage: 'pass' });
    expect(judged({ ...chatted, answer: chatted.answer.replace('data: [DONE]\n\n', ''), cut: true }, true)).toMatchObject({ format: 'unknown ANSWER_CUT' });
  });
});

const VECTORS = new URL('../../../../shared/vectors/privatemode-and-contrast/synthetic/encrypted-chat.json', import.meta.url);

describe('fields', () => {
  it('are read by the product’s own reader, each by its number', async () => {
    const secret = await agree(simulator);
    const sealed = await new Direction(secret, 'ab'.repeat(12), PLAIN_REQUEST).seal({ model: 'm', z: [1], B: 'x', a: null });
    expect(sealed['model']).toBe('m');
    // Upper case sorts before lower case, as bytes do.
    for (const [number, [name, value]] of Object.entries({ B: '"x"', a: 'null', z: '[1]' }).entries()) {
      const field = readField(String(sealed[name]));
      if (field === undefined) throw new Error(name);
      expect(field).toMatchObject({ secretId: secret.id, nonce: 'ab'.repeat(12) });
      expect(await openField(field, secret.data, number)).toBe(value);
    }
  });

  it.skipIf(!existsSync(VECTORS))('of recorded chats open, and their plain texts are the recorded ones', async () => {
    const recorded = JSON.parse(readFileSync(VECTORS, 'utf8')) as { secret_hex: string; secret_id: string; request_nonce_hex: string; request_body: Members; request_plain: Members; response_body: Members; response_plain: Members };
    const secret = { id: recorded.secret_id, data: Buffer.from(recorded.secret_hex, 'hex') };
    expect(await new Direction(secret, recorded.request_nonce_hex, PLAIN_REQUEST).open(recorded.request_body)).toMatchObject(recorded.request_plain);
    expect(await new Direction(secret, recorded.request_nonce_hex, PLAIN_ANSWER).open(recorded.response_body)).toMatchObject(recorded.response_plain);
  });

  it('are AES-256-GCM as OpenSSL has it', async () => {
    const secret = await agree(simulator);
    const { x } = await new Direction(secret, '00'.repeat(12), []).seal({ x: 'hello' });
    const [, nonce = '', iv = '', sealed = ''] = String(x).split(':');
    const [bytes, data] = [Buffer.from(sealed, 'hex'), Buffer.concat([Buffer.from(nonce, 'hex'), Buffer.alloc(4)])];
    const decipher = createDecipheriv('aes-256-gcm', secret.data, Buffer.from(iv, 'hex')).setAAD(data).setAuthTag(bytes.subarray(-16));
    expect(decipher.update(bytes.subarray(0, -16)).toString() + decipher.final('utf8')).toBe('"hello"');
  });
});

describe('the reference value', () => {
  it('is the published manifest’s digest', () => {
    expect(Object.values(KNOWN.values)).toEqual([[createHash('sha256').update(manifestText(PRIVATEMODE)).digest('hex')]]);
    expect(LOGIN.authorization).toMatch(/^Bearer pm-/);
  });
});

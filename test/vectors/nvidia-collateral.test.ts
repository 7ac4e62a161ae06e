/** The getters of NVIDIA's endorsements, over NVIDIA's own recorded manifests and responses made with openssl. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/checks/error';
import type { ByteStore, GetOptions, Getter } from '../../src/checks/getter';
import { nvidiaOcsp } from '../../src/collateral/nvidia-ocsp';
import { nvidiaRims } from '../../src/collateral/nvidia-rim';
import { checkGpus } from '../../src/evidence/nvidia';
import type { WantedRim } from '../../src/evidence/nvidia/rim-id';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { readPemCertificates } from '../../src/x509/certificate';
import type { Certificate } from '../../src/x509/certificate';
import { readOcspRequest } from '../../src/x509/ocsp-request';
import { P1, P2, P3, bytesOf, inputFor, textOf } from './nvidia-set';
import { vector, vectorsPresent } from './shared';

const DAY = 24 * 3_600_000;

class MemoryStore implements ByteStore {
  readonly held = new Map<string, Uint8Array>();
  get = (key: string): Promise<Uint8Array | undefined> => Promise.resolve(this.held.get(key));
  put = (key: string, value: Uint8Array): Promise<void> => Promise.resolve(void this.held.set(key, value));
}

const brokenStore: ByteStore = { get: () => Promise.reject(new Error('quota')), put: () => Promise.reject(new Error('quota')) };

/** A server: URL → status and body; anything else cannot be reached. Counts what it was asked. */
function server(answers: (url: string, options: GetOptions) => { status: number; body: Uint8Array } | undefined): { get: Getter; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    get: (url, options) => {
      asked.push(url);
      const answer = answers(url, options);
      if (answer === undefined) return Promise.reject(new CodedError('NETWORK_UNREACHABLE', new URL(url).host));
      return Promise.resolve({ ...answer, header: () => undefined });
    },
  };
}

const serviceAnswer = (id: string, file: string, change: Record<string, string> = {}): Uint8Array => {
  const rim = bytesOf(file);
  const answer = { id, rim: Buffer.from(rim).toString('base64'), sha256: createHash('sha256').update(rim).digest('hex'), last_updated: 'now', rim_format: 'TCG', request_id: 'r', ...change };
  return new Uint8Array(Buffer.from(JSON.stringify(answer)));
};

const SWITCH_ID = 'NV_SWITCH_BIOS_5612_0002_890_9610550001';
const wanted: WantedRim = { role: 'vbios', id: SWITCH_ID, product: 'LS10', edition: 'SWITCH', version: '96.10.55.00.01' };
const [NEW = ''] = P3.rims;
const OLD = 'museop/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml';

describe.skipIf(!vectorsPresent)('manifests from NVIDIA’s service', () => {
  it('are asked for by id, kept, and asked for again after a day', async () => {
    const store = new MemoryStore();
    let now = P3.now;
    const { get, asked } = server(() => ({ status: 200, body: serviceAnswer(SWITCH_ID, NEW) }));
    const source = nvidiaRims({ get, store, now: () => now }, VENDOR_ANCHORS);
    const [first, second] = await Promise.all([source(wanted), source(wanted)]);
    expect(asked).toEqual([`https://rim.attestation.nvidia.com/v1/rim/${SWITCH_ID}`]);
    expect(first.candidates[0]).toMatchObject({ id: SWITCH_ID, xml: textOf(NEW) });
    expect(second).toEqual(first);
    now += DAY - 1000;
    expect(await source(wanted)).toMatchObject({ kept: true });
    expect(asked).toHaveLength(1);
    now += 2000;
    expect((await source(wanted)).kept).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it('judge a switch from end to end', async () => {
    const { get } = server(() => ({ status: 200, body: serviceAnswer(SWITCH_ID, NEW) }));
    const rims = nvidiaRims({ get, store: new MemoryStore(), now: () => P3.now }, VENDOR_ANCHORS);
    const { checks } = await checkGpus(inputFor([P3.device()], { nonce: P3.nonce, now: P3.now, rims }));
    expect(checks.find(({ id }) => id === 'switch[0].measurements')?.outcome).toBe('pass');
  });

  it('are never replaced by an older issue', async () => {
    const store = new MemoryStore();
    let now = P3.now;
    let file = NEW;
    const { get } = server(() => ({ status: 200, body: serviceAnswer(SWITCH_ID, file) }));
    const source = nvidiaRims({ get, store, now: () => now }, VENDOR_ANCHORS);
    await source(wanted);
    file = OLD;
    now += 2 * DAY;
    expect((await source(wanted)).candidates[0]).toMatchObject({ xml: textOf(NEW) });
    now = Date.parse('2028-01-01T00:00:00Z');
    expect(await source(wanted)).toEqual({ candidates: [], problem: { code: 'COLLATERAL_ROLLED_BACK', detail: expect.stringContaining(SWITCH_ID) } });
  });

  it('serve from the store while the service is silent, with the reason once they are out of date', async () => {
    const store = new MemoryStore();
    let now = P3.now;
    let up = true;
    const { get } = server(() => (up ? { status: 200, body: serviceAnswer(SWITCH_ID, NEW) } : undefined));
    const source = nvidiaRims({ get, store, now: () => now }, VENDOR_ANCHORS);
    await source(wanted);
    up = false;
    now += 30 * DAY;
    expect(await source(wanted)).toEqual({ candidates: [expect.objectContaining({ id: SWITCH_ID })] });
    now = Date.parse('2028-01-01T00:00:00Z');
    expect(await source(wanted)).toMatchObject({ candidates: [{ id: SWITCH_ID }], problem: { code: 'COLLATERAL_UNREACHABLE' } });
    const { checks } = await checkGpus(inputFor([P3.device()], { now, rims: source }));
    expect(checks.find(({ id }) => id === 'switch[0].rim.vbios')).toMatchObject({ outcome: 'unknown', code: 'RIM_SIGNER_EXPIRED', detail: expect.stringContaining('not renewed') });
  });

  it.each([
    ['nobody', undefined, 'COLLATERAL_UNREACHABLE'],
    ['404', { status: 404, body: new Uint8Array() }, 'RIM_NOT_FOUND'],
    ['403', { status: 403, body: new Uint8Array() }, 'COLLATERAL_UNREACHABLE'],
    ['429', { status: 429, body: new Uint8Array() }, 'RATE_LIMITED'],
    ['noise', { status: 200, body: new Uint8Array(1000).fill(7) }, 'RIM_PARSE'],
  ] as const)('are open, not wrong, when the service says %s', async (_name, answer, code) => {
    const store = new MemoryStore();
    const { get } = server(() => answer);
    expect(await nvidiaRims({ get, store, now: () => P3.now }, VENDOR_ANCHORS)(wanted)).toMatchObject({ candidates: [], problem: { code } });
    expect(store.held.size).toBe(0);
  });

  it.each([
    ['another name', () => serviceAnswer('NV_SWITCH_BIOS_OTHER', NEW), 'RIM_ID'],
    ['another format', () => serviceAnswer(SWITCH_ID, NEW, { rim_format: 'CORIM' }), 'RIM_PARSE'],
    ['another digest', () => serviceAnswer(SWITCH_ID, NEW, { sha256: '00'.repeat(32) }), 'RIM_DIGEST'],
    ['an altered document', () => serviceAnswer(SWITCH_ID, 'attestation-sdk/rims/sample_rims/NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml'), 'RIM_DIGEST'],
    ['a debug document', () => serviceAnswer(SWITCH_ID, 'attestation-sdk/rims/incorrect_cert_chain_driver_rim.xml'), 'RIM_ROOT_UNTRUSTED'],
  ] as const)('are not kept under %s', async (_name, body, code) => {
    const store = new MemoryStore();
    const { get } = server(() => ({ status: 200, body: body() }));
    expect(await nvidiaRims({ get, store, now: () => P3.now }, VENDOR_ANCHORS)(wanted)).toMatchObject({ candidates: [], problem: { code } });
    expect(store.held.size).toBe(0);
  });

  it('are fetched again when a kept one does not match: NVIDIA issues them anew with other values', async () => {
    const store = new MemoryStore();
    let now = P2.now;
    const issues: Record<string, string> = { NV_GPU_DRIVER_GH100_545: P2.rims[0] ?? '', NV_GPU_VBIOS: 'nvtrust/samples/1010_0200_882_96005E0001_PROD.swidtag' };
    const { get, asked } = server((url) => {
      const id = url.slice(url.lastIndexOf('/') + 1);
      const file = Object.entries(issues).find(([start]) => id.startsWith(start))?.[1] ?? '';
      return { status: 200, body: serviceAnswer(id, file) };
    });
    const rims = nvidiaRims({ get, store, now: () => now }, VENDOR_ANCHORS);
    const judge = async (): Promise<string | undefined> => (await checkGpus(inputFor([P2.device()], { now, rims }))).checks.find(({ id }) => id === 'gpu[0].measurements')?.outcome;
    expect(await judge()).toBe('fail');
    expect(asked).toHaveLength(2);
    issues['NV_GPU_VBIOS'] = P2.rims[1] ?? '';
    expect(await judge()).toBe('fail');
    expect(asked).toHaveLength(2);
    now += 3_600_001;
    expect(await judge()).toBe('pass');
    expect(asked).toHaveLength(4);
  });

  it('survive a store that fails', async () => {
    const { get } = server(() => ({ status: 200, body: serviceAnswer(SWITCH_ID, NEW) }));
    const answer = await nvidiaRims({ get, store: brokenStore, now: () => P3.now }, VENDOR_ANCHORS)(wanted);
    expect(answer).toMatchObject({ candidates: [{ id: SWITCH_ID }], problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'the local store: quota' } });
  });

  it('distrust what the store holds', async () => {
    const store = new MemoryStore();
    store.held.set(`nvidia-rim/${SWITCH_ID}`, serviceAnswer(SWITCH_ID, 'attestation-sdk/rims/sample_rims/NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml'));
    store.held.set(`nvidia-rim/${SWITCH_ID}/asked`, new Uint8Array(Buffer.from(`${P3.now}`)));
    const { get, asked } = server(() => ({ status: 200, body: serviceAnswer(SWITCH_ID, NEW) }));
    expect((await nvidiaRims({ get, store, now: () => P3.now }, VENDOR_ANCHORS)(wanted)).candidates).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });
});

const ocspFile = (name: string): Uint8Array => new Uint8Array(readFileSync(vector(`nvidia-gpu/synthetic-ocsp/${name}`)));
const ocspCertificate = (name: string): Certificate => readPemCertificates(readFileSync(vector(`nvidia-gpu/synthetic-ocsp/${name}.pem`), 'utf8'))[0] ?? expect.fail(name);

describe.skipIf(!vectorsPresent)('answers of NVIDIA’s responder', () => {
  const now = Date.parse('2027-01-01T00:00:00Z');
  const nonceOf = (name: string): Uint8Array => readOcspRequest(ocspFile(`${name}.req.der`)).nonce ?? new Uint8Array();

  it('are asked for with a nonce, kept, and used until their end', async () => {
    const store = new MemoryStore();
    const bodies: (string | Uint8Array | undefined)[] = [];
    const { get, asked } = server((_url, { method, body }) => {
      bodies.push(method, body);
      return { status: 200, body: ocspFile('good.resp.der') };
    });
    const source = nvidiaOcsp({ get, store, now: () => now, random: () => nonceOf('good') });
    const ask = () => source(ocspCertificate('brom'), ocspCertificate('ica'));
    expect(await ask()).toEqual({ candidates: [{ der: ocspFile('good.resp.der'), nonce: nonceOf('good') }] });
    expect(asked).toEqual(['https://ocsp.ndis.nvidia.com/']);
    expect(bodies).toEqual(['POST', ocspFile('good.req.der')]);
    expect(await ask()).toEqual({ candidates: [{ der: ocspFile('good.resp.der') }] });
    expect(asked).toHaveLength(1);
  });

  it('of yesterday do not pass for one of now', async () => {
    const { get } = server(() => ({ status: 200, body: ocspFile('good.resp.der') }));
    const store = new MemoryStore();
    const source = nvidiaOcsp({ get, store, now: () => now, random: (length) => new Uint8Array(length) });
    expect(await source(ocspCertificate('brom'), ocspCertificate('ica'))).toMatchObject({ candidates: [], problem: { code: 'OCSP_NONCE' } });
    expect(store.held.size).toBe(0);
  });

  it('say revoked for good, and hold until asked again', async () => {
    const store = new MemoryStore();
    let name = 'revoked';
    let up = true;
    const { get, asked } = server(() => (up ? { status: 200, body: ocspFile(`${name}.resp.der`) } : undefined));
    const source = nvidiaOcsp({ get, store, now: () => now, random: () => nonceOf(name) });
    await source(ocspCertificate('brom2'), ocspCertificate('ica'));
    up = false;
    expect(await source(ocspCertificate('brom2'), ocspCertificate('ica'))).toEqual({ candidates: [{ der: ocspFile('revoked.resp.der') }] });
    expect(asked).toHaveLength(1);
    up = true;
    name = 'hold';
    await source(ocspCertificate('brom3'), ocspCertificate('ica'));
    up = false;
    expect(await source(ocspCertificate('brom3'), ocspCertificate('ica'))).toMatchObject({ candidates: [{ der: ocspFile('hold.resp.der') }], problem: { code: 'COLLATERAL_UNREACHABLE' } });
    expect(asked).toHaveLength(3);
  });

  it('stay open when nobody answers, and nobody is asked twenty times', async () => {
    const { get, asked } = server(() => undefined);
    const source = nvidiaOcsp({ get, store: new MemoryStore(), now: () => now, random: (length) => new Uint8Array(length) });
    expect(await source(ocspCertificate('brom'), ocspCertificate('ica'))).toMatchObject({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE' } });
    expect(await source(ocspCertificate('brom2'), ocspCertificate('ica'))).toMatchObject({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE' } });
    expect(asked).toHaveLength(1);
  });

  it('leave revocation open over real evidence', async () => {
    const { get } = server(() => ({ status: 200, body: ocspFile('unauthorized.resp.der') }));
    const ocsp = nvidiaOcsp({ get, store: brokenStore, now: () => P1.now, random: (length) => new Uint8Array(length) });
    const { checks, facts } = await checkGpus(inputFor([P1.device()], { now: P1.now, ocsp }));
    expect(checks.find(({ id }) => id === 'gpu[0].revocation')).toMatchObject({ outcome: 'unknown', required: true, code: 'OCSP_STATUS' });
    expect(facts.devices[0]?.ocsp.map(({ status }) => status)).toEqual(['not-checked', 'not-checked', 'not-checked']);
  });
});

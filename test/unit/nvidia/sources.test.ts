/** Sources over NVIDIA's services, made anew for each judgement as the background makes them: what they share is the store. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import type { Getter } from '../../../src/checks/getter';
import { nvidiaOcsp } from '../../../src/collateral/nvidia-ocsp';
import { nvidiaRims } from '../../../src/collateral/nvidia-rim';
import type { WantedRim } from '../../../src/evidence/nvidia/rim-id';
import { readCertificate } from '../../../src/x509/certificate';
import { readOcspRequest } from '../../../src/x509/ocsp-request';
import { answer, MemoryStore } from '../collateral/fake-intel';
import { NOW, VBIOS_GOLDEN } from './lab';
import { deviceRoot, makeDevice, provisioner, VBIOS } from './lab/device';
import { makeRim, RIM_ANCHOR } from './lab/manifest';
import { respond } from './lab/responder';

const SECOND = 1000;
const DAY = 86_400_000;
const wanted: WantedRim = { role: 'vbios', id: 'NV_GPU_VBIOS_LAB1_0100_777_9900110001', product: 'GH100', edition: 'GPU', version: VBIOS };
const document = Buffer.from(makeRim({ product: 'GH100', version: VBIOS, golden: VBIOS_GOLDEN }).xml);
const service = Buffer.from(JSON.stringify({ id: wanted.id, rim: document.toString('base64'), sha256: createHash('sha256').update(document).digest('hex'), rim_format: 'TCG' }));

let store: MemoryStore;
let asked: number;
let state: 'fine' | 'silent' | number;
beforeEach(() => {
  store = new MemoryStore();
  asked = 0;
  state = 'fine';
});

const getter = (body: (request: Uint8Array) => Uint8Array): Getter => async (url, options) => {
  asked += 1;
  await Promise.resolve();
  if (state === 'silent') throw new CodedError('REQUEST_TIMEOUT', new URL(url).host);
  const good = answer(body(options.body instanceof Uint8Array ? options.body : new Uint8Array()));
  return typeof state === 'number' ? { ...good, status: state } : good;
};

describe('manifests', () => {
  const ask = (now: number, anchors = [RIM_ANCHOR]) => nvidiaRims({ get: getter(() => service), store, now: () => now }, anchors)(wanted);

  it('two judgements at once ask once', async () => {
    const [one, two] = await Promise.all([ask(NOW), ask(NOW)]);
    expect([one.candidates.length, two.candidates.length, asked]).toEqual([1, 1, 1]);
  });

  it('silence is not waited for again for half a minute, and its reason is told each time', async () => {
    state = 'silent';
    for (const after of [0, 1, 29]) expect(await ask(NOW + after * SECOND)).toMatchObject({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE' } });
    expect(asked).toBe(1);
    state = 'fine';
    expect((await ask(NOW + 31 * SECOND)).candidates).toHaveLength(1);
  });

  it('an unknown manifest is not asked for again for ten minutes', async () => {
    state = 404;
    for (const after of [0, 31, 599]) expect(await ask(NOW + after * SECOND)).toMatchObject({ problem: { code: 'RIM_NOT_FOUND' } });
    expect(asked).toBe(1);
    await ask(NOW + 601 * SECOND);
    expect(asked).toBe(2);
  });

  it('one that holds is handed out while it cannot be renewed, without waiting each time', async () => {
    await ask(NOW);
    state = 'silent';
    for (const after of [0, 31, 599]) expect((await ask(NOW + DAY + after * SECOND)).candidates).toHaveLength(1);
    expect(asked).toBe(2);
    state = 'fine';
    await ask(NOW + DAY + 601 * SECOND);
    expect(asked).toBe(3);
  });

  it('a refusal under other anchors says nothing here', async () => {
    expect((await ask(NOW, [])).problem?.code).toBe('RIM_ROOT_UNTRUSTED');
    expect((await ask(NOW)).candidates).toHaveLength(1);
  });
});

describe('OCSP', () => {
  const device = makeDevice();
  const [, identity] = device.chain;
  const respondTo = (request: Uint8Array): Uint8Array => {
    const { nonce } = readOcspRequest(request);
    return respond({ about: identity ?? deviceRoot, issuer: provisioner, thisUpdate: NOW - SECOND, nextUpdate: NOW + DAY, ...(nonce === undefined ? {} : { nonce }) });
  };
  const ask = (now: number) => nvidiaOcsp({ get: getter(respondTo), store, now: () => now, random: (length) => new Uint8Array(length).fill(7) })(readCertificate((identity ?? deviceRoot).der), readCertificate(provisioner.der));

  it('two judgements at once ask once, and a good answer serves until its end', async () => {
    const [one, two] = await Promise.all([ask(NOW), ask(NOW)]);
    expect([one.candidates.length, two.candidates.length]).toEqual([1, 1]);
    expect((await ask(NOW + DAY - SECOND)).candidates).toHaveLength(1);
    expect(asked).toBe(1);
  });

  it('silence is not waited for again for half a minute', async () => {
    state = 'silent';
    for (const after of [0, 1, 29]) expect(await ask(NOW + after * SECOND)).toMatchObject({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE' } });
    expect(asked).toBe(1);
    state = 'fine';
    expect((await ask(NOW + 31 * SECOND)).candidates).toHaveLength(1);
  });

  it('a revocation for good is never asked about again, though its responder has run out: a later good answer would hide it', async () => {
    const until = new Date(NOW + 30 * DAY).toISOString();
    const revoke = (request: Uint8Array): Uint8Array => {
      const { nonce } = readOcspRequest(request);
      return respond({ about: identity ?? deviceRoot, issuer: provisioner, status: { reason: 1 }, thisUpdate: NOW - SECOND, nextUpdate: NOW + DAY, responder: { until }, ...(nonce === undefined ? {} : { nonce }) });
    };
    const source = (now: number, body: (request: Uint8Array) => Uint8Array) => nvidiaOcsp({ get: getter(body), store, now: () => now, random: (length) => new Uint8Array(length).fill(7) })(readCertificate((identity ?? deviceRoot).der), readCertificate(provisioner.der));
    const first = await source(NOW, revoke);
    const later = await source(NOW + 60 * DAY, respondTo);
    expect([asked, later.candidates.map(({ der }) => der)]).toEqual([1, first.candidates.map(({ der }) => der)]);
  });
});

/** Hostile input with a fixed seed: only coded findings, no crash, no hang, and never a pass that was not earned. */
import { describe, expect, it } from 'vitest';
import { asCoded } from '../../../src/checks/error';
import { checkGpus, readEvidenceJson, readTranscriptFile } from '../../../src/evidence/nvidia';
import { readRim } from '../../../src/evidence/nvidia/rim';
import { ocspShelf, rimShelf } from '../../../src/evidence/nvidia/shelves';
import { readRimFile } from '../../../src/evidence/nvidia/rim-service';
import { stateOf } from '../../../src/verdict/state';
import { readOcspRequest } from '../../../src/x509/ocsp-request';
import { readOcspResponse } from '../../../src/x509/ocsp-response';
import { seeded } from '../encoding/random';
import { DRIVER_GOLDEN, MEASURED, NONCE, NOW, goodRims, input, report } from './lab';
import { chainPem } from './lab/certificates';
import { DRIVER, evidenceOf, makeDevice, transcriptOf } from './lab/device';
import { makeRim } from './lab/manifest';
import { respond } from './lab/responder';

const ROUNDS = 500;
const gpu = makeDevice();

/** One to four random edits: flipped bits, cut, doubled or inserted pieces, runs of one byte. */
function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  let out = Buffer.from(bytes);
  for (let edits = 1 + random(4); edits > 0 && out.length > 0; edits -= 1) {
    const at = random(out.length);
    const length = 1 + random(Math.min(64, out.length - at));
    const kind = random(6);
    if (kind === 0) out[at] = (out[at] ?? 0) ^ (1 << random(8));
    else if (kind === 1) out = out.subarray(0, at);
    else if (kind === 2) out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
    else if (kind === 3) out = Buffer.concat([out.subarray(0, at), Buffer.alloc(length, random(256)), out.subarray(at)]);
    else if (kind === 4) out.fill(random(256), at, at + length);
    else out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
  }
  return new Uint8Array(out);
}

function coded(run: () => unknown): string {
  try {
    run();
    return 'read';
  } catch (error) {
    return asCoded(error).code;
  }
}

describe('hostile input', () => {
  it('reports', async () => {
    const random = seeded(0x6b70);
    const good = report(gpu);
    const rims = rimShelf(goodRims());
    for (let i = 0; i < ROUNDS; i += 1) {
      const transcript = mutate(good.transcript, random);
      if (Buffer.from(transcript).subarray(0, good.transcript.length).equals(good.transcript)) continue;
      const { checks } = await checkGpus(input([{ ...good, transcript }], { rims }));
      expect(stateOf(checks), `round ${i}`).toBe('failed');
    }
  });

  it('reports that are signed and nonsense: fields of any kind under a good signature', async () => {
    const random = seeded(0x0fa9);
    const rims = rimShelf(goodRims());
    for (let i = 0; i < 150; i += 1) {
      const types = [3, 6, 11, 15, 17, 18, 20, 21, 22, 34, 35, 36];
      const fields = Object.fromEntries(Array.from({ length: 1 + random(4) }, () => [types[random(types.length)] ?? 0, random(5) === 0 ? undefined : Buffer.from(Array.from({ length: random(70) }, () => random(256)))]));
      const evidence = evidenceOf(gpu, { nonce: NONCE, measurements: MEASURED, blocks: 1 + random(255), fields });
      const { checks } = await checkGpus(input([evidence, evidence], { rims }));
      expect(checks.length).toBeGreaterThan(0);
      expect(stateOf(checks)).toBe('failed'); // a device twice, at the least
    }
  });

  it('switches that are signed and nonsense', async () => {
    const random = seeded(0x51c7);
    const ppcie = report(gpu, { fields: { 21: Buffer.from([0xaa]), 22: Buffer.alloc(16, 1) } });
    const nvswitch = makeDevice({ chip: 'LS_10' });
    for (let i = 0; i < 60; i += 1) {
      const bytes = (): Buffer => Buffer.from(Array.from({ length: random(150) }, () => random(3)));
      const { checks } = await checkGpus(input([ppcie, report(nvswitch, { fields: { 22: bytes(), 26: bytes(), 6: random(2) === 0 ? bytes() : Buffer.from('1.2') } })]));
      expect(checks.find(({ id }) => id === 'list.switches')?.outcome).toBe('fail');
    }
  });

  it('certificates', async () => {
    const random = seeded(0xce57);
    const good = report(gpu);
    const pem = new Uint8Array(Buffer.from(chainPem(gpu.chain)));
    for (let i = 0; i < 600; i += 1) {
      const certificates = Buffer.from(mutate(pem, random)).toString('latin1');
      if (certificates.trim() === Buffer.from(pem).toString().trim()) continue;
      const { checks } = await checkGpus(input([{ ...good, certificates }]));
      const chain = checks.find(({ id }) => id.endsWith('.chain'));
      // White space alone may have been touched: then the certificates are the same.
      if (certificates.replace(/\s+/g, '') !== Buffer.from(pem).toString().replace(/\s+/g, '')) expect(chain?.outcome, `round ${i}`).toBe('fail');
    }
  });

  it('evidence JSON', () => {
    const random = seeded(0x1509);
    const text = new Uint8Array(Buffer.from(JSON.stringify({ nonce: 'x', arch: 'HOPPER', evidence_list: [{ certificate: Buffer.from(chainPem(gpu.chain)).toString('base64'), evidence: Buffer.from(transcriptOf(gpu, { nonce: NONCE })).toString('base64') }] })));
    for (let i = 0; i < ROUNDS; i += 1) {
      const bytes = mutate(text, random);
      expect(coded(() => readEvidenceJson(Buffer.from(bytes).toString('latin1')))).toMatch(/^(read|GPU_EVIDENCE_PARSE)$/);
      expect(coded(() => readTranscriptFile(bytes))).toBe('read');
    }
  });

  it('manifests', () => {
    const random = seeded(0x51d7);
    const xml = new Uint8Array(Buffer.from(makeRim({ version: DRIVER, golden: DRIVER_GOLDEN }).xml));
    for (let i = 0; i < ROUNDS; i += 1) {
      const bytes = mutate(xml, random);
      expect(coded(() => readRim(Buffer.from(bytes).toString('latin1')))).toMatch(/^(read|RIM_PARSE)$/);
    }
    for (let i = 0; i < 300; i += 1) expect(coded(() => readRimFile(mutate(xml, random), 'x'))).toBe('read');
  });

  it('manifests beside good evidence', async () => {
    const random = seeded(0x77aa);
    const [driver, vbios] = goodRims();
    if (driver === undefined || vbios === undefined) throw new Error('rims');
    for (let i = 0; i < 200; i += 1) {
      const bytes = mutate(driver.bytes, random);
      const { checks } = await checkGpus(input([report(gpu)], { rims: rimShelf([{ ...driver, bytes }, vbios]) }));
      const same = coded(() => readRim(Buffer.from(bytes).toString('latin1'))) === 'read';
      if (!same) expect(checks.find(({ id }) => id === 'gpu[0].rim.driver')).toMatchObject({ outcome: 'fail', code: 'RIM_PARSE' });
      expect(checks.find(({ id }) => id === 'gpu[0].measurements')?.outcome === 'pass' && checks.find(({ id }) => id === 'gpu[0].rim.driver')?.outcome !== 'pass').toBe(false);
    }
  });

  it('OCSP responses and requests', async () => {
    const random = seeded(0x0c59);
    const [, about, issuer] = gpu.chain;
    if (about === undefined || issuer === undefined) throw new Error('chain');
    const der = respond({ about, issuer, thisUpdate: NOW - 1000, nextUpdate: NOW + 1_000_000, nonce: NONCE });
    for (let i = 0; i < ROUNDS; i += 1) {
      expect(coded(() => readOcspResponse(mutate(der, random)))).toMatch(/^(read|OCSP_PARSE|OCSP_STATUS)$/);
      expect(coded(() => readOcspRequest(mutate(der, random)))).toMatch(/^(read|OCSP_PARSE)$/);
    }
    for (let i = 0; i < 200; i += 1) {
      const ocsp = ocspShelf([{ name: 'a.resp.der', bytes: mutate(der, random) }]);
      const { checks } = await checkGpus(input([report(gpu)], { ocsp }));
      expect(checks.find(({ id }) => id === 'gpu[0].revocation')?.outcome).toMatch(/^(fail|unknown)$/);
    }
  });
});

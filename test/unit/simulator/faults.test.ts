import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../../simulator/faults';
import type { FaultName } from '../../simulator/faults';
import { SMUGGLED } from '../../simulator/ionet/stream';
import { startSimulator } from '../../simulator/server';
import type { Simulator } from '../../simulator/server';
import type { TdxCollateral } from '../../simulator/tdx/collateral';
import { visit } from '../../simulator/visit';
import { flaws, GPU_FLAWS, isGpuFault, judgeAgent } from './gpus';
import type { GpuFault } from './gpus';
import { API, ask, askJson, askStream, attest, judgeJson, judgeStream, MODEL, report, shownByClient } from './oracle';
import type { Answer, Judged } from './oracle';
import { peerVerify } from './peer';
import type { PeerVerdict } from './peer';

const NONCE = 'cd'.repeat(32);
let simulator: Simulator;
beforeAll(async () => { simulator = await startSimulator({ pace: 0 }); });
afterAll(async () => { await simulator.close(); });
afterEach(() => { simulator.reset(); });

const PCS = 'https://api.trustedservices.intel.com';
const header = (answer: Answer, name: string): string | undefined => answer.headers.find(([key]) => key === name)?.[1];
const chain = (answer: Answer, name: string): string => decodeURIComponent(header(answer, name) ?? '');

/** Everything a verifier fetches from Intel, by the wire alone. */
async function collateral(): Promise<TdxCollateral> {
  const [info, identity, pckCrl] = await Promise.all([
    ask(simulator, `${PCS}/tdx/certification/v4/tcb?fmspc=90C06F000000`), ask(simulator, `${PCS}/tdx/certification/v4/qe/identity`), ask(simulator, `${PCS}/sgx/certification/v4/pckcrl?ca=platform`),
  ]);
  const der = (pem: string): string => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64').toString('hex');
  const part = (answer: Answer, key: string): readonly [string, string] => {
    const match = new RegExp(`^\\{"${key}":(.*),"signature":"([0-9a-f]{128})"\\}$`).exec(answer.body);
    return [match?.[1] ?? '', match?.[2] ?? ''];
  };
  const [infoText, infoSignature] = part(info, 'tcbInfo');
  const [identityText, identitySignature] = part(identity, 'enclaveIdentity');
  return {
    pck_crl_issuer_chain: chain(pckCrl, 'sgx-pck-crl-issuer-chain'), pck_crl: der(pckCrl.body), root_ca_crl: '3000',
    tcb_info_issuer_chain: chain(info, 'tcb-info-issuer-chain'), tcb_info: infoText, tcb_info_signature: infoSignature,
    qe_identity_issuer_chain: chain(identity, 'sgx-enclave-identity-issuer-chain'), qe_identity: identityText, qe_identity_signature: identitySignature,
  };
}

const quote = async (): Promise<Buffer> => Buffer.from((await report(simulator, NONCE)).cpu?.quote ?? '', 'hex');
const verdict = async (): Promise<PeerVerdict> => peerVerify(await quote(), await collateral(), Date.now());
const reportData = async (): Promise<string> => {
  const bytes = await quote();
  return (bytes[0] === 4 ? bytes.subarray(568, 632) : bytes.subarray(574, 638)).toString('hex');
};
const status = async (): Promise<number> => (await attest(simulator, NONCE)).status;
const own = (): string => simulator.address.toLowerCase();

/** A whole and rightly signed answer of the attested key. */
const good = (judged: Judged): void => expect(judged).toMatchObject({ hashMatches: true, address: own(), signer: own() });
const bothGood = async (): Promise<void> => {
  good(judgeJson(await askJson(simulator)));
  good(judgeStream(await askStream(simulator)));
};
/** The agent's rule alone finds nothing wrong; the marker says what gives the bytes away. */
const smuggled = (marker: RegExp, shown: boolean) => async (): Promise<void> => {
  const answer = await askStream(simulator);
  good(judgeStream(answer));
  expect(answer.body).toMatch(marker);
  expect((await shownByClient(simulator)).includes(SMUGGLED)).toBe(shown);
};
const forged = String.raw`\{"id":"chatcmpl-forged"`;

/** Faults of the services and machines that Cube's own tests prove. */
type CubeFault = Extract<FaultName, `cube-${string}` | `kds-${string}`>;
const isCubeFault = (name: FaultName): name is CubeFault => /^(cube|kds)-/.test(name);
/** Those that ../simulator-report proves. */
type ReportFault = Extract<FaultName, `report-${string}` | `aci-${string}` | `venice-${string}`>;
const isReportFault = (name: FaultName): name is ReportFault => /^(report|aci|venice)-/.test(name);
/** Those that ../simulator-contrast and ../simulator-privatemode prove. */
type ContrastFault = Extract<FaultName, `contrast-${string}` | `privatemode-${string}`>;
const isContrastFault = (name: FaultName): name is ContrastFault => /^(contrast|privatemode)-/.test(name);

/** One proof per fault; a fault without one does not compile. Those of GPUs stand in gpus.ts. */
const PROOFS: Readonly<Record<Exclude<FaultName, GpuFault | CubeFault | ReportFault | ContrastFault>, () => Promise<void>>> = {
  'nonce-of-another-request': async () => {
    expect((await report(simulator, NONCE)).nonce).toBe(NONCE);
    expect(await reportData()).not.toContain(NONCE);
    expect((await verdict()).status).toBe('UpToDate');
  },
  'quote-tampered': () => expect(verdict()).rejects.toThrow(/signature/),
  'debug-td': () => expect(verdict()).rejects.toThrow(/[Dd]ebug/),
  'tcb-out-of-date': async () => expect(await verdict()).toMatchObject({ status: 'OutOfDate' }),
  'pck-revoked': () => expect(verdict()).rejects.toThrow(/revoked/),
  'service-td': () => expect(verdict()).rejects.toThrow(/service/i),
  'quote-v5': async () => {
    expect((await quote()).readUInt16LE(0)).toBe(5);
    expect(await verdict()).toMatchObject({ status: 'UpToDate' });
  },
  'quote-padded': async () => {
    const bytes = await quote();
    expect(bytes.length - 636 - bytes.readUInt32LE(632)).toBe(70);
    expect(await verdict()).toMatchObject({ status: 'UpToDate' });
  },
  'address-bound': async () => expect(await reportData()).toBe(`${own().slice(2)}${'00'.repeat(12)}${NONCE}`),
  'tdx-error-in-200': async () => expect((await report(simulator, NONCE)).cpu?.quote).toMatch(/^Error: TDX/),
  'gpu-error-in-200': async () => expect((await report(simulator, NONCE)).gpu?.error).toBeDefined(),
  'no-cpu-field': async () => expect(await report(simulator, NONCE)).not.toHaveProperty('cpu'),
  'no-gpu-field': async () => expect(await report(simulator, NONCE)).not.toHaveProperty('gpu'),
  'attestation-truncated': async () => {
    const { body, status: code } = await attest(simulator, NONCE);
    expect(code).toBe(200);
    expect(() => JSON.parse(body)).toThrow(SyntaxError);
  },
  'attestation-malformed': async () => expect((await attest(simulator, NONCE)).body).toMatch(/^<!doctype/),
  'attestation-huge': async () => expect((await attest(simulator, NONCE)).body.length).toBeGreaterThan(32 * 1024 * 1024),
  'attestation-redirect': async () => expect(header(await attest(simulator, NONCE), 'location')).toBe('/v1/private/attestation/moved'),
  'unauthorized-401': async () => expect(await status()).toBe(401),
  'rate-limit-429': async () => expect(header(await attest(simulator, NONCE), 'retry-after')).toBe('30'),
  'server-500': async () => expect(await status()).toBe(500),
  slow: async () => {
    const started = Date.now();
    expect(await status()).toBe(200);
    expect(Date.now() - started).toBeGreaterThanOrEqual(2990);
  },
  'attestation-hangs': async () => {
    const won = await Promise.race([status(), new Promise((done) => { setTimeout(done, 400, 'nothing came'); })]);
    expect(won).toBe('nothing came');
  },
  'image-digest-differs': async () => {
    simulator.reset();
    const { image_digest: usual } = await report(simulator, NONCE);
    simulator.fault('image-digest-differs');
    const { image_digest: other } = await report(simulator, NONCE);
    expect(other).toMatch(/^sha256:/);
    expect(other).not.toBe(usual);
    expect(judgeJson(await askJson(simulator)).imageDigest).toBe(other);
    expect(judgeStream(await askStream(simulator)).imageDigest).toBe(other);
  },
  'image-digest-missing': async () => {
    expect(await report(simulator, NONCE)).not.toHaveProperty('image_digest');
    expect(header(await askJson(simulator), 'image_digest')).toBeUndefined();
  },
  'key-rotated': async () => {
    simulator.reset();
    const before = own();
    simulator.fault('key-rotated');
    expect(own()).not.toBe(before);
    expect((await report(simulator, NONCE)).signing_address.toLowerCase()).toBe(own());
    await bothGood();
  },
  'body-tampered': async () => {
    const judged = judgeJson(await askJson(simulator));
    expect(judged).toMatchObject({ hashMatches: false, signer: own() });
  },
  'sse-chunk-changed': async () => {
    const judged = judgeStream(await askStream(simulator));
    expect(judged).toMatchObject({ hashMatches: false, signer: own() });
    expect(await shownByClient(simulator)).toContain('forgery');
  },
  'signer-other-key': async () => {
    for (const judged of [judgeJson(await askJson(simulator)), judgeStream(await askStream(simulator))]) {
      expect(judged).toMatchObject({ hashMatches: true, address: own() });
      expect(judged.signer).not.toBe(own());
    }
  },
  'key-swapped': async () => {
    for (const judged of [judgeJson(await askJson(simulator)), judgeStream(await askStream(simulator))]) {
      expect(judged.hashMatches).toBe(true);
      expect(judged.signer).toBe(judged.address);
      expect(judged.signer).not.toBe(own());
    }
    expect((await report(simulator, NONCE)).signing_address.toLowerCase()).toBe(own());
  },
  'replayed-text': async () => {
    simulator.reset();
    const earlier = [judgeJson(await askJson(simulator)), judgeStream(await askStream(simulator))];
    simulator.fault('replayed-text');
    const later = [judgeJson(await askJson(simulator)), judgeStream(await askStream(simulator))];
    for (const [index, judged] of later.entries()) expect(judged).toMatchObject({ text: earlier[index]?.text, signer: own(), hashMatches: false });
  },
  'replayed-answer': async () => {
    simulator.reset();
    const earlier = [await askJson(simulator), await askStream(simulator)];
    simulator.fault('replayed-answer');
    const later = [await askJson(simulator), await askStream(simulator)];
    expect(later.map((answer) => answer.body)).toEqual(earlier.map((answer) => answer.body));
    for (const [index, answer] of later.entries()) good(index === 0 ? judgeJson(answer) : judgeStream(answer));
  },
  unsigned: async () => {
    expect(judgeJson(await askJson(simulator)).text).toBeUndefined();
    const stream = await askStream(simulator);
    expect(judgeStream(stream).text).toBeUndefined();
    expect(stream.body).toMatch(/data: \[DONE\]\n\n$/);
  },
  'header-doubled': async () => {
    const doubled = (await askJson(simulator)).headers.filter(([name]) => name === 'signature').map(([, value]) => value);
    expect(doubled).toHaveLength(2);
    expect(doubled[0]).not.toBe(doubled[1]);
  },
  'header-not-utf8': async () => {
    const answer = await askJson(simulator);
    good(judgeJson(answer));
    expect(header(answer, 'vllm_model_id')).toContain('\u00E8');
  },
  'headers-missing': async () => {
    const answer = await askJson(simulator);
    expect(header(answer, 'signature')).toBeUndefined();
    expect(header(answer, 'signing_address')).toBeDefined();
  },
  'cut-stream': async () => {
    expect(await askStream(simulator)).toMatchObject({ status: 200, broken: true });
    expect(await askJson(simulator)).toMatchObject({ status: 200, broken: true });
    expect(simulator.requests.at(-1)).toMatchObject({ cut: true, aborted: false });
  },
  'signature-malformed': async () => expect(header(await askJson(simulator), 'signature')).toHaveLength(64),
  'answer-401': async () => expect((await askJson(simulator)).status).toBe(401),
  'answer-429': async () => expect(header(await askStream(simulator), 'retry-after')).toBe('30'),
  'answer-500': async () => expect((await askStream(simulator)).status).toBe(500),
  'huge-body': async () => {
    const json = await askJson(simulator);
    expect(json.body.length).toBeGreaterThan(64 * 1024 * 1024);
    good(judgeJson(json));
    const stream = await askStream(simulator);
    expect(stream.body.length).toBeGreaterThan(64 * 1024 * 1024);
    good(judgeStream(stream));
  },
  redirect: async () => {
    const first = await askJson(simulator);
    expect(first).toMatchObject({ status: 307 });
    expect(header(first, 'location')).toBe('/v1/private/completions/moved');
  },
  'cached-304': async () => {
    simulator.reset();
    const earlier = await askJson(simulator);
    simulator.fault('cached-304');
    const answer = await askJson(simulator);
    expect(answer).toMatchObject({ status: 304, body: '' });
    expect(header(answer, 'signature')).toBe(header(earlier, 'signature'));
  },
  'gzip-answers': async () => {
    expect(header(await askStream(simulator), 'content-encoding')).toBe('gzip');
    await bothGood();
  },
  'comment-lines': async () => {
    expect((await askStream(simulator)).body).toMatch(/^: ping/m);
    await bothGood();
    expect(await shownByClient(simulator)).not.toContain('ping');
  },
  'chunk-after-signature': async () => {
    expect((await askStream(simulator)).body).toMatch(/event: signature\n.*\n\ndata: \{"id"/);
    await bothGood();
  },
  'late-end': async () => {
    const started = Date.now();
    good(judgeStream(await askStream(simulator)));
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
    simulator.clearRequests();
    expect(await shownByClient(simulator)).toMatch(/signs\.$/);
    await expect.poll(() => simulator.requests[0]?.aborted).toBe(true);
  },
  'one-byte-pieces': async () => {
    const answer = await visit(simulator, `${API}/v1/private/completions`, {
      headers: { authorization: `Bearer ${simulator.login}` }, body: JSON.stringify({ model: MODEL.name, stream: true, messages: [{ role: 'user', content: 'hi' }] }),
    });
    let single = 0;
    for await (const piece of answer) single += Buffer.from(piece).length === 1 ? 1 : 0;
    expect(single).toBeGreaterThan(100);
    await bothGood();
    expect(await shownByClient(simulator)).toContain('καλημέρα 😀');
  },
  'smuggle-data-without-space': smuggled(new RegExp(`^data:${forged}`, 'm'), true),
  'smuggle-bare-cr': smuggled(new RegExp(`\n: keep-alive\rdata: ${forged}`), true),
  'smuggle-crlf': smuggled(/\r\n/, false),
  'smuggle-nul': smuggled(/\0/, false),
  'smuggle-bom': smuggled(new RegExp(`^\uFEFFdata: ${forged}`), true),
  'smuggle-bom-inside': smuggled(new RegExp(`\n\uFEFFdata: ${forged}`), true),
  'smuggle-second-signature': smuggled(/event: signature[^]*event: signature/, false),
  'smuggle-signature-choices': smuggled(/event: signature\n.*"choices"/, true),
  'smuggle-signature-two-data': smuggled(/event: signature\n.*\ndata:\n/, false),
  'smuggle-extra-event-line': smuggled(new RegExp(`event: signature\ndata: ${forged}`), true),
  'smuggle-event-name': smuggled(/^event: message$/m, false),
  'smuggle-after-done': async () => {
    const { body } = await askStream(simulator);
    expect(body).toMatch(new RegExp(`data: \\[DONE\\]\n\ndata: ${forged}`));
    expect(await shownByClient(simulator)).not.toContain(SMUGGLED);
  },
  'smuggle-done-variant': async () => {
    const answer = await askStream(simulator);
    good(judgeStream(answer));
    expect(answer.body).toMatch(new RegExp(`data: \\[DONE\\]${forged}`));
  },
  'smuggle-unknown-field': smuggled(/^note: /m, false),
  'smuggle-id-line': smuggled(/^id: 7\ndata: /m, false),
  'smuggle-retry-line': smuggled(/^retry: 60000\ndata: /m, false),
  'pcs-down': () => expect(collateral()).rejects.toThrow(),
  'pcs-500': async () => expect((await ask(simulator, `${PCS}/tdx/certification/v4/qe/identity`)).status).toBe(500),
  'pcs-404': async () => expect((await ask(simulator, `${PCS}/tdx/certification/v4/tcb?fmspc=90c06f000000`)).status).toBe(404),
  'pcs-stale': () => expect(verdict()).rejects.toThrow(/expired/),
  'pcs-rolled-back': async () => {
    simulator.reset();
    const before = JSON.parse((await collateral()).tcb_info) as { issueDate: string };
    simulator.fault('pcs-rolled-back');
    const after = JSON.parse((await collateral()).tcb_info) as { issueDate: string };
    expect(after.issueDate < before.issueDate).toBe(true);
    expect(await verdict()).toMatchObject({ status: 'UpToDate' });
  },
  'pcs-pck-revoked': () => expect(verdict()).rejects.toThrow(/revoked/),
  'pcs-tcb-out-of-date': async () => expect(await verdict()).toMatchObject({ status: 'OutOfDate' }),
  'pcs-chain-header-missing': async () => expect((await collateral()).tcb_info_issuer_chain).toBe(''),
  'pcs-signature-bad': () => expect(verdict()).rejects.toThrow(/[Ss]ignature/),
};

describe('every fault says what it should, and nothing else', () => {
  for (const { name, says } of FAULTS) {
    if (isCubeFault(name) || isReportFault(name) || isContrastFault(name)) continue;
    it(`${name}: ${says}`, { timeout: 30_000 }, async () => {
      simulator.fault(name);
      if (isGpuFault(name)) expect(flaws(await judgeAgent(simulator))).toEqual(GPU_FLAWS[name]);
      else await PROOFS[name]();
    });
  }
  it('and without any, the evidence is good to a verifier that asks over the wire', async () => {
    expect(await verdict()).toEqual({ status: 'UpToDate', advisories: [] });
    expect(await reportData()).toBe(NONCE + '00'.repeat(32));
    await bothGood();
    expect(await shownByClient(simulator)).not.toContain(SMUGGLED);
  });
  it('harmless faults leave answers and evidence good', { timeout: 30_000 }, async () => {
    for (const fault of FAULTS.filter((item) => item.harmless && !isReportFault(item.name) && !isContrastFault(item.name) && !['redirect', 'slow'].includes(item.name))) {
      simulator.reset();
      simulator.fault(fault.name);
      await bothGood();
      expect(await verdict(), fault.name).toMatchObject({ status: 'UpToDate' });
    }
  });
});

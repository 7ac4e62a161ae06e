/** Recorded and synthetic answers from ../shared/vectors give what their PROVENANCE.md says. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT, GENUINE } from '../../src/checks/policy';
import { readEvidenceJson } from '../../src/evidence/nvidia';
import { checkTdx, parseQuote, reportDataOf } from '../../src/evidence/tdx';
import type { HeaderItem } from '../../src/providers/exchange';
import { ionet } from '../../src/providers/ionet';
import { gpuBindingCheck } from '../../src/providers/shared/gpu-binding';
import { type GpuWitness, judgeGpus } from '../../src/providers/shared/gpu-evidence';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { agentForm } from '../../src/providers/ionet/request';
import { normalAddress, recoverSigner } from '../../src/signatures/eip191';
import { sha256Hex } from '../../src/signatures/digests';
import { parseSignedText } from '../../src/signatures/signed-text';
import { headOf, read, summary, type Judged } from '../unit/providers/fixture';
import { seeded } from '../unit/encoding/random';
import { pieces } from '../unit/signatures/pieces';
import { vector, vectorsPresent } from './shared';
import { NO_ENDORSEMENTS } from '../unit/providers/no-endorsements';

const bytesOf = (relative: string): Uint8Array => new Uint8Array(readFileSync(vector(`ionet-and-relatives/${relative}`)));
const textOf = (relative: string): string => Buffer.from(bytesOf(relative)).toString('utf8');
const jsonOf = (relative: string) => JSON.parse(textOf(relative));

interface Signature {
  readonly text: string;
  readonly signature: string;
  readonly signing_address: string;
}

describe.skipIf(!vectorsPresent)('ionet-synthetic', () => {
  const folder = 'ionet-synthetic/';
  const address = '0x3ed6ccba6214d782c3f654458e5ece22392c01fd';
  const request = vectorsPresent ? ionet.readRequest(bytesOf(`${folder}nonstream.request.json`)) : undefined;
  const asStream = vectorsPresent ? ionet.readRequest(Buffer.from(textOf(`${folder}nonstream.request.json`).replace('"seed"', '"stream": true, "seed"'))) : undefined;

  const stream = (name: string, cut?: number): Judged =>
    summary(ionet.judgeAnswer({ head: headOf('sse', [], { requestHashes: asStream?.hashes ?? [] }), form: 'sse', reading: read('sse', bytesOf(folder + name).subarray(0, cut)), cut: false }));

  function json(body: Uint8Array): Judged {
    const headers: HeaderItem[] = Object.entries(jsonOf(`${folder}nonstream.headers.json`) as Record<string, string>).map(([name, value]) => ({ name, value }));
    return summary(ionet.judgeAnswer({ head: headOf('json', headers, { requestHashes: request?.hashes ?? [] }), form: 'json', reading: read('json', body), cut: false }));
  }

  it('nonstream: valid, the request by the agent’s own form', () => {
    const judged = json(bytesOf(`${folder}nonstream.response.json`));
    expect(judged.codes).toEqual({});
    expect(judged.signer?.address).toBe(address);
    expect(judged.checks.find(({ id }) => id === 'request.hash')).toMatchObject({ outcome: 'pass', detail: 'agent-form' });
    expect(request?.model).toBe('meta-llama/Llama-3.3-70B-Instruct');
  });

  it('the canonical forms are reproduced byte for byte', () => {
    expect(agentForm(textOf(`${folder}nonstream.request.json`))).toBe(textOf(`${folder}nonstream.request.canonical.json`));
    expect(read('json', bytesOf(`${folder}nonstream.response.json`)).responseHashes[0]?.sha256).toBe(sha256Hex(bytesOf(`${folder}nonstream.response.canonical.json`)));
    expect(read('sse', bytesOf(`${folder}stream.sse`)).responseHashes[0]?.sha256).toBe(sha256Hex(bytesOf(`${folder}stream.chunks.canonical.json`)));
  });

  it('every single byte of the answer counts', () => {
    const good = bytesOf(`${folder}nonstream.response.json`);
    const below = seeded(11);
    for (let i = 0; i < 200; i += 1) {
      const at = below(good.length);
      const bent = good.slice();
      bent[at] = (bent[at] ?? 0) ^ (1 + below(255));
      // One white space for another between tokens is the same JSON.
      if ([0x20, 0x09, 0x0a, 0x0d].includes(bent[at] ?? 0)) bent[at] = 0x0b;
      expect(json(bent).state, `byte ${at}`).not.toBe('verified');
    }
  });

  it('stream and stream.chunk-after-signature: valid, the same signature', () => {
    for (const name of ['stream.sse', 'stream.chunk-after-signature.sse']) {
      const judged = stream(name);
      expect(judged.codes, name).toEqual({});
      expect(judged.signer?.address).toBe(address);
      expect(judged.outcomes['request.hash']).toBe('pass');
    }
    expect(stream('stream.sse').signedText).toBe(stream('stream.chunk-after-signature.sse').signedText);
  });

  it('stream.tampered: the signature itself holds, the chunks do not', () => {
    expect(stream('stream.tampered.sse')).toMatchObject({ state: 'failed', codes: { 'response.hash': 'RESPONSE_HASH_MISMATCH' }, outcomes: { signature: 'pass', coverage: 'pass' } });
  });

  it('stream.unsigned: ANSWER_UNSIGNED, failed; cut before [DONE]: ANSWER_CUT, incomplete', () => {
    expect(stream('stream.unsigned.sse')).toMatchObject({ state: 'failed', codes: { signature: 'ANSWER_UNSIGNED' } });
    const done = Buffer.from(bytesOf(`${folder}stream.unsigned.sse`)).indexOf('data: [DONE]');
    expect(stream('stream.unsigned.sse', done)).toMatchObject({ state: 'incomplete', codes: { signature: 'ANSWER_CUT', format: 'ANSWER_CUT' } });
  });

  it('reads every stream the same in any pieces (seed 3)', () => {
    const below = seeded(3);
    for (const name of ['stream.sse', 'stream.chunk-after-signature.sse', 'stream.tampered.sse', 'stream.unsigned.sse']) {
      const whole = bytesOf(folder + name);
      for (let i = 0; i < 100; i += 1) {
        const reader = ionet.newReader('sse');
        for (const piece of pieces(whole, below)) reader.push(piece);
        expect(reader.finish('complete')).toEqual(read('sse', whole));
      }
    }
  });

  it('attestation.no-tdx and .no-gpu: EVIDENCE_MISSING, failed', async () => {
    for (const name of ['attestation.no-tdx.json', 'attestation.no-gpu.json']) {
      const nonce = Buffer.from('87ebbef3ceb69d2d6d7edc1b05c42ad900000000000000000000000000000000', 'hex');
      const context = { now: Date.UTC(2026, 10, 20), policy: DEFAULT, anchors: [], references: [], ...NO_ENDORSEMENTS };
      const { checks } = await ionet.appraise({ body: bytesOf(folder + name), status: 200, contentType: 'application/json', nonce: new Uint8Array(nonce) }, context);
      expect(checks.filter(({ code }) => code === 'EVIDENCE_MISSING').map(({ id, outcome }) => `${id} ${outcome}`), name).toEqual(['evidence fail', 'gpu fail']);
    }
  });
});

describe.skipIf(!vectorsPresent)('nearai-signed-chats (EIP-191 on real signatures)', () => {
  const folder = 'nearai-signed-chats/';
  const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

  it('2026-06-qwen35-3part and 2025-10-deepseek-2part: valid, and the texts name their request and answer', () => {
    for (const name of ['2026-06-qwen35-3part', '2025-10-deepseek-2part']) {
      const signed: Signature = jsonOf(`${folder}${name}/signature.json`);
      expect(recoverSigner(signed.text, signed.signature)).toBe(normalAddress(signed.signing_address));
      expect(parseSignedText(signed.text)).toMatchObject({ request: sha(bytesOf(`${folder}${name}/request.json`)), response: sha(bytesOf(`${folder}${name}/response.sse`)) });
    }
    expect(parseSignedText((jsonOf(`${folder}2026-06-qwen35-3part/signature.json`) as Signature).text).model).toBe('Qwen/Qwen3.5-122B-A10B');
  });

  it('2025-09-llama33-2part-BADSIG: the hash matches, the signature is another key’s', () => {
    const signed: Signature = jsonOf(`${folder}2025-09-llama33-2part-BADSIG/signature.json`);
    expect(parseSignedText(signed.text).response).toBe(sha(bytesOf(`${folder}2025-09-llama33-2part-BADSIG/response.sse`)));
    expect(recoverSigner(signed.text, signed.signature)).toBe('0x7d5a20391452d3bb2c32b1a7c49b948c1d171ee0');
    expect(normalAddress(signed.signing_address)).not.toBe('0x7d5a20391452d3bb2c32b1a7c49b948c1d171ee0');
  });

  it('standalone signatures: as each says', () => {
    for (const signed of jsonOf(`${folder}standalone-signatures.json`) as (Signature & { expect: string })[]) {
      expect(recoverSigner(signed.text, signed.signature) === normalAddress(signed.signing_address), signed.expect).toBe(signed.expect === 'valid');
    }
  });
});

describe.skipIf(!vectorsPresent)('a real SGX quote', () => {
  it('is not a TD, however genuine: TEE_TYPE, failed', async () => {
    const index: Record<string, { tee: number; real: boolean; version: number }> = JSON.parse(readFileSync(vector('intel-tdx/quotes/index.json'), 'utf8'));
    const sgx = Object.keys(index).find((id) => index[id]?.tee === 0 && index[id]?.real);
    const quote = readFileSync(vector(`intel-tdx/quotes/${sgx}.bin`)).toString('hex');
    const body = Buffer.from(JSON.stringify({ cpu: { quote }, signing_address: `0x${'11'.repeat(20)}` }));
    const context = { now: Date.UTC(2025, 1, 1), policy: DEFAULT, anchors: VENDOR_ANCHORS, references: [], ...NO_ENDORSEMENTS };
    const { checks } = await ionet.appraise({ body: new Uint8Array(body), status: 200, contentType: undefined, nonce: new Uint8Array(32) }, context);
    expect(checks.find(({ id }) => id === 'evidence')).toMatchObject({ outcome: 'fail', code: 'TEE_TYPE' });
  });
});

describe.skipIf(!vectorsPresent)('real GPU evidence beside a real quote', () => {
  const now = Date.UTC(2026, 4, 15);
  const upper = (quote: Uint8Array): Uint8Array => quote.subarray(48 + 520 + 32, 48 + 520 + 64);

  /** Judged by NVIDIA's own root; no manifests and no OCSP of that day are on record. */
  async function gpusOf(payload: string, nonce: Uint8Array) {
    const raw = bytesOf(payload);
    const { devices } = readEvidenceJson(textOf(payload));
    return judgeGpus({ devices, raw, nonce }, { now, policy: DEFAULT, anchors: VENDOR_ANCHORS, references: [], ...NO_ENDORSEMENTS });
  }

  /** The quote's own signatures and chain, which need nobody's lists; what its fields say is then Intel's word. */
  async function fieldsOf(quote: Uint8Array): Promise<readonly Uint8Array[]> {
    const { checks } = await checkTdx({ quote, collateral: {}, anchors: VENDOR_ANCHORS, now, policy: GENUINE.tdx });
    const by = Object.fromEntries(checks.map(({ id, outcome }) => [id, outcome]));
    expect(by).toMatchObject({ 'pck.chain': 'pass', 'qe.binding': 'pass', 'quote.signature': 'pass' });
    const data = reportDataOf(parseQuote(quote));
    return [data.subarray(0, 32), data.subarray(32)];
  }

  const bindingOf = (fields: readonly Uint8Array[], gpus: readonly GpuWitness[], promised: boolean) => gpuBindingCheck({ cpu: { kind: 'there', fields, unproven: undefined, ownGpu: undefined }, gpus, promised });

  it('secretvm: the numbers meet, and nothing shows that the GPU sits in the machine', async () => {
    const quote = new Uint8Array(Buffer.from(textOf('secretvm/cpu_quote.txt').trim(), 'hex'));
    const gpus = await gpusOf('secretvm/gpu_attest.txt', upper(quote));
    expect(gpus.checks.filter(({ id }) => /^gpu\[0\]\.(chain|signature|nonce|fwid)$/.test(id)).map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass', 'pass']);
    expect(gpus.witnesses.map(({ nonce }) => Buffer.from(nonce ?? []).toString('hex'))).toEqual([Buffer.from(upper(quote)).toString('hex')]);
    expect(bindingOf(await fieldsOf(quote), gpus.witnesses, true)).toMatchObject({ id: 'gpu.binding', outcome: 'weak', code: 'GPU_COLOCATION_NOT_PROVEN' });
  });

  it('the Phala pair: each genuine, and not of one request: GPU_NOT_BOUND_TO_CPU', async () => {
    const quote = new Uint8Array(Buffer.from(textOf('phala-private-ai-verifier/intel_quote.hex').trim(), 'hex'));
    const payload: { nonce: string } = jsonOf('phala-private-ai-verifier/nvidia_payload.json');
    const gpus = await gpusOf('phala-private-ai-verifier/nvidia_payload.json', new Uint8Array(Buffer.from(payload.nonce, 'hex')));
    expect(gpus.checks.filter(({ id }) => /^gpu\[0\]\.(chain|signature|nonce)$/.test(id)).map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass']);
    const fields = await fieldsOf(quote);
    expect(bindingOf(fields, gpus.witnesses, true)).toMatchObject({ outcome: 'fail', code: 'GPU_NOT_BOUND_TO_CPU' });
    expect(bindingOf(fields, gpus.witnesses, false)).toMatchObject({ outcome: 'weak', code: 'GPU_NOT_BOUND_TO_CPU' });
  });

  it('mistake 23: joined into one report, whichever number was ours, the pair fails', async () => {
    const quote = textOf('phala-private-ai-verifier/intel_quote.hex').trim();
    const gpu: { nonce: string } = jsonOf('phala-private-ai-verifier/nvidia_payload.json');
    const ofQuote = Buffer.from(upper(Buffer.from(quote, 'hex'))).toString('hex');
    const ask = async (nonce: string) => {
      const body = Buffer.from(JSON.stringify({ cpu: { quote }, gpu, signing_address: '0x34b7bcb4b2b61fcf9fa14715ba8708ac0dbc8be5' }));
      const context = { now, policy: DEFAULT, anchors: VENDOR_ANCHORS, references: [], ...NO_ENDORSEMENTS };
      const { checks } = await ionet.appraise({ body: new Uint8Array(body), status: 200, contentType: undefined, nonce: new Uint8Array(Buffer.from(nonce, 'hex')) }, context);
      return Object.fromEntries(checks.map((c) => [c.id, `${c.outcome} ${c.code ?? ''}`.trim()]));
    };
    expect(await ask(gpu.nonce)).toMatchObject({ nonce: 'fail NONCE_MISMATCH', 'gpu[0].nonce': 'pass', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' });
    expect(await ask(ofQuote)).toMatchObject({ 'gpu[0].nonce': 'fail NONCE_MISMATCH', 'gpu[0].signature': 'pass', 'gpu.binding': 'fail GPU_NOT_BOUND_TO_CPU' });
  });

  it('the old encoding of private-ml-sdk is read, and tied to nothing', async () => {
    const quote = bytesOf('private-ml-sdk-e2e/intel_quote.bin');
    const { devices, nonce } = readEvidenceJson(textOf('private-ml-sdk-e2e/nvidia_payload.json'));
    const gpus = await judgeGpus({ devices, raw: new Uint8Array(), nonce: new Uint8Array(Buffer.from(nonce ?? '', 'hex')) }, { now, policy: DEFAULT, anchors: VENDOR_ANCHORS, references: [], ...NO_ENDORSEMENTS });
    expect(gpus.checks.filter(({ id }) => /^gpu\[0\]\.(signature|nonce)$/.test(id)).map(({ outcome }) => outcome)).toEqual(['pass', 'pass']);
    expect(bindingOf(await fieldsOf(quote), gpus.witnesses, false)).toMatchObject({ outcome: 'weak', code: 'GPU_NOT_BOUND_TO_CPU' });
  });
});

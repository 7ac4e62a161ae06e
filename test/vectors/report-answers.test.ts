/** Chats that NEAR AI really signed give, byte for byte, what their PROVENANCE says; so does the command line. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { nearai, nearaiEndpointOf } from '../../src/providers/report';
import { readSignature } from '../../src/providers/report/aside';
import type { AnswerFindings, Provider } from '../../src/providers/types';
import { recoverSigner } from '../../src/signatures/eip191';
import { seeded } from '../unit/encoding/random';
import { assay, build } from './built-cli';
import { vector, vectorsPresent } from './shared';

const folder = 'ionet-and-relatives/nearai-signed-chats/';
const path = (name: string): string => vector(folder + name);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(path(name)));

/** A model's own address: nobody stands between it and the page. */
const endpoint = nearaiEndpointOf({ dialect: 'nearai', pageOrigin: 'https://chat.example', apiOrigin: 'https://m.completions.near.ai', name: 'Mine' });

function judged(chat: string, response: Uint8Array, requestOf = chat, provider: Provider = nearai): AnswerFindings {
  const reader = provider.newReader('sse');
  reader.push(response);
  const { hashes, model } = nearai.readRequest(bytesOf(`${requestOf}/request.json`));
  const head = {
    id: '1', url: 'https://cloud-api.near.ai/v1/chat/completions', method: 'POST', tabId: 1, initiator: undefined, incognito: false, status: 200, headers: [], fromCache: false, startedAt: 0, headersAt: 0,
    requestHashes: hashes, requestUnseen: false, model,
  };
  return provider.judgeAnswer({ head, form: 'sse', reading: reader.finish('complete'), cut: false, aside: readSignature({ status: 200, body: bytesOf(`${chat}/signature.json`) }) });
}

const codes = ({ checks }: AnswerFindings): readonly (string | undefined)[] => checks.flatMap(({ id, outcome, code }) => (outcome === 'pass' ? [] : [`${id} ${outcome} ${code ?? ''}`]));

describe.skipIf(!vectorsPresent)('recorded chats', () => {
  it.each([
    ['2026-06-qwen35-3part', '0x6525e128afcffebf7eed05d485d7be983cdae934', { textModel: 'Qwen/Qwen3.5-122B-A10B', requestedModel: 'Qwen/Qwen3.5-122B-A10B' }],
    ['2025-10-deepseek-2part', '0xcaaa4842758658a85785ad15367a700c601ffea5', { requestedModel: 'deepseek-v3.1' }],
  ])('%s: valid, request and response by their raw bytes', (chat, address, signedBy) => {
    const findings = judged(chat, bytesOf(`${chat}/response.sse`));
    expect(codes(findings)).toEqual([]);
    expect(findings).toMatchObject({ signer: { address, algorithm: 'ecdsa' }, signedBy });
    for (const id of ['response.hash', 'request.hash']) expect(findings.checks.find((check) => check.id === id)).toMatchObject({ outcome: 'pass', detail: 'raw' });
  });

  it('mistake 3: every single byte of the answer counts', () => {
    const good = bytesOf('2025-10-deepseek-2part/response.sse');
    const below = seeded(5);
    for (let i = 0; i < 100; i += 1) {
      const bent = good.slice();
      const at = below(good.length);
      bent[at] = (bent[at] ?? 0) ^ (1 + below(255));
      expect(judged('2025-10-deepseek-2part', bent).checks.find(({ id }) => id === 'response.hash')?.outcome, `byte ${at}`).not.toBe('pass');
    }
    const short = good.subarray(0, -1);
    expect(codes(judged('2025-10-deepseek-2part', short, undefined, endpoint))).toEqual(['response.hash fail RESPONSE_HASH_MISMATCH']);
    // Behind a gateway that writes streams anew, whose key it is decides what this means: the evidence will tell.
    const relayed = judged('2025-10-deepseek-2part', short);
    expect([codes(relayed), relayed.signedBy?.differs]).toEqual([['response.hash unknown ANSWER_REWRITTEN'], true]);
    expect(codes(judged('2025-10-deepseek-2part', good.subarray(0, -20)))).toEqual(['format unknown ANSWER_CUT', 'coverage unknown ANSWER_CUT', 'response.hash unknown ANSWER_CUT']);
  });

  it('BADSIG: the response is what was signed, by another key than is named', () => {
    const chat = '2025-09-llama33-2part-BADSIG';
    const findings = judged(chat, bytesOf(`${chat}/response.sse`), '2025-10-deepseek-2part');
    expect(codes(findings)).toEqual(['signature fail SIGNATURE_INVALID', 'request.hash unknown REQUEST_HASH_MISMATCH']);
    expect(findings.checks.find(({ id }) => id === 'signature')).toMatchObject({ actual: '0x7d5a20391452d3bb2c32b1a7c49b948c1d171ee0' });
    expect(findings.signer).toBeUndefined();
  });

  it('signatures alone: two valid, one not', () => {
    const lone: readonly { text: string; signature: string; signing_address: string; expect: string }[] = JSON.parse(readFileSync(path('standalone-signatures.json'), 'utf8'));
    const found = lone.map(({ text, signature, signing_address }) => (recoverSigner(text, signature) === signing_address.toLowerCase() ? 'valid' : 'invalid'));
    expect(found).toEqual(lone.map(({ expect: wanted }) => wanted.split(' ')[0]));
    expect(found.toSorted()).toEqual(['invalid', 'valid', 'valid']);
  });

  it('the signature of another answer does not fit', () => {
    const findings = endpoint.judgeAnswer({
      head: { id: '1', url: 'https://m.completions.near.ai/v1/chat/completions', method: 'POST', tabId: 1, initiator: undefined, incognito: false, status: 200, headers: [], fromCache: false, startedAt: 0, headersAt: 0, requestHashes: [], requestUnseen: true, model: undefined },
      form: 'sse', cut: false, aside: readSignature({ status: 200, body: bytesOf('2025-09-llama33-2part-BADSIG/signature.json') }),
      reading: (() => { const reader = endpoint.newReader('sse'); reader.push(bytesOf('2025-10-deepseek-2part/response.sse')); return reader.finish('complete'); })(),
    });
    expect(codes(findings)).toContain('response.hash fail RESPONSE_HASH_MISMATCH');
  });
});

describe.skipIf(!vectorsPresent)('verify answer --dialect nearai', () => {
  beforeAll(build);
  const run = (chat: string, ...more: readonly string[]) =>
    assay('verify', 'answer', '--dialect', 'nearai', '--request', path('2026-06-qwen35-3part/request.json'), '--response', path(`${chat}/response.sse`), '--signature', path(`${chat}/signature.json`), ...more);

  it('a real chat: 0, limited; with its address too', () => {
    expect(run('2026-06-qwen35-3part')).toMatchObject({ status: 0, json: { state: 'limited', claims: { signer: '6525e128afcffebf7eed05d485d7be983cdae934', model: 'Qwen/Qwen3.5-122B-A10B' } } });
    expect(run('2026-06-qwen35-3part', '--address', '0x6525e128AFCFFEBF7EED05D485D7BE983CDAE934')).toMatchObject({ status: 0, codes: [] });
    expect(run('2026-06-qwen35-3part', '--address', `0x${'11'.repeat(20)}`)).toMatchObject({ status: 1, codes: ['SIGNER_MISMATCH'] });
  });

  it('the request of another model: the signature is of a model that was not asked for', () => {
    expect(assay('verify', 'answer', '--dialect', 'nearai', '--request', path('2025-10-deepseek-2part/request.json'), '--response', path('2026-06-qwen35-3part/response.sse'), '--signature', path('2026-06-qwen35-3part/signature.json'))).toMatchObject({
      status: 1, codes: expect.arrayContaining(['MODEL_MISMATCH', 'REQUEST_HASH_MISMATCH']),
    });
  });

  it('BADSIG: 1; without a signature: 2', () => {
    expect(run('2025-09-llama33-2part-BADSIG')).toMatchObject({ status: 1, codes: expect.arrayContaining(['SIGNATURE_INVALID']) });
    expect(assay('verify', 'answer', '--dialect', 'nearai', '--request', path('2026-06-qwen35-3part/request.json'), '--response', path('2026-06-qwen35-3part/response.sse'))).toMatchObject({ status: 2, codes: expect.arrayContaining(['SIGNATURE_NOT_FOUND']) });
  });
});

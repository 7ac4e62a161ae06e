/** Answers whose signature stands apart: which bytes are signed, by whose key, for which model. */
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import { readSignature } from '../../../src/providers/report/aside';
import { nearai, phala, venice } from '../../../src/providers/report';
import { PHALA } from '../../../src/providers/report/dialect';
import { modelMachineCheck, speakerOf } from '../../../src/providers/report/roles';
import type { ExchangeHead } from '../../../src/providers/exchange';
import type { AnswerReading, AsideReading, MachineAppraisal, Provider } from '../../../src/providers/types';
import { pass, weak } from '../../../src/checks/check';
import { personalSign } from '../providers/fixture';
import { seeded } from '../encoding/random';
import { pieces } from '../signatures/pieces';
import { ecdsaKey, edKey, type Key } from './lab';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

const REQUEST = '{"model":"vendor/model:v1","messages":[]}';
const CHUNK = '{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"delta":{"content":"hello"}}]}';
const STREAM = `data: ${CHUNK}\n\ndata: [DONE]\n\n`;
const KEY = ecdsaKey(7);

function sign(text: string, key: Key = KEY): string {
  if (key.algorithm === 'ed25519') return Buffer.from(ed25519.sign(bytes(text), key.secret)).toString('hex');
  return `0x${personalSign(text, { secret: key.secret, address: key.text })}`;
}

const answered = (body: unknown, status = 200): AsideReading => readSignature({ status, body: bytes(typeof body === 'string' ? body : JSON.stringify(body)) });
const statement = (text: string, key: Key = KEY, more: Record<string, unknown> = {}): AsideReading => answered({ text, signature: sign(text, key), signing_address: key.text, signing_algo: key.algorithm, ...more });
const over = (response: string | Uint8Array, model?: string): string => `${model === undefined ? '' : `${model}:`}${sha(REQUEST)}:${sha(response)}`;

function read(form: 'json' | 'sse', body: string | Uint8Array, provider: Provider = phala, cut?: readonly Uint8Array[]): AnswerReading {
  const reader = provider.newReader(form);
  for (const piece of cut ?? [typeof body === 'string' ? bytes(body) : body]) reader.push(piece);
  return reader.finish('complete');
}

function judged(form: 'json' | 'sse', body: string | Uint8Array, aside: AsideReading | undefined, { provider = phala, cut = false, request = REQUEST }: { provider?: Provider; cut?: boolean; request?: string } = {}) {
  const { hashes, model } = provider.readRequest(bytes(request));
  const head: ExchangeHead = {
    id: '1', url: 'https://api.redpill.ai/v1/chat/completions', method: 'POST', tabId: 1, initiator: undefined, incognito: false, status: 200, headers: [], fromCache: false, startedAt: 0, headersAt: 0,
    requestHashes: hashes, requestUnseen: false, model,
  };
  const findings = provider.judgeAnswer({ head, form, reading: read(form, body, provider), cut, ...(aside === undefined ? {} : { aside }) });
  return { ...findings, by: Object.fromEntries(findings.checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`])) };
}

describe('streams', () => {
  it('are signed in every byte, by keys of both kinds', () => {
    for (const key of [KEY, edKey(3)]) {
      const { by, signer } = judged('sse', STREAM, statement(over(STREAM), key));
      expect(by).toEqual({ format: 'pass', coverage: 'pass', signature: 'pass', 'response.hash': 'pass', 'request.hash': 'pass' });
      expect(signer).toEqual({ address: key.text, algorithm: key.algorithm });
    }
  });

  it('give one reading however they are cut, and name the answer', () => {
    const below = seeded(3);
    const whole = read('sse', STREAM);
    for (let i = 0; i < 50; i += 1) expect(read('sse', STREAM, phala, [...pieces(bytes(STREAM), below)])).toEqual(whole);
    expect(whole.answerId).toBe('chatcmpl-1');
  });

  it('mistake 3: with any byte beside, before or behind are not what was signed', () => {
    for (const bent of [`${STREAM}\n`, `: ping\n${STREAM}`, STREAM.replace('hello', 'hellO'), STREAM.replaceAll('\n', '\r\n'), `${STREAM}data: ${CHUNK}\n\n`, `event: x\ndata: evil\n\n${STREAM}`]) {
      expect(judged('sse', bent, statement(over(STREAM))).by['response.hash']).toBe('fail RESPONSE_HASH_MISMATCH');
    }
    expect(judged('sse', `data: ${CHUNK}\n\n`, statement(over(STREAM))).by).toMatchObject({ format: 'unknown ANSWER_CUT', 'response.hash': 'unknown ANSWER_CUT' });
  });

  it('that came encrypted say so, by their own headers', () => {
    const { hashes } = phala.readRequest(bytes(REQUEST));
    const detail = (value: string) =>
      phala.judgeAnswer({
        head: { id: '1', url: 'https://api.redpill.ai/v1/chat/completions', method: 'POST', tabId: 1, initiator: undefined, incognito: false, status: 200, headers: [{ name: 'X-E2EE-Applied', value }], fromCache: false, startedAt: 0, headersAt: 0, requestHashes: hashes, requestUnseen: false, model: undefined },
        form: 'sse', reading: read('sse', STREAM), cut: false, aside: statement(over(STREAM)),
      }).checks[0]?.detail;
    expect(detail('true')).toContain('encrypted');
    expect(detail('false')).toBe('event stream');
  });

  it('that have the form of ciphertext say that they look so, where no header does', () => {
    const detail = (form: 'json' | 'sse', body: string) => judged(form, body, statement(over(body))).checks[0]?.detail;
    const [sealed, plain] = ['0a'.repeat(93), '0a'.repeat(40)];
    const chunk = (content: string) => `data: {"id":"c","choices":[{"delta":{"content":${JSON.stringify(content)}}}]}\n\n`;
    expect(detail('sse', `${chunk('')}${chunk(sealed)}${chunk(sealed)}data: [DONE]\n\n`)).toContain('looks encrypted');
    expect(detail('json', `{"id":"c","choices":[{"message":{"content":"${sealed}"}}]}`)).toContain('looks encrypted');
    expect(detail('sse', `${chunk(sealed)}${chunk('and then words')}data: [DONE]\n\n`)).toBe('event stream');
    for (const text of [plain, `${sealed}x`, 'words', '']) expect(detail('json', `{"id":"c","choices":[{"message":{"content":"${text}"}}]}`)).toBe('JSON');
  });

  it('of /v1/responses end without [DONE], and name the answer inside', () => {
    const stream = 'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\nevent: response.completed\ndata: {"type":"response.completed"}\n\n';
    expect(read('sse', stream)).toMatchObject({ complete: true, answerId: 'resp_1' });
    expect(judged('sse', stream, statement(over(stream))).by).toMatchObject({ format: 'pass', 'response.hash': 'pass' });
  });

  it('of /v1/messages too', () => {
    const stream = 'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","role":"assistant"}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n';
    expect(read('sse', stream)).toMatchObject({ complete: true, answerId: 'msg_1' });
    expect(judged('sse', stream, statement(over(stream))).by).toMatchObject({ format: 'pass', coverage: 'pass', 'response.hash': 'pass' });
    expect(judged('sse', stream.slice(0, -30), statement(over(stream))).by['format']).toBe('unknown ANSWER_CUT');
  });

  it('an id that could bend a URL is no id', () => {
    expect(read('sse', 'data: {"id":"../../x?y"}\n\n').answerId).toBeUndefined();
    expect(read('sse', `data: {"id":"${'a'.repeat(300)}"}\n\n`).answerId).toBeUndefined();
    const url = (provider: Provider) => provider.aside?.request({ apiOrigin: 'https://a.example', answerId: 'a/b?c', model: 'm&x' }).url;
    expect(url(phala)).toBe('https://a.example/v1/signature/a%2Fb%3Fc?model=m%26x&signing_algo=ecdsa');
    expect(url(venice)).toBe('https://a.example/api/v1/tee/signature?model=m%26x&request_id=a%2Fb%3Fc');
  });
});

describe('JSON answers', () => {
  const compact = '{"id":"c-1","choices":[{"message":{"content":"caf\u00e9 \\"1.0\\" , :"}}],"t":1e-05,"n":1.0,"big":12345678901234567890}';
  const spaced = '{"id": "c-1", "choices": [{"message": {"content": "caf\\u00e9 \\"1.0\\" , :"}}], "t": 1e-05, "n": 1.0, "big": 12345678901234567890}';

  it('match by their bytes first, then without white space, then as Python writes them', () => {
    const rule = (body: string, signed: string) => judged('json', body, statement(over(signed))).checks.find(({ id }) => id === 'response.hash')?.detail;
    expect(rule(compact, compact)).toBe('raw');
    expect(rule(spaced, spaced)).toBe('raw');
    expect(rule(compact.replaceAll(',"', ',\n  "'), compact)).toBe('whitespace-stripped');
    expect(rule(compact, spaced)).toBe('python-spaced');
    expect(read('json', compact).answerId).toBe('c-1');
  });

  it('mistake 25: what JavaScript writes anew is not what was signed', () => {
    const again = JSON.stringify(JSON.parse(compact));
    expect(again).not.toBe(compact);
    expect(judged('json', again, statement(over(compact))).by['response.hash']).toBe('fail RESPONSE_HASH_MISMATCH');
  });

  it('with bytes behind, or a word broken by white space, match in no other form than their own', () => {
    for (const bent of [`${compact} {"choices":[]}`, compact.replace('12345', '123 45')]) expect(judged('json', bent, statement(over(compact))).by['response.hash']).toBe('fail RESPONSE_HASH_MISMATCH');
    expect(judged('json', compact.slice(0, -1), statement(over(compact))).by).toMatchObject({ format: 'unknown ANSWER_CUT', 'response.hash': 'unknown ANSWER_CUT' });
    expect(judged('json', '{"a":1}', statement(over('{"a":1}'))).by['format']).toBe('unknown ANSWER_NOT_RECOGNISED');
  });
});

describe('what no rule recognises', () => {
  it('is an answer where it has the form of one: a message of Anthropic’s kind, or lines of JSON with content', () => {
    const shaped = (body: string) => read('json', body).looksLikeAnswer;
    expect(shaped('{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"x"}]}')).toBe(true);
    expect(shaped('{"content":"Hello","kind":"content"}\n{"content":" there","kind":"content"}\n')).toBe(true);
    expect(shaped('{"session":{"content":"x"},"ok":true}')).toBe(false);
  });
});

describe('what the signature endpoint sends', () => {
  it('mistakes 1 and 2: HTTP 200 is no signature, and an error object in it neither', () => {
    for (const body of [{ error_code: 'client_disconnected', message: 'the client went away' }, { error: { message: 'not signed' } }, { error: 'x' }, { detail: 'y' }]) {
      expect(judged('sse', STREAM, answered(body)).by).toMatchObject({ signature: 'fail ANSWER_UNSIGNED', 'response.hash': 'unknown ANSWER_UNSIGNED' });
      expect(judged('sse', `data: ${CHUNK}\n\n`, answered(body)).by['signature']).toBe('unknown ANSWER_CUT');
      expect(judged('sse', STREAM, answered(body), { cut: true }).by['signature']).toBe('unknown ANSWER_CUT');
    }
    for (const body of ['{}', '[]', '{', '"a"', '7', '{"text":7,"signature":"","signing_address":""}', '{"text":"a","text":"b"}', `{"text":"${'a'.repeat(70_000)}"}`]) expect(judged('sse', STREAM, answered(body)).by['signature']).toBe('fail SIGNATURE_MALFORMED');
  });

  it('404 and passing faults are open, and may be asked again; a login is not', () => {
    const seen = [404, 429, 500, 503, 401, 403].map((status) => answered({}, status));
    expect(seen.map((reading) => (reading.kind === 'none' ? [reading.code, reading.later] : []))).toEqual([
      ['SIGNATURE_NOT_FOUND', true], ['RATE_LIMITED', true], ['SERVICE_ERROR', true], ['SERVICE_ERROR', true], ['LOGIN_NEEDED', false], ['LOGIN_NEEDED', false],
    ]);
    for (const reading of seen) expect(judged('sse', STREAM, reading).by['signature']).toMatch(/^unknown /);
    expect(judged('sse', STREAM, undefined).by['signature']).toBe('unknown SIGNATURE_NOT_FOUND');
    // Then 200.
    expect(judged('sse', STREAM, statement(over(STREAM))).by['signature']).toBe('pass');
  });

  it('a key that is none signs nothing, whatever the signature', () => {
    const text = over(STREAM);
    const forged = { text, signature: `01${'00'.repeat(63)}`, signing_address: '00'.repeat(32), signing_algo: 'ed25519' };
    expect(judged('sse', STREAM, answered(forged))).toMatchObject({ by: { signature: 'fail SIGNATURE_MALFORMED' } });
    expect(judged('sse', STREAM, answered({ ...forged, signing_address: `0x${'00'.repeat(20)}`, signing_algo: 'ecdsa', signature: sign(text) })).by['signature']).toBe('fail SIGNATURE_MALFORMED');
    expect(judged('sse', STREAM, answered({ ...forged, signing_algo: 'rsa' })).by['signature']).toBe('fail SIGNATURE_ALGORITHM');
    expect(judged('sse', STREAM, answered({ ...forged, signing_address: edKey(4).text, signature: sign(text, edKey(3)) })).by['signature']).toBe('fail SIGNATURE_INVALID');
    expect(judged('sse', STREAM, answered({ text, signature: sign(text), signing_address: ecdsaKey(8).text })).by['signature']).toBe('fail SIGNATURE_INVALID');
  });
});

describe('mistake 26: the signed text', () => {
  it('has two parts or three, told apart from its end', () => {
    expect(judged('sse', STREAM, statement(over(STREAM, 'vendor/model:v1')))).toMatchObject({ by: { 'answer.model': 'pass', 'response.hash': 'pass' }, signedBy: { textModel: 'vendor/model:v1', requestedModel: 'vendor/model:v1' } });
    // A model whose name is made of digests: the last two parts are the digests, whatever stands before.
    const name = `${'a'.repeat(64)}:${'b'.repeat(64)}`;
    expect(judged('sse', STREAM, statement(over(STREAM, name)), { request: JSON.stringify({ model: name }) }).by).toMatchObject({ 'answer.model': 'pass', 'response.hash': 'pass' });
  });

  it('of anything else is refused', () => {
    for (const text of ['', 'a:b', sha('a'), `${sha('a')}:${sha('b').toUpperCase()}`, `${sha('a')}:${sha('b')}\n`, `:${sha('a')}:${sha('b')}`, `${sha('a')}:${sha('b')}:`]) {
      expect([text, judged('sse', STREAM, statement(text)).by['signature']]).toEqual([text, 'fail SIGNED_TEXT_MALFORMED']);
    }
  });

  it('that looks like hex is signed as text, not as the bytes it could stand for', () => {
    const text = over(STREAM);
    const asBytes = personalSign(Buffer.from(text.replace(':', ''), 'hex').toString('latin1'), { secret: KEY.secret, address: KEY.text });
    expect(judged('sse', STREAM, answered({ text, signature: asBytes, signing_address: KEY.text, signing_algo: 'ecdsa' })).by['signature']).toBe('fail SIGNATURE_INVALID');
  });

  it('of another model than was asked for fails; an alias does not', () => {
    expect(judged('sse', STREAM, statement(over(STREAM, 'vendor/other'))).by['answer.model']).toBe('fail MODEL_MISMATCH');
    expect(judged('sse', STREAM, statement(over(STREAM, 'deepseek-ai/DeepSeek-V3.1')), { provider: nearai, request: '{"model":"deepseek-v3.1"}' }).by['answer.model']).toBe('pass');
    expect(judged('sse', STREAM, statement(over(STREAM, 'vendor/MODEL:v1'))).by['answer.model']).toBe('fail MODEL_MISMATCH');
  });

  it('of a model’s machine, over a stream that its gateway wrote anew, is open with its reason; the gateway’s own is not', () => {
    const text = over('data: other bytes\n\n', 'vendor/model:v1');
    const kinds = { provider_tee: 'unknown ANSWER_REWRITTEN', gateway: 'fail RESPONSE_HASH_MISMATCH' };
    for (const [kind, outcome] of Object.entries(kinds)) expect(judged('sse', STREAM, statement(text, KEY, { signature_kind: kind }), { provider: nearai }).by['response.hash']).toBe(outcome);
    expect(judged('sse', STREAM, statement(text), { provider: nearai }).by['response.hash']).toBe('unknown ANSWER_REWRITTEN');
    // Two parts and no word of whose key it is: an old row, and who signed it is for the evidence to say.
    expect(judged('sse', STREAM, statement(over('x')), { provider: nearai })).toMatchObject({ by: { 'response.hash': 'unknown ANSWER_REWRITTEN' }, signedBy: { differs: true } });
    expect(judged('sse', STREAM, statement(over(STREAM)), { provider: nearai }).signedBy).not.toHaveProperty('differs');
    expect(judged('sse', STREAM, statement(over('x')), { provider: phala }).by['response.hash']).toBe('fail RESPONSE_HASH_MISMATCH');
    expect(judged('sse', STREAM, statement(text), { provider: phala }).by['response.hash']).toBe('fail RESPONSE_HASH_MISMATCH');
  });

  it('by a service that has its own names for models is open, where theirs differ', () => {
    expect(judged('sse', STREAM, statement(over(STREAM, 'Qwen/Qwen3')), { provider: venice, request: '{"model":"tee-qwen3"}' }).by['answer.model']).toBe('unknown MODEL_MISMATCH');
    expect(judged('sse', STREAM, statement(over(STREAM, 'tee-qwen3')), { provider: venice, request: '{"model":"tee-qwen3"}' }).by['answer.model']).toBe('pass');
  });

  it('mistake 11: a request hash that differs is told and does not count', () => {
    const { checks } = judged('sse', STREAM, statement(`${sha('another request')}:${sha(STREAM)}`));
    expect(checks.find(({ id }) => id === 'request.hash')).toMatchObject({ outcome: 'unknown', code: 'REQUEST_HASH_MISMATCH', required: false });
  });
});

describe('whose key signed', () => {
  const machine = (place: string, role: MachineAppraisal['role'], key: Key, model?: string, binding: 'address-nonce' | 'none' = 'address-nonce'): MachineAppraisal => ({
    place, role, ...(model === undefined ? {} : { model }), checks: [pass('quote.signature', place)], signers: [{ address: key.text, algorithm: key.algorithm, binding }], software: [], parts: [],
  });
  const [g, a, b] = [ecdsaKey(1), ecdsaKey(2), ecdsaKey(3)];
  const machines = [machine('gateway', 'gateway', g), machine('model[0]', 'model', a, 'a'), machine('model[1]', 'model', b, 'b')];
  const by = (key: Key, more: Partial<Parameters<typeof speakerOf>[0]> = {}, among = machines) => {
    const found = speakerOf({ address: key.text, algorithm: key.algorithm, ...more }, among, PHALA);
    return [found.machine?.place, ...found.checks.flatMap(({ id, outcome, code }) => (outcome === 'pass' ? [] : [`${id} ${outcome} ${code ?? ''}`]))];
  };

  it('is the one machine that binds it', () => {
    expect(by(g)).toEqual(['gateway']);
    expect(by(a, { textModel: 'a', requestedModel: 'a', kind: 'provider_tee' })).toEqual(['model[0]']);
    expect(by(ecdsaKey(9))).toEqual([undefined]);
    expect(by(edKey(2))).toEqual([undefined]);
  });

  it('a machine that only names a key does not speak for it', () => {
    expect(by(a, {}, [machine('model[0]', 'model', a, 'a', 'none')])).toEqual([undefined]);
  });

  it('one key in two roles, or in another than is said, is confusion', () => {
    expect(by(g, {}, [...machines, machine('model[2]', 'model', g, 'c')])).toEqual([undefined, 'key.role fail KEY_ROLE_CONFUSED']);
    expect(by(g, { kind: 'provider_tee' })).toEqual([undefined, 'key.role fail KEY_ROLE_CONFUSED']);
    expect(by(a, { kind: 'gateway' })).toEqual([undefined, 'key.role fail KEY_ROLE_CONFUSED']);
    expect(by(g, { textModel: 'a' })).toEqual([undefined, 'key.role fail KEY_ROLE_CONFUSED']);
  });

  it('a gateway’s own key over other bytes than it handed over is a contradiction, a machine’s behind it is not', () => {
    expect(by(g, { differs: true })).toEqual([undefined, 'key.role fail RESPONSE_HASH_MISMATCH']);
    expect(by(a, { differs: true, requestedModel: 'a' })).toEqual(['model[0]']);
  });

  it('model A’s key signs nothing for model B', () => {
    expect(by(a, { textModel: 'b', requestedModel: 'b' })).toEqual([undefined, 'signer.model fail MODEL_MISMATCH']);
    expect(by(a, { requestedModel: 'b' })).toEqual([undefined, 'signer.model fail MODEL_MISMATCH']);
    // That a text of model A answers a request for B is said where both are read: `answer.model`.
    expect(by(a, { textModel: 'a', requestedModel: 'b' })).toEqual(['model[0]']);
  });

  it('of several machines with one key the worst speaks', () => {
    const worse = { ...machine('model[2]', 'model', a, 'a'), checks: [weak('software', 'SOFTWARE_NOT_KNOWN', '')] };
    expect(by(a, { requestedModel: 'a' }, [...machines, worse])).toEqual(['model[2]']);
  });

  it('a gateway’s names its gap', () => {
    expect(modelMachineCheck(false)).toMatchObject({ outcome: 'weak', code: 'MODEL_MACHINE_NOT_PROVEN' });
    expect(modelMachineCheck(true).outcome).toBe('pass');
  });
});

describe('recognition and requests', () => {
  const kind = (url: string, method = 'POST', type: string | undefined = 'text/event-stream', status = 200) => phala.recognise({ url, method, status, headers: type === undefined ? [] : [{ name: 'Content-Type', value: type }] });

  it('answers, evidence and the rest', () => {
    for (const path of ['chat/completions', 'completions', 'responses', 'messages']) expect(kind(`https://api.redpill.ai/v1/${path}`)).toEqual({ kind: 'answer', form: 'sse' });
    expect(kind('https://api.redpill.ai/v1/chat/completions', 'POST', 'application/json; charset=utf-8')).toEqual({ kind: 'answer', form: 'json' });
    expect(kind('https://api.redpill.ai/v1/chat/completions', 'POST', 'text/plain')).toEqual({ kind: 'unrecognised' });
    expect(kind('https://api.redpill.ai/v1/elsewhere')).toEqual({ kind: 'unrecognised' });
    expect(kind('https://api.redpill.ai/v1/chat/completions', 'POST', 'application/json', 500)).toEqual({ kind: 'unrecognised' });
    expect(kind('https://api.redpill.ai/v1/attestation/report', 'GET')).toEqual({ kind: 'attestation' });
    expect(kind('https://api.redpill.ai/v1/models', 'GET', 'application/json')).toEqual({ kind: 'ignored' });
    expect(kind('https://api.venice.ai/api/v1/chat/completions')).toEqual({ kind: 'answer', form: 'sse' });
    expect(kind('https://api.redpill.ai/x/v1/chat/completions')).toEqual({ kind: 'unrecognised' });
  });

  it('ask for evidence with our number and the connection’s key, for a model that was named', () => {
    const nonce = new Uint8Array(32).fill(1);
    expect(phala.attestationRequest({ apiOrigin: 'https://api.redpill.ai', nonce, model: 'a/b' }).url).toBe(`https://api.redpill.ai/v1/attestation/report?model=a%2Fb&nonce=${'01'.repeat(32)}&signing_algo=ecdsa&include_tls_fingerprint=true`);
    expect(venice.attestationRequest({ apiOrigin: 'https://api.venice.ai', nonce, model: 'a' }).url).toContain('https://api.venice.ai/api/v1/tee/attestation?model=a&nonce=0101');
    expect(() => phala.attestationRequest({ apiOrigin: 'https://api.redpill.ai', nonce, model: undefined })).toThrow(/^MODEL_NOT_KNOWN/);
  });

  it('request bodies are hashed whole, whatever they are', () => {
    for (const body of ['', '{', '[]', '{"model":7}', REQUEST]) expect(phala.readRequest(bytes(body)).hashes).toEqual([{ rule: 'raw', sha256: sha(body) }]);
    expect(phala.readRequest(bytes(REQUEST)).model).toBe('vendor/model:v1');
  });
});

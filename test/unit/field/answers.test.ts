/**
 * Mistakes of other verifiers about answers (the numbers are those of the survey's list). Each answer here is joined with
 * evidence in which nothing is wrong: what is wrong with the answer must show all the same.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pass } from '../../../src/checks/check';
import { ionet } from '../../../src/providers/ionet';
import { joinAnswer, type Evidence } from '../../../src/providers/join';
import { nearai, phala } from '../../../src/providers/report';
import type { AnswerFindings, Appraisal, AsideReading, Provider } from '../../../src/providers/types';
import { stateOf } from '../../../src/verdict/state';
import { bench } from '../cli/shell';
import { BODY, CHUNKS, events, goodHeaders, goodStream, headOf, KEY, key, personalSign, read, signatureEvent, statementOver, streamDigest } from '../providers/fixture';
import { SERVICES } from './services';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Evidence that could not be better, and that binds this key. */
const perfect = (address: string = KEY.address): Evidence => {
  const appraisal: Appraisal = { checks: [pass('quote.signature', ''), pass('software', ''), pass('key.binding', '')], signers: [{ address, algorithm: 'ecdsa', binding: 'address-nonce' }], software: [], parts: [] };
  return { kind: 'evidence', appraisal, receivedAt: 1_000, limited: false };
};

function joined(provider: Provider, findings: AnswerFindings, evidence: Evidence = perfect()) {
  const checks = joinAnswer({ profile: provider.profile, findings, evidence, startedAt: 2_000, endedAt: 3_000 });
  return { state: stateOf(checks), by: Object.fromEntries(checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`])) };
}

const jsonAnswer = (body: string, headers = goodHeaders(), evidence = perfect(), over: Parameters<typeof headOf>[2] = {}) =>
  joined(ionet, ionet.judgeAnswer({ head: headOf('json', headers, over), form: 'json', reading: read('json', body), cut: false }), evidence);
const stream = (body: string, evidence = perfect()) => joined(ionet, ionet.judgeAnswer({ head: headOf('sse'), form: 'sse', reading: read('sse', body), cut: false }), evidence);

const CHUNK = '{"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"delta":{"content":"hello"}}]}';
const STREAM = `data: ${CHUNK}\n\ndata: [DONE]\n\n`;
const REQUEST = '{"model":"vendor/model","messages":[]}';

/** An answer of the report dialect, and what its service says when it is asked for the signature. */
function beside(signature: { status: number; body: string } | undefined, { body = STREAM, provider = phala, evidence = perfect(), headers = [] as { name: string; value: string }[] } = {}) {
  const reader = provider.newReader('sse');
  reader.push(bytes(body));
  const { hashes, model } = provider.readRequest(bytes(REQUEST));
  const head = headOf('sse', headers, { requestHashes: hashes, model, url: `${provider.profile.apiOrigins[0] ?? ''}/v1/chat/completions` });
  const aside: AsideReading | undefined = signature === undefined ? undefined : provider.aside?.read({ status: signature.status, body: bytes(signature.body) });
  return joined(provider, provider.judgeAnswer({ head, form: 'sse', reading: reader.finish('complete'), cut: false, ...(aside === undefined ? {} : { aside }) }), evidence);
}

const statement = (text: string, over: Record<string, unknown> = {}, by = KEY) => ({ status: 200, body: JSON.stringify({ text, signature: `0x${personalSign(text, by)}`, signing_address: by.address, signing_algo: 'ecdsa', ...over }) });
const signedText = (body: string = STREAM, request: string = REQUEST): string => `${sha(request)}:${sha(body)}`;

it('answers that hold: what the mistakes below are told apart from', () => {
  expect([jsonAnswer(BODY).state, stream(goodStream()).state, beside(statement(signedText())).state]).toEqual(['verified', 'verified', 'verified']);
});

describe('an answer without a signature', () => {
  it('field 1: HTTP 200 is no signature', () => {
    expect(jsonAnswer(BODY, [{ name: 'content-type', value: 'application/json' }])).toMatchObject({ state: 'failed', by: { signature: 'fail ANSWER_UNSIGNED' } });
    expect(stream(`${events(CHUNKS)}data: [DONE]\n\n`)).toMatchObject({ state: 'failed', by: { signature: 'fail ANSWER_UNSIGNED' } });
    for (const body of ['', '{}', '[]', 'OK', '{"verified":true}', '{"error":"not found"}', '{"error":{"message":"no"}}', '<html></html>', '{"text":"","signature":"","signing_address":""}']) {
      const judged = beside({ status: 200, body });
      expect([body, judged.state, judged.by['signature']?.startsWith('fail')]).toEqual([body, 'failed', true]);
    }
  });

  it('field 1: an error in an answer’s place is no answer that holds', () => {
    for (const body of ['{"error":"busy"}', '{}', '', 'null']) expect([body, jsonAnswer(body, []).state]).toEqual([body, 'incomplete']);
  });
});

describe('the signature and the text', () => {
  const other = key(9);

  it('field 2: a signature that is there is checked', () => {
    for (const bend of [{ signature: personalSign('something else') }, { signature: personalSign(signedText(), other) }, { signature: `0x${'00'.repeat(65)}` }, { signature: 'fetched' }, { signing_address: other.address }, { signing_algo: 'none' }]) {
      expect([bend, beside(statement(signedText(), bend)).state]).toEqual([bend, 'failed']);
    }
    const headers = goodHeaders().map((h) => (h.name === 'signature' ? { ...h, value: personalSign('something else') } : h));
    expect(jsonAnswer(BODY, headers)).toMatchObject({ state: 'failed', by: { signature: 'fail SIGNATURE_INVALID', signer: 'unknown SIGNATURE_INVALID' } });
  });

  it('field 2: and by whom: a valid signature of a key in no evidence does not verify', () => {
    expect(beside(statement(signedText(), {}, other))).toMatchObject({ state: 'failed', by: { signature: 'pass', signer: 'fail SIGNER_MISMATCH' } });
    expect(jsonAnswer(BODY, goodHeaders(BODY, other))).toMatchObject({ state: 'incomplete', by: { signature: 'pass', signer: 'unknown SIGNER_NOT_REPORTED' } });
  });

  it('field 3: a valid signature over other bytes than were received fails', () => {
    expect(jsonAnswer(BODY.replace('one pill', 'ten pills'))).toMatchObject({ state: 'failed', by: { signature: 'pass', signer: 'pass', 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
    expect(stream(goodStream().replace('pill', 'bill'))).toMatchObject({ state: 'failed', by: { signature: 'pass', 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
    for (const body of [STREAM.replace('hello', 'hullo'), `${STREAM}\n`, `data: ${CHUNK}\n\n${STREAM}`]) expect(beside(statement(signedText()), { body })).toMatchObject({ state: 'failed', by: { signature: 'pass', signer: 'pass', 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
  });

  it('field 3: bytes that nobody saw are open, not taken for the signed ones', () => {
    for (const gap of ['BODY_NOT_SEEN', 'BODY_TOO_LARGE', 'BODY_AMBIGUOUS', 'BODY_NOT_COMPARABLE'] as const) {
      const findings = ionet.judgeAnswer({ head: headOf('json', goodHeaders()), form: 'json', reading: gap, cut: false });
      expect(joined(ionet, findings)).toMatchObject({ state: 'incomplete', by: { signature: 'pass', 'response.hash': `unknown ${gap}` } });
    }
  });
});

describe('evidence that is missing', () => {
  it('field 4: never makes an answer pass, whatever the service and the reason', () => {
    const good = ionet.judgeAnswer({ head: headOf('json', goodHeaders()), form: 'json', reading: read('json', BODY), cut: false });
    for (const { provider } of SERVICES) {
      for (const code of ['SERVICE_UNREACHABLE', 'LOGIN_NEEDED', 'RATE_LIMITED', 'SERVICE_ERROR', 'ATTESTATION_TIMEOUT', 'MODEL_NOT_KNOWN', 'CANCELLED'] as const) {
        expect(joined(provider, good, { kind: 'problem', code, detail: '' })).toMatchObject({ state: 'incomplete', by: { evidence: `unknown ${code}`, signer: `unknown ${code}` } });
      }
    }
  });

  it('field 4: nor does evidence that names no key, or that only names it', () => {
    const none: Evidence = { kind: 'evidence', appraisal: { checks: [pass('quote.signature', '')], signers: [], software: [], parts: [] }, receivedAt: 1_000, limited: false };
    expect(jsonAnswer(BODY, goodHeaders(), none).state).toBe('incomplete');
    expect(beside(statement(signedText()), { evidence: none })).toMatchObject({ state: 'failed', by: { signer: 'fail SIGNER_MISMATCH' } });
    const named: Evidence = { kind: 'evidence', appraisal: { checks: [pass('quote.signature', '')], signers: [{ address: KEY.address, algorithm: 'ecdsa', binding: 'none' }], software: [], parts: [] }, receivedAt: 1_000, limited: false };
    expect(jsonAnswer(BODY, goodHeaders(), named).state).toBe('limited');
  });
});

describe('what is hashed', () => {
  it('field 11: a request’s hash is that of the bytes sent, not of a header', () => {
    const claimed = sha('a request nobody sent');
    const headers = ['X-Request-Hash', 'x-request-hash', 'request_hash', 'X-Request-Id'].map((name) => ({ name, value: claimed }));
    const judged = beside(statement(`${claimed}:${sha(STREAM)}`), { headers });
    expect(judged.by['request.hash']).toBe('unknown REQUEST_HASH_MISMATCH');
    expect(beside(statement(signedText()), { headers }).by['request.hash']).toBe('pass');
    // What was not seen is not taken from anywhere else.
    expect(jsonAnswer(BODY, [...goodHeaders(), ...headers], perfect(), { requestHashes: [], requestUnseen: true }).by['request.hash']).toBe('unknown REQUEST_NOT_SEEN');
  });

  it('field 25: JSON written anew is not the bytes that were signed', () => {
    const body = '{"choices":[{"message":{"content":"a"},"logprobs":1.0}],"10":1,"2":1e2}';
    expect(jsonAnswer(body, goodHeaders(body)).state).toBe('verified');
    const anew = JSON.stringify(JSON.parse(body));
    expect(anew).not.toBe(body);
    // A verifier that hashes what it parsed takes either for the other.
    expect(jsonAnswer(anew, goodHeaders(body))).toMatchObject({ state: 'failed', by: { 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
    expect(jsonAnswer(body, goodHeaders(anew))).toMatchObject({ state: 'failed', by: { 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
    const spaced = ` ${REQUEST}`;
    expect(phala.readRequest(bytes(spaced)).hashes.map(({ sha256 }) => sha256)).toEqual([sha(spaced)]);
  });

  it('field 26: two parts and three are told apart, and each service signs its own', () => {
    const three = `vendor/model:${signedText()}`;
    for (const text of [signedText(), three]) expect([text, beside(statement(text)).state]).toEqual([text, 'verified']);
    expect(beside(statement(`vendor/other:${signedText()}`))).toMatchObject({ state: 'failed', by: { 'answer.model': 'fail MODEL_MISMATCH' } });
    for (const text of [sha(STREAM), `${signedText()}:`, `:${signedText()}`, `${signedText()}:vendor/model`, signedText().toUpperCase(), `a:b:c:${sha(STREAM)}`]) expect([text, beside(statement(text)).state]).toEqual([text, 'failed']);
    // The parts in the other order are other parts.
    expect(beside(statement(`${sha(STREAM)}:${sha(REQUEST)}`))).toMatchObject({ state: 'failed', by: { 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
    const digest = streamDigest(events(CHUNKS));
    const foreign = statementOver(digest);
    const text = `model:${foreign['text'] ?? ''}`;
    expect(stream(`${events(CHUNKS)}${signatureEvent({ ...foreign, text, signature: personalSign(text) })}data: [DONE]\n\n`)).toMatchObject({ state: 'failed', by: { signature: 'fail SIGNED_TEXT_MALFORMED' } });
  });

  it('field 16: `verified: true` beside an answer or its signature changes nothing', () => {
    const headers = ['brave-near-verified', 'x-verified', 'X-Attestation-Ok'].map((name) => ({ name, value: 'true' }));
    expect(beside(statement(signedText(), { verified: true, is_valid: true, signature: personalSign('x') }), { headers }).state).toBe('failed');
    expect(beside({ status: 200, body: '{"verified":true,"signature":"0x00"}' }, { headers }).state).toBe('failed');
    expect(jsonAnswer(BODY.replace('one pill', 'ten pills'), [...goodHeaders(), ...headers]).state).toBe('failed');
  });

  it('field 3: a chat of NEAR’s through its gateway is not passed for a text that cannot be compared', () => {
    const judged = beside(statement(`vendor/model:${signedText('data: other\n\n')}`), { provider: nearai });
    expect([judged.state, judged.by['response.hash']]).toEqual(['incomplete', 'unknown ANSWER_REWRITTEN']);
  });
});

describe('the command line', () => {
  const b = bench();

  it('field 3: answers as the extension does', async () => {
    const headers = b.file('h', JSON.stringify(Object.fromEntries(goodHeaders().map(({ name, value }) => [name, value]))));
    const about = (name: string, body: string) => b.assay('verify', 'answer', '--dialect', 'ionet-agent', '--request', b.file('r', REQUEST), '--response', b.file(name, body), '--headers', headers, '--address', KEY.address);
    expect((await about('good', BODY)).status).toBe(0);
    expect(await about('bent', BODY.replace('one pill', 'ten pills'))).toMatchObject({ status: 1, by: { 'response.hash': 'fail RESPONSE_HASH_MISMATCH' } });
    // Without evidence an answer is never verified, whatever it is said to be signed by.
    expect((await about('good', BODY)).json.state).toBe('limited');
    b.close();
  });
});

/** Answers of Privatemode's own proxy: plain text, the gateway's word passed on, and what stays unseen. */
import { describe, expect, it } from 'vitest';
import { absent, pass } from '../../../src/checks/check';
import { DEFAULT } from '../../../src/checks/policy';
import type { ExchangeHead, HeaderItem } from '../../../src/providers/exchange';
import { joinAnswer } from '../../../src/providers/join';
import { privatemode } from '../../../src/providers/privatemode';
import { privatemodeProxyOf } from '../../../src/providers/privatemode/proxy';
import type { AnswerInput, AppraiseContext } from '../../../src/providers/types';
import { keyOf } from '../../../src/ui/model/evidence/key';
import { gapsOf } from '../../../src/ui/model/gaps';
import { isAgreedInside } from '../../../src/ui/model/session';
import { stateOf } from '../../../src/verdict/state';
import { NO_ENDORSEMENTS } from '../providers/no-endorsements';

const LOCAL = 'http://localhost:8080';
const proxy = privatemodeProxyOf({ dialect: 'privatemode', pageOrigin: LOCAL, apiOrigin: LOCAL, name: 'My proxy' });
const TEXT = new TextEncoder().encode('{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}');

const headOf = (headers: readonly HeaderItem[] = [], path = '/v1/chat/completions', status = 200): ExchangeHead => ({
  url: `${LOCAL}${path}`, method: 'POST', status, headers: [{ name: 'content-type', value: 'application/json' }, ...headers], startedAt: 1, model: 'm', requestHashes: [], requestUnseen: false, tabId: 1, initiator: LOCAL, incognito: false, fromCache: false,
} as unknown as ExchangeHead);

function judged(headers: readonly HeaderItem[] = [], bytes = TEXT, { cut = false, form = 'json' }: { cut?: boolean; form?: 'json' | 'sse' } = {}) {
  const reader = proxy.newReader(form);
  reader.push(bytes);
  const input: AnswerInput = { head: headOf(headers), form, reading: reader.finish(cut ? 'cut' : 'complete'), cut };
  return proxy.judgeAnswer(input).checks;
}
const utf8 = (text: string) => new TextEncoder().encode(text);
const PLAIN: HeaderItem = { name: 'Privatemode-Encrypted', value: 'false' };
const said = (checks: ReturnType<typeof judged>) => checks.map(({ id, outcome, code }) => [id, outcome, code]);

describe('an answer of the proxy', () => {
  it('is known for one by the end of its path, whatever type it names, and nothing there is evidence', () => {
    const typed = (type: string): ExchangeHead => ({ ...headOf(), headers: [{ name: 'content-type', value: type }] });
    for (const path of ['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/messages', '/api/v1/messages']) expect(proxy.recognise(headOf([], path)), path).toEqual({ kind: 'answer', form: 'json' });
    expect(proxy.recognise(typed('text/plain'))).toEqual({ kind: 'answer', form: 'json' });
    expect(proxy.recognise(typed('text/event-stream'))).toEqual({ kind: 'answer', form: 'sse' });
    expect(proxy.recognise(headOf([], '/privatemode/v1/attest'))).toEqual({ kind: 'unrecognised' });
    expect(proxy.recognise(headOf([], '/v1/chat/completions', 500))).toEqual({ kind: 'ignored' });
    expect(proxy.recognise({ ...headOf([PLAIN]), method: 'GET' })).toEqual({ kind: 'ignored' });
    expect(proxy.session).toBeUndefined();
  });

  it('is told under the gateway’s word that it was not encrypted, whatever its path and type', () => {
    for (const path of ['/v1/audio/transcriptions', '/unstructured/x', '/elsewhere']) for (const type of ['text/plain', 'image/png', 'application/json']) {
      expect(proxy.recognise({ ...headOf([], path), headers: [{ name: 'content-type', value: type }, PLAIN] }), `${path} ${type}`).toEqual({ kind: 'answer', form: 'json' });
    }
    // An error says so too, and is no answer.
    expect(proxy.recognise(headOf([PLAIN], '/v1/chat/completions', 500))).toEqual({ kind: 'ignored' });
  });

  it.each<[string, 'json' | 'sse', string]>([
    ['OpenAI’s stream', 'sse', 'data: {"id":"1","choices":[{"delta":{"content":"h"}}]}\n\ndata: [DONE]\n\n'],
    ['Anthropic’s stream', 'sse', 'event: message_start\ndata: {"type":"message_start","message":{"id":"1"}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'],
    ['Anthropic’s JSON', 'json', '{"id":"1","type":"message","content":[{"type":"text","text":"h"}]}'],
    ['embeddings', 'json', '{"object":"list","data":[{"embedding":[0.1]}]}'],
  ])('is read in its own form: %s', (_name, form, text) => {
    expect(said(judged([], utf8(text), { form }))[0]).toEqual(['format', 'pass', undefined]);
    expect(said(judged([], utf8(text.slice(0, text.length / 2)), { form, cut: true }))[0]).toEqual(['format', 'unknown', 'ANSWER_CUT']);
    expect(said(judged([PLAIN], utf8(text), { form }))[0]).toEqual(['format', 'fail', 'ANSWER_NOT_FROM_ENCLAVE']);
  });

  it.each<[string, HeaderItem]>([
    ['false', { name: 'Privatemode-Encrypted', value: 'false' }],
    ['in other letters', { name: 'privatemode-encrypted', value: ' FALSE ' }],
    ['twice, joined', { name: 'Privatemode-Encrypted', value: 'true, false' }],
    ['as bytes that are no text', { name: 'Privatemode-Encrypted', value: new Uint8Array([0xff]) }],
  ])('fails under the gateway’s word that it was not encrypted: %s', (_name, header) => {
    const checks = judged([header]);
    expect(said(checks)[0]).toEqual(['format', 'fail', 'ANSWER_NOT_FROM_ENCLAVE']);
    expect(checks.filter(({ id }) => id === 'format')).toHaveLength(1);
    expect(stateOf(checks)).toBe('failed');
  });

  it('is open where it was cut or its bytes were not seen, and fails under that word all the same', () => {
    expect(said(judged([], TEXT.subarray(0, 40), { cut: true }))[0]).toEqual(['format', 'unknown', 'ANSWER_CUT']);
    const input: AnswerInput = { head: headOf([{ name: 'Privatemode-Encrypted', value: 'false' }]), form: 'json', reading: 'BODY_NOT_SEEN', cut: false };
    expect(stateOf(proxy.judgeAnswer(input).checks)).toBe('failed');
    expect(stateOf(proxy.judgeAnswer({ ...input, head: headOf() }).checks)).toBe('incomplete');
  });

});

describe('the deployment beside it', () => {
  const NONCE = new Uint8Array(32).fill(7);

  it('is judged as Privatemode’s own, and every verdict says that the proxy’s checks are unseen', async () => {
    const context = { now: 1, policy: DEFAULT, anchors: [], references: [], ...NO_ENDORSEMENTS } as unknown as AppraiseContext;
    const report = { status: 200, contentType: 'application/json', body: utf8('{}'), nonce: NONCE };
    const [own, built] = await Promise.all([proxy.appraise(report, context), privatemode.appraise(report, context)]);
    expect(own.checks.filter(({ id }) => id === 'channel').map(({ outcome, code }) => [outcome, code])).toEqual([['absent', 'PROXY_CHECKS_UNSEEN']]);
    expect(own.checks.filter(({ id }) => id !== 'channel')).toEqual(built.checks.filter(({ id }) => id !== 'channel'));
  });

  it('makes no answer better than limited, and nobody’s key “agreed inside”', () => {
    const unseen = absent('channel', 'service', 'PROXY_CHECKS_UNSEEN', '');
    const evidence = [...['quote.signature', 'reportdata', 'manifest.pin', 'measurement', 'key.secret.cert', 'key.secret.signature'].map((id) => pass(id, '', { basis: 'hardware' })), absent('key.binding', 'service', 'ANSWERS_NOT_SIGNED', ''), unseen];
    const appraisal = { checks: evidence, signers: [], software: [], parts: [] };
    const joined = joinAnswer({ profile: proxy.profile, findings: { checks: judged() }, evidence: { kind: 'evidence', appraisal, receivedAt: 1, limited: false }, startedAt: 2, endedAt: 3 });
    expect(stateOf(joined)).toBe('limited');
    expect(joined.filter(({ code }) => code === 'PROXY_CHECKS_UNSEEN')).toHaveLength(1);
    const gaps = gapsOf(joined, { service: 'My proxy', now: 1 }, false).map(({ id }) => id);
    expect(gaps).toContain('way_proxy');
    expect(gaps).not.toContain('way_open');
    expect([isAgreedInside(evidence), isAgreedInside(evidence.filter((check) => check !== unseen))]).toEqual([false, true]);
    expect(keyOf(evidence, [], '', undefined).intro).toBe('key_intro_unsigned');
  });
});

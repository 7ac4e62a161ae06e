/** Answers of Privatemode's own proxy: plain text, the gateway's word passed on, and what stays unseen. */
import { describe, expect, it } from 'vitest';
import { absent, pass } from '../../../src/checks/check';
import type { ExchangeHead, HeaderItem } from '../../../src/providers/exchange';
import { joinAnswer } from '../../../src/providers/join';
import { privatemodeProxyOf } from '../../../src/providers/privatemode/proxy';
import type { AnswerInput } from '../../../src/providers/types';
import { gapsOf } from '../../../src/ui/model/gaps';
import { stateOf } from '../../../src/verdict/state';

const LOCAL = 'http://localhost:8080';
const proxy = privatemodeProxyOf({ dialect: 'privatemode', pageOrigin: LOCAL, apiOrigin: LOCAL, name: 'My proxy' });
const TEXT = new TextEncoder().encode('{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}]}');

const headOf = (headers: readonly HeaderItem[] = [], path = '/v1/chat/completions', status = 200): ExchangeHead => ({
  url: `${LOCAL}${path}`, method: 'POST', status, headers: [{ name: 'content-type', value: 'application/json' }, ...headers], startedAt: 1, model: 'm', requestHashes: [], requestUnseen: false, tabId: 1, initiator: LOCAL, incognito: false, fromCache: false,
} as unknown as ExchangeHead);

function judged(headers: readonly HeaderItem[] = [], bytes = TEXT, cut = false) {
  const reader = proxy.newReader('json');
  reader.push(bytes);
  const input: AnswerInput = { head: headOf(headers), form: 'json', reading: reader.finish(cut ? 'cut' : 'complete'), cut };
  return proxy.judgeAnswer(input).checks;
}
const said = (checks: ReturnType<typeof judged>) => checks.map(({ id, outcome, code }) => [id, outcome, code]);

describe('an answer of the proxy', () => {
  it('is known for one by its path, and nothing there is evidence', () => {
    expect(proxy.recognise(headOf())).toEqual({ kind: 'answer', form: 'json' });
    expect(proxy.recognise(headOf([], '/privatemode/v1/attest'))).toEqual({ kind: 'unrecognised' });
    expect(proxy.recognise(headOf([], '/v1/chat/completions', 500))).toEqual({ kind: 'ignored' });
    expect(proxy.session).toBeUndefined();
  });

  it('says that what the proxy checked is unseen, and is never more than limited, however good the evidence', () => {
    const checks = judged();
    expect(said(checks)).toEqual([['format', 'pass', undefined], ['signature', 'absent', 'ANSWERS_NOT_SIGNED'], ['key.session', 'absent', 'PROXY_CHECKS_UNSEEN']]);
    const evidence = ['quote.signature', 'reportdata', 'manifest.pin', 'measurement', 'key.secret.cert', 'key.secret.signature', 'channel'].map((id) => pass(id, '', { basis: 'hardware' }));
    expect(stateOf([...checks, ...evidence])).toBe('limited');
    const gaps = gapsOf([...checks, ...evidence.filter(({ id }) => id !== 'channel'), absent('channel', 'service', 'CHANNEL_NOT_BOUND', '')], { service: 'My proxy', now: 1 }, false).map(({ id }) => id);
    expect(gaps).toContain('way_proxy');
    expect(gaps).not.toContain('way_open');
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
    expect(said(judged([], TEXT.subarray(0, 40), true))[0]).toEqual(['format', 'unknown', 'ANSWER_CUT']);
    const input: AnswerInput = { head: headOf([{ name: 'Privatemode-Encrypted', value: 'false' }]), form: 'json', reading: 'BODY_NOT_SEEN', cut: false };
    expect(stateOf(proxy.judgeAnswer(input).checks)).toBe('failed');
    expect(stateOf(proxy.judgeAnswer({ ...input, head: headOf() }).checks)).toBe('incomplete');
  });

  it('is joined with the evidence that Assay asked for, none of which is a session of the page', () => {
    const appraisal = { checks: [pass('reportdata', '', { basis: 'hardware' })], signers: [], software: [], parts: [] };
    const joined = joinAnswer({ profile: proxy.profile, findings: { checks: judged() }, evidence: { kind: 'evidence', appraisal, receivedAt: 1, limited: false }, startedAt: 2, endedAt: 3 });
    expect(joined.filter(({ id }) => id === 'key.session').map(({ code }) => code)).toEqual(['PROXY_CHECKS_UNSEEN']);
    expect(joined.some(({ id }) => id === 'reportdata')).toBe(true);
  });
});

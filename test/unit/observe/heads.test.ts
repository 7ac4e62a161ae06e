/** The life of one request as the browser tells it. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { apiOriginOf } from '../../../src/observe/heads';
import { GRACE_MS } from '../../../src/observe/limits';
import { bodyOf, endingOf, headersOf, initiatorOf, isOwn, spkiSha256Of, urlOf } from '../../../src/platform/web-request-facts';
import { tlsIdentity } from '../../simulator/pki/tls';
import { ANSWERS, API, Background, JSON_TYPE, PAGE, Call, TAB, utf8 } from './world';

const facts = { requestId: '1', url: ANSWERS, method: 'POST', tabId: TAB, initiator: PAGE, incognito: false, websocket: false, at: 0 };
const flush = () => new Promise((resolve) => setImmediate(resolve));

describe('the record of a request', () => {
  it('is nothing for hosts that are not watched', async () => {
    const background = await Background.started();
    const request = new Call('1', { url: 'https://elsewhere.example/answers', body: 'x' });
    request.leaves(background);
    request.answered(background, [JSON_TYPE]);
    request.ends(background);
    expect(background.events).toEqual([]);
    expect(background.store.records.size).toBe(0);
  });

  it('is plain data that survives a store, binary header values included', async () => {
    const background = await Background.started();
    const request = new Call('1', { body: '{"model":"m"}' });
    request.leaves(background);
    request.answered(background, [JSON_TYPE, { name: 'text', value: Uint8Array.of(0xff, 0x00) }, { name: 'text', value: 'twice' }]);
    await flush();
    const again = await Background.started(background.clock, background.store);
    request.ends(again);
    again.clock.advance(10_000);
    expect(again.answers[0]?.head).toMatchObject({ id: '1', model: 'm', headers: [JSON_TYPE, { name: 'text', value: Uint8Array.of(0xff, 0x00) }, { name: 'text', value: 'twice' }] });
    expect([...background.store.records.values()].join()).not.toContain('{\\"model');
  });

  it('follows a redirect to where it ends, and forgets where it began', async () => {
    const background = await Background.started();
    const first = new Call('1', { body: 'x' });
    first.leaves(background);
    first.answered(background, [{ name: 'location', value: `${ANSWERS}/2` }], { status: 307 });
    background.observer.heads.onRedirect('1');
    expect(background.kinds()).toEqual(['requested', 'dropped']);
    const second = new Call('1', { url: `${ANSWERS}?2`, body: 'x' });
    second.leaves(background);
    second.answered(background, [JSON_TYPE]);
    second.ends(background);
    background.clock.advance(GRACE_MS);
    expect(background.answers).toMatchObject([{ head: { url: `${ANSWERS}?2` } }]);
  });

  it('drops a redirect that leads away from the API', async () => {
    const background = await Background.started();
    const request = new Call('1', { body: 'x' });
    request.leaves(background);
    background.observer.heads.onRedirect('1');
    const away = new Call('1', { url: 'https://elsewhere.example/' });
    away.leaves(background);
    away.answered(background, [JSON_TYPE]);
    away.ends(background);
    background.clock.advance(GRACE_MS);
    expect(background.kinds()).toEqual(['requested', 'dropped']);
    await flush();
    expect(background.store.records.size).toBe(0);
  });

  it('has the last headers that came, and remembers that a cache was asked', async () => {
    const background = await Background.started();
    const request = new Call('1', { body: 'x' });
    request.leaves(background);
    request.answered(background, [{ name: 'a', value: '1' }], { status: 304, fromCache: true });
    request.answered(background, [JSON_TYPE], { status: 200, fromCache: false });
    request.ends(background);
    background.clock.advance(GRACE_MS);
    expect(background.answers).toMatchObject([{ head: { status: 200, fromCache: true, headers: [JSON_TYPE] } }]);
  });

  it('learns at the end that Chromium took it from its cache', async () => {
    const background = await Background.started();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [JSON_TYPE]);
    background.observer.heads.onEnd({ requestId: '1', at: 0, how: 'completed', fromCache: true });
    background.clock.advance(GRACE_MS);
    expect(background.answers).toMatchObject([{ head: { fromCache: true } }]);
  });

  it('says that the request was not seen when the grant came in between, or the body was not whole', async () => {
    const background = await Background.started();
    new Call('1').answered(background, [JSON_TYPE]);
    background.observer.heads.onRequest({ ...facts, requestId: '2' }, { kind: 'unseen' });
    new Call('2').answered(background, [JSON_TYPE]);
    background.observer.heads.onRequest({ ...facts, requestId: '3' }, { kind: 'none' });
    new Call('3').answered(background, [JSON_TYPE]);
    const heads = background.events.flatMap((event) => (event.kind === 'started' ? [event.head] : []));
    expect(heads.map(({ requestUnseen, requestHashes }) => [requestUnseen, requestHashes])).toEqual([[true, []], [true, []], [true, []]]);
  });

  it('drops what failed before any answer, and preflights', async () => {
    const background = await Background.started();
    const failed = new Call('1', { body: 'x' });
    failed.leaves(background);
    failed.ends(background, 'error');
    const preflight = new Call('2', { method: 'OPTIONS' });
    preflight.leaves(background);
    preflight.answered(background, [JSON_TYPE]);
    preflight.ends(background);
    expect(background.kinds()).toEqual(['requested', 'dropped']);
  });

  it('keeps apart what two requests under one number were', async () => {
    const background = await Background.started();
    const first = new Call('1', { body: 'x' });
    first.leaves(background);
    first.leaves(background);
    expect(background.kinds()).toEqual(['requested', 'dropped', 'requested']);
  });
});

describe('the connections of a request', () => {
  const KEY = 'ab'.repeat(32);
  const EDGE = 'ee'.repeat(32);
  const shown = (background: Background, spkiSha256: string | undefined = KEY, requestId = '1') => background.observer.heads.onConnection({ requestId, spkiSha256 });
  const hidden = (background: Background) => background.observer.heads.onConnection({ requestId: '1', spkiSha256: undefined });
  const judged = async (order: (background: Background, request: Call) => void) => {
    const background = await Background.started();
    const request = new Call('1', { body: 'x' });
    order(background, request);
    background.clock.advance(GRACE_MS);
    return background.answers.map(({ head }) => head.connection);
  };
  const ends = (background: Background, request: Call) => {
    request.answered(background, [JSON_TYPE]);
    request.ends(background);
  };
  const sentOn = (background: Background, request: Call, to: string) => {
    request.answered(background, [{ name: 'location', value: to }], { status: 307 });
    background.observer.heads.onRedirect('1');
  };

  it.each<[string, (background: Background, request: Call) => void]>([
    ['before the headers', (background, request) => { request.leaves(background); shown(background); ends(background, request); }],
    ['after them', (background, request) => { request.leaves(background); request.answered(background, [JSON_TYPE]); shown(background); request.ends(background); }],
    ['twice', (background, request) => { request.leaves(background); shown(background); shown(background); ends(background, request); }],
  ])('belong to its answer when shown %s', async (_when, order) => expect(await judged(order)).toEqual([{ keys: [KEY], host: 'api.example' }]));

  it('are all that carried it: who refused it first was sent the question too', async () => {
    expect(await judged((background, request) => { request.leaves(background); shown(background, EDGE); request.answered(background, [JSON_TYPE], { status: 401 }); shown(background); ends(background, request); })).toEqual([{ keys: [EDGE, KEY], host: 'api.example' }]);
  });

  it('are those of redirects before it as well', async () => {
    expect(await judged((background, request) => { request.leaves(background); shown(background, EDGE); sentOn(background, request, ANSWERS); request.leaves(background); shown(background); ends(background, request); })).toEqual([{ keys: [EDGE, KEY], host: 'api.example' }]);
    // The browser may tell of no redirect where it goes on by itself.
    expect(await judged((background, request) => { request.leaves(background); shown(background, EDGE); request.leaves(background); shown(background); ends(background, request); })).toEqual([{ keys: [EDGE, KEY], host: 'api.example' }]);
  });

  it('cannot be compared where one of them showed no key, or was another host’s, or nobody watched', async () => {
    expect(await judged((background, request) => { request.leaves(background); shown(background); hidden(background); ends(background, request); })).toEqual([undefined]);
    expect(await judged((background, request) => { request.leaves(background); hidden(background); sentOn(background, request, ANSWERS); request.leaves(background); shown(background); ends(background, request); })).toEqual([undefined]);
    expect(await judged((background, request) => { background.observer.heads.onRedirect('1'); request.leaves(background); shown(background); ends(background, request); })).toEqual([undefined]);
    const away = new Call('1', { url: 'https://edge.example/answers', body: 'x' });
    expect(await judged((background, request) => { away.leaves(background); shown(background); sentOn(background, away, ANSWERS); request.leaves(background); shown(background); ends(background, request); })).toEqual([undefined]);
  });

  it('are nobody’s where a cache answered', async () => {
    expect(await judged((background, request) => { request.leaves(background); shown(background); request.answered(background, [JSON_TYPE], { fromCache: true }); request.ends(background); })).toEqual([undefined]);
  });

  it('of an unknown or ended request change nothing', async () => {
    expect(await judged((background, request) => { shown(background); request.leaves(background); ends(background, request); shown(background); shown(background, KEY, '2'); })).toEqual([undefined]);
  });

  it('outlive the worker', async () => {
    const background = await Background.started();
    const request = new Call('1', { body: 'x' });
    request.leaves(background);
    shown(background, EDGE);
    sentOn(background, request, ANSWERS);
    request.leaves(background);
    request.answered(background, [JSON_TYPE]);
    shown(background);
    await flush();
    const again = await Background.started(background.clock, background.store);
    request.ends(again);
    again.clock.advance(10_000);
    expect(again.answers[0]?.head.connection).toEqual({ keys: [EDGE, KEY], host: 'api.example' });
  });
});

describe('the origin of an API', () => {
  it.each([
    ['https://a.example/b?c', 'https://a.example'], ['wss://a.example/b', 'https://a.example'], ['https://a.example:8443/', 'https://a.example:8443'], ['https://a.example', 'https://a.example'], ['ws://a/', 'http://a'],
  ])('of %s', (url, origin) => expect(apiOriginOf(url)).toBe(origin));
});

describe('what the browsers report', () => {
  const details = { requestId: '1', url: `${ANSWERS}#x`, method: 'POST', tabId: 1, type: 'xmlhttprequest', timeStamp: 1.6 };

  it('reads the asker in either browser’s words', () => {
    expect(initiatorOf({ ...details, initiator: PAGE })).toBe(PAGE);
    expect(initiatorOf({ ...details, originUrl: `${PAGE}/chat?x` })).toBe(PAGE);
    expect(initiatorOf({ ...details, initiator: 'null' })).toBe('null');
    expect(initiatorOf(details)).toBeUndefined();
    expect(urlOf(details)).toBe(ANSWERS);
  });

  it('knows our own requests in either browser’s words', () => {
    expect(isOwn({ ...details, initiator: 'chrome-extension://abc' }, 'chrome-extension://abc/')).toBe(true);
    expect(isOwn({ ...details, originUrl: 'moz-extension://u-u/_generated_background_page.html' }, 'moz-extension://u-u/')).toBe(true);
    expect(isOwn({ ...details, initiator: 'chrome-extension://abcd' }, 'chrome-extension://abc/')).toBe(false);
    expect(isOwn({ ...details, initiator: PAGE }, 'chrome-extension://abc/')).toBe(false);
    expect(isOwn(details, 'chrome-extension://abc/')).toBe(false);
  });

  it('takes a body for seen only when all of it is there', () => {
    const bytes = (text: string) => utf8(text).buffer;
    expect(bodyOf(undefined)).toEqual({ kind: 'none' });
    expect(bodyOf(null)).toEqual({ kind: 'none' });
    expect(bodyOf({ raw: [{ bytes: bytes('abc') }] })).toEqual({ kind: 'bytes', bytes: utf8('abc') });
    expect(bodyOf({ raw: [{ bytes: bytes('ab') }, { bytes: bytes('c') }] })).toEqual({ kind: 'bytes', bytes: utf8('abc') });
    expect(bodyOf({ raw: [] })).toEqual({ kind: 'bytes', bytes: new Uint8Array() });
    for (const unseen of [{ error: 'Unknown error.' }, { formData: {} }, { raw: [{ bytes: bytes('a') }, { file: '/tmp/x' }] }, {}, { raw: [{ bytes: new ArrayBuffer(16 * 1024 * 1024) }] }]) expect(bodyOf(unseen)).toEqual({ kind: 'unseen' });
  });

  it('keeps doubled headers apart and binary values as bytes', () => {
    expect(headersOf([{ name: 'Text', value: 'a' }, { name: 'text', value: 'b' }, { name: 'x', binaryValue: [255] }, { name: 'empty', value: '' }])).toEqual([
      { name: 'Text', value: 'a' }, { name: 'text', value: 'b' }, { name: 'x', value: Uint8Array.of(255) }, { name: 'empty', value: '' },
    ]);
    expect(headersOf(undefined)).toEqual([]);
  });

  it('reads the key of a connection as either browser shows it, and shows none where it cannot', () => {
    const tls = tlsIdentity(['a.example'], Date.now());
    const key = Buffer.from(tls.spkiHash, 'base64').toString('hex');
    const der = new Uint8Array(new X509Certificate(tls.chain).raw);
    expect(spkiSha256Of({ certificates: [{ subjectPublicKeyInfoDigest: { sha256: tls.spkiHash } }] })).toBe(key);
    expect(spkiSha256Of({ certificates: [{ rawDER: der.buffer }] })).toBe(key);
    for (const none of [undefined, {}, { certificates: [] }, { certificates: [{}] }, { certificates: [{ rawDER: der.slice(0, 80).buffer }] }, { certificates: [{ rawDER: 'x' }] }, { certificates: [{ subjectPublicKeyInfoDigest: { sha256: 'AAAA' } }] }, { certificates: [{ subjectPublicKeyInfoDigest: { sha256: '%' } }] }]) {
      expect(spkiSha256Of(none)).toBeUndefined();
    }
  });

  it('tells the page’s own stop from a fault of the network', () => {
    expect(['net::ERR_ABORTED', 'net::ERR_FAILED', 'NS_BINDING_ABORTED', 'NS_ERROR_ABORT'].map(endingOf)).toEqual(['aborted', 'aborted', 'aborted', 'aborted']);
    expect(['net::ERR_CONNECTION_RESET', 'NS_ERROR_NET_PARTIAL_TRANSFER', 'net::ERR_BLOCKED_BY_CLIENT', 'net::ERR_CONNECTION_ABORTED', 'net::ERR_CONNECTION_FAILED'].map(endingOf)).toEqual(['error', 'error', 'error', 'error', 'error']);
  });

  it('asks the API by its exact origin', () => expect(apiOriginOf(`${API}/x`)).toBe(API));
});

/** Requests through a page: the login stays there, the answer comes here, and nobody judges our own request. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GRACE_MS, OWN_LATE_MS, RELAY_WAKE_MS } from '../../../src/observe/limits';
import { API, Background, Clock, MemoryStore, PageDocument, JSON_TYPE, PAGE, Call, TAB } from './world';

const URL_OF_ATTESTATION = `${API}/answers`;
const where = { tabId: TAB, pageOrigin: PAGE };
const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"nonce":"00"}', maxBytes: 1000 } as const;

afterEach(() => vi.unstubAllGlobals());

function answering(respond: (url: string, init: RequestInit) => Response | Promise<Response>) {
  const calls: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    calls.push({ url, init });
    return Promise.resolve(respond(url, init));
  });
  return calls;
}

async function setUp() {
  const background = await Background.started(new Clock(), new MemoryStore(), [PAGE]);
  const page = new PageDocument(background.clock, background);
  page.relay.fromTap({ t: 'login', origin: API, value: 'Bearer secret' });
  return { background, page };
}

describe('a request through the page', () => {
  it('goes out with the page’s login, without cookies, cache or redirects, and its answer comes back', async () => {
    const { background, page } = await setUp();
    const calls = answering(() => new Response('{"quote":1}', { status: 201, headers: { 'content-type': 'application/json', 'x-other': 'y' } }));
    const response = await background.observer.pageGetter(where)(URL_OF_ATTESTATION, options);
    expect(response.status).toBe(201);
    expect(new TextDecoder().decode(response.body)).toBe('{"quote":1}');
    expect([response.header('Content-Type'), response.header('retry-after'), response.header('x-other')]).toEqual(['application/json', undefined, undefined]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.init).toMatchObject({ method: 'POST', credentials: 'omit', redirect: 'error', cache: 'no-store', headers: { authorization: 'Bearer secret', 'content-type': 'application/json' } });
    // What crossed to the background never holds the login.
    expect(JSON.stringify(page.sent)).not.toContain('secret');
    expect(background.events).toEqual([{ kind: 'login-seen', tabId: TAB, pageOrigin: PAGE, apiOrigin: API }]);
    expect(background.observer.hasLogin({ ...where, apiOrigin: API })).toBe(true);
    expect(background.observer.hasLogin({ ...where, tabId: 8, apiOrigin: API })).toBe(false);
    expect(background.observer.hasLogin({ ...where, pageOrigin: 'https://other.example', apiOrigin: API })).toBe(false);
  });

  it('is not judged, while the same request of the page before and after is', async () => {
    const { background } = await setUp();
    const play = (id: string): void => {
      const request = new Call(id, { url: URL_OF_ATTESTATION, body: options.body });
      request.leaves(background);
      request.answered(background, [JSON_TYPE]);
      request.ends(background);
    };
    answering(() => {
      play('ours');
      new Call('other', { url: URL_OF_ATTESTATION, body: '{"nonce":"01"}' }).leaves(background);
      return new Response('{}');
    });
    play('before');
    await background.observer.pageGetter(where)(URL_OF_ATTESTATION, options);
    play('after');
    background.clock.advance(GRACE_MS);
    expect(background.events.flatMap((event) => (event.kind === 'requested' ? [event.request.id] : []))).toEqual(['before', 'other', 'after']);
    expect(background.answers.map(({ id }) => id)).toEqual(['before', 'after']);
  });

  it.each([
    ['LOGIN_NEEDED', undefined], ['NETWORK_UNREACHABLE', () => Promise.reject(new TypeError('Failed to fetch'))], ['RESPONSE_TOO_LARGE', () => new Response('x'.repeat(1001))],
  ] as const)('raises %s', async (code, respond) => {
    const { background } = await setUp();
    if (respond !== undefined) answering(respond);
    const url = respond === undefined ? 'https://unknown.example/x' : URL_OF_ATTESTATION;
    const asked = background.observer.pageGetter(where)(url, options);
    const expected = expect(asked).rejects.toMatchObject({ code });
    background.clock.advance(RELAY_WAKE_MS);
    await expected;
  });

  it('raises REQUEST_TIMEOUT when the page does not answer, and NETWORK_UNREACHABLE when it goes', async () => {
    const { background, page } = await setUp();
    answering(() => new Promise(() => undefined));
    const slow = expect(background.observer.pageGetter(where)(URL_OF_ATTESTATION, options)).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' });
    background.clock.advance(30_000);
    await slow;
    const gone = expect(background.observer.pageGetter(where)(URL_OF_ATTESTATION, options)).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    page.leaves();
    await gone;
  });

  it('takes no answer from another document than the one it asked', async () => {
    const { background } = await setUp();
    const other = background.observer.connect({ tabId: TAB, frameId: 1, origin: PAGE, incognito: false, send: () => undefined, close: () => undefined });
    other.message({ t: 'hello', relay: '2'.repeat(32), since: 1, logins: [] });
    answering(() => {
      other.message({ t: 'answer', call: 1, result: { ok: true, status: 200, contentType: null, retryAfter: null, b: 'AAAA' } });
      return new Response('mine', { status: 202 });
    });
    await expect(background.observer.pageGetter(where)(URL_OF_ATTESTATION, options)).resolves.toMatchObject({ status: 202 });
  });

  it('is known as ours though the browser shows it after its answer, and only once', async () => {
    const { background } = await setUp();
    answering(() => new Response('{}'));
    await background.observer.pageGetter(where)(URL_OF_ATTESTATION, options);
    const seen = (): number => background.events.filter(({ kind }) => kind === 'requested').length;
    new Call('late', { url: URL_OF_ATTESTATION, body: options.body }).leaves(background);
    expect(seen()).toBe(0);
    new Call('the page’s', { url: URL_OF_ATTESTATION, body: options.body }).leaves(background);
    expect(seen()).toBe(1);
    // One that was never shown is not waited for without end.
    await background.observer.pageGetter(where)(URL_OF_ATTESTATION, options);
    background.clock.advance(OWN_LATE_MS);
    new Call('much later', { url: URL_OF_ATTESTATION, body: options.body }).leaves(background);
    expect(seen()).toBe(2);
  });

  it('ends when the user takes the consent back, and the page is told to note nothing more', async () => {
    const { background, page } = await setUp();
    expect(background.observer.hasLogin({ ...where, apiOrigin: API })).toBe(true);
    const calls = answering(() => new Response('{}'));
    const isRefused = async (): Promise<void> => {
      const refused = expect(background.observer.pageGetter(where)(URL_OF_ATTESTATION, options)).rejects.toMatchObject({ code: 'LOGIN_NEEDED' });
      background.clock.advance(RELAY_WAKE_MS);
      await refused;
    };
    background.consents.delete(PAGE);
    background.observer.consentsChanged();
    expect(background.observer.hasLogin({ ...where, apiOrigin: API })).toBe(false);
    await isRefused();
    expect(calls).toEqual([]);
    expect(page.toTap.at(-1)).toEqual({ t: 'forget' });
    // One that a page sends all the same, or kept while no background ran, is forgotten too.
    page.relay.fromTap({ t: 'login', origin: API, value: 'Bearer later' });
    expect(background.observer.hasLogin({ ...where, apiOrigin: API })).toBe(false);
    background.consents.add(PAGE);
    background.observer.consentsChanged();
    await isRefused();
  });

  it('does not come back with a background that knows of no consent', async () => {
    const clock = new Clock();
    const first = await Background.started(clock, new MemoryStore(), [PAGE]);
    const page = new PageDocument(clock, first);
    page.relay.fromTap({ t: 'login', origin: API, value: 'Bearer secret' });
    const second = await Background.started(clock, first.store);
    page.workerDied(second);
    page.wake();
    expect(page.toTap.at(-1)).toEqual({ t: 'forget' });
    expect(second.observer.hasLogin({ ...where, apiOrigin: API })).toBe(false);
  });

  it('wakes a relay that lost its port with the last worker', async () => {
    const clock = new Clock();
    const first = await Background.started(clock, new MemoryStore(), [PAGE]);
    const page = new PageDocument(clock, first);
    page.relay.fromTap({ t: 'login', origin: API, value: 'Bearer secret' });
    const second = await Background.started(clock, first.store, [PAGE]);
    page.workerDied(second);
    answering(() => new Response('{}'));
    const asked = second.observer.pageGetter(where)(URL_OF_ATTESTATION, options);
    expect(second.woken).toEqual([TAB]);
    page.wake();
    await expect(asked).resolves.toMatchObject({ status: 200 });
  });
});

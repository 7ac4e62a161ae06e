/** What a page, or a renderer it has taken over, may send: refused, counted, capped, never believed. */
import { describe, expect, it } from 'vitest';
import type { FromBackground } from '../../../src/observe/tap-protocol';
import { isOrigin, parseFromBackground, parseFromRelay, parseFromTap } from '../../../src/observe/tap-protocol';
import { BODY_MAX_BYTES, CONNECTION_MAX_BODIES, CONNECTIONS_MAX, GRACE_MS, MALFORMED_MAX, MESSAGE_BYTES, ORPHAN_MS, RELAY_MAX_BODIES, RELAY_MAX_BYTES, TAP_PIECE_BYTES, URL_MAX_CHARS, WINDOW_MESSAGES } from '../../../src/observe/limits';
import { ANSWERS, API, Background, Clock, PageDocument, JSON_TYPE, PAGE, Call, TAB } from './world';

const buffer = (length: number): ArrayBuffer => new ArrayBuffer(length);

describe('a page that the user never allowed, where the browser let the scripts in all the same (Firefox, another port)', () => {
  it('is told so at its first word, holds nothing, and never speaks again', async () => {
    const background = await Background.started();
    const page = new PageDocument(background.clock, background, { origin: 'http://localhost:3000' });
    const url = 'http://localhost:3000/bundle';
    const id = page.starts(url);
    expect(page.toTap).toContainEqual({ t: 'off' });
    const said = page.sent.length;
    page.reads(id, 'x'.repeat(1000));
    page.ends(id);
    page.relay.fromTap({ t: 'login', origin: API, value: 'Bearer x' });
    page.wake();
    background.clock.advance(10 * 60_000);
    expect(page.sent).toHaveLength(said);
    expect(background.events).toEqual([]);
  });

  it('gives up a login at once that it noted before', async () => {
    const background = await Background.started(undefined, undefined, ['http://localhost:8080']);
    const page = new PageDocument(background.clock, background, { origin: 'http://localhost:3000' });
    page.relay.fromTap({ t: 'login', origin: 'http://localhost:3000', value: 'Bearer x' });
    expect(page.toTap).toContainEqual({ t: 'off' });
    expect(background.events).toEqual([]);
  });
});

describe('messages of the page world', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined], ['null', null], ['text', 'start'], ['a number', 1], ['an array', ['start']], ['no kind', {}], ['an unknown kind', { t: 'attest', id: 1 }],
    ['a kind that is no text', { t: ['start'], id: 1 }],
    ['an id of 0', { t: 'end', id: 0, how: 'end' }], ['a negative id', { t: 'end', id: -1, how: 'end' }], ['a fraction', { t: 'end', id: 1.5, how: 'end' }],
    ['not a number', { t: 'end', id: Number.NaN, how: 'end' }], ['an unsafe id', { t: 'end', id: 2 ** 53, how: 'end' }], ['a text as id', { t: 'end', id: '1', how: 'end' }],
    ['an unknown end', { t: 'end', id: 1, how: 'aborted' }], ['an inherited name as end', { t: 'end', id: 1, how: 'toString' }], ['an unknown gap', { t: 'gap', id: 1, why: 'mine' }],
    ['a field too many', { t: 'end', id: 1, how: 'end', tabId: 3 }], ['a field too few', { t: 'end', id: 1 }],
    ['a plain-text address', { t: 'start', id: 1, url: 'http://api.example/', type: '', status: 200 }], ['one that begins like this machine’s', { t: 'start', id: 1, url: 'http://localhost.example/', type: '', status: 200 }], ['one whose user is called like this machine', { t: 'start', id: 1, url: 'http://localhost:x@api.example/', type: '', status: 200 }], ['one with a port that is none', { t: 'start', id: 1, url: 'http://localhost:123456/', type: '', status: 200 }], ['one with a name before this machine’s', { t: 'start', id: 1, url: 'http://localhost@api.example/', type: '', status: 200 }], ['a script address', { t: 'start', id: 1, url: 'javascript:1', type: '', status: 200 }],
    ['an address with a fragment', { t: 'start', id: 1, url: 'https://a/#b', type: '', status: 200 }], ['an address too long', { t: 'start', id: 1, url: `https://a/${'x'.repeat(URL_MAX_CHARS)}`, type: '', status: 200 }],
    ['a status that is none', { t: 'start', id: 1, url: ANSWERS, type: '', status: 1000 }], ['a status that is no number', { t: 'start', id: 1, url: ANSWERS, type: '', status: '200' }], ['no status', { t: 'start', id: 1, url: ANSWERS, type: '' }],
    ['a type that is no text', { t: 'start', id: 1, url: ANSWERS, type: null, status: 200 }], ['a type too long', { t: 'start', id: 1, url: ANSWERS, type: 'x'.repeat(257), status: 200 }],
    ['an empty piece', { t: 'chunk', id: 1, b: buffer(0) }], ['a piece too large', { t: 'chunk', id: 1, b: buffer(TAP_PIECE_BYTES + 1) }], ['text for bytes', { t: 'chunk', id: 1, b: 'abc' }],
    ['a login for no origin', { t: 'login', origin: `${API}/`, value: 'Bearer x' }], ['a login of two lines', { t: 'login', origin: API, value: 'Bearer x\r\nhost: y' }], ['an empty login', { t: 'login', origin: API, value: '' }],
  ])('refuses %s', (_, message) => {
    expect(parseFromTap(message)).toBeUndefined();
  });

  it('takes what our tap sends', () => {
    for (const message of [{ t: 'start', id: 1, url: ANSWERS, type: 'application/json', status: 200 }, { t: 'chunk', id: 1, b: buffer(3) }, { t: 'end', id: 1, how: 'closed' }, { t: 'gap', id: 1, why: 'too-large' }, { t: 'login', origin: API, value: 'Bearer x' }]) {
      expect(parseFromTap(message)).toEqual(message);
    }
  });

  it('counts what only claims to be bytes as malformed, and hears no more after a few', async () => {
    const background = await Background.started();
    const page = new PageDocument(background.clock, background);
    const id = page.starts();
    for (let i = 0; i <= MALFORMED_MAX; i += 1) page.relay.fromTap({ t: 'chunk', id, b: { byteLength: 5 } });
    expect(page.toTap).toEqual([{ t: 'off' }]);
    page.sent.length = 0;
    page.starts();
    expect(page.sent).toEqual([]);
  });
});

describe('messages of a relay', () => {
  const name = '0'.repeat(32);
  it.each<[string, unknown]>([
    ['a hello without a name', { t: 'hello', relay: '', since: 1, logins: [] }], ['a name of another form', { t: 'hello', relay: 'G'.repeat(32), since: 1, logins: [] }],
    ['a beginning that is no time', { t: 'hello', relay: name, since: 'x', logins: [] }], ['a hello without a beginning', { t: 'hello', relay: name, logins: [] }],
    ['logins that are no origins', { t: 'hello', relay: name, since: 1, logins: ['x'] }], ['too many logins', { t: 'hello', relay: name, since: 1, logins: Array.from({ length: 33 }, () => API) }],
    ['bytes as bytes', { t: 'bytes', id: 1, turn: 1, b: new Uint8Array(3) }], ['bytes without a turn', { t: 'bytes', id: 1, b: '' }], ['bytes too many', { t: 'bytes', id: 1, turn: 1, b: 'A'.repeat(Math.ceil(MESSAGE_BYTES / 3) * 4 + 1) }],
    ['an answer without a result', { t: 'answer', call: 1 }], ['an answer that is neither', { t: 'answer', call: 1, result: { ok: 1 } }], ['a failure without a reason', { t: 'answer', call: 1, result: { ok: false, why: 'constructor' } }],
    ['a status that is none', { t: 'answer', call: 1, result: { ok: true, status: 1000, contentType: null, retryAfter: null, b: '' } }], ['the page’s login', { t: 'login', origin: API, value: 'Bearer x' }],
  ])('refuses %s', (_, message) => {
    expect(parseFromRelay(message)).toBeUndefined();
  });

  it('knows an origin when it sees one', () => {
    expect([API, 'https://a.b:8443', 'http://localhost:8080', 'http://127.0.0.1'].map(isOrigin)).toEqual([true, true, true, true]);
    expect(['https://A.example', `${API}/`, 'http://api.example', 'http://localhost.example', 'http://localhost:8080/', 'http://localhost:80', 'http://127.0.0.11', 'null', 'https://', 1, null, 'https://a@b'].map(isOrigin)).toEqual(Array.from({ length: 12 }, () => false));
  });

  it.each<[string, unknown]>([
    ['a request to another scheme', { t: 'ask', call: 1, request: { url: 'http://a/', method: 'GET', headers: {}, body: null, maxBytes: 1, timeoutMs: 1 } }],
    ['another method', { t: 'ask', call: 1, request: { url: 'https://a/', method: 'DELETE', headers: {}, body: null, maxBytes: 1, timeoutMs: 1 } }],
    ['a header of two lines', { t: 'ask', call: 1, request: { url: 'https://a/', method: 'GET', headers: { a: 'b\nc' }, body: null, maxBytes: 1, timeoutMs: 1 } }],
    ['a take without a turn', { t: 'take', id: 1, messages: 1 }],
  ])('the relay refuses %s of a background', (_, message) => {
    expect(parseFromBackground(message)).toBeUndefined();
  });
});

/** A connection that is no relay of ours. */
function stranger(background: Background, where: { origin?: string; tabId?: number } = {}) {
  const got: FromBackground[] = [];
  let closed = false;
  const connection = background.observer.connect({
    tabId: where.tabId ?? TAB, frameId: 0, origin: where.origin ?? PAGE, incognito: false,
    send: (message) => got.push(message),
    close: () => {
      closed = true;
    },
  });
  return { got, connection, isClosed: () => closed };
}
const hello = (digit: string) => ({ t: 'hello', relay: digit.repeat(32), since: 1, logins: [] });

describe('the background', () => {
  it('cuts a connection off that goes on sending nonsense', async () => {
    const background = await Background.started();
    const { connection, isClosed } = stranger(background);
    connection.message(hello('1'));
    for (let i = 0; i < MALFORMED_MAX; i += 1) connection.message({ t: 'nonsense' });
    expect(isClosed()).toBe(false);
    connection.message({ t: 'nonsense' });
    expect(isClosed()).toBe(true);
  });

  it('hears nothing before the hello, and only one', async () => {
    const background = await Background.started();
    const { connection, got } = stranger(background);
    connection.message({ t: 'start', id: 1, url: ANSWERS, type: 'application/json', status: 200 });
    new Call('1').answered(background, [JSON_TYPE]);
    expect(got).toEqual([]);
    connection.message(hello('1'));
    connection.message(hello('2'));
    connection.message({ t: 'start', id: 1, url: ANSWERS, type: 'application/json', status: 200 });
    expect(got).toEqual([{ t: 'take', id: 1, turn: 1, messages: WINDOW_MESSAGES }]);
  });

  it('takes no bytes that it did not ask for, and not more at once than it allowed', async () => {
    const background = await Background.started();
    const { connection, got, isClosed } = stranger(background);
    connection.message(hello('1'));
    connection.message({ t: 'start', id: 1, url: ANSWERS, type: 'application/json', status: 200 });
    connection.message({ t: 'bytes', id: 1, turn: 1, b: 'AAAA' });
    new Call('1').answered(background, [JSON_TYPE]);
    expect(got).toEqual([{ t: 'take', id: 1, turn: 1, messages: WINDOW_MESSAGES }]);
    connection.message({ t: 'bytes', id: 1, turn: 2, b: 'AAAA' });
    connection.message({ t: 'bytes', id: 1, turn: 1, b: '*' });
    expect(background.kinds()).toEqual(['started']);
    for (let i = 0; i < WINDOW_MESSAGES; i += 1) connection.message({ t: 'bytes', id: 1, turn: 1, b: 'AAAA' });
    expect(background.kinds()).toEqual(['started', 'progress']);
    // Allowed anew in the meantime, by what had come.
    expect(got.slice(1)).toEqual([{ t: 'take', id: 1, turn: 1, messages: WINDOW_MESSAGES / 2 }, { t: 'take', id: 1, turn: 1, messages: WINDOW_MESSAGES / 2 }]);
    expect(isClosed()).toBe(false);
  });

  it('cannot be made to mix bodies of two tabs, even under the same name', async () => {
    const background = await Background.started();
    const mine = stranger(background);
    const theirs = stranger(background, { tabId: 9 });
    for (const { connection } of [mine, theirs]) {
      connection.message(hello('1'));
      connection.message({ t: 'start', id: 1, url: ANSWERS, type: 'application/json', status: 200 });
    }
    const request = new Call('1');
    request.answered(background, [JSON_TYPE]);
    expect(mine.got).toHaveLength(1);
    expect(theirs.got).toEqual([]);
    theirs.connection.message({ t: 'bytes', id: 1, turn: 1, b: 'AAAA' });
    theirs.connection.message({ t: 'end', id: 1, turn: 1, how: 'end' });
    request.ends(background);
    background.clock.advance(GRACE_MS);
    expect(background.answers).toEqual([]);
  });

  it('knows of a bounded number of bodies and connections', async () => {
    const background = await Background.started();
    const { connection, got, isClosed } = stranger(background);
    connection.message(hello('1'));
    for (let id = 1; id <= CONNECTION_MAX_BODIES + MALFORMED_MAX; id += 1) connection.message({ t: 'start', id, url: `${API}/x`, type: '', status: 200 });
    expect(got).toHaveLength(MALFORMED_MAX);
    connection.message({ t: 'start', id: 9999, url: `${API}/x`, type: '', status: 200 });
    expect(isClosed()).toBe(true);
    background.clock.advance(ORPHAN_MS);
    const many = Array.from({ length: CONNECTIONS_MAX + 1 }, () => stranger(background));
    expect(many.filter(({ isClosed: shut }) => shut())).toHaveLength(1);
  });

  it('goes by what the browser says of the sender, and by the grant of now', async () => {
    const background = await Background.started();
    const { isClosed } = stranger(background, { origin: 'https://evil.example' });
    expect(isClosed()).toBe(true);
    const granted = stranger(background);
    granted.connection.message(hello('1'));
    background.granted.delete(PAGE);
    granted.connection.message({ t: 'start', id: 1, url: ANSWERS, type: '', status: 200 });
    expect(granted.isClosed()).toBe(true);
  });

  it('keeps a bounded number of requests and says of the oldest that it is lost', async () => {
    const background = await Background.started();
    for (let i = 0; i < 300; i += 1) new Call(String(i), { url: `${ANSWERS}?${i}` }).answered(background, [JSON_TYPE]);
    background.clock.advance(GRACE_MS);
    expect(background.answers).toHaveLength(300 - 256);
    expect(background.answers[0]).toMatchObject({ id: '0', ending: 'lost', input: { cut: true, reading: 'BODY_NOT_SEEN' } });
  });

  it('does not wait for ever for verdicts that nobody records', async () => {
    const background = await Background.started();
    background.acknowledges = false;
    for (let i = 0; i < 1000; i += 1) {
      const request = new Call(String(i), { url: `${ANSWERS}?${i}` });
      request.answered(background, [JSON_TYPE]);
      request.ends(background);
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(background.store.records.size).toBe(512);
  });

  it('says not comparable, and who is at fault, when a reader of ours breaks', async () => {
    const clock = new Clock();
    const { provider, MemoryStore } = await import('./world');
    const background = new Background(clock, new MemoryStore(), { provider: { ...provider, newReader: () => ({ push: () => { throw new Error('ours'); }, finish: () => { throw new Error('ours'); } }) } });
    await background.observer.start();
    const page = new PageDocument(clock, background);
    const request = new Call('1');
    request.answered(background, [JSON_TYPE]);
    page.readsWhole('{}');
    request.ends(background);
    clock.advance(GRACE_MS);
    expect(background.answers[0]?.input.reading).toBe('BODY_NOT_COMPARABLE');
    expect(background.faults.length).toBeGreaterThan(0);
  });
});

describe('the relay', () => {
  it('says too large above 64 MiB of one body, and stops the tap', async () => {
    const background = await Background.started();
    const page = new PageDocument(background.clock, background);
    const id = page.starts();
    const piece = new Uint8Array(TAP_PIECE_BYTES);
    for (let at = 0; at < BODY_MAX_BYTES; at += TAP_PIECE_BYTES) page.reads(id, piece);
    expect(page.toTap).toEqual([]);
    page.reads(id, new Uint8Array(1));
    expect(page.toTap).toEqual([{ t: 'stop', id }]);
    const request = new Call('1');
    request.answered(background, [JSON_TYPE]);
    request.ends(background);
    background.clock.advance(GRACE_MS);
    expect(background.answers[0]?.input.reading).toBe('BODY_TOO_LARGE');
  });

  it('holds a bounded number of bytes and bodies while nobody takes them', async () => {
    const background = await Background.started();
    const page = new PageDocument(background.clock, background);
    const ids = [page.starts(), page.starts(), page.starts()];
    const piece = new Uint8Array(TAP_PIECE_BYTES);
    for (const id of ids) for (let at = 0; at < RELAY_MAX_BYTES / 2; at += TAP_PIECE_BYTES) page.reads(id, piece);
    expect(page.toTap).toEqual([{ t: 'stop', id: ids[2] }]);
    for (let i = 0; i < 3 * RELAY_MAX_BODIES; i += 1) page.starts();
    expect(page.sent.filter(({ t }) => t === 'gap').length).toBeLessThanOrEqual(RELAY_MAX_BODIES + 1);
    expect(page.sent.filter(({ t }) => t === 'start').length).toBe(2 * RELAY_MAX_BODIES);
  }, 20_000);

  it('cuts what it hands over into messages of 64 kB, and many small pieces become few', async () => {
    const background = await Background.started();
    const page = new PageDocument(background.clock, background);
    const id = page.starts();
    for (let i = 0; i < 1000; i += 1) page.reads(id, `${i} `.padEnd(100));
    page.reads(id, new Uint8Array(200_000));
    page.ends(id);
    const request = new Call('1');
    request.answered(background, [JSON_TYPE]);
    const sizes = page.sent.flatMap((message) => (message.t === 'bytes' ? [Math.floor((message.b.length / 4) * 3) - (message.b.endsWith('==') ? 2 : message.b.endsWith('=') ? 1 : 0)] : []));
    expect(sizes).toEqual([65_536, 65_536, 65_536, 65_536, 300_000 - 4 * 65_536]);
    request.ends(background);
    background.clock.advance(GRACE_MS);
    expect(background.answers[0]?.input.reading).toMatchObject({ length: 300_000 });
  });

  it('ends for good when the extension is gone', () => {
    const clock = new Clock();
    const page = new PageDocument(clock, undefined);
    page.starts();
    expect(page.toTap).toEqual([{ t: 'off' }]);
  });

  it('wakes the worker by itself for what is complete, with growing pauses', async () => {
    const background = await Background.started();
    background.acknowledges = false;
    const page = new PageDocument(background.clock, background);
    const request = new Call('1');
    request.answered(background, [JSON_TYPE]);
    page.readsWhole('{}');
    page.sent.length = 0;
    page.workerDied(background);
    background.clock.advance(999);
    expect(page.sent).toEqual([]);
    background.clock.advance(1);
    expect(page.sent[0]?.t).toBe('hello');
    page.sent.length = 0;
    page.workerDied(background);
    background.clock.advance(1_999);
    expect(page.sent).toEqual([]);
    background.clock.advance(1);
    expect(page.sent[0]?.t).toBe('hello');
  });
});

/** One exchange at a time: every order, every kind of end. */
import { describe, expect, it } from 'vitest';
import type { HeadRecord } from '../../../src/observe/head-record';
import { HeadWrites } from '../../../src/observe/head-writes';
import { GRACE_MS, LATE_READ_MS, LOST_END_MS, ORPHAN_MS, RESTORE_GRACE_MS, SETTLE_MS, STALL_MS } from '../../../src/observe/limits';
import { ANSWERS, API, Background, Clock, PageDocument, JSON_TYPE, MemoryStore, PAGE, Call, sha256, signed, SSE_TYPE } from './world';

const BODY = '{"choices":[1]}';
const STREAM = 'choices\nstatement ab:cd\ndone\n';

async function setUp() {
  const background = await Background.started();
  return { background, clock: background.clock, page: new PageDocument(background.clock, background) };
}
/** Lets the store's promises settle. */
const flush = () => new Promise((resolve) => setImmediate(resolve));
const readingOf = (background: Background, i = 0) => background.answers[i]?.input.reading;

describe('an answer that the page reads', () => {
  it('finishes at once when headers, body and end are there and the content ties them', async () => {
    const { background, page } = await setUp();
    const request = new Call('1', { body: '{"model":"m"}' });
    request.leaves(background);
    request.answered(background, [JSON_TYPE, signed(BODY)]);
    page.readsWhole(BODY);
    expect(background.answers).toHaveLength(0);
    request.ends(background);
    const [answer] = background.answers;
    expect(answer?.head).toMatchObject({ id: '1', url: ANSWERS, method: 'POST', status: 200, model: 'm', requestUnseen: false, requestHashes: [{ rule: 'raw', sha256: sha256('{"model":"m"}') }] });
    expect(answer).toMatchObject({ kind: 'answer', apiOrigin: API, ending: 'completed', revision: 0, bodyFrom: { origin: PAGE } });
    expect(answer?.input).toMatchObject({ form: 'json', cut: false, reading: { complete: true, length: BODY.length } });
    expect(background.kinds()).toEqual(['requested', 'started', 'progress', 'finished']);
    await flush();
    expect(background.store.records.size).toBe(0);
    expect(page.toTap).toEqual([]);
  });

  it('finishes when the tap is first in everything, as in Firefox', async () => {
    const { background, clock, page } = await setUp();
    const id = page.starts();
    page.reads(id, BODY);
    page.ends(id);
    clock.advance(40);
    const request = new Call('1', { body: '{}' });
    request.leaves(background);
    request.answered(background, [JSON_TYPE, signed(BODY)]);
    request.ends(background);
    expect(readingOf(background)).toMatchObject({ complete: true, length: BODY.length });
  });

  it('waits a moment for a better head before it joins a stream that nothing ties', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.leaves(background);
    request.answered(background, [SSE_TYPE]);
    page.readsWhole(STREAM, 'text/event-stream');
    request.ends(background);
    clock.advance(SETTLE_MS - 1);
    expect(background.answers).toHaveLength(0);
    clock.advance(1);
    expect(background.answers[0]?.input).toMatchObject({ form: 'sse', cut: false, reading: { complete: true, statement: { text: 'ab:cd' } } });
  });

  it('waits for a page that reads slowly, as long as it reads', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    request.ends(background);
    for (const part of STREAM) {
      clock.advance(STALL_MS - 1);
      page.reads(id, part);
    }
    expect(background.answers).toHaveLength(0);
    page.ends(id);
    clock.advance(SETTLE_MS);
    expect(background.answers[0]?.input).toMatchObject({ cut: false, reading: { length: STREAM.length } });
  });

  it('takes a stream as whole when the page stops reading behind its terminator', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, STREAM);
    request.ends(background);
    clock.advance(STALL_MS + SETTLE_MS);
    expect(background.answers[0]?.input).toMatchObject({ cut: false, reading: { complete: true } });
  });

  it('takes a close for an end when the last read follows', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, 'choices');
    request.ends(background);
    clock.advance(SETTLE_MS);
    page.ends(id, 'closed');
    clock.advance(10);
    page.ends(id, 'end');
    clock.advance(SETTLE_MS);
    // Read to its end, though it has no terminator: the provider may say that it is unsigned.
    expect(background.answers[0]?.input).toMatchObject({ cut: false, reading: { complete: false, findings: [{ detail: 'complete' }] } });
  });

  it('says cut when the page cancels a stream that is already here', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, 'choices');
    request.ends(background);
    page.ends(id, 'closed');
    clock.advance(2 * SETTLE_MS);
    expect(background.answers[0]?.input).toMatchObject({ cut: true, reading: { complete: false, findings: [{ detail: 'cut' }] } });
  });

  it.each(['aborted', 'error'] as const)('finishes as cut when the network says %s and the tap says nothing', async (how) => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, 'choices');
    request.ends(background, how);
    clock.advance(GRACE_MS - 1);
    expect(background.answers).toHaveLength(0);
    clock.advance(SETTLE_MS + 1);
    expect(background.answers[0]).toMatchObject({ ending: how, input: { cut: true, reading: { length: 7, complete: false } } });
  });

  it('finishes as cut when the read failed under the page', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, 'cho');
    page.ends(id, 'error');
    request.ends(background, 'error');
    clock.advance(SETTLE_MS);
    expect(background.answers[0]?.input).toMatchObject({ cut: true, reading: { length: 3 } });
  });

  it('is judged again when the page reads on after it was given up', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, 'choices\n');
    request.ends(background);
    clock.advance(STALL_MS + SETTLE_MS);
    expect(background.answers[0]).toMatchObject({ revision: 0, input: { cut: true } });
    clock.advance(5_000);
    page.reads(id, 'statement ab:cd\ndone\n');
    page.ends(id);
    clock.advance(SETTLE_MS);
    expect(background.answers).toHaveLength(2);
    expect(background.answers[1]).toMatchObject({ id: '1', revision: 1, input: { cut: false, reading: { complete: true, length: STREAM.length } } });
  });

  it.each([['too-large', 'BODY_TOO_LARGE'], ['not-comparable', 'BODY_NOT_COMPARABLE']] as const)('says %s as %s', async (why, gap) => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [JSON_TYPE]);
    const id = page.starts();
    page.relay.fromTap({ t: 'gap', id, why });
    request.ends(background);
    clock.advance(SETTLE_MS);
    expect(background.answers[0]?.input).toMatchObject({ reading: gap, cut: false });
  });
});

describe('an answer that the page does not read', () => {
  it('is not seen, after the grace', async () => {
    const { background, clock } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [JSON_TYPE, signed(BODY)]);
    request.ends(background);
    clock.advance(GRACE_MS - 1);
    expect(background.answers).toHaveLength(0);
    clock.advance(1);
    expect(background.answers[0]?.input).toMatchObject({ reading: 'BODY_NOT_SEEN', cut: false });
    expect(background.answers[0]?.bodyFrom).toBeUndefined();
  });

  it('is not comparable when EventSource took it', async () => {
    const { background, clock, page } = await setUp();
    for (const [id, method] of [['1', 'GET'], ['2', 'POST']] as const) {
      const request = new Call(id, { method, url: `${API}/events?${id}` });
      request.answered(background, [SSE_TYPE]);
      request.ends(background);
    }
    clock.advance(GRACE_MS);
    expect(background.answers.map(({ input }) => input.reading)).toEqual(['BODY_NOT_COMPARABLE', 'BODY_NOT_SEEN']);
    // Read by bytes after all.
    page.readsWhole(STREAM, 'text/event-stream', `${API}/events?1`);
    clock.advance(SETTLE_MS);
    expect(background.answers[2]).toMatchObject({ id: '1', revision: 1, input: { reading: { complete: true } } });
  });

  it('is judged again when it is read within a minute, and no longer after', async () => {
    const { background, clock, page } = await setUp();
    for (const id of ['1', '2']) {
      const request = new Call(id, { body: 'x', url: `${ANSWERS}?${id}` });
      request.answered(background, [JSON_TYPE, signed(BODY)]);
      request.ends(background);
    }
    clock.advance(GRACE_MS + 20_000);
    page.readsWhole(BODY, 'application/json', `${ANSWERS}?1`);
    expect(background.answers.map(({ id, revision, input }) => [id, revision, typeof input.reading])).toEqual([['1', 0, 'string'], ['2', 0, 'string'], ['1', 1, 'object']]);
    clock.advance(LATE_READ_MS);
    page.readsWhole(BODY, 'application/json', `${ANSWERS}?2`);
    clock.advance(ORPHAN_MS);
    expect(background.answers).toHaveLength(3);
    // The late one is let go, not kept for ever.
    expect(page.sent.filter(({ t }) => t === 'start')).toHaveLength(2);
    page.sent.length = 0;
    page.workerDied(background);
    page.wake();
    expect(page.sent.filter(({ t }) => t === 'start')).toHaveLength(0);
  });

  it('does not take the body of a later request to the same address', async () => {
    const { background, clock, page } = await setUp();
    const never = new Call('1', { body: 'x' });
    never.answered(background, [SSE_TYPE]);
    never.ends(background);
    clock.advance(GRACE_MS);
    expect(readingOf(background)).toBe('BODY_NOT_SEEN');
    const next = new Call('2', { body: 'x' });
    // Firefox: the tap may be first.
    const id = page.starts(ANSWERS, 'text/event-stream');
    clock.advance(100);
    next.answered(background, [SSE_TYPE]);
    page.reads(id, STREAM);
    page.ends(id);
    next.ends(background);
    clock.advance(SETTLE_MS);
    expect(background.answers.map(({ id: head, revision }) => [head, revision])).toEqual([['1', 0], ['2', 0]]);
    expect(readingOf(background, 1)).toMatchObject({ complete: true });
  });
});

describe('what is no answer', () => {
  it('drops a body without a request, and lets the page keep it to itself', async () => {
    const { background, clock, page } = await setUp();
    const id = page.starts(`${API}/made-up`);
    page.reads(id, BODY);
    clock.advance(ORPHAN_MS);
    expect(background.answers).toEqual([]);
    expect(page.toTap).toContainEqual({ t: 'stop', id });
    // Nothing was ever handed over.
    expect(page.sent.map(({ t }) => t)).toEqual(['hello', 'start']);
  });

  it('neither reads nor keeps what the provider ignores', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { method: 'GET', url: `${API}/models` });
    request.leaves(background);
    request.answered(background, [JSON_TYPE]);
    const id = page.starts(`${API}/models`);
    page.reads(id, BODY);
    clock.advance(SETTLE_MS);
    expect(page.toTap).toContainEqual({ t: 'stop', id });
    request.ends(background);
    clock.advance(ORPHAN_MS);
    expect(background.finished).toEqual([]);
    expect(page.sent.map(({ t }) => t)).toEqual(['hello', 'start']);
    await flush();
    expect(background.store.records.size).toBe(0);
  });

  it('says nothing of JSON that no rule recognises and that is no completion', async () => {
    const { background, clock, page } = await setUp();
    for (const [id, body] of [['1', '{"ok":true}'], ['2', '{"choices":[]}']] as const) {
      const url = `${API}/other/${id}`;
      const request = new Call(id, { body: 'x', url });
      request.leaves(background);
      request.answered(background, [JSON_TYPE]);
      page.readsWhole(body, 'application/json', url);
      request.ends(background);
      clock.advance(SETTLE_MS);
    }
    expect(background.answers.map(({ id, kind }) => [id, kind])).toEqual([['2', 'unrecognised']]);
    expect(background.events.filter(({ kind }) => kind === 'dropped')).toEqual([{ kind: 'dropped', id: '1' }]);
    await flush();
    expect(background.store.records.size).toBe(0);
  });

  it('tells of an answer on a path outside without reading it', async () => {
    const { background, clock, page } = await setUp();
    const url = `${API}/outside`;
    const request = new Call('1', { body: 'x', url });
    request.answered(background, [JSON_TYPE]);
    page.readsWhole(BODY, 'application/json', url);
    request.ends(background);
    clock.advance(GRACE_MS);
    expect(background.finished).toMatchObject([{ kind: 'outside', id: '1', ending: 'completed' }]);
    expect(page.sent.map(({ t }) => t)).toEqual(['hello', 'start']);
  });

  it('tells of a WebSocket at its handshake', async () => {
    const { background } = await setUp();
    background.observer.heads.onHeaders({ requestId: '1', url: 'wss://api.example/live', method: 'GET', tabId: 7, initiator: PAGE, incognito: false, websocket: true, at: 5, status: 101, headers: [], fromCache: false });
    expect(background.finished).toMatchObject([{ kind: 'websocket', id: '1', apiOrigin: API, endedAt: 5 }]);
  });
});

describe('who asked', () => {
  it('joins a service worker’s request to the page by its origin, and never across tabs or windows', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x', tabId: -1 });
    request.answered(background, [JSON_TYPE, signed(BODY)]);
    background.granted.add('https://other.example');
    new PageDocument(clock, background, { origin: 'https://other.example' }).readsWhole(BODY);
    new PageDocument(clock, background, { incognito: true }).readsWhole(BODY);
    request.ends(background);
    clock.advance(GRACE_MS - 1);
    expect(background.answers).toEqual([]);
    page.readsWhole(BODY);
    expect(readingOf(background)).toMatchObject({ complete: true });
    const tabbed = new Call('2', { body: 'x' });
    tabbed.answered(background, [JSON_TYPE, signed(BODY)]);
    new PageDocument(clock, background, { tabId: 8 }).readsWhole(BODY);
    tabbed.ends(background);
    clock.advance(GRACE_MS);
    expect(readingOf(background, 1)).toBe('BODY_NOT_SEEN');
  });

  it('drops everything of an origin whose grant is withdrawn', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [JSON_TYPE, signed(BODY)]);
    const id = page.starts();
    background.granted.delete(PAGE);
    background.observer.grantsChanged();
    page.reads(id, BODY);
    page.ends(id);
    request.ends(background);
    clock.advance(LATE_READ_MS);
    expect(background.answers).toEqual([]);
    expect(background.events).toContainEqual({ kind: 'dropped', id: '1' });
    await flush();
    expect(background.store.records.size).toBe(0);
  });

  it('hears nothing from an origin that was never granted', async () => {
    const { background, clock } = await setUp();
    const stranger = new PageDocument(clock, background, { origin: 'https://stranger.example' });
    const request = new Call('1', { body: 'x', initiator: 'https://stranger.example' });
    request.answered(background, [JSON_TYPE]);
    stranger.readsWhole(BODY);
    request.ends(background);
    clock.advance(GRACE_MS);
    expect(readingOf(background)).toBe('BODY_NOT_SEEN');
  });
});

describe('a worker that dies', () => {
  it('takes up an answer in the middle and reads it from its first byte', async () => {
    const clock = new Clock();
    const first = await Background.started(clock);
    const page = new PageDocument(clock, first);
    const request = new Call('1', { body: '{"model":"m"}' });
    request.leaves(first);
    request.answered(first, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, STREAM.slice(0, 10));
    await flush();

    clock.clear();
    const second = new Background(clock, first.store);
    page.workerDied(second);
    clock.advance(1_000);
    // Events that wake the worker come before its state is read.
    request.ends(second);
    page.reads(id, STREAM.slice(10));
    page.ends(id);
    await second.observer.start();
    clock.advance(RESTORE_GRACE_MS);
    expect(second.answers).toHaveLength(1);
    expect(second.answers[0]).toMatchObject({ id: '1', head: { model: 'm', requestUnseen: false }, input: { cut: false, reading: { complete: true, length: STREAM.length } } });
    await flush();
    expect(second.store.records.size).toBe(0);
    expect(first.faults.concat(second.faults)).toEqual([]);
  });

  it('judges again what was ended and not acknowledged, and asks the relays for it', async () => {
    const clock = new Clock();
    const first = await Background.started(clock);
    first.acknowledges = false;
    const page = new PageDocument(clock, first);
    const request = new Call('1', { body: 'x' });
    request.leaves(first);
    request.answered(first, [JSON_TYPE, signed(BODY)]);
    page.readsWhole(BODY);
    request.ends(first);
    expect(first.answers).toHaveLength(1);
    await flush();

    clock.clear();
    const second = new Background(clock, first.store);
    page.workerDied(second);
    await second.observer.start();
    expect(second.woken).toEqual([7]);
    page.wake();
    expect(second.answers).toMatchObject([{ id: '1', input: { reading: { complete: true } } }]);
    await flush();
    expect(second.store.records.size).toBe(0);
  });

  /** Headers heard by a worker that died with the request's end; the page hands over to the next. */
  async function withoutEnd(): Promise<{ clock: Clock; second: Background; page: PageDocument; id: number; request: Call }> {
    const clock = new Clock();
    const first = await Background.started(clock);
    const page = new PageDocument(clock, first);
    const request = new Call('1', { body: 'x' });
    request.leaves(first);
    request.answered(first, [SSE_TYPE]);
    const id = page.starts(ANSWERS, 'text/event-stream');
    page.reads(id, STREAM.slice(0, 10));
    await flush();
    clock.clear();
    const second = new Background(clock, first.store);
    page.workerDied(second);
    await second.observer.start();
    page.wake();
    return { clock, second, page, id, request };
  }

  it.each(['end', 'closed', 'error'] as const)('judges an answer whose end on the network went with it, once its reading is over: %s', async (how) => {
    const { clock, second, page, id, request } = await withoutEnd();
    page.reads(id, STREAM.slice(10));
    const endedAt = clock.now();
    page.ends(id, how);
    clock.advance(RESTORE_GRACE_MS - 1);
    expect(second.answers).toEqual([]);
    clock.advance(1_000);
    expect(second.answers).toMatchObject([{ id: '1', ending: 'lost', endedAt, input: { cut: how !== 'end', reading: { complete: true, length: STREAM.length } } }]);
    // Should it come after all, it changes nothing.
    request.ends(second);
    clock.advance(10 * GRACE_MS);
    expect(second.answers).toHaveLength(1);
    await flush();
    expect(second.store.records.size).toBe(0);
  });

  it('waits a minute where the reading just stops, and judges again what goes on after that', async () => {
    const { clock, second, page, id } = await withoutEnd();
    page.reads(id, STREAM.slice(10, 20));
    clock.advance(LOST_END_MS - 1);
    expect(second.answers).toEqual([]);
    clock.advance(1 + GRACE_MS);
    expect(second.answers).toMatchObject([{ revision: 0, input: { reading: { complete: false } } }]);
    page.reads(id, STREAM.slice(20));
    page.ends(id);
    clock.advance(GRACE_MS);
    expect(second.answers.at(-1)).toMatchObject({ revision: 1, input: { reading: { complete: true, length: STREAM.length } } });
  });

  it('waits for the network’s end where nothing was lost, however the page reads', async () => {
    const clock = new Clock();
    const background = await Background.started(clock);
    const page = new PageDocument(clock, background);
    const request = new Call('1', { body: 'x' });
    request.leaves(background);
    request.answered(background, [SSE_TYPE]);
    page.readsWhole(STREAM, 'text/event-stream');
    clock.advance(2 * LOST_END_MS);
    expect(background.answers).toEqual([]);
    request.ends(background);
    clock.advance(GRACE_MS);
    expect(background.answers).toMatchObject([{ ending: 'completed' }]);
  });

  it('writes each change of a record at once, and deletes it after the last', async () => {
    const asked: string[] = [];
    const waiting: (() => void)[] = [];
    const later = async (what: string): Promise<void> => {
      asked.push(what);
      await new Promise<void>((done) => { waiting.push(done); });
    };
    const writes = new HeadWrites({ put: ({ startedAt }) => later(`put ${startedAt}`), delete: () => later('delete'), list: () => Promise.resolve([]) }, () => undefined);
    const record = (startedAt: number) => ({ id: '1', startedAt }) as HeadRecord;
    writes.put(record(1));
    writes.put(record(2));
    writes.delete('1');
    writes.put(record(3));
    writes.put(record(4));
    expect(asked).toEqual(['put 1', 'put 2']);
    const [first, second] = waiting.splice(0);
    second?.();
    await flush();
    expect(asked).toEqual(['put 1', 'put 2']);
    first?.();
    await flush();
    expect(asked).toEqual(['put 1', 'put 2', 'delete']);
    waiting.splice(0).at(0)?.();
    await flush();
    expect(asked).toEqual(['put 1', 'put 2', 'delete', 'put 3']);
    waiting.splice(0).at(0)?.();
    await flush();
    expect(asked.at(-1)).toBe('put 4');
  });

  it('says not seen when the page is gone as well', async () => {
    const clock = new Clock();
    const first = await Background.started(clock);
    const request = new Call('1', { body: 'x' });
    request.answered(first, [JSON_TYPE, signed(BODY)]);
    await flush();
    clock.clear();
    const second = new Background(clock, first.store);
    request.ends(second);
    await second.observer.start();
    clock.advance(RESTORE_GRACE_MS - 1);
    expect(second.answers).toEqual([]);
    clock.advance(1);
    expect(second.answers[0]?.input).toMatchObject({ reading: 'BODY_NOT_SEEN' });
  });

  it('gives up a request that nobody ever ended', async () => {
    const clock = new Clock();
    const first = await Background.started(clock);
    new Call('1', { body: 'x' }).answered(first, [JSON_TYPE]);
    new Call('2', { body: 'x' }).leaves(first);
    await flush();
    clock.clear();
    clock.advance(2 * 60 * 60_000);
    const second = await Background.started(clock, first.store);
    clock.advance(RESTORE_GRACE_MS);
    expect(second.answers).toMatchObject([{ id: '1', ending: 'lost', input: { cut: true, reading: 'BODY_NOT_SEEN' } }]);
    expect(second.events).toContainEqual({ kind: 'dropped', id: '2' });
    await flush();
    expect(second.store.records.size).toBe(0);
  });

  it('passes over records of another version', async () => {
    const clock = new Clock();
    const background = new Background(clock, new MemoryStore());
    background.store.records.set('x', '{"version":2,"id":"x"}');
    background.store.records.set('y', 'null');
    await background.observer.start();
    expect(background.events).toEqual([]);
  });
});

/** Several requests to one address at once: content decides, order only where it makes no difference. */
import { describe, expect, it } from 'vitest';
import { DOCUMENT_SKEW_MS, GRACE_MS, SETTLE_MS, STALL_MS } from '../../../src/observe/limits';
import type { FinishedAnswer } from '../../../src/observe/contract';
import { ANSWERS, API, Background, Clock, PageDocument, JSON_TYPE, outline, Call, sha256, signed, SSE_TYPE } from './world';

const json = (n: number): string => `{"choices":[${n}]}`;
const stream = (request: string, n: number): string => `choices ${n}\nstatement ${sha256(request)}:00\ndone\n`;

async function setUp() {
  const background = await Background.started();
  return { background, clock: background.clock, page: new PageDocument(background.clock, background) };
}
const readings = (background: Background): [string, unknown][] =>
  background.answers.map(({ id, input }): [string, unknown] => [id, typeof input.reading === 'string' ? input.reading : input.reading.responseHashes[0]?.sha256]).sort(([a], [b]) => a.localeCompare(b));

describe('several JSON answers', () => {
  it('are told apart by the digest in their headers, whatever the order of the bodies', async () => {
    const { background, page } = await setUp();
    const requests = [1, 2, 3].map((n) => new Call(String(n), { body: 'same' }));
    requests.forEach((request, i) => request.answered(background, [JSON_TYPE, signed(json(i + 1))]));
    for (const n of [3, 1, 2]) page.readsWhole(json(n));
    for (const request of requests) request.ends(background);
    expect(readings(background)).toEqual([1, 2, 3].map((n) => [String(n), sha256(json(n))]));
  });

  it('leave the altered body to the head that is left', async () => {
    const { background, clock, page } = await setUp();
    const requests = [1, 2].map((n) => new Call(String(n), { body: 'same' }));
    requests.forEach((request, i) => request.answered(background, [JSON_TYPE, signed(json(i + 1))]));
    page.readsWhole(json(99));
    page.readsWhole(json(2));
    for (const request of requests) request.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toEqual([['1', sha256(json(99))], ['2', sha256(json(2))]]);
  });

  it('are ambiguous when one body fits neither of two heads', async () => {
    const { background, clock, page } = await setUp();
    const requests = [1, 2].map((n) => new Call(String(n), { body: 'same' }));
    requests.forEach((request, i) => request.answered(background, [JSON_TYPE, signed(json(i + 1))]));
    page.readsWhole(json(99));
    for (const request of requests) request.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_AMBIGUOUS'], ['2', 'BODY_AMBIGUOUS']]);
    expect(page.toTap).toEqual([]);
  });

  it('keep every contradiction when as many bodies as heads fit none', async () => {
    const { background, clock, page } = await setUp();
    const requests = [1, 2].map((n) => new Call(String(n), { body: 'same' }));
    requests.forEach((request, i) => request.answered(background, [JSON_TYPE, signed(json(i + 1))]));
    page.readsWhole(json(98));
    page.readsWhole(json(99));
    for (const request of requests) request.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toEqual([['1', sha256(json(98))], ['2', sha256(json(99))]]);
  });

  it('say not seen of the one that the page did not read', async () => {
    const { background, clock, page } = await setUp();
    const requests = [1, 2].map((n) => new Call(String(n), { body: 'same' }));
    requests.forEach((request, i) => request.answered(background, [JSON_TYPE, signed(json(i + 1))]));
    page.readsWhole(json(2));
    for (const request of requests) request.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_NOT_SEEN'], ['2', sha256(json(2))]]);
  });
});

describe('an answer that its content ties to no request', () => {
  it('is that of its status: a refused request before it whose body nobody read is none', async () => {
    const { background, clock, page } = await setUp();
    const [refused, asked] = [new Call('1', { body: 'same' }), new Call('2', { body: 'same' })];
    refused.answered(background, [JSON_TYPE], { status: 503 });
    refused.ends(background);
    asked.answered(background, [JSON_TYPE]);
    page.readsWhole(json(1));
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background).filter(([id]) => id === '2')).toEqual([['2', sha256(json(1))]]);
  });

  it('is that of its document: what the one before it in the tab had asked is none', async () => {
    const { background, clock, page } = await setUp();
    const before = new Call('1', { body: 'same' });
    before.answered(background, [JSON_TYPE]);
    page.leaves();
    before.ends(background, 'aborted');
    clock.advance(2 * DOCUMENT_SKEW_MS);
    const next = new PageDocument(clock, background);
    const asked = new Call('2', { body: 'same' });
    asked.answered(background, [JSON_TYPE]);
    next.readsWhole(json(1));
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_NOT_SEEN'], ['2', sha256(json(1))]]);
  });

  it('is not what a document read that was gone when it was asked', async () => {
    const { background, clock, page } = await setUp();
    new Call('1', { body: 'same' }).answered(background, [JSON_TYPE]);
    page.readsWhole(json(1));
    page.leaves();
    // Its head goes with the permission, which comes back.
    background.granted.delete(API);
    background.observer.grantsChanged();
    background.granted.add(API);
    clock.advance(1);
    const next = new PageDocument(clock, background);
    const asked = new Call('2', { body: 'same' });
    asked.answered(background, [JSON_TYPE]);
    next.readsWhole(json(2));
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['2', sha256(json(2))]]);
  });

  it('is not taken from a document that is gone, and whose head came after it', async () => {
    const { background, clock, page } = await setUp();
    const before = new Call('1', { body: 'same' });
    before.leaves(background);
    page.readsWhole(json(1));
    page.leaves();
    clock.advance(5);
    before.answered(background, [JSON_TYPE], { at: clock.now() });
    clock.advance(500);
    const asked = new Call('2', { body: 'same' });
    asked.answered(background, [JSON_TYPE]);
    before.ends(background, 'aborted');
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_NOT_SEEN'], ['2', 'BODY_NOT_SEEN']]);
  });

  it('is a late reader’s, by its status, while another answer is under way', async () => {
    const { background, clock, page } = await setUp();
    const refused = new Call('1', { body: 'same' });
    refused.answered(background, [JSON_TYPE], { status: 429 });
    refused.ends(background);
    clock.advance(GRACE_MS);
    const asked = new Call('2', { body: 'same' });
    asked.answered(background, [JSON_TYPE]);
    page.readsWhole(json(1), 'application/json', ANSWERS, 429);
    clock.advance(100);
    page.readsWhole(json(2));
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background).slice(-2)).toEqual([['1', sha256(json(1))], ['2', sha256(json(2))]]);
  });

  it('is none the less its own where no hint fits: asked before its relay ran, and given another status', async () => {
    const { background, clock } = await setUp();
    const asked = new Call('1', { body: 'same' });
    asked.answered(background, [JSON_TYPE], { status: 304 });
    clock.advance(2 * DOCUMENT_SKEW_MS);
    new PageDocument(clock, background).readsWhole(json(1));
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', sha256(json(1))]]);
  });

  it('stays with a page that went and came back, whatever it asked in between', async () => {
    const { background, clock, page } = await setUp();
    const id = page.starts();
    page.reads(id, json(1));
    page.drops();
    clock.advance(1);
    const asked = new Call('1', { body: 'same' });
    asked.answered(background, [JSON_TYPE]);
    page.wake();
    page.ends(id);
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', sha256(json(1))]]);
  });

  it('stays where it was when the clock is set back', async () => {
    const { background, clock } = await setUp();
    clock.advance(10_000);
    const page = new PageDocument(clock, background);
    clock.time -= 5_000;
    const asked = new Call('1', { body: 'same' });
    asked.answered(background, [JSON_TYPE]);
    const id = page.starts();
    page.reads(id, json(1));
    clock.advance(5_001);
    const stopped = new Call('2', { body: 'same' });
    stopped.answered(background, [JSON_TYPE]);
    stopped.ends(background, 'aborted');
    page.ends(id);
    clock.advance(400);
    asked.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', sha256(json(1))], ['2', 'BODY_NOT_SEEN']]);
  });

  it('is not told by its status where a service worker hands it on', async () => {
    const { background, clock, page } = await setUp();
    const calls = [200, 206].map((status, i) => [new Call(String(i + 1), { body: 'same', tabId: -1 }), status] as const);
    for (const [call, status] of calls) call.answered(background, [JSON_TYPE], { status });
    page.readsWhole(json(2));
    for (const [call] of calls) call.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_AMBIGUOUS'], ['2', 'BODY_AMBIGUOUS']]);
  });

  it('is ambiguous where neither tells them apart', async () => {
    const { background, clock, page } = await setUp();
    const calls = [new Call('1', { body: 'same' }), new Call('2', { body: 'same' })];
    for (const call of calls) call.answered(background, [JSON_TYPE]);
    calls[0]?.ends(background, 'aborted');
    page.readsWhole(json(1));
    calls[1]?.ends(background);
    clock.advance(GRACE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_AMBIGUOUS'], ['2', 'BODY_AMBIGUOUS']]);
  });
});

describe('several streams', () => {
  it('are told apart by the request that they say they answer', async () => {
    const { background, clock, page } = await setUp();
    const requests = ['first', 'second'].map((body, i) => new Call(String(i + 1), { body }));
    for (const request of requests) {
      request.leaves(background);
      request.answered(background, [SSE_TYPE]);
    }
    page.readsWhole(stream('second', 2), 'text/event-stream');
    page.readsWhole(stream('first', 1), 'text/event-stream');
    for (const request of requests) request.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toEqual([['1', sha256(stream('first', 1))], ['2', sha256(stream('second', 2))]]);
  });

  it('are not joined in their order where they came over connections of other keys', async () => {
    const { background, clock, page } = await setUp();
    const requests = ['first', 'second'].map((body, i) => new Call(String(i + 1), { body }));
    for (const request of requests) {
      request.leaves(background);
      background.observer.heads.onConnection({ requestId: request.id, spkiSha256: request.id.repeat(64) });
      request.answered(background, [SSE_TYPE]);
    }
    for (const n of [1, 2]) page.readsWhole(`choices ${n}\ndone\n`, 'text/event-stream');
    for (const request of requests) request.ends(background);
    clock.advance(STALL_MS);
    expect(readings(background)).toEqual([['1', 'BODY_AMBIGUOUS'], ['2', 'BODY_AMBIGUOUS']]);
  });

  it('are joined in their order where nothing ties them and nothing depends on it', async () => {
    const { background, clock, page } = await setUp();
    const requests = ['1', '2'].map((id) => new Call(id, { body: '{"model":"m"}' }));
    for (const request of requests) {
      request.leaves(background);
      request.answered(background, [SSE_TYPE]);
    }
    page.readsWhole(stream('other', 1), 'text/event-stream');
    page.readsWhole(stream('other', 2), 'text/event-stream');
    for (const request of requests) request.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toEqual([['1', sha256(stream('other', 1))], ['2', sha256(stream('other', 2))]]);
  });

  it('are ambiguous where the pairing matters: another model, another key', async () => {
    const { background, clock, page } = await setUp();
    const requests = ['large', 'small'].map((model, i) => new Call(String(i + 1), { body: `{"model":"${model}"}` }));
    for (const request of requests) {
      request.leaves(background);
      request.answered(background, [SSE_TYPE]);
    }
    page.readsWhole(stream('other', 1), 'text/event-stream');
    page.readsWhole(stream('other', 2), 'text/event-stream');
    for (const request of requests) request.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_AMBIGUOUS'], ['2', 'BODY_AMBIGUOUS']]);
  });

  it('are told apart by time when the short one is over long before the other', async () => {
    const { background, clock, page } = await setUp();
    const [long, title] = ['long', 'title'].map((model, i) => new Call(String(i + 1), { body: `{"model":"${model}"}` }));
    for (const request of [long, title]) {
      request?.leaves(background);
      request?.answered(background, [SSE_TYPE]);
    }
    const ofLong = page.starts(ANSWERS, 'text/event-stream');
    page.reads(ofLong, 'choices');
    page.readsWhole(stream('other', 2), 'text/event-stream');
    title?.ends(background);
    clock.advance(5_000);
    expect(readings(background)).toEqual([['2', sha256(stream('other', 2))]]);
    page.reads(ofLong, '\ndone\n');
    page.ends(ofLong);
    long?.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toHaveLength(2);
  });

  it('are one when two taps report the same body', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    page.readsWhole(stream('other', 1), 'text/event-stream');
    new PageDocument(clock, background).readsWhole(stream('other', 1), 'text/event-stream');
    request.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toEqual([['1', sha256(stream('other', 1))]]);
  });

  it('are ambiguous when two different bodies claim one request', async () => {
    const { background, clock, page } = await setUp();
    const request = new Call('1', { body: 'x' });
    request.answered(background, [SSE_TYPE]);
    page.readsWhole(stream('other', 1), 'text/event-stream');
    page.readsWhole(stream('other', 2), 'text/event-stream');
    request.ends(background);
    clock.advance(SETTLE_MS);
    expect(readings(background)).toEqual([['1', 'BODY_AMBIGUOUS']]);
  });
});

/** Mulberry32: the same numbers on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Step = (background: Background) => void;

/** All steps in some order that keeps each sequence's own; a worker may die between any two. */
async function play(random: () => number, make: (clock: Clock) => { page: PageDocument; sequences: Step[][] }, deaths: number): Promise<FinishedAnswer[]> {
  const clock = new Clock();
  let background = await Background.started(clock);
  const { page, sequences } = make(clock);
  page.background = background;
  const latest = new Map<string, FinishedAnswer>();
  const collect = (): void => {
    for (const answer of background.answers) latest.set(answer.id, answer);
  };
  let left = deaths;
  const open = sequences.filter((steps) => steps.length > 0);
  while (open.length > 0) {
    const i = Math.floor(random() * open.length);
    open[i]?.shift()?.(background);
    if (open[i]?.length === 0) open.splice(i, 1);
    clock.advance(Math.floor(random() * 40));
    if (left > 0 && random() < 0.15) {
      left -= 1;
      collect();
      await new Promise((resolve) => setImmediate(resolve));
      clock.clear();
      background = new Background(clock, background.store);
      page.workerDied(background);
      await background.observer.start();
      page.wake();
    }
  }
  page.wake();
  clock.advance(GRACE_MS + STALL_MS + 3 * SETTLE_MS);
  collect();
  expect(background.faults).toEqual([]);
  return [...latest.values()].sort((a, b) => a.id.localeCompare(b.id));
}

describe('in every order', { timeout: 30_000 }, () => {
  const browserSide = (request: Call, headers: Parameters<Call['answered']>[1]): Step[] => [
    (b) => request.leaves(b),
    (b) => request.answered(b, headers),
    (b) => request.ends(b),
  ];
  const pageSide = (page: PageDocument, type: string, parts: string[]): Step[] => {
    let id = 0;
    return [() => { id = page.starts(ANSWERS, type); }, ...parts.map((part) => () => page.reads(id, part)), () => page.ends(id)];
  };
  /** Two signed JSON answers and one altered one, to the same address at once. */
  const threeJson = (clock: Clock) => {
    const page = new PageDocument(clock, undefined, { name: 'a'.repeat(32) });
    const bodies = [json(1), json(2), json(99)];
    const sequences = bodies.flatMap((body, i) => [
      browserSide(new Call(String(i + 1), { body: `{"model":"m","n":${i}}` }), [JSON_TYPE, signed(json(i + 1))]),
      pageSide(page, 'application/json', [body.slice(0, 5), body.slice(5)]),
    ]);
    return { page, sequences };
  };
  /** Two streams that nothing ties to their heads. */
  const twoStreams = (clock: Clock) => {
    const page = new PageDocument(clock, undefined, { name: 'b'.repeat(32) });
    const sequences = [1, 2].flatMap((n) => [
      browserSide(new Call(String(n), { body: '{"model":"m"}' }), [SSE_TYPE]),
      pageSide(page, 'text/event-stream', stream('other', n).split('')),
    ]);
    return { page, sequences };
  };

  it('three JSON answers give the same verdicts (150 orders, seeds from 1)', async () => {
    const expected = [1, 2, 99].map((n, i) => ({ id: String(i + 1), hash: sha256(json(n)), cut: false }));
    for (let seed = 1; seed <= 150; seed += 1) {
      const answers = await play(randomFrom(seed), threeJson, 0);
      expect(answers.map(({ id, input }) => ({ id, hash: typeof input.reading === 'string' ? input.reading : input.reading.responseHashes[0]?.sha256, cut: input.cut })), `seed ${seed}`).toEqual(expected);
    }
  });

  it('and with workers that die in between (100 orders, seeds from 1001)', async () => {
    const whole = await play(randomFrom(1001), threeJson, 0);
    for (let seed = 1001; seed <= 1100; seed += 1) {
      const answers = await play(randomFrom(seed), threeJson, 3);
      expect(answers.map(outline), `seed ${seed}`).toEqual(whole.map(outline));
    }
  });

  it('two streams are both read, each once (60 orders, seeds from 2001)', async () => {
    for (let seed = 2001; seed <= 2060; seed += 1) {
      const answers = await play(randomFrom(seed), twoStreams, seed % 2);
      const hashes = answers.map(({ input }) => (typeof input.reading === 'string' ? input.reading : input.reading.responseHashes[0]?.sha256));
      expect(hashes, `seed ${seed}`).toHaveLength(2);
      expect(new Set(hashes), `seed ${seed}`).toEqual(new Set([1, 2].map((n) => sha256(stream('other', n)))));
    }
  });
});

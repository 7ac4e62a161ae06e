/** Parts of a page's own session: both bodies handed over whole, bounded, once the answer has ended; over a worker's death too. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FinishedSession } from '../../../src/observe/contract';
import type { Provider } from '../../../src/providers/types';
import { API, ANSWERS, Background, Call, Clock, JSON_TYPE, MemoryStore, PageDocument, provider as base } from './world';

const ATTEST = `${API}/attest`;
const provider: Provider = {
  ...base,
  session: {
    partOf: ({ url, method }) => (method === 'POST' && url === ATTEST ? { part: 'evidence', maxRequest: 16, maxResponse: 64 } : undefined),
    nonceIn: (request) => request,
    nameIn: () => 'name',
    confirmed: (page) => page,
  },
};

let clock: Clock;
let store: MemoryStore;
let background: Background;
let document: PageDocument;

async function started(): Promise<Background> {
  const made = new Background(clock, store, { provider });
  await made.observer.start();
  return made;
}

const sessions = (from = background): readonly FinishedSession[] => from.events.flatMap((event) => (event.kind === 'session' ? [event.session] : []));
const text = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

/** The store's writes follow each other. */
const written = (): Promise<void> => new Promise((done) => { setTimeout(done, 5); });

beforeEach(async () => {
  clock = new Clock();
  store = new MemoryStore();
  background = await started();
  document = new PageDocument(clock, background);
});

function exchanged(answer: string, { request = 'fresh', url = ATTEST, status = 200, end = 'end' }: { request?: string; url?: string; status?: number; end?: 'end' | 'error' } = {}): void {
  const call = new Call('1', { url, body: request });
  call.leaves(background);
  call.answered(background, [JSON_TYPE], { status });
  const body = document.starts(url);
  document.reads(body, answer.slice(0, 3));
  document.reads(body, answer.slice(3));
  document.ends(body, end);
  call.ends(background);
  clock.advance(5_000);
}

describe('a part of a page’s session', () => {
  it('is handed over with both bodies, and is no answer', async () => {
    exchanged('{"evidence":1}');
    const [session, ...others] = sessions();
    expect([session?.part, text(session?.request), text(session?.response), session?.ending, others]).toEqual(['evidence', 'fresh', '{"evidence":1}', 'completed', []]);
    expect(background.kinds()).not.toContain('started');
    expect(background.finished).toEqual([]);
    session?.acknowledge();
    clock.advance(60_000);
    await written();
    expect([store.records.size, background.observer.underWay]).toEqual([0, []]);
  });

  it.each<[string, string, Parameters<typeof exchanged>[1], [string | undefined, string | undefined]]>([
    ['a request beyond its cap', '{}', { request: 'x'.repeat(17) }, [undefined, '{}']],
    ['an answer beyond its cap', `{${' '.repeat(70)}}`, {}, ['fresh', undefined]],
    ['an answer cut off', '{"evid', { end: 'error' }, ['fresh', undefined]],
  ])('keeps nothing of %s', (_, answer, parts, bodies) => {
    exchanged(answer, parts);
    expect(sessions().map(({ request, response }) => [text(request), text(response)])).toEqual([bodies]);
  });

  it('is nobody’s where two at the same moment cannot be told apart', () => {
    const calls = ['1', '2'].map((id) => new Call(id, { url: ATTEST, body: `fresh ${id}` }));
    for (const call of calls) {
      call.leaves(background);
      call.answered(background, [JSON_TYPE]);
    }
    for (const number of [1, 2]) document.readsWhole(`{"evidence":${number}}`, 'application/json', ATTEST);
    for (const call of calls) call.ends(background);
    clock.advance(5_000);
    expect(sessions().map(({ request, response }) => [text(request), response])).toEqual([['fresh 1', undefined], ['fresh 2', undefined]]);
  });

  it('is none where the service refused, or at another path', () => {
    exchanged('{"error":1}', { status: 401 });
    exchanged('{"choices":1}', { url: ANSWERS });
    expect(sessions()).toEqual([]);
  });

  it('keeps its request where it outlives the worker, and no other request’s', async () => {
    const [call, chat] = [new Call('1', { url: ATTEST, body: 'fresh' }), new Call('2', { body: '{"messages":"secret words"}' })];
    for (const one of [call, chat]) {
      one.leaves(background);
      one.answered(background, [JSON_TYPE]);
    }
    const body = document.starts(ATTEST);
    document.reads(body, '{"evidence":1}');
    document.ends(body);
    call.ends(background);
    expect([...store.records.values()].map((record) => (JSON.parse(record) as { requestBody: unknown }).requestBody)).toEqual([Buffer.from('fresh').toString('base64'), null]);
    await written();
    clock.clear();
    const next = await started();
    document.workerDied(next);
    document.wake();
    clock.advance(10_000);
    expect(sessions(next).map(({ request, response }) => [text(request), text(response)])).toEqual([['fresh', '{"evidence":1}']]);
  });
});

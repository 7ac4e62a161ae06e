/** What the capture of a page's login reads of the page's objects, and what of that a page can see. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { captureLogin } from '../../../src/observe/tap/login';

const API = 'https://api.example';
const CHAT = `${API}/v1/chat`;

/** The natives' part: what the page gave, as it arrived. */
let arrived: unknown[][];
let sent: unknown[];
let capture: ReturnType<typeof captureLogin>;

beforeEach(() => {
  arrived = [];
  sent = [];
  class PageNode {
    get baseURI(): string {
      return 'https://chat.example/';
    }
  }
  class PageXhr {
    open(): void {}
    setRequestHeader(): void {}
  }
  vi.stubGlobal('Node', PageNode);
  vi.stubGlobal('document', new PageNode());
  vi.stubGlobal('XMLHttpRequest', PageXhr);
  vi.stubGlobal('fetch', (...args: unknown[]) => void arrived.push(args));
  capture = captureLogin({ watched: (url: string) => url.startsWith(API), send: (message: unknown) => void sent.push(message) });
  capture.start();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** The page's call, with what it likes. */
const call = (...args: readonly unknown[]): void => void Reflect.apply(fetch, undefined, args);
const login = (value: string) => [{ t: 'login', origin: API, value }];

/** A Proxy that counts which of its traps run. */
function watching<T extends object>(target: T): { readonly proxy: T; readonly seen: string[] } {
  const seen: string[] = [];
  const traps = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'] as const;
  const handler = Object.fromEntries(traps.map((trap) => [trap, (...args: unknown[]): unknown => {
    seen.push(trap);
    return Reflect.apply(Reflect[trap], Reflect, args);
  }]));
  return { proxy: new Proxy(target, handler), seen };
}

it.each([
  ['an object', { Authorization: 'Bearer a' }],
  ['pairs', [['x', 'y'], ['AUTHORIZATION', 'Bearer a']]],
  ['Headers', new Headers({ authorization: 'Bearer a' })],
])('is noted out of %s, and the page’s own objects go on', (_what, headers) => {
  const init = { headers };
  call(CHAT, init);
  expect(sent).toEqual(login('Bearer a'));
  expect(arrived).toEqual([[CHAT, init]]);
  expect(arrived[0]?.[1]).toBe(init);
});

it('runs no getter of the page', () => {
  const run = vi.fn(() => 'Bearer b');
  const accessor = (key: PropertyKey, on: object): object => Object.defineProperty(on, key, { get: run, enumerable: true });
  call(CHAT, accessor('headers', {}));
  call(CHAT, { headers: accessor('Authorization', {}) });
  call(CHAT, { headers: accessor(0, []) });
  call(CHAT, { headers: [accessor(1, ['Authorization'])] });
  expect([run.mock.calls.length, sent, arrived.length]).toEqual([0, [], 4]);
});

it('shows a Proxy of the page’s only that its names are read (docs/limitations)', () => {
  const [init, object, pairs] = [watching({ headers: {} }), watching({ Authorization: 'Bearer c' }), watching([['Authorization', 'Bearer d']])];
  call(CHAT, init.proxy);
  call(CHAT, { headers: object.proxy });
  call(CHAT, { headers: pairs.proxy });
  expect(sent).toEqual([...login('Bearer c'), ...login('Bearer d')]);
  for (const { seen } of [init, object, pairs]) expect(seen.filter((trap) => !['ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'].includes(trap))).toEqual([]);
});

it('reads nothing once the consent is taken back', () => {
  capture.stop();
  const { proxy, seen } = watching({ headers: { Authorization: 'Bearer e' } });
  call(CHAT, proxy);
  expect([sent, seen, arrived.length]).toEqual([[], [], 1]);
});

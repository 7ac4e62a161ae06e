/** What the page finds when it looks at the natives themselves. */
import { API, applied, rejected, said, stackOf, type Observations } from './kit';

const owners: Readonly<Record<string, object | undefined>> = {
  Response: Response.prototype, ReadableStream: ReadableStream.prototype, Reader: ReadableStreamDefaultReader.prototype, ByteReader: ReadableStreamBYOBReader.prototype,
  Iterator: Object.getPrototypeOf(new ReadableStream().values()) as object, XMLHttpRequest: XMLHttpRequest.prototype, EventSource: EventSource.prototype, Request: Request.prototype, Headers: Headers.prototype,
};

/** Keys sorted: Firefox makes those of a native when they are first asked for, in the order of the asking. */
function shape(owner: object): unknown {
  return Reflect.ownKeys(owner).map((key) => {
    const { value, get, set, ...flags } = Reflect.getOwnPropertyDescriptor(owner, key) ?? {};
    const native: unknown = get ?? value;
    return [String(key), flags, typeof value, typeof get, typeof set, typeof native === 'function' ? [native.name, native.length, Reflect.ownKeys(native).map(String).sort().join(), 'prototype' in native, Object.getPrototypeOf(native) === Function.prototype] : 0];
  });
}

const thrown = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return said(error);
  }
};

export const natives: Observations = {
  ...Object.fromEntries(Object.entries(owners).map(([name, owner]) => [`shape of ${name}`, () => (owner === undefined ? 'none' : shape(owner))])),
  'fetch itself': () => [fetch.toString(), fetch.name, fetch.length, Reflect.ownKeys(fetch).map(String), 'prototype' in fetch, JSON.stringify(Reflect.getOwnPropertyDescriptor(window, 'fetch'))],
  'fetch as constructor': () => thrown(() => Reflect.construct(fetch, ['/'])),
  'globals': () => Object.getOwnPropertyNames(window).filter((name) => !/^\d+$/.test(name)).sort(),
  'document': () => [document.documentElement.outerHTML, document.querySelectorAll('*').length],
  'wrong receiver, promise': async () => [said(await rejected(applied(Response.prototype, 'text', {}))), said(await rejected(applied(Response.prototype, 'json', 1)))],
  'wrong receiver, thrown': () => [
    thrown(() => applied(ReadableStream.prototype, 'getReader', {})),
    thrown(() => Reflect.getOwnPropertyDescriptor(Response.prototype, 'body')?.get?.call({})),
    thrown(() => applied(XMLHttpRequest.prototype, 'open', {}, ['GET', '/'])),
  ],
  'wrong receiver, stack': async () => stackOf(await rejected(applied(Response.prototype, 'text', 1))),
  'fetch without arguments': async () => said(await rejected(applied(window, 'fetch', window))),
  'fetch bare': async () => { const bare = fetch; return (await bare(`${API}/json`)).status; },
  // The one thing that is known to differ: see docs/limitations. Compared apart.
  'toString of text': () => String(Reflect.get(Response.prototype, 'text')),
  'toString of open': () => String(Reflect.get(XMLHttpRequest.prototype, 'open')),
};

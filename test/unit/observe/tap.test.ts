/**
 * The tap's hooks on Node's own streams and responses, against a real server: the page gets what it would get without
 * them, and the bytes that are reported are exact.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newOrigins } from '../../../src/observe/tap/install';
import { newReporter } from '../../../src/observe/tap/record';
import { hookResponses } from '../../../src/observe/tap/responses';
import { hookStreams } from '../../../src/observe/tap/streams';
import { newWatch } from '../../../src/observe/tap/watch';
import type { FromTap } from '../../../src/observe/tap-protocol';
import { BYTES, type BodyServer, JSON_BODY, startBodyServer } from './body-server';

let world: BodyServer;
let origin: string;

/** A native as a page calls it with a receiver of its own choice. */
function applied(owner: object, key: string, self: unknown, args: unknown[]): unknown {
  const native: unknown = Reflect.get(owner, key);
  return typeof native === 'function' ? Reflect.apply(native, self, args) : undefined;
}

const messages: FromTap[] = [];
let stop: (id: number) => void;

/** What the page sees without the tap, taken before the hooks are there. */
const plain: Record<string, unknown> = {};

const reads: Record<string, (response: Response) => Promise<unknown>> = {
  text: (r) => r.text(),
  json: (r) => r.json(),
  arrayBuffer: async (r) => Buffer.from(await r.arrayBuffer()).toString('hex'),
  bytes: async (r) => Buffer.from(await r.bytes()).toString('hex'),
  blob: async (r) => {
    const blob = await r.blob();
    return [blob.type, blob.size, await blob.text()];
  },
  formData: async (r) => [...(await r.formData())],
  reader: async (r) => {
    const reader = r.body?.getReader();
    const all: number[] = [];
    for (;;) {
      const result = await reader?.read();
      if (result?.value === undefined) return [all.length, all.slice(0, 40), result?.done, Object.keys(result ?? {}).sort().join()];
      all.push(...result.value);
    }
  },
  byob: async (r) => {
    const reader = r.body?.getReader({ mode: 'byob' });
    const all: number[] = [];
    for (;;) {
      const result = await reader?.read(new DataView(new ArrayBuffer(70_000), 10, 50_001));
      if (result === undefined || result.done) return all.length;
      all.push(...new Uint8Array(result.value.buffer, result.value.byteOffset, result.value.byteLength));
    }
  },
  iterator: async (r) => {
    let length = 0;
    for await (const chunk of r.body ?? []) length += chunk.length;
    return [length, r.body?.locked];
  },
  pipeThrough: async (r) => {
    let text = '';
    if (r.body !== null) for await (const chunk of r.body.pipeThrough(new TextDecoderStream())) text += chunk;
    // The lock goes with the pipe, through ours a few microtasks sooner.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return [text.length, r.bodyUsed, r.body?.locked];
  },
  pipeTo: async (r) => {
    let length = 0;
    let closed = false;
    await r.body?.pipeTo(new WritableStream({ write: (chunk: Uint8Array) => void (length += chunk.length), close: () => void (closed = true) }));
    return [length, closed, r.body?.locked];
  },
  tee: async (r) => {
    const [a, b] = r.body?.tee() ?? [];
    return [await new Response(a).text(), await new Response(b).text()];
  },
  clone: async (r) => {
    const copy = r.clone();
    return [await copy.text(), await r.text(), copy.url === r.url];
  },
  'new Response': async (r) => {
    const next = new Response(r.body, r);
    return [await next.text(), next.status, next.url, r.bodyUsed];
  },
  'twice': async (r) => [await r.text(), await r.text().catch(String)],
  'text of a locked body': async (r) => {
    r.body?.getReader();
    return r.text().catch(String);
  },
  'a released reader': async (r) => {
    r.body?.getReader().releaseLock();
    return r.text();
  },
  'pipeTo something else': async (r) => {
    return [await Promise.resolve(applied(ReadableStream.prototype, 'pipeTo', r.body, [{}])).catch((error: unknown) => error instanceof TypeError), r.body?.locked];
  },
  'pipeThrough something else': async (r) => {
    try {
      applied(ReadableStream.prototype, 'pipeThrough', r.body, [{}]);
    } catch (error) {
      return [error instanceof TypeError, r.body?.locked];
    }
    return undefined;
  },
};
const paths = ['/json', '/bom', '/bad', '/badjson', '/gzip', '/empty', '/form', '/large', '/cut'];
const cases = Object.keys(reads).flatMap((how) => paths.map((path) => `${how} ${path}`));

async function observed(name: string): Promise<unknown> {
  const [path = ''] = name.split(' ').slice(-1);
  const read = reads[name.slice(0, -path.length - 1)];
  const response = await fetch(origin + path);
  try {
    return { value: await read?.(response), used: response.bodyUsed };
  } catch (error) {
    return { error: String(error), used: response.bodyUsed };
  }
}

const natives = (): unknown => [Response.prototype, ReadableStream.prototype, ReadableStreamDefaultReader.prototype].map((owner) =>
  Reflect.ownKeys(owner).map((key) => {
    const { value, get, set, ...flags } = Reflect.getOwnPropertyDescriptor(owner, key) ?? {};
    const native: unknown = value ?? get;
    return [String(key), flags, typeof native === 'function' ? [native.name, native.length, Reflect.ownKeys(native).map(String), 'prototype' in native] : typeof native, set === undefined];
  }),
);

beforeAll(async () => {
  world = await startBodyServer();
  ({ origin } = world);
  for (const name of cases) plain[name] = await observed(name);
  plain['natives'] = natives();
  const report = newReporter((message) => messages.push(structuredClone(message)));
  const origins = newOrigins();
  origins.add([origin]);
  const watch = newWatch(report, origins.watched);
  hookStreams(watch);
  hookResponses(watch);
  stop = (id) => report.stop(id);
});
afterAll(() => {
  world.close();
});
afterEach(() => {
  messages.length = 0;
});

const reported = (): Buffer => Buffer.concat(messages.flatMap((message) => (message.t === 'chunk' ? [Buffer.from(message.b)] : [])));
const ends = (): string[] => messages.flatMap((message) => (message.t === 'end' ? [message.how] : message.t === 'gap' ? [message.why] : []));
const until = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 200 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
};

describe('the page', () => {
  it.each(cases)('sees the same: %s', async (name) => {
    expect(await observed(name)).toEqual(plain[name]);
  });

  it('finds every native with its name, length, keys and descriptor', () => expect(natives()).toEqual(plain['natives']));

  it('can tell by toString alone', () => {
    expect(String(Reflect.get(Response.prototype, 'text'))).toBe('function () { [native code] }');
  });

  it('gets the native’s own complaint for a wrong receiver', async () => {
    await expect(applied(Response.prototype, 'text', {}, [])).rejects.toThrow(TypeError);
    expect(() => applied(ReadableStream.prototype, 'getReader', 1, [])).toThrow(TypeError);
    expect(messages).toEqual([]);
  });
});

describe('what is reported', () => {
  const exact: Record<string, Buffer> = { ...BYTES, '/gzip': Buffer.from(JSON_BODY) };
  // Not the iterator: Node's has its methods on each object, browsers on a prototype (test/e2e/pages covers it).
  const whole = ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData', 'reader', 'byob', 'pipeThrough', 'pipeTo', 'tee', 'clone', 'new Response', 'twice', 'a released reader'];
  it.each(whole.flatMap((how) => Object.keys(exact).map((path) => [how, path] as const)))('is exact: %s %s', async (how, path) => {
    await observed(`${how} ${path}`);
    await until(() => ends().length > 0);
    expect(reported().equals(exact[path] ?? Buffer.alloc(0))).toBe(true);
    expect(ends()).toEqual(['end']);
    expect(messages.filter(({ t }) => t === 'start')).toEqual([{ t: 'start', id: expect.any(Number), url: origin + path, type: path === '/form' ? 'application/x-www-form-urlencoded' : 'application/json', status: 200 }]);
    for (const message of messages) if (message.t === 'chunk') expect(message.b.byteLength).toBeLessThanOrEqual(256 * 1024);
  });

  it.each(['text', 'json', 'reader', 'clone'])('says error when the transfer is cut: %s', async (how) => {
    await observed(`${how} /cut`);
    await until(() => ends().length > 0);
    expect(ends()).toEqual(['error']);
  });

  it('is nothing for other origins, for bodies that are only touched, and for responses the page made', async () => {
    await new Response('{"a":1}').json();
    const untouched = await fetch(`${origin}/json`);
    expect(untouched.body?.locked).toBe(false);
    expect((await fetch(`${origin.replace('127.0.0.1', 'localhost')}/json`)).status).toBe(200);
    expect(messages).toEqual([]);
    await untouched.body?.cancel();
    expect(messages).toEqual([]);
  });

  it('stops when the other side says so', async () => {
    const reader = (await fetch(`${origin}/stream`)).body?.getReader();
    await reader?.read();
    const first = messages.find((message) => message.t === 'start');
    stop(first?.id ?? 0);
    const before = messages.length;
    for (;;) if ((await reader?.read())?.done !== false) break;
    expect(messages.length).toBe(before);
  });

  it('reports a body once when both copies are read, and from the copy that is furthest', async () => {
    const response = await fetch(`${origin}/large`);
    const copy = response.clone();
    const reader = copy.body?.getReader();
    await reader?.read();
    await response.arrayBuffer();
    await reader?.cancel();
    expect(reported().length).toBe(700_000);
    expect(ends()).toEqual(['end']);
  });
});

it('does not take a lock that is given back for an error', async () => {
  const response = await fetch(`${origin}/stream`);
  const first = response.body?.getReader();
  await first?.read();
  const pending = first?.read();
  first?.releaseLock();
  await expect(pending).rejects.toThrow(TypeError);
  const second = response.body?.getReader();
  for (;;) if ((await second?.read())?.done !== false) break;
  await until(() => ends().length > 0);
  expect(ends()).toEqual(['end']);
  expect(reported().toString()).toContain('data: 30');
});

describe('a page that stops', () => {
  it.each<[string, (response: Response) => Promise<unknown>]>([
    ['reader.cancel', async (r) => { const reader = r.body?.getReader(); await reader?.read(); await reader?.cancel(); }],
    ['breaking out of a loop', async (r) => { for await (const chunk of r.body ?? []) if (chunk.length > 0) break; }],
    ['cancelling what is piped', async (r) => { const reader = r.body?.pipeThrough(new TextDecoderStream()).getReader(); await reader?.read(); await reader?.cancel(); }],
    ['a sink that fails', async (r) => { await r.body?.pipeTo(new WritableStream({ write: () => { throw new Error('full'); } })).catch(() => undefined); }],
    ['a signal', async (r) => { const end = new AbortController(); setTimeout(() => end.abort(), 20); await r.body?.pipeTo(new WritableStream(), { signal: end.signal }).catch(() => undefined); }],
    ['cancelling both copies', async (r) => { const copy = r.clone(); await Promise.all([r.body?.cancel(), copy.body?.cancel()]); }],
    ['body.cancel', async (r) => { await r.body?.cancel(); }],
  ])('reaches the server: %s', async (_, use) => {
    world.left['/stream'] = 0;
    await use(await fetch(`${origin}/stream`));
    await until(() => world.left['/stream'] === 1);
    expect(world.left['/stream']).toBe(1);
    expect(ends().filter((how) => how === 'end')).toEqual([]);
  });

  it('tells a cancelled reader as closed', async () => {
    const reader = (await fetch(`${origin}/stream`)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await until(() => ends().length > 0);
    expect(ends()).toEqual(['closed']);
  });

  it('keeps the page’s own reason and error', async () => {
    const end = new AbortController();
    const reader = (await fetch(`${origin}/stream`, { signal: end.signal })).body?.getReader();
    await reader?.read();
    const reason = new Error('mine');
    end.abort(reason);
    await expect((async () => { for (;;) await reader?.read(); })()).rejects.toBe(reason);
  });

  it('leaves an unhandled rejection unhandled, once', async () => {
    let count = 0;
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    const heard = (): void => void (count += 1);
    process.on('unhandledRejection', heard);
    void (await fetch(`${origin}/cut`)).text();
    const reader = (await fetch(`${origin}/cut`)).body?.getReader();
    void reader?.read().then(() => reader.read()).then(() => reader.read()).then(() => reader.read()).then(() => reader.read());
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.off('unhandledRejection', heard);
    for (const listener of listeners) process.on('unhandledRejection', listener);
    expect(count).toBe(2);
  });
});

describe('a page that replaced what it could', () => {
  it('sees nothing of the tap’s work', async () => {
    const seen: string[] = [];
    let looking = false;
    const spied: [object, PropertyKey][] = [
      [Promise.prototype, 'then'], [Uint8Array.prototype, 'slice'], [Uint8Array.prototype, 'set'], [Object.getPrototypeOf(Uint8Array.prototype) as object, 'subarray'], [WeakMap.prototype, 'get'], [WeakMap.prototype, 'set'], [Array.prototype, Symbol.iterator], [String.prototype, 'startsWith'], [String.prototype, 'slice'], [RegExp.prototype, 'exec'], [Array.prototype, 'push'], [Headers.prototype, 'get'], [JSON, 'parse'],
    ];
    const originals = spied.map(([owner, key]) => Reflect.getOwnPropertyDescriptor(owner, key));
    const response = await fetch(`${origin}/json`);
    const other = await fetch(`${origin}/json`);
    const reader = other.body?.getReader();
    let value: unknown;
    try {
      for (const [owner, key] of spied) {
        const native: unknown = Reflect.get(owner, key);
        if (typeof native !== 'function') continue;
        Reflect.defineProperty(owner, key, { configurable: true, writable: true, value(this: unknown, ...args: unknown[]) {
          // Node's own fetch is written in JavaScript and calls these too: only what the tap calls itself counts.
          if (!looking) {
            looking = true;
            const caller = (new Error('who').stack ?? '').split('\n')[2] ?? '';
            if (caller.includes('/observe/tap/')) seen[seen.length] = `${String(key)} ${caller}`;
            looking = false;
          }
          return Reflect.apply(native, this, args);
        } });
      }
      const first = await reader?.read();
      value = [await response.json(), first?.value?.length];
    } finally {
      spied.forEach(([owner, key], i) => Reflect.defineProperty(owner, key, originals[i] ?? {}));
    }
    expect(value).toEqual([{ a: 1, b: 'é' }, Buffer.from(JSON_BODY).length]);
    expect(seen).toEqual([]);
  });
});

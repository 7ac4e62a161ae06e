/**
 * Bodies read whole, by the hooks of Response alone. (Node's fetch is itself written on streams: with the hooks of
 * tap.test.ts these would report first, as they never do in a browser.)
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newReporter } from '../../../src/observe/tap/record';
import { hookResponses } from '../../../src/observe/tap/responses';
import { newWatch } from '../../../src/observe/tap/watch';
import type { FromTap } from '../../../src/observe/tap-protocol';
import { BYTES, type BodyServer, JSON_BODY, startBodyServer } from './body-server';

let world: BodyServer;
const messages: FromTap[] = [];
const plain: Record<string, unknown> = {};
const HOW = ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData'] as const;
const PATHS = ['/json', '/bom', '/bad', '/badjson', '/gzip', '/form', '/large', '/cut', '/empty'];
const cases = HOW.flatMap((how) => PATHS.map((path) => [how, path] as const));

async function read(how: (typeof HOW)[number], path: string): Promise<unknown> {
  const response = await fetch(world.origin + path);
  try {
    const value: unknown = await response[how]();
    if (value instanceof Blob) return [value.type, Buffer.from(await value.arrayBuffer()).toString('hex')];
    if (value instanceof FormData) return [...value];
    return value instanceof ArrayBuffer || value instanceof Uint8Array ? Buffer.from(new Uint8Array(value)).toString('hex') : value;
  } catch (error) {
    return String(error);
  }
}

beforeAll(async () => {
  world = await startBodyServer();
  for (const [how, path] of cases) plain[how + path] = await read(how, path);
  hookResponses(newWatch(newReporter((message) => messages.push(structuredClone(message))), (url) => url.startsWith(world.origin)));
});
afterAll(() => world.close());
afterEach(() => {
  messages.length = 0;
});

describe('a body read whole', () => {
  it.each(cases)('is the same for the page, and reported to the byte: %s %s', async (how, path) => {
    expect(await read(how, path)).toEqual(plain[how + path]);
    if (path === '/empty') {
      expect(messages).toEqual([]);
      return;
    }
    const bytes = path === '/gzip' ? Buffer.from(JSON_BODY) : BYTES[path];
    expect(messages.map(({ t }) => t).filter((t) => t !== 'chunk')).toEqual(['start', 'end']);
    expect(messages.at(-1)).toMatchObject({ how: bytes === undefined ? 'error' : 'end' });
    if (bytes === undefined) return;
    const pieces = messages.flatMap((message) => (message.t === 'chunk' ? [Buffer.from(message.b)] : []));
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(256 * 1024);
  });

  it('is said to begin when the page begins to read, not when it comes', async () => {
    const response = await fetch(`${world.origin}/json`);
    expect(messages).toEqual([]);
    const reading = response.text();
    expect(messages).toMatchObject([{ t: 'start', type: 'application/json' }]);
    await reading;
  });
});

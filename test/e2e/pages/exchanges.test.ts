/* oxlint-disable unicorn/require-post-message-target-origin -- workers take none */
/** What the watching side makes of real requests in a real browser: exact bytes, honest gaps, nothing lost with a worker. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER } from '../browser-under-test.ts';
import type { Page } from '../browsers/index.ts';
import { until } from '../wait.ts';
import { Lab, type Seen } from './lab.ts';

const COMPLETIONS = 'https://api.intelligence.io.net/v1/private/completions';
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const STREAM = (n: number): string => `${Array.from({ length: n }, (_, i) => `data: {"choices":[${i + 1}]}\n\n`).join('')}data: [DONE]\n\n`;
const BODIES: Readonly<Record<string, Uint8Array>> = {
  json: Buffer.from('{"a":1, "b":"é"}'), bom: Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0x62]), bad: Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xc3]), latin1: Buffer.from([0x61, 0xe9, 0x62]), gzip: Buffer.from('{"g":1,"s":"é"}'), nothing: Buffer.alloc(0),
};

let lab: Lab;
let page: Page;
beforeAll(async () => {
  lab = await Lab.shared(BROWSER);
  await lab.watch('login');
  page = await lab.open('https://ai.io.net/page');
});
afterAll(async () => {
  await page.close();
  expect(await lab.browser.problems()).toEqual([]);
});

let count = 0;
/** An address of its own for one exchange. */
function fresh(path: string): { readonly url: string; readonly mark: string } {
  count += 1;
  const mark = `mark=${count}-`;
  return { url: `${COMPLETIONS}/${path}${path.includes('?') ? '&' : '?'}${mark}`, mark };
}
const one = async (mark: string): Promise<Seen> => {
  const [only] = await lab.finished(mark);
  if (only === undefined) throw new Error(mark);
  return only;
};

describe('what the page reads', () => {
  it.each(['text', 'reader', 'iterator', 'pipe', 'clone', 'blob'])('is known to the byte: %s', async (how) => {
    const asked = Object.keys(BODIES).map((path) => ({ path, ...fresh(path) }));
    await page.evaluate(
      async (given) => {
        const read = async (url: string): Promise<void> => {
          const response = await fetch(url, { method: 'POST', body: url });
          const { body } = response;
          if (given.how === 'text') await response.text();
          else if (given.how === 'blob') await response.blob();
          else if (given.how === 'clone') await Promise.all([response.clone().text(), response.arrayBuffer()]);
          else if (given.how === 'pipe') await body?.pipeThrough(new TransformStream()).pipeTo(new WritableStream());
          else if (given.how === 'iterator') { for await (const chunk of body ?? []) if (chunk.length < 0) break; }
          else { const reader = body?.getReader(); for (;;) if ((await reader?.read())?.done !== false) break; }
        };
        await Promise.all(given.urls.map(read));
      },
      { urls: asked.map(({ url }) => url), how },
    );
    for (const { path, url, mark } of asked) {
      expect(await one(mark), path).toMatchObject({
        ending: 'completed', status: 200, fromCache: false, incognito: false, initiator: 'https://ai.io.net', tabId: page.tabId, from: 'https://ai.io.net', cut: false, revision: 0,
        requestUnseen: false, requestHashes: expect.arrayContaining([{ rule: 'raw', sha256: sha256(url) }]),
        reading: { length: BODIES[path]?.length, complete: true, hashes: [{ rule: 'raw', sha256: sha256(BODIES[path] ?? '') }] },
      });
    }
  });

  it('is known to the byte in a stream, compressed or not', async () => {
    for (const path of ['stream?n=20&ms=10', 'stream?n=20&ms=10&gzip=1']) {
      const { url, mark } = fresh(path);
      await page.evaluate(async (given) => (await fetch(given, { method: 'POST', body: '{}' })).text(), url);
      expect(await one(mark)).toMatchObject({ as: 'answer', form: 'sse', cut: false, reading: { hashes: [{ sha256: sha256(STREAM(20)) }] } });
    }
  });

  it('XMLHttpRequest: is known to the byte where the text can only come from these, and said to be not comparable elsewhere', async () => {
    const cases = [
      // Firefox counts the bytes of the network: a mark that the decoder dropped could hide behind the compression.
      ['', 'json', true], ['text', 'json', true], ['', 'gzip', BROWSER === 'chromium'], ['', 'nothing', true], ['arraybuffer', 'bad', true], ['blob', 'bom', true],
      ['', 'bom', false], ['', 'bad', false], ['', 'latin1', false], ['json', 'json', false],
    ] as const;
    const asked = cases.map(([type, path, comparable]) => ({ type, path, comparable, ...fresh(path) }));
    await page.evaluate(
      async (given) => {
        await Promise.all(given.map(({ url, type }) => new Promise((done) => {
          const request = new XMLHttpRequest();
          request.open('POST', url);
          request.responseType = type;
          request.onloadend = done;
          request.send('{}');
        })));
      },
      asked.map(({ url, type }) => ({ url, type })),
    );
    for (const { type, path, comparable, mark } of asked) {
      expect((await one(mark))['reading'], `${type} ${path}`).toEqual(comparable ? expect.objectContaining({ hashes: [{ rule: 'raw', sha256: sha256(BODIES[path] ?? '') }] }) : 'BODY_NOT_COMPARABLE');
    }
  });

  it('has headers as they came, doubled ones twice, and the model of the request', async () => {
    const url = `${COMPLETIONS}?mark=headers-`;
    await page.evaluate(async (given) => (await fetch(given, { method: 'POST', body: '{"model":"m"}', headers: { 'content-type': 'application/json' } })).text(), url);
    const seen = await one('mark=headers-');
    expect(seen).toMatchObject({ as: 'answer', model: 'm' });
    expect((seen['headers'] as string[][]).filter(([name]) => name === 'doubled' || name === 'text')).toEqual(
      // Firefox joins doubled headers before any extension sees them.
      BROWSER === 'chromium' ? [['text', 'x'], ['doubled', 'a'], ['doubled', 'b']] : [['text', 'x'], ['doubled', 'a, b']],
    );
  });

  it('tells several at once apart', async () => {
    const url = `${COMPLETIONS}?mark=several-`;
    await page.evaluate(async (given) => {
      await Promise.all([1, 2, 3].map(async (n) => (await fetch(given, { method: 'POST', body: `{"n":${n}}`, headers: { 'content-type': 'application/json' } })).text()));
    }, url);
    const seen = await lab.finished('mark=several-', 3);
    expect(seen.map(({ reading }) => (reading as { length?: number }).length)).toEqual([28, 28, 28]);
  });

  it('says too large, and the page reads on', async () => {
    const { url, mark } = fresh('huge');
    expect(await page.evaluate(async (given) => (await (await fetch(given, { method: 'POST', body: 'x' })).arrayBuffer()).byteLength, url)).toBe(65 * 1024 * 1024);
    await until('its verdict', async () => (await lab.finished(mark)).at(-1)?.['reading'] === 'BODY_TOO_LARGE');
  });

  it('is judged again when it is read late', async () => {
    const { url, mark } = fresh('json');
    await page.evaluate(async (given) => {
      const response = await fetch(given, { method: 'POST', body: 'x' });
      await new Promise((done) => { setTimeout(done, 2_500); });
      await response.text();
    }, url);
    const seen = await lab.finished(mark, 2);
    expect(seen.map(({ revision, reading }) => [revision, typeof reading])).toEqual([[0, 'string'], [1, 'object']]);
  });
});

describe('what ends early', () => {
  it('was stopped by the page', async () => {
    const { url, mark } = fresh('stream?n=200&ms=20');
    await page.evaluate(async (given) => {
      const end = new AbortController();
      const reader = (await fetch(given, { method: 'POST', body: 'x', signal: end.signal })).body?.getReader();
      await reader?.read();
      end.abort();
    }, url);
    expect(await one(mark)).toMatchObject({ ending: 'aborted', cut: true, reading: { complete: false } });
  });

  it.each(['cancel', 'break'])('was given up by its reader: %s', async (how) => {
    const { url, mark } = fresh('stream?n=200&ms=20');
    await page.evaluate(async (given) => {
      const { body } = await fetch(given.url, { method: 'POST', body: 'x' });
      if (given.how === 'break') { for await (const chunk of body ?? []) if (chunk.length > 0) break; return; }
      const reader = body?.getReader();
      await reader?.read();
      await reader?.cancel();
    }, { url, how });
    expect(await one(mark)).toMatchObject({ cut: true, reading: { complete: false } });
  });

  it('was cut by the server', async () => {
    const { url, mark } = fresh('stream?n=5&ms=10&cut=1');
    await page.evaluate(async (given) => (await fetch(given, { method: 'POST', body: 'x' })).text().catch(() => ''), url);
    expect(await one(mark)).toMatchObject({ ending: 'error', cut: true });
  });

  it('went with its document', async () => {
    const { url, mark } = fresh('stream?n=300&ms=20');
    const leaving = await lab.open('https://ai.io.net/page');
    await leaving.evaluate(async (given) => { await (await fetch(given, { method: 'POST', body: 'x' })).body?.getReader().read(); }, url);
    await leaving.goto('https://ai.io.net/early');
    expect(await one(mark)).toMatchObject({ ending: 'aborted', cut: true });
    await leaving.close();
  });
});

describe('who asks', () => {
  it('follows a redirect', async () => {
    const { url, mark } = fresh(`redirect?to=${encodeURIComponent('/v1/private/completions/json?mark=redirected-')}`);
    await page.evaluate(async (given) => (await fetch(given, { method: 'POST', body: 'x' })).text(), url);
    expect(await one('mark=redirected-')).toMatchObject({ reading: { length: BODIES['json']?.length } });
    expect((await lab.told(mark)).filter((seen) => seen.kind === 'finished' && String(seen['url']).includes(mark))).toEqual([]);
  });

  it('is a worker, whose bodies are not seen', async () => {
    const { url, mark } = fresh('json');
    await page.evaluate((given) => new Promise((done) => { const worker = new Worker('/worker.js'); worker.onmessage = done; worker.postMessage({ url: given, init: { method: 'POST', body: 'x' } }); }), url);
    expect(await one(mark)).toMatchObject({ tabId: page.tabId, reading: 'BODY_NOT_SEEN' });
  });

  it('is a frame made a moment ago', async () => {
    const { url, mark } = fresh('json');
    await page.evaluate(async (given) => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      await (await frame.contentWindow?.fetch(given, { method: 'POST', body: 'x' }))?.text();
      await new Promise((done) => { setTimeout(done, 500); });
      frame.remove();
    }, url);
    expect(await one(mark)).toMatchObject({ tabId: page.tabId, reading: { length: BODIES['json']?.length } });
  });

  it('is a service worker in between, and what it makes up is nobody’s answer', async () => {
    const passed = fresh('json?passed-on=1');
    const made = fresh('json?made-up=1');
    const served = await lab.open('https://ai.io.net/page');
    try {
      await served.evaluate(async () => {
        await navigator.serviceWorker.register('/sw.js');
        await navigator.serviceWorker.ready;
        for (let i = 0; i < 50 && navigator.serviceWorker.controller === null; i += 1) await new Promise((done) => { setTimeout(done, 50); });
      });
      await served.evaluate(async (given) => { for (const url of given) await (await fetch(url, { method: 'POST', body: 'x' })).text(); }, [made.url, passed.url]);
      expect(await one(passed.mark)).toMatchObject({ tabId: -1, initiator: 'https://ai.io.net', from: 'https://ai.io.net', reading: { length: BODIES['json']?.length } });
      // Firefox tells of the request, which no network ever saw.
      expect((await lab.told(made.mark)).filter((seen) => String(seen['url']).includes(made.mark)).map(({ kind }) => kind)).toEqual(BROWSER === 'chromium' ? [] : ['requested', 'dropped']);
    } finally {
      // The pages after this one are pages without.
      await served.evaluate(async () => { for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister(); });
      await served.close();
    }
  });

  it.each(['strict', 'early'])('is a page with other rules: %s', async (path) => {
    const { url, mark } = fresh('json');
    const other = await lab.open(`https://ai.io.net/${path}`);
    await other.evaluate(async (given) => (await fetch(given, { method: 'POST', body: 'x' })).text(), url);
    expect(await one(mark)).toMatchObject({ reading: { length: BODIES['json']?.length } });
    await other.close();
  });
});

describe('a background that dies', () => {
  it('in the middle of a stream loses no byte', async () => {
    const { url, mark } = fresh('stream?n=40&ms=50');
    const reading = page.evaluate(async (given) => (await (await fetch(given, { method: 'POST', body: '{"model":"m"}' })).text()).length, url);
    await until('the headers', async () => (await lab.told(mark)).some((seen) => seen.kind === 'started' && String(seen['url']).includes(mark)));
    await lab.browser.killBackground();
    expect(await reading).toBe(STREAM(40).length);
    expect(await one(mark)).toMatchObject({ cut: false, model: 'm', requestUnseen: false, reading: { complete: true, hashes: [{ sha256: sha256(STREAM(40)) }] } });
  });

  it('between the headers and a body that is read later', async () => {
    const { url, mark } = fresh('stream?n=30&ms=50');
    const reading = page.evaluate(async (given) => {
      const reader = (await fetch(given, { method: 'POST', body: '{}' })).body?.getReader();
      await reader?.read();
      await new Promise((done) => { setTimeout(done, 700); });
      for (;;) if ((await reader?.read())?.done !== false) break;
    }, url);
    await until('the headers', async () => (await lab.told(mark)).some((seen) => seen.kind === 'started' && String(seen['url']).includes(mark)));
    await lab.browser.killBackground();
    await reading;
    expect((await lab.finished(mark)).at(-1)).toMatchObject({ cut: false, reading: { hashes: [{ sha256: sha256(STREAM(30)) }] } });
  });
});

describe('asking through the page', () => {
  it('uses the login that the page used, and is not taken for an answer', async () => {
    const body = '{"nonce":"0123"}';
    const url = `${COMPLETIONS}?mark=own-`;
    const before = await lab.ask<{ error?: string }>({ ask: 'page', tabId: page.tabId, url, body });
    expect(before.error).toContain('LOGIN_NEEDED');
    await page.evaluate(async (given) => (await fetch(given, { method: 'POST', body: '{}', headers: new Headers({ authorization: 'Bearer of the page' }) })).text(), fresh('json').url);
    await until('the login', async () => (await lab.told('login-seen')).some(({ kind }) => kind === 'login-seen'));
    expect(await lab.ask({ ask: 'page', tabId: page.tabId, url, body })).toEqual({ status: 200, type: 'application/json', body: '{"choices":[0],"auth":true}' });
    expect(lab.world.requests.find((request) => request.body === body)).toMatchObject({ authorization: 'Bearer of the page' });
    await lab.browser.killBackground();
    expect(await lab.ask({ ask: 'page', tabId: page.tabId, url, body })).toMatchObject({ status: 200 });
    expect((await lab.told('mark=own-')).filter((seen) => String(seen['url']).includes('mark=own-'))).toEqual([]);
  });

  it.each<[string, string]>([['a plain object', '{ authorization: "Bearer a" }'], ['a list of pairs', '[["Authorization", "Bearer b"]]'], ['XMLHttpRequest', ''], ['a Request', 'request']])('finds it in %s', async (_, how) => {
    const other = await lab.open('https://ai.io.net/page');
    const { url } = fresh('json');
    await other.evaluate(async (given) => {
      if (given.how === '') {
        const request = new XMLHttpRequest();
        request.open('POST', given.url);
        request.setRequestHeader('authorization', 'Bearer x');
        const done = new Promise((loaded) => { request.onloadend = loaded; });
        request.send('{}');
        await done;
      } else if (given.how === 'request') await fetch(new Request(given.url, { method: 'POST', body: '{}', headers: { Authorization: 'Bearer r' } }));
      else await fetch(given.url, { method: 'POST', body: '{}', headers: given.how.startsWith('[') ? [['Authorization', 'Bearer b']] : { authorization: 'Bearer a' } });
    }, { url, how });
    await until('an answer with its login', async () => (await lab.ask<{ body?: string }>({ ask: 'page', tabId: other.tabId, url: `${COMPLETIONS}?mark=own-`, body: '{}' })).body?.includes('"auth":true'));
    await other.close();
  });
});

describe('consent while a page is open', () => {
  it('notes the login from then on and forgets it when that is taken back, with natives taken before the page replaced them', async () => {
    await lab.watch('tap');
    const poisoned = await lab.open('https://ai.io.net/poisoned');
    const ask = async (): Promise<{ error?: string; body?: string }> => lab.ask({ ask: 'page', tabId: poisoned.tabId, url: `${COMPLETIONS}?mark=own-`, body: '{}' });
    const request = async (): Promise<unknown> => poisoned.evaluate(async (url) => (await fetch(url, { method: 'POST', body: '{}', headers: { authorization: 'Bearer late' } })).status, fresh('json').url);
    await request();
    expect((await ask()).error).toContain('LOGIN_NEEDED');
    expect(await poisoned.evaluate(() => fetch.toString().includes('fetch'))).toBe(true);
    await poisoned.evaluate(() => { (Reflect.get(window, 'poison') as () => void)(); Reflect.set(window, 'Proxy', null); Reflect.set(window, 'URL', null); Reflect.set(Headers.prototype, 'get', null); });
    await lab.ask({ ask: 'consent', given: true });
    await until('the hook', async () => !(await poisoned.evaluate(() => fetch.toString().includes('fetch'))));
    await request();
    await until('an answer with its login', async () => (await ask()).body?.includes('"auth":true'));
    await lab.ask({ ask: 'consent', given: false });
    await until('the login to be forgotten', async () => (await ask()).error?.includes('LOGIN_NEEDED') === true);
    await request();
    expect((await ask()).error).toContain('LOGIN_NEEDED');
    // Given anew it is noted anew, though it is the same login as before.
    await lab.ask({ ask: 'consent', given: true });
    await until('an answer with its login once more', async () => {
      await request();
      return (await ask()).body?.includes('"auth":true');
    });
    expect(await poisoned.evaluate(() => Object.keys(Reflect.get(window, 'calls') as object).filter((name) => /^(?:WeakMap|Headers|Port|MessageEvent|RegExp)/.test(name)))).toEqual([]);
    await poisoned.close();
  });
});

/** Bodies read whole, in every way and of every kind. */
import { API, hex, said, settled, stackOf, wait, type Observations } from './kit';

const readers: Readonly<Record<string, (response: Response) => Promise<unknown>>> = {
  text: (r) => r.text(),
  json: async (r) => JSON.stringify(await r.json()),
  arrayBuffer: async (r) => hex(await r.arrayBuffer()),
  bytes: async (r) => hex(await r.bytes()),
  blob: async (r) => { const blob = await r.blob(); return [blob.type, hex(await blob.arrayBuffer())]; },
  formData: async (r) => [...(await r.formData())],
};

const around = (r: Response): unknown => [r.url, r.type, r.redirected, r.status, r.bodyUsed, r instanceof Response, Object.getOwnPropertyNames(r), Object.prototype.toString.call(r), [...r.headers], r.body === r.body, r.body?.locked];

export const fetches: Observations = {
  ...Object.fromEntries(
    Object.entries(readers).flatMap(([how, read]) =>
      ['/json', '/form', '/bom', '/bad', '/latin1', '/gzip', '/empty', '/nothing', '/badjson'].map((path) => [
        `${how} of ${path}`,
        async () => {
          const response = await fetch(API + path);
          const value = await settled(read(response));
          return [value, around(response), await settled(read(response))];
        },
      ]),
    ),
  ),
  'stack of bad JSON': async () => (await fetch(`${API}/badjson`)).json().catch(stackOf),
  'text of a locked body': async () => { const r = await fetch(`${API}/json`); r.body?.getReader(); return settled(r.text()); },
  'stack of a locked body': async () => { const r = await fetch(`${API}/json`); r.body?.getReader(); return r.text().catch(stackOf); },
  'text after releaseLock': async () => { const r = await fetch(`${API}/json`); r.body?.getReader().releaseLock(); return r.text(); },
  'read late': async () => { const r = await fetch(`${API}/json`); await wait(200); return r.text(); },
  'never read': async () => (await fetch(`${API}/json`)).status,
  'opaque': async () => { const r = await fetch(`${API}/nocors/json`, { mode: 'no-cors' }); return [r.type, r.url, r.status, r.body, await r.text()]; },
  'blocked by CORS': async () => fetch(`${API}/nocors/json`).catch(said),
  'blocked by CORS, stack': async () => fetch(`${API}/nocors/json`).catch(stackOf),
  'redirected': async () => { const r = await fetch(`${API}/redirect`); return [r.url, r.redirected, await r.text()]; },
  'redirect manual': async () => { const r = await fetch(`${API}/redirect`, { redirect: 'manual' }); return [r.type, r.status, await r.text()]; },
  'clone, both read': async () => { const r = await fetch(`${API}/stream?n=4&ms=10`); const c = r.clone(); const [a, b] = await Promise.all([r.text(), c.text()]); return [a === b, a.length, c.url, c.type, r.bodyUsed, (() => { try { return r.clone(); } catch (error) { return said(error); } })()]; },
  'clone, the copy read': async () => (await fetch(`${API}/json`)).clone().json(),
  'clone, the copy cancelled': async () => { const r = await fetch(`${API}/stream?n=4&ms=10`); void r.clone().body?.cancel(); return (await r.text()).length; },
  'new Response of a body': async () => { const r = await fetch(`${API}/json`); const n = new Response(r.body, { headers: r.headers }); return [await n.text(), r.bodyUsed, n.body === r.body, n.url]; },
  'new Response like another': async () => { const r = await fetch(`${API}/json`); const n = new Response(r.body, r); return [await n.json(), n.url]; },
  'WebAssembly': async () => { const r = await fetch(`${API}/wasm`); const { instance } = await WebAssembly.instantiateStreaming(r); return [instance instanceof WebAssembly.Instance, r.bodyUsed]; },
  'WebAssembly of a promise': async () => (await WebAssembly.instantiateStreaming(fetch(`${API}/wasm`))).instance instanceof WebAssembly.Instance,
  'WebAssembly after a look at body': async () => { const r = await fetch(`${API}/wasm`); void r.body; return (await WebAssembly.instantiateStreaming(r)).instance instanceof WebAssembly.Instance; },
  'Request object': async () => { const q = new Request(`${API}/echo`, { method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } }); const r = await fetch(q); return [await r.json(), q.bodyUsed]; },
  'keepalive': async () => (await fetch(`${API}/echo`, { method: 'POST', body: 'k', keepalive: true })).json(),
  'beacon': () => navigator.sendBeacon(`${API}/echo`, 'beacon'),
  'cache': async () => { const cache = await caches.open('t'); await cache.put(`${API}/json`, await fetch(`${API}/json`)); return (await (await cache.match(`${API}/json`))?.text())?.length; },
  'object URL': async () => { const url = URL.createObjectURL(await (await fetch(`${API}/json`)).blob()); return (await (await fetch(url)).text()).length; },
  'unhandled rejections': async () => {
    let count = 0;
    const heard = (event: PromiseRejectionEvent): void => { count += 1; event.preventDefault(); };
    addEventListener('unhandledrejection', heard);
    void fetch(`${API}/nocors/json`);
    void fetch(`${API}/stream?n=2&ms=5&cut=1`).then((r) => void r.text());
    void fetch(`${API}/stream?n=2&ms=5&cut=1`).then(async (r) => { const reader = r.body?.getReader(); for (;;) if ((await reader?.read())?.done !== false) break; });
    await wait(700);
    removeEventListener('unhandledrejection', heard);
    return count;
  },
  'large, text': async () => (await (await fetch(`${API}/large`)).text()).length,
  'large, reader': async () => { const reader = (await fetch(`${API}/large`)).body?.getReader(); let length = 0; for (;;) { const result = await reader?.read(); if (result?.value === undefined) return length; length += result.value.length; } },
};

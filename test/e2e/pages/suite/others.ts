/* oxlint-disable unicorn/require-post-message-target-origin -- workers take none */
/** XMLHttpRequest, EventSource, frames and workers. */
import { API, hex, newStream, PAGE, seenEarly, wait, type Observations } from './kit';

function xhr(path: string, set: (request: XMLHttpRequest) => void = () => undefined): Promise<XMLHttpRequest> {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open('GET', path.startsWith('https') ? path : API + path);
    set(request);
    request.onloadend = () => done(request);
    request.send();
  });
}

async function frame<T>(set: (frame: HTMLIFrameElement) => void, look: (view: Window & typeof globalThis) => Promise<T> | T): Promise<T | string> {
  const element = document.createElement('iframe');
  set(element);
  document.body.append(element);
  const view = element.contentWindow as (Window & typeof globalThis) | null;
  if (view === null) return 'no window';
  const seen = await look(view);
  element.remove();
  return seen;
}
const inFrame = async (view: Window & typeof globalThis): Promise<unknown> => {
  const response = await view.fetch(`${API}/json`);
  return [(await response.text()).length, response instanceof view.Response, view.Response.prototype.text.name];
};

export const others: Observations = {
  ...Object.fromEntries(['/json', '/bom', '/bad', '/latin1', '/gzip', '/empty'].map((path) => [`XHR text of ${path}`, async () => { const r = await xhr(path); return [r.responseText, r.responseURL, r.responseType, r.status, r.getAllResponseHeaders().length > 0]; }])),
  ...Object.fromEntries((['json', 'arraybuffer', 'blob', 'document'] as const).map((type) => [`XHR ${type}`, async () => {
    const { response } = await xhr('/json', (r) => { r.responseType = type; }) as { response: unknown };
    if (response instanceof ArrayBuffer) return hex(response);
    if (response instanceof Blob) return [response.type, hex(await response.arrayBuffer())];
    return JSON.stringify(response) ?? String(response);
  }])),
  'XHR, same object twice': async () => { const r = await xhr('/json', (request) => { request.responseType = 'arraybuffer'; }); return r.response === r.response; },
  'XHR, other charset': async () => (await xhr('/latin1', (r) => r.overrideMimeType('text/plain; charset=x-user-defined'))).responseText.length,
  'XHR events': async () => {
    const events: string[] = [];
    await xhr('/json', (r) => { for (const type of ['loadstart', 'load', 'loadend', 'readystatechange', 'error', 'abort']) r.addEventListener(type, () => events.push(`${type}${r.readyState}`)); });
    await wait(20);
    return events;
  },
  'XHR reused': async () => { const r = await xhr('/json'); const first = r.responseText; r.open('GET', `${API}/gzip`); r.send(); await new Promise((done) => { r.onloadend = done; }); return [first, r.responseText]; },
  'XHR synchronous': () => { const r = new XMLHttpRequest(); r.open('GET', `${PAGE}/json`, false); r.send(); return r.responseText; },
  'XHR cut': async () => { const events: string[] = []; const r = await xhr(newStream('n=2&ms=5&cut=1').url, (request) => { for (const type of ['load', 'error', 'loadend', 'abort']) request.addEventListener(type, () => events.push(type)); }); await wait(20); return [events, r.status, r.responseText, r.responseURL]; },
  'XHR aborted': async () => { const { id, url } = newStream(); await xhr(url, (r) => { r.onprogress = () => r.abort(); }); return seenEarly(id); },
  'XHR in pieces': async () => { const lengths: number[] = []; await xhr(newStream('n=5&ms=40').url, (r) => { r.onprogress = () => lengths.push(r.responseText.length); }); return lengths.length > 2; },
  'EventSource': async () => new Promise((done) => { const source = new EventSource(newStream('n=3&ms=10').url); const events: unknown[] = []; source.onmessage = ({ data }) => { events.push(data); if (data === '[DONE]') { source.close(); done(events); } }; source.onerror = () => done(['error', ...events]); }),
  'EventSource closed': async () => { const { id, url } = newStream(); const source = new EventSource(url); await new Promise((done) => { source.onmessage = done; }); source.close(); return seenEarly(id); },
  'frame at once': async () => frame(() => undefined, inFrame),
  'frame later': async () => frame(() => undefined, async (view) => { await wait(200); return inFrame(view); }),
  'frame of srcdoc': async () => frame((element) => { element.srcdoc = '<p>x'; }, async (view) => { await wait(200); return inFrame(view); }),
  'frame of the same origin': async () => frame((element) => { element.src = `${PAGE}/page`; }, async (view) => { await wait(500); return inFrame(view); }),
  'frame removed while reading': async () => { const { id, url } = newStream(); await frame(() => undefined, async (view) => { await (await view.fetch(url)).body?.getReader().read(); }); return seenEarly(id); },
  'worker': async () => new Promise((done) => { const worker = new Worker('/worker.js'); worker.onmessage = ({ data }) => { worker.terminate(); done(data); }; worker.postMessage({ url: `${API}/json` }); }),
  'worker ended': async () => { const { id, url } = newStream(); const worker = new Worker('/worker.js'); worker.postMessage({ url }); await wait(300); worker.terminate(); return seenEarly(id); },
  'resource timing': async () => { performance.clearResourceTimings(); await (await fetch(`${API}/json?timing`)).text(); await wait(50); return performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('timing')); },
};

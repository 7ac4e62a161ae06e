/**
 * A small world for the tap: a page and an API on the real names, with every kind of body, cut, pace and header that
 * the observations need. What the simulator does for verdicts, this does for watching.
 */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { tlsIdentity } from '../../simulator/pki/tls.ts';
import { createProxy } from '../../simulator/proxy.ts';
import type { World } from '../browsers/types.ts';

export const PAGE_HOST = 'ai.io.net';
export const API_HOST = 'api.intelligence.io.net';
const HOSTS = [PAGE_HOST, API_HOST];

/** What a stream did, for the page to ask: whether the server saw it end early. */
interface StreamState {
  sent: number;
  closed: boolean;
  at: number[];
}

export interface PageWorld extends World {
  /** Requests with a body or a login that reached the API, oldest first. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined; readonly body: string }[];
  close(): Promise<void>;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function bundle(entry: string): Promise<Uint8Array> {
  const { outputFiles } = await build({ entryPoints: [file(entry)], bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', logLevel: 'error' });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`${entry} gave no bundle`);
  return output.contents;
}

const HTML = 'text/html; charset=utf-8';
const WORKER = `onmessage = async ({ data }) => { try { const response = await fetch(data.url, data.init); postMessage({ length: (await response.text()).length, native: String(Response.prototype.text) }); } catch (error) { postMessage({ error: String(error) }); } };`;
const SERVICE_WORKER = `
addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (event.request.url.includes('made-up')) event.respondWith(new Response('{"made":"up"}', { headers: { 'content-type': 'application/json' } }));
  else if (event.request.url.includes('passed-on')) event.respondWith(fetch(event.request));
});`;
/** Looks around before any other script: what a page that is out to find the tap can see at its very start. */
const EARLY = `<!doctype html><title>early</title><script>
window.early = { events: [], globals: Object.getOwnPropertyNames(window).length, html: document.documentElement.outerHTML.length, resources: performance.getEntriesByType('resource').length };
for (const type of ['message', 'assay-port', 'wxt:content-script-started']) for (const target of [window, document]) target.addEventListener(type, (event) => early.events.push([type, event.type]));
const native = EventTarget.prototype.dispatchEvent;
EventTarget.prototype.dispatchEvent = function (event) { early.events.push(['dispatch', event.type]); return Reflect.apply(native, this, [event]); };
</script>`;
/** Replaces every native that a careless tap would call, and counts. */
const POISONED = `<!doctype html><title>poisoned</title><script>
window.calls = {};
const { apply, defineProperty } = Reflect;
const spy = (owner, key, name) => { const d = Reflect.getOwnPropertyDescriptor(owner, key); if (!d) return; const kind = d.get ? 'get' : 'value'; const native = d[kind]; d[kind] = function (...args) { calls[name] = (calls[name] ?? 0) + 1; return apply(native, this, args); }; defineProperty(owner, key, d); };
window.poison = () => {
  for (const [owner, keys, name] of [[Promise.prototype, ['then', 'catch', 'finally'], 'Promise'], [Array.prototype, [Symbol.iterator, 'push', 'slice', 'map', 'forEach'], 'Array'], [Uint8Array.prototype, ['slice', 'set', 'subarray'], 'U8'], [Object.getPrototypeOf(Uint8Array.prototype), ['slice', 'set', 'subarray', 'buffer', 'byteOffset', 'byteLength', 'length', Symbol.iterator], 'Typed'], [WeakMap.prototype, ['get', 'set', 'has'], 'WeakMap'], [Map.prototype, ['get', 'set'], 'Map'], [MessagePort.prototype, ['postMessage'], 'Port'], [MessageEvent.prototype, ['data'], 'MessageEvent'], [String.prototype, ['startsWith', 'slice', 'includes', Symbol.iterator], 'String'], [RegExp.prototype, ['exec', 'test'], 'RegExp'], [Function.prototype, ['call', 'apply', 'bind'], 'Function'], [Headers.prototype, ['get'], 'Headers'], [Response.prototype, ['url', 'headers', 'bodyUsed'], 'Response'], [ReadableStream.prototype, ['locked'], 'Stream'], [TransformStreamDefaultController.prototype, ['enqueue'], 'Controller'], [TextDecoder.prototype, ['decode'], 'Decoder'], [JSON, ['parse'], 'JSON'], [Reflect, ['apply', 'construct', 'getPrototypeOf', 'get', 'set'], 'Reflect']])
    for (const key of keys) spy(owner, key, name + '.' + String(key));
  for (const key of ['get', 'set', 'value', 'apply', 'construct', 'headers', 'status', 'signal', 'preventCancel', 'highWaterMark', 'transform', 'flush', 'cancel', 'transfer'])
    defineProperty(Object.prototype, key, { __proto__: null, configurable: true, get() { calls['Object.' + key] = (calls['Object.' + key] ?? 0) + 1; return undefined; }, set(value) { defineProperty(this, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true }); } });
};
</script>`;

export async function startPageWorld(): Promise<PageWorld> {
  const scripts: Readonly<Record<string, Uint8Array>> = { '/suite.js': await bundle('suite/index.ts') };
  const streams = new Map<string, StreamState>();
  const requests: { path: string; authorization: string | undefined; body: string }[] = [];

  function stream(url: URL, response: ServerResponse, headers: Record<string, string>): void {
    const get = (name: string, other: number): number => Number(url.searchParams.get(name) ?? other);
    const [count, pace] = [get('n', 5), get('ms', 20)];
    const state: StreamState = { sent: 0, closed: false, at: [] };
    streams.set(url.searchParams.get('id') ?? '', state);
    const gzip = url.searchParams.has('gzip') ? createGzip() : undefined;
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', ...(gzip === undefined ? {} : { 'content-encoding': 'gzip' }) });
    gzip?.pipe(response);
    const out = gzip ?? response;
    let done = false;
    const tick = (): void => {
      if (state.closed) return;
      state.sent += 1;
      state.at.push(Date.now());
      out.write(`data: {"choices":[${state.sent}]}\n\n`);
      gzip?.flush(constants.Z_SYNC_FLUSH);
      if (state.sent < count) {
        setTimeout(tick, pace);
        return;
      }
      done = true;
      if (url.searchParams.has('cut')) response.destroy();
      else out.end('data: [DONE]\n\n');
    };
    response.on('close', () => {
      state.closed = !done;
    });
    tick();
  }

  const bodies: Readonly<Record<string, readonly [type: string, body: Uint8Array | string]>> = {
    '/json': ['application/json', '{"a":1, "b":"é"}'], '/nocors/json': ['application/json', '{"a":1}'], '/badjson': ['application/json', '{"a":'], '/form': ['application/x-www-form-urlencoded', 'a=1&b=2'],
    '/nothing': ['application/json', ''],
    '/bom': ['text/plain', Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0x62)], '/bad': ['text/plain', Uint8Array.of(0x61, 0xff, 0xfe, 0x62, 0xc3)], '/latin1': ['text/plain; charset=iso-8859-1', Uint8Array.of(0x61, 0xe9, 0x62)],
    '/wasm': ['application/wasm', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)], '/large': ['application/octet-stream', Buffer.alloc(50 * 1024 * 1024, 97)], '/huge': ['application/octet-stream', Buffer.alloc(65 * 1024 * 1024, 97)],
  };

  function api(url: URL, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const headers: Record<string, string> = { 'cache-control': 'no-store' };
    if (!url.pathname.startsWith('/nocors/')) Object.assign(headers, { 'access-control-allow-origin': request.headers.origin ?? '*', 'access-control-allow-headers': 'authorization,content-type', 'access-control-allow-methods': '*', 'access-control-allow-credentials': 'true' });
    if (request.method === 'OPTIONS') {
      response.writeHead(204, headers).end();
      return;
    }
    if (body.length > 0 || request.headers.authorization !== undefined) requests.push({ path: url.pathname, authorization: request.headers.authorization, body: body.toString() });
    // The same bodies as answers of the built-in service, to be watched.
    const path = url.pathname.replace(/^\/v1\/private\/completions\//, '/');
    const known = bodies[path];
    if (known !== undefined) response.writeHead(200, { ...headers, 'content-type': known[0] }).end(known[1]);
    else if (path === '/stream') stream(url, response, headers);
    else if (url.pathname === '/state') response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(streams.get(url.searchParams.get('id') ?? '') ?? null));
    else if (path === '/gzip') response.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"g":1,"s":"é"}'));
    else if (url.pathname === '/empty') response.writeHead(204, headers).end();
    else if (path === '/redirect') response.writeHead(307, { ...headers, location: url.searchParams.get('to') ?? '/json' }).end();
    else if (url.pathname === '/echo') response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify({ length: body.length, method: request.method }));
    else if (url.pathname === '/cached') response.writeHead(200, { ...headers, 'cache-control': 'max-age=600', 'content-type': 'application/json' }).end('{"choices":["cached"]}');
    else if (url.pathname.startsWith('/v1/private/')) setTimeout(() => response.writeHead(Number(url.searchParams.get('status') ?? 200), { ...headers, 'content-type': 'application/json', text: 'x', doubled: ['a', 'b'] }).end(`{"choices":[${url.searchParams.get('answer') ?? 0}],"auth":${request.headers.authorization !== undefined}}`), Number(url.searchParams.get('ms') ?? 0));
    else response.writeHead(404, headers).end();
  }

  function page(url: URL, response: ServerResponse): void {
    const send = (type: string, body: Uint8Array | string, more: Record<string, string> = {}): void => void response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', ...more }).end(body);
    const script = scripts[url.pathname];
    if (script !== undefined) send('text/javascript', script);
    else if (url.pathname === '/suite') send(HTML, '<!doctype html><meta charset="utf-8"><title>suite</title><body><script src="/suite.js"></script>');
    else if (url.pathname === '/early') send(HTML, EARLY);
    else if (url.pathname === '/poisoned') send(HTML, POISONED);
    else if (url.pathname === '/strict') send(HTML, '<!doctype html><title>strict</title>', { 'content-security-policy': `default-src 'none'; connect-src https://${API_HOST}; require-trusted-types-for 'script'; trusted-types 'none'` });
    else if (url.pathname === '/sandboxed') send(HTML, '<!doctype html><title>sandboxed</title>', { 'content-security-policy': 'sandbox allow-scripts' });
    else if (url.pathname === '/worker.js') send('text/javascript', WORKER);
    else if (url.pathname === '/sw.js') send('text/javascript', SERVICE_WORKER);
    else if (url.pathname === '/json') send('application/json', '{"a":1}');
    else send(HTML, '<!doctype html><meta charset="utf-8"><title>page</title><body>');
  }

  const tls = tlsIdentity(HOSTS, Date.now());
  const server = createServer({ key: tls.key, cert: tls.chain, ALPNProtocols: ['http/1.1'] }, (request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const url = new URL(request.url ?? '/', `https://${host}`);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (host === API_HOST) api(url, request, response, Buffer.concat(parts));
      else page(url, response);
    });
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const port = await listen(server);
  const proxy = createProxy(new Set(HOSTS), () => port);
  const proxyPort = await listen(proxy.server);
  return {
    proxyPort, requests, spkiHash: tls.spkiHash, caDer: tls.caDer,
    hostResolverRules: `${HOSTS.map((host) => `MAP ${host} 127.0.0.1:${port}`).join(',')},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1`,
    close: async () => {
      for (const socket of proxy.sockets) socket.destroy();
      server.closeAllConnections();
      proxy.server.closeAllConnections();
      await Promise.all([server, proxy.server].map((item) => new Promise<void>((done) => item.close(() => done()))));
    },
  };
}

const listen = (server: Server): Promise<number> =>
  new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === 'string') failed(new Error('the server has no port'));
      else done(address.port);
    });
  });

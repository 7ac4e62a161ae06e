/**
 * What Assay costs the stream of a chat: the same streams from the same server to two pages of one Chromium with the
 * shipped extension in it, turn by turn. One page's service is watched (tap and all), the other's is not picked.
 */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { launchChromium } from '../e2e/browsers/chromium.ts';
import type { Page } from '../e2e/browsers/types.ts';
import { until } from '../e2e/wait.ts';
import { tlsIdentity } from '../simulator/pki/tls.ts';

const WATCHED = { page: 'https://ai.io.net/', api: 'https://api.intelligence.io.net/v1/private/completions' };
const PLAIN = { page: 'https://chat.redpill.ai/', api: 'https://api.redpill.ai/v1/chat/completions' };
const HOSTS = [WATCHED, PLAIN].flatMap(({ page, api }) => [new URL(page).host, new URL(api).host]);

const CHUNK = Buffer.from(`data: {"choices":[{"delta":{"content":"${'word '.repeat(40)}"}}]}\n\n`);
const END = 'data: [DONE]\n\n';
/** A chat quicker than any model writes today: 2,000 chunks a second. */
const CHUNKS_A_TICK = 20;
const TICK_MS = 10;

/** What is sent, and how often. `short`: for its first bytes. `flood`: as fast as it goes, which no chat does. */
const KINDS = { short: { chunks: 20, rounds: 80 }, chat: { chunks: 2000, rounds: 10 }, flood: { chunks: 60_000, rounds: 8 } } as const;
type Kind = keyof typeof KINDS;

interface Sides {
  readonly plain: number;
  readonly watched: number;
}

/** Medians. `firstByte`: ms from asking to the first bytes read; the others: MB/s from there to the end. */
export interface StreamCost {
  readonly firstByte: Sides;
  readonly chat: Sides;
  readonly flood: Sides;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const headers = { 'cache-control': 'no-store', 'access-control-allow-origin': request.headers.origin ?? '*', 'access-control-allow-headers': '*', 'access-control-max-age': '600' };
  if (request.method === 'GET') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>bench</title>');
  if (request.method !== 'POST') return void response.writeHead(204, headers).end();
  const kind = new URL(request.url ?? '/', 'https://x').searchParams.get('kind');
  request.resume();
  if (kind !== 'short' && kind !== 'chat' && kind !== 'flood') return void response.writeHead(404, headers).end();
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
  let left: number = KINDS[kind].chunks;
  const more = (): void => {
    for (let now = kind === 'chat' ? CHUNKS_A_TICK : left; now > 0 && left > 0; now -= 1) {
      left -= 1;
      if (!response.write(CHUNK)) return void response.once('drain', more);
    }
    if (left > 0) setTimeout(more, TICK_MS);
    else response.end(END);
  };
  more();
}

/** In the page: asks, reads to the end, tells ms to the first bytes and to the last, and how many there were. */
async function read(url: string): Promise<{ readonly first: number; readonly all: number; readonly bytes: number }> {
  const from = performance.now();
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"model":"m","stream":true}' });
  const reader = response.body?.getReader();
  let first = 0;
  let bytes = 0;
  for (;;) {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) return { first, all: performance.now() - from, bytes };
    if (bytes === 0) first = performance.now() - from;
    bytes += piece.value.length;
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function measure(pages: { readonly plain: Page; readonly watched: Page }): Promise<StreamCost> {
  const apis = { plain: PLAIN.api, watched: WATCHED.api };
  const medians = async (kind: Kind, of: (one: Awaited<ReturnType<typeof read>>) => number): Promise<Sides> => {
    const took: Record<keyof Sides, number[]> = { plain: [], watched: [] };
    for (let round = -2; round < KINDS[kind].rounds; round += 1) {
      // Turn by turn, and each first as often as the other: what a machine does besides falls on both.
      for (const side of round % 2 === 0 ? (['plain', 'watched'] as const) : (['watched', 'plain'] as const)) {
        await pages[side].bringToFront();
        const one = await pages[side].evaluate(read, `${apis[side]}?kind=${kind}`);
        if (round >= 0) took[side].push(of(one));
      }
    }
    return { plain: median(took.plain), watched: median(took.watched) };
  };
  const rate = ({ first, all, bytes }: Awaited<ReturnType<typeof read>>): number => bytes / 1000 / (all - first);
  return { firstByte: await medians('short', ({ first }) => first), chat: await medians('chat', rate), flood: await medians('flood', rate) };
}

/** `extension`: the folder of the shipped Chrome build. */
export async function streamCost(extension: string): Promise<StreamCost> {
  const tls = tlsIdentity(HOSTS, Date.now());
  const server = createServer({ key: tls.key, cert: tls.chain, ALPNProtocols: ['http/1.1'] }, answer);
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  const { port } = server.address() as AddressInfo;
  const hostResolverRules = `${HOSTS.map((host) => `MAP ${host} 127.0.0.1:${port}`).join(',')},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1`;
  const browser = await launchChromium({ extension, world: { proxyPort: 0, hostResolverRules, spkiHash: tls.spkiHash, caDer: tls.caDer } });
  try {
    const control = await browser.openExtension('manifest.json');
    await control.evaluate(async () => await chrome.runtime.sendMessage({ 'assay.request': 'settings.set', with: { patch: { services: ['ionet'] } } }));
    const plain = await browser.open(PLAIN.page);
    const watched = await browser.open(WATCHED.page);
    const isTapped = async (page: Page): Promise<boolean> => await page.evaluate(() => String(Reflect.get(Response.prototype, 'text')) !== 'function text() { [native code] }');
    await until('the tap in the watched page', async () => {
      await watched.reload();
      return await isTapped(watched);
    });
    if (await isTapped(plain)) throw new Error('the page that nobody picked is watched too');
    return await measure({ plain, watched });
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

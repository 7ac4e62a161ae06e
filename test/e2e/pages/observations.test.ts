/**
 * Law 8: a page finds everything as it is without Assay, but for what docs/limitations lists. Every observation is made
 * in a page without the tap, in one with it, and in one whose login may be captured; what differs is named here.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { BROWSER } from '../browser-under-test.ts';
import type { Page } from '../browsers/index.ts';
import { Lab, type Watching } from './lab.ts';

type Seen = Readonly<Record<string, unknown>>;

/** `toString` of a proxied native has no name. An error that a native throws at the call has frames more, without our address. */
const TOLD = ['toString of open', 'toString of text', 'stack of a locked body', 'wrong receiver, stack'];
/** Only after consent to asking through the page; in Firefox the stack of a failed fetch stays as it is. */
const TOLD_WITH_LOGIN = [...TOLD, 'fetch itself', ...(BROWSER === 'chromium' ? ['blocked by CORS, stack'] : [])];

const WATCHED: readonly Watching[] = ['idle', 'tap', 'login'];
let lab: Lab;
const all: Record<string, Seen> = {};

/** What is found in a page that is opened under such watching. */
async function inPage<Found>(watching: Watching, path: string, look: (page: Page) => Promise<Found>): Promise<Found> {
  await lab.watch(watching);
  const page = await lab.open(`https://ai.io.net/${path}`);
  expect(await page.evaluate(() => String(Reflect.get(Response.prototype, 'text')).includes('text')), `as the page is without Assay: ${watching}`).toBe(watching === 'idle');
  const found = await look(page);
  await page.close();
  return found;
}
const observe = async (watching: Watching, names?: readonly string[]): Promise<Seen> =>
  await inPage(watching, 'suite', async (page) => await page.evaluate((given) => window.observe(given ?? undefined), names ?? null));
const differing = (a: Seen, b: Seen): string[] => Object.keys(a).filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));

beforeAll(async () => {
  lab = await Lab.shared(BROWSER);
  for (const watching of WATCHED) all[watching] = await observe(watching);
}, 300_000);

describe('a page with the tap', () => {
  it('made every observation', () => {
    expect(Object.keys(all['idle'] ?? {}).length).toBeGreaterThan(160);
    for (const seen of Object.values(all)) expect(Object.entries(seen).filter(([, value]) => String(value).startsWith('threw'))).toEqual([]);
  });

  it.each([['tap', TOLD], ['login', TOLD_WITH_LOGIN]] as const)('finds all the same (%s), but for what is listed', async (watching, told) => {
    let names = differing(all['idle'] ?? {}, all[watching] ?? {}).filter((name) => !told.includes(name));
    // When a server hears of a cancel differs from run to run, in plain pages as well: what differs is looked at again in both.
    for (let again = 0; again < 3 && names.length > 0; again += 1) names = differing(await observe('idle', names), await observe(watching, names));
    expect(names).toEqual([]);
  });

  it.each([['tap', TOLD], ['login', TOLD_WITH_LOGIN]] as const)('can tell in exactly the ways that are listed (%s)', (watching, told) => {
    const names = differing(all['idle'] ?? {}, all[watching] ?? {});
    expect(told.filter((name) => !names.includes(name))).toEqual([]);
    expect(String(all[watching]?.['toString of text']).replaceAll(/\s+/g, ' ')).toBe('function () { [native code] }');
  });

  it('never shows where it comes from', () => {
    for (const seen of Object.values(all)) expect(JSON.stringify(seen)).not.toMatch(/(?:chrome|moz)-extension:/);
  });

  it('is there before the page’s first script, and has left nothing', async () => {
    const early: Record<string, unknown> = {};
    for (const watching of WATCHED) {
      await inPage(watching, 'early', async (page) => {
        early[watching] = await page.evaluate(() => Reflect.get(window, 'early') as unknown);
      });
    }
    expect(early['tap']).toEqual(early['idle']);
    expect(early['login']).toEqual(early['idle']);
  });

  it('calls nothing that a page replaced', async () => {
    const calls: unknown[] = [];
    for (const watching of WATCHED) {
      calls.push(
        await inPage(watching, 'poisoned', async (page) => await page.evaluate(async () => {
          const api = 'https://api.intelligence.io.net';
          const whole = await Promise.all(['json', 'bom', 'bad', 'form'].map((path) => fetch(`${api}/${path}`)));
          const readers = whole.slice(1).map((response) => response.body?.getReader());
          const request = new XMLHttpRequest();
          const loaded = new Promise((done) => { request.onloadend = done; });
          (Reflect.get(window, 'poison') as () => void)();
          request.open('GET', `${api}/json`);
          request.send();
          const first = whole[0];
          await first?.text();
          for (const reader of readers) for (;;) { const result = await reader?.read(); if (result?.done !== false) break; }
          await loaded;
          await new Promise((done) => { setTimeout(done, 300); });
          return JSON.stringify(Reflect.get(window, 'calls'), Object.keys(Reflect.get(window, 'calls') as object).sort());
        })),
      );
    }
    expect(calls[1]).toEqual(calls[0]);
    expect(calls[2]).toEqual(calls[0]);
  });
});

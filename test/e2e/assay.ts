/**
 * One browser with Assay in it, and the simulated world around. Everything is asked as Assay's own pages ask it (the
 * protocol of src/watch/protocol.ts, from a page of the extension) or read from those pages.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check } from '../../src/checks/check.ts';
import type { Code } from '../../src/checks/codes.ts';
import type { StoredAnswer } from '../../src/records/database.ts';
import type { RequestOf, RequestType, ResponseOf } from '../../src/watch/protocol.ts';
import type { AnswerView, TabSnapshot, TabState } from '../../src/watch/snapshot.ts';
import { type FaultName, FAULTS } from '../simulator/faults.ts';
import { startSimulator, type Simulator } from '../simulator/server.ts';
import { buildOf, launch, type Browser, type BrowserName, type LaunchOptions, type Page, type Toolbar } from './browsers/index.ts';
import { until } from './wait.ts';

export const CHAT = 'https://ai.io.net';
/** The simulated Cube deployment: page and API on one origin. */
export const CUBE = 'https://cube.example';
/** The simulated Contrast deployment: page, Coordinator and model on one origin. */
export const CONTRAST = 'https://contrast.example';
export const PRIVATEMODE = 'https://chat.privatemode.ai';
export const API = 'https://api.intelligence.io.net';
export const ATTESTATION = '/v1/private/attestation';
export const COMPLETIONS = '/v1/private/completions';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface AssayOptions extends Pick<LaunchOptions, 'hosts' | 'privateWindows' | 'certificates' | 'display' | 'scale' | 'theme' | 'window'> {
  readonly browser: BrowserName;
  readonly flavour?: 'shipped' | 'simulator';
  /** The user picked io.net and let Assay ask through its page; `picked` without the second, `fresh` without either. */
  readonly user?: 'ready' | 'picked' | 'fresh';
  readonly simulator?: Simulator;
}

/** Far more than a first answer takes on a busy machine. */
const START_PATIENCE = 40_000;

/** The outcome, or `undefined` where it takes longer; what comes of it after that nobody hears. */
async function within<Value>(ms: number, outcome: Promise<Value>): Promise<Value | undefined> {
  outcome.catch(() => undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((done) => { timer = setTimeout(() => done(undefined), ms); });
  return await Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}

const VENDORS = FAULTS.filter(({ service }) => service === 'collateral' || service === 'amd').map(({ name }) => name);
/** Of what the vendors sign: what was fetched under such a fault is no use to a test after it. */
export const isOfVendors = (fault: FaultName): boolean => VENDORS.includes(fault);

/** What a world that begins anew under the same background keeps: its run's name, the key that marks signatures, what vendors signed. */
const KEPT = ['run', 'keys', 'collateral'] as const;

/** Runs in a document of the extension: empties the area of the session, that of the disk and the database, but for `kept`. */
async function emptyStores(kept: readonly string[]): Promise<void> {
  const { run } = await chrome.storage.session.get('run');
  await chrome.storage.session.clear();
  await chrome.storage.local.clear();
  if (kept.includes('run') && run !== undefined) await chrome.storage.session.set({ run });
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined) continue;
    if (kept.length === 0) {
      await new Promise<void>((done, failed) => {
        const deleting = indexedDB.deleteDatabase(name);
        deleting.onsuccess = () => done();
        deleting.onerror = () => failed(deleting.error ?? new Error(name));
      });
      continue;
    }
    const db = await new Promise<IDBDatabase>((done, failed) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => failed(opening.error ?? new Error(name));
    });
    const stores = [...db.objectStoreNames];
    const emptying = db.transaction(stores, 'readwrite');
    for (const store of stores) if (!kept.includes(store)) emptying.objectStore(store).clear();
    // What services were first seen to claim lies beside what vendors signed.
    emptying.objectStore('collateral').delete(IDBKeyRange.bound('first-seen/', 'first-seen0'));
    await new Promise<void>((done, failed) => {
      emptying.oncomplete = () => done();
      emptying.onabort = () => failed(emptying.error ?? new Error(name));
    });
    db.close();
  }
}

/** Of this process; see `Assay.shared`. */
let handedOn: Promise<Assay> | undefined;

type Answered = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: string; readonly detail: string };

export class Assay {
  readonly browser: Browser;
  readonly simulator: Simulator;
  readonly #control: Page;
  /** The tab in front, as far as it was brought there here. */
  #front: Page | undefined;
  /** In use by a test; what a failed one left open is closed before the next file's. */
  readonly #used = new Set<Page>();
  /** Tabs that tests have left: to open one costs more than most of what is tested in it. */
  readonly #free: Readonly<Record<'chat' | 'popup', Page[]>> = { chat: [], popup: [] };
  #closing: Promise<void> | undefined;
  /** A vendor's fault was on since all was forgotten: what was fetched then is no use to a next test. */
  #vendorsFailed = false;

  private constructor(browser: Browser, simulator: Simulator, control: Page) {
    this.browser = browser;
    this.simulator = simulator;
    this.#control = control;
    simulator.onFault((fault, on) => {
      if (on && isOfVendors(fault)) this.#vendorsFailed = true;
    });
  }

  static async start(options: AssayOptions): Promise<Assay> {
    const simulator = options.simulator ?? (await startSimulator());
    const { browser: name, flavour = 'simulator', user = 'ready', ...rest } = options;
    for (let tries = 3; tries > 0; tries -= 1) {
      const launched = launch(name, { ...rest, world: simulator, extension: join(ROOT, '.output', buildOf(name, flavour)) });
      const started = await within(START_PATIENCE, launched.then((browser) => Assay.#begin(browser, simulator, user)));
      if (started !== undefined) return started;
      console.warn(`${name} was started, and its extension has no texts or does not answer: started once more`);
      void launched.then((browser) => browser.close()).catch(() => undefined);
    }
    throw new Error(`the extension does not answer in ${name}`);
  }

  /**
   * `undefined` where the browser made an extension that cannot work: Chromium loads it anew to allow it in private windows,
   * and what asks for the texts in that moment is told of none for good, or what asks anything else never answered.
   */
  static async #begin(browser: Browser, simulator: Simulator, user: 'ready' | 'picked' | 'fresh'): Promise<Assay | undefined> {
    // A document of the extension's origin that runs none of its code.
    const assay = new Assay(browser, simulator, await browser.openExtension('manifest.json'));
    await assay.user(user);
    return (await assay.inExtension(() => chrome.i18n.getMessage('extension_name') !== '', undefined)) ? assay : undefined;
  }

  /**
   * The one that test files hand on to each other, private windows allowed: to start a browser costs more than most tests.
   * Comes with an empty world and no page left open by a failed test. Nobody closes it: it ends with the process.
   */
  static async shared(browser: BrowserName): Promise<Assay> {
    // Browsers paint by software here: a small window is a fifth less work.
    handedOn ??= Assay.start({ browser, privateWindows: true, window: { width: 500, height: 420 } });
    const assay = await handedOn;
    for (const page of assay.#used) if (!page.closed) await page.close();
    assay.#used.clear();
    await assay.forget('ready', 'gone');
    return assay;
  }

  /** Ends browser and simulator; further calls wait for the same end. */
  async close(): Promise<void> {
    this.#closing ??= (async () => {
      try {
        await this.browser.close();
      } finally {
        await this.simulator.close();
      }
    })();
    await this.#closing;
  }

  /** What the user decided so far. */
  async user(has: 'ready' | 'picked' | 'fresh'): Promise<void> {
    await this.ask('settings.set', { patch: { services: has === 'fresh' ? [] : ['ionet'], pageConsents: has === 'ready' ? [CHAT] : [] } });
  }

  /** Asks the background as one of its own pages. */
  async ask<T extends RequestType>(type: T, request: RequestOf<T>): Promise<ResponseOf<T>> {
    // As one string: Playwright walks through objects, which costs more than all else here.
    const answer = await this.#control.evaluate<string, { type: string; with: unknown }>(
      async (message) => JSON.stringify(await chrome.runtime.sendMessage({ 'assay.request': message.type, with: message.with })),
      { type, with: request },
    );
    const { ok, ...rest } = JSON.parse(answer) as Answered;
    if (!ok) throw new Error(`${type} was refused: ${JSON.stringify(rest)}`);
    return (rest as { value: unknown }).value as ResponseOf<T>;
  }

  async snapshot(tabId: number): Promise<TabSnapshot> {
    return await this.ask('tab.get', { tabId });
  }

  async toolbar(tabId: number): Promise<Toolbar> {
    return await this.browser.toolbar(tabId);
  }

  /** Judged answers as they lie in the database, oldest first. */
  async records(): Promise<readonly StoredAnswer[]> {
    return await this.#control.evaluate(
      async () => {
        // Opening a database that is not there would make an empty one in the product's place.
        if (!(await indexedDB.databases()).some(({ name }) => name === 'assay')) return [];
        return await new Promise<StoredAnswer[]>((done, failed) => {
          const opening = indexedDB.open('assay');
          opening.onerror = () => failed(opening.error ?? new Error('no database'));
          opening.onsuccess = () => {
            const all = opening.result.transaction('answers').objectStore('answers').index('at').getAll();
            all.onerror = () => failed(all.error ?? new Error('no answers'));
            all.onsuccess = () => {
              opening.result.close();
              done(all.result as StoredAnswer[]);
            };
          };
        });
      },
    );
  }

  /** Runs a function in a document of the extension. */
  async inExtension<Result, Argument>(fn: (argument: Argument) => Result | Promise<Result>, argument: Argument): Promise<Result> {
    return await this.#control.evaluate(fn, argument);
  }

  /**
   * A world as on the first day: nothing stored, the simulator without faults. The background goes on, with what names
   * this run and marks its signatures (in a real one these never go while it lives): all else it keeps in stores, or it
   * would not outlive its ends. `all: 'gone'` ends it too and takes these along, and what the vendors signed: for tests of
   * backgrounds that end, and of vendors; to fetch and verify all that anew is most of the work of a small machine.
   */
  async forget(user: 'ready' | 'picked' | 'fresh' = 'ready', all?: 'gone'): Promise<void> {
    const isAnew = all === 'gone' || this.#vendorsFailed;
    this.renew();
    this.#vendorsFailed = false;
    // Pages that are still open are nobody's: what is cleared under them is not asked for anew.
    await this.user('fresh');
    if (isAnew) {
      await this.#control.evaluate(async () => {
        await chrome.storage.session.clear();
        await chrome.storage.local.clear();
      });
      await this.browser.killBackground();
    }
    await this.#control.evaluate(emptyStores, isAnew ? [] : [...KEPT]);
    this.simulator.clearRequests();
    await this.user(user);
  }

  /** The simulator without faults, for a test that goes on with what Assay knows. */
  renew(): void {
    this.simulator.reset();
    this.simulator.setClock(0);
    this.simulator.setPace(3);
    // Endorsements are fetched anew for each GPU: eight are for the tests that are about them.
    this.simulator.fault('gpu-single');
  }

  async chat(origin = CHAT): Promise<Chat> {
    const page = await this.#tab('chat', `${origin}/`);
    return new Chat(this, page, async () => await this.#leave('chat', page, 'about:blank'));
  }

  async privateChat(): Promise<Chat> {
    const page = await this.browser.openPrivate(`${CHAT}/`);
    this.#used.add(page);
    return new Chat(this, page, async () => await page.close());
  }

  /** The popup as it would open over this tab. */
  async popup(tabId: number): Promise<Popup> {
    const page = await this.#tab('popup', `${this.browser.extensionOrigin}/popup.html?tab=${tabId}`);
    return new Popup(page, async () => await this.#leave('popup', page, `${this.browser.extensionOrigin}/manifest.json`));
  }

  async #tab(kind: 'chat' | 'popup', url: string): Promise<Page> {
    const free = this.#free[kind].pop();
    const page = free ?? (await this.browser.open(url));
    this.#used.add(page);
    if (free === undefined) this.#front = page;
    else {
      await this.front(page);
      await page.goto(url);
    }
    return page;
  }

  /** Behind another tab a page's timers and pictures wait for the browser's next slow round. */
  async front(page: Page): Promise<void> {
    if (this.#front === page) return;
    await page.bringToFront();
    this.#front = page;
  }

  /** The document goes, the tab stays for the next. */
  async #leave(kind: 'chat' | 'popup', page: Page, url: string): Promise<void> {
    this.#used.delete(page);
    if (page.closed) return;
    await page.goto(url);
    this.#free[kind].push(page);
  }
}

/** A snapshot for whoever reads why a test failed: on one line, without what passed. */
const told = (tab: TabSnapshot | undefined): string => JSON.stringify(tab, (key, value: unknown) => (key === 'checks' && Array.isArray(value) ? value.filter((check: Check) => check.outcome !== 'pass') : value));

const JUDGED = new Set(['verified', 'limited', 'incomplete', 'failed']);

/** The page's buttons; `worker` is io.net's alone, `outside` and `lines` Cube's. */
export type AnswerForm = 'json' | 'stream' | 'worker' | 'outside' | 'lines';

/** The simulated chat page in one tab. */
export class Chat {
  readonly page: Page;
  /** Leaves the page; its document is gone then, as when its tab is closed. */
  readonly close: () => Promise<void>;
  readonly #assay: Assay;

  constructor(assay: Assay, page: Page, close: () => Promise<void>) {
    this.#assay = assay;
    this.page = page;
    this.close = close;
  }

  get tabId(): number {
    return this.page.tabId;
  }

  /** Presses one of the page's buttons; resolves when the page shows that it asked. */
  async press(form: AnswerForm): Promise<number> {
    await this.#assay.front(this.page);
    // Clicked without the way of a real pointer, which is no part of what is tested, and waited for in the page: a question from outside costs more than the wait.
    const number = await this.page.evaluate(async (id: string) => {
      const shown = (): number => document.querySelectorAll('article.answer').length;
      const before = shown();
      document.querySelector<HTMLElement>(id)?.click();
      for (let waited = 0; shown() === before && waited < 10_000; waited += 10) await new Promise((done) => { setTimeout(done, 10); });
      return shown() > before ? shown() : 0;
    }, `#ask-${form}`);
    if (number === 0) throw new Error(`the page shows no question after ${form}`);
    return number;
  }

  /** What the page shows of its n-th answer (from 1), once it is over. */
  async over(number: number): Promise<{ readonly state: string; readonly text: string }> {
    return await until(`answer ${number} on the page`, async () => await this.page.evaluate(async (n: number) => {
      const answer = document.querySelectorAll<HTMLElement>('article.answer')[n - 1];
      if (answer === undefined) return undefined;
      if (answer.dataset['state'] === 'streaming') {
        await new Promise<void>((done) => {
          const late = setTimeout(done, 5_000);
          new MutationObserver((_, observer) => {
            if (answer.dataset['state'] === 'streaming') return;
            observer.disconnect();
            clearTimeout(late);
            done();
          }).observe(answer, { attributeFilter: ['data-state'] });
        });
      }
      const state = answer.dataset['state'] ?? '';
      return state === 'streaming' || state === '' ? undefined : { state, text: answer.querySelector('.text')?.textContent ?? '' };
    }, number));
  }

  async stop(): Promise<void> {
    await this.page.click('#stop');
  }

  async snapshot(): Promise<TabSnapshot> {
    return await this.#assay.snapshot(this.tabId);
  }

  /** Asks, waits until the answer is over and judged, and gives what Assay says of it and of the tab. */
  async ask(form: AnswerForm, patience?: number): Promise<{ readonly answer: AnswerView; readonly tab: TabSnapshot; readonly shown: { readonly state: string; readonly text: string } }> {
    const number = await this.press(form);
    const shown = await this.over(number);
    return { shown, ...(await this.judged(number, patience)) };
  }

  /** The n-th answer (from 1) of this document once it is judged and the tab has settled. */
  async judged(number: number, patience?: number): Promise<{ readonly answer: AnswerView; readonly tab: TabSnapshot }> {
    let last: TabSnapshot | undefined;
    try {
      return await until(`answer ${number} to be judged`, async () => {
        const tab = (last = await this.snapshot());
        const answer = tab.answers.find((one) => one.number === number);
        return answer !== undefined && JUDGED.has(answer.state) && tab.state !== 'checking' ? { answer, tab } : undefined;
      }, patience);
    } catch (error) {
      throw new Error(`answer ${number} was not judged; the tab is ${told(last)}`, { cause: error });
    }
  }

  /** Waits until the tab's snapshot is as wanted. */
  async becomes(what: string, wanted: (tab: TabSnapshot) => boolean, patience?: number): Promise<TabSnapshot> {
    let last: TabSnapshot | undefined;
    try {
      return await until(what, async () => {
        last = await this.snapshot();
        return wanted(last) ? last : undefined;
      }, patience);
    } catch (error) {
      throw new Error(`${what}: it did not happen; the tab is ${told(last)}`, { cause: error });
    }
  }

  async toolbar(): Promise<Toolbar> {
    return await this.#assay.toolbar(this.tabId);
  }
}

/** Codes of all checks that are not a plain pass. */
export const codesOf = (of: { readonly checks: TabSnapshot['checks'] }): readonly Code[] => of.checks.flatMap((check) => (check.code === undefined ? [] : [check.code]));

const MESSAGES = JSON.parse(readFileSync(join(ROOT, 'assets/_locales/en/messages.json'), 'utf8')) as Readonly<Record<string, { readonly message: string }>>;

/** A text of the interface. */
export function words(key: string): string {
  const message = MESSAGES[key]?.message;
  if (message === undefined) throw new Error(`the locale file has no ${key}`);
  return message;
}

/** A text of the interface with anything in the place of its placeholders. */
export const likeWords = (key: string): RegExp =>
  new RegExp(words(key).split(/\$\w+\$/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*'));

export interface ShownPopup {
  readonly state: TabState;
  readonly headline: string;
  /** Every code that stands anywhere in it, folded or not. */
  readonly codes: readonly string[];
}

/** The popup's document in a tab of its own. */
export class Popup {
  readonly page: Page;
  readonly close: () => Promise<void>;

  constructor(page: Page, close: () => Promise<void>) {
    this.page = page;
    this.close = close;
  }

  /** What it says once it is drawn. */
  async shown(): Promise<ShownPopup> {
    return await until('the popup to be drawn', async () => {
      const drawn = await this.page.evaluate(() => {
        const main = document.querySelector('main.popup');
        const headline = main?.querySelector('h1')?.textContent ?? '';
        const state = [...(main?.classList ?? [])].find((name) => name.startsWith('is-'))?.slice(3) ?? '';
        return { state, headline, codes: [...(main?.querySelectorAll('code') ?? [])].map((code) => code.textContent ?? '') };
      });
      return drawn.headline === '' ? undefined : (drawn as ShownPopup);
    });
  }

  /** Presses the button that bears a text of the locale file. */
  async press(key: string): Promise<void> {
    await this.page.press(words(key));
  }
}

/** Chromium through Playwright: a profile of its own, the unpacked extension in it, every host led to the simulator. */
import { chromium, type BrowserContext, type CDPSession, type Page as PlaywrightPage, type Worker } from 'playwright-core';
import { until } from '../wait.ts';
import { loadable, temporary } from './prepare.ts';
import type { Browser, LaunchOptions, Page, Toolbar } from './types.ts';

interface TargetInfo {
  readonly targetId: string;
  readonly type: string;
  readonly url: string;
}

/** Remembers, inside the background, what each tab's icon was set to: the API has no way to ask. */
function recordIcons(): void {
  const scope = globalThis as typeof globalThis & { recordedIcons?: Record<string, string> };
  if (scope.recordedIcons !== undefined) return;
  const icons: Record<string, string> = (scope.recordedIcons = {});
  const digest = (pixels: ArrayLike<number>): string => {
    let hash = 0x811c9dc5;
    for (let index = 0; index < pixels.length; index += 1) hash = Math.imul(hash ^ (pixels[index] ?? 0), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, '0');
  };
  const { action } = chrome;
  const native = action.setIcon.bind(action);
  action.setIcon = async (details) => {
    const { imageData, path, tabId } = details;
    const largest = imageData instanceof ImageData ? imageData : imageData === undefined ? undefined : (Object.values(imageData) as ImageData[]).at(-1);
    icons[String(tabId ?? 'all')] = largest === undefined ? JSON.stringify(path) : digest(largest.data);
    await native(details);
  };
}

/**
 * What Chromium says of itself: that a tab was closed between our question whether it is open and the setting of its
 * icon (told outside the promise, so nothing can catch it), that calls of a background that a test has just ended lead
 * nowhere any more, and that it was not started so as to show extensions the certificates of connections: asking for
 * them is the only way to find out.
 */
const OF_THE_BROWSER = ['Unchecked runtime.lastError: No tab with id', 'Error: No SW', 'securityInfo is allowed only with WebRequestSecurityInfo'];

/** What chrome://extensions offers its own page. */
interface DeveloperPrivate {
  updateProfileConfiguration(update: { inDeveloperMode: boolean }): Promise<void>;
  updateExtensionConfiguration(update: { extensionId: string; incognitoAccess?: boolean; errorCollection?: boolean }): Promise<void>;
  getExtensionInfo(id: string): Promise<{ runtimeErrors: { message: string; source: string }[]; manifestErrors: { message: string }[] }>;
}

class ChromiumPage implements Page {
  readonly tabId: number;
  readonly #page: PlaywrightPage;
  readonly #before: () => Promise<void>;

  /** `before`: what is to be done before a document is loaded. */
  constructor(tabId: number, page: PlaywrightPage, before: () => Promise<void>) {
    this.tabId = tabId;
    this.#page = page;
    this.#before = before;
  }

  async goto(url: string): Promise<void> {
    await this.#before();
    await this.#page.goto(url);
  }

  async reload(): Promise<void> {
    await this.#page.reload();
  }

  async url(): Promise<string> {
    return await Promise.resolve(this.#page.url());
  }

  async evaluate<Result, Argument>(fn: (argument: Argument) => Result | Promise<Result>, argument?: Argument): Promise<Result> {
    return (await this.#page.evaluate(fn as (given: unknown) => unknown, argument)) as Result;
  }

  async click(selector: string): Promise<void> {
    await this.#page.click(selector);
  }

  async press(words: string): Promise<void> {
    await this.#page.getByRole('button', { name: words, exact: true }).click();
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.#page.fill(selector, text);
  }

  async screenshot(file: string, selector?: string): Promise<void> {
    await (selector === undefined ? this.#page : this.#page.locator(selector)).screenshot({ path: file });
  }

  async bringToFront(): Promise<void> {
    await this.#page.bringToFront();
  }

  async close(): Promise<void> {
    await this.#page.close();
  }

  get closed(): boolean {
    return this.#page.isClosed();
  }
}

class Chromium implements Browser {
  readonly name = 'chromium';
  readonly extensionOrigin: string;
  readonly ended: Promise<void>;
  readonly #context: BrowserContext;
  readonly #home: PlaywrightPage;
  readonly #settings: PlaywrightPage;
  readonly #session: CDPSession;
  readonly #problems: string[];
  readonly #icons = new Map<string, string>();
  readonly #cleanUp: () => void;
  #opening: Promise<unknown> = Promise.resolve();

  constructor(parts: { origin: string; context: BrowserContext; home: PlaywrightPage; settings: PlaywrightPage; session: CDPSession; problems: string[]; cleanUp: () => void }) {
    this.extensionOrigin = parts.origin;
    this.#context = parts.context;
    this.ended = new Promise((done) => { parts.context.once('close', () => done()); });
    this.#home = parts.home;
    this.#settings = parts.settings;
    this.#session = parts.session;
    this.#problems = parts.problems;
    this.#cleanUp = parts.cleanUp;
  }

  /** One at a time: a tab's id is known as the one that was not there before (and was not opened by the extension itself). */
  async #openTab(url: string): Promise<Page> {
    const before = await this.#tabIds();
    const page = await this.#context.newPage();
    const tabId = await until('the new tab in the list of tabs', async () => (await this.#tabIds()).find((id) => !before.includes(id)));
    await page.goto(url);
    return new ChromiumPage(tabId, page, async () => await this.#recordIcons());
  }

  async #tabIds(): Promise<number[]> {
    return await this.#home.evaluate(
      async (own) => (await chrome.tabs.query({})).flatMap((tab) => (tab.id === undefined || (tab.url ?? tab.pendingUrl ?? '').startsWith(own) ? [] : [tab.id])),
      `${this.extensionOrigin}/`,
    );
  }

  async open(url: string): Promise<Page> {
    await this.#recordIcons();
    const opened = this.#opening.then(async () => await this.#openTab(url));
    this.#opening = opened.catch(() => undefined);
    return await opened;
  }

  async openExtension(path: string): Promise<Page> {
    return await this.open(`${this.extensionOrigin}/${path}`);
  }

  async openPrivate(url: string): Promise<Page> {
    const opened = this.#context.waitForEvent('page');
    const tabId = await this.#home.evaluate(async () => (await chrome.windows.create({ incognito: true, url: 'about:blank' })).tabs?.[0]?.id);
    const page = await opened;
    if (tabId === undefined) throw new Error('the private window has no tab that the extension may see');
    await page.goto(url);
    return new ChromiumPage(tabId, page, async () => await this.#recordIcons());
  }

  async #background(): Promise<TargetInfo | undefined> {
    const { targetInfos } = await this.#session.send('Target.getTargets');
    return targetInfos.find((target) => target.type === 'service_worker' && target.url.startsWith(this.extensionOrigin));
  }

  async backgroundRuns(): Promise<boolean> {
    return (await this.#background()) !== undefined;
  }

  async killBackground(): Promise<void> {
    // What the next background paints before it is told to record, nobody sees: better no picture than an old one.
    this.#icons.clear();
    const ended = await this.#background();
    if (ended === undefined) return;
    await until('the end of that background', async () => {
      const target = await this.#background();
      if (target?.targetId !== ended.targetId) return true;
      // Asked again and again: one that is just starting does not hear the first time.
      await this.#session.send('Target.closeTarget', { targetId: target.targetId });
      return false;
    });
  }

  #worker(): Worker | undefined {
    return this.#context.serviceWorkers().findLast((worker) => worker.url().startsWith(this.extensionOrigin));
  }

  /** A background that was started again records nothing until it is told to, and its start is not always announced. */
  async #recordIcons(): Promise<void> {
    await this.#worker()?.evaluate(recordIcons).catch(() => undefined);
  }

  async #rememberIcons(): Promise<void> {
    const icons = await this.#worker()?.evaluate(() => (globalThis as typeof globalThis & { recordedIcons?: Record<string, string> }).recordedIcons ?? {});
    for (const [tab, icon] of Object.entries(icons ?? {})) this.#icons.set(tab, icon);
  }

  async toolbar(tabId: number): Promise<Toolbar> {
    await this.#rememberIcons();
    const shown = await this.#home.evaluate(async (id) => ({ title: await chrome.action.getTitle({ tabId: id }), badge: await chrome.action.getBadgeText({ tabId: id }) }), tabId);
    return { ...shown, icon: this.#icons.get(String(tabId)) ?? '' };
  }

  async problems(): Promise<readonly string[]> {
    const collected = await this.#settings.evaluate(async (id) => {
      const api = (chrome as unknown as { developerPrivate: DeveloperPrivate }).developerPrivate;
      const { runtimeErrors, manifestErrors } = await api.getExtensionInfo(id);
      return [...manifestErrors.map((error) => `manifest: ${error.message}`), ...runtimeErrors.map((error) => `${error.source}: ${error.message}`)];
    }, new URL(this.extensionOrigin).host);
    return [...new Set([...this.#problems, ...collected])].filter((text) => !OF_THE_BROWSER.some((own) => text.includes(own)));
  }

  async grant(origins: readonly string[]): Promise<void> {
    await Promise.reject(new Error(`Chromium grants ${origins.join(', ')} through its dialog alone`));
  }

  async revoke(origins: readonly string[]): Promise<void> {
    await this.#home.evaluate(async (list) => await chrome.permissions.remove({ origins: list }), origins.map((origin) => `${origin}/*`));
  }

  async close(): Promise<void> {
    await this.#context.close();
    this.#cleanUp();
  }
}

const program = process.env['ASSAY_CHROMIUM'] ?? '/usr/bin/chromium';

export async function launchChromium(options: LaunchOptions): Promise<Browser> {
  const extension = loadable(options.extension, options.hosts ?? 'granted');
  const profile = temporary('chromium');
  const { width, height } = options.window ?? { width: 1100, height: 800 };
  const context = await chromium.launchPersistentContext(profile.path, {
    executablePath: program,
    headless: options.display === undefined,
    ...(options.display === undefined ? {} : { env: { ...process.env, DISPLAY: options.display } }),
    // Playwright turns extensions off unless told otherwise.
    ignoreDefaultArgs: ['--disable-extensions', '--disable-component-extensions-with-background-pages', '--enable-automation'],
    args: [
      `--disable-extensions-except=${extension.path}`,
      `--load-extension=${extension.path}`,
      `--host-resolver-rules=${options.world.hostResolverRules}`,
      `--ignore-certificate-errors-spki-list=${options.world.spkiHash}`,
      `--window-size=${width},${height}`,
      '--no-sandbox',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-features=Translate,OptimizationHints,MediaRouter',
      ...(options.certificates === 'shown' ? ['--enable-features=WebRequestSecurityInfo'] : []),
    ],
    viewport: options.display === undefined ? { width, height } : null,
    ...(options.display === undefined ? { deviceScaleFactor: options.scale ?? 1, colorScheme: options.theme ?? 'light' } : {}),
    locale: 'en-US',
  });
  const problems: string[] = [];
  const isOurs = (url: string): boolean => url.startsWith('chrome-extension://');
  const note = (worker: Worker): void => {
    // The worker may be gone before it answers; then there is no icon of it to remember either.
    worker.evaluate(recordIcons).catch(() => undefined);
    worker.on('console', (message) => {
      if (['error', 'warning', 'assert'].includes(message.type())) problems.push(`background: ${message.text()}`);
    });
  };
  context.on('serviceworker', note);
  context.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type()) && isOurs(message.location().url)) problems.push(`${message.location().url}: ${message.text()}`);
  });
  context.on('weberror', (error) => {
    const url = error.page()?.url() ?? '';
    if (isOurs(url)) problems.push(`${url}: ${error.error().message}`);
  });
  for (const started of context.serviceWorkers()) note(started);
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker', { timeout: 30_000 }));
  const origin = worker.url().split('/').slice(0, 3).join('/');
  const settings = context.pages()[0] ?? (await context.newPage());
  await settings.goto('chrome://extensions');
  await settings.evaluate(
    async ({ extensionId, incognitoAccess }) => {
      const api = (chrome as unknown as { developerPrivate: DeveloperPrivate }).developerPrivate;
      await api.updateProfileConfiguration({ inDeveloperMode: true });
      // Allowing private windows loads the extension anew, so it is asked for only where it is needed.
      await api.updateExtensionConfiguration({ extensionId, errorCollection: true, ...(incognitoAccess ? { incognitoAccess } : {}) });
    },
    { extensionId: new URL(origin).host, incognitoAccess: options.privateWindows === true },
  );
  const home = await context.newPage();
  // A document of the extension's origin that runs none of its code.
  await until('the extension to be loaded', async () => {
    await home.goto(`${origin}/manifest.json`);
    return true;
  });
  const session = await context.newCDPSession(home);
  return new Chromium({
    origin, context, home, settings, session, problems,
    cleanUp: () => { extension.remove(); profile.remove(); },
  });
}

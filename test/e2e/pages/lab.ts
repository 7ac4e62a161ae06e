/** One browser with the observing extension in it, and the world it looks at. */
import { type Browser, type BrowserName, launch, type Page } from '../browsers/index.ts';
import { until } from '../wait.ts';
import { observingExtension } from './extension.ts';
import { startPageWorld, type PageWorld } from './server.ts';

/** What the extension was told of one exchange; see extension/background.ts. */
export type Seen = Readonly<Record<string, unknown>> & { readonly kind: string };

/** `idle` registers nothing: pages are as they are without Assay. `login` also captures the page's login. */
export type Watching = 'idle' | 'tap' | 'login';

/** Of this process; see `Lab.shared`. */
let handedOn: Promise<Lab> | undefined;

export class Lab {
  readonly browser: Browser;
  readonly world: PageWorld;
  readonly #control: Page;

  private constructor(browser: Browser, world: PageWorld, control: Page) {
    this.browser = browser;
    this.world = world;
    this.#control = control;
  }

  static async #start(name: BrowserName): Promise<Lab> {
    const extension = await observingExtension(name);
    const world = await startPageWorld();
    const browser = await launch(name, { extension: extension.path, world });
    const lab = new Lab(browser, world, await browser.openExtension('manifest.json'));
    extension.remove();
    return lab;
  }

  /** The one that test files hand on to each other, with nothing that it was told before. Nobody closes it: it ends with the process. */
  static async shared(name: BrowserName): Promise<Lab> {
    handedOn ??= Lab.#start(name);
    const lab = await handedOn;
    await lab.#control.evaluate(async () => await chrome.storage.session.clear());
    await lab.browser.killBackground();
    return lab;
  }

  /** How pages are watched that are opened from now on; those that are open hear of a consent given or taken back. */
  async watch(how: Watching): Promise<void> {
    await this.ask({ ask: 'watch', how });
  }

  async open(url: string): Promise<Page> {
    // Firefox opens a tab from one that is there; the last one may be closed.
    await this.#control.bringToFront();
    return await this.browser.open(url);
  }

  async ask<Answer>(message: Readonly<Record<string, unknown>>): Promise<Answer> {
    // As one string: Playwright walks through objects, which costs more than the question.
    return JSON.parse(await this.#control.evaluate<string, Readonly<Record<string, unknown>>>(async (given) => JSON.stringify(await chrome.runtime.sendMessage(given)), message)) as Answer;
  }

  /** All that was told of, or what names this mark. */
  async told(part = ''): Promise<readonly Seen[]> {
    const { seen, faults } = await this.ask<{ seen: Seen[]; faults: string[] }>({ ask: 'seen', part });
    if (faults.length > 0) throw new Error(`faults of ours: ${faults.join('; ')}`);
    return seen;
  }

  /** The finished exchanges whose address contains this, once there are so many. */
  async finished(part: string, count = 1): Promise<readonly Seen[]> {
    return await until(`${count} finished of ${part}`, async () => {
      const found = (await this.told(part)).filter(({ kind, url }) => kind === 'finished' && String(url).includes(part));
      return found.length >= count ? found : undefined;
    });
  }
}

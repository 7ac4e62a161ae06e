/** One browser with the observing extension in it, and the world it looks at. */
import { type Browser, type BrowserName, launch, type Page } from '../browsers/index.ts';
import { until } from '../wait.ts';
import { observingExtension, type Watching } from './extension.ts';
import { startPageWorld, type PageWorld } from './server.ts';

/** What the extension was told of one exchange; see extension/background.ts. */
export type Seen = Readonly<Record<string, unknown>> & { readonly kind: string };

export class Lab {
  readonly browser: Browser;
  readonly world: PageWorld;
  readonly #control: Page;
  readonly #ownsWorld: boolean;

  private constructor(browser: Browser, world: PageWorld, control: Page, ownsWorld: boolean) {
    this.browser = browser;
    this.world = world;
    this.#control = control;
    this.#ownsWorld = ownsWorld;
  }

  static async start(name: BrowserName, watching: Watching, world?: PageWorld): Promise<Lab> {
    const extension = await observingExtension(name, watching);
    const own = world ?? (await startPageWorld());
    const browser = await launch(name, { extension: extension.path, world: own });
    const lab = new Lab(browser, own, await browser.openExtension('manifest.json'), world === undefined);
    extension.remove();
    await lab.ask({ ask: 'ready' });
    return lab;
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

  async close(): Promise<void> {
    await this.browser.close();
    if (this.#ownsWorld) await this.world.close();
  }
}

/** Firefox through Marionette: a profile of its own, the extension as a temporary add-on, all traffic through the simulator's proxy. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { until } from '../wait.ts';
import { endChild, startChild } from './children.ts';
import { Marionette, MarionetteError } from './marionette.ts';
import { loadable, temporary } from './prepare.ts';
import type { Browser, LaunchOptions, Page, Toolbar } from './types.ts';

const ADDON = 'assay@assay.invalid';
/** Fixed by a preference, so that extension pages can be navigated to. */
const UUID = '6c1f2a52-9d0e-4b7c-8a35-0f6b1d2e3c4a';
const ORIGIN = `moz-extension://${UUID}`;
const program = process.env['ASSAY_FIREFOX'] ?? '/usr/bin/firefox-esr';

/** What runs in the browser's own process gets these; written as text because it is no code of ours there. */
const PRIVILEGED = `
  const { ExtensionParent } = ChromeUtils.importESModule('resource://gre/modules/ExtensionParent.sys.mjs');
  const extension = WebExtensionPolicy.getByID(${JSON.stringify(ADDON)})?.extension;
  const tabTracker = () => ExtensionParent.apiManager.global.tabTracker;
  const tabOf = (id) => tabTracker().getTab(id);
`;

type Value = { value: unknown };

class FirefoxPage implements Page {
  readonly tabId: number;
  closed = false;
  readonly #handle: string;
  readonly #firefox: Firefox;

  constructor(tabId: number, handle: string, firefox: Firefox) {
    this.tabId = tabId;
    this.#handle = handle;
    this.#firefox = firefox;
  }

  async #here<Result>(task: (marionette: Marionette) => Promise<Result>): Promise<Result> {
    return await this.#firefox.inWindow(this.#handle, task);
  }

  async goto(url: string): Promise<void> {
    await this.#here(async (marionette) => await marionette.send('WebDriver:Navigate', { url }));
  }

  async reload(): Promise<void> {
    await this.#here(async (marionette) => await marionette.send('WebDriver:Refresh'));
  }

  async url(): Promise<string> {
    return String(((await this.#here(async (marionette) => await marionette.send('WebDriver:GetCurrentURL'))) as Value).value);
  }

  async evaluate<Result, Argument>(fn: (argument: Argument) => Result | Promise<Result>, argument?: Argument): Promise<Result> {
    return await this.#here(async (marionette) => await runAsync<Result>(marionette, `return await (${String(fn)})(...given);`, argument));
  }

  async #find(using: 'css selector' | 'xpath', value: string): Promise<string> {
    return await until(`${value} on the page`, async () => {
      const found = (await this.#here(async (marionette) => await marionette.send('WebDriver:FindElement', { using, value }))) as { value: Record<string, string> };
      return Object.values(found.value)[0];
    });
  }

  async #clickOn(id: string): Promise<void> {
    await this.#here(async (marionette) => await marionette.send('WebDriver:ElementClick', { id }));
  }

  async click(selector: string): Promise<void> {
    await this.#clickOn(await this.#find('css selector', selector));
  }

  async press(words: string): Promise<void> {
    await this.#clickOn(await this.#find('xpath', `//button[normalize-space(.)=${JSON.stringify(words)}]`));
  }

  async fill(selector: string, text: string): Promise<void> {
    const id = await this.#find('css selector', selector);
    await this.#here(async (marionette) => {
      await marionette.send('WebDriver:ElementClear', { id });
      await marionette.send('WebDriver:ElementSendKeys', { id, text });
    });
  }

  async screenshot(file: string, selector?: string): Promise<void> {
    const id = selector === undefined ? undefined : await this.#find('css selector', selector);
    const { value } = (await this.#here(async (marionette) => await marionette.send('WebDriver:TakeScreenshot', { full: false, ...(id === undefined ? {} : { id }) }))) as Value;
    writeFileSync(file, Buffer.from(String(value), 'base64'));
  }

  async bringToFront(): Promise<void> {
    await this.#here(async (marionette) => await marionette.send('WebDriver:SwitchToWindow', { handle: this.#handle, focus: true }));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.#here(async (marionette) => {
      const left = (await marionette.send('WebDriver:CloseWindow')) as readonly string[];
      // Most commands need a window to stand in, even those that open another.
      if (left[0] !== undefined) await marionette.send('WebDriver:SwitchToWindow', { handle: left[0], focus: false });
    });
  }
}

/** Runs text as the body of an async function; its value, or what it threw, comes back as JSON. */
async function runAsync<Result>(marionette: Marionette, body: string, ...given: readonly unknown[]): Promise<Result> {
  const script = `
    const reply = arguments[arguments.length - 1];
    const given = JSON.parse(arguments[0]);
    (async () => { ${body} })().then(
      (value) => reply(JSON.stringify({ value })),
      (error) => reply(JSON.stringify({ error: String(error?.stack ? error + '\\n' + error.stack : error) })));`;
  const { value } = (await marionette.send('WebDriver:ExecuteAsyncScript', { script, args: [JSON.stringify(given.filter((one) => one !== undefined))], sandbox: null })) as Value;
  const answer = JSON.parse(String(value)) as { value?: Result; error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.value as Result;
}

/** What Firefox itself says when an extension's page or background ends in the middle of something: no fault of the extension. */
const OF_THE_BROWSER = ['Promise resolved after context unloaded', 'Promise rejected after context unloaded', 'ConduitsParent.sys.mjs', 'JSWindowActorChild cannot send at the moment', 'Loading failed for the module with source', 'IndexedDB transaction that was not yet complete has been aborted due to page navigation'];

class Firefox implements Browser {
  readonly name = 'firefox';
  readonly extensionOrigin = ORIGIN;
  readonly ended: Promise<void>;
  readonly #marionette: Marionette;
  readonly #end: () => Promise<void>;
  /** Lines that Assay itself wrote to a console; those processes' consoles can be read in no other way. */
  readonly #written: readonly string[];

  constructor(marionette: Marionette, ended: Promise<void>, written: readonly string[], end: () => Promise<void>) {
    this.#marionette = marionette;
    this.#written = written;
    this.ended = ended;
    this.#end = end;
  }

  async inWindow<Result>(handle: string, task: (marionette: Marionette) => Promise<Result>): Promise<Result> {
    return await this.#marionette.together(async () => {
      await this.#marionette.send('WebDriver:SwitchToWindow', { handle, focus: false });
      return await task(this.#marionette);
    });
  }

  /** Runs text in the browser's own process. */
  async privileged<Result>(body: string, ...given: readonly unknown[]): Promise<Result> {
    return await this.#marionette.together(async () => {
      await this.#marionette.send('Marionette:SetContext', { value: 'chrome' });
      try {
        return await runAsync<Result>(this.#marionette, `${PRIVILEGED}${body}`, ...given);
      } finally {
        await this.#marionette.send('Marionette:SetContext', { value: 'content' });
      }
    });
  }

  async #newPage(url: string, inPrivate: boolean): Promise<Page> {
    const handle = await this.#marionette.together(async () => {
      const opened = (await this.#marionette.send('WebDriver:NewWindow', { type: inPrivate ? 'window' : 'tab', focus: true, private: inPrivate })) as { handle: string };
      await this.#marionette.send('WebDriver:SwitchToWindow', { handle: opened.handle, focus: true });
      return opened.handle;
    });
    const tabId = await this.privileged<number>(
      `const { NavigableManager } = ChromeUtils.importESModule('chrome://remote/content/shared/NavigableManager.sys.mjs');
       for (const window of Services.wm.getEnumerator('navigator:browser')) {
         for (const tab of window.gBrowser.tabs) if (NavigableManager.getIdForBrowser(tab.linkedBrowser) === given[0]) return tabTracker().getId(tab);
       }
       throw new Error('no tab has the handle ' + given[0]);`,
      handle,
    );
    const page = new FirefoxPage(tabId, handle, this);
    await page.goto(url);
    return page;
  }

  async open(url: string): Promise<Page> {
    return await this.#newPage(url, false);
  }

  async openExtension(path: string): Promise<Page> {
    return await this.open(`${ORIGIN}/${path}`);
  }

  async openPrivate(url: string): Promise<Page> {
    return await this.#newPage(url, true);
  }

  async backgroundRuns(): Promise<boolean> {
    return await this.privileged<boolean>(`return extension.backgroundState === 'running' || extension.backgroundState === 'starting';`);
  }

  async killBackground(): Promise<void> {
    await this.privileged(`await extension.terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true });`);
  }

  async toolbar(tabId: number): Promise<Toolbar> {
    return await this.privileged<Toolbar>(
      `const action = ExtensionParent.apiManager.global.browserActionFor(extension);
       const shown = action.action.getContextData(tabOf(given[0]));
       return { title: shown.title ?? '', badge: shown.badgeText ?? '', icon: JSON.stringify(shown.icon ?? '') };`,
      tabId,
    );
  }

  async problems(): Promise<readonly string[]> {
    const thrown = await this.privileged<string[]>(`
      return Services.console.getMessageArray()
        .filter((one) => one instanceof Ci.nsIScriptError)
        .map((one) => one.toString() + ' ' + (one.stack ?? ''))
        .filter((text) => text.includes(${JSON.stringify(ORIGIN)}));`);
    return [...thrown, ...this.#written].filter((text) => !OF_THE_BROWSER.some((own) => text.includes(own)));
  }

  async grant(origins: readonly string[]): Promise<void> {
    await this.#permissions('add', origins);
  }

  async revoke(origins: readonly string[]): Promise<void> {
    await this.#permissions('remove', origins);
  }

  async #permissions(change: 'add' | 'remove', origins: readonly string[]): Promise<void> {
    await this.privileged(
      `const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs');
       await ExtensionPermissions[given[0]](${JSON.stringify(ADDON)}, { permissions: [], origins: given[1] }, extension);`,
      change,
      origins.map((origin) => `${origin}/*`),
    );
  }

  async close(): Promise<void> {
    await this.#end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((done) => { server.close(() => done()); });
  return port;
}

function preferences(options: LaunchOptions, port: number): Record<string, string | number | boolean> {
  return {
    'marionette.port': port,
    'extensions.webextensions.uuids': JSON.stringify({ [ADDON]: UUID }),
    'extensions.webextOptionalPermissionPrompts': false,
    'xpinstall.signatures.required': false,
    'extensions.autoDisableScopes': 0,
    'network.proxy.type': 1,
    'network.proxy.ssl': '127.0.0.1',
    'network.proxy.ssl_port': options.world.proxyPort,
    'network.proxy.http': '127.0.0.1',
    'network.proxy.http_port': options.world.proxyPort,
    'network.proxy.no_proxies_on': '',
    'layout.css.devPixelsPerPx': String(options.scale ?? 1),
    'ui.systemUsesDarkTheme': options.theme === 'dark' ? 1 : 0,
    'intl.locale.requested': 'en-US',
    // What is written to consoles in any process goes to standard output as well.
    'browser.dom.window.dump.enabled': true,
    'devtools.console.stdout.content': true,
    'browser.shell.checkDefaultBrowser': false,
    'browser.startup.page': 0,
    'browser.aboutwelcome.enabled': false,
    'browser.tabs.warnOnClose': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'toolkit.telemetry.enabled': false,
    'app.update.enabled': false,
    'app.normandy.enabled': false,
    'extensions.update.enabled': false,
    'extensions.getAddons.cache.enabled': false,
    'services.settings.server': 'data:,',
    'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false,
    'browser.safebrowsing.malware.enabled': false,
    'browser.safebrowsing.phishing.enabled': false,
    'browser.safebrowsing.downloads.enabled': false,
    // Processes cost more than what runs in them here: web content shares one, and none waits for a tab to come.
    'fission.webContentIsolationStrategy': 0,
    'dom.ipc.processCount': 1,
    'dom.ipc.processPrelaunch.enabled': false,
    // Nobody looks at most pages, and to paint them sixty times a second is a sixth of all work.
    'layout.frame_rate': 10,
    // A document that a test has left is gone.
    'browser.sessionhistory.max_total_viewers': 0,
    // Slow machines: a page that is busy for a while is not a page that hangs.
    'dom.max_script_run_time': 0,
    'dom.max_ext_content_script_run_time': 0,
  };
}

/** Firefox shows extensions no certificate that it had to be told to overlook: so this one is good in its eyes. */
async function trust(marionette: Marionette, caDer: Uint8Array): Promise<void> {
  await marionette.send('Marionette:SetContext', { value: 'chrome' });
  await marionette.send('WebDriver:ExecuteScript', {
    script: "Cc['@mozilla.org/security/x509certdb;1'].getService(Ci.nsIX509CertDB).addCertFromBase64(arguments[0], 'CT,,');",
    args: [Buffer.from(caDer).toString('base64')],
  });
  await marionette.send('Marionette:SetContext', { value: 'content' });
}

export async function launchFirefox(options: LaunchOptions): Promise<Browser> {
  const extension = loadable(options.extension, options.hosts ?? 'granted');
  const profile = temporary('firefox');
  const port = await freePort();
  writeFileSync(join(profile.path, 'user.js'), Object.entries(preferences(options, port)).map(([key, value]) => `user_pref(${JSON.stringify(key)}, ${JSON.stringify(value)});`).join('\n'));
  const { width, height } = options.window ?? { width: 1100, height: 900 };
  const child = startChild(
    program,
    [...(options.display === undefined ? ['--headless'] : []), '-marionette', '-remote-allow-system-access', '-no-remote', '-profile', profile.path],
    { MOZ_CRASHREPORTER_DISABLE: '1', ...(options.display === undefined ? {} : { DISPLAY: options.display }) },
  );
  let said = '';
  const written: string[] = [];
  const read = createInterface({ input: child.stdout ?? Readable.from([]) });
  read.on('line', (line) => {
    if (/^console\.(error|warn|assert): "?Assay/.test(line)) written.push(line);
  });
  child.stderr?.on('data', (piece: Buffer) => { said = (said + piece.toString()).slice(-4000); });
  const remove = (): void => { extension.remove(); profile.remove(); };
  try {
    const marionette = await until('Firefox to listen', async () => {
      if (child.exitCode !== null) throw new Error(`Firefox ended with ${child.exitCode}: ${said}`);
      return await Marionette.connect(port);
    }, 60_000);
    await marionette.send('WebDriver:NewSession', { acceptInsecureCerts: true });
    await marionette.send('WebDriver:SetTimeouts', { script: 120_000, pageLoad: 60_000 });
    await marionette.send('WebDriver:SetWindowRect', { width, height });
    await trust(marionette, options.world.caDer);
    const ended = new Promise<void>((done) => { child.once('exit', () => done()); });
    const firefox = new Firefox(marionette, ended, written, async () => {
      await Promise.race([marionette.send('Marionette:Quit', { flags: ['eForceQuit'] }).catch((error: unknown) => {
        // The connection ends with the browser, at times before the answer.
        if (error instanceof MarionetteError) throw error;
      }), new Promise((done) => { setTimeout(done, 5000); })]);
      marionette.close();
      await endChild(child);
      remove();
    });
    await marionette.send('Addon:Install', { path: extension.path, temporary: true, allowPrivateBrowsing: options.privateWindows === true });
    return firefox;
  } catch (error) {
    await endChild(child);
    remove();
    throw error;
  }
}

/** `153.7.0` */
export const firefoxVersion = (): string => /\d[\d.]*/.exec(execFileSync(program, ['--version']).toString())?.[0] ?? '';

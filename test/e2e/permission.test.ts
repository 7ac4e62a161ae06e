/** From the first day on: nothing is allowed; the user allows io.net with a click and the browser's own dialog. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API, Assay, CHAT } from './assay';
import { BROWSER } from './browser-under-test';
import { allowInDialog, type Display, startDisplay } from './browsers/xvfb';
import { expectEverywhere } from './scenario';
import { holds, until } from './wait';

// Chromium's dialog needs a display and someone at the keyboard; Firefox is told by a preference not to show its own.
const needsDisplay = BROWSER === 'chromium';
const possible = !needsDisplay || (existsSync(process.env['ASSAY_XVFB'] ?? '/usr/bin/Xvfb') && existsSync(process.env['ASSAY_XDOTOOL'] ?? '/usr/bin/xdotool'));
if (!possible) console.warn('Xvfb or xdotool is missing: the test of the permission dialog is skipped');

describe.skipIf(!possible)('when the extension is new', () => {
  let assay: Assay;
  let display: Display | undefined;
  beforeAll(async () => {
    display = needsDisplay ? await startDisplay() : undefined;
    assay = await Assay.start({ browser: BROWSER, hosts: 'asked', user: 'fresh', ...(display === undefined ? {} : { display: display.name }) });
  });
  afterAll(async () => {
    await assay.close();
    await display?.close();
  });

  const hasAll = async (): Promise<boolean> =>
    await assay.inExtension(async (origins) => await chrome.permissions.contains({ origins: origins.map((origin) => `${origin}/*`) }), [CHAT, API]);

  it('may look at nothing, and looks at nothing', async () => {
    expect(await hasAll()).toBe(false);
    const chat = await assay.chat();
    expect((await chat.over(await chat.press('json'))).state).toBe('done');
    expect((await chat.snapshot()).answers).toEqual([]);
    expect(await assay.records()).toEqual([]);
    await chat.close();
  });

  it('is allowed with one click, says that the open page must be reloaded, and then judges it', async () => {
    // The popup of a page the browser does not show us offers the list of services; the welcome page is where one begins.
    const chat = await assay.chat();
    const welcome = await assay.browser.openExtension('welcome.html');
    await welcome.click('.svc input[type="checkbox"]');
    const ask = async (): Promise<void> => await welcome.click('.rowbtns button.main');
    if (display === undefined) await ask();
    else await allowInDialog(display, welcome, ask, hasAll);
    await until('the permission', hasAll);
    expect((await assay.ask('settings.get', {})).services).toEqual(['ionet']);
    await welcome.close();

    const before = await chat.becomes('the open page to be known', (tab) => tab.service !== undefined);
    expect(before.reloadNeeded).toBe(true);
    await chat.page.reload();
    await assay.ask('consent.set', { pageOrigin: CHAT, allow: true });
    await expectEverywhere(assay, chat, await chat.ask('json'), { state: 'limited' });
    await chat.close();
  });

  it('stops looking when the permission is withdrawn, at the open page too', async () => {
    const chat = await assay.chat();
    await chat.ask('json');
    const kept = (await assay.records()).length;
    await assay.browser.revoke([CHAT, API]);
    // The browser takes it first and tells the background then.
    await chat.becomes('a page that is not looked at', ({ state }) => ['off', 'nopermission'].includes(state));
    expect(await hasAll()).toBe(false);
    const number = await chat.press('json');
    expect((await chat.over(number)).state).toBe('done');
    await holds('nobody looks, and nothing is said of it', 500, async () => {
      const { state, answers } = await chat.snapshot();
      return ['off', 'nopermission'].includes(state) && answers.length === 0;
    });
    expect((await assay.records()).length).toBe(kept);
    await chat.close();
  });

  it('allows a proxy on this machine with one click, for its address alone, and gives that back with another', async () => {
    const { localOrigin } = assay.simulator;
    // Firefox's permissions know no ports.
    const patterns = [`${BROWSER === 'firefox' ? 'http://localhost' : localOrigin}/*`, 'https://api.privatemode.ai/*'];
    const hasProxy = async (): Promise<boolean> => await assay.inExtension(async (origins) => await chrome.permissions.contains({ origins }), patterns);
    const options = await assay.browser.openExtension('options.html');
    await options.click('details.add summary');
    await options.evaluate(() => {
      const kinds = document.querySelector<HTMLSelectElement>('#own-dialect');
      if (kinds === null) return;
      kinds.value = 'privatemode';
      kinds.dispatchEvent(new Event('change', { bubbles: true }));
    });
    await options.fill('#own-name', 'My proxy');
    await options.fill('#own-page', localOrigin.replace('http://', ''));
    const ask = async (): Promise<void> => await options.click('details.add button[type="submit"]');
    if (display === undefined) await ask();
    else await allowInDialog(display, options, ask, hasProxy);
    await until('the permission', hasProxy);
    const added = await until('the service', async () => (await assay.ask('services.list', {})).find(({ name }) => name === 'My proxy'));
    expect(added).toMatchObject({ picked: true, allowed: true, uiOrigins: [localOrigin], apiOrigins: [localOrigin] });
    expect(await assay.inExtension(async () => await chrome.permissions.contains({ origins: ['http://127.0.0.1/*'] }), undefined)).toBe(false);
    const chat = await assay.chat(localOrigin);
    await chat.press('json');
    const { answers } = await chat.becomes('its answer, without evidence', ({ answers: [newest] }) => newest?.judgedAt !== undefined);
    expect(answers[0]?.leading).toBe('KEY_NEEDED');
    await chat.close();
    await options.bringToFront();
    await options.click(`#service-${added.profileId}`);
    await until('the permission to be gone', async () => !(await assay.inExtension(async (origin) => await chrome.permissions.contains({ origins: [origin] }), patterns[0] ?? '')));
    expect((await assay.ask('services.list', {})).find(({ name }) => name === 'My proxy')?.picked).toBe(false);
    await options.close();
  });

  it('no error stands in any console of the extension', async () => {
    expect(await assay.browser.problems()).toEqual([]);
  });
});

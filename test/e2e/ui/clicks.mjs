/**
 * Presses the buttons of every surface in the gallery and looks at what went through the doors, in order.
 * `node test/e2e/ui/clicks.mjs`; ends with status 1 when something differs.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { buildGallery } from './build.mjs';

const site = await mkdtemp(join(tmpdir(), 'assay-gallery-'));
await buildGallery(site);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const context = await browser.newContext({ timezoneId: 'UTC', locale: 'en-GB' });
const page = await context.newPage();
const problems = [];
page.on('pageerror', (error) => problems.push(error.message));

async function open(show) {
  const [kind] = show.split('/');
  await page.setViewportSize(kind === 'popup' ? { width: 380, height: 600 } : { width: 1100, height: 900 });
  await page.goto(`${pathToFileURL(join(site, `${kind}.html`)).href}?show=${encodeURIComponent(show)}`);
  await page.waitForSelector('main h1, main p');
  await page.waitForTimeout(50);
  await page.evaluate(() => (window.deeds.length = 0));
}
const deeds = () => page.evaluate(() => window.deeds);
const press = (name) => page.getByRole('button', { name, exact: true }).click();

const tests = {
  'the popup checks again, stops, and acknowledges': async () => {
    await open('popup/limited-ionet');
    await press('Re-check');
    assert.deepEqual(await deeds(), [['tab.recheck', { tabId: 1 }]]);
    await open('popup/checking');
    await press('Stop');
    assert.deepEqual(await deeds(), [['tab.stop', { tabId: 1 }]]);
    await open('popup/failed-altered');
    await press('I have seen this');
    assert.deepEqual(await deeds(), [['tab.acknowledge', { tabId: 1 }]]);
  },
  'the popup opens the part of the evidence that the headline speaks of, and closes': async () => {
    await open('popup/failed-altered');
    await press('What happened');
    assert.deepEqual(await deeds(), [['openPage', { page: 'evidence', attestationId: '5f0c1d2e3a4b5c6d7e8f9a0b', section: 'answer' }], ['close']]);
    await open('popup/failed-tcb');
    await press('Accept until …');
    assert.deepEqual(await deeds(), [['openPage', { page: 'options', section: 'strict' }], ['close']]);
  },
  'a permission is asked for before anything else, all hosts at once': async () => {
    const request = ['permissions.request', ['https://ai.io.net', 'https://api.intelligence.io.net']];
    await open('popup/nopermission');
    await press('Allow io.net');
    assert.deepEqual(await deeds(), [request]);
    await open('popup/off-known');
    await press('Allow io.net');
    const seen = await deeds();
    assert.deepEqual(seen[0], request);
    assert.deepEqual(seen.at(-1), ['settings.set', { patch: { services: ['ionet'] } }]);
    await open('welcome/first');
    assert.equal(await page.getByRole('checkbox').isChecked(), false, 'nothing is ticked before the person ticks it');
    assert.equal(await page.getByRole('button', { name: 'Pick a service first' }).isDisabled(), true);
    await page.getByRole('checkbox', { name: 'io.net' }).check();
    await press('Allow 1 service');
    assert.deepEqual((await deeds())[0], request);
    await page.getByText('Reload open tabs of ai.io.net').waitFor();
    await open('options/empty');
    await page.getByRole('switch', { name: /io\.net/ }).click();
    assert.deepEqual((await deeds())[0], request);
    await page.getByText('Reload open tabs of ai.io.net').waitFor();
  },
  'a refusal changes nothing and says so': async () => {
    await open('welcome/refused');
    await page.getByRole('checkbox', { name: 'io.net' }).check();
    await press('Allow 1 service');
    await page.getByText('The browser did not allow it. Nothing has changed.').waitFor();
    assert.equal((await deeds()).some(([what]) => what === 'settings.set'), false);
    await open('options/refused');
    const toggle = page.getByRole('switch', { name: /io\.net/ });
    await toggle.click();
    await page.getByText('The browser did not allow it. Nothing has changed.').waitFor();
    assert.equal(await toggle.isChecked(), false, 'the switch falls back');
  },
  'asking through the page wants a click, and sends the page’s origin': async () => {
    await open('popup/incomplete-login');
    await press('Ask through this page');
    assert.deepEqual(await deeds(), [['consent.set', { pageOrigin: 'https://ai.io.net', allow: true }]]);
  },
  'values are copied ungrouped, with an answer; the report holds no hash': async () => {
    await open('popup/failed-altered');
    // The card's button; the row of the check has one of its own.
    await page.getByRole('button', { name: 'Copy received value' }).first().click();
    assert.deepEqual(await deeds(), [['copy', '9f86d081884c7d650b1dc1e2c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']]);
    await page.getByText('Copied', { exact: true }).waitFor();
    await press('Copy report');
    const [, report] = (await deeds()).at(-1);
    assert.match(report, /RESPONSE_HASH_MISMATCH/);
    assert.doesNotMatch(report, /9f86d081884c7d65/);
  },
  'more answers come on demand': async () => {
    await open('popup/limited-many');
    const rows = page.locator('.answers li');
    assert.equal(await rows.count(), 3);
    await press('Show 11 more');
    assert.equal(await rows.count(), 14);
  },
  'software is approved in two steps, never in ink': async () => {
    await open('evidence/failed');
    await page.getByRole('button', { name: 'Approve what I see' }).first().click();
    assert.deepEqual(await deeds(), []);
    await page.getByText('It differs from what you accepted before').waitFor();
    const approve = page.getByRole('button', { name: 'Approve it' });
    assert.equal(await approve.evaluate((b) => b.classList.contains('main')), false);
    await approve.click();
    assert.deepEqual((await deeds())[0], ['reference.approve', { attestationId: '5f0c1d2e3a4b5c6d7e8f9a0b', kind: 'tdx-registers' }]);
    await page.getByText('Approved. Assay tells you when it changes.').waitFor();
  },
  'hashes go into the result only after the line is ticked': async () => {
    await open('evidence/failed');
    const save = page.getByRole('button', { name: /^Save .*result\.json$/ });
    await save.click();
    await page.getByRole('checkbox', { name: /Put hashes/ }).check();
    await save.click();
    const [[, , bare], [, , full]] = await deeds();
    assert.ok(full > bare, 'the ticked result is larger');
  },
  'choices are saved at once, and refused where they cannot be': async () => {
    await open('options/filled');
    await page.getByRole('switch', { name: /Tell me when/ }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    assert.deepEqual((await deeds())[0], ['settings.set', { patch: { notifications: false } }]);
    const minutes = page.getByRole('spinbutton', { name: /fresh evidence/ });
    await minutes.fill('61');
    await minutes.blur();
    await page.getByText('Choose a whole number from 5 to 60.').waitFor();
    await minutes.fill('15');
    await minutes.blur();
    assert.deepEqual((await deeds()).filter(([what]) => what === 'settings.set').at(-1), ['settings.set', { patch: { cacheMinutes: 15 } }]);
    await page.getByRole('radio', { name: 'Dark' }).check();
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  },
  'a key leaves the page and never comes back': async () => {
    await open('options/filled');
    const field = page.getByLabel('io.net key for api.intelligence.io.net');
    await field.fill('io-v2-abc');
    await press('Save key');
    assert.deepEqual((await deeds())[0], ['key.set', { profileId: 'ionet', apiOrigin: 'https://api.intelligence.io.net', key: 'io-v2-abc' }]);
    assert.equal(await field.inputValue(), '');
  },
  'a removal can be undone, and is done when the page is left': async () => {
    await open('options/filled');
    await page.getByRole('button', { name: /^Remove reference value/ }).first().click();
    await press('Undo');
    assert.deepEqual(await deeds(), []);
    await page.getByRole('button', { name: /^Remove reference value/ }).first().click();
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    assert.deepEqual((await deeds())[0], ['reference.remove', { id: 'ref-1' }]);
  },
  'reference values come by paste and by file; what is none is refused in words': async () => {
    await open('options/filled');
    await page.getByLabel('Or paste its text').fill('{}');
    await press('Add it');
    await page.getByText('2 reference values added').waitFor();
    await page.locator('input[type=file]').setInputFiles({ name: 'r.json', mimeType: 'application/json', buffer: Buffer.from('[]') });
    await page.waitForFunction(() => window.deeds.filter(([what]) => what === 'reference.import').length === 2);
    await open('options/malformed');
    await page.getByLabel('Or paste its text').fill('{}');
    await press('Add it');
    await page.getByText('This is not a reference value: dialect. Nothing was added.').waitFor();
  },
  'the record is deleted in two steps': async () => {
    await open('options/filled');
    await press('Delete the record');
    assert.deepEqual(await deeds(), []);
    await press('Delete it');
    assert.deepEqual((await deeds())[0], ['records.clear', {}]);
  },
  'the keyboard reaches every control in reading order and opens the rail': async () => {
    await open('popup/limited-ionet');
    const names = [];
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('Tab');
      names.push(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim().slice(0, 10) ?? ''));
    }
    assert.deepEqual(names, ['Options', 'MachineInt', 'Softwaresh', 'KeyNot in ', 'Answer4 of', 'Show 1 mor', 'Re-check', 'See the ga']);
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('details').first().evaluate((d) => d.open), true);
  },
};

let failed = 0;
try {
  for (const [name, test] of Object.entries(tests)) {
    try {
      problems.length = 0;
      await test();
      assert.deepEqual(problems, []);
      process.stdout.write(`ok   ${name}\n`);
    } catch (error) {
      failed++;
      process.stdout.write(`FAIL ${name}\n     ${String(error instanceof Error ? error.message : error).split('\n').slice(0, 12).join('\n     ')}\n`);
    }
  }
} finally {
  await browser.close();
  await rm(site, { recursive: true });
}
process.stdout.write(`${Object.keys(tests).length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

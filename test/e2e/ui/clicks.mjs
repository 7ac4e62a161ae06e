/**
 * Presses the buttons of every surface in the gallery and looks at what went through the doors, in order.
 * `node test/e2e/ui/clicks.mjs`; ends with status 1 when something differs.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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
  'NVIDIA is asked for a second opinion only with the browser’s permission, and given back': async () => {
    await open('options/filled');
    const toggle = page.getByRole('switch', { name: /second opinion/ });
    await toggle.click();
    await page.getByText('Saved', { exact: true }).waitFor();
    assert.deepEqual((await deeds()).slice(0, 2), [['permissions.request', ['https://nras.attestation.nvidia.com']], ['settings.set', { patch: { nvidiaSecondOpinion: true } }]]);
    await toggle.click();
    await page.waitForFunction(() => window.deeds.some(([what]) => what === 'permissions.remove'));
    await open('options/refused');
    await page.getByRole('switch', { name: /second opinion/ }).click();
    await page.getByText('The browser did not allow it. Nothing has changed.').waitFor();
    assert.equal((await deeds()).some(([what]) => what === 'settings.set'), false);
  },
  'a service of one’s own is added with exactly its origins, refused in words, and removed with a way back': async () => {
    await open('options/own');
    await page.getByText('Add a service', { exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('Lab');
    await page.getByLabel('Address of the chat page').fill('http://lab.example.net');
    await press('Allow and add');
    await page.getByText('Write an https address').waitFor();
    await page.getByLabel('Address of the chat page').fill('lab.example.net/chat');
    await page.getByLabel('Address of its API').fill('https://cube.example.org');
    await press('Allow and add');
    await page.getByText('This address belongs to a service that is listed already.').waitFor();
    assert.deepEqual(await deeds(), []);
    await page.getByLabel('Address of its API').fill('https://api.lab.example.net/v1');
    await press('Allow and add');
    await page.getByText('Added. Reload open tabs of lab.example.net.').waitFor();
    const seen = await deeds();
    assert.deepEqual(seen[0], ['permissions.request', ['https://lab.example.net', 'https://api.lab.example.net']]);
    assert.deepEqual(seen[1]?.[1].patch.ownServices.at(-1), { dialect: 'cocos', pageOrigin: 'https://lab.example.net', apiOrigin: 'https://api.lab.example.net', name: 'Lab' });
    await open('options/own');
    await page.getByRole('button', { name: 'Remove Cube at work' }).click();
    await press('Undo');
    assert.deepEqual(await deeds(), []);
    await page.getByRole('button', { name: 'Remove Cube at work' }).click();
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')));
    await page.waitForFunction(() => window.deeds.some(([what]) => what === 'permissions.remove'));
    const [[, { patch }], given] = (await deeds()).filter(([what]) => what === 'settings.set' || what === 'permissions.remove');
    assert.deepEqual([patch.ownServices.length, given], [1, ['permissions.remove', ['https://cube.example.org']]]);
  },
  'downloaded files are chosen by button, told apart, judged and shown': async () => {
    await open('evidence/choose');
    const judge = page.getByRole('button', { name: 'Judge these files' });
    assert.equal(await judge.isDisabled(), true);
    const input = page.locator('input[type=file]');
    const policy = { name: 'policy.json', mimeType: 'application/json', buffer: Buffer.from('{"policy":{}}') };
    await input.setInputFiles([policy]);
    await page.getByText('A report is missing: these are the rules alone.').waitFor();
    assert.equal(await judge.isDisabled(), true);
    await input.setInputFiles([{ name: 'big.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(1_048_577) }]);
    await page.getByText('big.bin is larger than any report or policy.').waitFor();
    await input.setInputFiles([{ name: 'report.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([5, 0]) }]);
    await page.getByText('What was sent with the request').click();
    const sent = page.getByLabel(/^report_data/);
    await sent.fill('zz');
    await page.getByText('This is not 64 bytes in hex or base64.').waitFor();
    assert.equal(await judge.isDisabled(), true);
    await sent.fill('ab'.repeat(64));
    await judge.click();
    await page.getByText('From the file attestation.bin').waitFor();
    assert.deepEqual((await deeds()).at(-1), ['checkFiles', 'report.bin', 'policy.json', 64, 0]);
    await press('Check other files');
    await page.getByRole('heading', { name: 'Check downloaded files' }).waitFor();
    await open('evidence/choose-broken');
    await input.setInputFiles([{ name: 'report.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([5, 0]) }]);
    await judge.click();
    await page.getByText('That did not work (STORAGE_FAILED). Try again.').waitFor();
  },
  'real files are judged by the real verifier, and what is no evidence is said to be none': async () => {
    await open('evidence/choose-real');
    const input = page.locator('input[type=file]');
    const judge = page.getByRole('button', { name: 'Judge these files' });
    await input.setInputFiles([{ name: 'nothing.bin', mimeType: 'application/octet-stream', buffer: Buffer.from('no evidence') }]);
    await judge.click();
    await page.getByRole('heading', { level: 1, name: 'A check does not match' }).waitFor();
    await page.getByText('COCOS_FORM').first().waitFor();
    const folder = fileURLToPath(new URL('../../../../shared/vectors/cube-and-cocos/', import.meta.url));
    if (!existsSync(folder)) return;
    await press('Check other files');
    await input.setInputFiles([join(folder, 'cocos/vtpm-svsm-attestation-61c3afce.pb'), join(folder, 'cocos-policies/attestation_policy.json')]);
    await judge.click();
    await page.getByText('From the file vtpm-svsm-attestation-61c3afce.pb, compared with the policy attestation_policy.json.').waitFor();
    await page.getByRole('heading', { name: /^Start-up log/ }).waitFor();
    await page.getByText('28 events, as the machine tells them.').waitFor();
  },
  'files can be dropped, and taken away again': async () => {
    await open('evidence/choose');
    const data = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['{"policy":{}}'], 'p.json'));
      transfer.items.add(new File([new Uint8Array([5, 0])], 'r.bin'));
      return transfer;
    });
    await page.dispatchEvent('.drop', 'dragover', { dataTransfer: data });
    await page.dispatchEvent('.drop', 'drop', { dataTransfer: data });
    await page.getByRole('button', { name: 'Take p.json away' }).click();
    assert.equal(await page.getByRole('button', { name: /^Take .* away$/ }).count(), 1);
    assert.equal(await page.getByRole('button', { name: 'Judge these files' }).isDisabled(), false);
  },
  'a device opens by keyboard, and its strip is one image with a sentence': async () => {
    await open('evidence/gpus-one-bad');
    const device = page.locator('details.gpu').nth(2);
    assert.equal(await device.evaluate((d) => d.open), false);
    await device.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    assert.equal(await device.evaluate((d) => d.open), true);
    assert.equal(await page.getByRole('img', { name: 'GPU 5: index 21 does not match; 1 skipped, 31 without a reference' }).count(), 1);
    const stops = await page.locator('.gpus [tabindex], .gpus .strip i[tabindex]').count();
    assert.equal(stops, 0, 'nobody tabs through 512 cells');
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

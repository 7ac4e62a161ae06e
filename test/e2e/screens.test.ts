/**
 * Pictures of what a person sees, in .output/screens. With ASSAY_SCREENSHOTS=update the README's own picture
 * (docs/screenshot.png) is made anew from Chromium's.
 */
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Assay } from './assay';
import { BROWSER } from './browser-under-test';

const SCREENS = fileURLToPath(new URL('../../.output/screens/', import.meta.url));
const README_PICTURE = fileURLToPath(new URL('../../docs/screenshot.png', import.meta.url));

let assay: Assay;
beforeAll(async () => {
  mkdirSync(SCREENS, { recursive: true });
  assay = await Assay.start({ browser: BROWSER, scale: 2, window: { width: 1300, height: 780 } });
});
afterAll(async () => {
  await assay.close();
});

const file = (name: string): string => join(SCREENS, `${BROWSER}-${name}.png`);
const asData = (name: string): string => `data:image/png;base64,${readFileSync(file(name)).toString('base64')}`;

/** The popup as it hangs from the toolbar: page and popup in one picture. */
async function together(name: string, page: string, popup: string): Promise<void> {
  const sheet = await assay.browser.open('about:blank');
  await sheet.evaluate(
    async ({ below, above }) => {
      document.body.style.cssText = 'margin:0;position:relative;width:1300px;height:780px;overflow:hidden;background:#fff';
      const picture = async (source: string, style: string): Promise<void> => {
        const image = new Image();
        image.src = source;
        image.style.cssText = style;
        await image.decode();
        document.body.append(image);
      };
      await picture(below, 'position:absolute;inset:0;width:1300px');
      await picture(above, 'position:absolute;top:10px;right:18px;width:380px;border-radius:10px;box-shadow:0 0 0 1px rgb(0 0 0/.14),0 12px 40px rgb(0 0 0/.28)');
    },
    { below: asData(page), above: asData(popup) },
  );
  await sheet.screenshot(file(name));
  await sheet.close();
}

async function pictureOfPopup(tabId: number, name: string): Promise<void> {
  const popup = await assay.popup(tabId);
  await popup.shown();
  await popup.page.screenshot(file(name), 'main.popup');
  await popup.close();
}

it('pictures a good answer and a tampered one', async () => {
  const chat = await assay.chat();
  await chat.ask('stream');
  await chat.page.screenshot(file('chat-good'));
  await pictureOfPopup(chat.tabId, 'popup-good');
  await together('good', 'chat-good', 'popup-good');
  assay.simulator.fault('sse-chunk-changed');
  await chat.ask('stream');
  await chat.page.screenshot(file('chat-tampered'));
  await pictureOfPopup(chat.tabId, 'popup-tampered');
  await together('tampered', 'chat-tampered', 'popup-tampered');
  for (const name of ['good', 'tampered']) expect(statSync(file(name)).size).toBeGreaterThan(20_000);
  if (process.env['ASSAY_SCREENSHOTS'] === 'update' && BROWSER === 'chromium') copyFileSync(file('good'), README_PICTURE);
  await chat.close();
});

it.each(['options', 'welcome'])('pictures the %s page', async (name) => {
  const page = await assay.browser.openExtension(`${name}.html`);
  await page.evaluate(async () => {
    // The list of services comes from the background, a moment after the page.
    while (document.querySelector('h1') === null || document.querySelector('.svc li') === null) await new Promise((done) => { setTimeout(done, 20); });
  });
  await page.screenshot(file(name));
  expect(statSync(file(name)).size).toBeGreaterThan(10_000);
  await page.close();
});

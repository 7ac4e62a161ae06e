/** What `npm start` shows once everything is there. */
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Assay, type Chat, type ShownPopup } from '../e2e/assay.ts';
import type { BrowserName } from '../e2e/browsers/index.ts';

export interface DemoOptions {
  readonly browser: BrowserName;
  /** Headless when `undefined`; `''` where the system needs no name for its display. */
  readonly display: string | undefined;
  /** Folder for pictures. */
  readonly pictures: string;
  /** Takes what is to be ended when the user presses Ctrl-C; the command ends after it. */
  readonly onInterrupt: (ending: () => Promise<void>) => void;
}

const say = (text: string): void => console.log(text);

async function judged(assay: Assay, chat: Chat, picture: string): Promise<ShownPopup> {
  await chat.ask('json');
  const popup = await assay.popup(chat.tabId);
  const shown = await popup.shown();
  await popup.page.screenshot(picture, 'main.popup');
  await popup.close();
  return shown;
}

/** Asks one good and one tampered answer; exit code 1 when Assay does not say what it should. */
async function summary(assay: Assay, pictures: string): Promise<number> {
  mkdirSync(pictures, { recursive: true });
  const chat = await assay.chat();
  const good = await judged(assay, chat, join(pictures, 'good.png'));
  say(`A good answer:      ${good.state.padEnd(10)}  ${good.headline}`);
  await chat.page.click('input[name="body-tampered"]');
  const tampered = await judged(assay, chat, join(pictures, 'tampered.png'));
  say(`A tampered answer:  ${tampered.state.padEnd(10)}  ${tampered.headline}`);
  await chat.page.screenshot(join(pictures, 'chat.png'));
  say(`Pictures: ${['good.png', 'tampered.png', 'chat.png'].map((name) => relative(process.cwd(), join(pictures, name))).join(' ')}`);
  // io.net's design leaves gaps even when all is well: limited is the best a good answer can be there.
  const expected = good.state === 'limited' && tampered.state === 'failed';
  if (!expected) say('That is not as it should be: limited, then failed, was expected.');
  return expected ? 0 : 1;
}

async function show(assay: Assay): Promise<number> {
  const chat = await assay.chat();
  const { answer } = await chat.ask('stream');
  say(`
The chat has asked once, and Assay says: ${answer.state}.
  1. Click Assay's icon in the toolbar (Chromium hides it behind the puzzle piece): it says what this answer proved.
  2. Switch on a fault at the right of the page, such as body-tampered, press "In one piece", and look again.
  3. "All good" brings everything back; a new document (reload) begins anew.
Close the browser or press Ctrl-C to end.`);
  await assay.browser.ended;
  return 0;
}

export async function demo(options: DemoOptions): Promise<number> {
  const { browser, display } = options;
  say(`Starting the simulated service and ${browser === 'chromium' ? 'Chromium' : 'Firefox'}${display === undefined ? ' (no display, so headless)' : ''} …`);
  const assay = await Assay.start({ browser, ...(display === undefined ? {} : { display }), window: { width: 1280, height: 860 } });
  options.onInterrupt(async () => await assay.close());
  try {
    return await (display === undefined ? summary(assay, options.pictures) : show(assay));
  } finally {
    await assay.close();
  }
}

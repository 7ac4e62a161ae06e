/** A display without a screen, for what headless browsers do not show: Chromium's permission dialog. */
import { execFileSync } from 'node:child_process';
import { until } from '../wait.ts';
import { endChild, startChild } from './children.ts';
import type { Page } from './types.ts';

export interface Display {
  /** Such as `:99`. */
  readonly name: string;
  /** Presses keys where the focus is; names are those of X (`Tab`, `Return`). */
  press(...keys: readonly string[]): void;
  close(): Promise<void>;
}

const xvfb = process.env['ASSAY_XVFB'] ?? '/usr/bin/Xvfb';
const xdotool = process.env['ASSAY_XDOTOOL'] ?? '/usr/bin/xdotool';

export async function startDisplay(): Promise<Display> {
  // The server picks a free number itself and writes it to its standard output.
  const child = startChild(xvfb, ['-displayfd', '1', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp']);
  let said = '';
  child.stdout?.on('data', (piece: Buffer) => { said += piece.toString(); });
  const number = await until('a display', () => {
    if (child.exitCode !== null) throw new Error(`Xvfb ended with ${child.exitCode}`);
    return /^\d+(?=\n)/.exec(said)?.[0];
  });
  const name = `:${number}`;
  return {
    name,
    press: (...keys) => { execFileSync(xdotool, ['key', '--delay', '60', ...keys], { env: { ...process.env, DISPLAY: name } }); },
    close: async () => await endChild(child),
  };
}

const pause = async (ms: number): Promise<void> => await new Promise((done) => { setTimeout(done, ms); });

/**
 * Has `ask` bring up Chromium's permission dialog over `page`, and presses its Allow. The dialog is no window of its own
 * and no page is told of it: it is there when keys no longer reach the page. It ignores keys in its first half second
 * (so that nobody allows by accident), and its Allow is one Tab away from where it begins.
 */
export async function allowInDialog(display: Display, page: Page, ask: () => Promise<void>, allowed: () => Promise<boolean>): Promise<void> {
  const keys = async (): Promise<number> => await page.evaluate(() => Number(document.documentElement.dataset['keys'] ?? '0'));
  await page.evaluate(() => {
    addEventListener('keydown', () => {
      const { dataset } = document.documentElement;
      dataset['keys'] = String(Number(dataset['keys'] ?? '0') + 1);
    }, { capture: true });
  });
  await until('keys to reach the page', async () => {
    display.press('Shift_L');
    await pause(100);
    return (await keys()) > 0;
  });
  await ask();
  await until('the dialog', async () => {
    const before = await keys();
    display.press('Shift_L');
    await pause(250);
    return (await keys()) === before;
  });
  await pause(1000);
  display.press('Tab');
  await until('the dialog to take Allow', async () => {
    if (await allowed()) return true;
    display.press('Return');
    await pause(800);
    return false;
  });
}

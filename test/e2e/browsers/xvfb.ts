/** A display without a screen, for what headless browsers do not show: Chromium's permission dialog. */
import { execFileSync } from 'node:child_process';
import { until } from '../wait.ts';
import { endChild, startChild } from './children.ts';

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

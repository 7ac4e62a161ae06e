/**
 * `npm start`: the simulated service, a browser with Assay in it, and the demo chat. With a display the browser stays
 * open for you; without one (or with `--headless`) it asks a good and a tampered answer, prints what Assay says and
 * leaves pictures. `npm start -- firefox` or `-- chromium` chooses the browser.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, ensureBrowsers, ensureGround, find, Needed, ROOT, say } from './machine.mjs';
import { onInterrupt } from './shell.mjs';

const KINDS = ['chromium', 'firefox'];
const words = process.argv.slice(2);

command(async () => {
  const stranger = words.find((word) => !KINDS.includes(word) && word !== '--headless');
  if (stranger !== undefined) throw new Needed(`npm start knows chromium, firefox and --headless, not ${stranger}.`);
  await ensureGround(fileURLToPath(import.meta.url), words);
  const named = KINDS.find((kind) => words.includes(kind));
  await ensureBrowsers(named === undefined ? KINDS : [named], { any: true });
  const browser = named ?? KINDS.find((kind) => find(kind) !== undefined);
  process.env[`ASSAY_${browser.toUpperCase()}`] = find(browser);

  // Only now: these need what was installed.
  const { build } = await import('./stages.mjs');
  say('Building the simulator flavour …');
  const built = await build([{ browser: browser === 'chromium' ? 'chrome' : 'firefox', flavour: 'simulator' }]);
  if (built.failed > 0) throw new Needed(`The build did not succeed:\n${built.output}`);
  const display = words.includes('--headless') ? undefined : (process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
  const { demo } = await import('./demo.ts');
  return await demo({ browser, display: process.platform === 'linux' ? display : words.includes('--headless') ? undefined : '', pictures: join(ROOT, '.output/demo'), onInterrupt });
});

/**
 * Makes assets/icons from the mark's paths: a toolbar file for each state and toolbar, and the extension's own icon at
 * the sizes that browsers ask for. Run it after a change of src/platform/mark.ts or icon.ts: `node test/e2e/ui/icons.mjs`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { tmpdir } from 'node:os';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const out = join(root, 'assets/icons');
/** What browsers ask for: lists and menus 16 to 48, shops and notices 96 and 128. */
const SIZES = [16, 32, 48, 96, 128];

const work = await mkdtemp(join(tmpdir(), 'assay-icons-'));
await build({ absWorkingDir: root, entryPoints: ['src/platform/icon.ts', 'src/platform/mark.ts'], outdir: work, bundle: true, format: 'esm', outExtension: { '.js': '.mjs' }, logLevel: 'warning' });
const { markSvg } = await import(pathToFileURL(join(work, 'icon.mjs')).href);
const { MARK_STATES } = await import(pathToFileURL(join(work, 'mark.mjs')).href);

await mkdir(out, { recursive: true });
for (const state of MARK_STATES) for (const toolbar of ['light', 'dark']) await writeFile(join(out, `${state}-${toolbar}.svg`), markSvg(state, toolbar));

/** The mark on a sheet of paper, so that it is seen on any ground; at 16 the sheet is nearly all of it. */
function own(size) {
  const inset = size < 32 ? 1.6 : 2.6;
  const hair = 16 / size;
  const mark = markSvg('verified', 'light').replace(/^<svg[^>]*>|<\/svg>\s*$/g, '');
  const scale = (16 - 2 * inset) / 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="${size}" height="${size}"><rect x="${hair / 2}" y="${hair / 2}" width="${16 - hair}" height="${16 - hair}" rx="3.2" fill="#faf8f4" stroke="#c9c2b4" stroke-width="${hair}"/><g transform="translate(${inset} ${inset - 0.1}) scale(${scale})">${mark}</g></svg>`;
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  for (const size of SIZES) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(`<style>body{margin:0}svg{display:block}</style>${own(size)}`);
    await page.screenshot({ path: join(out, `${size}.png`), omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
  await rm(work, { recursive: true });
}
process.stdout.write(`${MARK_STATES.length * 2} SVG files and ${SIZES.length} PNG files in assets/icons\n`);

/**
 * Renders every surface in Chromium, light and dark, at 1× and 2×, right to left, in forced colours and small, takes a
 * picture of each and measures it. Ends with a list of findings and status 1 when there are any.
 * `node test/e2e/ui/shots.mjs [outdir] [--only text] [--variants a,b]`
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import banned from './banned.json' with { type: 'json' };
import { buildGallery } from './build.mjs';
import { measure } from './measure.mjs';

const SIZE = { popup: { width: 380, height: 600 }, evidence: { width: 1180, height: 900 }, options: { width: 900, height: 900 }, welcome: { width: 900, height: 900 } };

/** `zoomed`: 200 % in a window of 760 × 600 leaves 380 × 300 CSS pixels; pages get the 320 that reflow asks for. */
const VARIANTS = {
  'light': { theme: 'light', scale: 1 },
  'dark': { theme: 'dark', scale: 1 },
  'light@2x': { theme: 'light', scale: 2 },
  'rtl': { theme: 'light', scale: 1, dir: 'rtl' },
  'forced': { theme: 'system', scale: 1, forced: true },
  'small': { theme: 'light', scale: 2, small: true },
};

const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const only = option('--only') ?? '';
const variants = (option('--variants') ?? Object.keys(VARIANTS).join(',')).split(',');
const outdir = args[0] !== undefined && !args[0].startsWith('--') ? resolve(args[0]) : await mkdtemp(join(tmpdir(), 'assay-shots-'));

await mkdir(outdir, { recursive: true });
const site = await mkdtemp(join(tmpdir(), 'assay-gallery-'));
await buildGallery(site);
const urlOf = (kind, query) => `${pathToFileURL(join(site, `${kind}.html`)).href}${query}`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const findings = [];
let pictures = 0;
try {
  const lister = await browser.newPage();
  await lister.goto(urlOf('popup', ''));
  const shows = JSON.parse(await lister.locator('#root').innerText()).filter((show) => show.includes(only));
  await lister.close();
  for (const variant of variants) await renderAll(variant, VARIANTS[variant], shows);
} finally {
  await browser.close();
  await rm(site, { recursive: true });
}

async function renderAll(name, { theme, scale, dir = 'ltr', forced = false, small = false }, shows) {
  const context = await browser.newContext({ deviceScaleFactor: scale, timezoneId: 'UTC', locale: 'en-GB', forcedColors: forced ? 'active' : 'none', reducedMotion: 'reduce', colorScheme: theme === 'dark' ? 'dark' : 'light' });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
  for (const show of shows) {
    const kind = show.split('/')[0];
    problems.length = 0;
    await page.setViewportSize(small ? { width: 320, height: 300 } : SIZE[kind]);
    await page.goto(urlOf(kind, `?show=${encodeURIComponent(show)}&theme=${theme}&dir=${dir}`));
    await page.waitForSelector('main');
    await page.waitForTimeout(60);
    const measured = await page.evaluate(measure, { contrast: !forced, banned });
    for (const finding of [...problems, ...measured]) findings.push(`${show} ${name}: ${finding}`);
    await page.screenshot({ path: join(outdir, `${show.replace('/', '-')}.${name}.png`), fullPage: kind !== 'popup' });
    pictures++;
  }
  await context.close();
}

process.stdout.write(`${pictures} pictures in ${outdir}\n`);
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(findings.length === 0 ? 'no findings\n' : `${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;

/**
 * `npm run bench`: what verdicts cost in Chromium beside the bare signature checks they contain, beside a peer
 * (@phala/dcap-qvl), and how large the bundles are, all against the budgets of DESIGN 9. Exit code 1 when one is exceeded.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { command, ensureBrowsers, ensureGround, find, Needed, ROOT, say } from '../run/machine.mjs';
import { run } from '../run/shell.mjs';

const OUT = join(ROOT, '.output/bench');
const VECTORS = join(ROOT, '../shared/vectors/intel-tdx');
/** DESIGN 9. Times as multiples of the raw signature checks of the same run, or milliseconds; sizes in bytes, gzip. */
const BUDGETS = { tdxWarm: 2, tdxCold: 2, gpu: 1.5, eip191: 3, firstByte: 2, slower: 2, 'background.js': 200_000, 'tap.js': 6_000 };

let exceeded = 0;
function line(what, value, unit, budget, more = '') {
  const within = value <= budget;
  if (!within) exceeded += 1;
  say(`${within ? 'ok  ' : 'OVER'} ${what.padEnd(58)} ${`${unit === 'bytes' ? value : value.toFixed(2)} ${unit}`.padStart(14)}   budget ${budget}${more}`);
}
const ms = (value) => `${value.toFixed(2)} ms`;

async function bundle(esbuild, entry, name, platform) {
  const outfile = join(OUT, name);
  await esbuild.build({
    entryPoints: [join(ROOT, entry)], bundle: true, outfile, platform, format: platform === 'node' ? 'esm' : 'iife', target: 'es2023', logLevel: 'error',
    alias: platform === 'browser' ? { crypto: join(ROOT, 'test/bench/no-crypto.cjs') } : {}, define: platform === 'browser' ? { global: 'globalThis' } : {},
    inject: platform === 'browser' ? [join(ROOT, 'test/bench/node-globals.mjs')] : [],
    banner: platform === 'node' ? { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" } : {},
  });
  return outfile;
}

async function inChromium(esbuild) {
  const [page, subjects] = await Promise.all([bundle(esbuild, 'test/bench/page.ts', 'page.js', 'browser'), bundle(esbuild, 'test/bench/subjects.ts', 'subjects.mjs', 'node')]);
  const { tdxSubjects, gpuSubjects, eip191Subject } = await import(pathToFileURL(subjects).href);
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: find('chromium'), args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage();
    // crypto.subtle is there in secure contexts alone.
    await tab.route('https://bench.invalid/', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bench</title>' }));
    await tab.goto('https://bench.invalid/');
    await tab.addScriptTag({ content: readFileSync(page, 'utf8') });
    say(`Chromium ${browser.version()}`);
    for (const subject of await tdxSubjects(VECTORS)) {
      const cost = await tab.evaluate((given) => globalThis.bench.tdx(given), subject);
      say(`\nTDX, ${cost.name}`);
      line('warm (same machine, same collateral)', cost.warm / cost.rawWarm, '× raw', BUDGETS.tdxWarm, `   ${ms(cost.warm)} beside ${ms(cost.rawWarm)} for ${cost.verifiedWarm} signatures`);
      line('cold (nothing remembered)', cost.cold / cost.rawCold, '× raw', BUDGETS.tdxCold, `   ${ms(cost.cold)} beside ${ms(cost.rawCold)} for ${cost.verifiedCold} signatures`);
      say(`     @phala/dcap-qvl on the same: ${ms(cost.peer)}, ${(cost.peer / cost.cold).toFixed(1)} × our cold, ${(cost.peer / cost.warm).toFixed(1)} × our warm`);
    }
    for (const subject of gpuSubjects()) {
      const cost = await tab.evaluate((given) => globalThis.bench.gpus(given), subject);
      say(`\nNVIDIA, ${cost.name}`);
      // The budget is for a machine not seen before; of a known one only the report's own signature is left to check.
      const beside = ({ verdict, raw, signatures }) => `${ms(verdict)} beside ${ms(raw)} for ${signatures} signatures`;
      say(`     known machine, new report: ${beside(cost.warm)}, ${cost.warm.ratio.toFixed(2)} × raw`);
      line('new machine, manifests cached', cost.cold.ratio, '× raw', BUDGETS.gpu, `   ${beside(cost.cold)}`);
    }
    say('\nAnswers');
    line('EIP-191 recovery', await tab.evaluate((given) => globalThis.bench.eip191(given), eip191Subject()), 'ms', BUDGETS.eip191);
  } finally {
    await browser.close();
  }
}

/** Kinds of evidence that are measured in Node: they print for themselves. */
async function inNode(esbuild) {
  for (const name of ['snp', 'nvidia']) {
    if (!existsSync(join(ROOT, `test/bench/${name}.ts`))) continue;
    say(`\n${name} (Node ${process.versions.node})`);
    const folder = join(ROOT, `../shared/vectors/${name === 'snp' ? 'amd-sev-snp' : 'nvidia-gpu'}`);
    if (!existsSync(folder)) {
      say('     recorded evidence (../shared/vectors) is not beside this checkout: skipped');
      continue;
    }
    const file = await bundle(esbuild, `test/bench/${name}.ts`, `${name}.mjs`, 'node');
    const { code, output } = await run(process.execPath, [file], { cwd: ROOT, env: { ASSAY_VECTORS_FOLDER: folder } });
    say(output.trimEnd().replaceAll(/^/gm, '     '));
    if (code !== 0) throw new Needed(`test/bench/${name}.ts ended with ${code}`);
  }
}

async function shippedBuild() {
  const { build } = await import('../run/stages.mjs');
  const built = await build([{ browser: 'chrome', flavour: 'shipped' }]);
  if (built.failed > 0) throw new Needed(`The build did not succeed:\n${built.output}`);
}

async function stream() {
  const { streamCost } = await import('./stream.ts');
  const { firstByte, chat, flood } = await streamCost(join(ROOT, '.output/chrome-mv3'));
  const beside = ({ watched, plain }, unit) => `${watched.toFixed(2)} ${unit} beside ${plain.toFixed(2)}`;
  say('\nA stream to a watched page beside the same one to a page that is not');
  line('its first bytes come later by', firstByte.watched - firstByte.plain, 'ms', BUDGETS.firstByte, `   ${beside(firstByte, 'ms')}`);
  line('a chat of 2,000 chunks a second loses of its throughput', (1 - chat.watched / chat.plain) * 100, '%', BUDGETS.slower, `   ${beside(chat, 'MB/s')}`);
  say(`     sent as fast as it goes: ${beside(flood, 'MB/s')}`);
}

function sizes() {
  say('\nBundles (shipped, Chrome, gzip)');
  for (const name of ['background.js', 'tap.js']) {
    line(name, gzipSync(readFileSync(join(ROOT, '.output/chrome-mv3', name)), { level: 9 }).length, 'bytes', BUDGETS[name]);
  }
}

command(async () => {
  await ensureGround(fileURLToPath(import.meta.url), process.argv.slice(2));
  await ensureBrowsers(['chromium']);
  mkdirSync(OUT, { recursive: true });
  const esbuild = await import('esbuild');
  await inChromium(esbuild);
  await inNode(esbuild);
  await shippedBuild();
  await stream();
  sizes();
  if (exceeded > 0) say(`\n${exceeded} over budget`);
  return exceeded === 0 ? 0 : 1;
});

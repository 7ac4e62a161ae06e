/**
 * What `npm test` consists of. A stage runs when what it needs is done; at most three run at once: two cores are what we
 * count on, and a browser's suite spends half its time waiting. Every stage tells how many of its checks passed, failed and were skipped.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { find, ROOT, say } from './machine.mjs';
import { run } from './shell.mjs';

const OUT = join(ROOT, '.output/test');
const bin = (name) => join(ROOT, 'node_modules/.bin', name);
const node = process.execPath;

/** @typedef {{ passed: number, failed: number, skipped: number, output: string, failures?: readonly string[] }} Tally */

/** A tool that says yes or no is one check. */
async function tool(command, args, options) {
  const { code, output } = await run(command, args, { cwd: ROOT, ...options });
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, output };
}

/** One of our own scripts: its last line is its tally as JSON. A script that ends without one has failed. */
async function script(args, options) {
  const { code, output, timedOut } = await run(node, args, { cwd: ROOT, ...options });
  return tallied(code, output, timedOut, output.trimEnd().split('\n').at(-1) ?? '');
}

function tallied(code, output, timedOut, json) {
  try {
    const { passed, failed, skipped } = JSON.parse(json);
    if ([passed, failed, skipped].every(Number.isSafeInteger)) return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped, output };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { passed: 0, failed: 1, skipped: 0, output: `${output}\n${timedOut ? 'It took too long and was ended.' : 'It ended without a result.'}` };
}

/** A Vitest run; a file that cannot be loaded, or no test at all, counts as a failure. */
async function vitest(name, args, { reporter = 'dot', ...options } = {}) {
  const report = join(OUT, `${name}.json`);
  rmSync(report, { force: true });
  const { code, output, timedOut } = await run(node, [bin('vitest'), 'run', ...args, `--reporter=${reporter}`, '--reporter=json', `--outputFile.json=${report}`], {
    cwd: ROOT,
    timeoutMs: 900_000,
    ...options,
    env: { NO_COLOR: '1', ...options.env },
  });
  if (!existsSync(report)) return tallied(code, output, timedOut, '');
  const result = JSON.parse(readFileSync(report, 'utf8'));
  const broken = result.testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed')).length;
  const failed = result.numFailedTests + broken;
  const empty = result.numTotalTests === 0 ? 1 : 0;
  return { passed: result.numPassedTests, failed: failed + empty === 0 && code !== 0 ? 1 : failed + empty, skipped: result.numPendingTests + result.numTodoTests, output, failures: failuresIn(result) };
}

/** What failed and why, the most telling lines of each: they go before all else, since whoever reads of a run elsewhere may see its beginning alone. */
function failuresIn({ testResults }) {
  const told = (name, message) => `${name}\n  ${(message ?? '').split('\n').slice(0, 12).map((line) => line.slice(0, 2000)).join('\n  ')}`;
  return testResults.flatMap((file) => {
    const tests = file.assertionResults.filter((one) => one.status === 'failed');
    const path = relative(ROOT, file.name);
    if (tests.length === 0) return file.status === 'failed' ? [told(path, file.message)] : [];
    return tests.map((one) => told(`${path}: ${one.fullName}`, one.failureMessages[0]));
  });
}

const BUILDS = [
  { browser: 'chrome', flavour: 'shipped' },
  { browser: 'firefox', flavour: 'shipped' },
  { browser: 'chrome', flavour: 'simulator' },
  { browser: 'firefox', flavour: 'simulator' },
];

/** One after the other: WXT keeps its notes in one folder. */
export async function build(which = BUILDS) {
  const results = [];
  for (const { browser, flavour } of which) {
    results.push(await tool(node, [bin('wxt'), 'build', '--browser', browser, '--mv3'], { env: { ASSAY_FLAVOUR: flavour, NO_COLOR: '1' } }));
  }
  return sum(results);
}

const sum = (tallies) => ({
  passed: tallies.reduce((all, one) => all + one.passed, 0),
  failed: tallies.reduce((all, one) => all + one.failed, 0),
  skipped: tallies.reduce((all, one) => all + one.skipped, 0),
  output: tallies.map((one) => one.output).join('\n'),
});

const e2e = (browser) => () =>
  vitest(`e2e-${browser}`, ['--config', 'test/e2e/vitest.config.ts'], { reporter: 'verbose', env: { ASSAY_BROWSER: browser, ...(find('xvfb') === undefined ? {} : { ASSAY_XVFB: find('xvfb') }) } });

/** In order of start. */
export const STAGES = [
  { name: 'build', needs: [], go: async () => sum([await build(), await tool('npm', ['run', '--silent', 'build:cli'])]) },
  { name: 'lint', needs: [], go: () => tool(node, [bin('oxlint'), '--type-aware', '--deny-warnings']) },
  { name: 'types', needs: [], go: () => tool(node, [bin('tsc'), '--noEmit']) },
  { name: 'e2e-chromium', needs: ['build'], go: e2e('chromium') },
  { name: 'e2e-firefox', needs: ['build'], go: e2e('firefox') },
  { name: 'layers', needs: [], go: () => script(['test/run/code/main.mjs', 'layers']) },
  { name: 'rules', needs: [], go: () => script(['test/run/code/main.mjs', 'rules']) },
  { name: 'bundles', needs: ['build'], go: () => script(['test/run/bundles.mjs']) },
  { name: 'unit', needs: [], go: () => vitest('unit', ['--config', 'test/vitest.config.ts', '--project', 'unit']) },
  { name: 'vectors', needs: ['build'], go: () => vitest('vectors', ['--config', 'test/vitest.config.ts', '--project', 'vectors']) },
];

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function report(name, tally, ms) {
  const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
  say(`${tally.failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(14)} ${tally.passed} passed, ${tally.failed} failed${skipped} (${seconds(ms)})`);
  if (tally.failed === 0) return;
  for (const failure of tally.failures ?? []) say(failure.replaceAll(/^/gm, '    '));
  say(`${tally.output.trimEnd().split('\n').slice(-120).join('\n').replaceAll(/^/gm, '    ')}\n    (all of it: .output/test/${name}.log)`);
}

/** Runs stages, three at once, and gives the sum. A stage whose need failed is not run and counts as failed. */
export async function runStages(stages, atOnce = 3) {
  mkdirSync(OUT, { recursive: true });
  const wanted = new Set(stages.map((stage) => stage.name));
  /** @type {Map<string, Tally>} */
  const done = new Map();
  const waiting = [...stages];
  const going = new Set();
  const start = async (stage) => {
    const from = performance.now();
    const lacking = stage.needs.filter((need) => (done.get(need)?.failed ?? 0) > 0);
    const tally = lacking.length > 0 ? { passed: 0, failed: 1, skipped: 0, output: `not run: ${lacking.join(', ')} failed` } : await stage.go();
    writeFileSync(join(OUT, `${stage.name}.log`), tally.output);
    report(stage.name, tally, performance.now() - from);
    done.set(stage.name, tally);
  };
  while (waiting.length > 0 || going.size > 0) {
    const next = going.size < atOnce ? waiting.findIndex((stage) => stage.needs.every((need) => done.has(need) || !wanted.has(need))) : -1;
    if (next === -1) {
      await Promise.race(going);
      continue;
    }
    const [stage] = waiting.splice(next, 1);
    const task = start(stage).finally(() => going.delete(task));
    going.add(task);
  }
  return sum([...done.values()]);
}

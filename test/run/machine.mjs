/**
 * Makes the machine ready: node_modules, the pinned Node, browsers. Each step looks first and installs only what is
 * missing; where it may not install, one sentence says what is needed. Built-ins only.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './shell.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WANTED_NODE = 22;

/** A problem that the person at the keyboard can solve: printed as it is, without a stack. */
export class Needed extends Error {}

export const say = (text) => process.stdout.write(`${text}\n`);

const read = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** True when what lies in node_modules is what the lock file names (by version, not by date: a checkout sets dates anew). */
export function modulesAreCurrent() {
  const locked = read(join(ROOT, 'package-lock.json'))?.packages ?? {};
  const installed = read(join(ROOT, 'node_modules/.package-lock.json'))?.packages;
  if (installed === undefined) return false;
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    // Optional packages of other systems are in the lock file and rightly not on this disk.
    return found === undefined ? wanted.optional === true || wanted.peer === true : found.version === wanted.version;
  });
}

async function ensureModules() {
  if (modulesAreCurrent()) return;
  say('Installing node modules (npm ci) …');
  const { code, output } = await run('npm', ['ci'], { cwd: ROOT, timeoutMs: 900_000 });
  if (code === 127) throw new Needed('npm is missing: install Node.js 20 or newer with npm.');
  if (code !== 0) throw new Needed(`npm ci did not succeed:\n${output.trim()}`);
}

/**
 * Modules first, then the Node that they pin: on an older one the same command is started again with it.
 * Resolves where the caller may go on; does not return where another process took over.
 */
export async function ensureGround(script, args) {
  await ensureModules();
  if (Number.parseInt(process.versions.node, 10) >= WANTED_NODE) return;
  const node = join(ROOT, 'node_modules/.bin/node');
  if (!existsSync(node) || process.env.ASSAY_RESTARTED !== undefined) {
    throw new Needed(`Node ${WANTED_NODE} or newer is needed and node_modules/.bin/node does not give it: run npm ci again.`);
  }
  const path = `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
  const { code } = await run(node, [script, ...args], { show: true, env: { PATH: path, ASSAY_RESTARTED: '1' } });
  process.exit(code);
}

const CANDIDATES = {
  chromium: ['chromium', 'chromium-browser', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  firefox: ['firefox-esr', 'firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
  xvfb: ['Xvfb'],
  xdotool: ['xdotool'],
};
/** What each is called in apt. */
const PACKAGES = { chromium: 'chromium', firefox: 'firefox-esr', xvfb: 'xvfb', xdotool: 'xdotool' };
const SENTENCES = {
  chromium: 'Chromium is missing: install it (Debian: apt install chromium) or name its program in ASSAY_CHROMIUM. Google Chrome does not load unpacked extensions from the command line.',
  firefox: 'Firefox is missing: install version 140 or newer (Debian: apt install firefox-esr) or name its program in ASSAY_FIREFOX.',
};

const isProgram = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOTDIR') return false;
    throw error;
  }
};

/**
 * Where a program is, or `undefined`.
 * @param {keyof typeof CANDIDATES} kind
 */
export function find(kind) {
  const named = process.env[`ASSAY_${kind.toUpperCase()}`];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const paths = (named === undefined ? CANDIDATES[kind] : [named]).flatMap((name) => (name.includes('/') ? [name] : folders.map((folder) => join(folder, name))));
  return paths.find(isProgram);
}

const mayUseApt = () => process.getuid?.() === 0 && isProgram('/usr/bin/apt-get');

async function apt(packages) {
  say(`Installing ${packages.join(', ')} (apt) …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['update', '-q'], { env, timeoutMs: 300_000 });
  if (update.code !== 0) say(`apt-get update did not succeed, going on with the lists that are there:\n${update.output.trim()}`);
  const install = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env, timeoutMs: 900_000 });
  if (install.code !== 0) say(`apt-get install did not succeed:\n${install.output.trim()}`);
}

/**
 * Finds the browsers, installing them where that is allowed.
 * @param {readonly ('chromium' | 'firefox')[]} kinds
 * @param {{ any?: boolean, extras?: readonly ('xvfb' | 'xdotool')[] }} [options] `any`: one of them is enough;
 *   `extras`: installed along with the rest, their absence is no error
 */
export async function ensureBrowsers(kinds, { any = false, extras = [] } = {}) {
  const enough = () => (any ? kinds.some((kind) => find(kind) !== undefined) : kinds.every((kind) => find(kind) !== undefined));
  const missing = [...(enough() ? [] : any ? kinds.slice(0, 1) : kinds), ...extras].filter((kind) => find(kind) === undefined);
  if (missing.length > 0 && mayUseApt()) await apt(missing.map((kind) => PACKAGES[kind]));
  if (enough()) return;
  throw new Needed(kinds.filter((kind) => find(kind) === undefined).map((kind) => SENTENCES[kind]).slice(0, any ? 1 : undefined).join('\n'));
}

/** Runs a command's main function: a `Needed` becomes its sentence and exit code 2, everything else its stack and 1. */
export function command(main) {
  main().then(
    (code) => process.exit(code),
    (error) => {
      process.stderr.write(`${error instanceof Needed ? error.message : error.stack}\n`);
      process.exit(error instanceof Needed ? 2 : 1);
    },
  );
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
// @ts-expect-error -- plain JavaScript: it runs before there is anything that could compile
import * as files from './files.mjs';
// @ts-expect-error -- see above
import * as layers from './layers.mjs';
// @ts-expect-error -- see above
import { readModules } from './modules.mjs';
// @ts-expect-error -- see above
import * as syntax from './syntax.mjs';

type Modules = Map<string, unknown>;
type Rule = (modules: Modules, roots?: (path: string) => boolean) => readonly string[];

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A little project on disk, as the rules read it. */
function project(sources: Readonly<Record<string, string>>): Modules {
  const root = mkdtempSync(join(tmpdir(), 'assay-rules-'));
  folders.push(root);
  for (const [path, text] of Object.entries(sources)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readModules(root, ['src', 'entrypoints', 'test'], { '#flavour': 'src/roots/flavour.ts' });
}

const broken = (rule: Rule, sources: Readonly<Record<string, string>>): number => rule(project(sources)).length;

describe('when a module imports what stands to its left', () => {
  it.each([
    ['a value', "import { a } from '../verdict/a'; a();"],
    ['a type', "import type { A } from '../verdict/a'; export type B = A;"],
    ['by re-export', "export * from '../verdict/a';"],
    ['late', "export const a = async () => await import('../verdict/a');"],
    ['inside a type', "export type B = import('../verdict/a').A;"],
  ])('is found: %s', (_how, text) => {
    expect(broken(layers.wrongDirection, { 'src/evidence/b.ts': text, 'src/verdict/a.ts': 'export type A = 1; export const a = () => 1;' })).toBe(1);
  });

  it('lets it import what stands to its right, and rooms on one step each other', () => {
    expect(broken(layers.wrongDirection, { 'src/verdict/b.ts': "import '../evidence/a';", 'src/evidence/a.ts': "import '../signatures/s';", 'src/signatures/s.ts': '' })).toBe(0);
  });

  it('sees through the alias of the flavour', () => {
    expect(broken(layers.wrongDirection, { 'src/checks/b.ts': "import { FLAVOUR } from '#flavour'; FLAVOUR;", 'src/roots/flavour.ts': 'export const FLAVOUR = 1;' })).toBe(1);
  });

  it('does not let the product import tests', () => {
    expect(broken(layers.wrongDirection, { 'src/checks/b.ts': "import '../../test/x';", 'test/x.ts': '' })).toBe(1);
  });
});

describe('when modules or folders go round in circles', () => {
  it('finds a cycle of modules, types included', () => {
    expect(broken(layers.moduleCycles, { 'src/checks/a.ts': "import './b';", 'src/checks/b.ts': "import type { A } from './a'; export type B = A;" })).toBe(1);
  });
  it('finds a cycle of folders in one room that no module closes', () => {
    const sources = { 'src/evidence/x/a.ts': "import '../y/b';", 'src/evidence/y/b.ts': '', 'src/evidence/y/c.ts': "import '../x/d';", 'src/evidence/x/d.ts': '' };
    expect(broken(layers.moduleCycles, sources)).toBe(0);
    expect(broken(layers.roomCycles, sources)).toBe(1);
  });
});

describe('when a module stands where it should not', () => {
  it.each<[string, Rule, Readonly<Record<string, string>>]>([
    ['a room nobody knows', layers.unknownRooms, { 'src/misc/a.ts': '' }],
    ['an import of nothing', layers.unresolved, { 'src/checks/a.ts': "import './gone';" }],
    ['the browser outside platform', layers.browserOutsidePlatform, { 'src/watch/a.ts': "import browser from 'webextension-polyfill'; browser;" }],
    ["WXT's browser even inside platform", layers.browserOutsidePlatform, { 'src/platform/a.ts': "import { browser } from 'wxt/browser'; browser;" }],
    ['Node outside the command line', layers.nodeOutsideCli, { 'src/watch/a.ts': "import 'node:fs';" }],
    ['a generator that knows a verifier', layers.simulatorKnowsVerifier, { 'test/simulator/a.ts': "import '../../src/evidence/b';", 'src/evidence/b.ts': '' }],
  ])('finds %s', (_what, rule, sources) => {
    expect(broken(rule, sources)).toBe(1);
  });

  it('finds what no entry point reaches', () => {
    const modules = project({ 'entrypoints/background.ts': "import '../src/watch/a';", 'src/watch/a.ts': '', 'src/watch/dead.ts': "import './a';" });
    expect(layers.orphans(modules, (path: string) => path.startsWith('entrypoints/'))).toEqual(['src/watch/dead.ts is reached by no entry point']);
  });
});

describe('when the core is not pure', () => {
  it.each(['fetch("x")', 'globalThis.fetch("x")', 'Date.now()', 'new Date()', 'Math.random()', 'performance.now()', 'setTimeout(() => 1, 1)', 'localStorage.getItem("x")', 'new WebSocket("x")', 'indexedDB.open("x")'])('finds %s', (text) => {
    expect(broken(syntax.impure, { 'src/evidence/a.ts': `export const x = () => ${text};` })).toBeGreaterThan(0);
    expect(broken(syntax.impure, { 'src/platform/a.ts': `export const x = () => ${text};` })).toBe(0);
  });
  it('lets a getter, a date from a number and a field of that name be', () => {
    expect(broken(syntax.impure, { 'src/evidence/a.ts': 'export const x = (o: any, n: number) => [o.fetch, new Date(n), o.Date];' })).toBe(0);
  });
});

describe('when code says what it must not', () => {
  it.each<[string, Rule]>([
    ['document.body.innerHTML = "x";', syntax.stringsAsCode],
    ['const el = document.body; el["outerHTML"] = "x";', syntax.stringsAsCode],
    ['eval("1");', syntax.stringsAsCode],
    ['new Function("1");', syntax.stringsAsCode],
    ['const f = (x: string) => import(x); f;', syntax.stringsAsCode],
    ['const a: any = 1; a;', syntax.givenUpTypes],
    ['const a = 1 as any; a;', syntax.givenUpTypes],
    ['// @ts-ignore\nlet a;', syntax.givenUpTypes],
    ['try { f(); } catch {}', syntax.swallowedErrors],
    ['/* why */ try { f(); } catch (e) { }', syntax.swallowedErrors],
    ['// TODO later\nlet a;', syntax.unfinished],
    ['chrome.runtime.id;', syntax.extensionGlobals],
    ['browser.tabs.query({});', syntax.extensionGlobals],
  ])('finds %s', (text, rule) => {
    expect(broken(rule, { 'src/watch/a.ts': text })).toBe(1);
  });
  it('finds markup given to a component', () => {
    expect(broken(syntax.stringsAsCode, { 'src/ui/a.tsx': 'export const A = () => <p dangerouslySetInnerHTML={{ __html: "x" }} />;' })).toBe(1);
  });
  it('does not mind the words in texts', () => {
    expect(broken(syntax.stringsAsCode, { 'src/ui/a.ts': 'export const a = "innerHTML and eval(1)"; // innerHTML' })).toBe(0);
  });
});

describe('when a file should not be committed', () => {
  const file = (text: string, path = 'docs/a.md', size = text.length) => [{ path, text, size }];
  it.each([
    ['a key', files.secrets, file(['-----BEGIN EC PRIVATE', 'KEY-----'].join(' '))],
    ['a token', files.secrets, file(`ghp_${'a'.repeat(36)}`)],
    ['a home', files.machinePaths, file(`see ${['', 'home', 'me', 'x'].join('/')}`)],
    ['a work folder', files.machinePaths, file(`"${['', 'work', 'x'].join('/')}"`)],
    ['a download address', files.registries, file('"resolved": "https://x/y.tgz"', 'package-lock.json'), []],
    ['the registry of this machine', (all: unknown) => files.registries(all, ['mirror.example']), file('from mirror.example')],
    ['a large file', files.largeFiles, file('', 'docs/big.bin', 1e6)],
  ])('finds %s', (_what, rule, all, hosts = []) => {
    expect(rule(all, hosts)).toHaveLength(1);
  });
  it('does not mind a path of a web address', () => {
    expect(files.machinePaths(file('https://example.org/work/1'))).toEqual([]);
  });
});

/** Runs all rules and prints one line for each; exit code 1 when any is broken. `node test/run/code/main.mjs [layers|rules]` */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as files from './files.mjs';
import * as layers from './layers.mjs';
import { readModules } from './modules.mjs';
import * as syntax from './syntax.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const alias = { '#flavour': 'src/roots/flavour.ts' };
const which = process.argv[2];

/** Verifiers and getters that stand whole and tested, and wait for the provider that will call them. Each leaves this list when it is called. */
const WAITING = [];

const isEntry = (path) => path.startsWith('entrypoints/') || path === 'src/cli/main.ts' || path === 'src/cli/build.mjs' || WAITING.includes(path);

function layerRules() {
  const modules = readModules(root, ['src', 'entrypoints', 'test', 'wxt.config.ts'], alias);
  const product = new Map([...modules].filter(([path]) => layers.roomOf(path) !== undefined));
  return [
    ['every import is there', layers.unresolved(modules)],
    ['every module stands in a room', layers.unknownRooms(modules)],
    ['imports go one way', layers.wrongDirection(modules)],
    ['no cycles between modules', layers.moduleCycles(modules)],
    ['no cycles between rooms or folders', layers.roomCycles(modules)],
    ['only src/platform imports the browser', layers.browserOutsidePlatform(product)],
    ['only src/cli imports Node', layers.nodeOutsideCli(modules)],
    ['the simulator shares no code with the verifiers', layers.simulatorKnowsVerifier(modules)],
    ['no module is dead', layers.orphans(modules, isEntry)],
    ['the core is pure', syntax.impure(modules)],
    ['only src/platform uses extension globals', syntax.extensionGlobals(modules)],
  ];
}

function fileRules() {
  const modules = readModules(root, ['src', 'entrypoints'], alias);
  const all = files.projectFiles(root);
  // The registry that this machine happens to use must not have left its name anywhere.
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  return [
    ['no markup or code from strings', syntax.stringsAsCode(modules)],
    ['no type is given up', syntax.givenUpTypes(modules)],
    ['no error is swallowed', syntax.swallowedErrors(modules)],
    ['nothing is marked unfinished', syntax.unfinished(modules)],
    ['no secrets', files.secrets(all)],
    ['no paths of one machine', files.machinePaths(all)],
    ['no registry hosts', files.registries(all, URL.canParse(registry) ? [new URL(registry).hostname] : [])],
    ['no large files', files.largeFiles(all)],
  ];
}

const rules = [...(which === 'rules' ? [] : layerRules()), ...(which === 'layers' ? [] : fileRules())];
for (const [name, broken] of rules) {
  console.log(`${broken.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const line of broken) console.log(`     ${line}`);
}
const failed = rules.filter(([, broken]) => broken.length > 0).length;
console.log(JSON.stringify({ passed: rules.length - failed, failed, skipped: 0 }));
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Looks at what the build made, as a reviewer of a store would: which anchors are in it, whether anything could come
 * from elsewhere, what the manifest asks for, how large it is. Reads .output; `npm test -- build` makes it.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { ROOT } from './machine.mjs';

const KILOBYTE = 1000;
/** DESIGN 9, gzip. */
const BUDGETS = { 'background.js': 200 * KILOBYTE, 'tap.js': 6 * KILOBYTE };

const PERMISSIONS = ['alarms', 'notifications', 'scripting', 'storage', 'webRequest'];
const REQUIRED_HOSTS = ['api.trustedservices.intel.com', 'certificates.trustedservices.intel.com', 'rim.attestation.nvidia.com', 'ocsp.ndis.nvidia.com', 'kdsintf.amd.com'].map((host) => `https://${host}/*`);
/** What services of the user's own are asked for under; no other pattern may be wider than one host. */
const OWN_SERVICES = ['https://*/*', 'http://localhost/*', 'http://127.0.0.1/*'];
/** Longer than any constant of the curves and hashes we use: in a bundle, such hexadecimal text can only be a key. */
const LONG_HEX = /[0-9a-f]{120,}/g;
/** A key or certificate as base64 (DER begins with SEQUENCE). */
const LONG_BASE64 = /\bM[EFGHIJ][A-Za-z0-9+/]{100,}={0,2}/g;

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** The files of one build: path from its folder → bytes. */
function readBuild(name) {
  const folder = join(ROOT, '.output', name);
  if (!existsSync(folder)) throw new Error(`.output/${name} is not there: run npm test -- build`);
  return new Map([...walk(folder)].map((file) => [relative(folder, file), readFileSync(file)]));
}

/** The exports of modules of ours: bundled and loaded, so that what is compared is what runs. */
async function load(paths) {
  const contents = paths.map((path, index) => `export * as module${index} from ${JSON.stringify(`./${path}`)};`).join('\n');
  const { outputFiles } = await build({ stdin: { contents, resolveDir: ROOT }, bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'error', alias: { '#flavour': join(ROOT, 'src/roots/flavour.ts') } });
  return Object.values(await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`));
}

/** Every text in a value, however deep. */
function textsIn(value) {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const code = (files) => [...files].filter(([path]) => /\.(js|html|css)$/.test(path)).map(([path, bytes]) => ({ path, text: bytes.toString('utf8') }));
const grep = (files, pattern, what) => code(files).flatMap(({ path, text }) => [...text.matchAll(pattern)].map((match) => `${path} ${what}: ${match[0].slice(0, 120)}`));

/** The raw key at the end of a SubjectPublicKeyInfo: an RSA modulus without its exponent, or the point of a curve. */
const keyOf = ({ spki }) => (spki.startsWith('3082') ? spki.slice(-1034, -10) : spki.slice(spki.length < 200 ? -128 : -192));

function anchorsInside(files, anchors, facts) {
  const texts = code(files);
  return [
    ...anchors.filter((anchor) => !texts.some(({ text }) => text.includes(keyOf(anchor)))).map((anchor) => `the key of ${anchor.subject} is missing`),
    ...texts.flatMap(({ path, text }) => (text.match(LONG_HEX) ?? []).filter((hex) => !facts.some((fact) => fact.includes(hex))).map((hex) => `${path} holds a key that src/roots does not name: ${hex.slice(0, 60)}…`)),
    ...texts.flatMap(({ path, text }) => (text.match(LONG_BASE64) ?? []).map((key) => `${path} holds a key as base64: ${key.slice(0, 60)}…`)),
    ...(anchors.length === 0 ? ['src/roots names no anchor'] : []),
  ];
}

function tracesOf(files, anchors) {
  const traces = anchors.flatMap((anchor) => {
    const spki = Buffer.from(anchor.spki, 'hex');
    // The point alone, so that no other wrapping of the key goes unseen; the vendors' own keys are another matter.
    const point = spki.subarray(-64);
    return [anchor.spki, anchor.fingerprint, point.toString('hex'), point.toString('base64').slice(0, 80)];
  });
  return code(files).flatMap(({ path, text }) => traces.filter((trace) => text.includes(trace)).map((trace) => `${path} holds ${trace.slice(0, 60)}… of the simulator`));
}

function remoteCode(files) {
  return [
    ...grep(files, /<(script|link|iframe|img)[^>]+(src|href)="(https?:)?\/\/[^"]*"/g, 'loads from elsewhere'),
    ...grep(files, /import\(\s*["'`]https?:/g, 'imports from elsewhere'),
    ...grep(files, /\bimportScripts\(/g, 'imports scripts'),
    ...grep(files, /(?<![\w$.])eval\(|new Function\(/g, 'makes code from text'),
    ...grep(files, /WebAssembly\.(instantiate|compile)/g, 'runs WebAssembly'),
    ...[...files.keys()].filter((path) => ['.wasm', '.map'].includes(extname(path))).map((path) => `${path} has no place here`),
    ...grep(files, /sourceMappingURL=/g, 'names a source map'),
  ];
}

function traces(files) {
  return grep(files, /(?<![\w.])\/(work|root|home|Users|tmp)\/[\w.-]+|node_modules\//g, 'names a path of the machine that built it');
}

const same = (a, b) => JSON.stringify([...(a ?? [])].sort()) === JSON.stringify([...b].sort());

/** Every permission and host has its reason there. */
const JUSTIFIED = readFileSync(join(ROOT, 'docs/permissions.md'), 'utf8');

function manifestFaults(files, browser) {
  const manifest = JSON.parse(files.get('manifest.json').toString('utf8'));
  const csp = manifest.content_security_policy?.extension_pages ?? '';
  const missing = [...JSON.stringify(manifest).matchAll(/__MSG_(\w+)__/g)].map((match) => match[1]).filter((key) => JSON.parse(files.get('_locales/en/messages.json')?.toString('utf8') ?? '{}')[key] === undefined);
  return [
    [manifest.manifest_version === 3, 'is not Manifest V3'],
    [same(manifest.permissions, [...PERMISSIONS, ...(browser === 'firefox' ? ['webRequestBlocking'] : [])]), `asks for ${manifest.permissions}`],
    [same(manifest.host_permissions, REQUIRED_HOSTS), `requires the hosts ${manifest.host_permissions}`],
    [(manifest.optional_host_permissions ?? []).every((host) => OWN_SERVICES.includes(host) || /^https:\/\/[\w.-]+\/\*$/.test(host)), `asks for the hosts ${manifest.optional_host_permissions}`],
    [manifest.optional_permissions === undefined, 'has optional permissions'],
    [manifest.content_scripts === undefined, 'has content scripts from the start'],
    [manifest.web_accessible_resources === undefined, 'shows resources to pages'],
    [manifest.externally_connectable === undefined, 'lets pages connect'],
    [csp.startsWith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"), `has the policy ${csp}`],
    [!/unsafe|\*|data:|blob:|http:/.test(csp), `has the policy ${csp}`],
    [manifest.incognito === 'spanning', 'does not span private windows'],
    [manifest.options_ui?.open_in_tab === true, 'shows options inside another page'],
    [manifest.action?.default_popup === 'popup.html', 'has no popup'],
    [missing.length === 0, `names texts that the locale file lacks: ${missing}`],
    browser === 'firefox'
      ? [same(manifest.browser_specific_settings?.gecko?.data_collection_permissions?.required, ['none']), 'does not say that it collects nothing']
      : [typeof manifest.minimum_chrome_version === 'string', 'names no smallest Chrome'],
    ...[...manifest.permissions, ...manifest.host_permissions, ...(manifest.optional_host_permissions ?? [])].map((one) => [JUSTIFIED.includes(`\`${one}\``), `asks for ${one}, which docs/permissions.md does not justify`]),
  ].flatMap(([holds, what]) => (holds ? [] : [`manifest.json ${what}`]));
}

const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

function tooLarge(files) {
  return Object.entries(BUDGETS).flatMap(([path, budget]) => {
    const bytes = files.get(path);
    if (bytes === undefined) return [`${path} is missing`];
    const size = gzipped(bytes);
    return size <= budget ? [] : [`${path} has ${size} bytes (gzip); ${budget} are allowed`];
  });
}

/** Both browsers and both flavours run the same code but for the flavour's own module. */
function unlike(files, others) {
  const scripts = (build_) => [...build_.keys()].filter((path) => /^(tap|tap-login|relay)\.js$/.test(path));
  return scripts(files).filter((path) => !others.get(path)?.equals(files.get(path))).map((path) => `${path} differs between two builds`);
}

const shipped = { chrome: readBuild('chrome-mv3'), firefox: readBuild('firefox-mv3') };
const simulator = { chrome: readBuild('chrome-mv3-simulator'), firefox: readBuild('firefox-mv3-simulator') };
const roots = await load(readdirSync(join(ROOT, 'src/roots')).map((name) => `src/roots/${name}`));
const vendors = roots.flatMap((module) => module.VENDOR_ANCHORS ?? []);
const simulated = (await load(['test/simulator/flavour.ts']))[0].FLAVOUR.anchors;

const rules = ['chrome', 'firefox'].flatMap((browser) => [
  [`${browser}: its keys are exactly those of src/roots`, anchorsInside(shipped[browser], vendors, textsIn(roots))],
  [`${browser}: no trace of the simulator's anchors`, tracesOf(shipped[browser], simulated)],
  [`${browser} simulator: it does hold its own anchors`, tracesOf(simulator[browser], simulated).length > 0 ? [] : ['none found: the check above would see nothing']],
  [`${browser}: no remote code`, remoteCode(shipped[browser])],
  [`${browser}: no path of a machine`, traces(shipped[browser])],
  [`${browser}: the manifest asks for the least`, manifestFaults(shipped[browser], browser)],
  [`${browser}: within its size`, tooLarge(shipped[browser])],
  [`${browser}: the simulator runs the same content scripts`, unlike(shipped[browser], simulator[browser])],
]);

for (const [name, broken] of rules) {
  console.log(`${broken.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const line of broken) console.log(`     ${line}`);
}
for (const path of Object.keys(BUDGETS)) {
  const bytes = shipped.chrome.get(path);
  if (bytes !== undefined) console.log(`     ${path}: ${gzipped(bytes)} bytes gzip, budget ${BUDGETS[path]}`);
}
const failed = rules.filter(([, broken]) => broken.length > 0).length;
console.log(JSON.stringify({ passed: rules.length - failed, failed, skipped: 0 }));
process.exitCode = failed === 0 ? 0 : 1;

/**
 * How the extension is built: two browsers (Manifest V3 both) × two flavours.
 * `shipped` trusts the vendors' roots alone. `simulator` puts test/simulator/flavour.ts in the place of
 * src/roots/flavour.ts (test roots, a clock that tests can move) and is otherwise the same code.
 * Chosen by the environment variable ASSAY_FLAVOUR; output goes to .output/{chrome,firefox}-mv3[-simulator].
 */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'wxt';

/** matchOriginAsFallback of registered scripts needs 119, light-dark() in style sheets 123. */
const MINIMUM_CHROME = 123;
/** The first to read data_collection_permissions; everything else we use came before. */
const MINIMUM_FIREFOX = 140;
const GECKO_ID = 'assay@assay.invalid';

/** The vendors' endorsements: asked by the background, no page of theirs is watched. */
const COLLATERAL_ORIGINS = [
  'https://api.trustedservices.intel.com',
  'https://certificates.trustedservices.intel.com',
  'https://rim.attestation.nvidia.com',
  'https://ocsp.ndis.nvidia.com',
  'https://kdsintf.amd.com',
];
/** NVIDIA's own judgement of GPU evidence: granted when the user switches it on. */
const SECOND_OPINION_ORIGINS = ['https://nras.attestation.nvidia.com'];
/** Deployments of the user's own: the browser is asked for the exact origins that the user types in, never for this. */
const OWN_SERVICES = ['https://*/*', 'http://localhost/*', 'http://127.0.0.1/*'];
/** What the built-in profiles name: the user grants each service with a click. */
const SERVICE_ORIGINS = [
  'https://ai.io.net',
  'https://api.intelligence.io.net',
  'https://private.near.ai',
  'https://cloud-api.near.ai',
  'https://chat.redpill.ai',
  'https://api.redpill.ai',
  'https://inference.phala.com',
  'https://venice.ai',
  'https://api.venice.ai',
  'https://outerface.venice.ai',
  'https://chat.privatemode.ai',
  'https://api.privatemode.ai',
];

const flavour = process.env['ASSAY_FLAVOUR'] ?? 'shipped';
if (flavour !== 'shipped' && flavour !== 'simulator') throw new Error(`ASSAY_FLAVOUR is ${flavour}; it can be shipped or simulator`);
const simulated = flavour === 'simulator';
const flavourModule = fileURLToPath(new URL(simulated ? './test/simulator/flavour.ts' : './src/roots/flavour.ts', import.meta.url));

/**
 * Ms since the epoch; no honest clock shows an earlier time. The commit's own date, so that one commit gives one build;
 * SOURCE_DATE_EPOCH (seconds) decides where it is set, as for a build from an archive.
 */
function buildDate(): number {
  const root = fileURLToPath(new URL('.', import.meta.url));
  const given = process.env['SOURCE_DATE_EPOCH'] ?? (existsSync(`${root}.git`) ? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root }).toString() : '');
  return given === '' ? statSync(`${root}package.json`).mtimeMs : Number(given) * 1000;
}

const anyPathOf = (origins: readonly string[]): string[] => origins.map((origin) => `${origin}/*`);

/**
 * Nothing from elsewhere runs or is shown. Where requests go cannot stand here, since users add services of their own: the
 * background asks the vendors at fixed addresses and a service at its exact API origin (src/watch/attestor.ts), encrypted.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' https:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The scripts of the page's world give their frames no name: Chromium would else write the extension's id into the stack
 * of errors that a proxied native throws, where the page can read it.
 */
const namelessPageScripts = {
  name: 'nameless-page-scripts',
  generateBundle(_options: unknown, bundle: Record<string, { type: string; code?: string }>) {
    for (const [file, chunk] of Object.entries(bundle)) {
      if (/^tap(-login)?\.js$/.test(file) && chunk.code !== undefined) chunk.code += '\n//# sourceURL=<anonymous>\n';
    }
  },
};

/**
 * The YAML reader makes the schemas of every YAML version, and all that its writer needs, as it is loaded. Ours reads one
 * schema: what it does not use is left out once the bundler knows that nothing else happens when those are made.
 */
const readsYamlAlone = {
  name: 'reads-yaml-alone',
  transform: (text: string, id: string) =>
    id.endsWith('/js-yaml/dist/js-yaml.mjs')
      ? text.replaceAll(/= (new Schema\(\[[^\]]*\]\));/g, '= (() => $1)();').replaceAll(/^var (\w+) = (?=\(\(\) =>|(?:new )?[\w.]+\()/gm, 'var $1 = /* @__PURE__ */ ')
      : undefined,
};

export default defineConfig({
  publicDir: 'assets',
  outDir: '.output',
  outDirTemplate: `{{browser}}-mv{{manifestVersion}}${simulated ? '-simulator' : ''}`,
  imports: false,
  manifestVersion: 3,
  manifest: ({ browser }) => ({
    name: simulated ? '__MSG_extension_name__ (simulator)' : '__MSG_extension_name__',
    description: '__MSG_extension_description__',
    default_locale: 'en',
    incognito: 'spanning',
    // Firefox shows a connection's certificate to listeners that may hold a response, and to no others; ours changes none.
    permissions: ['storage', 'webRequest', ...(browser === 'firefox' ? ['webRequestBlocking'] : []), 'scripting', 'alarms', 'notifications'],
    // The toolbar shows each tab's state: the button is there whatever pages exist.
    action: {
      default_title: '__MSG_extension_name__',
      // Firefox takes our SVG files, by the colour of its toolbar's text; Chrome takes the bitmaps of `icons`.
      ...(browser === 'firefox' ? { default_icon: 'icons/off-light.svg', theme_icons: [16, 32].map((size) => ({ light: 'icons/off-dark.svg', dark: 'icons/off-light.svg', size })) } : {}),
    },
    optional_host_permissions: [...anyPathOf([...SERVICE_ORIGINS, ...SECOND_OPINION_ORIGINS]), ...OWN_SERVICES],
    content_security_policy: { extension_pages: contentSecurityPolicy },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: { id: GECKO_ID, strict_min_version: `${MINIMUM_FIREFOX}.0`, data_collection_permissions: { required: ['none'] as ['none'] } },
          },
        }
      : { minimum_chrome_version: `${MINIMUM_CHROME}` }),
  }),
  hooks: {
    'build:manifestGenerated': (_wxt, manifest) => {
      // Set here because WXT adds the hosts of scripts that are registered at run time, and those are optional.
      // At least one host is required on purpose: with none Chromium drops our webRequest listeners for good (docs/permissions.md).
      manifest.host_permissions = anyPathOf(COLLATERAL_ORIGINS);
    },
  },
  vite: () => ({
    plugins: [namelessPageScripts, readsYamlAlone],
    define: { __BUILD_DATE__: String(buildDate()) },
    resolve: { alias: { '#flavour': flavourModule } },
    build: {
      target: [`chrome${MINIMUM_CHROME}`, `firefox${MINIMUM_FIREFOX}`],
      sourcemap: false,
      reportCompressedSize: false,
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      // Nothing here has getters or globals that do something when they are read: a reading that nobody uses goes.
      rollupOptions: { treeshake: { propertyReadSideEffects: false, unknownGlobalSideEffects: false } },
    },
  }),
});

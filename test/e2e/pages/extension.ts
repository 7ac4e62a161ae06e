/**
 * An extension made of the watching side alone, with the platform's own adapters and the built-in service: what it
 * watches and hands over can be looked at without anything that judges it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { temporary, type Folder } from '../browsers/prepare.ts';
import type { BrowserName } from '../browsers/index.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export async function observingExtension(browser: BrowserName): Promise<Folder> {
  const folder = temporary('observing');
  mkdirSync(folder.path, { recursive: true });
  const bundle = async (name: string, contents: string, footer: string): Promise<void> => {
    await build({
      stdin: { contents, resolveDir: root, loader: 'ts' }, outfile: join(folder.path, `${name}.js`), footer: { js: footer },
      bundle: true, minify: true, format: 'iife', platform: 'browser', target: ['chrome123', 'firefox140'], logLevel: 'error',
    });
  };
  await bundle('background', "import './test/e2e/pages/extension/background';", '');
  // WXT calls an entrypoint's `main`, and our build names the page's scripts so that no stack shows the extension's id.
  for (const name of ['relay', 'tap', 'tap-login']) await bundle(name, `import script from './entrypoints/${name}'; void script.main();`, name === 'relay' ? '' : '//# sourceURL=<anonymous>');
  const manifest = {
    manifest_version: 3, name: 'observing', version: '1.0',
    permissions: ['storage', 'webRequest', ...(browser === 'firefox' ? ['webRequestBlocking'] : []), 'scripting'],
    host_permissions: ['https://ai.io.net/*', 'https://api.intelligence.io.net/*'],
    ...(browser === 'firefox'
      ? { background: { scripts: ['background.js'] }, browser_specific_settings: { gecko: { id: 'assay@assay.invalid' } } }
      : { background: { service_worker: 'background.js' } }),
  };
  writeFileSync(join(folder.path, 'manifest.json'), JSON.stringify(manifest));
  return folder;
}

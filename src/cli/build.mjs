/** Writes `.output/cli/assay.mjs`: one file for Node 20 and later, without run-time dependencies. */
import { chmodSync, readFileSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const outfile = `${root}.output/cli/assay.mjs`;
/** Put in place whole: whoever runs the file meanwhile has the old one or the new one. */
const unfinished = `${outfile}.${process.pid}`;

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: unfinished,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  charset: 'utf8',
  legalComments: 'inline',
  banner: { js: '#!/usr/bin/env node' },
  alias: { '#flavour': './src/roots/flavour.ts' },
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: 'warning',
});
chmodSync(unfinished, 0o755);
renameSync(unfinished, outfile);

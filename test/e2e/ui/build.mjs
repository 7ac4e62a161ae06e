/** Builds the gallery from the real components into a folder, as files that open without a server. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Style sheet of each kind of surface, as its entrypoint loads it. */
export const SHEETS = { popup: 'popup', evidence: 'evidence', options: 'form', welcome: 'form' };

const page = (kind) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Assay gallery</title><link rel="stylesheet" href="${SHEETS[kind]}.css"></head><body${kind === 'popup' ? ' class="pop"' : ' class="full"'}><div id="root"></div><script defer src="gallery.js"></script></body></html>
`;

/** @param {string} into folder that exists */
export async function buildGallery(into) {
  const common = { bundle: true, logLevel: 'warning', absWorkingDir: here, outdir: into };
  await build({ ...common, entryPoints: ['gallery.tsx'], format: 'iife', target: 'es2023', jsx: 'automatic', jsxImportSource: 'preact', minify: true, alias: { '#flavour': join(here, '../../../src/roots/flavour.ts') }, define: { __BUILD_DATE__: '0' } });
  await build({ ...common, entryPoints: [...new Set(Object.values(SHEETS))].map((sheet) => join(here, '../../../src/ui/styles', `${sheet}.css`)) });
  for (const kind of Object.keys(SHEETS)) await writeFile(join(into, `${kind}.html`), page(kind));
}

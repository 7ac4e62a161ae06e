import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Real browsers: one file at a time, one worker that all files share and with it a browser (`Assay.shared`); both browsers'
 * runs stand side by side. ASSAY_BROWSER says which (chromium unless said otherwise).
 */
export default defineConfig({
  root,
  resolve: { alias: { '#flavour': `${root}src/roots/flavour.ts` } },
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.test.ts'],
    // The interface without an extension around it: run by hand, clicks.mjs and shots.mjs.
    exclude: ['test/e2e/ui/**'],
    environment: 'node',
    pool: 'forks',
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    retry: 0,
  },
});

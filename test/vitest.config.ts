import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const alias = { '#flavour': `${root}src/roots/flavour.ts` };

/** Time-outs are guards against hangs, generous enough that no slow machine decides a test. `unit`: pure logic. `vectors`: recorded and synthetic evidence from ../shared, read in place. Browsers have a runner of their own. Files share a worker's modules, which costs half of loading them anew for each: so no test mocks a module, and what it puts into one it takes out again. */
export default defineConfig({
  root,
  test: {
    projects: [
      { resolve: { alias }, test: { name: 'unit', root, isolate: false, include: ['test/unit/**/*.test.{ts,tsx}', 'test/run/**/*.test.ts'], environment: 'node', testTimeout: 60_000 } },
      { resolve: { alias }, test: { name: 'vectors', root, isolate: false, include: ['test/vectors/**/*.test.ts'], environment: 'node', testTimeout: 120_000 } },
    ],
  },
});

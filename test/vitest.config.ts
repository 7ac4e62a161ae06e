import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
const alias = { '#flavour': `${root}src/roots/flavour.ts` };

/** Time-outs are guards against hangs, generous enough that no slow machine decides a test. `unit`: pure logic. `vectors`: recorded and synthetic evidence from ../shared, read in place. Browsers have a runner of their own. */
export default defineConfig({
  root,
  test: {
    projects: [
      { resolve: { alias }, test: { name: 'unit', root, include: ['test/unit/**/*.test.{ts,tsx}', 'test/run/**/*.test.ts'], environment: 'node', testTimeout: 60_000 } },
      { resolve: { alias }, test: { name: 'vectors', root, include: ['test/vectors/**/*.test.ts'], environment: 'node', testTimeout: 120_000 } },
    ],
  },
});

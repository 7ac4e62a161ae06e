import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where recorded evidence lies, beside the checkout; never committed. */
const folder = fileURLToPath(new URL('../../../shared/vectors/', import.meta.url));

/** False in a plain clone. `.ci/run` sets ASSAY_VECTORS=required, which makes absence an error instead of a skip. */
export const vectorsPresent = existsSync(folder);
if (!vectorsPresent) {
  const sentence = 'recorded evidence (../shared/vectors) is not beside this checkout';
  if (process.env['ASSAY_VECTORS'] === 'required') throw new Error(`${sentence}, and ASSAY_VECTORS=required`);
  console.warn(`${sentence}: the tests that need it are skipped`);
}

/** Absolute path of a file under ../shared/vectors. */
export const vector = (relative: string): string => folder + relative;

/**
 * The simulator flavour's counterpart of src/roots/flavour.ts: the simulated Intel root as one more anchor, and a clock
 * that tests can move. Bundled into the extension, so it imports nothing at run time.
 */
import type { Anchor } from '../../src/roots/anchors.ts';

const INTEL_ROOT: Anchor = {
  vendor: 'intel',
  kind: 'sgx',
  subject: 'CN=Intel SGX Root CA, O=Assay Simulator, L=Santa Clara, ST=CA, C=US',
  spki: '3059301306072a8648ce3d020106082a8648ce3d03010703420004c58164b684ba7a1f7766d41f4c86ffd3265913476d6fd57bf338972a10e381d7a71ef680c10b9f1381b7cf88377dc28a2e314750e907b4c2e6eea7d4743d4c5f',
  fingerprint: '0b0de1b01fa84d6032d847ad138628c302d409b500ff8e73649baccd406908e7',
  source: 'test/simulator/pki/intel.ts',
};

export const FLAVOUR: { readonly name: 'shipped' | 'simulator'; readonly anchors: readonly Anchor[] } = { name: 'simulator', anchors: [INTEL_ROOT] };

/** Ms to add to the machine's clock: a number in the extension's session storage, put there by a test. */
const OFFSET_KEY = 'simulator.clockOffset';

interface Storage {
  readonly storage?: { readonly session?: { get(key: string): Promise<Readonly<Record<string, unknown>>> } };
}

async function offset(): Promise<number> {
  const world: typeof globalThis & { readonly browser?: Storage; readonly chrome?: Storage } = globalThis;
  const stored = await (world.browser ?? world.chrome)?.storage?.session?.get(OFFSET_KEY);
  const value = stored?.[OFFSET_KEY];
  return typeof value === 'number' ? value : 0;
}

/** Ms since the epoch, moved by the test's offset. */
export const clock = async (): Promise<number> => Date.now() + (await offset());

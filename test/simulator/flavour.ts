/**
 * The simulator flavour's counterpart of src/roots/flavour.ts: the simulated vendors' roots as more anchors, and a clock
 * that tests can move. Bundled into the extension, so it imports nothing at run time but data.
 */
import type { Anchor } from '../../src/roots/anchors.ts';
import { AMD_ROOTS } from './pki/amd-anchors.ts';

const INTEL_ROOT: Anchor = {
  vendor: 'intel',
  kind: 'sgx',
  subject: 'CN=Intel SGX Root CA, O=Assay Simulator, L=Santa Clara, ST=CA, C=US',
  spki: '3059301306072a8648ce3d020106082a8648ce3d03010703420004c58164b684ba7a1f7766d41f4c86ffd3265913476d6fd57bf338972a10e381d7a71ef680c10b9f1381b7cf88377dc28a2e314750e907b4c2e6eea7d4743d4c5f',
  fingerprint: '0b0de1b01fa84d6032d847ad138628c302d409b500ff8e73649baccd406908e7',
  source: 'test/simulator/pki/intel.ts',
};

const NVIDIA_ROOTS: readonly Anchor[] = [
  {
    vendor: 'nvidia',
    kind: 'nvidia-device',
    subject: 'CN=NVIDIA Device Identity CA, O=Assay Simulator, C=US',
    spki: '3076301006072a8648ce3d020106052b8104002203620004b3c5080bdfaff7c3f34ca7031c50588d122e420fc9c52373fe9dd3f86fee55891fc71309184ca0fce4827dd2e821fac201f5b336b334010d524c1a00dec8f090606443d6b6806320f195425197be2cddd9916eba63f2864b8ec2d6023b8cd54a',
    fingerprint: '97455a11353dd4407e24c17655026f4c2bb5c304d3762849352a281500c5d12b',
    source: 'test/simulator/nvidia/device.ts',
  },
  {
    vendor: 'nvidia',
    kind: 'nvidia-rim',
    subject: 'CN=NVIDIA CoRIM signing Root CA, O=Assay Simulator, C=US',
    spki: '3076301006072a8648ce3d020106052b81040022036200045faa266fa13ef2a340ec0825a6b12e318c761c9f38c59ee1cba57be41a7121c6c183859f2621393e910d4a1fd336dbd0e1bce205bb2096c657bf2021ac82f709704c7214fe3bce388646b3d3cb5318b01bf4c03a03d311abed4d7bfe40e92418',
    fingerprint: '3a5aecce56546b391e65957b79c9bd8c85281f86eb55fd6dd2ad5d658f60e9d9',
    source: 'test/simulator/nvidia/rim-pki.ts',
  },
];

export const FLAVOUR: { readonly name: 'shipped' | 'simulator'; readonly anchors: readonly Anchor[] } = { name: 'simulator', anchors: [INTEL_ROOT, ...NVIDIA_ROOTS, ...AMD_ROOTS] };

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

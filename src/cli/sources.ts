/** Where the endorsements of a whole report come from: the vendors, or nobody with `--offline`. */
import { amdKds } from '../collateral/amd-kds';
import { intelCollateral } from '../collateral/intel-pcs';
import { nvidiaOcsp } from '../collateral/nvidia-ocsp';
import { nvidiaRims } from '../collateral/nvidia-rim';
import type { AppraiseContext } from '../providers/types';
import type { Anchor } from '../roots/anchors';
import type { Context } from './context';
import { memoryStore } from './memory-store';

type Sources = Pick<AppraiseContext, 'tdxCollateral' | 'snpCollateral' | 'rims' | 'ocsp'>;

/** Offline they hand out nothing, which each verifier names as missing. */
const NOBODY: Sources = {
  tdxCollateral: () => Promise.resolve({ collateral: {} }),
  snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent }),
  rims: () => Promise.resolve({ candidates: [] }),
  ocsp: () => Promise.resolve({ candidates: [] }),
};

export function sourcesFor({ get, now, progress }: Context, anchors: readonly Anchor[]): Sources {
  if (get === undefined) return NOBODY;
  progress('asking the hardware vendors for their endorsements');
  const store = memoryStore();
  const doors = { get, store, now: () => now };
  return {
    tdxCollateral: intelCollateral({ get, store, now, anchors }),
    snpCollateral: amdKds(doors, anchors),
    rims: nvidiaRims(doors, anchors),
    ocsp: nvidiaOcsp({ ...doors, random: (length) => crypto.getRandomValues(new Uint8Array(length)) }),
  };
}

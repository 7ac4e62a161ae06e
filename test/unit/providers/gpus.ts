/** GPUs of the laboratory as io.net's agent reports them, and NVIDIA's endorsements for them at any time. */
import type { OcspSource, RimSource } from '../../../src/evidence/nvidia/types';
import { rimShelf } from '../../../src/evidence/nvidia/shelves';
import type { Anchor } from '../../../src/roots/anchor';
import { goodRims, MEASURED, responderFor } from '../nvidia/lab';
import { type Authority, chainPem } from '../nvidia/lab/certificates';
import { DEVICE_ANCHOR, type Device, makeDevice, type ReportOptions, transcriptOf } from '../nvidia/lab/device';
import { RIM_ANCHOR, rimIntermediate, rimRoot, rimSigner } from '../nvidia/lab/manifest';
import type { ResponseOptions } from '../nvidia/lab/responder';

const HOUR = 3_600_000;

export const GPUS: readonly Device[] = Array.from({ length: 8 }, () => makeDevice());
export const RIM_CHAIN: readonly Authority[] = [rimSigner, rimIntermediate, rimRoot];
export const GPU_ANCHORS: readonly Anchor[] = [DEVICE_ANCHOR, RIM_ANCHOR];

export interface Item {
  readonly evidence: string;
  readonly certificate: string;
}

/** One device as an item of `evidence_list`. */
export const gpuItem = (device: Device, nonce: Uint8Array, over: Partial<ReportOptions> = {}): Item => ({
  evidence: transcriptOf(device, { nonce, measurements: MEASURED, ...over }).toString('base64'),
  certificate: Buffer.from(chainPem(device.chain)).toString('base64'),
});

export const gpuList = (nonce: Uint8Array, count: number): readonly Item[] => GPUS.slice(0, count).map((device) => gpuItem(device, nonce));

/** Everything good and in date at `now`; `change` bends what the responder says about one certificate. */
export function gpuEndorsements(now: number, change: (about: Authority) => Partial<ResponseOptions> | 'silent' = () => ({})): { readonly rims: RimSource; readonly ocsp: OcspSource } {
  return {
    rims: rimShelf(goodRims()),
    ocsp: responderFor([...GPUS.map(({ chain }) => chain), RIM_CHAIN], (about) => {
      const changed = change(about);
      return changed === 'silent' ? changed : { thisUpdate: now - HOUR, nextUpdate: now + 23 * HOUR, ...changed };
    }),
  };
}

/** What the browser bench works on: a simulated quote always, recorded ones where ../shared/vectors is there. */
import { existsSync } from 'node:fs';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { FLAVOUR } from '../simulator/flavour';
import { personalSign, signingKey } from '../simulator/ionet/signing';
import { DEFAULT_MACHINE, machineEvidence } from '../simulator/nvidia/evidence';
import { FIRMWARE } from '../simulator/nvidia/firmware';
import { rimXml } from '../simulator/nvidia/rim';
import { rimChain } from '../simulator/nvidia/rim-pki';
import { root } from '../simulator/pki/intel';
import { tdxCollateral } from '../simulator/tdx/collateral';
import { tdxQuote } from '../simulator/tdx/quote';
import type { Eip191Subject, GpuSubject, TdxSubject } from './page';

export async function tdxSubjects(vectors: string): Promise<readonly TdxSubject[]> {
  const now = Date.now();
  const simulated: TdxSubject = {
    name: 'simulated quote v4', quote: tdxQuote({ reportData: new Uint8Array(64), now }).toString('hex'), collateral: tdxCollateral({ now }), now, anchors: FLAVOUR.anchors, peerRoot: root.der.toString('hex'),
  };
  if (!existsSync(vectors)) return [simulated];
  const { collateralOf, quote, realSets } = await import('../vectors/tdx-sets');
  const fine = realSets().filter((set) => set.expected.ok && set.expected.status === 'UpToDate');
  // The largest CRL is the hardest case for whoever reads it anew each time.
  const byList = [...fine].sort((a, b) => collateralOf(b).pck_crl.length - collateralOf(a).pck_crl.length);
  const recorded = byList.slice(0, 1).map((set) => ({
    name: `recorded quote ${set.quote.slice(0, 8)} (PCK CRL ${Math.round(collateralOf(set).pck_crl.length / 2000)} kB)`,
    quote: Buffer.from(quote(set.quote)).toString('hex'), collateral: collateralOf(set), now: set.now * 1000, anchors: VENDOR_ANCHORS,
  }));
  return [simulated, ...recorded];
}

/** One Hopper and eight, each with its manifests: as many values to compare and certificates to read as real ones have. */
export function gpuSubjects(): readonly GpuSubject[] {
  const now = Date.now();
  const nonce = Buffer.alloc(32, 0xa5);
  const manifests = FIRMWARE.GH100.manifests.map((manifest) => rimXml(manifest, rimChain(manifest.product, now)));
  return [1, 8].map((count) => ({
    name: count === 1 ? 'one simulated Hopper' : `${count} simulated Hoppers`,
    evidence: JSON.stringify({ evidence_list: machineEvidence({ ...DEFAULT_MACHINE, gpus: count }, nonce) }), nonce: nonce.toString('hex'), manifests, now, anchors: FLAVOUR.anchors,
  }));
}

export function eip191Subject(): Eip191Subject {
  const key = signingKey('bench');
  const text = `${'a'.repeat(64)}:${'b'.repeat(64)}`;
  return { text, signature: personalSign(key, text), address: key.address.toLowerCase() };
}

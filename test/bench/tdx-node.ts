/**
 * The bench in Node, on recorded quotes of real machines.
 * Bundle and run: `npx esbuild test/bench/tdx-node.ts --bundle --platform=node --format=esm --outfile=.output/bench/tdx.mjs --external:@phala/dcap-qvl && node .output/bench/tdx.mjs`.
 */
import { QuoteVerifier } from '@phala/dcap-qvl';
import type { Collateral } from '@phala/dcap-qvl';
import { parseQuote } from '../../src/evidence/tdx/index';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { certificate, collateralOf, quote, realSets } from '../vectors/tdx-sets';
import { benchTdx, describeBench } from './tdx.bench';
import type { BenchQuote } from './tdx.bench';
import type { RealSet } from '../vectors/tdx-sets';

/** UpToDate TDX quotes of different machines, all under one set of lists, which the peer accepts too. */
export function recordedQuotes(count: number): readonly BenchQuote[] {
  const usable = realSets().filter(({ expected }) => expected.status === 'UpToDate' && expected.septVeDisable === true && expected.launch === undefined);
  const lists = (set: RealSet) => [set.tcb, set.qe, set.pck_crl, set.root_crl].join(' ');
  const sizes = new Map<string, number>();
  for (const set of usable) sizes.set(lists(set), (sizes.get(lists(set)) ?? 0) + 1);
  const [largest] = [...sizes].sort((a, b) => b[1] - a[1])[0] ?? [];
  const machines = new Map(usable.filter((set) => lists(set) === largest).map((set) => [machineOf(set), set]));
  return [...machines.values()].slice(0, count).map((set) => ({ id: set.id, quote: quote(set.quote), collateral: collateralOf(set), now: set.now * 1000 }));
}

/** The PCK chain names the machine. */
const machineOf = (set: RealSet): string => new TextDecoder().decode(parseQuote(quote(set.quote)).certificationData);

const verifier = QuoteVerifier.newWithRootCa(Buffer.from(certificate('44a0196b2b99f889')));
const peer = ({ quote: bytes, collateral, now }: BenchQuote): unknown => verifier.verify(Buffer.from(bytes), collateral as Collateral, Math.floor(now / 1000));

const result = await benchTdx({ quotes: recordedQuotes(6), anchors: VENDOR_ANCHORS, rounds: 60, peer });
for (const line of describeBench(result)) console.log(line);

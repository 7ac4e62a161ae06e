/**
 * What judging one TDX quote costs, beside the bare signature checks it makes and beside @phala/dcap-qvl, in one run.
 * Nothing here reads files or knows Node: inputs and the peer are arguments, so that it runs in a browser too. There the
 * page must be cross-origin isolated (COOP same-origin, COEP require-corp): else the clock ticks in steps of 100 µs.
 */
import { GENUINE } from '../../src/checks/policy';
import { checkTdx, parseQuote } from '../../src/evidence/tdx/index';
import { forgetTdx } from './forget-tdx';
import type { TdxCollateral } from '../../src/evidence/tdx/types';
import type { Anchor } from '../../src/roots/anchors';
import { importP256, verifyP256 } from '../../src/x509/signature';

export interface BenchQuote {
  readonly id: string;
  readonly quote: Uint8Array;
  readonly collateral: TdxCollateral;
  /** Ms since the epoch. */
  readonly now: number;
}

export interface BenchInput {
  readonly quotes: readonly BenchQuote[];
  readonly anchors: readonly Anchor[];
  /** Passes over all quotes that are measured; as many as a tenth of it go before, unmeasured. */
  readonly rounds: number;
  /** Somebody else's verifier on the same inputs; raises when it refuses. */
  readonly peer?: (quote: BenchQuote) => unknown;
}

/** Microseconds. */
export interface Cost {
  /** The 10th percentile: what it costs when nothing else wants the processor. */
  readonly quiet: number;
  readonly median: number;
  readonly p95: number;
}

export interface TdxCost extends Cost {
  /** Signature verifications made for one quote, counted. */
  readonly verifications: number;
  /** Median over the median of that many bare verifications, one awaited after another. The budget is 2. */
  readonly times: number;
  /** The same of the 10th percentiles, for a machine that is busy with other things. */
  readonly timesQuiet: number;
}

export interface BenchResult {
  /** One ECDSA P-256 verification by `crypto.subtle`, its key imported. */
  readonly verification: Cost;
  /** Collateral and PCK chain seen before: QE report and quote are verified. */
  readonly warm: TdxCost;
  /** A known platform list, a machine never seen: its PCK leaf too. */
  readonly newMachine: TdxCost;
  /** Nothing seen before. */
  readonly cold: TdxCost;
  readonly peer?: Cost;
}

function costOf(samples: readonly number[]): Cost {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { quiet: at(0.1), median: at(0.5), p95: at(0.95) };
}

/** Counts the verifications that `run` makes, by standing in for `crypto.subtle.verify` while it runs. */
async function countVerifications(run: () => Promise<unknown>): Promise<number> {
  const { subtle } = crypto;
  const original = subtle.verify.bind(subtle);
  let count = 0;
  Object.defineProperty(subtle, 'verify', {
    configurable: true,
    value: (...parts: Parameters<SubtleCrypto['verify']>) => {
      count += 1;
      return original(...parts);
    },
  });
  try {
    await run();
  } finally {
    // What stands in lies on the object itself; the real one on its prototype.
    Reflect.deleteProperty(subtle, 'verify');
  }
  return count;
}

async function timed(run: () => unknown): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) * 1000;
}

export async function benchTdx({ quotes, anchors, rounds, peer }: BenchInput): Promise<BenchResult> {
  const judge = async (one: BenchQuote): Promise<void> => {
    const { checks } = await checkTdx({ ...one, anchors, policy: GENUINE.tdx });
    const wrong = checks.find((check) => check.outcome !== 'pass');
    if (wrong !== undefined) throw new Error(`${one.id}: ${wrong.id} ${wrong.code ?? ''} ${wrong.detail}`);
  };
  const [first, second] = quotes;
  if (first === undefined || second === undefined) throw new Error('two quotes at least, of different machines');
  const raw = await rawVerification(first);
  const bare = (count: number) => async (): Promise<void> => {
    for (let i = 0; i < count; i += 1) await raw();
  };
  const warmCount = await countAfter(() => judge(first), () => judge(first));
  const machineCount = await countAfter(() => judge(first), () => judge(second));
  const coldCount = await countVerifications(() => (forgetTdx(), judge(first)));
  const samples = { one: [] as number[], warm: [] as number[], warmBare: [] as number[], machine: [] as number[], machineBare: [] as number[], cold: [] as number[], coldBare: [] as number[], peer: [] as number[] };
  const pass = async (prepare: (one: BenchQuote, index: number) => Promise<void>, run: (one: BenchQuote) => unknown): Promise<readonly number[]> => {
    const times: number[] = [];
    for (const [index, one] of quotes.entries()) {
      await prepare(one, index);
      times.push(await timed(() => run(one)));
    }
    return times;
  };
  const nothing = () => Promise.resolve();
  const fresh = () => Promise.resolve(forgetTdx());
  const anotherMachine = (_one: BenchQuote, index: number) => (forgetTdx(), judge(quotes[(index + 1) % quotes.length] ?? first));
  const before = Math.ceil(rounds / 10);
  for (let round = -before; round < rounds; round += 1) {
    const took = {
      cold: await pass(fresh, judge),
      coldBare: await pass(nothing, bare(coldCount)),
      machine: await pass(anotherMachine, judge),
      machineBare: await pass(nothing, bare(machineCount)),
      warm: await pass((one) => judge(one), judge),
      warmBare: await pass(nothing, bare(warmCount)),
      one: await pass(nothing, raw),
    };
    const theirs = peer === undefined ? [] : await pass(nothing, peer);
    if (round < 0) continue;
    for (const [name, times] of Object.entries(took)) samples[name as keyof typeof took].push(...times);
    samples.peer.push(...theirs);
  }
  const against = (list: readonly number[], bareList: readonly number[], verifications: number): TdxCost => {
    const cost = costOf(list);
    const bareCost = costOf(bareList);
    return { ...cost, verifications, times: cost.median / bareCost.median, timesQuiet: cost.quiet / bareCost.quiet };
  };
  return {
    verification: costOf(samples.one),
    warm: against(samples.warm, samples.warmBare, warmCount),
    newMachine: against(samples.machine, samples.machineBare, machineCount),
    cold: against(samples.cold, samples.coldBare, coldCount),
    ...(peer === undefined ? {} : { peer: costOf(samples.peer) }),
  };
}

async function countAfter(prepare: () => Promise<void>, run: () => Promise<void>): Promise<number> {
  forgetTdx();
  await prepare();
  return countVerifications(run);
}

async function rawVerification({ quote }: BenchQuote): Promise<() => Promise<void>> {
  const { attestationKey, signature, signedBytes } = parseQuote(quote);
  const key = await importP256(Uint8Array.from([4, ...attestationKey]), 'AK_INVALID');
  return async () => {
    if (!(await verifyP256(key, signature, signedBytes))) throw new Error('the quote’s own signature does not hold');
  };
}

/** One line each, for people. */
export function describeBench({ verification, warm, newMachine, cold, peer }: BenchResult): readonly string[] {
  const micro = (value: number) => `${value.toFixed(0)} µs`;
  const line = (name: string, cost: TdxCost) => `${name}: ${micro(cost.median)} (p95 ${micro(cost.p95)}), ${cost.verifications} verifications, ${cost.times.toFixed(2)} × their bare cost, undisturbed ${cost.timesQuiet.toFixed(2)} × (budget 2)`;
  return [
    `one P-256 verification: ${micro(verification.median)} (p95 ${micro(verification.p95)})`,
    line('TDX quote, warm', warm),
    line('TDX quote, machine not seen before', newMachine),
    line('TDX quote, cold', cold),
    ...(peer === undefined ? [] : [`@phala/dcap-qvl, same quotes: ${micro(peer.median)} (p95 ${micro(peer.p95)})`]),
  ];
}

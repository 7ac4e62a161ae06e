/**
 * Runs inside Chromium: our verdicts beside the bare signature checks they contain, and beside a peer, in one run.
 * "Raw" is measured by replaying exactly the `crypto.subtle.verify` calls that the verdict itself made, with the keys
 * already imported; so it is the least that any verifier of the same evidence can cost here.
 */
import { QuoteVerifier } from '@phala/dcap-qvl';
import { Buffer } from 'buffer';
import { GENUINE } from '../../src/checks/policy';
import { fromHex } from '../../src/encoding/hex';
import { checkGpus, readEvidenceJson } from '../../src/evidence/nvidia';
import { rimShelf } from '../../src/evidence/nvidia/shelves';
import { checkTdx } from '../../src/evidence/tdx';
import { forgetSignedJson } from '../../src/evidence/tdx/signed-json';
import type { TdxCollateral } from '../../src/evidence/tdx/types';
import type { Anchor } from '../../src/roots/anchor';
import { recoverSigner } from '../../src/signatures/eip191';
import { forgetCertificates } from '../../src/x509/certificate';
import { forgetCrls } from '../../src/x509/crl';
import { forgetP384 } from '../../src/x509/p384';
import { forgetKeys } from '../../src/x509/signature';

export interface TdxSubject {
  readonly name: string;
  /** Hex. */
  readonly quote: string;
  readonly collateral: Required<TdxCollateral>;
  /** Ms since the epoch. */
  readonly now: number;
  readonly anchors: readonly Anchor[];
  /** Hex DER of the root the peer is to trust; its own (Intel's) when absent. */
  readonly peerRoot?: string;
}

export interface Eip191Subject {
  readonly text: string;
  readonly signature: string;
  readonly address: string;
}

export interface GpuSubject {
  readonly name: string;
  /** The JSON that a service hands on. */
  readonly evidence: string;
  /** Hex. */
  readonly nonce: string;
  /** NVIDIA's manifests, XML. */
  readonly manifests: readonly string[];
  /** Ms since the epoch. */
  readonly now: number;
  readonly anchors: readonly Anchor[];
}

export interface GpuCost {
  readonly name: string;
  readonly warm: Race;
  readonly cold: Race;
}

/** Milliseconds, medians; `ratio` is the median of the rounds' own, so that a busy machine slows both sides of it. */
export interface Race {
  readonly verdict: number;
  readonly raw: number;
  readonly ratio: number;
  readonly signatures: number;
}

/** Milliseconds, medians. */
export interface TdxCost {
  readonly name: string;
  readonly warm: number;
  readonly cold: number;
  readonly rawWarm: number;
  readonly rawCold: number;
  /** How many signatures were verified. */
  readonly verifiedWarm: number;
  readonly verifiedCold: number;
  readonly peer: number;
}

const ROUNDS = 40;
/** Runs in one measurement: the clock of a page ticks every 0.1 ms. */
const BATCH = 10;

const medianOf = (values: readonly number[]): number => [...values].sort((x, y) => x - y)[Math.floor(values.length / 2)] ?? Number.NaN;

async function once(run: () => unknown, batch: number): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < batch; index += 1) await run();
  return (performance.now() - start) / batch;
}

/** Medians of several things measured in turns, so that whatever else the machine does hits all of them alike. */
async function inTurns(runs: readonly (() => unknown)[], rounds = ROUNDS, batch = BATCH): Promise<readonly number[]> {
  const times: number[][] = runs.map(() => []);
  for (let round = -2; round < rounds; round += 1) {
    for (const [index, run] of runs.entries()) {
      const time = await once(run, batch);
      if (round >= 0) times[index]?.push(time);
    }
  }
  return times.map(medianOf);
}

async function race(run: () => Promise<unknown>, batch: number): Promise<Race> {
  const calls = await verificationsOf(run);
  const raw = replay(calls);
  const rounds: { readonly verdict: number; readonly raw: number }[] = [];
  for (let round = -2; round < ROUNDS; round += 1) {
    const times = { verdict: await once(run, batch), raw: await once(raw, batch) };
    if (round >= 0) rounds.push(times);
  }
  return { verdict: medianOf(rounds.map((times) => times.verdict)), raw: medianOf(rounds.map((times) => times.raw)), ratio: medianOf(rounds.map((times) => times.verdict / times.raw)), signatures: calls.length };
}

function forgetAll(): void {
  forgetCertificates();
  forgetCrls();
  forgetKeys();
  forgetSignedJson();
}

type Verify = Parameters<SubtleCrypto['verify']>;

/** The verify calls that `run` makes, with copies of what they were given. */
async function verificationsOf(run: () => Promise<unknown>): Promise<readonly Verify[]> {
  const calls: Verify[] = [];
  const native = crypto.subtle.verify.bind(crypto.subtle);
  crypto.subtle.verify = async (...call) => {
    calls.push(call);
    return await native(...call);
  };
  try {
    await run();
  } finally {
    crypto.subtle.verify = native;
  }
  return calls;
}

const replay = (calls: readonly Verify[]) => async (): Promise<void> => {
  for (const call of calls) await crypto.subtle.verify(...call);
};

async function tdx(subject: TdxSubject): Promise<TdxCost> {
  const input = { quote: fromHex(subject.quote), collateral: subject.collateral, anchors: subject.anchors, now: subject.now, policy: GENUINE.tdx };
  const run = async (): Promise<unknown> => await checkTdx(input);
  const { checks } = await checkTdx(input);
  const wrong = checks.filter((check) => check.outcome === 'fail' || check.outcome === 'unknown');
  if (wrong.length > 0) throw new Error(`${subject.name} should be genuine: ${wrong.map((check) => check.code).join(' ')}`);

  forgetAll();
  const callsCold = await verificationsOf(run);
  const callsWarm = await verificationsOf(run);
  const verifier = subject.peerRoot === undefined ? new QuoteVerifier() : QuoteVerifier.newWithRootCa(Buffer.from(subject.peerRoot, 'hex'));
  const quote = Buffer.from(subject.quote, 'hex');
  const seconds = Math.floor(subject.now / 1000);
  const coldRun = async (): Promise<void> => {
    forgetAll();
    await run();
  };
  // The engine compiles what runs often: the first subject would else pay for those after it.
  for (let i = 0; i < 200; i += 1) await run();
  const [warm = Number.NaN, rawWarm = Number.NaN] = await inTurns([run, replay(callsWarm)]);
  const [cold = Number.NaN, rawCold = Number.NaN] = await inTurns([coldRun, replay(callsCold)]);
  const [peer = Number.NaN] = await inTurns([() => verifier.verify(quote, subject.collateral, seconds)], 5, 1);
  return { name: subject.name, warm, rawWarm, verifiedWarm: callsWarm.length, cold, rawCold, verifiedCold: callsCold.length, peer };
}

/** Manifests are read and verified before; what is new with each attestation (JSON, transcripts, in the cold case certificates too) is counted. */
async function gpus(subject: GpuSubject): Promise<GpuCost> {
  const nonce = fromHex(subject.nonce);
  const rims = rimShelf(subject.manifests.map((xml, i) => ({ name: `${i}`, bytes: new TextEncoder().encode(xml) })));
  const run = async () => checkGpus({ devices: readEvidenceJson(subject.evidence).devices, nonce, rims, anchors: subject.anchors, now: subject.now, policy: GENUINE.nvidia });
  const wrong = (await run()).checks.filter(({ outcome, required }) => outcome === 'fail' || (outcome === 'unknown' && required));
  if (wrong.length > 0) throw new Error(`${subject.name} should be genuine: ${wrong.map(({ id, code }) => `${id} ${code ?? ''}`).join(', ')}`);
  const forgetDevices = (): void => {
    forgetCertificates();
    forgetP384();
  };
  const coldRun = async (): Promise<void> => {
    forgetDevices();
    await run();
  };
  const cold = await race(coldRun, 1);
  return { name: subject.name, warm: await race(run, 3), cold };
}

async function eip191(subject: Eip191Subject): Promise<number> {
  if (recoverSigner(subject.text, subject.signature) !== subject.address) throw new Error('the recovered address is another');
  const [cost = Number.NaN] = await inTurns([() => recoverSigner(subject.text, subject.signature)]);
  return cost;
}

Object.assign(globalThis, { bench: { tdx, gpus, eip191 } });

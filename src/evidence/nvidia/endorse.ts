/** Reference manifests for one device: of what a source hands out, the ones that are NVIDIA's, for this device, and in date. */
import type { Anchor } from '../../roots/anchor';
import { CodedError, asCoded } from '../../checks/error';
import { byClock, contradiction, undetermined } from '../findings';
import type { Clock, Fault } from '../findings';
import { compareMeasurements } from './measure';
import type { ChosenRim, Comparison } from './measure';
import { readRim, rimMismatch } from './rim';
import type { Rim } from './rim';
import type { WantedRim } from './rim-id';
import { rimDateFault, rimSignatureFault } from './rim-signature';
import type { RimAnswer, RimCandidate, RimSource } from './types';

export interface FoundRim {
  readonly rim: Rim;
  readonly from: string;
}

export interface Endorsed {
  readonly wanted: WantedRim;
  /** Newest signer first. */
  readonly found: readonly FoundRim[];
  /** Empty where something was found. */
  readonly faults: readonly Fault[];
  /** Asks anew, where what was found had been kept. */
  readonly renew?: () => Promise<Endorsed>;
}

/** Folders may hold many issues of one manifest; a machine needs one. */
const MAX_CANDIDATES = 16;

/** Asks the source for one manifest and judges what it gives. */
export async function findRim(wanted: WantedRim, source: RimSource, anchors: readonly Anchor[], clock: Clock): Promise<Endorsed> {
  const answer = await source(wanted);
  const { renew } = answer;
  const endorsed = await judgeAnswer(wanted, answer, anchors, clock);
  return renew === undefined ? endorsed : { ...endorsed, renew: async () => judgeAnswer(wanted, await renew(), anchors, clock) };
}

async function judgeAnswer(wanted: WantedRim, { candidates, problem }: RimAnswer, anchors: readonly Anchor[], clock: Clock): Promise<Endorsed> {
  const judged = await Promise.all(candidates.slice(0, MAX_CANDIDATES).map((candidate) => judgeCandidate(candidate, wanted, anchors, clock)));
  const found = judged.filter((verdict) => 'rim' in verdict).sort((a, b) => signedAt(b.rim) - signedAt(a.rim));
  if (found.length > 0) return { wanted, found, faults: [] };
  const faults = judged.flatMap((verdict) => ('rim' in verdict ? [] : verdict));
  const late = faults.filter((fault) => fault.outcome === 'unknown');
  // A genuine manifest that is out of date says more than one that is none; why it was not renewed belongs to it.
  if (late.length > 0) return { wanted, found, faults: problem === undefined ? late : late.map((fault) => ({ ...fault, detail: `${fault.detail}; not renewed: ${problem.detail}` })) };
  if (faults.length > 0) return { wanted, found, faults };
  return { wanted, found, faults: [problem === undefined ? undetermined('RIM_MISSING', `not at hand: ${wanted.id}`) : undetermined(problem.code, problem.detail)] };
}

async function judgeCandidate(candidate: RimCandidate | CodedError, wanted: WantedRim, anchors: readonly Anchor[], clock: Clock): Promise<FoundRim | readonly Fault[]> {
  if (candidate instanceof CodedError) return [contradiction(candidate.code, candidate.detail)];
  const { xml, id, from } = candidate;
  if (id !== undefined && id !== wanted.id) return [contradiction('RIM_ID', from, { expected: wanted.id, actual: id })];
  try {
    const rim = readRim(xml);
    const fault = (await rimSignatureFault(rim.signature, anchors)) ?? rimMismatch(rim, wanted);
    if (fault !== undefined) return [contradiction(fault.code, `${wanted.id}: ${fault.detail}`)];
    const dates = byClock(clock, (now) => {
      const late = rimDateFault(rim.signature, now);
      return late === undefined ? [] : [undetermined(late.code, `${wanted.id}: ${late.detail}`)];
    });
    return dates.length === 0 ? { rim, from } : dates;
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [contradiction(code, `${wanted.id}: ${detail}`)];
  }
}

const signedAt = (rim: Rim): number => rim.signature.certificates[0]?.notBefore ?? 0;

export interface Match {
  readonly chosen: readonly (ChosenRim & FoundRim & { readonly wanted: WantedRim })[];
  readonly comparison: Comparison;
}

/** Compares, and where that fails against something kept, asks anew and compares again. */
export async function compareOrRenew(endorsed: readonly Endorsed[], blocks: ReadonlyMap<number, Uint8Array>, nvdec0: number | undefined): Promise<Match> {
  const match = bestMatch(endorsed, blocks, nvdec0);
  if (match.comparison.faults.length === 0 || endorsed.every(({ renew }) => renew === undefined)) return match;
  const renewed = await Promise.all(endorsed.map(async (one) => (await one.renew?.()) ?? one));
  return renewed.some(({ found }) => found.length === 0) ? match : bestMatch(renewed, blocks, nvdec0);
}

/**
 * Compares with the manifests found. NVIDIA has issued some twice with different values, and firmware of either kind is
 * in use: one genuine, in-date issue of each manifest that matches as a whole is enough; else the newest speak.
 */
function bestMatch(endorsed: readonly Endorsed[], blocks: ReadonlyMap<number, Uint8Array>, nvdec0: number | undefined): Match {
  const combinations = endorsed.reduce<readonly Match['chosen'][]>(
    (sum, { wanted, found }) => sum.flatMap((chosen) => found.map((one) => [...chosen, { ...one, role: wanted.role, wanted }])),
    [[]],
  );
  const matches = combinations.slice(0, MAX_CANDIDATES * MAX_CANDIDATES).map((chosen) => ({ chosen, comparison: compareMeasurements(blocks, chosen, nvdec0) }));
  const best = matches.find((match) => match.comparison.faults.length === 0) ?? matches[0];
  return best ?? { chosen: [], comparison: compareMeasurements(blocks, [], nvdec0) };
}

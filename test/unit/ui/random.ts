/** Random checks for properties: every run uses the same numbers, so a failure can be looked at again. */
import type { AbsentBy, Basis, Check, Outcome } from '../../../src/checks/check';
import { CODES } from '../../../src/checks/codes';

/** Mulberry32: small, even enough, and the same everywhere. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const OUTCOMES: readonly Outcome[] = ['pass', 'pass', 'pass', 'pass', 'weak', 'absent', 'unknown', 'fail'];
const BASES: readonly Basis[] = ['hardware', 'hardware', 'derived', 'page', 'claimed'];
const BYS: readonly AbsentBy[] = ['service', 'browser', 'assay'];
const IDS = [
  'evidence', 'parse', 'pck.chain', 'quote.signature', 'tcb', 'policy.debug', 'nonce', 'gpu', 'gpu[0].signature', 'software', 'image', 'key.binding', 'channel', 'format', 'coverage', 'signature', 'signer',
  'response.hash', 'request.hash', 'replay', 'report.signature', 'measurement', 'clock',
];

export function randomCheck(next: () => number): Check {
  const pick = <T>(list: readonly T[]): T => {
    const item = list[Math.floor(next() * list.length)];
    if (item === undefined) throw new Error('empty list');
    return item;
  };
  const outcome = pick(OUTCOMES);
  return {
    id: pick(IDS),
    outcome,
    required: next() < 0.9,
    basis: pick(BASES),
    detail: pick(['', 'detail', 'INTEL-SA-01036', '2026-11-12']),
    ...(outcome === 'pass' ? {} : { code: pick(CODES) }),
    ...(outcome === 'absent' ? { by: pick(BYS) } : {}),
  };
}

/** Lists of up to 14 checks, mostly good ones as well as quite bad ones. */
export function randomLists(count: number, seed: number): readonly (readonly Check[])[] {
  const next = numbers(seed);
  return Array.from({ length: count }, () => Array.from({ length: Math.floor(next() * 15) }, () => randomCheck(next)));
}

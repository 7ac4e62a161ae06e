/** Policies that the user brought, beside one piece of evidence: which of them is meant, and what it says. */
import { asCoded } from '../../checks/error';
import type { Code } from '../../checks/codes';
import type { ReferenceValue } from '../../checks/reference';
import { toHex } from '../../encoding/hex';
import { reachOf, readCocosPolicy } from '../../evidence/cocos/policy-read';
import type { CocosPolicy, PolicyFinding, PolicyReach } from '../../evidence/cocos/policy-types';
import { hashById } from '../../evidence/vtpm/algorithms';
import type { ExpectedPcrs, VtpmQuote } from '../../evidence/vtpm/types';
import { describeSource } from '../shared/software';
import { DIALECT, ROLE } from './names';

export interface PinnedPolicy {
  readonly policy: CocosPolicy;
  /** Where it comes from, with its date: a check's `source`. */
  readonly source: string;
}

/** A policy that could not be read when it was needed. */
export interface UnreadPolicy {
  readonly code: Code;
  readonly detail: string;
  readonly source: string;
}

/** The user's policies among all reference values: those of this dialect and role that came from a file. */
export function pinnedIn(references: readonly ReferenceValue[]): { readonly pinned: readonly PinnedPolicy[]; readonly unread: readonly UnreadPolicy[] } {
  const pinned: PinnedPolicy[] = [];
  const unread: UnreadPolicy[] = [];
  for (const value of references) {
    if (value.kind !== 'cocos-policy' || value.dialect !== DIALECT || value.role !== ROLE || value.source === 'approved') continue;
    const source = describeSource(value);
    for (const text of value.values['policy'] ?? []) {
      try {
        pinned.push({ policy: readCocosPolicy(text), source });
      } catch (error) {
        const { code, detail } = asCoded(error);
        unread.push({ code, detail, source });
      }
    }
  }
  return { pinned, unread };
}

export interface Compared extends PinnedPolicy {
  readonly findings: readonly PolicyFinding[];
}

const REACH: readonly PolicyReach[] = ['software', 'firmware', 'nothing'];

/** The policy that the evidence comes nearest to, among those for its kind of machine: fewest contradictions, then what pins down most, then the first. */
export function nearest(pinned: readonly PinnedPolicy[], compare: (policy: CocosPolicy) => readonly PolicyFinding[] | undefined, quotes: readonly VtpmQuote[]): Compared | undefined {
  let best: { readonly compared: Compared; readonly wrong: number; readonly reach: number } | undefined;
  for (const one of pinned) {
    const findings = compare(one.policy);
    if (findings === undefined) continue;
    const wrong = findings.filter(({ fault }) => fault !== undefined).length + pcrsAmiss(pcrsOf(one.policy), quotes);
    const reach = REACH.indexOf(reachOf(one.policy, quotes.length > 0));
    if (best === undefined || wrong < best.wrong || (wrong === best.wrong && reach < best.reach)) best = { compared: { ...one, findings }, wrong, reach };
  }
  return best?.compared;
}

export const pcrsOf = (policy: CocosPolicy): ExpectedPcrs => (policy.kind === 'snp' ? policy.pcrs : new Map());

/** How many registers are not as wanted in what the quotes say; only good for choosing between policies. */
function pcrsAmiss(wanted: ExpectedPcrs, quotes: readonly VtpmQuote[]): number {
  let amiss = 0;
  for (const [bank, registers] of wanted) {
    const quote = quotes.find(({ hash }) => hashById(hash)?.name === bank);
    for (const [index, value] of registers) if (toHex(quote?.pcrs.get(index) ?? new Uint8Array()) !== value) amiss += 1;
  }
  return amiss;
}

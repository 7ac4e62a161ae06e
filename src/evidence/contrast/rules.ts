/** What Contrast's rules found, by the ids of CLI.md. One reference value that holds whole is enough; the nearest one is told of otherwise. */
import type { Fault } from '../findings';

export const RULES = ['hostdata', 'measurement', 'tcb', 'guestpolicy', 'platform', 'mitigation', 'chipid', 'vmpl', 'idblock'] as const;
export type RuleId = (typeof RULES)[number];

export interface Finding {
  readonly faults: readonly Fault[];
  /** What holds, for a check without faults. */
  readonly holds: string;
  readonly actual?: string;
}

/** A rule that does not belong to a kind of hardware is not there. */
export type Findings = Readonly<Partial<Record<RuleId, Finding>>>;

export interface Candidate {
  /** `reference value 2 of 3 (Metal-QEMU-SNP, Genoa)`. */
  readonly name: string;
  readonly findings: Findings;
}

/** Contradictions weigh more than what is open; the manifest's order decides between equals. */
export function nearest(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) if (best === undefined || weightOf(candidate) < weightOf(best)) best = candidate;
  return best;
}

function weightOf({ findings }: Candidate): number {
  const each = RULES.map((id) => findings[id]?.faults ?? []);
  return each.reduce((sum, faults) => sum + (faults.some(({ outcome }) => outcome === 'fail') ? 100 : faults.length > 0 ? 1 : 0), 0);
}

/** How a reference value is called in details. */
export const nameOf = (index: number, count: number, ...words: readonly string[]): string => {
  const said = words.filter((word) => word !== '').join(', ');
  return `reference value ${index + 1} of ${count}${said === '' ? '' : ` (${said})`}`;
};

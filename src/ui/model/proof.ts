/** What a list of checks proves, as yes or no: the questions that readers, gaps and the rail's lines ask (UI.md 6). */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { type Group, GROUPS, groupOf } from '../../verdict/groups';
import { counting, isStartUp, kindOf } from './outcome';
import { machinesOf, signsNothing } from './places';

export interface Proof {
  readonly of: (group: Group) => readonly Check[];
  /** Some required check is open. */
  readonly open: boolean;
  readonly failed: boolean;
  /** The hardware's signature over the evidence holds. */
  readonly evidenceSigned: boolean;
  /** Every check about the machine passes, that signature among them. */
  readonly machine: boolean;
  /** What runs is measured by hardware and equals a reference value of a release or an imported file: anything less is not `pass`. */
  readonly software: boolean;
  /** The signing key is in signed evidence, put there by known software. */
  readonly keyBound: boolean;
  /** The connection's key is in signed evidence and is the one this browser saw. */
  readonly channelBound: boolean;
  /** An answer was signed by that very key and is what was signed. */
  readonly answerTied: boolean;
  has(...codes: readonly Code[]): boolean;
}

const isChannel = (check: Check): boolean => /^channel(\.|$)/.test(check.id);

export function proofOf(checks: readonly Check[]): Proof {
  const groups = new Map(GROUPS.map((group) => [group, checks.filter((c) => groupOf(c) === group)]));
  const of = (group: Group): readonly Check[] => groups.get(group) ?? [];
  const holds = (some: readonly Check[]): boolean => some.length > 0 && counting(some).every((c) => kindOf(c) === 'pass');
  const passed = (id: string): boolean => checks.some((c) => c.id === id && kindOf(c) === 'pass');

  // Each machine of several: what one of them did not sign may be anybody's.
  const signed = machinesOf(of('machine'));
  const evidenceSigned = signed.length > 0 && signed.every((machine) => machine.checks.some((c) => /(^|\.)(quote|report)\.signature$/.test(c.id) && kindOf(c) === 'pass' && c.basis === 'hardware'));
  const keys = of('key').filter((c) => !isChannel(c) && !signsNothing(c));
  const channel = of('key').filter(isChannel);
  return {
    of,
    open: checks.some((c) => c.required && c.outcome === 'unknown'),
    failed: checks.some((c) => c.outcome === 'fail'),
    evidenceSigned,
    machine: evidenceSigned && holds(of('machine')),
    software: holds(of('software')) && of('software').some((c) => c.basis === 'hardware' && !isStartUp(c)),
    keyBound: evidenceSigned && holds(keys) && keys.some((c) => c.basis === 'hardware'),
    channelBound: evidenceSigned && holds(channel) && channel.some((c) => c.basis === 'hardware' || c.basis === 'derived'),
    answerTied: passed('signature') && passed('signer') && passed('response.hash') && holds(of('answer')),
    has: (...codes) => checks.some((c) => c.code !== undefined && codes.includes(c.code) && !signsNothing(c)),
  };
}

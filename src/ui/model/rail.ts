/** The chain as a picture: four rows on one rail. The line between two beads is the binding; where nothing binds, there is none. */
import type { Check } from '../../checks/check';
import { type Group, GROUPS, groupOf } from '../../verdict/groups';
import type { TabSnapshot } from '../../watch/snapshot';
import type { MessageKey, Phrase } from '../i18n/text';
import type { FamilyContext } from './family';
import { groupKind, groupWord, type Kind, kindOf } from './outcome';
import { type Proof, proofOf } from './proof';
import { type CheckRow, foldedRows } from './rows';
import { runningSummary, summaryOf } from './summary';

/** `solid`: signed evidence ties the two; `claim`: the service says so; `none`: nothing does; `wait`: not known yet. */
export type Line = 'solid' | 'claim' | 'none' | 'wait';

export interface RailRow {
  readonly group: Group;
  /** `undefined`: nothing to go by, drawn as a bar. */
  readonly kind: Kind | undefined;
  readonly word: MessageKey;
  readonly title: MessageKey;
  readonly summary: Phrase;
  /** Towards the row above, and towards the row below. */
  readonly up: Line | undefined;
  readonly down: Line | undefined;
  readonly checks: readonly CheckRow[];
  readonly open: boolean;
}

const lineOf = (checks: readonly Check[], solid: (check: Check) => boolean): Line => {
  if (checks.length === 0) return 'wait';
  if (checks.some((c) => c.outcome === 'fail')) return 'none';
  if (checks.some((c) => c.required && c.outcome === 'unknown')) return 'wait';
  if (checks.some(solid)) return 'solid';
  return checks.some((c) => kindOf(c) === 'claimed' || kindOf(c) === 'weak') ? 'claim' : 'none';
};

/** The three bindings from the machine down to the answer. */
export function bindingsOf(proof: Proof): readonly [Line, Line, Line] {
  const machineFails = proof.of('machine').some((c) => c.outcome === 'fail');
  // What is measured but not known is tied to the machine all the same, unless a mere claim stands beside it.
  const claimed = proof.of('software').some((c) => kindOf(c) === 'claimed');
  const measured = lineOf(proof.of('software'), (c) => c.basis === 'hardware' && (kindOf(c) === 'pass' || (kindOf(c) === 'weak' && !claimed)));
  const bound = lineOf(proof.of('key'), (c) => c.basis === 'hardware' && kindOf(c) === 'pass' && !c.id.startsWith('channel'));
  const answer = proof.of('answer').filter((c) => c.id === 'signature' || c.id === 'signer');
  const signed = lineOf(answer, (c) => c.id === 'signer' && kindOf(c) === 'pass');
  const known = (line: Line): Line => (machineFails ? 'none' : !proof.evidenceSigned && line === 'solid' ? 'wait' : line);
  return [known(measured), known(bound), signed];
}

/** What the card above says already is not said again in its row. */
function toldAbove(row: CheckRow, snapshot: TabSnapshot): CheckRow {
  const leading = snapshot.leading;
  if (leading === undefined || row.id !== leading.id || row.code !== leading.code) return row;
  const { sentence: _sentence, detail: _detail, code: _code, values: _values, ...rest } = row;
  return rest;
}

/** The group whose checks are shown at once: the one at fault, when something is wrong or open. */
function groupToOpen(snapshot: TabSnapshot): Group | undefined {
  const shown = snapshot.before ?? snapshot.state;
  if ((shown !== 'failed' && shown !== 'incomplete') || snapshot.leading === undefined || snapshot.consentNeeded) return undefined;
  return groupOf(snapshot.leading);
}

/** The four rows, or none where there is nothing to show yet. */
export function railOf(snapshot: TabSnapshot, context: FamilyContext): readonly RailRow[] {
  const running = snapshot.state === 'checking' && snapshot.before === undefined;
  if (snapshot.checks.length === 0 && !running) return [];
  const proof = proofOf(snapshot.checks);
  const lines = bindingsOf(proof);
  const opened = groupToOpen(snapshot);
  const kindIn = (group: Group): Kind | undefined => groupKind(group, proof.of(group)) ?? (running ? 'running' : group === 'answer' ? undefined : 'unknown');
  const toRow = (i: number): Line | undefined => (kindIn(GROUPS[i] ?? 'answer') === 'running' ? 'wait' : lines[i - 1]);
  return GROUPS.map((group, i) => {
    const checks = proof.of(group);
    const kind = kindIn(group);
    return {
      group,
      kind,
      title: `group_${group}`,
      word: kind === undefined ? 'outcome_none' : groupWord(kind, checks),
      summary: kind === 'running' ? runningSummary(group, snapshot.step ?? 'asking-service', context.service, snapshot) : summaryOf(group, kind ?? 'absent', checks, snapshot),
      up: i === 0 ? undefined : toRow(i),
      down: i === GROUPS.length - 1 ? undefined : toRow(i + 1),
      checks: opened === undefined ? foldedRows(checks, context) : foldedRows(checks, context).map((row) => toldAbove(row, snapshot)),
      open: group === opened && checks.length > 0,
    };
  });
}

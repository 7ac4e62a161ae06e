/** Everything the evidence page shows, from one view. */
import type { Settings } from '../../../records/settings';
import type { EvidenceView } from '../../../watch/snapshot';
import { type FamilyContext } from '../family';
import { isFromFiles } from '../files';
import { dialectName } from '../own-services';
import type { Kind } from '../outcome';
import { machinesOf } from '../places';
import { proofOf } from '../proof';
import { processorVendor } from '../vendor';
import { type AnswerTableRow, answerTable } from './answers';
import { type Downloads, downloadsOf } from './downloads';
import { type Lead, leadOf } from './lead';
import { type MachineModel, machineModel, type Section, sectionOf } from './machine';

export type { MachineModel, Processor, Section } from './machine';

export interface EvidenceModel {
  readonly lead: Lead;
  /** One for each machine that the evidence is of, at least one. */
  readonly machines: readonly MachineModel[];
  /** All that the page has, in its order. */
  readonly sections: readonly Section[];
  /** Absent over files: no answer belongs to them. */
  readonly answer: Section | undefined;
  readonly answers: readonly AnswerTableRow[];
  readonly downloads: Downloads;
}

const RANK: Readonly<Record<Kind, number>> = { fail: 0, unknown: 1, running: 1, absent: 2, claimed: 3, weak: 4, partly: 4, pass: 5 };
const rank = ({ kind }: Section): number => (kind === undefined ? RANK.pass : RANK[kind]);

/** A link from elsewhere names a group alone: it leads to the machine in which that is worst. */
function reachable(machines: readonly MachineModel[]): readonly MachineModel[] {
  const led = (name: 'machine' | 'softwareSection' | 'keySection'): Section | undefined => machines.flatMap((machine) => machine[name] ?? []).toSorted((a, b) => rank(a) - rank(b))[0];
  const [first, software, key] = [led('machine'), led('softwareSection'), led('keySection')];
  const named = (section: Section): Section => (section === first || section === software || section === key ? { ...section, id: section.group } : section);
  return machines.map((one) => ({
    ...one,
    machine: named(one.machine),
    softwareSection: one.softwareSection === undefined ? undefined : named(one.softwareSection),
    keySection: one.keySection === undefined ? undefined : named(one.keySection),
  }));
}

export const sectionsOf = ({ machine, softwareSection, keySection }: MachineModel): readonly Section[] => [machine, softwareSection, keySection].flatMap((section) => section ?? []);

export function evidenceModel(view: EvidenceView, settings: Settings, now: number): EvidenceModel {
  const { checks } = view.attestation;
  const files = isFromFiles(view);
  // Over files nobody was asked: the protocol's own name stands for whoever made them.
  const context: FamilyContext = { service: files ? dialectName(view.dialect) : view.service.name, now, processor: processorVendor(checks) };
  const found = machinesOf(checks);
  const machines = reachable((found.length === 0 ? [{ checks }] : found).map((machine) => machineModel(view, machine, context)));
  // The answer's section stands on the checks of the newest answer: the evidence itself has none.
  const newest = view.answers.find((a) => a.state !== 'arriving')?.checks ?? [];
  const answer = files ? undefined : sectionOf('answer', proofOf(newest).of('answer'), context);
  return {
    lead: leadOf(view, context),
    machines,
    sections: [...machines.flatMap(sectionsOf), ...(answer === undefined ? [] : [answer])],
    answer,
    answers: answerTable(view.answers),
    downloads: downloadsOf(view, settings),
  };
}

/** One machine's part of the evidence page: its processor, its GPUs, its software, its key. */
import type { Check } from '../../../checks/check';
import type { Group } from '../../../verdict/groups';
import type { EvidenceView } from '../../../watch/snapshot';
import { type MessageKey, type Phrase, plural, text } from '../../i18n/text';
import { placeOf } from '../devices';
import { type FamilyContext, familyTexts, hasCode } from '../family';
import { isFromFiles } from '../files';
import { groupKind, type Kind } from '../outcome';
import { type Machine, placeWords } from '../places';
import { proofOf } from '../proof';
import { type CheckRow, foldedRows } from '../rows';
import { processorVendor } from '../vendor';
import { type CertificateRow, certificateRows, listSigners } from './certificates';
import { countWords } from './counts';
import { type FactRow, processorFacts } from './facts';
import { type Firmware, firmwareOf, type ListRow, listsOf } from './firmware';
import { type GpuModel, gpusOf } from './gpus';
import { type KeyModel, keyOf } from './key';
import { type SnpModel, snpOf } from './snp';
import { type SoftwareModel, softwareOf } from './software';
import { type VtpmModel, vtpmOf } from './vtpm';

export interface Section {
  /** Its name in the page's address: the group's own, with the machine's place behind it where there are several. */
  readonly id: string;
  readonly group: Group;
  readonly kind: Kind | undefined;
  readonly title: MessageKey;
  /** Which machine it is of, where there are several. */
  readonly of: Phrase | undefined;
  readonly counts: Phrase;
  readonly checks: readonly CheckRow[];
  /** How many checks these rows stand for. */
  readonly total: number;
  /** The worst finding of the section in three sentences. */
  readonly explains: { readonly kind: Kind; readonly happened: Phrase; readonly means: Phrase; readonly todo: Phrase; readonly place: Phrase | undefined; readonly code: string } | undefined;
}

export interface Processor {
  readonly facts: readonly FactRow[];
  readonly certificates: readonly CertificateRow[];
  readonly signers: ReturnType<typeof listSigners>;
  readonly firmware: Firmware;
  readonly lists: readonly ListRow[];
}

export interface MachineModel {
  /** As `Machine.place`. */
  readonly place: string | undefined;
  readonly intro: Phrase;
  readonly machine: Section;
  /** Absent over files that hold nothing but a machine. */
  readonly softwareSection: Section | undefined;
  readonly keySection: Section | undefined;
  readonly processors: readonly Processor[];
  readonly snp: readonly SnpModel[];
  readonly vtpm: readonly VtpmModel[];
  /** A start-up report came along in which nothing could be read. */
  readonly vtpmUnread: boolean;
  readonly gpus: GpuModel | undefined;
  /** In place of GPUs: their evidence is kept and not judged, or nothing in it could be read. */
  readonly gpusNote: Phrase | undefined;
  readonly software: SoftwareModel;
  readonly key: KeyModel;
}

export function sectionOf(group: Group, checks: readonly Check[], context: FamilyContext, place?: string): Section {
  const rows = foldedRows(checks, context);
  const first = rows[0];
  const leading = first === undefined || first.kind === 'pass' ? undefined : checks.find((c) => c.id === first.id && c.code === first.code && hasCode(c));
  const texts = leading !== undefined && hasCode(leading) ? familyTexts(leading, context) : undefined;
  return {
    // `model[0]` is `model-0` in an address.
    id: place === undefined ? group : `${group}-${place.replaceAll(/\W+/g, '-').replace(/-$/, '')}`,
    group,
    of: place === undefined ? undefined : placeWords(place),
    kind: groupKind(group, checks),
    title: `group_${group}`,
    counts: countWords(checks),
    checks: rows,
    total: checks.length,
    explains: texts === undefined || first?.code === undefined ? undefined : { kind: first.kind, ...texts, place: leading === undefined ? undefined : placeOf(leading, checks), code: first.code },
  };
}

function machineIntro(checks: readonly Check[], files: boolean): Phrase {
  const proof = proofOf(checks);
  const kind = groupKind('machine', proof.of('machine'));
  if (kind === 'fail') return text('machine_intro_fail');
  if (kind === 'unknown') return text('machine_intro_open');
  const fresh = checks.some((c) => (c.id === 'nonce' || c.id === 'reportdata' || c.id === 'ak.binding') && c.outcome === 'pass');
  if (proof.evidenceSigned && checks.some((c) => c.code === 'NONCE_OF_PAGE')) return { key: 'machine_intro_page', args: { maker: processorVendor(checks) } };
  if (proof.evidenceSigned && !fresh && kind !== 'absent') return { key: 'machine_intro_old', args: { maker: processorVendor(checks) } };
  if (proof.evidenceSigned && files) return { key: 'machine_intro_files', args: { maker: processorVendor(checks) } };
  if (!proof.evidenceSigned || !fresh) return text('machine_intro_none');
  return { key: kind === 'pass' ? 'machine_intro_pass' : 'machine_intro_partly', args: { maker: processorVendor(checks) } };
}

/** Evidence of GPUs of which no device could be judged: not yet built, or not to be read. */
function gpusNote(count: number, checks: readonly Check[]): Phrase | undefined {
  const check = checks.find((c) => c.id === 'gpu');
  if (check?.outcome === 'absent') return count === 0 ? undefined : plural('gpus_open', count);
  return count > 0 || check?.outcome === 'fail' ? text('gpus_unreadable') : undefined;
}

/** `machine`: its checks as of a machine alone; of the view's parts, software and signers those that came from it count. */
export function machineModel(view: EvidenceView, { place, checks }: Machine, context: FamilyContext): MachineModel {
  const its = { ...context, processor: processorVendor(checks) };
  const simulated = view.flavour === 'simulator';
  const files = isFromFiles(view);
  const own = <T extends { readonly place?: string }>(list: readonly T[]): readonly T[] => list.filter((one) => one.place === place);
  const [parts, identities] = [own(view.parts), own(view.software)];
  const registers = new Set(identities.filter((s) => s.kind === 'tdx-registers').flatMap((s) => Object.keys(s.values)));
  const elsewhere = new Set(identities.filter((s) => s.basis === 'hardware').flatMap((s) => Object.keys(s.values)));
  const gpuParts = parts.filter((part) => part.kind === 'nvidia');
  const gpus = gpusOf(gpuParts, checks, its, simulated);
  const reportData = parts.flatMap((part) => ((part.kind === 'tdx' || part.kind === 'snp') && part.claims?.reportData !== undefined ? [part.claims.reportData] : []))[0];
  const software = softwareOf(view.software, view.references, checks, { service: view.service.name, approvable: !files, own: view.service.addedByYou });
  const section = (group: Group): Section => sectionOf(group, proofOf(checks).of(group), its, place);
  return {
    place,
    intro: machineIntro(checks, files),
    machine: section('machine'),
    softwareSection: section('software'),
    keySection: files ? undefined : section('key'),
    processors: parts.flatMap((part) => {
      if (part.kind !== 'tdx' || part.claims === undefined) return [];
      const lists = listsOf(part.facts, view.attestation.appraisedAt);
      const certificates = part.facts?.certificates ?? [];
      return [
        {
          facts: processorFacts(part.claims, part.facts, checks, view.nonce, registers),
          certificates: certificateRows(certificates, checks, simulated),
          signers: listSigners(certificates),
          firmware: firmwareOf(part.claims, part.facts, checks, lists),
          lists,
        },
      ];
    }),
    snp: parts.flatMap((part) => (part.kind === 'snp' && part.claims !== undefined ? [snpOf(part.claims, part.facts, { checks, nonce: view.nonce, shownElsewhere: elsewhere, now: view.attestation.appraisedAt, simulated, reportData: files })] : [])),
    vtpm: parts.flatMap((part) => (part.kind === 'vtpm' && part.facts !== undefined ? [vtpmOf(part.facts, checks)] : [])),
    vtpmUnread: parts.some((part) => part.kind === 'vtpm' && part.facts === undefined),
    gpus,
    gpusNote: gpus === undefined ? gpusNote(gpuParts.reduce((sum, part) => sum + part.count, 0), checks) : undefined,
    // Approving names an item by its place in the whole list.
    software: { ...software, items: software.items.filter(({ index }) => view.software[index]?.place === place) },
    key: keyOf(checks, own(view.attestation.signers), view.nonce, reportData),
  };
}

/**
 * "What is not proven": every gap that the checks leave has its line, beside the proofs and in the same size.
 * The page, the model's weights and hands on the chip are such lines, never checks (UI.md 6).
 */
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { deviceOf, groupOf } from '../../verdict/groups';
import type { Facts, MessageKey } from '../i18n/text';
import { deviceLabel, devicesOf, findingsOf, namesOf, withoutNumber } from './devices';
import { dateIn, type FamilyContext, familyTexts, hasCode, withFacts } from './family';
import { labelOf } from './labels';
import { kindOf } from './outcome';
import { baseOf, signsNothing } from './places';
import { type ClaimLine, readersOf } from './readers';

/** Gaps in the order in which they are told. */
const ORDER = [
  'key', 'key_software', 'key_session', 'key_claimed', 'software', 'software_unknown', 'software_approved', 'software_none', 'answers', 'way_proxy', 'way_chrome', 'way_open', 'way_sealed',
  'cpu', 'gpu', 'gpu_assay', 'gpu_where', 'gpu_apart', 'gpu_links', 'firmware', 'firmware_provisional', 'firmware_settings', 'firmware_accepted', 'late',
] as const;
export type GapId = (typeof ORDER)[number] | 'page' | 'model' | 'chip';

const BY_CODE: Partial<Record<Code, GapId>> = {
  SIGNER_NOT_BOUND: 'key',
  BOUND_BY_UNKNOWN_SOFTWARE: 'key_software',
  IMAGE_ONLY_CLAIMED: 'software',
  IMAGE_NOT_GIVEN: 'software_none',
  SOFTWARE_NOT_KNOWN: 'software_unknown',
  SOFTWARE_APPROVED: 'software_approved',
  CPU_EVIDENCE_ABSENT: 'cpu',
  TCB_CONFIGURATION_NEEDED: 'firmware_settings',
  TCB_RELAUNCH_ADVISED: 'firmware_settings',
  TCB_ACCEPTED_BY_POLICY: 'firmware_accepted',
  EVIDENCE_LATE: 'late',
  GPU_COLOCATION_NOT_PROVEN: 'gpu_where',
  GPU_NOT_BOUND_TO_CPU: 'gpu_apart',
  PPCIE_SWITCHES_NOT_ATTESTED: 'gpu_links',
  PROVISIONAL_FIRMWARE: 'firmware_provisional',
  ANSWERS_NOT_SIGNED: 'answers',
  POLICY_NAMES_NO_SOFTWARE: 'software_unknown',
};

const isGpu = (check: Check): boolean => /^gpu(\[|\.|$)/.test(check.id);

/** Which line tells of this check; `undefined` for one that leaves no gap, `other` for a gap without a line of its own. */
function gapOf(placed: Check): GapId | 'other' | undefined {
  if (signsNothing(placed)) return undefined;
  const check = { ...placed, id: baseOf(placed) };
  const kind = kindOf(check);
  if (kind === 'unknown') return check.required && check.id === 'tcb' ? 'firmware' : undefined;
  if (kind === 'pass' || kind === 'fail') return undefined;
  if (check.code === 'PROXY_CHECKS_UNSEEN') return 'way_proxy';
  if (check.id.startsWith('channel')) return check.by === 'browser' ? 'way_chrome' : 'way_open';
  if (check.id === 'gpu.binding' && check.outcome === 'absent') return 'gpu_apart';
  if (isGpu(check) && check.outcome === 'absent') return check.by === 'assay' ? 'gpu_assay' : 'gpu';
  const group = groupOf(check);
  if (kind === 'claimed' && group !== 'machine' && group !== 'key') return group === 'software' ? 'software' : 'key_claimed';
  // Of a deployment with authorities of its own it is the chat's key, or what its software is worth: no key signs there.
  if (check.code === 'BOUND_BY_UNKNOWN_SOFTWARE' && check.id.startsWith('key.secret')) return 'key_session';
  if (check.code === 'BOUND_BY_UNKNOWN_SOFTWARE' && check.id === 'meshca') return 'software_unknown';
  const byCode = check.code === undefined ? undefined : BY_CODE[check.code];
  if (byCode !== undefined) return byCode;
  return group === 'answer' && kind === 'absent' ? 'answers' : 'other';
}

const known = (id: GapId, facts: Facts): ClaimLine => {
  const what: MessageKey = `gap_${id}_what`;
  const why: MessageKey = id === 'firmware_accepted' ? 'gap_firmware_accepted_why' : `gap_${id}_why`;
  return { id, kind: id === 'firmware' ? 'unknown' : 'absent', what: withFacts(what, facts), why: withFacts(why, facts) };
};

function unnamed(check: Check, context: FamilyContext, name = labelOf(check.id)): ClaimLine {
  const what = { key: 'label_named', args: { name: { kind: 'phrase', value: name } } } as const;
  const why = hasCode(check) ? familyTexts(check, context).happened : ({ key: 'outcome_claimed' } as const);
  return { id: `other:${check.id}`, kind: 'absent', what, why };
}

/** What several devices leave open alike is one line that names them. */
function unnamedLines(others: readonly Check[], context: FamilyContext): readonly ClaimLine[] {
  const lines = others.filter((check) => deviceOf(check) === undefined).map((check) => unnamed(check, context));
  const devices = findingsOf(devicesOf(others)).flatMap(({ kind, place, indices, checks: [first] }) =>
    first === undefined ? [] : [unnamed(first, context, deviceLabel(namesOf(kind, indices, place), labelOf(withoutNumber(first.id))))],
  );
  return [...lines, ...devices];
}

/** Lines that one sentence already tells are not said twice: the gateway reads along, so whose key it is and the way there are told. */
function toldBefore(ids: ReadonlySet<string>, readers: readonly ClaimLine[]): ReadonlySet<string> {
  const told = new Set<string>();
  if (ids.has('way_proxy')) told.add('way_open');
  if (ids.has('key')) told.add('key_claimed');
  if (readers.some((r) => r.id === 'none_gateway' || r.id === 'none_proxy' || r.id === 'if_page')) told.add('way_open');
  if (ids.has('software')) told.add('software_none').add('software_unknown');
  return told;
}

/** With fewer lines than this there is room for the model and for hands on the chip. */
const ROOM = 3;

/** All gaps; `complete` when the state is `verified`: then the model and the chip are always told. */
export function gapsOf(checks: readonly Check[], context: FamilyContext, complete: boolean): readonly ClaimLine[] {
  const found = new Map<GapId, Check>();
  const others: Check[] = [];
  for (const check of checks) {
    const gap = gapOf(check);
    if (gap === 'other') others.push(check);
    else if (gap !== undefined && !found.has(gap)) found.set(gap, check);
  }
  const readers = readersOf(checks, context.service);
  const told = toldBefore(new Set(found.keys()), readers);
  // What was sent on such a way is sealed: the connection counts for less than the key that seals it.
  const sealed: readonly GapId[] = readers.some((r) => r.id === 'if_page') ? ['way_sealed'] : [];
  const facts = (check: Check | undefined): Facts => {
    const date = check === undefined ? undefined : dateIn(check);
    return { service: context.service, ...(date === undefined ? {} : { date: { kind: 'date', value: date } }) };
  };
  const lines = [
    ...ORDER.filter((id) => (found.has(id) && !told.has(id)) || sealed.includes(id)).map((id) => known(id, facts(found.get(id)))),
    ...unnamedLines(others, context),
    known('page', facts(undefined)),
  ];
  const spare: readonly GapId[] = ['model', 'chip'];
  return [...lines, ...spare.slice(0, complete ? 2 : Math.max(0, ROOM - lines.length)).map((id) => known(id, facts(undefined)))];
}

/** GPUs and the switches between them, a row each: what they share is said once above, what differs in the row. */
import type { Check } from '../../../checks/check';
import type { DeviceClaims, DeviceFacts, MeasurementFact } from '../../../evidence/nvidia/types';
import type { EvidencePartView } from '../../../watch/snapshot';
import { type Args, literal, type MessageKey, number, type Phrase, plural, text } from '../../i18n/text';
import { devicesOf, type JudgedDevice, namesOf, withoutNumber } from '../devices';
import { type FamilyContext, familyTexts, hasCode } from '../family';
import type { Kind } from '../outcome';
import { drawnKind, wordOf } from '../outcome';
import { type CheckRow, rowsOf } from '../rows';
import { labelOf } from '../labels';
import type { CertificateRow } from './certificates';
import { deviceCertificates } from './device-certificates';
import { type Endorsers, endorsersOf } from './endorsers';
import { type FactRow, judgedBy, saidRow, valueRow } from './facts';

export interface Mismatch {
  readonly index: number;
  readonly title: Phrase;
  /** Every value that NVIDIA accepts there, the nearest first. */
  readonly expected: readonly string[];
  /** Empty where none came. */
  readonly actual: string;
}

/** One cell each index; `none` where neither the device nor a manifest speaks of it. */
export type CellState = MeasurementFact['outcome'] | 'none';

export interface DeviceRow {
  readonly id: string;
  readonly name: Phrase;
  readonly kind: Kind;
  /** Ends the row: "32 of 32 match", "index 21 does not match". */
  readonly words: Phrase;
  /** What this device does not share with the others, beside its name. */
  readonly differs: readonly Phrase[];
  readonly cells: readonly CellState[];
  /** The whole strip in one sentence. */
  readonly says: Phrase;
  readonly facts: readonly FactRow[];
  readonly mismatches: readonly Mismatch[];
  readonly certificates: readonly CertificateRow[];
  readonly checks: readonly CheckRow[];
  /** The first device that does not match; the others wait folded. */
  readonly open: boolean;
}

export interface GpuModel {
  readonly title: Phrase;
  readonly intro: readonly Phrase[];
  /** What is said of all devices together, each judged. */
  readonly together: readonly FactRow[];
  readonly rows: readonly DeviceRow[];
  /** Outcomes that occur, for the key below the strips. */
  readonly key: readonly MeasurementFact['outcome'][];
  /** Every eighth index: each stands below the first of its eight cells. */
  readonly axis: readonly number[];
  readonly endorsers: Endorsers;
}

type GpuPart = Extract<EvidencePartView, { kind: 'nvidia' }>;

/** Real GPUs report 64 values; fewer cells would draw a switch's strip in another scale. */
const LEAST_CELLS = 64;
const CELLS_A_MARK = 8;
const OUTCOMES: readonly MeasurementFact['outcome'][] = ['match', 'skipped', 'unreferenced', 'mismatch'];
const FAMILY_NAMES: Readonly<Record<NonNullable<DeviceFacts['family']>, string>> = { HOPPER: 'Hopper', BLACKWELL: 'Blackwell', LS10: 'NVSwitch LS10' };
const MODES: Readonly<Record<DeviceFacts['mode'], MessageKey>> = { 'single': 'gpu_mode_single', 'ppcie': 'gpu_mode_ppcie', 'not-stated': 'gpu_mode_notstated' };
const FWID: Readonly<Record<NonNullable<DeviceClaims['fwid']>, MessageKey>> = { match: 'gpu_fwid_match', mismatch: 'gpu_fwid_mismatch', absent: 'gpu_fwid_absent' };
const NVDEC: Readonly<Record<string, MessageKey>> = { aa: 'fact_on', '55': 'fact_off' };

interface Whole {
  readonly device: JudgedDevice;
  readonly id: string;
  readonly facts: DeviceFacts | undefined;
  readonly claims: DeviceClaims | undefined;
}

const idOf = ({ kind, index }: Pick<JudgedDevice, 'kind' | 'index'>): string => `${kind}[${index}]`;

const matched = (facts: DeviceFacts | undefined, outcome: MeasurementFact['outcome']): readonly MeasurementFact[] => facts?.measurements.filter((m) => m.outcome === outcome) ?? [];

const kindOfCheck = (checks: readonly Check[], id: string): Kind => {
  const check = checks.find((c) => c.id === id);
  return check === undefined ? 'unknown' : drawnKind(check);
};

/** A row ends in what is worst about its device; only one that holds ends in the count of its cells. */
function wordsOf(device: JudgedDevice, facts: DeviceFacts | undefined): Phrase {
  if (facts === undefined) return text('gpu_unread');
  const bad = matched(facts, 'mismatch');
  if (bad.length > 0) return plural('gpu_cells_bad', bad.length, { row: { kind: 'row', value: bad.map(({ index }) => literal(`${index}`)) } });
  const worst = device.outcome === 'fail' || device.outcome === 'unknown' ? device.checks.find((c) => drawnKind(c) === device.outcome) : undefined;
  if (worst !== undefined) return text('gpu_words_fault', { check: { kind: 'phrase', value: labelOf(withoutNumber(worst.id)) }, word: { kind: 'phrase', value: { key: wordOf(worst) } } });
  const good = matched(facts, 'match').length;
  return good === 0 ? text('gpu_cells_none') : plural('gpu_cells_good', good);
}

function cellsOf(facts: DeviceFacts | undefined, width: number): readonly CellState[] {
  if (facts === undefined) return [];
  const byIndex = new Map(facts.measurements.map((m) => [m.index, m.outcome]));
  return Array.from({ length: width }, (_x, index) => byIndex.get(index) ?? 'none');
}

/** What is said of a device in a few words: the more of it all devices share, the less is said per row. */
const traitsOf = ({ facts }: Whole): readonly (readonly [string, Phrase])[] => [
  ...(facts?.family === undefined ? [] : [[`family ${facts.family}`, literal(`NVIDIA ${FAMILY_NAMES[facts.family]}`)] as const]),
  ...(facts?.model === undefined ? [] : [[`model ${facts.model}`, literal(facts.model)] as const]),
  ...(facts?.driver === undefined ? [] : [[`driver ${facts.driver}`, text('gpu_driver', { version: facts.driver })] as const]),
  ...(facts?.vbios === undefined ? [] : [[`vbios ${facts.vbios}`, text('gpu_vbios', { version: facts.vbios })] as const]),
];

function factRows({ id, facts, claims }: Whole, checks: readonly Check[]): readonly FactRow[] {
  if (facts === undefined) return [];
  const says = (value: string | undefined): Phrase | undefined => (value === undefined ? undefined : literal(value));
  return [
    ...saidRow('fact_gpu_family', facts.family === undefined ? undefined : literal(FAMILY_NAMES[facts.family]), judgedBy(checks, `${id}.chain`)),
    ...saidRow('fact_gpu_model', says(facts.model)),
    ...saidRow('fact_gpu_serial', says(claims?.bromSerial)),
    ...saidRow('fact_gpu_driver', says(facts.driver), judgedBy(checks, `${id}.policy.driver`, `${id}.rim.driver`)),
    ...saidRow('fact_gpu_vbios', says(facts.vbios), judgedBy(checks, `${id}.rim.vbios`)),
    ...saidRow('fact_gpu_mode', { key: MODES[facts.mode] }),
    ...saidRow('fact_gpu_fwid', claims?.fwid === undefined ? undefined : { key: FWID[claims.fwid] }, judgedBy(checks, `${id}.fwid`)),
    ...saidRow('fact_gpu_nvdec', claims?.nvdec0 === undefined ? undefined : nvdec(claims.nvdec0)),
    ...valueRow('fact_gpu_nonce', claims?.nonce, judgedBy(checks, `${id}.nonce`)),
  ];
}

function nvdec(status: string): Phrase {
  const key = Object.hasOwn(NVDEC, status) ? NVDEC[status] : undefined;
  return key === undefined ? literal(status) : { key };
}

const HEX_GROUP = 8;

/** How many groups of hex differ: the nearest of several accepted values is the one to compare with. */
const distance = (a: string, b: string): number =>
  a.length === b.length ? Array.from({ length: a.length / HEX_GROUP }, (_x, i) => i * HEX_GROUP).filter((at) => a.slice(at, at + HEX_GROUP) !== b.slice(at, at + HEX_GROUP)).length : Number.POSITIVE_INFINITY;

const mismatchOf = ({ index, role, expected = [], actual = '' }: MeasurementFact): Mismatch => {
  const manifest: Phrase = { key: role === 'driver' ? 'gpu_manifest_driver' : 'gpu_manifest_vbios' };
  return { index, title: text('gpu_mismatch', { index: `${index}`, manifest: { kind: 'phrase', value: manifest } }), expected: expected.toSorted((a, b) => distance(a, actual) - distance(b, actual)), actual };
};

interface Surroundings {
  readonly checks: readonly Check[];
  readonly context: FamilyContext;
  readonly simulated: boolean;
  readonly width: number;
  /** Traits that every device of this kind has. */
  readonly shared: ReadonlySet<string>;
}

function deviceRow(whole: Whole, open: boolean, { checks, context, simulated, width, shared }: Surroundings): DeviceRow {
  const { device, id, facts } = whole;
  const name = namesOf(device.kind, [device.index]);
  const words = wordsOf(device, facts);
  const says: Args = { name: { kind: 'phrase', value: name }, words: { kind: 'phrase', value: words }, skipped: number(matched(facts, 'skipped').length), unreferenced: number(matched(facts, 'unreferenced').length) };
  return {
    id,
    name,
    kind: device.outcome,
    open,
    words,
    differs: traitsOf(whole).flatMap(([trait, phrase]) => (shared.has(trait) ? [] : [phrase])),
    cells: cellsOf(facts, width),
    says: { key: 'gpu_cells_says', args: says },
    facts: factRows(whole, checks),
    mismatches: matched(facts, 'mismatch').map(mismatchOf),
    certificates: facts === undefined ? [] : deviceCertificates(facts, { chain: kindOfCheck(checks, `${id}.chain`), signature: kindOfCheck(checks, `${id}.signature`), simulated }),
    checks: rowsOf(device.checks, context).map((row) => ({ ...row, label: labelOf(withoutNumber(row.id)) })),
  };
}

interface Shared {
  readonly phrases: readonly Phrase[];
  readonly keys: ReadonlySet<string>;
  /** Every device has all of them. */
  readonly all: boolean;
}

/** What most devices have in common is said once; a device that differs says so in its row. */
function sharedTraits(wholes: readonly Whole[]): Shared {
  const counted = new Map<string, { readonly phrase: Phrase; n: number }>();
  for (const [key, phrase] of wholes.flatMap(traitsOf)) {
    const seen = counted.get(key) ?? { phrase, n: 0 };
    seen.n += 1;
    counted.set(key, seen);
  }
  const most = [...counted].filter(([, { n }]) => 2 * n > wholes.length);
  return { phrases: most.map(([, { phrase }]) => phrase), keys: new Set(most.map(([key]) => key)), all: most.every(([, { n }]) => n === wholes.length) };
}

const count = (kind: 'gpu' | 'switch', n: number): Phrase => plural(`gpus_title_${kind}`, n);

function titleOf(gpus: number, switches: number): Phrase {
  if (switches === 0) return count('gpu', gpus);
  return gpus === 0 ? count('switch', switches) : text('gpus_title_both', { gpus: { kind: 'phrase', value: count('gpu', gpus) }, switches: { kind: 'phrase', value: count('switch', switches) } });
}

/** Checks about the devices as one, in the order in which they are read. */
const TOGETHER = ['gpu.binding', 'list.count', 'list.family', 'list.duplicates', 'list.switches', 'gpu.second-opinion'] as const;

function togetherRows(checks: readonly Check[], context: FamilyContext): readonly FactRow[] {
  return TOGETHER.flatMap((id) => {
    const check = checks.find((c) => c.id === id);
    const judged = judgedBy(checks, id);
    if (check === undefined || judged === undefined) return [];
    const says = hasCode(check) ? familyTexts(check, context).happened : literal(check.detail);
    return [{ name: labelOf(id), says, judged }];
  });
}

/** `undefined` where no device has a check of its own: then nothing was judged, or nothing could be read. */
export function gpusOf(parts: readonly GpuPart[], checks: readonly Check[], context: FamilyContext, simulated: boolean): GpuModel | undefined {
  const facts = new Map(parts.flatMap((part) => part.devices.map((device, i) => [device.id, { facts: device, claims: part.claims[i] }])));
  const wholes = devicesOf(checks).map((device): Whole => ({ device, id: idOf(device), facts: facts.get(idOf(device))?.facts, claims: facts.get(idOf(device))?.claims }));
  if (wholes.length === 0) return undefined;
  const first = wholes.find((whole) => matched(whole.facts, 'mismatch').length > 0);
  const longest = Math.max(LEAST_CELLS, ...wholes.flatMap((whole) => (whole.facts?.measurements ?? []).map((m) => m.index + 1)));
  const width = Math.ceil(longest / CELLS_A_MARK) * CELLS_A_MARK;
  const read = wholes.filter((whole) => whole.facts !== undefined);
  const gpus = read.filter(({ device }) => device.kind === 'gpu');
  const shared = sharedTraits(gpus.length > 0 ? gpus : read);
  // One alone shares nothing: what it is stands in its own row.
  const together = (gpus.length > 0 ? gpus : read).length > 1 && shared.phrases.length > 0;
  const compared = read.flatMap(({ facts: one }) => [...matched(one, 'match'), ...matched(one, 'mismatch')]);
  const match = compared.filter((m) => m.outcome === 'match').length;
  const outcomes = new Set(read.flatMap((whole) => (whole.facts?.measurements ?? []).map((m) => m.outcome)));
  const ofKind = (kind: 'gpu' | 'switch'): number => wholes.filter(({ device }) => device.kind === kind).length;
  return {
    title: titleOf(ofKind('gpu'), ofKind('switch')),
    intro: [
      ...(together ? [text(!shared.all || read.length < wholes.length ? 'gpus_same_but' : read.length === gpus.length || gpus.length === 0 ? 'gpus_same' : 'gpus_same_gpus', { facts: { kind: 'row', value: shared.phrases } })] : []),
      compared.length === 0 ? text('gpus_not_compared') : plural('gpus_compared', compared.length, { match: number(match) }),
      text('gpus_fold'),
    ],
    together: togetherRows(checks, context),
    rows: wholes.map((whole) => deviceRow(whole, whole === first, { checks, context, simulated, width, shared: together ? shared.keys : new Set() })),
    key: OUTCOMES.filter((outcome) => outcomes.has(outcome)),
    axis: Array.from({ length: width / CELLS_A_MARK }, (_x, i) => i * CELLS_A_MARK),
    endorsers: endorsersOf(read.map(({ device, facts: one }) => ({ device, facts: one }))),
  };
}

/** A vTPM's quotes and the log of what was started, each event in plain words, gathered by register. */
import type { Check } from '../../../checks/check';
import type { BootEventFact, QuoteFact, VtpmFacts } from '../../../evidence/vtpm/types';
import { firstOf } from '../../i18n/picked';
import type { Phrase } from '../../i18n/text';
import { literal, number, plural, text } from '../../i18n/text';
import { rowOf } from '../devices';
import { type FactRow, type Judged, judgedBy, saidRow, valueRow } from './facts';

export interface Register {
  readonly index: number;
  readonly holds: Phrase;
  /** Hex. */
  readonly value: string;
}

export interface QuoteModel {
  readonly bank: string;
  readonly signature: Judged | undefined;
  readonly nonce: Judged | undefined;
  readonly facts: readonly FactRow[];
  /** Those in use. */
  readonly registers: readonly Register[];
  /** Which ones hold only zeros or ones. */
  readonly unused: readonly Phrase[];
  readonly summary: Phrase;
}

export interface EventRow {
  /** Place in the log, from 1. */
  readonly number: number;
  readonly means: Phrase;
  /** As the TCG calls it. */
  readonly type: string;
  /** What the machine wrote beside it; nobody vouches for the words. */
  readonly text: string | undefined;
  readonly size: number;
  /** The strongest bank's digest. */
  readonly digest: { readonly bank: string; readonly value: string } | undefined;
}

export interface EventGroup {
  readonly register: number;
  readonly holds: Phrase;
  readonly count: Phrase;
  readonly events: readonly EventRow[];
}

export interface VtpmModel {
  readonly facts: readonly FactRow[];
  readonly quotes: readonly QuoteModel[];
  readonly log: { readonly intro: readonly Phrase[]; readonly judged: Judged | undefined; readonly groups: readonly EventGroup[] } | undefined;
}

/** Registers 17 to 22 belong to an environment that starts later; from 24 on none are defined. */
export function registerMeaning(index: number): Phrase {
  if (index >= 17 && index <= 22) return text('pcr_late');
  return firstOf([`pcr_${index}`, 'pcr_undefined'], '');
}

const eventMeaning = (type: string): Phrase => firstOf([`event_${type}`, 'event_unexplained'], type);

const ZEROS = /^(00)+$/;
const ONES = /^(ff)+$/;

function registersOf({ pcrs }: QuoteFact): Pick<QuoteModel, 'registers' | 'unused' | 'summary'> {
  const all = Object.entries(pcrs).map(([index, value]) => ({ index: Number(index), value })).sort((a, b) => a.index - b.index);
  const used = all.filter(({ value }) => !ZEROS.test(value) && !ONES.test(value));
  const unused = (key: 'vtpm_unused_zero' | 'vtpm_unused_ones', form: RegExp): readonly Phrase[] => {
    const indices = all.filter(({ value }) => form.test(value)).map(({ index }) => index);
    return indices.length === 0 ? [] : [text(key, { row: rowOf(indices) })];
  };
  return {
    registers: used.map(({ index, value }) => ({ index, value, holds: registerMeaning(index) })),
    unused: [...unused('vtpm_unused_zero', ZEROS), ...unused('vtpm_unused_ones', ONES)],
    summary: plural('vtpm_registers', all.length, { used: number(used.length) }),
  };
}

function quoteOf(quote: QuoteFact, i: number, checks: readonly Check[]): QuoteModel {
  return {
    bank: quote.bank,
    signature: judgedBy(checks, `quote[${i}].signature`),
    nonce: judgedBy(checks, `quote[${i}].nonce`),
    facts: [
      ...valueRow('fact_gpu_nonce', quote.extraData === '' ? undefined : quote.extraData, judgedBy(checks, `quote[${i}].nonce`)),
      ...saidRow('fact_vtpm_resets', text('fact_vtpm_resets_value', { reset: number(quote.resetCount), restart: number(quote.restartCount) })),
    ],
    ...registersOf(quote),
  };
}

/** Longer digests are harder to forge. */
function strongest(digests: BootEventFact['digests']): EventRow['digest'] {
  const [best] = Object.entries(digests).sort(([, a], [, b]) => b.length - a.length);
  return best === undefined ? undefined : { bank: best[0], value: best[1] };
}

function groupsOf(events: readonly BootEventFact[]): readonly EventGroup[] {
  const rows = events.map((event, i) => ({ pcr: event.pcr, row: { number: i + 1, means: eventMeaning(event.type), type: event.type, text: event.text, size: event.size, digest: strongest(event.digests) } }));
  return [...new Set(events.map((event) => event.pcr))]
    .sort((a, b) => a - b)
    .map((register) => {
      const own = rows.filter(({ pcr }) => pcr === register).map(({ row }) => row);
      return { register, holds: registerMeaning(register), count: plural('events_register', own.length), events: own };
    });
}

function logOf(events: readonly BootEventFact[], judged: Judged | undefined): VtpmModel['log'] {
  const confirmed = judged?.kind === 'pass' ? text('events_confirmed') : judged?.kind === 'fail' ? text('events_contradicted') : text('events_unconfirmed');
  return { intro: [plural('events_intro', events.length), confirmed], judged, groups: groupsOf(events) };
}

export function vtpmOf(facts: VtpmFacts, checks: readonly Check[]): VtpmModel {
  const { events } = facts;
  return {
    facts: [
      ...saidRow('fact_vtpm_key', text('fact_vtpm_key_value', { kind: facts.key }), judgedBy(checks, 'ak')),
      ...checks.filter((c) => c.id === 'ak.binding').slice(0, 1).flatMap((c) => saidRow('vtpm_binding', literal(c.detail), judgedBy(checks, 'ak.binding'))),
    ],
    quotes: facts.quotes.map((quote, i) => quoteOf(quote, i, checks)),
    log: events === undefined ? undefined : logOf(events, judgedBy(checks, 'eventlog')),
  };
}

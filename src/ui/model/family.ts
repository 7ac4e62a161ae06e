/** The three sentences of a code: what happened, what it means for you, what to do. */
import type { Check } from '../../checks/check';
import { type Code, type Family, familyOf } from '../../checks/codes';
import type { Facts, MessageKey, Phrase, SharedFact } from '../i18n/text';
import { vendorOf } from './vendor';

/** What a sentence may name beside the check: who the service is, and when Assay asks again (ms since the epoch). */
export interface FamilyContext {
  readonly service: string;
  readonly now: number;
  readonly nextTryAt?: number | undefined;
  /** Who made the machine's processor; Intel where it is not said. */
  readonly processor?: 'AMD' | 'Intel';
}

export interface FamilyTexts {
  readonly happened: Phrase;
  readonly means: Phrase;
  readonly todo: Phrase;
}

type Part = 'happened' | 'means' | 'do';

/** Sentences that name a fact which a check may lack, and what is said without it. */
export const BARE: Partial<Record<MessageKey, { readonly wants: SharedFact; readonly instead: MessageKey }>> = {
  code_TCB_OUT_OF_DATE_means: { wants: 'advisories', instead: 'code_TCB_OUT_OF_DATE_means_bare' },
  code_COLLATERAL_EXPIRED_means: { wants: 'date', instead: 'code_COLLATERAL_EXPIRED_means_bare' },
  code_RATE_LIMITED_happened: { wants: 'seconds', instead: 'code_RATE_LIMITED_happened_bare' },
  gap_firmware_accepted_why: { wants: 'date', instead: 'gap_firmware_accepted_bare_why' },
};

/** A message of the shared numbering with the facts it may name. */
export function withFacts(key: MessageKey, facts: Facts): Phrase {
  const bare = BARE[key];
  const args = Object.fromEntries(Object.entries(facts));
  return bare !== undefined && facts[bare.wants] === undefined ? { key: bare.instead, args } : { key, args };
}

const ADVISORY = /INTEL-(?:SA|DOC)-\d{5}/g;
const ISO_DATE = /\b\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?)?/;
const HOST = /\b(?:[a-z0-9-]+\.){2,}[a-z]{2,}\b/;

const wordsOf = (check: Check): string => [check.detail, check.actual, check.expected, check.source].filter((s) => s !== undefined).join(' ');

/** Advisories that a check names, each once. */
export const advisoriesOf = (check: Check): readonly string[] => [...new Set(wordsOf(check).match(ADVISORY))];

/** The first date a check names, ms since the epoch. */
export function dateIn(check: Check): number | undefined {
  const found = ISO_DATE.exec(wordsOf(check))?.[0];
  const at = found === undefined ? Number.NaN : Date.parse(found);
  return Number.isNaN(at) ? undefined : at;
}

/** The check that this one could not be made without, where its detail names one by id: whose vendor it is, is told. */
const aboutOf = ({ id, detail }: Check): string => /^depends on ([a-z]+(?:\[\d+\])?(?:\.[a-z]+)*)$/.exec(detail)?.[1] ?? id;

export function factsOf(check: Check, context: FamilyContext): Facts {
  const advisories = advisoriesOf(check);
  const date = dateIn(check);
  const vendor = vendorOf(aboutOf(check), context.processor);
  const wait = context.nextTryAt === undefined ? 0 : Math.ceil((context.nextTryAt - context.now) / 1_000);
  return {
    service: context.service,
    vendor: vendor.name,
    host: HOST.exec(check.detail)?.[0] ?? vendor.host,
    ...(advisories.length === 0 ? {} : { advisories: { kind: 'list' as const, value: advisories } }),
    ...(date === undefined ? {} : { date: { kind: 'date' as const, value: date } }),
    ...(wait <= 0 ? {} : { seconds: { kind: 'number' as const, value: wait } }),
  };
}

const sentence = (family: Family, part: Part, facts: Facts): Phrase => withFacts(`code_${family}_${part}`, facts);

/** What one check's code says. A check with no code has nothing to explain. */
export function familyTexts(check: Check & { readonly code: Code }, context: FamilyContext): FamilyTexts {
  const facts = factsOf(check, context);
  const family = familyOf(check.code);
  return { happened: sentence(family, 'happened', facts), means: sentence(family, 'means', facts), todo: sentence(family, 'do', facts) };
}

export const hasCode = (check: Check): check is Check & { readonly code: Code } => check.code !== undefined;

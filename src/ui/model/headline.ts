/** The verdict in words: one headline, one sentence, the time of the evidence. */
import type { Check } from '../../checks/check';
import { groupOf } from '../../verdict/groups';
import type { State } from '../../verdict/state';
import type { AnswerView, TabSnapshot, TabState } from '../../watch/snapshot';
import { type MessageKey, number, type Phrase, plural, text } from '../i18n/text';
import { placeOf } from './devices';
import { type FamilyContext, familyTexts, hasCode } from './family';
import { processorVendor } from './vendor';

export interface Verdict {
  /** Decides mark and colours: while checking again, the verdict that still stands. */
  readonly shown: TabState;
  readonly title: Phrase;
  readonly sentence: Phrase;
  /** Which answer the headline speaks of, times, qualifiers: small lines below. */
  readonly notes: readonly Phrase[];
  /** Set while a new check runs under an old verdict. */
  readonly again?: Phrase;
}

/** The state whose words are shown: a tab never looks better while it is checked again. */
export const shownState = (snapshot: TabSnapshot): TabState => (snapshot.state === 'checking' ? (snapshot.before ?? 'checking') : snapshot.state);

/** The answer whose fault the headline tells, where it is an answer's. */
export function answerAtFault(snapshot: TabSnapshot, state: State): AnswerView | undefined {
  const leading = snapshot.leading;
  const code = leading === undefined || groupOf(leading) !== 'answer' ? undefined : leading.code;
  return code === undefined ? undefined : snapshot.answers.find((a) => a.state === state && a.leading === code);
}

function title(snapshot: TabSnapshot, shown: TabState, context: FamilyContext): Phrase {
  switch (shown) {
    case 'failed':
      return snapshot.leading !== undefined && hasCode(snapshot.leading) ? familyTexts(snapshot.leading, context).happened : text('state_failed_title');
    case 'verified':
      return snapshot.qualifiers.includes('as-reported-by-page') ? text('state_verified_title_page') : text('state_verified_title');
    case 'incomplete':
      return snapshot.consentNeeded ? text('state_incomplete_login_title') : text('state_incomplete_title');
    case 'limited':
    case 'checking':
    case 'waiting':
    case 'off':
    case 'nopermission':
      return { key: `state_${shown}_title` };
  }
}

const openChecks = (checks: readonly Check[]): number => checks.filter((c) => c.required && c.outcome === 'unknown').length;

function sentence(snapshot: TabSnapshot, shown: TabState, context: FamilyContext): Phrase {
  const args = { service: context.service };
  switch (shown) {
    case 'verified': {
      const judged = snapshot.counts.total - snapshot.counts.arriving;
      return plural('state_verified_sentence', judged, { done: number(snapshot.counts.verified), total: number(judged) });
    }
    case 'incomplete':
      if (snapshot.consentNeeded && snapshot.leading !== undefined && hasCode(snapshot.leading)) return familyTexts(snapshot.leading, context).happened;
      return plural('state_incomplete_sentence', Math.max(1, openChecks(snapshot.checks)), args);
    case 'checking':
      if (snapshot.step === 'asking-vendor') return text('state_checking_sentence_vendor');
      return snapshot.step === 'checking-evidence' ? text('state_checking_sentence_evidence') : { key: 'state_checking_sentence', args };
    case 'limited':
    case 'failed':
    case 'waiting':
    case 'off':
    case 'nopermission':
      return { key: `state_${shown}_sentence`, args };
  }
}

function timeNote(snapshot: TabSnapshot, shown: TabState, now: number): readonly Phrase[] {
  const attestation = snapshot.attestation;
  if (attestation === undefined || snapshot.state === 'checking') return [];
  const time = (value: number) => ({ kind: 'time', value }) as const;
  if (attestation.receivedAt !== undefined && shown !== 'incomplete') {
    return [text('label_last_evidence', { time: time(attestation.receivedAt), ago: { kind: 'ago', value: attestation.receivedAt } })];
  }
  const tried = time(attestation.receivedAt ?? attestation.appraisedAt);
  if (attestation.nextTryAt === undefined || attestation.nextTryAt <= now) return [text('label_tried', { time: tried })];
  return [text('label_next_try', { time: tried, in: { kind: 'in', value: attestation.nextTryAt } })];
}

function notes(snapshot: TabSnapshot, shown: TabState, now: number): readonly Phrase[] {
  const answer = shown === 'failed' || shown === 'incomplete' ? answerAtFault(snapshot, shown) : undefined;
  const others = shown === 'failed' ? snapshot.checks.filter((c) => c.outcome === 'fail').length - 1 : 0;
  // What came through the judged page may be the page's doing: said where the evidence itself is at fault.
  const throughPage = shown === 'failed' && snapshot.attestation?.through === 'page' && answer === undefined && snapshot.leading !== undefined && groupOf(snapshot.leading) !== 'answer';
  const place = (shown === 'failed' || shown === 'incomplete') && snapshot.leading !== undefined ? placeOf(snapshot.leading, snapshot.checks) : undefined;
  return [
    ...(place === undefined ? [] : [text('device_about', { place: { kind: 'phrase', value: place } })]),
    ...(answer === undefined ? [] : [text('answer_at', { n: number(answer.number), time: { kind: 'time', value: answer.startedAt } })]),
    ...(others > 0 ? [plural('label_more_failed', others)] : []),
    ...(answer === undefined ? timeNote(snapshot, shown, now) : []),
    ...(throughPage || snapshot.qualifiers.includes('through-this-page') ? [text('label_through_page')] : []),
    ...(snapshot.service?.addedByYou === true || snapshot.qualifiers.includes('added-by-you') ? [text('label_added_by_you')] : []),
    ...(snapshot.acknowledged && shown !== 'failed' ? [text('label_seen_note')] : []),
  ];
}

const AGAIN: Readonly<Record<NonNullable<TabSnapshot['step']>, (service: string) => Phrase>> = {
  'asking-service': (service) => text('label_again_asking', { service }),
  'asking-vendor': () => text('label_again_vendor'),
  'checking-evidence': () => text('label_again_evidence'),
};

export function verdictWords(snapshot: TabSnapshot, context: FamilyContext): Verdict {
  const shown = shownState(snapshot);
  const again = snapshot.state === 'checking' && snapshot.before !== undefined ? AGAIN[snapshot.step ?? 'asking-service'](context.service) : undefined;
  return {
    shown,
    title: title(snapshot, shown, context),
    sentence: sentence(snapshot, shown, context),
    notes: notes(snapshot, shown, context.now),
    ...(again === undefined ? {} : { again }),
  };
}

/** The toolbar's tooltip: the full sentence of the state, and in `failed` what happened. */
export function tooltipOf(snapshot: TabSnapshot, now: number): Phrase {
  const shown = shownState(snapshot);
  const service = snapshot.service?.name ?? '';
  if (snapshot.service === undefined && shown !== 'off') return text('action_title');
  const key: MessageKey = shown === 'verified' && snapshot.qualifiers.includes('as-reported-by-page') ? 'state_verified_tip_page' : `state_${shown}_tip`;
  const tip: Phrase = { key, args: { service } };
  if (shown !== 'failed' || snapshot.leading === undefined || !hasCode(snapshot.leading)) return tip;
  const { happened } = familyTexts(snapshot.leading, { service, now, processor: processorVendor(snapshot.checks) });
  return text('tip_failed', { title: { kind: 'phrase', value: tip }, happened: { kind: 'phrase', value: happened } });
}

/** The system notice on the first failure of an origin: who, and what happened. */
export function noticeOf(snapshot: TabSnapshot, now: number): { readonly title: Phrase; readonly message: Phrase } | undefined {
  if (snapshot.state !== 'failed' || snapshot.service === undefined) return undefined;
  const service = snapshot.service.name;
  const message = snapshot.leading !== undefined && hasCode(snapshot.leading) ? familyTexts(snapshot.leading, { service, now, processor: processorVendor(snapshot.checks) }).happened : text('state_failed_title');
  return { title: text('notice_title', { service }), message };
}

/** The state of a tab, from its document alone (DESIGN 2, "Tab state"). Pure, so that the rule can be read and tested. */
import type { Check } from '../checks/check';
import { isLeftToAnswers } from '../providers/channel';
import { groupOf, leadingCheck } from '../verdict/groups';
import { qualifiersOf, type State, stateOf, worstOf } from '../verdict/state';
import { countsOf, type DocumentState } from './document';
import type { AnswerView, ServiceView, TabSnapshot, TabState } from './snapshot';

export interface TabContext {
  readonly service: ServiceView;
  /** The browser allows all hosts of the profile. */
  readonly allowed: boolean;
  readonly consentNeeded: boolean;
}

interface Finding {
  readonly state: State;
  readonly checks: readonly Check[];
}

/** Answers that count: not those whose fault the user has seen, nor those the page itself stopped once a later one was judged. */
function counting(document: DocumentState): readonly AnswerView[] {
  const judged = document.answers.filter((a) => a.state !== 'arriving');
  return judged.filter((a) => {
    if (a.state === 'failed') return !document.acknowledged.includes(a.id);
    return !(a.stoppedByPage && judged.some((later) => later.number > a.number));
  });
}

function answerFinding(document: DocumentState): Finding | undefined {
  const answers = counting(document);
  const state = worstOf(answers.flatMap((a) => (a.state === 'arriving' ? [] : [a.state])));
  const shown = answers.find((a) => a.state === state);
  return state === undefined || shown === undefined ? undefined : { state, checks: shown.checks };
}

function evidenceFinding(document: DocumentState): Finding | undefined {
  if (document.sticky !== undefined) return { state: 'failed', checks: document.sticky.checks };
  const attestation = document.attestation;
  if (attestation === undefined) return undefined;
  if (attestation.state === 'failed' && document.acknowledged.includes(attestation.id)) return undefined;
  const { state, checks } = attestation;
  return { state: state === 'limited' ? stateOf(checks.filter((check) => !isLeftToAnswers(check))) : state, checks };
}

/** The verdict that stands, if any: the worst of the answers and the newest evidence; evidence alone only when it is bad. */
export function verdictOf(document: DocumentState): Finding | undefined {
  const answers = answerFinding(document);
  const evidence = evidenceFinding(document);
  if (answers === undefined) return evidence?.state === 'failed' || evidence?.state === 'incomplete' ? evidence : undefined;
  if (evidence === undefined) return answers;
  return worstOf([answers.state, evidence.state]) === answers.state ? answers : evidence;
}

/** A fault of evidence that came through the page may be the page's doing. */
function isThisPagesFault({ attestation }: DocumentState, checks: readonly Check[]): boolean {
  return attestation?.through === 'page' && checks.some((check) => check.outcome === 'fail' && groupOf(check) !== 'answer');
}

const NO_ANSWERS = { total: 0, arriving: 0, verified: 0, limited: 0, incomplete: 0, failed: 0 } as const;

/** The snapshot of a tab whose document Assay judges. */
export function snapshotOf(document: DocumentState, context: TabContext): TabSnapshot {
  const verdict = verdictOf(document);
  const checking = document.step !== undefined;
  const state: TabState = !context.allowed ? 'nopermission' : checking ? 'checking' : (verdict?.state ?? 'waiting');
  const checks = verdict?.checks ?? document.attestation?.checks ?? [];
  const leading = leadingCheck(checks);
  return {
    tabId: document.tabId,
    pageOrigin: document.pageOrigin,
    host: new URL(document.pageOrigin).host,
    service: context.service,
    state,
    ...(checking && verdict !== undefined ? { before: verdict.state } : {}),
    ...(document.step === undefined ? {} : { step: document.step }),
    qualifiers: [...qualifiersOf(checks), ...(isThisPagesFault(document, checks) ? (['through-this-page'] as const) : []), ...(context.service.addedByYou ? (['added-by-you'] as const) : [])],
    checks,
    ...(leading === undefined ? {} : { leading }),
    ...(document.attestation === undefined ? {} : { attestation: document.attestation }),
    answers: document.answers,
    counts: countsOf(document),
    acknowledged: document.acknowledged.length > 0,
    reloadNeeded: false,
    consentNeeded: context.consentNeeded,
  };
}

/** The snapshot of a tab whose page Assay does not judge, or cannot until it is allowed or loaded anew. */
export function idleSnapshot(tabId: number, page: { readonly origin?: string; readonly service?: ServiceView }, why: 'off' | 'nopermission' | 'reload'): TabSnapshot {
  return {
    tabId,
    ...(page.origin === undefined ? {} : { pageOrigin: page.origin, host: new URL(page.origin).host }),
    ...(page.service === undefined ? {} : { service: page.service }),
    state: why === 'reload' ? 'waiting' : why,
    qualifiers: [],
    checks: [],
    answers: [],
    counts: NO_ANSWERS,
    acknowledged: false,
    reloadNeeded: why === 'reload',
    consentNeeded: false,
  };
}

/** Everything the popup shows, from one snapshot. Pure: no clock, no browser, no sentence. */
import type { Code } from '../../checks/codes';
import type { ServiceChoice } from '../../watch/protocol';
import type { TabSnapshot } from '../../watch/snapshot';
import type { Phrase } from '../i18n/text';
import { type Actions, actionsOf } from './actions';
import { type AnswersModel, answersOf } from './answers';
import { type AskCard, askOf } from './ask';
import { type FamilyContext, familyTexts, hasCode } from './family';
import { gapsOf } from './gaps';
import { type Verdict, verdictWords } from './headline';
import { type RailRow, railOf } from './rail';
import { type ClaimLine, readersOf } from './readers';
import { type Values, valuesOf } from './rows';
import { processorVendor } from './vendor';

/** The card of a fault: what happened (in `incomplete`, where the headline does not say it), what it means, what to do, the values, the code. */
export interface FaultCard {
  readonly loud: boolean;
  readonly happened?: Phrase;
  readonly means: Phrase;
  readonly todo: Phrase;
  readonly values?: Values;
  readonly detail?: string;
  readonly code: Code;
  readonly reportedByPage: boolean;
}

export interface PopupModel {
  /** Service and host; the host alone on pages of nobody Assay knows. */
  readonly service: string | undefined;
  readonly host: string | undefined;
  readonly verdict: Verdict;
  readonly fault: FaultCard | undefined;
  readonly ask: AskCard | undefined;
  readonly readers: readonly ClaimLine[];
  readonly gaps: readonly ClaimLine[];
  readonly rail: readonly RailRow[];
  readonly answers: AnswersModel;
  readonly actions: Actions;
}

function faultOf(snapshot: TabSnapshot, verdict: Verdict, context: FamilyContext): FaultCard | undefined {
  const leading = snapshot.leading;
  if (verdict.shown !== 'failed' && verdict.shown !== 'incomplete') return undefined;
  if (leading === undefined || !hasCode(leading) || (snapshot.consentNeeded && verdict.shown === 'incomplete')) return undefined;
  const { happened, means, todo } = familyTexts(leading, context);
  const values = valuesOf(leading);
  return {
    loud: verdict.shown === 'failed',
    ...(verdict.shown === 'failed' ? {} : { happened }),
    means,
    todo,
    ...(values === undefined ? {} : { values }),
    ...(leading.detail === '' ? {} : { detail: leading.detail }),
    code: leading.code,
    reportedByPage: leading.basis === 'page',
  };
}

/** `now` in ms since the epoch; `choices`: the services that are built. */
export function popupModel(snapshot: TabSnapshot, choices: readonly ServiceChoice[], now: number): PopupModel {
  const context: FamilyContext = { service: snapshot.service?.name ?? snapshot.host ?? '', now, nextTryAt: snapshot.attestation?.nextTryAt, processor: processorVendor(snapshot.checks) };
  const verdict = verdictWords(snapshot, context);
  const claims = (verdict.shown === 'verified' || verdict.shown === 'limited' || verdict.shown === 'incomplete') && snapshot.checks.length > 0 && !snapshot.consentNeeded;
  return {
    service: snapshot.service?.name,
    host: snapshot.host,
    verdict,
    fault: faultOf(snapshot, verdict, context),
    ask: askOf(snapshot, choices),
    readers: claims ? readersOf(snapshot.checks, context.service) : [],
    gaps: claims ? gapsOf(snapshot.checks, context, verdict.shown === 'verified') : [],
    rail: railOf(snapshot, context),
    answers: answersOf(snapshot),
    actions: actionsOf(snapshot),
  };
}

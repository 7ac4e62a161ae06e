/** The top of the evidence page: the verdict over this evidence in one sentence, and what it is evidence of. */
import type { State } from '../../../verdict/state';
import { leadingCheck } from '../../../verdict/groups';
import type { EvidenceView } from '../../../watch/snapshot';
import { type MessageKey, type Phrase, plural, text } from '../../i18n/text';
import { placeOf } from '../devices';
import { type FamilyContext, familyTexts, hasCode } from '../family';
import { hostOf } from '../ask';
import { isFromFiles } from '../files';
import { countsOf } from './counts';
import { nonceName } from './facts';

export interface Lead {
  readonly state: State;
  readonly title: Phrase;
  readonly sentences: readonly Phrase[];
  /** Service, model, page; when; for which number; against whose roots. */
  readonly about: Phrase;
  readonly judged: Phrase;
  /** The number that was sent, in hex; empty where none was sent or it is not known. */
  readonly nonce: string;
  /** Whose number that is. */
  readonly nonceName: MessageKey;
  /** Said loudly: these are not the vendors' roots. */
  readonly simulated: boolean;
  /** The service's address came from the user. */
  readonly added: boolean;
}

function title(state: State, fail: number, open: number): Phrase {
  if (state === 'failed') return plural('evidence_title_failed', fail);
  if (state === 'incomplete') return plural('evidence_title_incomplete', Math.max(1, open));
  return state === 'limited' ? text('state_limited_title') : text('evidence_title_verified');
}

const filesAbout = ({ service: { name, host } }: EvidenceView): Phrase => (host === '' ? text('files_about', { report: name }) : text('files_about_policy', { report: name, policy: host }));

function aboutOf(view: EvidenceView): Phrase {
  const { service: { name: service, host }, attestation: { model }, askedOf } = view;
  if (isFromFiles(view)) return filesAbout(view);
  if (askedOf !== undefined) return text('evidence_about_asked', { service, host, asked: hostOf(askedOf) });
  return model === undefined ? text('evidence_about', { service, host }) : text('evidence_about_model', { service, host, model });
}

export function leadOf(view: EvidenceView, context: FamilyContext): Lead {
  const { attestation, service, nonce } = view;
  const { hold, gaps, open, fail } = countsOf(attestation.checks);
  const leading = leadingCheck(attestation.checks);
  const place = leading === undefined ? undefined : placeOf(leading, attestation.checks);
  const about = place === undefined ? [] : [text('device_about', { place: { kind: 'phrase', value: place } })];
  const what = leading === undefined || !hasCode(leading) ? [] : [familyTexts(leading, context).happened, ...about];
  const rest = { kind: 'number', value: hold } as const;
  const of: Phrase =
    attestation.state === 'verified'
      ? plural('evidence_all_hold', hold)
      : attestation.state === 'limited'
        ? plural('evidence_some_gaps', gaps, { hold: rest })
        : plural('evidence_others_hold', hold);
  const received = attestation.receivedAt ?? attestation.appraisedAt;
  return {
    state: attestation.state,
    title: title(attestation.state, fail, open),
    sentences: attestation.state === 'limited' ? [of] : [...what, of],
    about: aboutOf(view),
    judged: isFromFiles(view) ? text(view.flavour === 'simulator' ? 'files_judged_simulator' : 'files_judged', { judged: { kind: 'datetime', value: attestation.appraisedAt } }) : text(view.flavour === 'simulator' ? 'evidence_judged_simulator' : 'evidence_judged', {
      received: { kind: 'datetime', value: received },
      judged: { kind: 'datetime', value: attestation.appraisedAt },
    }),
    nonce,
    nonceName: nonceName(attestation.checks),
    simulated: view.flavour === 'simulator',
    added: service.addedByYou,
  };
}

/** What a person can do next: at most two buttons at the foot, the likely one in ink at the end (UI.md 3, 5, 7). */
import { familyOf } from '../../checks/codes';
import { groupOf } from '../../verdict/groups';
import type { TabSnapshot } from '../../watch/snapshot';
import type { EvidenceSection, OptionsSection } from '../doors';
import { type Phrase, text } from '../i18n/text';
import { shownState } from './headline';

/** What a button does; the view gives it to the doors. */
export type Deed =
  | { readonly does: 'recheck' | 'stop' | 'acknowledge' | 'reload' | 'consent' }
  | { readonly does: 'copy-report' }
  | { readonly does: 'evidence'; readonly attestationId: string; readonly section: EvidenceSection | undefined }
  | { readonly does: 'options'; readonly section: OptionsSection | undefined }
  /** Asks the browser for these origins; `pick` puts the service on the list as well. */
  | { readonly does: 'allow'; readonly origins: readonly string[]; readonly pick: string | undefined };

export interface Action {
  readonly label: Phrase;
  readonly deed: Deed;
  readonly icon?: 'again' | 'page' | 'copy';
}

export interface Actions {
  readonly start?: Action;
  /** In ink, at the end. */
  readonly main?: Action;
  /** Small ones inside the card of a fault. */
  readonly card: readonly Action[];
  /** A re-check button in the bar, where the foot has none. */
  readonly recheckInBar: boolean;
}

const recheck = (label: Phrase): Action => ({ label, deed: { does: 'recheck' }, icon: 'again' });

function evidence(snapshot: TabSnapshot, label: Phrase, section: EvidenceSection | undefined): Action | undefined {
  const id = snapshot.attestation?.id;
  return id === undefined || snapshot.attestation?.receivedAt === undefined ? undefined : { label, deed: { does: 'evidence', attestationId: id, section }, icon: 'page' };
}

const ownKey: Action = { label: text('action_own_key'), deed: { does: 'options', section: 'keys' } };
const acknowledge: Action = { label: text('action_seen'), deed: { does: 'acknowledge' } };

function failed(snapshot: TabSnapshot): Actions {
  const leading = snapshot.leading;
  const family = leading?.code === undefined ? undefined : familyOf(leading.code);
  const section = leading === undefined ? undefined : groupOf(leading);
  const toEvidence = family === 'MEASUREMENT_MISMATCH' ? evidence(snapshot, text('action_review'), 'software') : evidence(snapshot, text('state_failed_action'), section);
  const main = toEvidence ?? recheck(text('label_recheck'));
  const report: Action = { label: text('label_copy_report'), deed: { does: 'copy-report' }, icon: 'copy' };
  // Only a level on Intel's list can be accepted until a date.
  if (leading?.code !== 'TCB_OUT_OF_DATE') return { start: acknowledge, main, card: [report], recheckInBar: toEvidence !== undefined };
  const accept: Action = { label: text('action_accept_until'), deed: { does: 'options', section: 'strict' } };
  return { start: accept, main, card: [report, acknowledge], recheckInBar: toEvidence !== undefined };
}

function incomplete(snapshot: TabSnapshot): Actions {
  if (snapshot.consentNeeded) return { card: [], recheckInBar: true };
  // Asking again without it would find the same.
  if (snapshot.leading?.code === 'KEY_NEEDED') return { main: ownKey, card: [], recheckInBar: true };
  // The service refused the key that was typed: another one is what helps.
  if (snapshot.leading?.code === 'LOGIN_NEEDED' && snapshot.attestation?.through === 'key') return { start: recheck(text('state_incomplete_action')), main: ownKey, card: [], recheckInBar: false };
  const look = evidence(snapshot, text('label_open_evidence'), snapshot.leading === undefined ? undefined : groupOf(snapshot.leading));
  return { ...(look === undefined ? {} : { start: look }), main: recheck(text('state_incomplete_action')), card: [], recheckInBar: false };
}

function checked(snapshot: TabSnapshot, label: Phrase, section: EvidenceSection | undefined): Actions {
  const look = evidence(snapshot, label, section);
  const again = recheck(text('label_recheck'));
  return look === undefined ? { main: again, card: [], recheckInBar: false } : { start: again, main: look, card: [], recheckInBar: false };
}

/** The actions that fit a snapshot; while checking there is one: to stop. */
export function actionsOf(snapshot: TabSnapshot): Actions {
  if (snapshot.state === 'checking') return { start: { label: text('state_checking_action'), deed: { does: 'stop' } }, card: [], recheckInBar: false };
  switch (shownState(snapshot)) {
    case 'verified':
      return checked(snapshot, text('state_verified_action'), undefined);
    case 'limited':
      return checked(snapshot, text('state_limited_action'), snapshot.leading === undefined ? undefined : groupOf(snapshot.leading));
    case 'failed':
      return failed(snapshot);
    case 'incomplete':
      return incomplete(snapshot);
    case 'waiting': {
      const look = evidence(snapshot, text('label_open_evidence'), undefined);
      if (snapshot.reloadNeeded || look === undefined) return { card: [], recheckInBar: false };
      return { start: recheck(text('label_recheck')), main: look, card: [], recheckInBar: false };
    }
    case 'checking':
    case 'off':
    case 'nopermission':
      return { card: [], recheckInBar: false };
  }
}

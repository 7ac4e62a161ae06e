/** The card that asks for one thing: a choice, a permission, a reload, a first check. */
import { hostsOf } from '../../providers/hosts';
import type { ServiceChoice } from '../../watch/protocol';
import type { ServiceView, TabSnapshot } from '../../watch/snapshot';
import { type Phrase, text } from '../i18n/text';
import type { Action } from './actions';

export interface AskCard {
  readonly title?: Phrase;
  readonly body: Phrase;
  /** The first is the likely one. */
  readonly actions: readonly Action[];
}

export const hostOf = (origin: string): string => origin.replace(/^https?:\/\//, '');

/** Every origin the browser has to allow for a service. */
const originsOf = (snapshot: TabSnapshot, service: ServiceView, choices: readonly ServiceChoice[]): readonly string[] => {
  const choice = choices.find((c) => c.profileId === service.profileId);
  const pages = snapshot.pageOrigin === undefined ? [] : [snapshot.pageOrigin];
  return hostsOf(choice ?? { uiOrigins: pages, apiOrigins: service.apiOrigins });
};

function allow(snapshot: TabSnapshot, service: ServiceView, choices: readonly ServiceChoice[], pick: boolean): AskCard {
  const origins = originsOf(snapshot, service, choices);
  const hosts = { kind: 'list', value: origins.map(hostOf) } as const;
  return {
    body: pick ? text('ask_off_known_body', { service: service.name, hosts }) : text('ask_nopermission_body', { hosts }),
    actions: [{ label: text('state_nopermission_action', { service: service.name }), deed: { does: 'allow', origins, pick: pick ? service.profileId : undefined } }],
  };
}

/** The card a snapshot calls for; `choices` are the services that are built (empty until they are known). */
export function askOf(snapshot: TabSnapshot, choices: readonly ServiceChoice[]): AskCard | undefined {
  const service = snapshot.service;
  if (snapshot.state === 'off') {
    if (service !== undefined) return allow(snapshot, service, choices, true);
    if (choices.length === 0) return undefined;
    return {
      body: text('ask_off_body', { services: { kind: 'list', value: choices.map((c) => c.name) } }),
      actions: [{ label: text('state_off_action'), deed: { does: 'options', section: 'services' } }],
    };
  }
  if (snapshot.state === 'nopermission' && service !== undefined) return allow(snapshot, service, choices, false);
  if (snapshot.reloadNeeded) {
    return { title: text('ask_reload_title'), body: text('ask_reload_body'), actions: [{ label: text('action_reload'), deed: { does: 'reload' }, icon: 'again' }] };
  }
  if (snapshot.consentNeeded && (snapshot.state === 'incomplete' || snapshot.state === 'waiting')) {
    return {
      title: text('ask_consent_title'),
      body: text('ask_consent_body'),
      actions: [
        { label: text('action_ask_page'), deed: { does: 'consent' } },
        { label: text('action_own_key'), deed: { does: 'options', section: 'keys' } },
      ],
    };
  }
  if (snapshot.state === 'waiting' && snapshot.attestation?.receivedAt === undefined) {
    return { body: text('ask_waiting_body'), actions: [{ label: text('state_waiting_action'), deed: { does: 'recheck' } }] };
  }
  return undefined;
}

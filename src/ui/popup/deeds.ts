/** What the popup's buttons do, through the doors. */
import { useState } from 'preact/hooks';
import type { TabSnapshot } from '../../watch/snapshot';
import { CodedError } from '../../checks/error';
import type { Doors } from '../doors';
import { type Phrase, text } from '../i18n/text';
import type { Deed } from '../model/actions';

export interface Performer {
  /** To be called from a click and from nothing before it. */
  readonly perform: (deed: Deed) => void;
  /** What went wrong with the last one. */
  readonly trouble: Phrase | undefined;
}

async function carryOut(deed: Exclude<Deed, { does: 'allow' | 'copy-report' }>, doors: Doors, snapshot: TabSnapshot): Promise<void> {
  const { client } = doors;
  const { tabId } = snapshot;
  switch (deed.does) {
    case 'recheck':
      await client.ask('tab.recheck', { tabId });
      return;
    case 'stop':
      await client.ask('tab.stop', { tabId });
      return;
    case 'acknowledge':
      await client.ask('tab.acknowledge', { tabId });
      return;
    case 'consent':
      if (snapshot.pageOrigin !== undefined) await client.ask('consent.set', { pageOrigin: snapshot.pageOrigin, allow: true });
      return;
    case 'reload':
      await doors.reloadTab(tabId);
      doors.close();
      return;
    case 'evidence':
      await doors.openPage({ page: 'evidence', attestationId: deed.attestationId, ...(deed.section === undefined ? {} : { section: deed.section }) });
      doors.close();
      return;
    case 'options':
      await doors.openPage({ page: 'options', ...(deed.section === undefined ? {} : { section: deed.section }) });
      doors.close();
  }
}

/** The service is put on the list at once: the popup may close while the browser asks, and the permission decides anyway. */
async function pick(profileId: string, doors: Doors): Promise<void> {
  const { services } = await doors.client.ask('settings.get', {});
  await doors.client.ask('settings.set', { patch: { services: [...new Set([...services, profileId])] } });
}

/** A fault in plain words with its code, which can be searched for. */
export const troubleOf = (error: unknown): Phrase => text('trouble', { code: error instanceof CodedError ? error.code : 'INTERNAL_ERROR' });

export function usePerformer(doors: Doors, snapshot: TabSnapshot): Performer {
  const [trouble, setTrouble] = useState<Phrase | undefined>(undefined);

  function allow(origins: readonly string[], profileId: string | undefined): void {
    // First statement of the click: a browser asks only then.
    const answer = doors.permissions.request(origins);
    const picked = profileId === undefined ? Promise.resolve() : pick(profileId, doors);
    Promise.all([answer, picked]).then(
      ([granted]) => setTrouble(granted ? undefined : text('ask_refused')),
      (error: unknown) => setTrouble(troubleOf(error)),
    );
  }

  return {
    trouble,
    perform(deed) {
      if (deed.does === 'allow') return allow(deed.origins, deed.pick);
      if (deed.does === 'copy-report') return undefined;
      carryOut(deed, doors, snapshot).then(
        () => setTrouble(undefined),
        (error: unknown) => setTrouble(troubleOf(error)),
      );
      return undefined;
    },
  };
}


/** The options page's data and its one way to change it: every choice is saved at once. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { CodedError } from '../../checks/error';
import type { Settings } from '../../records/settings';
import type { Kept, ServiceChoice } from '../../watch/protocol';
import type { StoredReference } from '../../watch/snapshot';
import { type Phrase, text } from '../i18n/text';
import { troubleOf } from '../popup/deeds';
import { useKit } from '../view/kit';

export interface OptionsData {
  readonly settings: Settings;
  readonly choices: readonly ServiceChoice[];
  readonly references: readonly StoredReference[];
  readonly kept: Kept;
}

export interface OptionsState {
  readonly data: OptionsData | undefined;
  /** Code of what kept the page from being filled. */
  readonly broken: string | undefined;
  /** The quiet confirmation, or what went wrong. */
  readonly said: Phrase | undefined;
  readonly tell: (what: Phrase) => void;
  /** Saves one choice. */
  readonly save: (patch: Partial<Settings>) => void;
  /** Does something, reads everything anew, then says so. */
  readonly act: (deed: () => Promise<unknown>, done: Phrase) => void;
  readonly reload: () => void;
}

const SAID_MS = 4_000;

export function useOptions(): OptionsState {
  const { doors } = useKit();
  const [data, setData] = useState<OptionsData | undefined>(undefined);
  const [broken, setBroken] = useState<string | undefined>(undefined);
  const [said, setSaid] = useState<Phrase | undefined>(undefined);

  const load = useCallback(async (): Promise<void> => {
    const { client } = doors;
    try {
      const [settings, choices, references, kept] = await Promise.all([client.ask('settings.get', {}), client.ask('services.list', {}), client.ask('reference.list', {}), client.ask('records.kept', {})]);
      setData({ settings, choices, references, kept });
      setBroken(undefined);
    } catch (error) {
      setBroken(error instanceof CodedError ? error.code : 'INTERNAL_ERROR');
    }
  }, [doors]);

  useEffect(() => {
    void load();
    return doors.permissions.onChange(() => void load());
  }, [doors, load]);

  useEffect(() => {
    if (said === undefined) return undefined;
    const timer = setTimeout(() => setSaid(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const act = (deed: () => Promise<unknown>, done: Phrase): void => {
    deed()
      .then(() => done, (error: unknown) => troubleOf(error))
      .then(async (says) => {
        // Also where it failed: half of it may have been done.
        await load();
        setSaid(says);
      })
      .catch((error: unknown) => setSaid(troubleOf(error)));
  };

  return {
    data,
    broken,
    said,
    tell: setSaid,
    act,
    save: (patch) => act(() => doors.client.ask('settings.set', { patch }), text('options_saved')),
    reload: () => void load(),
  };
}

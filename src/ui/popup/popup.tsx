/** The popup: one tab, live. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ServiceChoice } from '../../watch/protocol';
import type { TabSnapshot } from '../../watch/snapshot';
import type { Doors } from '../doors';
import { type Phrase, text } from '../i18n/text';
import type { Action } from '../model/actions';
import { popupModel } from '../model/popup';
import { reportText } from '../model/report';
import { dress, KitContext, kitOf, useKit, useNow } from '../view/kit';
import { usePerformer } from './deeds';
import { Answers, Ask, Bar, Claims, Fault, Foot, Rail, VerdictPart } from './parts';

/** How often times are said anew: by the second while a next try is counted down. */
const COUNTDOWN_MS = 1_000;
const IDLE_MS = 15_000;

const Shown = ({ snapshot, choices }: { readonly snapshot: TabSnapshot; readonly choices: readonly ServiceChoice[] }) => {
  const { doors, say } = useKit();
  const now = useNow(snapshot.attestation?.nextTryAt === undefined ? IDLE_MS : COUNTDOWN_MS);
  const model = popupModel(snapshot, choices, now);
  const { perform, trouble } = usePerformer(doors, snapshot);
  const onAct = (action: Action): void => perform(action.deed);
  const { actions, verdict } = model;
  return (
    <main class={`popup is-${verdict.shown}`} aria-label={say(text('popup_label', { service: model.service ?? model.host ?? '' }))}>
      <Bar service={model.service} host={model.host} recheck={actions.recheckInBar} onRecheck={() => perform({ does: 'recheck' })} onOptions={() => perform({ does: 'options', section: undefined })} />
      <VerdictPart verdict={verdict} />
      {model.fault === undefined ? null : <Fault fault={model.fault} actions={actions.card} report={() => reportText(snapshot, doors.now())} onAct={onAct} />}
      {model.ask === undefined ? null : <Ask ask={model.ask} onAct={onAct} />}
      {trouble === undefined ? null : (
        <p class="trouble" role="status">
          {say(trouble)}
        </p>
      )}
      <Claims readers={model.readers} gaps={model.gaps} />
      <Rail rows={model.rail} />
      <Answers answers={model.answers} />
      <Foot start={actions.start} main={actions.main} onAct={onAct} />
    </main>
  );
};

const Plain = ({ says }: { readonly says: Phrase }) => {
  const { doors, say } = useKit();
  return (
    <main class="popup is-off">
      <Bar service={undefined} host={undefined} recheck={false} onRecheck={() => undefined} onOptions={() => void doors.openPage({ page: 'options' })} />
      <p class="plain" role="status">
        {say(says)}
      </p>
    </main>
  );
};

const Live = ({ tabId }: { readonly tabId: number }) => {
  const { doors } = useKit();
  const [snapshot, setSnapshot] = useState<TabSnapshot | undefined>(undefined);
  const [choices, setChoices] = useState<readonly ServiceChoice[]>([]);
  const [broken, setBroken] = useState(false);

  useEffect(() => {
    const stop = doors.client.watchTab(tabId, (next) => {
      setBroken(false);
      setSnapshot(next);
    });
    doors.client.ask('tab.get', { tabId }).then(
      // What was pushed meanwhile is newer.
      (first) => setSnapshot((shown) => shown ?? first),
      () => setBroken(true),
    );
    doors.client.ask('services.list', {}).then(setChoices, () => setBroken(true));
    return stop;
  }, [doors, tabId]);

  if (snapshot !== undefined) return <Shown snapshot={snapshot} choices={choices} />;
  return <Plain says={text(broken ? 'popup_broken' : 'popup_loading')} />;
};

/** Draws the popup for `tabId`; `undefined` where there is no tab. Resolves once the first picture stands. */
export async function mountPopup(root: Element, doors: Doors, at: { readonly tabId: number | undefined }): Promise<void> {
  const kit = kitOf(doors);
  const theme = await doors.client.ask('settings.get', {}).then(
    (settings) => settings.theme,
    // Without the background the system's theme is right, and the popup itself says what is wrong.
    () => 'system' as const,
  );
  dress(document, kit.say, kit.say(text('extension_name')), theme);
  document.body.classList.add('pop');
  render(<KitContext.Provider value={kit}>{at.tabId === undefined ? <Plain says={text('popup_no_tab')} /> : <Live tabId={at.tabId} />}</KitContext.Provider>, root);
}

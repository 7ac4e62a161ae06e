/** The evidence page: one piece of evidence, taken apart and judged again each time it is opened; or files that a person brings. */
import { render } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { CodedError } from '../../checks/error';
import type { Settings } from '../../records/settings';
import type { EvidenceView } from '../../watch/snapshot';
import type { Doors } from '../doors';
import { type Phrase, text } from '../i18n/text';
import { troubleOf } from '../popup/deeds';
import { dress, KitContext, kitOf, useKit } from '../view/kit';
import { Plain, Working } from '../view/page';
import { ChooseFiles, type Judged } from './files';
import { Shown } from './shown';

type Loaded = { readonly kind: 'working' } | { readonly kind: 'gone' } | { readonly kind: 'refused'; readonly code: string } | { readonly kind: 'view'; readonly view: EvidenceView; readonly settings: Settings };

const Live = ({ attestationId }: { readonly attestationId: string }) => {
  const { doors, say } = useKit();
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'working' });
  const [said, setSaid] = useState<Phrase | undefined>(undefined);

  const load = useCallback(async (): Promise<void> => {
    try {
      const [view, settings] = await Promise.all([doors.client.ask('evidence.get', { attestationId }), doors.client.ask('settings.get', {})]);
      setLoaded(view === null ? { kind: 'gone' } : { kind: 'view', view, settings });
      if (view !== null) document.title = say(text('evidence_page_title', { service: view.service.name }));
    } catch (error) {
      setLoaded({ kind: 'refused', code: error instanceof CodedError ? error.code : 'INTERNAL_ERROR' });
    }
  }, [doors, say, attestationId]);
  useEffect(() => void load(), [load]);

  const onApprove = (index: number): void => {
    const software = loaded.kind === 'view' ? loaded.view.software[index] : undefined;
    if (software === undefined) return;
    const { kind, place } = software;
    doors.client
      .ask('reference.approve', { attestationId, kind, ...(place === undefined ? {} : { place }) })
      .then(load)
      .then(
        () => setSaid(text('approve_done')),
        (error: unknown) => setSaid(troubleOf(error)),
      );
  };

  switch (loaded.kind) {
    case 'working':
      return <Working what={text('evidence_loading')} />;
    case 'gone':
      return <Plain title={text('evidence_gone_title')} body={text('evidence_gone_body')} />;
    case 'refused':
      return (
        <Plain title={text('evidence_broken_title')} body={text('evidence_broken_body', { code: loaded.code })}>
          <button type="button" class="btn main" onClick={() => void load()}>
            {say(text('evidence_try_again'))}
          </button>
        </Plain>
      );
    case 'view':
      return <Shown view={loaded.view} settings={loaded.settings} said={said} again={text('evidence_judge_again')} onAgain={() => void load()} onApprove={onApprove} />;
  }
};

/** Downloaded files: chosen first, then shown like any other evidence. */
const Files = () => {
  const { say } = useKit();
  const [judged, setJudged] = useState<Judged | undefined>(undefined);
  useEffect(() => {
    document.title = say(judged === undefined ? text('files_title') : text('files_page_title', { name: judged.view.service.name }));
    scrollTo(0, 0);
  }, [say, judged]);
  if (judged === undefined) return <ChooseFiles onJudged={setJudged} />;
  return <Shown view={judged.view} settings={judged.settings} said={undefined} again={text('files_again')} onAgain={() => setJudged(undefined)} onApprove={() => undefined} />;
};

/** Draws the evidence page; `attestationId` is `undefined` where the address names none: then files can be brought. */
export async function mountEvidence(root: Element, doors: Doors, at: { readonly attestationId: string | undefined }): Promise<void> {
  const kit = kitOf(doors);
  const theme = await doors.client.ask('settings.get', {}).then(
    (settings) => settings.theme,
    // Without the background the system's theme is right, and the page itself says what is wrong.
    () => 'system' as const,
  );
  dress(document, kit.say, kit.say(text('extension_name')), theme);
  document.body.classList.add('full');
  render(<KitContext.Provider value={kit}>{at.attestationId === undefined ? <Files /> : <Live attestationId={at.attestationId} />}</KitContext.Provider>, root);
}

/** The evidence page: one piece of evidence, taken apart and judged again each time it is opened. */
import { render } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { CodedError } from '../../checks/error';
import type { Settings } from '../../records/settings';
import type { EvidenceView } from '../../watch/snapshot';
import { type Doors, EVIDENCE_SECTIONS, type EvidenceSection } from '../doors';
import { type Phrase, text } from '../i18n/text';
import { type EvidenceModel, evidenceModel } from '../model/evidence';
import type { Lead } from '../model/evidence/lead';
import { troubleOf } from '../popup/deeds';
import { CopyMini } from '../view/copy';
import { Glyph, Icon, Mark } from '../view/icons';
import { dress, KitContext, kitOf, useKit, useSay } from '../view/kit';
import { Masthead, Plain, Working } from '../view/page';
import { Value } from '../view/values';
import { DownloadsPart } from './downloads';
import { Frame } from './frame';
import { AnswersPart, KeyPart } from './key-answers';
import { Machine } from './machine';
import { Software } from './software';

const LeadPart = ({ lead }: { readonly lead: Lead }) => {
  const say = useSay();
  return (
    <section class="lead" role={lead.state === 'failed' ? 'alert' : 'status'}>
      <Mark state={lead.state} size={64} />
      <div>
        <h1>{say(lead.title)}</h1>
        <p>{lead.sentences.map(say).join(' ')}</p>
        <p class="when">
          {lead.simulated ? <span class="tag unknown">{say(text('evidence_simulator'))}</span> : null} {lead.added ? <span class="tag">{say(text('options_own_tag'))}</span> : null} <span dir="auto">{say(lead.about)}</span> {say(lead.judged)}
        </p>
        <p class="when number">
          <span>{say(text('evidence_for_number'))}</span>
          <Value value={lead.nonce} name={say(text('fact_nonce'))} />
          <CopyMini value={lead.nonce} label={{ key: 'label_copy_value', args: { name: say(text('fact_nonce')) } }} />
        </p>
      </div>
    </section>
  );
};

/** The part that is being read: the last one whose head has passed the upper third of the window. */
function useCurrent(): EvidenceSection {
  const [current, setCurrent] = useState<EvidenceSection>('machine');
  useEffect(() => {
    const look = () => {
      const passed = EVIDENCE_SECTIONS.filter((id) => (document.getElementById(id)?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY) < innerHeight / 3);
      setCurrent(passed.at(-1) ?? 'machine');
    };
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  return current;
}

const Nav = ({ model }: { readonly model: EvidenceModel }) => {
  const say = useSay();
  const current = useCurrent();
  return (
    <nav aria-label={say(text('evidence_nav'))}>
      <ul>
        {model.sections.map((section) => (
          <li key={section.group}>
            <a href={`#${section.group}`} aria-current={current === section.group ? 'true' : undefined}>
              <Glyph kind={section.kind} />
              {say({ key: section.title })}
            </a>
          </li>
        ))}
        <li>
          <a href="#downloads" aria-current={current === 'downloads' ? 'true' : undefined}>
            <Icon name="save" size={14} />
            {say(text('evidence_section_downloads'))}
          </a>
        </li>
      </ul>
    </nav>
  );
};

interface ShownProps {
  readonly view: EvidenceView;
  readonly settings: Settings;
  readonly said: Phrase | undefined;
  readonly onAgain: () => void;
  readonly onApprove: (index: number) => void;
}

const Shown = ({ view, settings, said, onAgain, onApprove }: ShownProps) => {
  const { doors, say } = useKit();
  const model = evidenceModel(view, settings, doors.now());
  const [machine, software, key, answer] = model.sections;
  // A link from the popup names a part; it can only be reached once it is drawn.
  useEffect(() => {
    const wanted = EVIDENCE_SECTIONS.find((id) => location.hash === `#${id}`);
    if (wanted !== undefined) document.getElementById(wanted)?.scrollIntoView();
  }, []);
  return (
    <>
      <Masthead>
        <button type="button" class="btn" onClick={onAgain}>
          <Icon name="again" />
          {say(text('evidence_judge_again'))}
        </button>
      </Masthead>
      <div class="wrap">
        <Nav model={model} />
        <main id="main">
          <LeadPart lead={model.lead} />
          <p role="status" class="confirmation">
            {said === undefined ? '' : say(said)}
          </p>
          {machine === undefined ? null : (
            <Frame section={machine} intro={model.machineIntro}>
              <Machine model={model} />
            </Frame>
          )}
          {software === undefined ? null : (
            <Frame section={software} intro={{ key: model.software.intro }}>
              <Software software={model.software} onApprove={onApprove} />
            </Frame>
          )}
          {key === undefined ? null : (
            <Frame section={key} intro={{ key: model.key.intro }}>
              <KeyPart keys={model.key} />
            </Frame>
          )}
          {answer === undefined ? null : (
            <Frame section={answer} intro={text('answers_intro')}>
              <AnswersPart rows={model.answers} />
            </Frame>
          )}
          <DownloadsPart downloads={model.downloads} service={view.service.name} />
        </main>
      </div>
    </>
  );
};

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
    const kind = loaded.kind === 'view' ? loaded.view.software[index]?.kind : undefined;
    if (kind === undefined) return;
    doors.client
      .ask('reference.approve', { attestationId, kind })
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
      return <Shown view={loaded.view} settings={loaded.settings} said={said} onAgain={() => void load()} onApprove={onApprove} />;
  }
};

/** Draws the evidence page; `attestationId` is `undefined` where the address names none. */
export async function mountEvidence(root: Element, doors: Doors, at: { readonly attestationId: string | undefined }): Promise<void> {
  const kit = kitOf(doors);
  const theme = await doors.client.ask('settings.get', {}).then(
    (settings) => settings.theme,
    // Without the background the system's theme is right, and the page itself says what is wrong.
    () => 'system' as const,
  );
  dress(document, kit.say, kit.say(text('extension_name')), theme);
  document.body.classList.add('full');
  const none = <Plain title={text('evidence_none_title')} body={text('evidence_none_body')} />;
  render(<KitContext.Provider value={kit}>{at.attestationId === undefined ? none : <Live attestationId={at.attestationId} />}</KitContext.Provider>, root);
}

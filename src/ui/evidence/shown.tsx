/** Evidence as it is shown: lead, the list of parts, and each part in its frame. */
import { useEffect, useState } from 'preact/hooks';
import type { Settings } from '../../records/settings';
import type { EvidenceView } from '../../watch/snapshot';
import { EVIDENCE_SECTIONS } from '../doors';
import { type Phrase, text } from '../i18n/text';
import { type EvidenceModel, evidenceModel, type MachineModel, type Section, sectionsOf } from '../model/evidence';
import type { Lead } from '../model/evidence/lead';
import { CopyMini } from '../view/copy';
import { Glyph, Icon, Mark } from '../view/icons';
import { useKit, useSay } from '../view/kit';
import { Masthead } from '../view/page';
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
        {lead.nonce === '' ? null : (
          <p class="when number">
            <span>{say(text(lead.nonceName === 'fact_nonce_page' ? 'evidence_for_number_page' : 'evidence_for_number'))}</span>
            <Value value={lead.nonce} name={say({ key: lead.nonceName })} />
            <CopyMini value={lead.nonce} label={{ key: 'label_copy_value', args: { name: say({ key: lead.nonceName }) } }} />
          </p>
        )}
      </div>
    </section>
  );
};

/** The part that is being read: the last one whose head has passed the upper third of the window. */
function useCurrent(ids: readonly string[]): string | undefined {
  const [current, setCurrent] = useState(ids[0]);
  const all = ids.join(' ');
  useEffect(() => {
    const look = () => {
      const passed = all.split(' ').filter((id) => (document.getElementById(id)?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY) < innerHeight / 3);
      setCurrent(passed.at(-1) ?? all.split(' ')[0]);
    };
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, [all]);
  return current;
}

const Links = ({ sections, current }: { readonly sections: readonly Section[]; readonly current: string | undefined }) => {
  const say = useSay();
  return (
    <>
      {sections.map((section) => (
        <li key={section.id}>
          <a href={`#${section.id}`} aria-current={current === section.id ? 'true' : undefined}>
            <Glyph kind={section.kind} />
            {say({ key: section.title })}
          </a>
        </li>
      ))}
    </>
  );
};

/** Several machines each have a list of their own, under their name. */
const LinksOfMachines = ({ machines, current }: { readonly machines: readonly MachineModel[]; readonly current: string | undefined }) => {
  const say = useSay();
  return (
    <>
      {machines.map((one, i) =>
        one.machine.of === undefined ? (
          <Links key={i} sections={sectionsOf(one)} current={current} />
        ) : (
          <li key={i}>
            <span class="of">{say(one.machine.of)}</span>
            <ul>
              <Links sections={sectionsOf(one)} current={current} />
            </ul>
          </li>
        ),
      )}
    </>
  );
};

const Nav = ({ model }: { readonly model: EvidenceModel }) => {
  const say = useSay();
  const current = useCurrent([...model.sections.map(({ id }) => id), 'downloads']);
  return (
    <nav aria-label={say(text('evidence_nav'))}>
      <ul>
        <LinksOfMachines machines={model.machines} current={current} />
        {model.answer === undefined ? null : <Links sections={[model.answer]} current={current} />}
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

/** What one machine's evidence shows, in its three parts. */
const MachineParts = ({ model, onApprove }: { readonly model: MachineModel; readonly onApprove: (index: number) => void }) => (
  <>
    <Frame section={model.machine} intro={model.intro}>
      <Machine model={model} />
    </Frame>
    {model.softwareSection === undefined ? null : (
      <Frame section={model.softwareSection} intro={{ key: model.software.intro }}>
        <Software software={model.software} onApprove={onApprove} />
      </Frame>
    )}
    {model.keySection === undefined ? null : (
      <Frame section={model.keySection} intro={{ key: model.key.intro }}>
        <KeyPart keys={model.key} />
      </Frame>
    )}
  </>
);

interface ShownProps {
  readonly view: EvidenceView;
  readonly settings: Settings;
  readonly said: Phrase | undefined;
  /** The one button of the page's head. */
  readonly again: Phrase;
  readonly onAgain: () => void;
  readonly onApprove: (index: number) => void;
}

/** The whole page over one view. */
export const Shown = ({ view, settings, said, again, onAgain, onApprove }: ShownProps) => {
  const { doors, say } = useKit();
  const model = evidenceModel(view, settings, doors.now());
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
          {say(again)}
        </button>
      </Masthead>
      <div class="wrap">
        <Nav model={model} />
        <main id="main">
          <LeadPart lead={model.lead} />
          <p role="status" class="confirmation">
            {said === undefined ? '' : say(said)}
          </p>
          {model.machines.map((one, i) => (
            <MachineParts key={i} model={one} onApprove={onApprove} />
          ))}
          {model.answer === undefined ? null : (
            <Frame section={model.answer} intro={text('answers_intro')}>
              <AnswersPart rows={model.answers} />
            </Frame>
          )}
          <DownloadsPart downloads={model.downloads} service={view.service.name} />
        </main>
      </div>
    </>
  );
};

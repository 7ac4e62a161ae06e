/** One part of the evidence page: glyph, title, counts; what it means where something is at fault; its checks folded below. */
import type { ComponentChildren } from 'preact';
import { plural, type Phrase, text } from '../i18n/text';
import type { Section } from '../model/evidence';
import { CheckList } from '../view/check-list';
import { Glyph } from '../view/icons';
import { useSay } from '../view/kit';

const Explanation = ({ explains }: { readonly explains: NonNullable<Section['explains']> }) => {
  const say = useSay();
  return (
    <div class={`explains ${explains.kind}`}>
      <h3>{say(explains.happened)}</h3>
      {explains.place === undefined ? null : <p>{say(text('device_about', { place: { kind: 'phrase', value: explains.place } }))}</p>}
      <dl>
        <dt>{say(text('label_what_it_means'))}</dt>
        <dd>{say(explains.means)}</dd>
        <dt>{say(text('label_what_to_do'))}</dt>
        <dd>{say(explains.todo)}</dd>
      </dl>
      <code>{explains.code}</code>
    </div>
  );
};

interface FrameProps {
  readonly section: Section;
  readonly intro: Phrase | undefined;
  readonly children?: ComponentChildren;
}

export const Frame = ({ section, intro, children }: FrameProps) => {
  const say = useSay();
  const { explains, checks } = section;
  // Gaps are told by the introduction; what does not match or is open is explained.
  const loud = explains !== undefined && (explains.kind === 'fail' || explains.kind === 'unknown');
  return (
    <section class="sect" id={section.id} aria-labelledby={`h-${section.id}`}>
      <header>
        <Glyph kind={section.kind} size={20} />
        <h2 id={`h-${section.id}`}>{say(section.of === undefined ? { key: section.title } : text('label_placed', { name: { kind: 'phrase', value: { key: section.title } }, place: { kind: 'phrase', value: section.of } }))}</h2>
        <span class="ow">{say(section.counts)}</span>
      </header>
      {intro === undefined ? null : <p>{say(intro)}</p>}
      {explains !== undefined && loud ? <Explanation explains={explains} /> : null}
      {children}
      {checks.length === 0 ? null : (
        <details class="folded" open={loud}>
          <summary>{say(plural(section.total > checks.length ? 'evidence_show_folded' : 'evidence_show_checks', section.total))}</summary>
          <CheckList rows={checks} all />
        </details>
      )}
    </section>
  );
};

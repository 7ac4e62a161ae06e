/** Small parts of the options page. */
import type { ComponentChildren } from 'preact';
import { type MessageKey, type Phrase } from '../i18n/text';
import type { OptionsSection } from '../doors';
import { useSay } from '../view/kit';

export const Part = ({ id, title, intro, children }: { readonly id: OptionsSection; readonly title: MessageKey; readonly intro?: MessageKey; readonly children: ComponentChildren }) => {
  const say = useSay();
  return (
    <section id={id} aria-labelledby={`h-${id}`}>
      <h2 id={`h-${id}`}>{say({ key: title })}</h2>
      {intro === undefined ? null : <p>{say({ key: intro })}</p>}
      {children}
    </section>
  );
};

interface RowProps {
  readonly id: string;
  readonly label: Phrase;
  readonly note?: Phrase | undefined;
  readonly children: ComponentChildren;
}

/** A label with its note, and a control at the end. */
export const Row = ({ id, label, note, children }: RowProps) => {
  const say = useSay();
  return (
    <div class="row">
      <label for={id}>
        {say(label)}
        {note === undefined ? null : <small>{say(note)}</small>}
      </label>
      {children}
    </div>
  );
};

export const Switch = ({ id, on, onChange }: { readonly id: string; readonly on: boolean; readonly onChange: (on: boolean) => void }) => (
  <input class="sw" type="checkbox" role="switch" id={id} checked={on} onChange={(event) => onChange(event.currentTarget.checked)} />
);

/** Copying with an answer: the button says whether it worked, and says it aloud. */
import { useEffect, useState } from 'preact/hooks';
import type { Phrase } from '../i18n/text';
import { text } from '../i18n/text';
import { Icon } from './icons';
import { useKit } from './kit';

type Said = 'copied' | 'failed' | undefined;
const SHOWN_MS = 1_600;

function useCopy(value: () => string): { readonly said: Said; readonly copy: () => void } {
  const { doors } = useKit();
  const [said, setSaid] = useState<Said>(undefined);
  useEffect(() => {
    if (said === undefined) return undefined;
    const timer = setTimeout(() => setSaid(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    doors.copy(value()).then(
      () => setSaid('copied'),
      () => setSaid('failed'),
    );
  };
  return { said, copy };
}

const Answer = ({ said }: { readonly said: Said }) => {
  const { say } = useKit();
  return (
    <span class="said" role="status">
      {said === undefined ? '' : <span>{say(text(said === 'copied' ? 'label_copied' : 'label_copy_failed'))}</span>}
    </span>
  );
};

/** A small button beside a value. */
export const CopyMini = ({ value, label }: { readonly value: string; readonly label: Phrase }) => {
  const { say } = useKit();
  const { said, copy } = useCopy(() => value);
  return (
    <span class="copies">
      <button type="button" class="mini" aria-label={say(label)} title={say(label)} onClick={copy}>
        <Icon name="copy" size={13} />
      </button>
      <Answer said={said} />
    </span>
  );
};

/** A button with a word, for text that is made when it is pressed. */
export const CopyButton = ({ value, label, note, small = false }: { readonly value: () => string; readonly label: Phrase; readonly note?: Phrase; readonly small?: boolean }) => {
  const { say } = useKit();
  const { said, copy } = useCopy(value);
  return (
    <span class="copies">
      <button type="button" class={small ? 'btn small' : 'btn'} title={note === undefined ? undefined : say(note)} onClick={copy}>
        <Icon name="copy" size={small ? 13 : 16} />
        {say(label)}
      </button>
      <Answer said={said} />
    </span>
  );
};

/** The frame of a full page, and the parts several pages share. */
import type { ComponentChildren } from 'preact';
import { type Phrase, text } from '../i18n/text';
import { Mark } from './icons';
import { useSay } from './kit';

/** The head of a page with the word mark; `children` are its buttons. */
export const Masthead = ({ children }: { readonly children?: ComponentChildren }) => {
  const say = useSay();
  return (
    <>
      <a class="skip" href="#main">
        {say(text('evidence_skip'))}
      </a>
      <header class="masthead">
        <Mark state="verified" size={22} />
        <b>{say(text('extension_name'))}</b>
        <span class="sp" />
        {children}
      </header>
    </>
  );
};

/** A page that has only something to say. */
export const Plain = ({ title, body, children }: { readonly title: Phrase; readonly body?: Phrase; readonly children?: ComponentChildren }) => {
  const say = useSay();
  return (
    <>
      <Masthead />
      <main id="main" class="form">
        <h1>{say(title)}</h1>
        {body === undefined ? null : <p role="status">{say(body)}</p>}
        {children === undefined ? null : <div class="rowbtns">{children}</div>}
      </main>
    </>
  );
};

/** Something that is being done, by its name: never a bare spinner. */
export const Working = ({ what }: { readonly what: Phrase }) => {
  const say = useSay();
  return (
    <>
      <Masthead />
      <main id="main" class="form">
        <p class="working" role="status">
          <Mark state="checking" size={28} />
          {say(what)}
        </p>
      </main>
    </>
  );
};

/** The options page. Everything is saved at once; there is no Save button but for keys. */
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { type Doors, OPTIONS_SECTIONS } from '../doors';
import { text } from '../i18n/text';
import { dress, KitContext, kitOf, useKit } from '../view/kit';
import { Masthead, Plain, Working } from '../view/page';
import { References } from './references';
import { Keys, Services } from './services';
import { type OptionsData, type OptionsState, useOptions } from './state';
import { KeptPart, Look, Notice, Strict } from './strict';

const Shown = ({ state, data }: { readonly state: OptionsState; readonly data: OptionsData }) => {
  const { say } = useKit();
  const { theme } = data.settings;
  useEffect(() => dress(document, say, say(text('options_page_title')), theme), [say, theme]);
  // A link from elsewhere names a part; it can only be reached once it is drawn.
  useEffect(() => {
    const wanted = OPTIONS_SECTIONS.find((id) => location.hash === `#${id}`);
    if (wanted !== undefined) document.getElementById(wanted)?.scrollIntoView();
  }, []);
  return (
    <>
      <Masthead />
      <main id="main" class="form">
        <h1>{say(text('options_title'))}</h1>
        <Services state={state} data={data} />
        <Keys state={state} data={data} />
        <Strict state={state} data={data} />
        <Notice state={state} data={data} />
        <References state={state} data={data} />
        <Look state={state} data={data} />
        <KeptPart state={state} data={data} />
      </main>
      <p class={state.said === undefined ? 'toast' : 'toast shown'} role="status">
        {state.said === undefined ? '' : say(state.said)}
      </p>
    </>
  );
};

const Live = () => {
  const { say } = useKit();
  const state = useOptions();
  if (state.data !== undefined) return <Shown state={state} data={state.data} />;
  if (state.broken === undefined) return <Working what={text('options_loading')} />;
  return (
    <Plain title={text('options_broken')} body={text('options_broken_body', { code: state.broken })}>
      <button type="button" class="btn main" onClick={state.reload}>
        {say(text('evidence_try_again'))}
      </button>
    </Plain>
  );
};

/** Draws the options page. */
export function mountOptions(root: Element, doors: Doors): void {
  const kit = kitOf(doors);
  dress(document, kit.say, kit.say(text('options_page_title')), 'system');
  document.body.classList.add('full');
  render(
    <KitContext.Provider value={kit}>
      <Live />
    </KitContext.Provider>,
    root,
  );
}

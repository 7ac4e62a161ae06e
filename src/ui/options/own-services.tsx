/** Services of the user's own: listed, removed with a way back, added with the browser's permission for exactly their origins. */
import { useState } from 'preact/hooks';
import { OWN_DIALECTS } from '../../providers/profiles';
import type { OwnService } from '../../providers/types';
import { type Phrase, text } from '../i18n/text';
import { hostOf } from '../model/ask';
import { rowOfOwn, stillNeeded } from '../model/options';
import { choiceOfOwn, dialectName, idOfOwn, originsOfOwn, ownDialect, ownServiceTyped, type Typed, type Wrong } from '../model/own-services';
import { troubleOf } from '../popup/deeds';
import { useKit, useSay } from '../view/kit';
import { useRemoval } from './removal';
import { Service } from './service-row';
import type { OptionsData, OptionsState } from './state';

interface Props {
  readonly state: OptionsState;
  readonly data: OptionsData;
}

const Going = ({ onUndo }: { readonly onUndo: () => void }) => {
  const say = useSay();
  return (
    <li class="going">
      <div class="row">
        <span role="status">{say(text('options_own_going'))}</span>
        <button type="button" class="btn" onClick={onUndo}>
          {say(text('options_own_undo'))}
        </button>
      </div>
    </li>
  );
};

interface FieldProps {
  readonly id: 'name' | 'page' | 'api';
  readonly label: Phrase;
  readonly note: Phrase | undefined;
  readonly wrong: Wrong | undefined;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

const Field = ({ id, label, note, wrong, value, onInput }: FieldProps) => {
  const say = useSay();
  const bad = wrong?.field === id;
  const says = bad ? wrong.says : note;
  return (
    <div class="fld">
      <label for={`own-${id}`}>{say(label)}</label>
      <input
        id={`own-${id}`}
        type="text"
        inputMode={id === 'name' ? 'text' : 'url'}
        dir={id === 'name' ? 'auto' : 'ltr'}
        autocomplete="off"
        spellcheck={false}
        value={value}
        aria-invalid={bad}
        aria-describedby={`own-${id}-note`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <small id={`own-${id}-note`} role={bad ? 'alert' : undefined} class={bad ? 'asks' : ''}>
        {says === undefined ? '' : say(says)}
      </small>
    </div>
  );
};

const EMPTY: Typed = { dialect: OWN_DIALECTS[0]?.dialect ?? '', name: '', page: '', api: '' };

const Add = ({ state, data }: Props) => {
  const { doors, say } = useKit();
  const [typed, setTyped] = useState<Typed>(EMPTY);
  const [wrong, setWrong] = useState<Wrong | undefined>(undefined);
  const change = (part: Partial<Typed>): void => {
    setWrong(undefined);
    setTyped({ ...typed, ...part });
  };

  const asks = ownDialect(typed.dialect)?.evidenceOrigin;

  async function keep(own: OwnService): Promise<void> {
    // Added is switched on.
    await doors.client.ask('settings.set', { patch: { ownServices: [...data.settings.ownServices, own] } });
    setTyped(EMPTY);
  }
  function add(event: Event): void {
    event.preventDefault();
    const own = ownServiceTyped(typed, data.settings.ownServices);
    if ('field' in own) return setWrong(own);
    // Nothing is awaited before: a browser asks only within the click.
    const answer = doors.permissions.request(originsOfOwn(own));
    answer.then(
      (granted) => (granted ? state.act(() => keep(own), text('options_own_added', { host: hostOf(own.pageOrigin) })) : state.tell(text('ask_refused'))),
      (error: unknown) => state.tell(troubleOf(error)),
    );
  }

  return (
    <details class="add">
      <summary>{say(text('options_own_add'))}</summary>
      <form onSubmit={add}>
      <div class="fld">
        <label for="own-dialect">{say(text('options_own_dialect'))}</label>
        <select id="own-dialect" aria-describedby="own-dialect-note" value={typed.dialect} onChange={(event) => change({ dialect: event.currentTarget.value })}>
          {OWN_DIALECTS.map(({ dialect, name }) => (
            <option key={dialect} value={dialect}>
              {name}
            </option>
          ))}
        </select>
        <small id="own-dialect-note">{asks === undefined ? '' : say(text('options_own_asks', { host: hostOf(asks) }))}</small>
      </div>
      <Field id="name" label={text('options_own_name')} note={text('options_own_name_note')} wrong={wrong} value={typed.name} onInput={(name) => change({ name })} />
      <Field id="page" label={text('options_own_page')} note={undefined} wrong={wrong} value={typed.page} onInput={(page) => change({ page })} />
      <Field id="api" label={text('options_own_api')} note={text('options_own_api_note')} wrong={wrong} value={typed.api} onInput={(api) => change({ api })} />
      <div class="rowbtns">
        <button type="submit" class="btn" disabled={typed.name.trim() === '' || typed.page.trim() === ''}>
          {say(text('options_own_do'))}
        </button>
      </div>
      </form>
    </details>
  );
};

export const OwnServices = ({ state, data }: Props) => {
  const { doors, say } = useKit();
  const own = data.settings.ownServices;
  const remove = (id: string): void => {
    const gone = own.find((one) => idOfOwn(one) === id);
    if (gone === undefined) return;
    const choice = choiceOfOwn(gone, data.choices);
    state.act(async () => {
      await doors.client.ask('settings.set', { patch: { ownServices: own.filter((one) => one !== gone), services: data.settings.services.filter((picked) => picked !== choice?.profileId) } });
      await doors.permissions.remove(originsOfOwn(gone), stillNeeded(choice?.profileId, data.choices));
    }, text('options_own_removed'));
  };
  const { going, start, undo } = useRemoval(remove);
  return (
    <>
      <h3>{say(text('options_own'))}</h3>
      <p>{say(text('options_own_intro'))}</p>
      {own.length === 0 ? (
        <p class="quiet">{say(text('options_own_none'))}</p>
      ) : (
        <ul class="svc">
          {own.map((one) =>
            going.has(idOfOwn(one)) ? (
              <Going key={idOfOwn(one)} onUndo={() => undo(idOfOwn(one))} />
            ) : (
              <Service key={idOfOwn(one)} row={rowOfOwn(one, data.choices)} speaks={text('options_own_speaks', { name: dialectName(one.dialect) })} state={state} data={data}>
                <button type="button" class="btn" aria-label={say(text('options_own_remove_name', { name: one.name }))} onClick={() => start(idOfOwn(one))}>
                  {say(text('options_own_remove'))}
                </button>
              </Service>
            ),
          )}
        </ul>
      )}
      <Add state={state} data={data} />
    </>
  );
};

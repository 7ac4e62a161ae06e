/** Services with their hosts and the browser's permission; where Assay may ask through the page; keys. */
import { useState } from 'preact/hooks';
import { text } from '../i18n/text';
import { hostOf } from '../model/ask';
import { type KeyRow, keyRows, serviceRows } from '../model/options';
import { useKit } from '../view/kit';
import { OwnServices } from './own-services';
import { Part } from './parts';
import { Service } from './service-row';
import type { OptionsData, OptionsState } from './state';

interface Props {
  readonly state: OptionsState;
  readonly data: OptionsData;
}

export const Services = ({ state, data }: Props) => (
  <Part id="services" title="options_services" intro="options_services_intro">
    <ul class="svc">
      {serviceRows(data.choices).filter(({ own }) => !own).map((row) => (
        <Service key={row.profileId} row={row} state={state} data={data} />
      ))}
    </ul>
    <OwnServices state={state} data={data} />
  </Part>
);

const Consents = ({ state, data }: Props) => {
  const { doors, say } = useKit();
  const origins = data.settings.pageConsents;
  return (
    <>
      <h3>{say(text('options_consents'))}</h3>
      <p>{say(text('options_consents_intro'))}</p>
      {origins.length === 0 ? (
        <p class="quiet">{say(text('options_consents_none'))}</p>
      ) : (
        <ul class="svc">
          {origins.map((pageOrigin) => (
            <li key={pageOrigin}>
              <div class="row">
                <bdi>{hostOf(pageOrigin)}</bdi>
                <button
                  type="button"
                  class="btn"
                  aria-label={say(text('options_consent_stop_name', { host: hostOf(pageOrigin) }))}
                  onClick={() => state.act(() => doors.client.ask('consent.set', { pageOrigin, allow: false }), text('options_saved'))}
                >
                  {say(text('options_consent_stop'))}
                </button>
              </div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
};

const Key = ({ row, state }: { readonly row: KeyRow; readonly state: OptionsState }) => {
  const { doors, say } = useKit();
  const [typed, setTyped] = useState('');
  const id = `key-${row.apiOrigin}`;
  const set = (key: string) => doors.client.ask('key.set', { profileId: row.profileId, apiOrigin: row.apiOrigin, key });
  const save = (event: Event): void => {
    event.preventDefault();
    if (typed === '') return;
    // The field is emptied at once: what is kept never comes back to this page.
    setTyped('');
    state.act(() => set(typed), text('options_key_saved'));
  };
  return (
    <form class="fld" onSubmit={save}>
      <label for={id}>{say(row.label)}</label>
      <div class="fieldrow">
        <input id={id} type="password" autocomplete="off" spellcheck={false} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        <button type="submit" class="btn" disabled={typed === ''}>
          {say(text('options_key_save'))}
        </button>
        {row.kept ? (
          <button type="button" class="btn" onClick={() => state.act(() => set(''), text('options_key_removed'))}>
            {say(text('options_key_remove'))}
          </button>
        ) : null}
      </div>
      {row.kept ? <small>{say(text('options_key_kept'))}</small> : null}
    </form>
  );
};

export const Keys = ({ state, data }: Props) => {
  const { say } = useKit();
  const rows = keyRows(data.choices);
  return (
    <Part id="keys" title="options_keys" intro="options_keys_intro">
      {rows.length === 0 ? <p class="quiet">{say(text('options_keys_none'))}</p> : rows.map((row) => <Key key={row.apiOrigin} row={row} state={state} />)}
      <Consents state={state} data={data} />
    </Part>
  );
};


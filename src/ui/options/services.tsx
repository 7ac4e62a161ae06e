/** Services with their hosts and the browser's permission; where Assay may ask through the page; keys. */
import { useState } from 'preact/hooks';
import { text } from '../i18n/text';
import { hostOf } from '../model/ask';
import { type KeyRow, keyRows, type ServiceRow, serviceRows } from '../model/options';
import { troubleOf } from '../popup/deeds';
import { useKit } from '../view/kit';
import { Part, Switch } from './parts';
import type { OptionsData, OptionsState } from './state';

interface Props {
  readonly state: OptionsState;
  readonly data: OptionsData;
}

const Service = ({ row, state, data }: Props & { readonly row: ServiceRow }) => {
  const { doors, say } = useKit();
  const others = data.settings.services.filter((id) => id !== row.profileId);

  function allow(): void {
    // First statement of the click: a browser asks only then.
    const answer = doors.permissions.request(row.origins);
    answer.then(
      (granted) => {
        if (!granted) return state.tell(text('ask_refused'));
        return state.act(() => doors.client.ask('settings.set', { patch: { services: [...others, row.profileId] } }), text('options_service_reload', { host: row.hosts[0] ?? row.name }));
      },
      (error: unknown) => state.tell(troubleOf(error)),
    );
  }

  const off = (): void =>
    state.act(async () => {
      await doors.client.ask('settings.set', { patch: { services: others } });
      await doors.permissions.remove(row.origins);
    }, text('options_service_off'));

  const id = `service-${row.profileId}`;
  return (
    <li>
      <div class="row">
        <label for={id}>
          <bdi>{row.name}</bdi>
          <small dir="ltr">{row.hosts.join(', ')}</small>
          <small>{say({ key: row.best })}</small>
          {row.asks ? <small class="asks">{say(text('options_service_asks'))}</small> : null}
        </label>
        <span class="controls">
          {row.asks ? (
            <button type="button" class="btn main" onClick={allow}>
              {say(text('state_nopermission_action', { service: row.name }))}
            </button>
          ) : null}
          <Switch id={id} on={row.picked} onChange={(on) => (on ? allow() : off())} />
        </span>
      </div>
    </li>
  );
};

export const Services = ({ state, data }: Props) => (
  <Part id="services" title="options_services" intro="options_services_intro">
    <ul class="svc">
      {serviceRows(data.choices).map((row) => (
        <Service key={row.profileId} row={row} state={state} data={data} />
      ))}
    </ul>
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
  const rows = keyRows(data.choices);
  return (
    <Part id="keys" title="options_keys" intro="options_keys_intro">
      {rows.map((row) => (
        <Key key={row.apiOrigin} row={row} state={state} />
      ))}
      <Consents state={state} data={data} />
    </Part>
  );
};


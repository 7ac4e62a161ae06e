/** A service with its hosts, the browser's permission and the switch. */
import type { ComponentChildren } from 'preact';
import { type Phrase, text } from '../i18n/text';
import { type ServiceRow, stillNeeded } from '../model/options';
import { troubleOf } from '../popup/deeds';
import { useKit } from '../view/kit';
import { Switch } from './parts';
import type { OptionsData, OptionsState } from './state';

interface ServiceProps {
  readonly row: ServiceRow;
  /** Which protocol, where the user brought the address. */
  readonly speaks?: Phrase;
  readonly state: OptionsState;
  readonly data: OptionsData;
  readonly children?: ComponentChildren;
}

/** One service; `children` are further controls at its end. */
export const Service = ({ row, speaks, state, data, children }: ServiceProps) => {
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
      await doors.permissions.remove(row.origins, stillNeeded(row.profileId, data.choices));
    }, text('options_service_off'));

  const id = `service-${row.profileId}`;
  return (
    <li>
      <div class="row">
        <label for={id}>
          <bdi>{row.name}</bdi> {row.own ? <span class="tag">{say(text('options_own_tag'))}</span> : null}
          <small>
            <bdi dir="ltr">{row.hosts.join(', ')}</bdi>
          </small>
          {speaks === undefined ? null : <small>{say(speaks)}</small>}
          <small>{say({ key: row.best })}</small>
          {row.asks ? <small class="asks">{say(text('options_service_asks'))}</small> : null}
        </label>
        <span class="controls">
          {row.asks ? (
            <button type="button" class="btn main" onClick={allow}>
              {say(text('state_nopermission_action', { service: row.name }))}
            </button>
          ) : null}
          {children}
          <Switch id={id} on={row.picked} onChange={(on) => (on ? allow() : off())} />
        </span>
      </div>
    </li>
  );
};

/** The first page: what Assay is, which services to look at, what the icon says, what cannot be told. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { MARK_STATES } from '../../platform/mark';
import { CodedError } from '../../checks/error';
import { hostsOf, watchedOriginsOf } from '../../providers/hosts';
import type { ServiceChoice } from '../../watch/protocol';
import type { Doors } from '../doors';
import { type Phrase, plural, text } from '../i18n/text';
import { hostOf } from '../model/ask';
import { troubleOf } from '../popup/deeds';
import { Mark } from '../view/icons';
import { dress, KitContext, kitOf, useKit, useSay } from '../view/kit';

interface PickProps {
  readonly choice: ServiceChoice;
  readonly ticked: boolean;
  readonly onTick: (ticked: boolean) => void;
}

const isOn = (choice: ServiceChoice): boolean => choice.picked && choice.allowed;

const Pick = ({ choice, ticked, onTick }: PickProps) => {
  const say = useSay();
  const id = `pick-${choice.profileId}`;
  return (
    <li>
      <div class="pick">
        {isOn(choice) ? <span /> : <input type="checkbox" id={id} checked={ticked} aria-describedby={`about-${choice.profileId}`} onChange={(event) => onTick(event.currentTarget.checked)} />}
        <label for={id}>
          <bdi>{choice.name}</bdi>
          {isOn(choice) ? <span class="tag">{say(text('welcome_service_on'))}</span> : null}
        </label>
        <span class="d" id={`about-${choice.profileId}`}>
          {say({ key: `welcome_service_${choice.best}` })}
        </span>
        <span class="h" dir="ltr">
          {watchedOriginsOf(choice).map(hostOf).join(', ')}
        </span>
      </div>
    </li>
  );
};

const Choose = () => {
  const { doors, say } = useKit();
  const [choices, setChoices] = useState<readonly ServiceChoice[] | undefined>(undefined);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState<Phrase | undefined>(undefined);
  const [done, setDone] = useState<readonly ServiceChoice[]>([]);

  useEffect(() => {
    doors.client.ask('services.list', {}).then(setChoices, (error: unknown) => setSaid(text('options_broken_body', { code: error instanceof CodedError ? error.code : 'INTERNAL_ERROR' })));
  }, [doors]);

  const wanted = choices?.filter((choice) => ticked.has(choice.profileId)) ?? [];

  async function granted(): Promise<void> {
    const { services } = await doors.client.ask('settings.get', {});
    await doors.client.ask('settings.set', { patch: { services: [...new Set([...services, ...wanted.map((c) => c.profileId)])] } });
    setChoices(await doors.client.ask('services.list', {}));
    setDone(wanted);
    setTicked(new Set());
    setSaid(undefined);
  }
  function allow(): void {
    // First statement of the click: a browser asks only then.
    const answer = doors.permissions.request([...new Set(wanted.flatMap(hostsOf))]);
    answer
      .then((yes) => (yes ? granted() : setSaid(text('ask_refused'))))
      .catch((error: unknown) => setSaid(troubleOf(error)));
  }

  return (
    <>
      <ul class="svc">
        {choices?.map((choice) => (
          <Pick
            key={choice.profileId}
            choice={choice}
            ticked={ticked.has(choice.profileId)}
            onTick={(yes) => setTicked((before) => new Set([...[...before].filter((id) => id !== choice.profileId), ...(yes ? [choice.profileId] : [])]))}
          />
        ))}
      </ul>
      <div class="rowbtns">
        <button type="button" class="btn main big" disabled={wanted.length === 0} onClick={allow}>
          {say(wanted.length === 0 ? text('welcome_allow_none') : plural('welcome_allow', wanted.length))}
        </button>
        <span class="small">{say(text('welcome_allow_note'))}</span>
      </div>
      <div role="status">
        {said === undefined ? null : <p class="confirm">{say(said)}</p>}
        {done.length === 0 ? null : (
          <div class="confirm">
            <b>{say(text('welcome_done_title'))}</b>
            <p>{say(text('welcome_done_body', { hosts: { kind: 'list', value: done.flatMap((c) => c.uiOrigins.map(hostOf)) } }))}</p>
          </div>
        )}
      </div>
    </>
  );
};

const Legend = () => {
  const say = useSay();
  return (
    <ul class="legend">
      {MARK_STATES.flatMap((state) =>
        state === 'off'
          ? []
          : [
              <li key={state}>
                <Mark state={state} size={28} />
                <span>
                  <b>{say({ key: `state_${state}_title` })}</b>
                  {say({ key: `legend_${state}` })}
                </span>
              </li>,
            ],
      )}
    </ul>
  );
};

const Page = () => {
  const say = useSay();
  return (
    <main id="main" class="form">
      <header class="hero">
        <Mark state="verified" size={96} />
        <div>
          <h1>{say(text('welcome_headline'))}</h1>
          <p>{say(text('welcome_promise'))}</p>
        </div>
      </header>
      <section class="first" aria-labelledby="h-services">
        <h2 id="h-services">{say(text('welcome_services'))}</h2>
        <p>{say(text('welcome_services_intro'))}</p>
        <Choose />
      </section>
      <section aria-labelledby="h-icon">
        <h2 id="h-icon">{say(text('welcome_icon'))}</h2>
        <Legend />
        <p class="after">{say(text('welcome_icon_pin'))}</p>
      </section>
      <section aria-labelledby="h-cannot">
        <h2 id="h-cannot">{say(text('welcome_cannot'))}</h2>
        <p>{say(text('welcome_cannot_body'))}</p>
      </section>
      <section aria-labelledby="h-name">
        <h2 id="h-name">{say(text('welcome_name'))}</h2>
        <p>{say(text('welcome_name_body'))}</p>
      </section>
    </main>
  );
};

/** Draws the welcome page. */
export function mountWelcome(root: Element, doors: Doors): void {
  const kit = kitOf(doors);
  dress(document, kit.say, kit.say(text('welcome_title')), 'system');
  document.body.classList.add('full');
  render(
    <KitContext.Provider value={kit}>
      <Page />
    </KitContext.Provider>,
    root,
  );
}

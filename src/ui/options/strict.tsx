/** How strict, notice, look and what is kept. */
import { useState } from 'preact/hooks';
import { NRAS_ISSUER } from '../../collateral/nvidia-nras/opinion';
import type { Theme } from '../../records/settings';
import { type MessageKey, text } from '../i18n/text';
import { keptWords, numberSetting, untilField, untilSetting } from '../model/options';
import { troubleOf } from '../popup/deeds';
import { useKit, useSay } from '../view/kit';
import { Part, Row, Switch } from './parts';
import type { OptionsData, OptionsState } from './state';

interface Props {
  readonly state: OptionsState;
  readonly data: OptionsData;
}

interface NumberProps extends Props {
  readonly field: 'cacheMinutes' | 'minEvaluationDataNumber';
  readonly min: number;
  readonly max: number;
  readonly label: MessageKey;
  readonly note: MessageKey;
  readonly wrong: MessageKey;
}

/** A number that is saved when it is one that can be saved, and says so when it is not. */
const NumberRow = ({ state, data, field, min, max, label, note, wrong }: NumberProps) => {
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const saved = data.settings[field];
  const bad = typed !== undefined && numberSetting(field, typed, data.settings) === undefined;
  const change = (value: string): void => {
    const next = numberSetting(field, value, data.settings);
    setTyped(next === undefined ? value : undefined);
    if (next !== undefined && next !== saved) state.save(field === 'cacheMinutes' ? { cacheMinutes: next } : { minEvaluationDataNumber: next });
  };
  return (
    <Row id={field} label={{ key: label }} note={{ key: bad ? wrong : note }}>
      <input id={field} type="number" inputMode="numeric" min={min} max={max} step={1} value={typed ?? String(saved)} aria-invalid={bad} onChange={(event) => change(event.currentTarget.value)} />
    </Row>
  );
};

const AcceptRow = ({ state, data }: Props) => {
  const { doors, say } = useKit();
  const [bad, setBad] = useState(false);
  const now = doors.now();
  const saved = data.settings.acceptOutOfDateUntil;
  const set = (acceptOutOfDateUntil: number): void => {
    setBad(false);
    state.save({ acceptOutOfDateUntil });
  };
  const change = (value: string): void => {
    if (value === '') return set(0);
    const until = untilSetting(value, now);
    return until === undefined ? setBad(true) : set(until);
  };
  return (
    <Row id="accept" label={text('options_accept')} note={text(bad ? 'options_accept_wrong' : 'options_accept_note')}>
      <span class="controls">
        <input id="accept" type="date" value={untilField(saved, now)} aria-invalid={bad} onChange={(event) => change(event.currentTarget.value)} />
        {saved > now ? (
          <button type="button" class="btn" onClick={() => set(0)}>
            {say(text('options_accept_clear'))}
          </button>
        ) : null}
      </span>
    </Row>
  );
};

/** NVIDIA's own judgement beside Assay's: off until the user wants it, and what it costs is said where it is switched on. */
const SecondOpinion = ({ state, data }: Props) => {
  const { doors } = useKit();
  function ask(): void {
    // First statement of the click: a browser asks only then.
    const answer = doors.permissions.request([NRAS_ISSUER]);
    answer.then(
      (granted) => (granted ? state.save({ nvidiaSecondOpinion: true }) : state.tell(text('ask_refused'))),
      (error: unknown) => state.tell(troubleOf(error)),
    );
  }
  const off = (): void =>
    state.act(async () => {
      await doors.client.ask('settings.set', { patch: { nvidiaSecondOpinion: false } });
      await doors.permissions.remove([NRAS_ISSUER]);
    }, text('options_saved'));
  return (
    <Row id="second" label={text('options_second')} note={text('options_second_note')}>
      <Switch id="second" on={data.settings.nvidiaSecondOpinion} onChange={(on) => (on ? ask() : off())} />
    </Row>
  );
};

export const Strict = ({ state, data }: Props) => (
  <Part id="strict" title="options_strict">
    <NumberRow state={state} data={data} field="cacheMinutes" min={5} max={60} label="options_cache" note="options_cache_note" wrong="options_cache_wrong" />
    <AcceptRow state={state} data={data} />
    <Row id="septve" label={text('options_septve')} note={text('options_septve_note')}>
      <Switch id="septve" on={data.settings.allowSeptVeOff} onChange={(allowSeptVeOff) => state.save({ allowSeptVeOff })} />
    </Row>
    <SecondOpinion state={state} data={data} />
    <NumberRow state={state} data={data} field="minEvaluationDataNumber" min={0} max={1000} label="options_evaluation" note="options_evaluation_note" wrong="options_evaluation_wrong" />
  </Part>
);

export const Notice = ({ state, data }: Props) => (
  <Part id="notice" title="options_notice">
    <Row id="notifications" label={text('options_notice_label')} note={text('options_notice_note')}>
      <Switch id="notifications" on={data.settings.notifications} onChange={(notifications) => state.save({ notifications })} />
    </Row>
  </Part>
);

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export const Look = ({ state, data }: Props) => {
  const say = useSay();
  return (
    <Part id="look" title="options_look">
      <fieldset class="choices">
        <legend>{say(text('options_theme'))}</legend>
        {THEMES.map((theme) => (
          <label key={theme}>
            <input type="radio" name="theme" value={theme} checked={data.settings.theme === theme} onChange={() => state.save({ theme })} />
            {say({ key: `options_theme_${theme}` })}
          </label>
        ))}
      </fieldset>
    </Part>
  );
};

export const KeptPart = ({ state, data }: Props) => {
  const { doors, say } = useKit();
  const [asked, setAsked] = useState(false);
  const clear = (): void => {
    setAsked(false);
    state.act(() => doors.client.ask('records.clear', {}), text('options_cleared'));
  };
  return (
    <Part id="kept" title="options_kept" intro="options_kept_intro">
      <p class="counted">{say(keptWords(data.kept))}</p>
      {asked ? (
        <div class="confirm" role="group" aria-label={say(text('options_clear_title'))}>
          <b>{say(text('options_clear_title'))}</b>
          <p>{say(text('options_clear_body'))}</p>
          <div class="rowbtns">
            <button type="button" class="btn" onClick={clear}>
              {say(text('options_clear_do'))}
            </button>
            <button type="button" class="btn" onClick={() => setAsked(false)}>
              {say(text('action_cancel'))}
            </button>
          </div>
        </div>
      ) : (
        <div class="rowbtns">
          <button type="button" class="btn" onClick={() => setAsked(true)}>
            {say(text('options_clear'))}
          </button>
        </div>
      )}
    </Part>
  );
};


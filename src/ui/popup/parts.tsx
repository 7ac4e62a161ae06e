/** The popup's parts, from top to bottom (UI.md 5). */
import { useState } from 'preact/hooks';
import { type MessageKey, plural, text } from '../i18n/text';
import type { Action } from '../model/actions';
import type { AnswersModel } from '../model/answers';
import type { AskCard } from '../model/ask';
import type { FaultCard } from '../model/popup';
import type { RailRow } from '../model/rail';
import type { ClaimLine } from '../model/readers';
import type { Verdict } from '../model/headline';
import { CheckList } from '../view/check-list';
import { CopyButton } from '../view/copy';
import { Glyph, Icon, Mark } from '../view/icons';
import { useSay } from '../view/kit';
import { ExpectedReceived } from '../view/values';

interface Acts {
  readonly onAct: (action: Action) => void;
}

export const Bar = ({ service, host, recheck, onRecheck, onOptions }: { readonly service: string | undefined; readonly host: string | undefined; readonly recheck: boolean; readonly onRecheck: () => void; readonly onOptions: () => void }) => {
  const say = useSay();
  const [again, options] = [say(text('label_recheck')), say(text('label_options'))];
  return (
    <header class="bar">
      <span class="who">
        <b dir="auto">{service ?? say(text('extension_name'))}</b>
        {host === undefined ? null : <span dir="ltr">{host}</span>}
      </span>
      {recheck ? (
        <button type="button" class="icobtn" aria-label={again} title={again} onClick={onRecheck}>
          <Icon name="again" />
        </button>
      ) : null}
      <button type="button" class="icobtn" aria-label={options} title={options} onClick={onOptions}>
        <Icon name="options" />
      </button>
    </header>
  );
};

/** One closing full stop is left out of a headline that is a single sentence. */
const asHeadline = (sentence: string): string => (/^[^.]*\.$/.test(sentence) ? sentence.slice(0, -1) : sentence);

export const VerdictPart = ({ verdict }: { readonly verdict: Verdict }) => {
  const say = useSay();
  const shown = verdict.shown === 'nopermission' ? 'off' : verdict.shown;
  return (
    <section class="verdict" role={shown === 'failed' ? 'alert' : 'status'} key={shown === 'failed' ? 'alert' : 'status'}>
      <Mark state={shown} size={40} />
      <div>
        <h1>{asHeadline(say(verdict.title))}</h1>
        <p>{say(verdict.sentence)}</p>
        {verdict.again === undefined ? null : (
          <p class="when again">
            <Glyph kind="running" size={13} />
            {say(verdict.again)}
          </p>
        )}
        {verdict.notes.map((note, i) => (
          <p class="when" key={i}>
            {say(note)}
          </p>
        ))}
      </div>
    </section>
  );
};

const CardAction = ({ action, report, onAct }: Acts & { readonly action: Action; readonly report: () => string }) => {
  const say = useSay();
  if (action.deed.does === 'copy-report') return <CopyButton small value={report} label={action.label} note={text('label_report_note')} />;
  return (
    <button type="button" class="btn small" onClick={() => onAct(action)}>
      {say(action.label)}
    </button>
  );
};

export const Fault = ({ fault, actions, report, onAct }: Acts & { readonly fault: FaultCard; readonly actions: readonly Action[]; readonly report: () => string }) => {
  const say = useSay();
  return (
    <section class={fault.loud ? 'why why-failed' : 'why'} aria-label={say(text('label_what_happened'))}>
      <dl>
        {fault.happened === undefined ? null : (
          <>
            <dt>{say(text('label_what_happened'))}</dt>
            <dd>{say(fault.happened)}</dd>
          </>
        )}
        <dt>{say(text('label_what_it_means'))}</dt>
        <dd>{say(fault.means)}</dd>
        <dt>{say(text('label_what_to_do'))}</dt>
        <dd>{say(fault.todo)}</dd>
      </dl>
      {fault.values === undefined ? null : <ExpectedReceived values={fault.values} compare={fault.loud} {...(fault.reportedByPage ? { note: text('label_as_reported') } : {})} />}
      <p class="codeline">
        <code>{fault.code}</code>
        {fault.detail === undefined ? null : <span dir="auto">{fault.detail}</span>}
      </p>
      {actions.length === 0 ? null : (
        <div class="cardbtns">
          {actions.map((action) => (
            <CardAction key={action.deed.does} action={action} report={report} onAct={onAct} />
          ))}
        </div>
      )}
    </section>
  );
};

export const Ask = ({ ask, onAct }: Acts & { readonly ask: AskCard }) => {
  const say = useSay();
  return (
    <section class="ask">
      {ask.title === undefined ? null : <h2>{say(ask.title)}</h2>}
      <p>{say(ask.body)}</p>
      {ask.actions.map((action, i) => (
        <button type="button" key={i} class={i === 0 ? 'btn main' : 'btn'} onClick={() => onAct(action)}>
          {say(action.label)}
        </button>
      ))}
    </section>
  );
};

const ClaimList = ({ id, title, lines }: { readonly id: string; readonly title: MessageKey; readonly lines: readonly ClaimLine[] }) => {
  const say = useSay();
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{say({ key: title })}</h2>
      <ul>
        {lines.map((line) => (
          <li key={line.id}>
            <Glyph kind={line.kind} />
            <span>
              <b>{say(line.what)}</b> {say(line.why)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
};

/** The gaps stand beside the proofs, in the same size: both or neither. */
export const Claims = ({ readers, gaps }: { readonly readers: readonly ClaimLine[]; readonly gaps: readonly ClaimLine[] }) =>
  readers.length === 0 ? null : (
    <div class="claims">
      <ClaimList id="readers" title="label_cannot_read" lines={readers} />
      <ClaimList id="gaps" title="label_not_proven" lines={gaps} />
    </div>
  );

const RowOfRail = ({ row }: { readonly row: RailRow }) => {
  const say = useSay();
  const tone = row.kind === 'fail' ? 'ow bad' : row.kind === 'unknown' ? 'ow q' : 'ow';
  return (
    <details data-up={row.up} data-down={row.down} open={row.open} data-group={row.group}>
      <summary>
        <Glyph kind={row.kind} />
        <span class="g">{say({ key: row.title })}</span>
        <span class="sum" dir="auto">{say(row.summary)}</span>
        <span class={tone}>{say({ key: row.word })}</span>
        <Icon name="chevron" size={12} />
      </summary>
      {row.checks.length === 0 ? <p class="checks nothing">{say(text('sum_nothing_yet'))}</p> : <CheckList rows={row.checks} />}
    </details>
  );
};

export const Rail = ({ rows }: { readonly rows: readonly RailRow[] }) => {
  const say = useSay();
  return rows.length === 0 ? null : (
    <section class="chain" aria-label={say(text('popup_chain_label'))}>
      {rows.map((row) => (
        <RowOfRail key={row.group} row={row} />
      ))}
    </section>
  );
};

/** Newest three; the rest on demand. */
const NEWEST = 3;

export const Answers = ({ answers }: { readonly answers: AnswersModel }) => {
  const say = useSay();
  const [all, setAll] = useState(false);
  if (answers.rows.length === 0) return null;
  const shown = all ? answers.rows : answers.rows.slice(0, NEWEST);
  const hidden = answers.rows.length - NEWEST;
  return (
    <section class="answers" aria-labelledby="answers">
      <h2 id="answers">{say(text('label_last_answers'))}</h2>
      <ul aria-live="polite" aria-relevant="additions text">
        {shown.map((row) => (
          <li key={row.id} title={row.notes.length === 0 ? undefined : row.notes.map(say).join(' ')}>
            <Mark state={row.mark} size={14} />
            <time dateTime={new Date(row.startedAt).toISOString()}>{say.time(row.startedAt)}</time>
            <span class={row.mark === 'failed' ? 'bad' : ''}>
              <span class="vh">{say(text('answer_number', { n: { kind: 'number', value: row.number } }))} </span>
              {say({ key: row.word })}
              {row.notes.map((note, i) => (
                <small key={i}>{say(note)}</small>
              ))}
            </span>
            <span class="sz">{row.length === undefined ? '' : say.bytes(row.length)}</span>
          </li>
        ))}
      </ul>
      {hidden > 0 ? (
        <button type="button" class="more" aria-expanded={all} onClick={() => setAll(!all)}>
          {say(all ? text('answers_fewer') : plural('answers_more', hidden))}
        </button>
      ) : null}
      {answers.older === undefined ? null : <p class="older">{say(answers.older)}</p>}
    </section>
  );
};

const FootButton = ({ action, main, onAct }: Acts & { readonly action: Action; readonly main: boolean }) => {
  const say = useSay();
  return (
    <button type="button" class={main ? 'btn main' : 'btn'} onClick={() => onAct(action)}>
      {action.icon === undefined ? null : <Icon name={action.icon} />}
      {say(action.label)}
    </button>
  );
};

export const Foot = ({ start, main, onAct }: Acts & { readonly start: Action | undefined; readonly main: Action | undefined }) =>
  start === undefined && main === undefined ? null : (
    <footer class="foot">
      {start === undefined ? null : <FootButton action={start} main={false} onAct={onAct} />}
      {main === undefined ? null : <FootButton action={main} main onAct={onAct} />}
    </footer>
  );


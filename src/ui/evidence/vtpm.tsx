/** The start-up chip: its registers by bank, and the log of what was started, in plain words. */
import { text } from '../i18n/text';
import type { EventGroup, EventRow, QuoteModel, VtpmModel } from '../model/evidence/vtpm';
import { CopyMini } from '../view/copy';
import { Facts, Outcome } from '../view/facts';
import { Icon } from '../view/icons';
import { useSay } from '../view/kit';
import { Value } from '../view/values';

const Registers = ({ quote }: { readonly quote: QuoteModel }) => {
  const say = useSay();
  return (
    <details class="folded">
      <summary>{say(quote.summary)}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={say(text('vtpm_quote', { bank: quote.bank }))}>
        <table class="registers">
          <thead>
            <tr>
              <th scope="col">{say(text('vtpm_register'))}</th>
              <th scope="col">{say(text('vtpm_holds'))}</th>
              <th scope="col">{say(text('vtpm_value'))}</th>
            </tr>
          </thead>
          <tbody>
            {quote.registers.map((register) => (
              <tr key={register.index}>
                <th scope="row">
                  <bdi>PCR {register.index}</bdi>
                </th>
                <td>{say(register.holds)}</td>
                <td>
                  <span class="line">
                    <Value value={register.value} name={`PCR ${register.index}`} />
                    <CopyMini value={register.value} label={{ key: 'label_copy_value', args: { name: `PCR ${register.index}` } }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {quote.unused.map((line, i) => (
        <p key={i} class="quiet small">
          {say(line)}
        </p>
      ))}
    </details>
  );
};

const Quote = ({ quote }: { readonly quote: QuoteModel }) => {
  const say = useSay();
  return (
    <>
      <h4 class="sub">
        {say(text('vtpm_quote', { bank: quote.bank }))} {quote.signature === undefined ? null : <Outcome judged={quote.signature} />}
      </h4>
      <Facts rows={quote.facts} />
      <Registers quote={quote} />
    </>
  );
};

const Event = ({ event }: { readonly event: EventRow }) => {
  const say = useSay();
  return (
    <li>
      <span class="n num">{say(text('event_number', { number: String(event.number) }))}</span>
      <span>{say(event.means)}</span>
      <code dir="ltr">{event.type}</code>
      {event.text === undefined ? (
        <span class="d">{say(text('event_size', { size: { kind: 'bytes', value: event.size } }))}</span>
      ) : (
        <span class="d" dir="auto">
          {say(text('event_text', { words: event.text }))}
        </span>
      )}
      {event.digest === undefined ? null : (
        <span class="d line">
          <Value value={event.digest.value} name={event.digest.bank} />
          <CopyMini value={event.digest.value} label={{ key: 'label_copy_value', args: { name: event.digest.bank } }} />
        </span>
      )}
    </li>
  );
};

const Group = ({ group }: { readonly group: EventGroup }) => {
  const say = useSay();
  return (
    <li>
      <details class="events">
        <summary>
          <Icon name="chevron" size={12} />
          <b>
            <bdi>PCR {group.register}</bdi>
          </b>
          <span>{say(group.holds)}</span>
          <span class="ow">{say(group.count)}</span>
        </summary>
        <ol>
          {group.events.map((event) => (
            <Event key={event.number} event={event} />
          ))}
        </ol>
      </details>
    </li>
  );
};

export const VtpmPart = ({ vtpm }: { readonly vtpm: VtpmModel }) => {
  const say = useSay();
  return (
    <>
      <h3>{say(text('vtpm_title'))}</h3>
      <p class="small">{say(text('vtpm_intro'))}</p>
      <Facts rows={vtpm.facts} />
      {vtpm.quotes.length === 0 ? <p class="quiet small">{say(text('vtpm_none'))}</p> : null}
      {vtpm.quotes.map((quote, i) => (
        <Quote key={i} quote={quote} />
      ))}
      <h3>
        {say(text('events_title'))} {vtpm.log?.judged === undefined ? null : <Outcome judged={vtpm.log.judged} />}
      </h3>
      {vtpm.log === undefined ? (
        <p class="quiet small">{say(text('events_none'))}</p>
      ) : (
        <>
          <p class="small">{vtpm.log.intro.map(say).join(' ')}</p>
          <ul class="eventlog">
            {vtpm.log.groups.map((group) => (
              <Group key={group.register} group={group} />
            ))}
          </ul>
        </>
      )}
    </>
  );
};

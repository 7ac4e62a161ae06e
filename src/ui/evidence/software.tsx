/** Software: what runs, what the user expects, where they differ, and approving on sight. */
import { useState } from 'preact/hooks';
import { text } from '../i18n/text';
import type { ReferenceRow, SoftwareItem, SoftwareModel } from '../model/evidence/software';
import { Facts } from '../view/facts';
import { Glyph } from '../view/icons';
import { useKit, useSay } from '../view/kit';
import { ExpectedReceived } from '../view/values';

const Reference = ({ row }: { readonly row: ReferenceRow }) => {
  const say = useSay();
  return (
    <li>
      <h4>
        <Glyph kind={row.matches ? 'pass' : 'fail'} />
        {say(row.title)}
        <span class={`tag ${row.matches ? 'pass' : 'fail'}`}>{say(text(row.matches ? 'software_matches' : 'software_differs'))}</span>
      </h4>
      {row.note === '' ? null : <p dir="auto">{row.note}</p>}
      {row.scope === undefined ? null : <p class="small">{say(row.scope)}</p>}
      {row.differences.map((difference, i) => (
        <div key={i} class="differs">
          <p>{say(text('software_differs_at', { name: say(difference.name) }))}</p>
          <ExpectedReceived values={{ expected: difference.expected ?? say(text('software_not_named')), actual: difference.actual ?? say(text('software_not_given')) }} compare />
        </div>
      ))}
    </li>
  );
};

interface ItemProps {
  readonly item: SoftwareItem;
  readonly onApprove: (index: number) => void;
}

/** Two steps: what approving means is read before it is done, and it is never the button in ink. */
const Approve = ({ item, onApprove }: ItemProps) => {
  const say = useSay();
  const { doors } = useKit();
  const [asked, setAsked] = useState(false);
  if (item.approve === undefined) return null;
  if (asked) {
    return (
      <div class="confirm" role="group" aria-label={say(text('approve_title'))}>
        <b>{say(text('approve_title'))}</b>
        <p>{say(item.approve.warning)}</p>
        <div class="rowbtns">
          <button type="button" class="btn" onClick={() => onApprove(item.index)}>
            {say(text('action_approve_now'))}
          </button>
          <button type="button" class="btn" onClick={() => setAsked(false)}>
            {say(text('action_cancel'))}
          </button>
        </div>
      </div>
    );
  }
  return (
    <div class="rowbtns">
      <button type="button" class="btn" onClick={() => void doors.openPage({ page: 'options', section: 'references' })}>
        {say(text('action_import'))}
      </button>
      <button type="button" class="btn" onClick={() => setAsked(true)}>
        {say(text('action_approve'))}
      </button>
    </div>
  );
};

const Item = ({ item, onApprove }: ItemProps) => {
  const say = useSay();
  return (
    <>
      <h3>{say({ key: item.title })}</h3>
      {item.claimed ? <p class="small">{say(text('software_claimed_note'))}</p> : null}
      <Facts rows={item.values} />
      <h4 class="sub">{say(text('software_references'))}</h4>
      {item.references.length === 0 ? (
        <p class="small">{say(text('software_no_references'))}</p>
      ) : (
        <ul class="diff">
          {item.references.map((row) => (
            <Reference key={row.id} row={row} />
          ))}
        </ul>
      )}
      <Approve item={item} onApprove={onApprove} />
    </>
  );
};

export const Software = ({ software, onApprove }: { readonly software: SoftwareModel; readonly onApprove: (index: number) => void }) => (
  <>
    {software.items.map((item) => (
      <Item key={item.index} item={item} onApprove={onApprove} />
    ))}
  </>
);

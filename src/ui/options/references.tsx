/** Reference values: list, remove with a way back, import by drop, picker or paste. */
import { useRef, useState } from 'preact/hooks';
import { CodedError } from '../../checks/error';
import { plural, type Phrase, text } from '../i18n/text';
import { importChoices, type ReferenceView, referenceViews } from '../model/options';
import { troubleOf } from '../popup/deeds';
import { Facts } from '../view/facts';
import { useKit, useSay } from '../view/kit';
import { Part } from './parts';
import { useRemoval } from './removal';
import type { OptionsData, OptionsState } from './state';

interface Props {
  readonly state: OptionsState;
  readonly data: OptionsData;
}

const MAX_FILE_BYTES = 1_048_576;

const EXAMPLE = JSON.stringify({ dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values: { mrTd: ['96 hex'], rtmr1: ['96 hex'], rtmr2: ['96 hex'] }, properties: {}, source: 'imported', note: 'release 4.2' }, null, 2);

interface RowProps {
  readonly row: ReferenceView;
  readonly going: boolean;
  readonly onRemove: () => void;
  readonly onUndo: () => void;
}

const Reference = ({ row, going, onRemove, onUndo }: RowProps) => {
  const say = useSay();
  if (going) {
    return (
      <li class="going">
        <div class="row">
          <span role="status">{say(text('options_reference_going'))}</span>
          <button type="button" class="btn" onClick={onUndo}>
            {say(text('options_reference_undo'))}
          </button>
        </div>
      </li>
    );
  }
  return (
    <li>
      <div class="row">
        <div>
          <b>{say({ key: row.kind })}</b> <bdi class="quiet">{say(row.serves)}</bdi>
          <small>{say(row.source)}</small>
          <small>{say(row.scope)}</small>
          {row.note === '' ? null : <small dir="auto">{row.note}</small>}
        </div>
        <button type="button" class="btn" aria-label={say(text('options_reference_remove_name', { name: `${say({ key: row.kind })}, ${say(row.source)}` }))} onClick={onRemove}>
          {say(text('options_reference_remove'))}
        </button>
      </div>
      <details>
        <summary>{say(row.count)}</summary>
        <Facts rows={row.values} />
      </details>
    </li>
  );
};

/** What was refused, and for a manifest that is for nobody the next step: what is in the box stays there. */
function refusalOf(error: unknown): Phrase {
  if (!(error instanceof CodedError)) return troubleOf(error);
  if (error.code === 'REQUEST_MALFORMED' && error.detail.startsWith('apiOrigin')) return text('options_import_for_needed');
  return error.code === 'REFERENCE_MALFORMED' ? text('options_import_malformed', { detail: error.detail }) : troubleOf(error);
}

const Import = ({ state, data }: Props) => {
  const { doors, say } = useKit();
  const [service, setService] = useState('');
  const choices = importChoices(data.choices);
  const [pasted, setPasted] = useState('');
  const [over, setOver] = useState(false);
  const [said, setSaid] = useState<Phrase | undefined>(undefined);
  const picker = useRef<HTMLInputElement>(null);

  async function bring(content: string): Promise<void> {
    try {
      const added = await doors.client.ask('reference.import', { text: content, ...(choices.some(({ apiOrigin }) => apiOrigin === service) ? { apiOrigin: service } : {}) });
      setPasted('');
      setSaid(plural('options_import_done', added.length));
      state.reload();
    } catch (error) {
      setSaid(refusalOf(error));
    }
  }
  function bringFile(file: File | undefined): void {
    if (file === undefined) return;
    if (file.size > MAX_FILE_BYTES) return setSaid(text('options_import_large'));
    file.text().then(bring, (error: unknown) => setSaid(troubleOf(error)));
  }

  return (
    <div class="import">
      <h3>{say(text('options_import'))}</h3>
      {choices.length === 0 ? null : (
        <div class="fld">
          <label for="import-for">{say(text('options_import_for'))}</label>
          <select id="import-for" value={service} onChange={(event) => setService(event.currentTarget.value)}>
            <option value="">{say(text('options_import_for_all'))}</option>
            {choices.map(({ apiOrigin, label }) => (
              <option key={apiOrigin} value={apiOrigin}>
                {say(label)}
              </option>
            ))}
          </select>
        </div>
      )}
      <div
        class={over ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          bringFile(event.dataTransfer?.files[0]);
        }}
      >
        <span>{say(text('options_import_drop'))}</span>
        <button type="button" class="btn" onClick={() => picker.current?.click()}>
          {say(text('options_import_pick'))}
        </button>
        <input
          ref={picker}
          type="file"
          accept="application/json,.json"
          hidden
          onChange={(event) => {
            bringFile(event.currentTarget.files?.[0]);
            event.currentTarget.value = '';
          }}
        />
      </div>
      <label class="fld">
        <span>{say(text('options_import_paste'))}</span>
        <textarea rows={4} spellcheck={false} dir="ltr" value={pasted} onInput={(event) => setPasted(event.currentTarget.value)} />
      </label>
      <div class="rowbtns">
        <button type="button" class="btn" disabled={pasted.trim() === ''} onClick={() => void bring(pasted)}>
          {say(text('options_import_do'))}
        </button>
        <span role="status">{said === undefined ? '' : say(said)}</span>
      </div>
      <details>
        <summary>{say(text('options_import_format'))}</summary>
        <pre dir="ltr" class="scroll" tabIndex={0}>
          {EXAMPLE}
        </pre>
      </details>
    </div>
  );
};

export const References = ({ state, data }: Props) => {
  const { doors, say } = useKit();
  // A value that was approved on sight cannot be brought back by a file, which would make more of it than it was.
  const { going, start, undo } = useRemoval((id) => state.act(() => doors.client.ask('reference.remove', { id }), text('options_saved')));
  const rows = referenceViews(data.references);
  return (
    <Part id="references" title="options_references" intro="options_references_intro">
      {rows.length === 0 ? (
        <p class="quiet">{say(text('options_references_none'))}</p>
      ) : (
        <ul class="svc">
          {rows.map((row) => (
            <Reference key={row.id} row={row} going={going.has(row.id)} onRemove={() => start(row.id)} onUndo={() => undo(row.id)} />
          ))}
        </ul>
      )}
      <Import state={state} data={data} />
      <div class="row">
        <span>
          {say(text('files_title'))}
          <small>{say(text('files_open_note'))}</small>
        </span>
        <button type="button" class="btn" onClick={() => void doors.openPage({ page: 'files' })}>
          {say(text('files_open'))}
        </button>
      </div>
    </Part>
  );
};

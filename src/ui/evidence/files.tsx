/** Downloaded files, judged in this page: chosen by button or dropped, then shown like any other evidence. */
import { useRef, useState } from 'preact/hooks';
import { CodedError } from '../../checks/error';
import type { Settings } from '../../records/settings';
import type { EvidenceView } from '../../watch/snapshot';
import { type Phrase, text } from '../i18n/text';
import { type ChosenFile, MOST_FILE_BYTES, roleOf, sentTyped, toCheck, troubleWith } from '../model/files';
import { useKit, useSay } from '../view/kit';
import { Masthead } from '../view/page';

interface DropProps {
  readonly onFiles: (files: readonly File[]) => void;
}

/** The button comes first: dropping is only a shorter way to the same. */
const Drop = ({ onFiles }: DropProps) => {
  const say = useSay();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  return (
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
        onFiles([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <button type="button" class="btn" onClick={() => picker.current?.click()}>
        {say(text('files_pick'))}
      </button>
      <span>{say(text('files_drop'))}</span>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
};

const Chosen = ({ files, onTake }: { readonly files: readonly ChosenFile[]; readonly onTake: (file: ChosenFile) => void }) => {
  const say = useSay();
  if (files.length === 0) return <p class="quiet">{say(text('files_none'))}</p>;
  return (
    <ul class="svc" aria-label={say(text('files_chosen'))}>
      {files.map((file) => (
        <li key={file.name}>
          <div class="row">
            <span>
              <b>{say({ key: `files_role_${file.role}` })}</b> <bdi>{file.name}</bdi>
              <small>{say.bytes(file.bytes.length)}</small>
            </span>
            <button type="button" class="btn" aria-label={say(text('files_remove', { name: file.name }))} onClick={() => onTake(file)}>
              {say(text('files_take'))}
            </button>
          </div>
        </li>
      ))}
    </ul>
  );
};

interface SentProps {
  readonly field: 'reportData' | 'nonce';
  readonly value: string;
  readonly onInput: (value: string) => void;
}

const LABELS = { reportData: 'files_report_data', nonce: 'files_nonce' } as const;
const WRONG = { reportData: 'files_wrong_report_data', nonce: 'files_wrong_nonce' } as const;

const Sent = ({ field, value, onInput }: SentProps) => {
  const say = useSay();
  const bad = sentTyped(field, value) === 'wrong';
  return (
    <label class="fld">
      <span>{say(text(LABELS[field]))}</span>
      <textarea rows={2} spellcheck={false} dir="ltr" value={value} aria-invalid={bad} onInput={(event) => onInput(event.currentTarget.value)} />
      <small role="status">{bad ? say(text(WRONG[field])) : ''}</small>
    </label>
  );
};

export interface Judged {
  readonly view: EvidenceView;
  readonly settings: Settings;
}

async function read(file: File): Promise<ChosenFile | Phrase> {
  if (file.size > MOST_FILE_BYTES) return text('files_large', { name: file.name });
  if (file.size === 0) return text('files_empty', { name: file.name });
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return { name: file.name, role: roleOf(bytes), bytes };
  } catch (error) {
    // Gone or not allowed since it was chosen; anything else is a bug and must be seen.
    if (error instanceof DOMException) return text('files_unreadable', { name: file.name });
    throw error;
  }
}

export const ChooseFiles = ({ onJudged }: { readonly onJudged: (judged: Judged) => void }) => {
  const { doors, say } = useKit();
  const [files, setFiles] = useState<readonly ChosenFile[]>([]);
  const [typed, setTyped] = useState({ reportData: '', nonce: '' });
  const [said, setSaid] = useState<Phrase | undefined>(undefined);
  const [working, setWorking] = useState(false);
  const sent = { reportData: sentTyped('reportData', typed.reportData), nonce: sentTyped('nonce', typed.nonce) };
  const trouble = troubleWith(files);

  async function bring(chosen: readonly File[]): Promise<void> {
    const all = await Promise.all(chosen.slice(0, 8).map(read));
    const good = all.filter((one): one is ChosenFile => 'role' in one);
    setSaid(all.find((one): one is Phrase => !('role' in one)));
    // A file of a name that is there takes its place.
    setFiles((before) => [...before.filter((old) => !good.some(({ name }) => name === old.name)), ...good]);
  }
  async function judge(): Promise<void> {
    if (sent.reportData === 'wrong' || sent.nonce === 'wrong') return;
    const ready = toCheck(files, { reportData: sent.reportData, nonce: sent.nonce });
    if (ready === undefined) return;
    setWorking(true);
    setSaid(text('files_working'));
    try {
      const settings = await doors.client.ask('settings.get', {});
      onJudged({ view: await doors.checkFiles(ready, settings), settings });
    } catch (error) {
      setSaid(text('trouble', { code: error instanceof CodedError ? error.code : 'INTERNAL_ERROR' }));
      setWorking(false);
    }
  }

  const ready = files.length > 0 && trouble === undefined && sent.reportData !== 'wrong' && sent.nonce !== 'wrong' && !working;
  return (
    <>
      <Masthead />
      <main id="main" class="form files-page">
        <h1>{say(text('files_title'))}</h1>
        <p class="intro">{say(text('files_intro'))}</p>
        <Drop onFiles={(chosen) => void bring(chosen)} />
        <Chosen files={files} onTake={(file) => setFiles(files.filter((other) => other !== file))} />
        {trouble === undefined ? null : (
          <p class="trouble" role="alert">
            {say(trouble)}
          </p>
        )}
        <details class="add">
          <summary>{say(text('files_sent'))}</summary>
          <p class="quiet">{say(text('files_sent_note'))}</p>
          <Sent field="reportData" value={typed.reportData} onInput={(reportData) => setTyped({ ...typed, reportData })} />
          <Sent field="nonce" value={typed.nonce} onInput={(nonce) => setTyped({ ...typed, nonce })} />
        </details>
        <div class="rowbtns">
          <button type="button" class="btn main" disabled={!ready} onClick={() => void judge()}>
            {say(text('files_judge'))}
          </button>
          <span role="status" class="quiet">
            {said === undefined ? '' : say(said)}
          </span>
        </div>
      </main>
    </>
  );
};

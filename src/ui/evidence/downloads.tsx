/** Files to take along, and the command that repeats the judgement from them. */
import { useState } from 'preact/hooks';
import type { SavedFile } from '../doors';
import { type Phrase, text } from '../i18n/text';
import type { Downloads } from '../model/evidence/downloads';
import { CopyMini } from '../view/copy';
import { Icon } from '../view/icons';
import { useKit, useSay } from '../view/kit';

const Save = ({ file, name }: { readonly file: () => SavedFile; readonly name: string }) => {
  const { doors, say } = useKit();
  const [said, setSaid] = useState<Phrase | undefined>(undefined);
  const save = () => {
    doors.save(file()).then(
      () => setSaid(text('downloads_saved')),
      () => setSaid(text('downloads_failed')),
    );
  };
  return (
    <span class="saves">
      <span role="status" class="quiet">
        {said === undefined ? '' : say(said)}
      </span>
      <button type="button" class="btn" aria-label={say(text('downloads_save_name', { name }))} onClick={save}>
        <Icon name="save" />
        {say(text('downloads_save'))}
      </button>
    </span>
  );
};

const Row = ({ name, what, size, file }: { readonly name: string; readonly what: Phrase; readonly size: string; readonly file: () => SavedFile }) => {
  const say = useSay();
  return (
    <li>
      <span class="what">
        <code dir="ltr">{name}</code>
        <span>
          {say(what)}
          {size === '' ? '' : `, ${size}`}
        </span>
      </span>
      <Save file={file} name={name} />
    </li>
  );
};

export const DownloadsPart = ({ downloads, service }: { readonly downloads: Downloads; readonly service: string }) => {
  const say = useSay();
  const [withHashes, setWithHashes] = useState(false);
  const result = (): SavedFile => downloads.result(withHashes);
  return (
    <section class="sect" id="downloads" aria-labelledby="h-downloads">
      <header>
        <h2 id="h-downloads">{say(text('evidence_section_downloads'))}</h2>
      </header>
      {downloads.fromFiles ? null : <p>{say(text('downloads_intro', { service }))}</p>}
      <ul class="files">
        {downloads.files.map((file) => (
          <Row key={file.name} name={file.name} what={{ key: file.what }} size={say.bytes(file.bytes)} file={file.file} />
        ))}
        <Row name={downloads.result(false).name} what={text('file_result')} size="" file={result} />
      </ul>
      {downloads.fromFiles ? null : (
      <label class="tick">
        <input type="checkbox" checked={withHashes} onChange={(event) => setWithHashes(event.currentTarget.checked)} />
        <span>
          {say(text('downloads_hashes'))}
          <small>{say(text('downloads_hashes_note'))}</small>
        </span>
      </label>
      )}
      {downloads.commands.length === 0 ? null : (
        <>
          <h3>{say(text('downloads_repeat'))}</h3>
          <p class="small">
            {say(text(downloads.fromFiles ? 'files_repeat_note' : 'downloads_repeat_note'))}
            {downloads.acceptsOutOfDate ? ` ${say(text('downloads_accepts'))}` : ''}
            {downloads.gpusInPart ? ` ${say(text('downloads_gpu_note'))}` : ''}
          </p>
          {downloads.commands.map((command) => (
            <p key={command[0]} class="command">
              <code dir="ltr">
                {command.map((part) => (
                  <span key={part}>{part} </span>
                ))}
              </code>
              <CopyMini value={command.join(' ')} label={text('downloads_copy_command')} />
            </p>
          ))}
        </>
      )}
    </section>
  );
};

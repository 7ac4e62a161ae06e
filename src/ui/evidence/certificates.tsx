/** Certificates on their rail, fingerprints, and the dated lists that a verdict was made by. */
import { type MessageKey, text } from '../i18n/text';
import type { CertificateRow } from '../model/evidence/certificates';
import type { ListRow } from '../model/evidence/firmware';
import { CopyMini } from '../view/copy';
import { Glyph } from '../view/icons';
import { useSay } from '../view/kit';

const short = (hex: string): string => `${hex.slice(0, 8)}…${hex.slice(-4)}`;

export const Fingerprint = ({ value }: { readonly value: string }) => {
  const say = useSay();
  return (
    <span class="w">
      <code dir="ltr" title={say(text('cert_fingerprint'))}>
        {short(value)}
      </code>
      <CopyMini value={value} label={{ key: 'label_copy_value', args: { name: say(text('cert_fingerprint')) } }} />
    </span>
  );
};

const Certificate = ({ row }: { readonly row: CertificateRow }) => {
  const say = useSay();
  return (
    <li data-up={row.up}>
      <Glyph kind={row.kind} />
      <span>{say(row.name)}</span>
      {row.fingerprint === undefined ? <span /> : <Fingerprint value={row.fingerprint} />}
      <span class="d">{row.notes.map(say).join('. ')}</span>
      {row.serial === undefined ? null : (
        <span class="d" dir="auto">
          {say(text('cert_serial', { serial: row.serial }))}
        </span>
      )}
    </li>
  );
};

/** From the root downwards; nothing at all where no certificate was read. */
export const Certificates = ({ rows }: { readonly rows: readonly CertificateRow[] }) => (
  <ol class="certs">
    {rows.map((row, i) => (
      <Certificate key={i} row={row} />
    ))}
  </ol>
);

export const Lists = ({ lists, title = 'lists_title' }: { readonly lists: readonly ListRow[]; readonly title?: MessageKey }) => {
  const say = useSay();
  return lists.length === 0 ? null : (
    <>
      <h3>{say({ key: title })}</h3>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{say(text('list_name'))}</th>
              <th scope="col">{say(text('list_number'))}</th>
              <th scope="col">{say(text('list_issued'))}</th>
              <th scope="col">{say(text('list_next'))}</th>
            </tr>
          </thead>
          <tbody>
            {lists.map((list) => (
              <tr key={list.name}>
                <th scope="row">{say({ key: list.name })}</th>
                <td class="num">{list.number === undefined ? '' : say.number(list.number)}</td>
                <td class="num">{say.date(list.issued)}</td>
                <td class="num">
                  {say.date(list.next)} {list.overdue ? <span class="tag unknown">{say(text('list_overdue'))}</span> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

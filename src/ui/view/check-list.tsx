/** Checks as rows: glyph, plain name, outcome word; below, the reason, the data and the two values. */
import { text } from '../i18n/text';
import type { CheckRow } from '../model/rows';
import { Glyph } from './icons';
import { useSay } from './kit';
import { ExpectedReceived } from './values';

const Row = ({ row, all }: { readonly row: CheckRow; readonly all: boolean }) => {
  const say = useSay();
  // Values that merely agree are for the evidence page; in the popup they would bury what needs reading.
  const values = all || row.kind === 'fail' || row.kind === 'unknown' ? row.values : undefined;
  return (
    <li class={`check ${row.kind}`}>
      <Glyph kind={row.kind} />
      <span class="nm">{say(row.label)}</span>
      <span class="w">{say({ key: row.word })}</span>
      {row.sentence === undefined ? null : <span class="d">{say(row.sentence)}</span>}
      {row.covers === undefined ? null : <span class="d">{row.covers.map(say).join(' · ')}</span>}
      {row.detail === undefined ? null : <span class="d data" dir="auto">{row.detail}</span>}
      {row.reportedByPage && row.kind === 'pass' ? <span class="d">{say(text('label_as_reported'))}</span> : null}
      {values === undefined ? null : (
        <div class="d">
          <ExpectedReceived values={values} compare={row.kind === 'fail'} />
        </div>
      )}
      {row.code === undefined ? null : (
        <span class="d">
          <code>{row.code}</code>
        </span>
      )}
    </li>
  );
};

/** `all`: with the values of every check, not of those alone that need reading. */
export const CheckList = ({ rows, all = false }: { readonly rows: readonly CheckRow[]; readonly all?: boolean }) => (
  <ul class="checks">
    {rows.map((row, i) => (
      <Row key={`${row.id} ${i}`} row={row} all={all} />
    ))}
  </ul>
);

/** Rows of decoded fields: name, value in words or in groups, and the outcome of the check that judged it. */
import { plural } from '../i18n/text';
import type { FactRow, Judged } from '../model/evidence/facts';
import { CopyMini } from './copy';
import { Glyph } from './icons';
import { useSay } from './kit';
import { Value } from './values';

/** The outcome as a small tag: glyph and word. */
export const Outcome = ({ judged }: { readonly judged: Judged }) => {
  const say = useSay();
  return (
    <span class={`tag ${judged.kind}`}>
      <Glyph kind={judged.kind} size={12} />
      {say({ key: judged.word })}
    </span>
  );
};

const Fact = ({ row }: { readonly row: FactRow }) => {
  const say = useSay();
  const name = say(row.name);
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {row.says === undefined ? null : <span dir="auto">{say(row.says)}</span>}
        {row.zeroBytes === undefined ? null : <span class="quiet">{say(plural('fact_zero', row.zeroBytes))}</span>}
        {row.value === undefined ? null : <Value value={row.value} name={name} />}
        {row.judged === undefined ? null : <Outcome judged={row.judged} />}
        {row.value === undefined ? null : <CopyMini value={row.value} label={{ key: 'label_copy_value', args: { name } }} />}
      </dd>
    </>
  );
};

export const Facts = ({ rows }: { readonly rows: readonly FactRow[] }) =>
  rows.length === 0 ? null : (
    <dl class="facts">
      {rows.map((row, i) => (
        <Fact key={i} row={row} />
      ))}
    </dl>
  );

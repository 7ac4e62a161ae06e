/** Values as they came: hex in groups, expected beside received, differences marked by ground, underline and `mark`. */
import { Fragment } from 'preact';
import { type Phrase, plural, text } from '../i18n/text';
import { differing, type HexValue, hexOf } from '../model/hex';
import type { Values } from '../model/rows';
import { CopyMini } from './copy';
import { useSay } from './kit';

interface HexProps {
  readonly hex: HexValue;
  /** What the value is, for those who hear it. */
  readonly name: string;
  readonly marks?: readonly boolean[] | undefined;
}

const Hex = ({ hex, name, marks }: HexProps) => {
  const say = useSay();
  return (
    <code class="hex" dir="ltr" role="img" aria-label={say(plural('hex_label', hex.bytes, { name, start: `${hex.prefix}${hex.groups[0] ?? ''}` }))}>
      {hex.prefix}
      {hex.groups.map((group, i) => (
        <Fragment key={i}>
          {marks?.[i] === true ? <mark>{group}</mark> : <span>{group}</span>}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
};

/** A value with what it is called; long hex in groups, anything else as it is. */
export const Value = ({ value, name, marks }: { readonly value: string; readonly name: string; readonly marks?: readonly boolean[] | undefined }) => {
  const hex = hexOf(value);
  return hex === undefined ? <code class="hex" dir="auto">{value}</code> : <Hex hex={hex} name={name} marks={marks} />;
};

/** Expected, received and source; `compare` marks what differs. */
export const ExpectedReceived = ({ values, compare, note }: { readonly values: Values; readonly compare: boolean; readonly note?: Phrase }) => {
  const say = useSay();
  const expected = values.expected === undefined ? undefined : hexOf(values.expected);
  const actual = values.actual === undefined ? undefined : hexOf(values.actual);
  const comparable = compare && expected !== undefined && actual !== undefined && expected.bytes === actual.bytes;
  const marks = comparable ? differing(actual, expected) : undefined;
  const source = [values.source, note === undefined ? undefined : say(note)].filter((s) => s !== undefined).join(', ');
  return (
    <dl class="ea">
      {values.expected === undefined ? null : (
        <div>
          <dt>{say(text('label_expected'))}</dt>
          <dd>
            <Value value={values.expected} name={say(text('label_expected'))} />
            <CopyMini value={values.expected} label={text('label_copy_expected')} />
          </dd>
        </div>
      )}
      {values.actual === undefined ? null : (
        <div>
          <dt>{say(text('label_actual'))}</dt>
          <dd>
            <Value value={values.actual} name={say(text('label_actual'))} marks={marks} />
            <CopyMini value={values.actual} label={text('label_copy_actual')} />
          </dd>
        </div>
      )}
      {source === '' ? null : (
        <div>
          <dt>{say(text('label_source'))}</dt>
          <dd class="src" dir="auto">{source}</dd>
        </div>
      )}
    </dl>
  );
};

/** The key, with report_data taken apart, and the answers that rest on this evidence. */
import { Fragment } from 'preact';
import { text } from '../i18n/text';
import type { AnswerTableRow } from '../model/evidence/answers';
import type { Judged } from '../model/evidence/facts';
import type { KeyModel } from '../model/evidence/key';
import { shortKey } from '../model/summary';
import { CopyMini } from '../view/copy';
import { Outcome } from '../view/facts';
import { Glyph, Mark } from '../view/icons';
import { useSay } from '../view/kit';
import { Value } from '../view/values';

export const KeyPart = ({ keys }: { readonly keys: KeyModel }) => {
  const say = useSay();
  return (
    <dl class="facts">
      {keys.signers.length === 0 ? (
        <>
          <dt>{say(text('key_signer'))}</dt>
          <dd>{say(text('key_none'))}</dd>
        </>
      ) : null}
      {keys.signers.map((signer) => (
        <Fragment key={signer.address}>
          <dt>{say(text('key_signer'))}</dt>
          <dd>
            <Value value={signer.address} name={say(text('key_signer'))} />
            <CopyMini value={signer.address} label={{ key: 'label_copy_value', args: { name: say(text('key_signer')) } }} />
          </dd>
          <dt>{say(text('key_algorithm'))}</dt>
          <dd>
            <bdi>{signer.algorithm}</bdi>
          </dd>
          <dt>{say(text('key_binding'))}</dt>
          <dd>
            {say({ key: signer.binding })}
            {keys.judged === undefined ? null : <Outcome judged={keys.judged} />}
          </dd>
        </Fragment>
      ))}
      {keys.halves.map((half, i) => (
        <Fragment key={i}>
          <dt>
            <span dir="ltr">{say(text('key_report_data'))}</span>
            <small>{say(text(i === 0 ? 'key_first_half' : 'key_second_half'))}</small>
          </dt>
          <dd class="half">
            <span>{say({ key: half.says })}</span>
            {half.zero ? null : (
              <span class="line">
                <Value value={half.value} name={say(text(i === 0 ? 'key_first_half' : 'key_second_half'))} />
                <CopyMini value={half.value} label={{ key: 'label_copy_value', args: { name: say(text(i === 0 ? 'key_first_half' : 'key_second_half')) } }} />
              </span>
            )}
          </dd>
        </Fragment>
      ))}
      {keys.channel === undefined ? null : (
        <>
          <dt>{say(text('key_channel'))}</dt>
          <dd>
            <Outcome judged={keys.channel} />
          </dd>
        </>
      )}
    </dl>
  );
};

const Cell = ({ judged }: { readonly judged: Judged | undefined }) => {
  const say = useSay();
  if (judged === undefined) return <td />;
  return (
    <td>
      <Glyph kind={judged.kind} size={13} />
      {say({ key: judged.word })}
    </td>
  );
};

const HEADS = ['answers_number', 'answers_time', 'answers_result', 'answers_signer', 'answers_text', 'answers_question', 'answers_seen', 'answers_size'] as const;

export const AnswersPart = ({ rows }: { readonly rows: readonly AnswerTableRow[] }) => {
  const say = useSay();
  if (rows.length === 0) return <p class="quiet">{say(text('answers_none'))}</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={say(text('answers_caption'))}>
      <table>
        <caption class="vh">{say(text('answers_caption'))}</caption>
        <thead>
          <tr>
            {HEADS.map((head) => (
              <th key={head} scope="col">
                {say({ key: head })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} class={row.mark === 'failed' ? 'bad' : ''}>
              <td class="num">{say.number(row.number)}</td>
              <td class="num">{say.time(row.startedAt)}</td>
              <td>
                <Mark state={row.mark} size={13} />
                {say({ key: row.word })}
              </td>
              <td>{row.signer === undefined ? '' : <code dir="ltr">{shortKey(row.signer)}</code>}</td>
              <Cell judged={row.text} />
              <Cell judged={row.question} />
              <td>{row.seenBy === undefined ? '' : say({ key: `seen_${row.seenBy}` })}</td>
              <td class="num">{row.length === undefined ? '' : say.bytes(row.length)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
};

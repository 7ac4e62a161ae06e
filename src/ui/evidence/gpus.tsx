/** GPUs and switches: a strip of cells each, which opens to what was found of that device. */
import { plural, text } from '../i18n/text';
import type { DeviceRow, GpuModel, Mismatch } from '../model/evidence/gpus';
import { CheckList } from '../view/check-list';
import { CopyMini } from '../view/copy';
import { Facts } from '../view/facts';
import { Glyph, Icon } from '../view/icons';
import { useSay } from '../view/kit';
import { ExpectedReceived, Value } from '../view/values';
import { Certificates } from './certificates';
import { Answers, Manifests } from './endorsers';

/** With this many differing values at most, all of them are open at once. */
const OPEN_AT_ONCE = 4;

const Strip = ({ row }: { readonly row: DeviceRow }) => {
  const say = useSay();
  return (
    <span class="strip" role="img" aria-label={say(row.says)}>
      {row.cells.map((cell, i) => (
        <i key={i} class={cell} />
      ))}
    </span>
  );
};

const Differing = ({ mismatch }: { readonly mismatch: Mismatch }) => {
  const say = useSay();
  const [first, ...others] = mismatch.expected;
  const actual = mismatch.actual === '' ? say(text('gpu_no_value')) : mismatch.actual;
  return (
    <li>
      <h5>{say(mismatch.title)}</h5>
      <ExpectedReceived values={{ ...(first === undefined ? {} : { expected: first }), actual }} compare />
      {others.map((value) => (
        <p key={value} class="alternative">
          <span>{say(text('gpu_alternative'))}</span>
          <Value value={value} name={say(text('gpu_alternative'))} />
          <CopyMini value={value} label={text('label_copy_expected')} />
        </p>
      ))}
    </li>
  );
};

const Mismatches = ({ all }: { readonly all: readonly Mismatch[] }) => {
  const say = useSay();
  const [shown, rest] = [all.slice(0, OPEN_AT_ONCE), all.slice(OPEN_AT_ONCE)];
  const list = (some: readonly Mismatch[]) => (
    <ul class="mismatches">
      {some.map((mismatch) => (
        <Differing key={mismatch.index} mismatch={mismatch} />
      ))}
    </ul>
  );
  return all.length === 0 ? null : (
    <>
      {list(shown)}
      {rest.length === 0 ? null : (
        <details class="folded">
          <summary>{say(plural('gpu_mismatch_more', rest.length))}</summary>
          {list(rest)}
        </details>
      )}
    </>
  );
};

const Device = ({ row }: { readonly row: DeviceRow }) => {
  const say = useSay();
  const loud = row.kind === 'fail';
  return (
    <li>
      <details class="gpu" open={row.open}>
        <summary>
          <Icon name="chevron" size={12} />
          <b>{say(row.name)}</b>
          <Strip row={row} />
          <span class={loud ? 'words bad' : 'words'}>
            <Glyph kind={row.kind} size={13} />
            <span>{say(row.words)}</span>
          </span>
          {row.differs.length === 0 ? null : <span class="differs-in">{row.differs.map(say).join(', ')}</span>}
        </summary>
        <div class="inside">
          <Mismatches all={row.mismatches} />
          <Facts rows={row.facts} />
          {row.certificates.length === 0 ? null : (
            <details class="folded">
              <summary>{say(text('gpu_certificates'))}</summary>
              <Certificates rows={row.certificates} />
            </details>
          )}
          <details class="folded" open={row.facts.length === 0}>
            <summary>{say(plural('gpu_checks', row.checks.length))}</summary>
            <CheckList rows={row.checks} />
          </details>
        </div>
      </details>
    </li>
  );
};

const Axis = ({ indices }: { readonly indices: readonly number[] }) => {
  const say = useSay();
  return (
    <div class="axis" aria-hidden="true">
      <span class="strip">
        {indices.map((index) => (
          <span key={index}>{index}</span>
        ))}
      </span>
      <span class="words">{say(text('gpus_axis'))}</span>
    </div>
  );
};

export const Gpus = ({ gpus }: { readonly gpus: GpuModel }) => {
  const say = useSay();
  return (
    <>
      <h3>{say(gpus.title)}</h3>
      <p class="small">{gpus.intro.map(say).join(' ')}</p>
      <ul class="gpus" aria-label={say(gpus.title)}>
        {gpus.rows.map((row) => (
          <Device key={row.id} row={row} />
        ))}
      </ul>
      {gpus.key.length === 0 ? null : (
        <>
          <Axis indices={gpus.axis} />
          <p class="key">
            {gpus.key.map((outcome) => (
              <span key={outcome}>
                <i class={`cell ${outcome}`} />
                {say({ key: `gpu_key_${outcome}` })}
              </span>
            ))}
          </p>
        </>
      )}
      <Facts rows={gpus.together} />
      <Manifests endorsers={gpus.endorsers} />
      <Answers endorsers={gpus.endorsers} />
    </>
  );
};

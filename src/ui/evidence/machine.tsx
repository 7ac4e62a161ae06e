/** The machine: decoded fields, the chain of certificates, the firmware level with its components, Intel's lists. */
import { text } from '../i18n/text';
import type { EvidenceModel, Processor } from '../model/evidence';
import type { CertificateRow } from '../model/evidence/certificates';
import type { Cells, Firmware, ListRow } from '../model/evidence/firmware';
import { CopyMini } from '../view/copy';
import { Facts } from '../view/facts';
import { Glyph, Icon } from '../view/icons';
import { useSay } from '../view/kit';

const short = (hex: string): string => `${hex.slice(0, 8)}…${hex.slice(-4)}`;

const Fingerprint = ({ value }: { readonly value: string }) => {
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

const Strip = ({ strip }: { readonly strip: Cells }) => {
  const say = useSay();
  return (
    <div class="cells">
      <h4>{say({ key: strip.title })}</h4>
      <div class="tcb" role="img" aria-label={say(strip.says)}>
        {strip.cells.map((cell) => (
          <i key={cell.index} class={cell.state} title={say(text('cells_cell', { index: String(cell.index + 1), have: String(cell.have), need: String(cell.need) }))}>
            {cell.have}
          </i>
        ))}
      </div>
    </div>
  );
};

const StripKey = () => {
  const say = useSay();
  return (
    <p class="key">
      {(['ok', 'low', 'skipped'] as const).map((state) => (
        <span key={state}>
          <i class={state} />
          {say({ key: `cells_key_${state}` })}
        </span>
      ))}
    </p>
  );
};

const FirmwarePart = ({ firmware }: { readonly firmware: Firmware }) => {
  const say = useSay();
  const advised = firmware.advisories.length > 0;
  return (
    <>
      <h3>{say(text('firmware_title'))}</h3>
      <p class="level">
        {firmware.status === undefined ? null : (
          <span class={`tag ${firmware.judged?.kind ?? ''}`}>
            <Glyph kind={firmware.judged?.kind} size={12} />
            <bdi>{firmware.status}</bdi>
          </span>
        )}{' '}
        {firmware.sentences.map(say).join(' ')}
        {advised
          ? firmware.advisories.map(({ id, url }) => (
              <span key={id}>
                {' '}
                {url === undefined ? (
                  <bdi>{id}</bdi>
                ) : (
                  <a href={url} target="_blank" rel="noreferrer" aria-label={say(text('firmware_outward', { id }))}>
                    <bdi>{id}</bdi>
                    <Icon name="outward" size={11} />
                  </a>
                )}
              </span>
            ))
          : null}
      </p>
      {firmware.strips.map((strip) => (
        <Strip key={strip.title} strip={strip} />
      ))}
      {firmware.strips.length === 0 ? null : <StripKey />}
      <Facts rows={firmware.facts} />
    </>
  );
};

const Lists = ({ lists }: { readonly lists: readonly ListRow[] }) => {
  const say = useSay();
  return lists.length === 0 ? null : (
    <>
      <h3>{say(text('lists_title'))}</h3>
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

const ProcessorPart = ({ processor }: { readonly processor: Processor }) => {
  const say = useSay();
  return (
    <>
      <h3>{say(text('machine_processor'))}</h3>
      <Facts rows={processor.facts} />
      {processor.certificates.length === 0 ? null : (
        <>
          <h3>{say(text('certs_title'))}</h3>
          <p class="small">{say(text('certs_intro'))}</p>
          <ol class="certs">
            {processor.certificates.map((row, i) => (
              <Certificate key={i} row={row} />
            ))}
          </ol>
        </>
      )}
      <FirmwarePart firmware={processor.firmware} />
      <Lists lists={processor.lists} />
      {processor.signers.length === 0 ? null : (
        <>
          <h3>{say(text('certs_signers'))}</h3>
          <ol class="certs">
            {processor.signers.map((signer) => (
              <li key={signer.fingerprint} class="plain">
                <span>{signer.name}</span>
                <Fingerprint value={signer.fingerprint} />
                <span class="d">{say(signer.dates)}</span>
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  );
};

export const Machine = ({ model }: { readonly model: EvidenceModel }) => {
  const say = useSay();
  return (
    <>
      {model.processors.length === 0 ? <p class="quiet">{say(text('machine_none'))}</p> : model.processors.map((processor, i) => <ProcessorPart key={i} processor={processor} />)}
      {model.gpus === undefined ? null : (
        <>
          <h3>{say(text('machine_gpus'))}</h3>
          <p class="small">{say(model.gpus)}</p>
        </>
      )}
    </>
  );
};


/** The machine: an Intel processor's fields, certificates, firmware level and lists; then what else came with it. */
import { text } from '../i18n/text';
import type { MachineModel, Processor } from '../model/evidence';
import type { Cells, Firmware } from '../model/evidence/firmware';
import { Facts } from '../view/facts';
import { Glyph, Icon } from '../view/icons';
import { useSay } from '../view/kit';
import { Certificates, Fingerprint, Lists } from './certificates';
import { Gpus } from './gpus';
import { SnpPart } from './snp';
import { VtpmPart } from './vtpm';

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
          <Certificates rows={processor.certificates} />
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

export const Machine = ({ model }: { readonly model: MachineModel }) => {
  const say = useSay();
  return (
    <>
      {model.processors.length + model.snp.length === 0 ? <p class="quiet">{say(text('machine_none'))}</p> : null}
      {model.processors.map((processor, i) => (
        <ProcessorPart key={i} processor={processor} />
      ))}
      {model.snp.map((snp, i) => (
        <SnpPart key={i} snp={snp} />
      ))}
      {model.vtpm.map((vtpm, i) => (
        <VtpmPart key={i} vtpm={vtpm} />
      ))}
      {model.vtpmUnread ? (
        <>
          <h3>{say(text('vtpm_title'))}</h3>
          <p class="quiet small">{say(text('vtpm_none'))}</p>
        </>
      ) : null}
      {model.gpus === undefined ? null : <Gpus gpus={model.gpus} />}
      {model.gpusNote === undefined ? null : (
        <>
          <h3>{say(text('machine_gpus'))}</h3>
          <p class="small">{say(model.gpusNote)}</p>
        </>
      )}
    </>
  );
};

/** An AMD processor: fields, certificates, the firmware's version numbers, AMD's list. */
import { text } from '../i18n/text';
import { type SnpModel, TCB_KINDS } from '../model/evidence/snp';
import { Facts, Outcome } from '../view/facts';
import { useSay } from '../view/kit';
import { Certificates, Lists } from './certificates';

const Tcb = ({ snp }: { readonly snp: SnpModel }) => {
  const say = useSay();
  return (
    <>
      <h3>{say(text('firmware_title'))}</h3>
      <p class="level">
        {snp.tcbJudged === undefined ? null : <Outcome judged={snp.tcbJudged} />} {say(text('snp_tcb_intro'))}
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label={say(text('firmware_title'))}>
        <table class="levels">
          <thead>
            <tr>
              <th scope="col">{say(text('snp_tcb_part'))}</th>
              {TCB_KINDS.map((kind) => (
                <th key={kind} scope="col">
                  {say({ key: `snp_tcb_${kind}` })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {snp.tcb.map((row) => (
              <tr key={row.part}>
                <th scope="row">{say({ key: row.part })}</th>
                {row.numbers.map(({ value, differs }, i) => (
                  <td key={i} class="num">
                    {value === undefined ? '' : differs ? <b>{say.number(value)}</b> : say.number(value)}
                    {differs ? <small>{say(text('snp_tcb_differs'))}</small> : null}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

export const SnpPart = ({ snp }: { readonly snp: SnpModel }) => {
  const say = useSay();
  return (
    <>
      <h3>{say(text('machine_processor'))}</h3>
      <Facts rows={snp.facts} />
      {snp.certificates.length === 0 ? null : (
        <>
          <h3>{say(text('certs_title'))}</h3>
          <p class="small">{say(text('certs_intro'))}</p>
          <Certificates rows={snp.certificates} />
        </>
      )}
      <Tcb snp={snp} />
      {snp.lists.length === 0 ? <p class="small quiet">{say(text('list_amd_none'))}</p> : <Lists lists={snp.lists} title="lists_title_amd" />}
    </>
  );
};

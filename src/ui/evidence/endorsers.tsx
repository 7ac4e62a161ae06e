/** NVIDIA's manifests and its answers about certificates, as tables. */
import { text } from '../i18n/text';
import type { AnswerRow, Endorsers, ManifestRow } from '../model/evidence/endorsers';
import { Outcome } from '../view/facts';
import { useSay } from '../view/kit';
import { Fingerprint } from './certificates';

const Manifest = ({ row }: { readonly row: ManifestRow }) => {
  const say = useSay();
  return (
    <li>
      <h4>
        <bdi>{row.id}</bdi>
      </h4>
      <dl class="facts">
        <dt>{say(text('manifest_version'))}</dt>
        <dd>
          <bdi>{row.version}</bdi>
        </dd>
        <dt>{say(text('manifest_devices'))}</dt>
        <dd>{say(row.devices)}</dd>
        <dt>{say(text('manifest_from'))}</dt>
        <dd>
          <bdi>{row.from}</bdi>
        </dd>
        <dt>{say(text('manifest_signer'))}</dt>
        <dd>
          <span>
            <bdi>{row.signer}</bdi>, {say(text('manifest_until', { date: { kind: 'date', value: row.until } }))}
          </span>
        </dd>
      </dl>
      <details class="folded">
        <summary>{say(text('manifest_chain'))}</summary>
        <ol class="certs">
          {row.chain.toReversed().map((certificate) => (
            <li key={certificate.fingerprint} class="plain">
              <span>{certificate.name}</span>
              <Fingerprint value={certificate.fingerprint} />
              <span class="d">{say(certificate.dates)}</span>
              <span class="d" dir="auto">
                {say(text('cert_serial', { serial: certificate.serial }))}
              </span>
            </li>
          ))}
        </ol>
      </details>
    </li>
  );
};

export const Manifests = ({ endorsers }: { readonly endorsers: Endorsers }) => {
  const say = useSay();
  return (
    <>
      <h3>{say(text('manifests_title'))}</h3>
      <p class="small">{say(text('manifests_intro'))}</p>
      {endorsers.manifests.length === 0 ? (
        <p class="quiet small">{say(text('manifests_none'))}</p>
      ) : (
        <ul class="diff">
          {endorsers.manifests.map((row, i) => (
            <Manifest key={i} row={row} />
          ))}
        </ul>
      )}
    </>
  );
};

const HEADS = ['revocation_name', 'revocation_answer', 'revocation_of', 'revocation_next', 'revocation_for'] as const;

const Answer = ({ row }: { readonly row: AnswerRow }) => {
  const say = useSay();
  return (
    <tr class={row.judged.kind === 'fail' ? 'bad' : ''}>
      <th scope="row">
        <bdi>{row.name}</bdi>
        <small dir="auto">{say(text('cert_serial', { serial: row.serial }))}</small>
      </th>
      <td>
        <Outcome judged={row.judged} />
      </td>
      <td class="num">{row.of === undefined ? '' : say.date(row.of)}</td>
      <td class="num">{row.next === undefined ? '' : say.date(row.next)}</td>
      <td>{say(row.devices)}</td>
    </tr>
  );
};

export const Answers = ({ endorsers }: { readonly endorsers: Endorsers }) => {
  const say = useSay();
  return (
    <>
      <h3>{say(text('revocation_title'))}</h3>
      <p class="small">{say(endorsers.answered)}</p>
      {endorsers.answers.length === 0 ? null : (
        <details class="folded" open={endorsers.loud}>
          <summary>{say(text('revocation_list'))}</summary>
          <div class="scroll" tabIndex={0} role="region" aria-label={say(text('revocation_title'))}>
            <table>
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
                {endorsers.answers.map((row, i) => (
                  <Answer key={i} row={row} />
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </>
  );
};

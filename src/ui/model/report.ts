/**
 * The report a person can copy and send to a service: what was checked and how it came out, without content. Hashes of
 * prompts and answers are content too (short ones can be guessed), so nothing about an answer but its outcome is in it.
 */
import type { Check } from '../../checks/check';
import { groupOf } from '../../verdict/groups';
import type { AnswerView, TabSnapshot } from '../../watch/snapshot';

/** Outcome without values. */
type Outline = Pick<Check, 'id' | 'outcome' | 'basis' | 'required' | 'code' | 'by'>;

const outline = ({ id, outcome, basis, required, code, by }: Check): Outline => ({ id, outcome, basis, required, ...(code === undefined ? {} : { code }), ...(by === undefined ? {} : { by }) });

/** Values of an answer's checks may be digests of text: they are left out. */
export const withoutContent = (check: Check): Outline | Check => (groupOf(check) === 'answer' ? outline(check) : check);

const iso = (at: number): string => new Date(at).toISOString();

export const reportedAnswer = (answer: AnswerView) => ({
  number: answer.number,
  startedAt: iso(answer.startedAt),
  state: answer.state,
  ...(answer.leading === undefined ? {} : { code: answer.leading }),
  ...(answer.length === undefined ? {} : { bytes: answer.length }),
  ...(answer.model === undefined ? {} : { model: answer.model }),
  ...(answer.signer === undefined ? {} : { signer: answer.signer }),
  checks: answer.checks.filter((c) => groupOf(c) === 'answer').map(outline),
});

/** Pretty JSON; `now` in ms since the epoch. */
export function reportText(snapshot: TabSnapshot, now: number): string {
  const report = {
    kind: 'assay-report',
    at: iso(now),
    service: snapshot.service?.name ?? null,
    page: snapshot.pageOrigin ?? null,
    api: snapshot.service?.apiOrigins ?? [],
    state: snapshot.state,
    ...(snapshot.before === undefined ? {} : { before: snapshot.before }),
    code: snapshot.leading?.code ?? null,
    qualifiers: snapshot.qualifiers,
    checks: snapshot.checks.map(withoutContent),
    evidence:
      snapshot.attestation === undefined
        ? null
        : {
            state: snapshot.attestation.state,
            receivedAt: snapshot.attestation.receivedAt === undefined ? null : iso(snapshot.attestation.receivedAt),
            through: snapshot.attestation.through,
            model: snapshot.attestation.model ?? null,
            signers: snapshot.attestation.signers,
          },
    answers: snapshot.answers.map(reportedAnswer),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

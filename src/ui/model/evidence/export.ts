/**
 * The result as JSON in the command line's field names (CLI.md, Output). Without content: nothing about an answer but
 * its outcome, unless the user ticked the line that says that hashes of answers are in it (DESIGN, law 7).
 */
import type { Check } from '../../../checks/check';
import { groupOf } from '../../../verdict/groups';
import { qualifiersOf } from '../../../verdict/state';
import type { AnswerView, EvidenceView } from '../../../watch/snapshot';
import { reportedAnswer, withoutContent } from '../report';

const ownChecks = (answer: AnswerView): readonly Check[] => answer.checks.filter((c) => groupOf(c) === 'answer');

/** `policy`: the policy file's object, or nothing for the default. */
export function exportText(view: EvidenceView, policy: unknown, withHashes: boolean): string {
  const { attestation } = view;
  const machines = view.parts.flatMap((part) => ((part.kind === 'tdx' || part.kind === 'snp') && part.claims !== undefined ? [part.claims] : []));
  const devices = view.parts.flatMap((part) => (part.kind === 'nvidia' ? part.claims : []));
  const [only] = machines;
  const result = {
    kind: 'assay-result',
    state: attestation.state,
    qualifiers: qualifiersOf(attestation.checks),
    checks: attestation.checks.map((check) => (withHashes ? check : withoutContent(check))),
    claims: machines.length > 1 ? machines : { ...only, ...(devices.length === 0 ? {} : { devices }) },
    at: new Date(attestation.appraisedAt).toISOString(),
    policy: policy ?? 'default',
    anchors: view.flavour === 'shipped' ? 'vendor' : 'custom',
    service: { name: view.service.name, page: view.service.host, api: view.service.apiOrigins, dialect: view.dialect },
    evidence: {
      receivedAt: attestation.receivedAt === undefined ? null : new Date(attestation.receivedAt).toISOString(),
      through: attestation.through,
      askedOf: view.askedOf ?? null,
      model: attestation.model ?? null,
      nonce: view.nonce,
      signers: attestation.signers,
      software: view.software,
    },
    contains: withHashes ? 'outcomes, and hashes of answers' : 'outcomes only',
    answers: view.answers.map((answer) => (withHashes ? { ...reportedAnswer(answer), checks: ownChecks(answer) } : reportedAnswer(answer))),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

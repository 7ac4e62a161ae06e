/** A device's certificates from NVIDIA's root downwards, and what NVIDIA answered about each of them and of its manifests' signers. */
import type { DeviceCertificateFact, DeviceFacts, OcspFact } from '../../../evidence/nvidia/types';
import { literal, type MessageKey, type Phrase, text } from '../../i18n/text';
import type { Kind } from '../outcome';
import type { Line } from '../rail';
import type { CertificateRow } from './certificates';
import { commonName } from './certificates';
import type { Judged } from './facts';

/** Certificates made for a device's whole life carry the last day that can be written. */
const ENDLESS = /^9999-/;

export const validity = ({ notBefore, notAfter }: Pick<DeviceCertificateFact, 'notBefore' | 'notAfter'>): Phrase => {
  const from = { kind: 'date', value: Date.parse(notBefore) } as const;
  return ENDLESS.test(notAfter) ? text('cert_valid_from', { from }) : text('cert_valid', { from, to: { kind: 'date', value: Date.parse(notAfter) } });
};

export interface Answered {
  readonly certificate: DeviceCertificateFact;
  readonly answer: OcspFact;
}

/**
 * Pairs each answer with its certificate. Two signers may have one name, so the order counts: the device's own
 * certificates without leaf and root, then those of each manifest without its root. Answers out of that order pair with nothing.
 */
export function answersOf({ certificates, rims, ocsp }: DeviceFacts): readonly Answered[] {
  const asked = [...certificates.slice(1, -1), ...rims.flatMap((rim) => rim.certificates.slice(0, -1))];
  return ocsp.flatMap((answer, i) => {
    const certificate = asked[i];
    return certificate?.subject === answer.subject ? [{ certificate, answer }] : [];
  });
}

const STATUS: Readonly<Record<OcspFact['status'], { readonly kind: Kind; readonly word: MessageKey; readonly note: MessageKey }>> = {
  'good': { kind: 'pass', word: 'revocation_good', note: 'cert_good' },
  'revoked': { kind: 'fail', word: 'revocation_revoked', note: 'cert_revoked_on' },
  'hold': { kind: 'fail', word: 'revocation_hold', note: 'cert_hold' },
  'unknown': { kind: 'unknown', word: 'revocation_unknown', note: 'cert_answer_unknown' },
  'not-checked': { kind: 'unknown', word: 'revocation_notchecked', note: 'cert_revocation_open' },
};

export const statusOf = ({ status }: OcspFact): Judged => STATUS[status];

function noteOf(answer: OcspFact): Phrase {
  const { note } = STATUS[answer.status];
  return { key: note, args: { date: { kind: 'date', value: Date.parse(answer.thisUpdate ?? '') } } };
}

interface Verdicts {
  readonly chain: Kind;
  readonly signature: Kind;
  readonly simulated: boolean;
}

function notesOf(certificate: DeviceCertificateFact, answer: OcspFact | undefined, { chain, simulated }: Verdicts): readonly Phrase[] {
  if (certificate.role === 'root') return [...(chain === 'pass' ? [text(simulated ? 'cert_pinned_simulator_nvidia' : 'cert_pinned')] : chain === 'fail' ? [text('cert_chain_fails')] : []), validity(certificate)];
  if (certificate.role === 'leaf') return [text('gpu_cert_leaf'), text('gpu_cert_no_answer')];
  return [answer === undefined ? text('cert_revocation_open') : noteOf(answer), validity(certificate)];
}

/** Root first, the device's report last; no line where the chain does not hold. */
export function deviceCertificates(facts: DeviceFacts, verdicts: Verdicts): readonly CertificateRow[] {
  if (facts.certificates.length === 0) return [];
  const answers = new Map(answersOf(facts).map(({ certificate, answer }) => [certificate.fingerprint, answer]));
  const line = (kind: Kind): Line => (kind === 'pass' ? 'solid' : kind === 'unknown' ? 'wait' : 'none');
  const rows = facts.certificates.toReversed().map((certificate, i): CertificateRow => {
    const answer = answers.get(certificate.fingerprint);
    const own = answer === undefined ? verdicts.chain : verdicts.chain === 'pass' ? statusOf(answer).kind : verdicts.chain;
    return {
      name: literal(commonName(certificate.subject)), kind: own, notes: notesOf(certificate, answer, verdicts),
      fingerprint: certificate.fingerprint, serial: certificate.serial, up: i === 0 ? undefined : line(verdicts.chain),
    };
  });
  const { signature } = verdicts;
  const report: CertificateRow = { name: text('gpu_cert_report'), kind: signature, notes: [text(signature === 'pass' ? 'gpu_cert_report_good' : signature === 'fail' ? 'gpu_cert_report_bad' : 'gpu_cert_report_open')], up: line(signature) };
  return [...rows, report];
}

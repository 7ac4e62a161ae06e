/** What NVIDIA's OCSP says about the certificates behind a device and its manifests. */
import { asCoded } from '../../checks/error';
import type { Code } from '../../checks/codes';
import type { Certificate } from '../../x509/certificate';
import { judgeOcsp } from '../../x509/ocsp';
import type { OcspFinding } from '../../x509/ocsp';
import { contradiction, isoTime, undetermined } from '../findings';
import type { Clock, Fault } from '../findings';
import type { OcspCandidate, OcspFact, OcspSource } from './types';

export interface RevocationQuestion {
  readonly kind: 'DEVICE_CERT' | 'RIM_SIGNER';
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/** Pairs of certificate and issuer, from position `from` up to, not including, the root. The leaf of a device has no OCSP entry. */
export function questionsOf(kind: RevocationQuestion['kind'], certificates: readonly Certificate[], from: number): readonly RevocationQuestion[] {
  return certificates.slice(from, -1).flatMap((certificate, i) => {
    const issuer = certificates[from + i + 1];
    return issuer === undefined ? [] : [{ kind, certificate, issuer }];
  });
}

export interface Revocation {
  readonly facts: readonly OcspFact[];
  readonly faults: readonly Fault[];
  /** Certificates on hold: what that means is the policy's to say. */
  readonly holds: readonly Fault[];
}

/** Asks about every certificate. Unreachable, unknown and out of date stay open questions; nothing but a good answer is one. */
export async function judgeRevocation(questions: readonly RevocationQuestion[], source: OcspSource, clock: Clock): Promise<Revocation> {
  const answers = await Promise.all(questions.map((question) => judgeOne(question, source, clock)));
  return {
    facts: answers.map((answer) => answer.fact),
    faults: answers.flatMap((answer) => (answer.fault === undefined || answer.hold ? [] : [answer.fault])),
    holds: answers.flatMap((answer) => (answer.fault !== undefined && answer.hold ? [answer.fault] : [])),
  };
}

interface Answer {
  readonly fact: OcspFact;
  readonly fault?: Fault;
  readonly hold: boolean;
}

async function judgeOne({ kind, certificate, issuer }: RevocationQuestion, source: OcspSource, clock: Clock): Promise<Answer> {
  const subject = certificate.subject.text;
  const { candidates, problem } = await source(certificate, issuer);
  const judged = await Promise.all(candidates.map((candidate) => judgeCandidate(candidate, certificate, issuer, clock)));
  const finding = newest(judged.filter((verdict) => 'status' in verdict));
  if (finding === undefined) {
    const [fault] = judged.flatMap((verdict) => ('status' in verdict ? [] : [verdict]));
    const open = fault ?? (problem === undefined ? undetermined('OCSP_MISSING', `no answer at hand about ${subject}`) : undetermined(problem.code, problem.detail));
    return { fact: { subject, status: 'not-checked' }, fault: open, hold: false };
  }
  const { status, thisUpdate, nextUpdate, revokedAt, reason } = finding;
  const fact = { subject, status, thisUpdate: isoTime(thisUpdate), nextUpdate: isoTime(nextUpdate) };
  const since = revokedAt === undefined ? subject : `${subject}, since ${isoTime(revokedAt)}${reason === undefined ? '' : `, reason ${reason}`}`;
  if (status === 'revoked') return { fact, fault: contradiction(`${kind}_REVOKED`, since), hold: false };
  if (clock.behind !== undefined) return { fact, fault: undetermined('CLOCK_BEHIND', clock.behind), hold: false };
  if (status === 'hold') return { fact, fault: contradiction(`${kind}_ON_HOLD`, since), hold: true };
  return status === 'unknown' ? { fact, fault: undetermined('OCSP_UNKNOWN', subject), hold: false } : { fact, hold: false };
}

/** A revocation for good is never taken back; else the newest statement counts. */
function newest(findings: readonly OcspFinding[]): OcspFinding | undefined {
  return findings.find((finding) => finding.status === 'revoked') ?? [...findings].sort((a, b) => b.thisUpdate - a.thisUpdate)[0];
}

/** Faults that leave the question open; every other one shows that the answer is not NVIDIA's about this certificate. */
const OPEN: readonly Code[] = [
  'OCSP_STATUS', 'OCSP_NONCE_ABSENT', 'OCSP_STALE', 'OCSP_NOT_YET_VALID', 'OCSP_RESPONDER_EXPIRED', 'OCSP_RESPONDER_NOT_YET_VALID',
];

async function judgeCandidate({ der, nonce }: OcspCandidate, certificate: Certificate, issuer: Certificate, clock: Clock): Promise<OcspFinding | Fault> {
  try {
    return await judgeOcsp(der, { certificate, issuer, now: clock.now, ...(nonce === undefined ? {} : { nonce }) });
  } catch (error) {
    const { code, detail } = asCoded(error);
    if (clock.behind !== undefined && (code === 'OCSP_NOT_YET_VALID' || code === 'OCSP_RESPONDER_NOT_YET_VALID')) return undetermined('CLOCK_BEHIND', clock.behind);
    const fault = `${certificate.subject.text}: ${detail}`;
    return OPEN.includes(code) ? undetermined(code, fault) : contradiction(code, fault);
  }
}

/**
 * An answer's own checks joined with those of the evidence that speaks for its key (DESIGN 2, "Every answer stands for
 * itself" and "Signers"). Pure: who asks for evidence, and how often, is decided elsewhere.
 */
import { absent, type Check, fail, pass, unknown, weak } from '../checks/check';
import type { Code } from '../checks/codes';
import { withChannel } from './channel';
import type { SeenConnection } from './exchange';
import type { AnswerFindings, Appraisal, Profile, SpeaksFor } from './types';

/** Evidence that arrived later than this after an answer's end is `EVIDENCE_LATE`. */
export const LATE_AFTER_MS = 60_000;

export type Evidence =
  | {
      readonly kind: 'evidence';
      readonly appraisal: Appraisal;
      /** Ms since the epoch. */
      readonly receivedAt: number;
      /** The signer is not in it, and asking again is not allowed yet. */
      readonly limited: boolean;
      /** Set where a page asked for it: the key that it agreed after it, when it attested, and how long evidence of our own would serve. */
      readonly ofPage?: { readonly key: string | undefined; readonly attestedAt: number; readonly maxAgeMs: number };
    }
  /** Why there is none. */
  | { readonly kind: 'problem'; readonly code: Code; readonly detail: string };

export interface JoinInput {
  readonly profile: Profile;
  readonly findings: Pick<AnswerFindings, 'checks' | 'signer' | 'signedBy' | 'session'>;
  readonly evidence: Evidence;
  /** The provider's, where its reports speak of several machines. */
  readonly speaksFor?: SpeaksFor | undefined;
  /** The connection of the answer's own request, where this browser shows its key. */
  readonly connection?: SeenConnection | undefined;
  /** Of the exchange, ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * All checks of an answer: those of the evidence first, then its own, then `signer` and `evidence.time`.
 * Evidence that does not report the answer's signer says nothing about it and is left out.
 */
export function joinAnswer(input: JoinInput): readonly Check[] {
  const { findings, evidence } = input;
  if (evidence.kind === 'problem') {
    return [unknown('evidence', evidence.code, evidence.detail, { basis: 'derived' }), ...findings.checks, signsNone(input) ?? unknown('signer', evidence.code, 'no evidence to compare with', basisOf(findings))];
  }
  const speaker = input.speaksFor?.(findings, evidence.appraisal) ?? { appraisal: evidence.appraisal, checks: [] };
  const signer = signerCheck(input, { ...evidence, appraisal: speaker.appraisal });
  const speaks = findings.signer === undefined || signer.outcome === 'pass';
  const own = sessionSeen(findings, evidence);
  if (!speaks) return [...findings.checks, ...speaker.checks, signer];
  const dated = findings.signer !== undefined || !input.profile.offers.signatures;
  return [...withChannel(speaker.appraisal, input.connection), ...own, ...speaker.checks, signer, ...(dated ? [timeCheck(input, evidence)] : [])];
}

const basisOf = (findings: Pick<AnswerFindings, 'checks'>) => ({ basis: findings.checks.find(({ id }) => id === 'signature')?.basis ?? 'derived' });

/** Where nothing is ever signed there is no signer to look for: its absence is the service's design, not an open question. */
const signsNone = ({ profile, findings }: Pick<JoinInput, 'profile' | 'findings'>): Check | undefined =>
  findings.signer === undefined && !profile.offers.signatures ? absent('signer', 'service', 'ANSWERS_NOT_SIGNED', 'nobody signs answers', { basis: 'derived' }) : undefined;

function signerCheck({ profile, findings }: JoinInput, { appraisal, limited }: Extract<Evidence, { kind: 'evidence' }>): Check {
  const none = signsNone({ profile, findings });
  if (none !== undefined) return none;
  if (findings.signer === undefined) {
    const why = findings.checks.find(({ id, code }) => (id === 'signature' || id === 'format') && code !== undefined)?.code ?? 'ANSWER_UNSIGNED';
    return unknown('signer', why, 'no valid signature to compare', basisOf(findings));
  }
  const { address, algorithm } = findings.signer;
  const reported = appraisal.signers.find((s) => s.algorithm === algorithm && s.address.toLowerCase() === address.toLowerCase());
  // A body's basis stays: what a page reported is no better for standing beside evidence.
  const fromPage = basisOf(findings).basis === 'page';
  if (reported !== undefined) {
    const basis = reported.binding === 'none' ? 'claimed' : fromPage ? 'page' : 'hardware';
    return pass('signer', reported.binding, { basis, expected: reported.address, actual: address });
  }
  const parts = { ...basisOf(findings), actual: address, expected: appraisal.signers.map((s) => s.address).join(' ') };
  if (limited) return unknown('signer', 'REATTEST_LIMITED', 'not in the evidence at hand', parts);
  if (profile.bindsKeys) return fail('signer', 'SIGNER_MISMATCH', 'not in fresh evidence', parts);
  return unknown('signer', 'SIGNER_NOT_REPORTED', 'not in fresh evidence', parts);
}

/** The answer's own checks, its session's among them: seen where the evidence is of the very key that the answer names. Whose that key is, the evidence's own checks say. */
function sessionSeen({ checks, session }: JoinInput['findings'], { ofPage }: Extract<Evidence, { kind: 'evidence' }>): readonly Check[] {
  if (ofPage === undefined || session === undefined || ofPage.key !== session) return checks;
  return checks.map((check) => (check.id === 'key.session' ? pass('key.session', `attested ${new Date(ofPage.attestedAt).toISOString()}`, { basis: 'page' }) : check));
}

function timeCheck({ startedAt, endedAt }: JoinInput, { receivedAt, ofPage }: Extract<Evidence, { kind: 'evidence' }>): Check {
  if (ofPage !== undefined && startedAt - receivedAt > ofPage.maxAgeMs) return weak('evidence.time', 'SESSION_RESUMED', `attested ${new Date(receivedAt).toISOString()}`, { basis: 'derived' });
  const late = receivedAt - endedAt;
  if (late > LATE_AFTER_MS) return weak('evidence.time', 'EVIDENCE_LATE', `${Math.round(late / 1000)} s after the answer`, { basis: 'derived' });
  const before = Math.round((startedAt - receivedAt) / 1000);
  return pass('evidence.time', before >= 0 ? `${before} s before the answer` : `${-before} s after its start`, { basis: 'derived' });
}

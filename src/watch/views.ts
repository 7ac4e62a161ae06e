/** From evidence and profiles to what the interface shows of them. */
import { unknown } from '../checks/check';
import { toBase64 } from '../encoding/base64';
import { toHex } from '../encoding/hex';
import type { SnpEndorsements } from '../evidence/sevsnp/types';
import type { Appraisal, CredentialWay, EvidencePart, Provider } from '../providers/types';
import type { StoredAttestation } from '../records/database';
import type { StoredReferenceValue } from '../records/references';
import { stateOf } from '../verdict/state';
import type { Problem } from './attestor';
import type { AnswerView, AttestationView, EvidencePartView, EvidenceView, ServiceView, SnpEndorsementsView } from './snapshot';

export function serviceView(provider: Provider, pageOrigin: string): ServiceView {
  const { id, name, apiOrigins, best, addedByYou = false } = provider.profile;
  return { profileId: id, name, host: new URL(pageOrigin).host, apiOrigins, addedByYou, best };
}

export function evidenceAttestation(stored: StoredAttestation, appraisal: Appraisal, at: number): AttestationView {
  return {
    id: stored.id,
    state: stateOf(appraisal.checks),
    checks: appraisal.checks,
    receivedAt: stored.receivedAt,
    appraisedAt: at,
    through: stored.way,
    ...(stored.session === undefined ? {} : { ofPage: true as const }),
    signers: appraisal.signers,
    ...(stored.model === undefined ? {} : { model: stored.model }),
  };
}

/** No evidence now, and why: one required check that could not be done. */
export function problemAttestation(problem: Problem, way: CredentialWay): AttestationView {
  const checks = [unknown('evidence', problem.code, problem.detail, { basis: 'derived' })];
  return {
    id: '',
    state: stateOf(checks),
    checks,
    appraisedAt: problem.at,
    through: way,
    signers: [],
    ...(problem.nextTryAt === undefined ? {} : { nextTryAt: problem.nextTryAt }),
  };
}

/** Bytes as base64, as pages get them. */
export function partView(part: EvidencePart): EvidencePartView {
  if (part.kind === 'snp') {
    const { raw, endorsements, ...rest } = part;
    return { ...rest, rawBase64: toBase64(raw), endorsements: endorsementsView(endorsements) };
  }
  if (part.kind === 'nvidia') {
    const { raw, endorsements, ...rest } = part;
    return { ...rest, rawBase64: toBase64(raw), ...(endorsements === undefined ? {} : { endorsements: { rims: endorsements.rims, ocspBase64: endorsements.ocsp.map(toBase64) } }) };
  }
  const { raw, ...rest } = part;
  return { ...rest, rawBase64: toBase64(raw) };
}

function endorsementsView({ vek, intermediates = [], crls = [] }: SnpEndorsements): SnpEndorsementsView {
  return { ...(vek === undefined ? {} : { vekBase64: toBase64(vek) }), intermediatesBase64: intermediates.map(toBase64), crlsBase64: crls.map(toBase64) };
}

export function evidenceView(of: {
  readonly provider: Provider;
  readonly stored: StoredAttestation;
  readonly appraisal: Appraisal;
  readonly at: number;
  readonly references: readonly StoredReferenceValue[];
  readonly answers: readonly AnswerView[];
  readonly flavour: 'shipped' | 'simulator';
}): EvidenceView {
  const { provider, stored, appraisal } = of;
  const { dialect, role, apiOrigins } = provider.profile;
  return {
    service: serviceView(provider, stored.pageOrigin),
    dialect,
    attestation: evidenceAttestation(stored, appraisal, of.at),
    ...(apiOrigins.includes(stored.apiOrigin) ? {} : { askedOf: stored.apiOrigin }),
    nonce: toHex(stored.nonce),
    reportBase64: toBase64(stored.body),
    ...(stored.session?.key === undefined ? {} : { agreement: { requestBase64: toBase64(stored.session.key.request), responseBase64: toBase64(stored.session.key.response) } }),
    parts: appraisal.parts.map(partView),
    software: appraisal.software,
    // Machines in one report have roles of their own.
    references: of.references.filter((r) => r.dialect === dialect && (r.role === role || appraisal.software.some((s) => s.role === r.role))),
    answers: of.answers,
    flavour: of.flavour,
  };
}

/** SEV-SNP attestation reports, judged whole: parse, verify (is it genuine?), appraise (is it what we want?). */
import { fail, pass } from '../../checks/check';
import { CodedError, asCoded } from '../../checks/error';
import { toHex } from '../../encoding/hex';
import { appraiseReport } from './appraise';
import { splitReport } from './container';
import type { CertificateTable } from './container';
import { platformBits, unnamedPlatformBits } from './platform';
import { describeVersion, parseReport } from './report';
import type { SnpReport } from './report';
import type { SnpClaims, SnpEndorsements, SnpFacts, SnpInput, SnpResult } from './types';
import { verifyReport } from './verify';
import type { Verification } from './verify';

/**
 * Judges a report (1184 bytes; zeros or a certificate table may follow) with the endorsements, anchors, clock and
 * policy given. Never raises on bad input: it becomes a check, `parse` alone where the report itself is malformed.
 */
export async function checkSnp(input: SnpInput): Promise<SnpResult> {
  const split = splitReport(input.report);
  const report = tryParse(split.report);
  if (report instanceof CodedError) return { checks: [fail('parse', report.code, report.detail, { basis: 'derived' })] };
  const clock = input.clockBehind === undefined ? { now: input.now } : { now: input.now, behind: input.clockBehind.detail };
  const verification = await verifyReport(report, { ...input, clock, endorsements: withTable(input.endorsements, split.table) });
  return {
    checks: [
      split.problem === undefined ? pass('parse', `SEV-SNP report v${report.version}`, { basis: 'derived' }) : fail('parse', split.problem.code, split.problem.detail, { basis: 'derived' }),
      ...verification.checks,
      ...appraiseReport(report, verification.authenticity, input),
    ],
    claims: claimsOf(report, verification),
    facts: factsOf(report, verification),
  };
}

function tryParse(bytes: Uint8Array): SnpReport | CodedError {
  try {
    return parseReport(bytes);
  } catch (error) {
    return asCoded(error);
  }
}

/** What was given stands before what came along with the report. */
function withTable(given: SnpEndorsements, table: CertificateTable): SnpEndorsements {
  const vek = given.vek ?? table.vcek ?? table.vlek;
  const crls = given.crls ?? (table.crl === undefined ? [] : [table.crl]);
  const intermediates = [...(given.intermediates ?? []), ...(table.ask === undefined ? [] : [table.ask])];
  return { ...(vek === undefined ? {} : { vek }), intermediates, crls };
}

function claimsOf(report: SnpReport, { extensions }: Verification): SnpClaims {
  const product = report.product ?? extensions?.product;
  return {
    tee: 'snp',
    ...(product === undefined ? {} : { product }),
    version: report.version,
    vmpl: report.vmpl,
    policy: report.policy.value.toString(16),
    debug: report.policy.debug,
    measurement: toHex(report.measurement),
    hostData: toHex(report.hostData),
    chipId: toHex(report.chipId),
    reportedTcb: report.reportedTcb,
    committedTcb: report.committedTcb,
    currentTcb: report.currentTcb,
    launchTcb: report.launchTcb,
    keyKind: report.signingKey,
    reportData: toHex(report.reportData),
  };
}

function factsOf(report: SnpReport, { certificates, root, extensions, crl }: Verification): SnpFacts {
  const { smt, migrationAgent, debug, singleSocket } = report.policy;
  const { launchMitigations, currentMitigations } = report;
  return {
    ...(root === undefined ? {} : { root: { subject: root.subject, fingerprint: root.fingerprint, source: root.source } }),
    certificates,
    guestSvn: report.guestSvn,
    familyId: toHex(report.familyId),
    imageId: toHex(report.imageId),
    idKeyDigest: toHex(report.idKeyDigest),
    authorKeyDigest: toHex(report.authorKeyDigest),
    reportId: toHex(report.reportId),
    guestPolicy: { smt, migrationAgent, debug, singleSocket },
    platform: platformBits(report.platformInfo),
    platformUnnamed: unnamedPlatformBits(report.platformInfo).toString(16),
    currentVersion: describeVersion(report.currentVersion),
    committedVersion: describeVersion(report.committedVersion),
    ...(launchMitigations === undefined || currentMitigations === undefined ? {} : { mitigations: { launch: launchMitigations.toString(16), current: currentMitigations.toString(16) } }),
    ...(extensions?.cspId === undefined ? {} : { cspId: extensions.cspId }),
    ...(crl === undefined ? {} : { crl }),
  };
}

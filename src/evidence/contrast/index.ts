/** A Contrast Coordinator's attestation, judged whole: read, verify (is it genuine?), appraise (is it what the manifest, and we, want?). */
import { sha256 } from '@noble/hashes/sha2.js';
import { fail, unknown } from '../../checks/check';
import type { Check } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { toHex } from '../../encoding/hex';
import { checkOf, contradiction, restsOn, undetermined } from '../findings';
import type { Clock, Fault } from '../findings';
import { appraiseRules, boundBy, checkReportData, foundationOf, groundOf, knownBy, openAmong } from './appraise';
import { readDocument } from './document';
import type { ContrastDocument } from './document';
import { readEvidence } from './evidence';
import type { RawEvidence } from './evidence';
import { compactSha256, manifestChecks, parseCheck, readManifests } from './manifests';
import type { Manifests } from './manifests';
import { judgeMeshCa } from './mesh-ca';
import { expectedReportData } from './report-data';
import { verifySubject } from './subject';
import type { Subject } from './subject';
import type { ContrastClaims, ContrastInput, ContrastResult } from './types';

/** Judges a Coordinator's reply. Never raises on bad input: it becomes a check, `doc` alone where nothing could be read. */
export async function checkContrast(input: ContrastInput): Promise<ContrastResult> {
  const reply = attempt(() => readDocument(input.document));
  if (reply instanceof CodedError) {
    // The Coordinator's own word that it has nothing to attest contradicts nothing.
    const say = reply.code === 'SERVICE_ERROR' ? unknown : fail;
    const check = say('doc', reply.code, reply.detail, { basis: 'derived' });
    return { checks: [check], open: [check] };
  }
  const raw = attempt(() => readEvidence(reply));
  const doc = checkOf('doc', [...versionFaults(reply.version), ...(raw instanceof CodedError ? [contradiction(raw.code, raw.detail)] : [])], `Contrast ${reply.version}`, { basis: 'derived' });
  const manifests = readManifests(reply);
  const subject = raw instanceof CodedError ? undefined : await verifySubject(raw, input);
  return judge(input, reply, manifests, doc, subject);
}

/** What tells which software runs; the other rules are about the machine that it runs on. */
const ABOUT_SOFTWARE: readonly string[] = ['hostdata', 'measurement'];

function judge(input: ContrastInput, reply: ContrastDocument, manifests: Manifests, doc: Check, subject: Subject | undefined): ContrastResult {
  const clock: Clock = { now: input.now, ...(input.clockBehind === undefined ? {} : { behind: input.clockBehind.detail }) };
  const parsed = parseCheck(manifests);
  const reportData = subject === undefined ? undefined : checkReportData(subject, input.nonce === undefined ? undefined : expectedReportData(input.nonce, reply));
  const attested = [...groundOf([doc]), ...(subject === undefined ? [] : foundationOf(subject)), ...(reportData === undefined ? [] : groundOf([reportData]))];
  const meshCa = judgeMeshCa(reply.meshCa, clock);
  const known = manifests.newest;
  const rules = subject === undefined ? [] : appraiseRules(subject, known, [...groundOf([parsed]), ...attested]);
  const own = subject?.checks.filter(({ id }) => !rules.some((rule) => rule.id === id)) ?? [];
  const about = manifestChecks(manifests, input.manifest, reply.policies, attested);
  const pin = about.find(({ id }) => id === 'manifest.pin');
  const checks = [
    doc,
    parsed,
    ...about,
    ...own,
    ...(reportData === undefined ? [] : [reportData]),
    ...rules.map((check) => (ABOUT_SOFTWARE.includes(check.id) ? knownBy(check, pin) : check)),
    boundBy(checkOf('meshca', [...meshCa.faults, ...restsOn(attested)], meshCa.certificate?.subject.text ?? '', { actual: toHex(sha256(reply.meshCa)) }), pin),
  ];
  return {
    checks,
    claims: claimsOf(reply, manifests),
    ...(subject === undefined ? {} : { evidence: subject.evidence }),
    manifest: { bytes: manifests.bytes, ...(known === undefined ? {} : { parsed: known }) },
    ...(meshCa.certificate === undefined ? {} : { meshCa: meshCa.certificate }),
    open: openAmong(checks),
    ...(pin === undefined ? {} : { pin }),
  };
}

/** Releases whose HTTP form and report_data layout were read in their source: v1.0 to v1.20. */
const NEWEST_MINOR = 20;

/** A later release of the same line may have changed what is hashed: open. Another line is another format: refused. */
function versionFaults(version: string): readonly Fault[] {
  const parts = /^v(\d{1,6})\.(\d{1,6})\.\d{1,6}(?:-[0-9A-Za-z.-]{1,40})?$/.exec(version);
  if (parts === null) return [contradiction('CONTRAST_DOC', `version ${JSON.stringify(version.slice(0, 40))}`)];
  if (parts[1] !== '1') return [contradiction('CONTRAST_VERSION', version)];
  return Number(parts[2]) > NEWEST_MINOR ? [undetermined('CONTRAST_VERSION', `${version}, known up to v1.${NEWEST_MINOR}`)] : [];
}

function claimsOf(reply: ContrastDocument, manifests: Manifests): ContrastClaims {
  const compact = manifests.newest === undefined ? undefined : compactSha256(manifests.bytes);
  return {
    version: reply.version,
    manifestSha256: manifests.sha256,
    ...(compact === undefined ? {} : { manifestSha256Compact: compact }),
    manifests: manifests.count,
    ...(manifests.newest === undefined ? {} : { policies: manifests.newest.policies.size }),
    policyTexts: reply.policies.length,
    meshCaSha256: toHex(sha256(reply.meshCa)),
    rootCaSha256: toHex(sha256(reply.rootCa)),
  };
}

function attempt<T extends ContrastDocument | RawEvidence>(read: () => T): T | CodedError {
  try {
    return read();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

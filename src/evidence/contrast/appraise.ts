/** Is it what we want? Manifest and evidence held against each other, each rule as one check. */
import { fail, unknown, weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { checkOf, contradiction, restsOn, undetermined } from '../findings';
import type { Fault } from '../findings';
import { coordinatorPolicies } from './manifest';
import type { Manifest } from './manifest-types';
import { nearest } from './rules';
import type { Finding, RuleId } from './rules';
import type { Subject } from './subject';

const isOpen = ({ outcome, required }: Check): boolean => outcome === 'fail' || (outcome === 'unknown' && required);

/** Checks that keep others from being believed. */
export const openAmong = (checks: readonly Check[]): readonly Check[] => checks.filter(isOpen);

/** What checks leave for those that rest on them. */
export const groundOf = (checks: readonly Check[]): readonly Fault[] => openAmong(checks).map(({ outcome, code, detail }) => (outcome === 'fail' ? contradiction : undetermined)(code ?? 'EVIDENCE_MALFORMED', detail));

/** What the evidence's values rest on: its chain, its revocation, its signature. */
export function foundationOf({ checks, foundation }: Pick<Subject, 'checks' | 'foundation'>): readonly Fault[] {
  return groundOf(checks.filter(({ id }) => foundation.includes(id)));
}

/** The check `reportdata`: nonce, history and authorities in signed evidence. `expected` is absent where no nonce is known. */
export function checkReportData(subject: Subject, expected: Uint8Array | undefined): Check {
  const { reportData } = subject;
  const ground = foundationOf(subject);
  if (reportData === undefined) return checkOf('reportdata', restsOn(ground), '');
  const actual = toHex(reportData);
  if (expected === undefined) return unknown('reportdata', 'NO_NONCE_EXPECTED', 'no nonce to compute it from: nothing binds the manifest', { actual });
  const values = { expected: toHex(expected), actual };
  if (!equalBytes(reportData, expected)) return fail('reportdata', 'REPORT_DATA_MISMATCH', 'nonce, manifests, root CA, mesh CA', values);
  return checkOf('reportdata', restsOn(ground), 'nonce, manifests, root CA, mesh CA', values);
}

/**
 * A binding is worth what is known of the software that made it: under a manifest that nobody knows anyone's software
 * could have put this key there, and under one approved on sight it is as good as that.
 */
export const boundBy = (check: Check, pin: Check | undefined): Check => worthOf(check, pin, 'BOUND_BY_UNKNOWN_SOFTWARE');

/** The same of software: that it is what the service's own manifest says is worth what is known of that manifest. */
export const knownBy = (check: Check, pin: Check | undefined): Check => worthOf(check, pin, 'SOFTWARE_NOT_KNOWN');

function worthOf(check: Check, pin: Check | undefined, otherwise: Code): Check {
  if (check.outcome !== 'pass' || pin === undefined || pin.outcome === 'pass') return check;
  const { id, detail, basis, required, expected, actual } = check;
  return weak(id, pin.code === 'SOFTWARE_APPROVED' ? 'SOFTWARE_APPROVED' : otherwise, detail, { basis, required, expected, actual, source: pin.source });
}

/** HOSTDATA must be a policy that the manifest gives to the Coordinator: any other workload could ask for the same report. */
function hostData(subject: Subject, manifest: Manifest): Finding {
  const actual = subject.hostData ?? '';
  const zeros = '0'.repeat(Math.max(0, actual.length - 64));
  const expected = coordinatorPolicies(manifest).map((hash) => `${hash}${zeros}`);
  if (expected.includes(actual)) return { faults: [], holds: 'the Coordinator’s policy', actual };
  const entry = manifest.policies.get(actual.slice(0, 64));
  const detail = entry === undefined ? 'no policy of the manifest' : `the policy of ${entry.sans[0] ?? entry.workloadSecretId}, not the Coordinator’s`;
  return { faults: [contradiction('HOST_DATA_MISMATCH', detail, { expected: expected.join(' or '), actual })], holds: '' };
}

/**
 * Contrast's rules as checks. A contradiction is told in any case; that a rule holds only where everything in `ground`
 * does. Where the kind's own policy has a check of the same id (`tcb`, `measurement`), both must hold.
 */
export function appraiseRules(subject: Subject, manifest: Manifest | undefined, ground: readonly Fault[]): readonly Check[] {
  const candidate = manifest === undefined ? undefined : nearest(subject.candidatesIn(manifest));
  const none = manifest !== undefined && candidate === undefined && subject.hostData !== undefined;
  const lacking = none ? [contradiction('MEASUREMENT_MISMATCH', `the manifest has no reference value for ${subject.evidence.kind}`)] : [];
  return subject.rules.map((id) => {
    const finding = id === 'hostdata' ? (manifest === undefined || subject.hostData === undefined ? undefined : hostData(subject, manifest)) : candidate?.findings[id];
    const name = id === 'hostdata' ? '' : (candidate?.name ?? '');
    const faults = [...(finding?.faults ?? []), ...(id === 'measurement' ? lacking : id === 'hostdata' ? [] : restsOn(lacking)), ...restsOn(ground)];
    return join(id, faults, [finding?.holds ?? '', name].filter((part) => part !== '').join('; '), finding?.actual, subject.checks.find((check) => check.id === id));
  });
}

/** The rule and the machine's own check of the same id: contradictions of either before what is open, that before gaps. */
function join(id: RuleId, faults: readonly Fault[], holds: string, actual: string | undefined, own: Check | undefined): Check {
  const check = checkOf(id, faults, holds, actual === undefined ? {} : { actual });
  if (own === undefined || own.outcome === 'pass') return check;
  if (own.outcome === 'fail' && check.outcome === 'fail') return { ...check, detail: `${check.detail}; ${own.code ?? ''} (${own.detail})` };
  return own.outcome === 'fail' || check.outcome === 'pass' ? own : check;
}

/** Is this report what we want? Policy against the report's fields; whether they are AMD's word is `verify`'s question. */
import { fail, pass, weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import type { SnpPolicy } from '../../checks/policy';
import { equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { checkOf, restsOn } from '../findings';
import type { Fault } from '../findings';
import { describeVersion } from './report';
import type { FirmwareVersion, SnpReport } from './report';
import { platformBits } from './platform';
import { describeTcb, partsBelow } from './tcb';
import type { SnpTcb } from './tcb';

/** Where an expected value comes from. */
const POLICY = 'policy';

export interface AppraisalInput {
  readonly policy: SnpPolicy;
  readonly reportData?: Uint8Array;
}

/**
 * The checks `policy.guest policy.platform policy.vmpl tcb`, then `reportdata` and `measurement` where something is
 * expected of them. A contradiction is told in any case; that a value is as wanted only when it is AMD's word.
 */
export function appraiseReport(report: SnpReport, authenticity: readonly Fault[], { policy, reportData }: AppraisalInput): readonly Check[] {
  const checks = [
    checkGuestPolicy(report, policy),
    checkPlatform(report),
    checkVmpl(report, policy),
    checkTcb(report, policy),
    ...(reportData === undefined ? [] : [checkReportData(report, reportData)]),
    ...checkMeasurement(report, policy),
  ];
  const open = restsOn(authenticity);
  return open.length === 0 ? checks : checks.map((check) => (check.outcome === 'fail' ? check : checkOf(check.id, open, check.detail)));
}

function checkGuestPolicy({ policy: guest }: SnpReport, policy: SnpPolicy): Check {
  const value = `0x${guest.value.toString(16)}`;
  if (guest.debug && !policy.allowDebug) return fail('policy.guest', 'DEBUG_ENABLED', value);
  if (guest.migrationAgent && !policy.allowMigration) return fail('policy.guest', 'MIGRATION_AGENT', value);
  return pass('policy.guest', value);
}

/** Nothing in PLATFORM_INFO is refused: what the platform says of itself is shown, unnamed bits too. */
function checkPlatform({ platformInfo }: SnpReport): Check {
  return pass('policy.platform', `0x${platformInfo.toString(16)}: ${platformBits(platformInfo).join(', ')}`);
}

function checkVmpl({ vmpl }: SnpReport, policy: SnpPolicy): Check {
  if (policy.vmpl.length === 0 || policy.vmpl.includes(vmpl)) return pass('policy.vmpl', `${vmpl}`);
  return fail('policy.vmpl', 'VMPL_NOT_ACCEPTED', `${vmpl}`, { expected: policy.vmpl.join(', '), actual: `${vmpl}` });
}

/** Orders that AMD's firmware keeps: breaking one is a contradiction in the report itself, under every policy. */
function orderProblem(report: SnpReport): string | undefined {
  const orders: readonly (readonly [string, SnpTcb, string, SnpTcb])[] = [
    ['current', report.currentTcb, 'committed', report.committedTcb],
    ['committed', report.committedTcb, 'reported', report.reportedTcb],
  ];
  const broken = orders.find(([, high, , low]) => partsBelow(high, low).length > 0);
  if (broken !== undefined) return `${broken[0]} (${describeTcb(broken[1])}) below ${broken[2]} (${describeTcb(broken[3])})`;
  const { currentVersion, committedVersion } = report;
  return compareVersions(currentVersion, committedVersion) < 0 ? `current firmware ${describeVersion(currentVersion)} below committed ${describeVersion(committedVersion)}` : undefined;
}

const compareVersions = (a: FirmwareVersion, b: FirmwareVersion): number => a.major - b.major || a.minor - b.minor || a.build - b.build;

function checkTcb(report: SnpReport, policy: SnpPolicy): Check {
  const order = orderProblem(report);
  if (order !== undefined) return fail('tcb', 'TCB_ORDER', order);
  for (const [name, tcb] of [['reported', report.reportedTcb], ['committed', report.committedTcb]] as const) {
    const below = partsBelow(tcb, policy.minTcb);
    if (below.length > 0) return fail('tcb', 'TCB_BELOW_POLICY', `${name}: ${below.join(', ')}`, { expected: describeTcb(policy.minTcb), actual: describeTcb(tcb) });
  }
  const detail = `reported ${describeTcb(report.reportedTcb)}`;
  const provisional = partsBelow(report.committedTcb, report.currentTcb).length > 0 || compareVersions(report.committedVersion, report.currentVersion) < 0;
  if (!provisional || !policy.flagProvisional) return pass('tcb', detail);
  return weak('tcb', 'PROVISIONAL_FIRMWARE', `committed ${describeTcb(report.committedTcb)}, ${describeVersion(report.committedVersion)}`, {
    actual: `current ${describeTcb(report.currentTcb)}, ${describeVersion(report.currentVersion)}`,
  });
}

function checkReportData(report: SnpReport, wanted: Uint8Array): Check {
  const values = { expected: toHex(wanted), actual: toHex(report.reportData) };
  return equalBytes(report.reportData, wanted) ? pass('reportdata', '64 bytes', values) : fail('reportdata', 'REPORT_DATA_MISMATCH', 'report_data', values);
}

function checkMeasurement(report: SnpReport, policy: SnpPolicy): readonly Check[] {
  if (policy.measurement.length === 0 && policy.hostData.length === 0) return [];
  const measurement = toHex(report.measurement);
  const hostData = toHex(report.hostData);
  if (policy.measurement.length > 0 && !policy.measurement.includes(measurement)) {
    return [fail('measurement', 'MEASUREMENT_MISMATCH', 'measurement', { expected: policy.measurement.join(', '), actual: measurement, source: POLICY })];
  }
  if (policy.hostData.length > 0 && !policy.hostData.includes(hostData)) {
    return [fail('measurement', 'HOST_DATA_MISMATCH', 'host_data', { expected: policy.hostData.join(', '), actual: hostData, source: POLICY })];
  }
  return [pass('measurement', policy.measurement.length > 0 ? 'measurement' : 'host_data', { actual: policy.measurement.length > 0 ? measurement : hostData, source: POLICY })];
}

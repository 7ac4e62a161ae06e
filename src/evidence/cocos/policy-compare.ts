/** A policy of Cocos beside the evidence, rule by rule. Whether the evidence's values may be believed is not asked here. */
import type { Code } from '../../checks/codes';
import { ByteReader, equalBytes, isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import type { SnpProduct } from '../sevsnp/product';
import { describeVersion, type SnpReport } from '../sevsnp/report';
import type { Quote } from '../tdx';
import type { ExactField, PolicyFinding, SnpCocosPolicy, TdxCocosPolicy } from './policy-types';

interface Values {
  readonly detail?: string;
  readonly expected?: string;
  readonly actual?: string;
}

const finding = (field: string, holds: boolean, fault: Code, values: Values, aboutSoftware = false): PolicyFinding => ({ field, aboutSoftware, detail: '', ...values, ...(holds ? {} : { fault }) });

/** Fields whose value says which software runs. */
const SOFTWARE: readonly string[] = ['measurement', 'host_data', 'family_id', 'image_id', 'mr_td', 'any_mr_td', 'mr_config_id', 'mr_owner', 'mr_owner_config', 'rtmrs[0]', 'rtmrs[1]', 'rtmrs[2]', 'rtmrs[3]'];

function exactly({ name, value }: ExactField, actual: Uint8Array): PolicyFinding {
  const aboutSoftware = SOFTWARE.includes(name);
  const fault = name === 'host_data' ? 'HOST_DATA_MISMATCH' : name === 'report_data' ? 'REPORT_DATA_MISMATCH' : aboutSoftware ? 'MEASUREMENT_MISMATCH' : 'COCOS_POLICY_MISMATCH';
  return finding(name, equalBytes(value, actual), fault, { expected: toHex(value), actual: toHex(actual) }, aboutSoftware);
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const bit = (value: bigint, position: bigint): boolean => ((value >> position) & 1n) === 1n;

/** Every rule that the policy has, in the order of its message. `product`: of the report or its certificate, where one says. */
export function compareSnp(policy: SnpCocosPolicy, report: SnpReport, product: SnpProduct | undefined): readonly PolicyFinding[] {
  const { minimumVersion, vmpl, platformInfo } = policy;
  return [
    guestPolicy(policy.guestPolicy, report.policy.value),
    ...(policy.minimumGuestSvn === 0 ? [] : [finding('minimum_guest_svn', report.guestSvn >= policy.minimumGuestSvn, 'COCOS_POLICY_MISMATCH', { expected: `at least ${policy.minimumGuestSvn}`, actual: `${report.guestSvn}` })]),
    ...policy.exact.map((field) => exactly(field, snpField(report, field.name))),
    ...(vmpl === undefined ? [] : [finding('vmpl', report.vmpl === vmpl, 'VMPL_NOT_ACCEPTED', { expected: `${vmpl}`, actual: `${report.vmpl}` })]),
    tcb('minimum_tcb', policy.minimumTcb, report.reportedTcbBytes),
    ...(policy.minimumLaunchTcb === 0n ? [] : [tcb('minimum_launch_tcb', policy.minimumLaunchTcb, report.bytes.subarray(LAUNCH_TCB, LAUNCH_TCB + 8))]),
    ...(platformInfo === undefined ? [] : [finding('platform_info', [0n, 1n].every((position) => !bit(report.platformInfo, position) || bit(platformInfo, position)), 'COCOS_POLICY_MISMATCH', { detail: 'SMT, TSME', expected: hex(platformInfo), actual: hex(report.platformInfo) })]),
    ...(policy.minimumBuild === 0 ? [] : [finding('minimum_build', report.currentVersion.build >= policy.minimumBuild, 'TCB_BELOW_POLICY', { expected: `at least ${policy.minimumBuild}`, actual: `${report.currentVersion.build}` })]),
    ...(minimumVersion === undefined ? [] : [version(minimumVersion, report)]),
    provisional(policy, report),
    ...keys(policy, report),
    ...(policy.product === undefined || product === undefined ? [] : [finding('product', product === policy.product, 'COCOS_POLICY_MISMATCH', { expected: policy.product, actual: product })]),
  ];
}

const LAUNCH_TCB = 0x1f0;

function snpField(report: SnpReport, name: string): Uint8Array {
  switch (name) {
    case 'measurement':
      return report.measurement;
    case 'host_data':
      return report.hostData;
    case 'family_id':
      return report.familyId;
    case 'image_id':
      return report.imageId;
    case 'report_data':
      return report.reportData;
    case 'report_id':
      return report.reportId;
    case 'report_id_ma':
      return report.reportIdMa;
    case 'chip_id':
      return report.chipId;
    default:
      throw new Error(`no field ${name}`);
  }
}

const MAY: readonly (readonly [string, bigint])[] = [['SMT', 16n], ['a migration agent', 18n], ['debug', 19n]];
const SINGLE_SOCKET = 20n;

/** The report may set only what the policy sets; a single socket that the policy wants must be there; the ABI is at least the policy's. */
function guestPolicy(wanted: bigint, actual: bigint): PolicyFinding {
  const wrong = MAY.filter(([, position]) => bit(actual, position) && !bit(wanted, position)).map(([name]) => `${name} not allowed`);
  if (bit(wanted, SINGLE_SOCKET) && !bit(actual, SINGLE_SOCKET)) wrong.push('not bound to one socket');
  // Major in the second byte, minor in the first: together they order as one number.
  if ((actual & 0xffffn) < (wanted & 0xffffn)) wrong.push('an older ABI');
  return finding('policy', wrong.length === 0, 'COCOS_POLICY_MISMATCH', { detail: wrong.join(', '), expected: hex(wanted), actual: hex(actual) });
}

const TCB_NAMES = ['byte 0', 'byte 1', 'byte 2', 'byte 3', 'byte 4', 'byte 5', 'byte 6', 'byte 7'];

/** Each byte is a version of its own: the number as a whole orders nothing. */
function tcb(field: string, least: bigint, actual: Uint8Array): PolicyFinding {
  const wanted = Array.from({ length: 8 }, (_zero, i) => Number((least >> BigInt(8 * i)) & 0xffn));
  const below = TCB_NAMES.filter((_name, i) => (actual[i] ?? 0) < (wanted[i] ?? 0));
  const rounded = below.length > 0 && looksRounded(least) ? '; the policy’s number looks rounded, as an editor without 64-bit numbers leaves it' : '';
  return finding(field, below.length === 0, 'TCB_BELOW_POLICY', { detail: `${below.join(', ')}${rounded}`, expected: `at least ${toHex(Uint8Array.from(wanted))}`, actual: toHex(actual) });
}

/** JavaScript writes numbers beyond 2^53 with zeros for the digits it lost. */
export const looksRounded = (value: bigint): boolean => value > BigInt(Number.MAX_SAFE_INTEGER) && value % 1000n === 0n;

function version(least: { readonly major: number; readonly minor: number }, { currentVersion }: SnpReport): PolicyFinding {
  const order = currentVersion.major - least.major || currentVersion.minor - least.minor;
  return finding('minimum_version', order >= 0, 'TCB_BELOW_POLICY', { expected: `at least ${least.major}.${least.minor}`, actual: describeVersion(currentVersion) });
}

/** Without the permission, firmware that the host could still roll back is refused. */
function provisional({ permitProvisionalFirmware }: SnpCocosPolicy, { bytes, currentVersion, committedVersion }: SnpReport): PolicyFinding {
  const same = equalBytes(bytes.subarray(0x38, 0x40), bytes.subarray(0x1e0, 0x1e8)) && describeVersion(currentVersion) === describeVersion(committedVersion);
  return finding('permit_provisional_firmware', permitProvisionalFirmware || same, 'COCOS_POLICY_MISMATCH', { expected: permitProvisionalFirmware ? 'any' : `committed ${describeVersion(currentVersion)}`, actual: `committed ${describeVersion(committedVersion)}` });
}

function keys({ requireAuthorKey, requireIdBlock, trustedAuthorKeyHashes, trustedIdKeyHashes }: SnpCocosPolicy, report: SnpReport): readonly PolicyFinding[] {
  if (!requireAuthorKey && !requireIdBlock) return [];
  const [author, id] = [toHex(report.authorKeyDigest), toHex(report.idKeyDigest)];
  const authorHolds = report.authorKeyEnabled && trustedAuthorKeyHashes.includes(author);
  const idHolds = !isAllZero(report.idKeyDigest) && (trustedIdKeyHashes.includes(id) || authorHolds);
  return [
    ...(requireAuthorKey ? [finding('require_author_key', authorHolds, 'COCOS_POLICY_MISMATCH', { expected: trustedAuthorKeyHashes.join(' or '), actual: author })] : []),
    finding('require_id_block', idHolds, 'COCOS_POLICY_MISMATCH', { expected: trustedIdKeyHashes.join(' or '), actual: id }),
  ];
}

const PCE_SVN = 8;
const QE_VENDOR = 12;

/** Every rule that the policy has, for a TD's quote. */
export function compareTdx(policy: TdxCocosPolicy, quote: Quote): readonly PolicyFinding[] {
  const { body, signedBytes } = quote;
  if (body.kind === 'SGX') return [finding('td_quote_body_policy', false, 'COCOS_POLICY_MISMATCH', { expected: 'a TD', actual: 'an SGX enclave' })];
  const header = new ByteReader(signedBytes.subarray(PCE_SVN));
  const [pceSvn, qeSvn] = [header.u16le(), header.u16le()];
  const svn = (field: string, least: number, actual: number): readonly PolicyFinding[] => (least === 0 ? [] : [finding(field, actual >= least, 'TCB_BELOW_POLICY', { expected: `at least ${least}`, actual: `${actual}` })]);
  const registers: Readonly<Record<string, Uint8Array>> = {
    qe_vendor_id: signedBytes.subarray(QE_VENDOR, QE_VENDOR + 16),
    mr_seam: body.mrSeam, td_attributes: body.tdAttributesBytes, xfam: body.xfamBytes, mr_td: body.mrTd, mr_config_id: body.mrConfigId, mr_owner: body.mrOwner, mr_owner_config: body.mrOwnerConfig,
    report_data: body.reportData, 'rtmrs[0]': body.rtmr[0], 'rtmrs[1]': body.rtmr[1], 'rtmrs[2]': body.rtmr[2], 'rtmrs[3]': body.rtmr[3],
  };
  const { minimumTeeTcbSvn: least, anyMrTd } = policy;
  return [
    ...svn('minimum_qe_svn', policy.minimumQeSvn, qeSvn),
    ...svn('minimum_pce_svn', policy.minimumPceSvn, pceSvn),
    ...policy.exact.map((field) => exactly(field, registers[field.name] ?? new Uint8Array())),
    ...(least === undefined ? [] : [finding('minimum_tee_tcb_svn', least.every((byte, i) => (body.teeTcbSvn[i] ?? 0) >= byte), 'TCB_BELOW_POLICY', { expected: `at least ${toHex(least)}`, actual: toHex(body.teeTcbSvn) })]),
    ...(anyMrTd.length === 0 ? [] : [finding('any_mr_td', anyMrTd.some((value) => equalBytes(value, body.mrTd)), 'MEASUREMENT_MISMATCH', { expected: anyMrTd.map(toHex).join(' or '), actual: toHex(body.mrTd) }, true)]),
  ];
}

/** Is it what we want? The policy's rules over what was verified; each gives one check. */
import { checkOf, contradiction, restsOn } from '../findings';
import type { Fault } from '../findings';
import type { Quote } from './parse';
import type { SgxReport, TdReport } from './report';
import { PLATFORM_STATUSES } from './tcb-info';
import type { TcbFact } from './types';
import { weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import type { Code } from '../../checks/codes';
import { TDX_REGISTERS } from '../../checks/policy';
import type { TcbStatus, TdxPolicy, TdxRegister } from '../../checks/policy';
import { isAllZero } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';

const DEBUG = 1n << 0n;
/** TUD group but for DEBUG: any of these makes the TD untrusted. */
const TUD = 0xfen;
const SEPT_VE_DISABLE = 1n << 28n;
const MIGRATABLE = 1n << 29n;
/** Attributes that Intel defines outside TUD: ICSSD 16, LASS 27, SEPT_VE_DISABLE 28, MIGRATABLE 29, PKS 30, KL 31, TPA 62, PERFMON 63. */
const DEFINED = [16n, 27n, 28n, 29n, 30n, 31n, 62n, 63n].reduce((mask, bit) => mask | (1n << bit), DEBUG | TUD);
const ALL_BITS = (1n << 64n) - 1n;
/** XFAM: these bits are always one (x87, SSE) … */
const XFAM_FIXED_ONE = 0x3n;
/** … and only these may be. */
const XFAM_ALLOWED = 0x6dbe7n;

export const isTd = (body: SgxReport | TdReport): body is TdReport => body.kind !== 'SGX';

export const isDebug = (body: SgxReport | TdReport): boolean => (isTd(body) ? (body.tdAttributes & DEBUG) !== 0n : ((body.attributes[0] ?? 0) & 2) !== 0);

export const hasSeptVeDisable = (body: TdReport): boolean => (body.tdAttributes & SEPT_VE_DISABLE) !== 0n;

/**
 * The check `tcb`: `fact` is absent where the TCB could not be computed, and `faults` say why or what else is wrong.
 * Intel's status is that of the launch; where the module that runs now is worse, its status is appraised as well.
 */
export function appraiseTcb(fact: TcbFact | undefined, faults: readonly Fault[], policy: TdxPolicy, currentAdvisoryIds: readonly string[] = []): Check {
  if (fact === undefined) return checkOf('tcb', faults, '');
  const accepted: readonly TcbStatus[] = policy.passTcb.filter((status) => status !== 'Revoked');
  const detail = `${fact.status}, TCB of ${fact.tcbDate.slice(0, 10)}, list ${fact.evaluationDataNumber}${listed(fact.advisoryIds)}${ofNow(fact, currentAdvisoryIds)}`;
  const valuesOf = (actual: TcbStatus) => ({ expected: accepted.join(' '), actual });
  const tooOld = fact.evaluationDataNumber < policy.minEvaluationDataNumber
    ? [contradiction('TCB_EVALUATION_TOO_OLD', `list ${fact.evaluationDataNumber}, the policy wants ${policy.minEvaluationDataNumber} or later`, { expected: String(policy.minEvaluationDataNumber), actual: String(fact.evaluationDataNumber) })]
    : [];
  const judged = [...(isWorse(fact.current, fact.launch) ? [fact.current] : []), fact.status].filter((status) => !accepted.includes(status));
  const held: readonly TcbStatus[] = judged.filter((status) => policy.weakTcb.includes(status) && status !== 'Revoked');
  const refused = judged.filter((status) => !held.includes(status)).map((status) => contradiction(refusalOf(status), detail, valuesOf(status)));
  const all = [...refused, ...tooOld, ...faults];
  const [gap] = held;
  if (all.length === 0 && gap !== undefined) return weak('tcb', gapOf(gap), detail, valuesOf(gap));
  return checkOf('tcb', all, detail, all.length === 0 ? valuesOf(fact.status) : {});
}

const listed = (advisoryIds: readonly string[]): string => (advisoryIds.length > 0 ? `, ${advisoryIds.join(' ')}` : '');

/** What stands against the module that runs now, where that differs from the one launched on. */
function ofNow({ launch, current, advisoryIds }: TcbFact, currentAdvisoryIds: readonly string[]): string {
  if (current === undefined || (current === launch && currentAdvisoryIds.join(' ') === advisoryIds.join(' '))) return '';
  return `; the module that runs now: ${current}${listed(currentAdvisoryIds)}`;
}

const SEVERITY: readonly TcbStatus[] = PLATFORM_STATUSES;
const isWorse = (current: TcbStatus | undefined, launch: TcbStatus | undefined): current is TcbStatus =>
  current !== undefined && launch !== undefined && SEVERITY.indexOf(current) > SEVERITY.indexOf(launch);

function gapOf(status: TcbStatus): Code {
  if (status.startsWith('TDRelaunchAdvised')) return 'TCB_RELAUNCH_ADVISED';
  return status === 'ConfigurationNeeded' || status === 'ConfigurationAndSWHardeningNeeded' ? 'TCB_CONFIGURATION_NEEDED' : 'TCB_ACCEPTED_BY_POLICY';
}

function refusalOf(status: TcbStatus): Code {
  switch (status) {
    case 'Revoked':
      return 'TCB_REVOKED';
    case 'OutOfDate':
    case 'OutOfDateConfigurationNeeded':
      return 'TCB_OUT_OF_DATE';
    case 'UpToDate':
    case 'SWHardeningNeeded':
    case 'ConfigurationNeeded':
    case 'ConfigurationAndSWHardeningNeeded':
    case 'TDRelaunchAdvised':
    case 'TDRelaunchAdvisedConfigurationNeeded':
      return 'TCB_REFUSED_BY_POLICY';
  }
}

/**
 * The checks `policy.debug`, and for TDs `policy.attributes policy.xfam policy.servicetd` and `measurement`. A rule that
 * the policy does not have gives a `pass` that shows the value. None holds unless all that the quote rests on (`ground`) does.
 */
export function appraisePolicy(quote: Quote, ground: readonly Fault[], policy: TdxPolicy): readonly Check[] {
  const { body } = quote;
  const basis = restsOn(ground);
  const debug = isDebug(body);
  const debugFaults = debug && !policy.allowDebug ? [contradiction('DEBUG_ENABLED', 'the host can read and change this TEE’s memory', { expected: 'off', actual: 'on' })] : [];
  const debugCheck = checkOf('policy.debug', [...debugFaults, ...basis], `debug ${debug ? 'on' : 'off'}${debug ? ', accepted by the policy' : ''}`);
  if (!isTd(body)) return [debugCheck];
  return [
    debugCheck,
    checkOf('policy.attributes', [...attributeFaults(body, policy), ...basis], `attributes ${toHex(body.tdAttributesBytes)}`),
    checkOf('policy.xfam', [...xfamFaults(body, policy), ...basis], `XFAM ${toHex(body.xfamBytes)}`),
    serviceTd(body, policy, basis),
    ...measurements(body, policy, basis),
  ];
}

function attributeFaults(body: TdReport, policy: TdxPolicy): readonly Fault[] {
  const actual = toHex(body.tdAttributesBytes);
  const faults: Fault[] = [];
  if (policy.checkAttributes && (body.tdAttributes & TUD) !== 0n) faults.push(contradiction('TD_ATTRIBUTES', `attributes ${actual}: TUD bits make the TD untrusted`, { expected: 'bits 1 to 7 zero', actual }));
  if (policy.checkAttributes && (body.tdAttributes & (ALL_BITS ^ DEFINED)) !== 0n) faults.push(contradiction('TD_ATTRIBUTES', `attributes ${actual}: bits that Intel reserves`, { expected: 'reserved bits zero', actual }));
  if (policy.requireSeptVeDisable && !hasSeptVeDisable(body)) faults.push(contradiction('SEPT_VE_DISABLE_OFF', `attributes ${actual}: bit 28 is off`, { expected: 'bit 28 on', actual }));
  return faults;
}

function xfamFaults(body: TdReport, policy: TdxPolicy): readonly Fault[] {
  const wrong = (body.xfam & XFAM_FIXED_ONE) !== XFAM_FIXED_ONE || (body.xfam & (ALL_BITS ^ XFAM_ALLOWED)) !== 0n;
  if (!policy.checkAttributes || !wrong) return [];
  const actual = toHex(body.xfamBytes);
  return [contradiction('XFAM', `XFAM ${actual}`, { expected: 'bits 0 and 1 on, none outside 06dbe7', actual })];
}

/**
 * Whether another TD can act on this one: reports name service TDs from TDX 1.5 on; before, and wherever one may still be
 * bound, it is attributes bit 29 (MIGRATABLE) that lets a service TD carry the TD's memory to another machine.
 */
function serviceTd(body: TdReport, policy: TdxPolicy, basis: readonly Fault[]): Check {
  const migratable = (body.tdAttributes & MIGRATABLE) !== 0n ? [['attributes with bit 29 (MIGRATABLE)', toHex(body.tdAttributesBytes)] as const] : [];
  const found = [...namedServiceTds(body), ...migratable];
  const [first] = found;
  if (first === undefined) {
    const rests = body.current === undefined ? 'not migratable (attributes bit 29); a TDX 1.0 report names no service TDs' : 'no service TD, not migratable';
    return checkOf('policy.servicetd', basis, rests);
  }
  const said = found.map(([what, actual]) => `${what} ${actual}`).join(', ');
  const faults = policy.allowServiceTd ? [] : [contradiction('SERVICE_TD', `another TD can act on this one: ${said}`, { expected: '0', actual: first[1] })];
  return checkOf('policy.servicetd', [...faults, ...basis], `${said}, accepted by the policy`);
}

/** The fields for service TDs that are not zero, as name and hex. */
function namedServiceTds({ current, serviceTds }: TdReport): readonly (readonly [string, string])[] {
  const fields = [
    ['MRSERVICETD', current?.mrServiceTd],
    ['INIT_SERVTD_HASH', serviceTds?.initHash],
    ['INIT_SERVTD_ATTRIBUTES', serviceTds?.initAttributes],
    ['CUR_SERVTD_HASH', serviceTds?.currentHash],
    ['CUR_SERVTD_ATTRIBUTES', serviceTds?.currentAttributes],
  ] as const;
  return fields.flatMap(([name, value]) => (value === undefined || isAllZero(value) ? [] : [[name, toHex(value)] as const]));
}

function measurements(body: TdReport, policy: TdxPolicy, basis: readonly Fault[]): readonly Check[] {
  const asked = TDX_REGISTERS.filter((register) => policy.measurements[register] !== undefined);
  if (asked.length === 0) return [];
  const faults = asked.flatMap((register) => {
    const actual = toHex(registerOf(body, register));
    const accepted = policy.measurements[register] ?? [];
    return accepted.includes(actual) ? [] : [contradiction('MEASUREMENT_MISMATCH', register, { expected: accepted.join(' or '), actual })];
  });
  return [checkOf('measurement', [...faults, ...basis], asked.join(' '))];
}

export function registerOf(body: TdReport, register: TdxRegister): Uint8Array {
  switch (register) {
    case 'mrTd':
      return body.mrTd;
    case 'mrConfigId':
      return body.mrConfigId;
    case 'rtmr0':
      return body.rtmr[0];
    case 'rtmr1':
      return body.rtmr[1];
    case 'rtmr2':
      return body.rtmr[2];
    case 'rtmr3':
      return body.rtmr[3];
  }
}

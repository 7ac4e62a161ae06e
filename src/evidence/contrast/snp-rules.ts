/** Contrast's rules over a SEV-SNP report: does it fit a reference value of the manifest? Each rule finds for itself. */
import { toHex } from '../../encoding/hex';
import { platformBits, unnamedPlatformBits } from '../sevsnp/platform';
import type { PlatformBit } from '../sevsnp/platform';
import type { SnpProduct } from '../sevsnp/product';
import type { SnpReport } from '../sevsnp/report';
import { describeTcb, partsBelow } from '../sevsnp/tcb';
import { contradiction, undetermined } from '../findings';
import type { Fault } from '../findings';
import { contrastIdKeyDigests } from './id-block';
import type { GuestPolicyFlag, PlatformFlag, SnpReference } from './manifest-types';
import type { Finding, Findings } from './rules';

/** All rules but `hostdata`, which is the manifest's own and not a reference value's. `product` is the report's or its certificate's. */
export const snpFindings = (report: SnpReport, product: SnpProduct | undefined, reference: SnpReference): Findings => ({
  measurement: measurement(report, reference),
  tcb: tcb(report, reference),
  guestpolicy: guestPolicy(report.policy.value, reference),
  platform: platform(report, product, reference),
  mitigation: mitigations(report, reference),
  chipid: chip(report, reference),
  vmpl: vmpl(report),
  idblock: idBlock(report, reference),
});

function measurement(report: SnpReport, { measurement: expected, apEip }: SnpReference): Finding {
  const actual = toHex(report.measurement);
  if (actual === expected) return { faults: [], holds: 'MEASUREMENT', actual };
  if (apEip !== undefined) return { faults: [undetermined('MANIFEST_UNSUPPORTED', 'APEIP: the value is only the start of a measurement')], holds: '' };
  return { faults: [contradiction('MEASUREMENT_MISMATCH', 'MEASUREMENT', { expected, actual })], holds: '' };
}

function tcb(report: SnpReport, { minimumTcb }: SnpReference): Finding {
  const faults = ([['reported', report.reportedTcb], ['launch', report.launchTcb]] as const).flatMap(([name, actual]) => {
    const below = partsBelow(actual, minimumTcb);
    return below.length === 0 ? [] : [contradiction('TCB_BELOW_POLICY', `${name}: ${below.join(', ')}`, { expected: describeTcb(minimumTcb), actual: describeTcb(actual) })];
  });
  return { faults, holds: `reported ${describeTcb(report.reportedTcb)}, at least ${describeTcb(minimumTcb)}` };
}

/** Bits of the guest policy (AMD 56860). */
const POLICY_BITS: Readonly<Record<GuestPolicyFlag, bigint>> = { SMT: 16n, MigrateMA: 18n, Debug: 19n, SingleSocket: 20n, CXLAllowed: 21n, MemAES256XTS: 22n, RAPLDis: 23n, CipherTextHidingDRAM: 24n, PageSwapDisable: 25n };
/** These widen what a host may do: on only where the manifest allows it. The others narrow it: on wherever the manifest asks for it. */
const WIDENS: readonly GuestPolicyFlag[] = ['SMT', 'MigrateMA', 'Debug', 'CXLAllowed'];
const RESERVED_ONE = 1n << 17n;

function guestPolicy(value: bigint, { guestPolicy: wanted }: SnpReference): Finding {
  const faults: Fault[] = [];
  const [major, minor] = [Number((value >> 8n) & 0xffn), Number(value & 0xffn)];
  const expected = `0x${policyValue(wanted).toString(16)}`;
  const actual = `0x${value.toString(16)}`;
  for (const flag of flagNames()) {
    const on = ((value >> POLICY_BITS[flag]) & 1n) === 1n;
    const asked = wanted.flags.has(flag);
    if (WIDENS.includes(flag) ? on && !asked : asked && !on) faults.push(contradiction(flag === 'Debug' ? 'DEBUG_ENABLED' : 'GUEST_POLICY_MISMATCH', `${flag} ${on ? 'on' : 'off'}`, { expected, actual }));
  }
  if (major < wanted.abiMajor || (major === wanted.abiMajor && minor < wanted.abiMinor)) faults.push(contradiction('GUEST_POLICY_MISMATCH', `ABI ${major}.${minor}`, { expected: `${wanted.abiMajor}.${wanted.abiMinor}`, actual: `${major}.${minor}` }));
  return { faults, holds: actual };
}

const isFlag = (name: string): name is GuestPolicyFlag => name in POLICY_BITS;
const flagNames = (): readonly GuestPolicyFlag[] => Object.keys(POLICY_BITS).filter(isFlag);

/** The guest policy of a reference value as the number that a launch carries. */
export const policyValue = ({ abiMajor, abiMinor, flags }: SnpReference['guestPolicy']): bigint =>
  [...flags].reduce((value, flag) => value | (1n << POLICY_BITS[flag]), RESERVED_ONE | BigInt(abiMajor) << 8n | BigInt(abiMinor));

/** PLATFORM_INFO's names on both sides, and whether the manifest allows a bit or asks for it. */
const PLATFORM: readonly (readonly [PlatformBit, PlatformFlag, 'allowed' | 'required'])[] = [
  ['smt', 'SMTEnabled', 'allowed'], ['tsme', 'TSMEEnabled', 'allowed'], ['tio', 'TIOEnabled', 'allowed'],
  ['ecc', 'ECCEnabled', 'required'], ['raplDisabled', 'RAPLDisabled', 'required'], ['ciphertextHiding', 'CiphertextHidingDRAMEnabled', 'required'], ['aliasCheck', 'AliasCheckComplete', 'required'],
];

function platform(report: SnpReport, product: SnpProduct | undefined, reference: SnpReference): Finding {
  const bits = platformBits(report.platformInfo);
  const actual = `0x${report.platformInfo.toString(16)}`;
  const faults: Fault[] = PLATFORM.flatMap(([bit, flag, kind]) => {
    const [on, named] = [bits.includes(bit), reference.platformInfo.has(flag)];
    return (kind === 'allowed' ? on && !named : named && !on) ? [contradiction('PLATFORM_MISMATCH', `${flag} ${on ? 'on' : 'off'}`, { expected: named ? 'on' : 'off', actual })] : [];
  });
  if (bits.includes('iommuWriteSafe') || unnamedPlatformBits(report.platformInfo) !== 0n) faults.push(contradiction('PLATFORM_MISMATCH', `bits that Contrast does not know: ${actual}`));
  if (product === undefined) faults.push(undetermined('VEK_MISSING', 'neither report nor certificate names the processor'));
  else if (product !== reference.product) faults.push(contradiction('PLATFORM_MISMATCH', 'processor', { expected: reference.product, actual: product }));
  return { faults, holds: `${reference.product}, ${actual}: ${bits.join(', ')}` };
}

/** A report older than the vectors has none: then nothing is mitigated that the manifest asks for. */
function mitigations({ launchMitigations = 0n, currentMitigations = 0n }: SnpReport, { minimumMitigations: least }: SnpReference): Finding {
  const faults = ([['launch', launchMitigations], ['current', currentMitigations]] as const).flatMap(([name, vector]) =>
    (vector & least) === least ? [] : [contradiction('MITIGATION_MISSING', `${name} vector`, { expected: `0x${least.toString(16)}`, actual: `0x${vector.toString(16)}` })],
  );
  return { faults, holds: least === 0n ? 'none asked for' : `launch 0x${launchMitigations.toString(16)}, current 0x${currentMitigations.toString(16)}` };
}

function chip(report: SnpReport, { chipIds }: SnpReference): Finding {
  const actual = toHex(report.chipId);
  if (chipIds.length === 0) return { faults: [], holds: 'the manifest allows every chip', actual };
  if (chipIds.includes(actual)) return { faults: [], holds: `one of ${chipIds.length}`, actual };
  return { faults: [contradiction('CHIP_NOT_ALLOWED', `${chipIds.length} chips are allowed`, { actual })], holds: '' };
}

function vmpl({ vmpl: level }: SnpReport): Finding {
  return { faults: level === 0 ? [] : [contradiction('VMPL_NOT_ACCEPTED', `${level}`, { expected: '0', actual: `${level}` })], holds: '0' };
}

function idBlock(report: SnpReport, { measurement: measured, guestPolicy: policy }: SnpReference): Finding {
  const actual = toHex(report.idKeyDigest);
  const digests = contrastIdKeyDigests(measured, policyValue(policy));
  if (digests.includes(actual)) return { faults: [], holds: 'ID key of this measurement and guest policy', actual };
  return { faults: [contradiction('ID_BLOCK_MISMATCH', 'ID_KEY_DIGEST: not launched as Contrast launches', { expected: digests.join(' or '), actual })], holds: '' };
}

/** Is this device what we want? Nonce, firmware id and policy here; reference values and revocation with what the sources hand out. */
import { fail, pass, unknown, weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import { asCoded } from '../../checks/error';
import { equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { checkOf, contradiction, restsOn, undetermined } from '../findings';
import type { Clock, Fault } from '../findings';
import type { VerifiedDevice } from './device';
import { compareOrRenew, findRim } from './endorse';
import type { Endorsed, Match } from './endorse';
import { OPAQUE, opaqueStatus } from './opaque';
import { wantedRims } from './rim-id';
import type { RimRole } from './rim-id';
import { judgeRevocation, questionsOf } from './revocation';
import type { Revocation } from './revocation';
import type { GpuInput } from './types';

/** Freshness: the nonce inside the signed request. `first` is that of the list's first device, where none is expected. */
export function checkNonce({ report, authenticity }: VerifiedDevice, expected: Uint8Array | undefined, first: Uint8Array | undefined): Check {
  const actual = report.transcript.nonce;
  const wanted = expected ?? first;
  if (wanted !== undefined && !equalBytes(actual, wanted)) {
    const what = expected === undefined ? 'another nonce than the first device' : 'another nonce than ours';
    return fail('nonce', 'NONCE_MISMATCH', what, { expected: toHex(wanted), actual: toHex(actual) });
  }
  if (authenticity.length > 0) return checkOf('nonce', restsOn(authenticity), '');
  return expected === undefined ? weak('nonce', 'NO_NONCE_EXPECTED', 'no nonce to compare with', { actual: toHex(actual) }) : pass('nonce', toHex(actual));
}

/** Switches carry no firmware id; GPUs do, from driver 550 on. */
export function checkFwid({ fwid, chain, faults, authenticity }: VerifiedDevice, { requireFwid }: GpuInput['policy']): Check {
  const inherited = [...faults.fwid, ...restsOn(authenticity)];
  if (inherited.length > 0 || fwid !== 'absent') return checkOf('fwid', inherited, 'the report’s firmware id is the certified one');
  if (chain?.kind?.family === 'LS10') return unknown('fwid', 'FWID_ABSENT', 'switch reports carry none', { required: false });
  return (requireFwid ? fail : weak)('fwid', 'FWID_ABSENT', 'the report carries none');
}

/** Only where the policy names a driver version. */
export function checkDriver({ versions, authenticity }: VerifiedDevice, { minDriver }: GpuInput['policy']): readonly Check[] {
  const driver = versions?.driver;
  if (minDriver === undefined || driver === undefined) return [];
  const below = compareVersions(driver, minDriver) < 0;
  const faults = below ? [contradiction('DRIVER_BELOW_POLICY', driver, { expected: `${minDriver} or newer`, actual: driver })] : restsOn(authenticity);
  return [checkOf('policy.driver', faults, driver, { source: 'policy' })];
}

/** Dotted numbers, part by part; a missing part counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return Number.isNaN(difference) ? -1 : difference;
  }
  return 0;
}

export interface Referenced {
  readonly checks: readonly Check[];
  readonly match?: Match;
}

/** The checks `rim.driver rim.vbios measurements`. A switch has no driver manifest. */
export async function checkReferences(device: VerifiedDevice, { rims, anchors }: GpuInput, clock: Clock): Promise<Referenced> {
  const roles: readonly RimRole[] = device.chain?.kind?.family === 'LS10' ? ['vbios'] : ['driver', 'vbios'];
  if (rims === undefined) {
    const open = (id: string): Check => unknown(id, 'RIM_MISSING', 'no manifests given', { required: false });
    return { checks: [...roles.map((role) => open(`rim.${role}`)), open('measurements')] };
  }
  const inherited = [...device.faults.fields, ...restsOn(device.authenticity)];
  // A manifest is only asked for under a name that an NVIDIA device gave.
  const wanted = inherited.length > 0 ? inherited : tryWanted(device);
  if (!isWanted(wanted)) return { checks: [...roles.map((role) => checkOf(`rim.${role}`, wanted, '')), checkOf('measurements', wanted, '')] };
  const endorsed = await Promise.all(wanted.map((one) => findRim(one, rims, anchors, clock)));
  const rimChecks = roles.map((role) => checkRim(role, endorsed));
  const missing = endorsed.flatMap((one) => one.faults);
  if (missing.length > 0) return { checks: [...rimChecks, checkOf('measurements', restsOn(missing), '')] };
  const match = await compareOrRenew(endorsed, device.report.transcript.blocks, opaqueStatus(device.report.fields, OPAQUE.nvdec0));
  const { comparison } = match;
  const skipped = comparison.rows.filter((row) => row.outcome === 'skipped').map((row) => row.index);
  const holds = `${comparison.compared} compared${skipped.length === 0 ? '' : `, ${skipped.join(', ')} skipped`}`;
  return { checks: [...rimChecks, checkOf('measurements', comparison.faults, holds, { source: match.chosen.map((one) => one.wanted.id).join(', ') })], match };
}

type Wanted = ReturnType<typeof wantedRims>;

function tryWanted({ chain, report }: VerifiedDevice): Wanted | readonly Fault[] {
  if (chain?.kind === undefined) return [undetermined('DEVICE_FAMILY_UNKNOWN', 'no known device')];
  try {
    return wantedRims(chain.kind, report.fields);
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [contradiction(code, detail)];
  }
}

const isWanted = (value: Wanted | readonly Fault[]): value is Wanted => value.every((one) => 'role' in one);

function checkRim(role: RimRole, endorsed: readonly Endorsed[]): Check {
  const one = endorsed.find(({ wanted }) => wanted.role === role);
  if (one === undefined) return unknown(`rim.${role}`, 'RIM_MISSING', role);
  const [newest] = one.found;
  const until = newest?.rim.signature.certificates[0]?.notAfter;
  const holds = until === undefined ? one.wanted.id : `${one.wanted.id}, signer until ${new Date(until).toISOString().slice(0, 10)}`;
  return checkOf(`rim.${role}`, one.faults, holds, newest === undefined ? {} : { source: newest.from });
}

export interface Revoked {
  readonly check: Check;
  readonly revocation?: Revocation;
}

/** The check `revocation`, over the device's certificates and those of the manifests used. */
export async function checkRevocation(device: VerifiedDevice, match: Match | undefined, { ocsp, policy }: GpuInput, clock: Clock): Promise<Revoked> {
  if (ocsp === undefined) return { check: unknown('revocation', 'OCSP_MISSING', 'no OCSP responses given', { required: false }) };
  if (device.authenticity.length > 0) return { check: checkOf('revocation', restsOn(device.authenticity), '') };
  const questions = [
    ...questionsOf('DEVICE_CERT', device.reading.certificates, 1),
    ...(match?.chosen ?? []).flatMap(({ rim }) => questionsOf('RIM_SIGNER', rim.signature.certificates, 0)),
  ];
  const revocation = await judgeRevocation(questions, ocsp, clock);
  const faults = policy.allowHold ? revocation.faults : [...revocation.faults, ...revocation.holds];
  const [hold] = revocation.holds;
  const check = faults.length === 0 && hold !== undefined ? weak('revocation', hold.code, hold.detail) : checkOf('revocation', faults, `${questions.length} certificates are good`);
  return { check, revocation };
}

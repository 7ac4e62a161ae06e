/** NVIDIA GPUs and switches, judged whole: parse, verify (is it genuine?), appraise (is it what we want?), then the list. */
import { fail, weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import { CodedError, asCoded } from '../../checks/error';
import { checkOf, contradiction } from '../findings';
import type { Clock, Fault } from '../findings';
import { checkDriver, checkFwid, checkNonce, checkReferences, checkRevocation } from './appraise';
import { claimsOf, factsOf } from './describe';
import { modeOf, readReport, verifyDevice } from './device';
import type { Report, VerifiedDevice } from './device';
import type { DeviceEvidence } from './items';
import { checkList, identityOf } from './list';
import { trailingProblem } from './spdm';
import type { DeviceClaims, DeviceFacts, GpuInput, GpuResult } from './types';

export { readEvidenceJson, readEvidenceValue, readTranscriptFile } from './items';
export type { DeviceEvidence, EvidenceList } from './items';

/**
 * Judges the devices of one machine together. Never raises on bad input: what is wrong becomes a check under the
 * device's prefix, and all other checks are still made.
 */
export async function checkGpus(input: GpuInput): Promise<GpuResult> {
  const clock: Clock = { now: input.now, ...(input.clockBehind === undefined ? {} : { behind: input.clockBehind.detail }) };
  const read = await Promise.all(input.devices.map((evidence) => readDevice(evidence, input, clock)));
  const named = nameAll(read);
  const nonces = named.flatMap(({ device }) => (device instanceof CodedError ? [] : [device.report.transcript.nonce]));
  const judged = await Promise.all(named.map(({ id, device }) => judge(id, device, nonces[0], input, clock)));
  const devices = named.flatMap(({ id, device }) => (device instanceof CodedError ? [] : [{ id, device }]));
  return {
    checks: [
      ...judged.flatMap((one) => one.checks),
      ...checkList({ devices, unread: named.length - devices.length, policy: input.policy }),
      ...checkGiven(input),
    ],
    claims: { devices: judged.flatMap((one) => (one.claims === undefined ? [] : [one.claims])) },
    facts: { devices: judged.flatMap((one) => (one.facts === undefined ? [] : [one.facts])) },
    identities: devices.map(({ id, device }) => ({ id, key: identityOf(device) })),
  };
}

type Read = { readonly device: VerifiedDevice | CodedError; readonly arch?: string };

async function readDevice(evidence: DeviceEvidence | CodedError, input: GpuInput, clock: Clock): Promise<Read> {
  if (evidence instanceof CodedError) return { device: evidence };
  const report = tryRead(evidence);
  if (report instanceof CodedError) return { device: report, ...(evidence.arch === undefined ? {} : { arch: evidence.arch }) };
  return { device: await verifyDevice(report, input, clock) };
}

function tryRead(evidence: DeviceEvidence): Report | CodedError {
  try {
    const report = readReport(evidence);
    modeOf(report);
    return report;
  } catch (error) {
    return asCoded(error);
  }
}

/** `gpu[i]` and `switch[i]`, counted apart, by what the certificates say; by what the sender says where nothing could be read. */
function nameAll(read: readonly Read[]): readonly (Read & { readonly id: string })[] {
  let gpus = 0;
  let switches = 0;
  return read.map((one) => {
    const family = one.device instanceof CodedError ? one.arch?.toUpperCase() : one.device.chain?.kind?.family;
    const id = family === 'LS10' ? `switch[${switches}]` : `gpu[${gpus}]`;
    if (family === 'LS10') switches += 1;
    else gpus += 1;
    return { ...one, id };
  });
}

interface Judged {
  readonly checks: readonly Check[];
  readonly claims?: DeviceClaims;
  readonly facts?: DeviceFacts;
}

async function judge(id: string, device: VerifiedDevice | CodedError, firstNonce: Uint8Array | undefined, input: GpuInput, clock: Clock): Promise<Judged> {
  if (device instanceof CodedError) return { checks: [fail(`${id}.parse`, device.code, device.detail, { basis: 'derived' })] };
  const { faults, chain } = device;
  const references = await checkReferences(device, input, clock);
  const { check: revocation, revocation: answers } = await checkRevocation(device, references.match, input, clock);
  const checks = [
    checkOf('parse', parseFaults(device), `SPDM 1.1, ${device.report.transcript.blocks.size} measurements`, { basis: 'derived' }),
    checkOf('chain', [...faults.chain, ...faults.dates], (chain?.certificates ?? []).map((certificate) => certificate.subject.commonName ?? '').join(' < ')),
    checkOf('signature', faults.signature, 'ECDSA P-384 with SHA-384'),
    checkNonce(device, input.nonce, firstNonce),
    checkFwid(device, input.policy),
    ...references.checks,
    revocation,
    ...checkDriver(device, input.policy),
  ];
  return {
    checks: checks.map((check) => ({ ...check, id: `${id}.${check.id}` })),
    claims: claimsOf(device, references.match),
    facts: factsOf(id, device, references.match, answers),
  };
}

function parseFaults({ report, faults }: VerifiedDevice): readonly Fault[] {
  const trailing = trailingProblem(report.transcript);
  return [...faults.fields, ...(trailing === undefined ? [] : [contradiction('TRAILING_BYTES', trailing)])];
}

/** What was not asked for cannot be found wanting; that it was not asked for is a gap all the same. */
function checkGiven({ devices, rims, ocsp }: GpuInput): readonly Check[] {
  if (devices.length === 0) return [fail('list.count', 'GPU_EVIDENCE_MISSING', 'no device')];
  const missing = [...(rims === undefined ? ['reference manifests'] : []), ...(ocsp === undefined ? ['OCSP responses'] : [])];
  if (missing.length === 0) return [];
  return [weak('list.endorsements', 'ENDORSEMENTS_NOT_GIVEN', `not given: ${missing.join(', ')}`, { basis: 'derived' })];
}

/** Judges one machine's attestation by itself: nothing of another machine's is looked at. */
import { absent, type Check, pass, unknown } from '../../checks/check';
import { toHex } from '../../encoding/hex';
import type { DeviceIdentity } from '../../evidence/nvidia/types';
import { type BindingReading, readBinding } from '../shared/bindings';
import type { AppraiseContext, MachineAppraisal } from '../types';
import { type Attestation, FRONT } from './attestation';
import { judgeCpu } from './cpu';
import type { ReportDialect } from './dialect';
import { judgeGpuPart } from './gpu';
import { bindingText } from './key';
import { encryptionChecks, keyCheck } from './key-check';

export interface JudgedMachine extends MachineAppraisal {
  /** True where the key is in signed evidence of this machine that answers our number. */
  readonly bound: boolean;
  /** True where its software matches a release or imported value that says `verifiesModel`. */
  readonly verifiesModel: boolean;
  readonly devices: readonly DeviceIdentity[];
}

/** Never raises on bad input. `nonce`: ours, 32 bytes. */
export async function judgeMachine(attestation: Attestation, nonce: Uint8Array, dialect: ReportDialect, context: AppraiseContext): Promise<JudgedMachine> {
  const { key, spkiSha256 } = attestation;
  const read = (reportData: Uint8Array): BindingReading =>
    readBinding({ reportData, nonce, ...(key.kind === 'there' ? { address: bindingText(key.value) } : {}), ...(spkiSha256 === undefined ? {} : { spkiSha256 }) });
  const [cpu, judgeGpu] = await Promise.all([judgeCpu(attestation, nonce, read, dialect, context), judgeGpuPart(attestation, nonce, dialect, context)]);
  const gpu = judgeGpu(cpu.witness);
  const binding = keyCheck(key, attestation.place === FRONT, cpu.reading, cpu.match, cpu.unproven);
  return {
    place: attestation.place,
    role: attestation.role,
    ...(attestation.model === undefined ? {} : { model: attestation.model }),
    checks: [...(dialect.saysVerified === true ? claimCheck(attestation) : []), ...cpu.checks, ...gpu.checks, ...cpu.software, binding, ...encryptionChecks(key, attestation.encryptionKey, binding), channelCheck(cpu.reading)],
    signers: key.kind === 'there' ? [{ address: key.value.text, algorithm: key.value.algorithm, binding: cpu.bound ? cpu.reading.layout : 'none' }] : [],
    software: cpu.identities,
    parts: [...cpu.parts, ...gpu.parts],
    ...(cpu.bound && cpu.reading.layout === 'sha256(address,spki)-nonce' && spkiSha256 !== undefined ? { channelKeys: [{ spkiSha256: toHex(spkiSha256) }] } : {}),
    bound: cpu.bound,
    verifiesModel: cpu.verifiesModel,
    devices: gpu.identities,
  };
}

/** What a service says of its own verification lifts nothing; that it denies it is worth knowing. */
function claimCheck({ saysVerified }: Attestation): readonly Check[] {
  const id = 'evidence.claimed';
  if (saysVerified === undefined) return [];
  if (saysVerified) return [pass(id, 'the service says that it verified this', { basis: 'claimed' })];
  return [unknown(id, 'RELAYED_NOT_ATTESTED', 'the service says that it could not verify this', { basis: 'claimed' })];
}

/** The layout with the connection's key proves that key alone; whether this browser talked to it is for its own eyes. */
function channelCheck(reading: BindingReading): Check {
  const bound = reading.layout === 'sha256(address,spki)-nonce';
  return absent('channel', bound ? 'browser' : 'service', 'CHANNEL_NOT_BOUND', bound ? 'bound, not compared here' : 'report_data names no key of a connection');
}

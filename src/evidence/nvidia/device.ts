/** One device, judged: is the report NVIDIA's (verify), and is it what NVIDIA and the policy expect (appraise)? */
import { asCoded } from '../../checks/error';
import { equalBytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { verifyP384 } from '../../x509/p384';
import { byClock, contradiction } from '../findings';
import type { Clock, Fault } from '../findings';
import { judgeDeviceChain, judgeDeviceDates, readDeviceChain } from './chain';
import type { ChainReading, DeviceChain } from './chain';
import { certificateFwid } from './fwid';
import type { DeviceEvidence } from './items';
import { OPAQUE, opaqueNumber, readOpaque } from './opaque';
import type { OpaqueFields } from './opaque';
import { deviceVersions } from './rim-id';
import type { DeviceVersions } from './rim-id';
import { readTranscript } from './spdm';
import type { Transcript } from './spdm';
import type { GpuInput } from './types';

export interface Report {
  readonly evidence: DeviceEvidence;
  readonly transcript: Transcript;
  readonly fields: OpaqueFields;
}

/** Takes the transcript apart. Raises `SPDM_PARSE` or `OPAQUE_PARSE`. */
export function readReport(evidence: DeviceEvidence): Report {
  const transcript = readTranscript(evidence.transcript);
  return { evidence, transcript, fields: readOpaque(transcript.opaque) };
}

export interface VerifiedDevice {
  readonly report: Report;
  readonly reading: ChainReading;
  /** Set where there are five certificates that name a device we know. */
  readonly chain?: DeviceChain;
  readonly versions?: DeviceVersions;
  readonly fwid?: 'match' | 'absent' | 'mismatch';
  /** What is wrong with each link; an empty list means that it holds. */
  readonly faults: {
    readonly chain: readonly Fault[];
    readonly dates: readonly Fault[];
    readonly signature: readonly Fault[];
    readonly fwid: readonly Fault[];
    /** Fields that must be there and readable. */
    readonly fields: readonly Fault[];
  };
  /** What keeps the fields of the report from being statements of an NVIDIA device, whatever its dates. */
  readonly authenticity: readonly Fault[];
}

/** Verifies one report against the anchors and the time given. */
export async function verifyDevice(report: Report, { anchors }: Pick<GpuInput, 'anchors'>, clock: Clock): Promise<VerifiedDevice> {
  const reading = readDeviceChain(report.evidence.certificates);
  const { chain } = reading;
  const [links, signature] = await Promise.all([chain === undefined ? [] : judgeDeviceChain(chain, anchors), judgeSignature(report, reading)]);
  const chainFaults = [...reading.faults, ...links, ...judgeStatedFamily(report, chain)];
  const versions = readVersions(report, chain);
  const fwid = compareFwid(report, reading);
  return {
    report,
    reading,
    ...(chain === undefined ? {} : { chain }),
    ...('faults' in versions ? {} : { versions }),
    ...(fwid.outcome === undefined ? {} : { fwid: fwid.outcome }),
    faults: {
      chain: chainFaults,
      dates: chain === undefined ? [] : byClock(clock, (now) => judgeDeviceDates(chain, now)),
      signature,
      fwid: fwid.faults,
      fields: 'faults' in versions ? versions.faults : [],
    },
    authenticity: [...chainFaults, ...signature],
  };
}

/** The report is signed by the leaf; without a readable one there is no signature to speak of. */
async function judgeSignature({ transcript }: Report, { certificates, faults }: ChainReading): Promise<readonly Fault[]> {
  const [leaf] = certificates;
  if (leaf === undefined) return faults;
  try {
    const holds = await verifyP384(leaf.spkiHex, transcript.signature, transcript.signed, 'GPU_SIGNATURE');
    return holds ? [] : [contradiction('GPU_SIGNATURE', `not signed by ${leaf.subject.text}`)];
  } catch (error) {
    const { code, detail } = asCoded(error);
    return [contradiction(code, detail)];
  }
}

const STATED = ['HOPPER', 'BLACKWELL', 'LS10'];

/** What the sender calls the device must not contradict its certificates; words we do not know say nothing. */
function judgeStatedFamily({ evidence }: Report, chain: DeviceChain | undefined): readonly Fault[] {
  const stated = evidence.arch?.toUpperCase();
  if (stated === undefined || chain?.kind === undefined || !STATED.includes(stated) || stated === chain.kind.family) return [];
  return [contradiction('DEVICE_FAMILY_MISMATCH', 'the sender names another family', { expected: stated, actual: chain.kind.family })];
}

function readVersions({ fields }: Report, chain: DeviceChain | undefined): DeviceVersions | { readonly faults: readonly Fault[] } {
  if (chain?.kind === undefined) return { faults: [] };
  try {
    return deviceVersions(chain.kind, fields);
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { faults: [contradiction(code, detail)] };
  }
}

/** The firmware id in the report against the one the boot ROM certified. */
function compareFwid({ fields }: Report, { certificates }: ChainReading): { readonly outcome?: VerifiedDevice['fwid']; readonly faults: readonly Fault[] } {
  const [leaf] = certificates;
  const reported = fields.get(OPAQUE.fwid);
  if (leaf === undefined) return { faults: [] };
  if (reported === undefined) return { outcome: 'absent', faults: [] };
  try {
    const certified = certificateFwid(leaf);
    if (equalBytes(reported, certified)) return { outcome: 'match', faults: [] };
    return { outcome: 'mismatch', faults: [contradiction('FWID_MISMATCH', 'firmware id', { expected: toHex(certified), actual: toHex(reported) })] };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { faults: [contradiction(code, detail)] };
  }
}

const PCIE_OFF = 0x55;
const FLAG_PPCIE = 2;

/** `ppcie` when either field says that the GPU is one of a whole machine's; any value but off counts as on. */
export function modeOf({ fields }: Report): 'single' | 'ppcie' | 'not-stated' {
  const protectedPcie = opaqueNumber(fields, OPAQUE.protectedPcie);
  const flag = featureFlag(fields);
  if (flag === FLAG_PPCIE || (protectedPcie !== undefined && protectedPcie !== PCIE_OFF)) return 'ppcie';
  return flag === undefined && protectedPcie === undefined ? 'not-stated' : 'single';
}

/** The feature flag, which means something from version 1 of the opaque data on. Raises `OPAQUE_PARSE`. */
export function featureFlag(fields: OpaqueFields): number | undefined {
  return (opaqueNumber(fields, OPAQUE.version) ?? 0) >= 1 ? opaqueNumber(fields, OPAQUE.featureFlag) : undefined;
}

/** The recorded NVIDIA evidence of ../shared and how to read it; tests of several files share it. */
import { readFileSync, readdirSync } from 'node:fs';
import { DEFAULT } from '../../src/checks/policy';
import { readEvidenceJson, readTranscriptFile } from '../../src/evidence/nvidia';
import type { DeviceEvidence } from '../../src/evidence/nvidia';
import type { GpuInput } from '../../src/evidence/nvidia/types';
import { fromHex } from '../../src/encoding/hex';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { CodedError } from '../../src/checks/error';
import { vector } from './shared';

export const nvidia = (name: string): string => vector(`nvidia-gpu/${name}`);
export const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(nvidia(name)));
export const textOf = (name: string): string => readFileSync(nvidia(name), 'utf8');

/** Where the certificates of a bare report lie. */
const CERTIFICATES: Readonly<Record<string, string>> = {
  'attestation-sdk/sample_attestation_data/gpu/blackwellAttestationReport.txt': 'blackwellCertChain.txt',
  'attestation-sdk/sample_attestation_data/gpu/hopperAttestationReport.txt': 'hopperCertChain.txt',
  'attestation-sdk/sample_attestation_data/gpu/hopperAttestationReportExpired.txt': 'hopperCertChainExpired.txt',
  'attestation-sdk/sample_attestation_data/gpu/hopperAttestationReportInvalidSignature.txt': 'hopperCertChain.txt',
  'attestation-sdk/sample_attestation_data/switch/switchAttestationReport.txt': 'switchCertChain.txt',
  'attestation-sdk/sample_attestation_data/switch/switchAttestationReportInvalidSignature.txt': 'switchCertChain.txt',
  'attestation-sdk/testdata/hopperAttestationReport.txt': 'hopperCertChain.txt',
  'nvtrust/samples/hopperAttestationReport.txt': 'hopperCertChain.txt',
  'trustee/hopper_coco_report1.txt': 'hopper_coco_certs1.txt',
  'go-nvtrust/attestationReport.txt': 'gpuAkCertChain.txt',
};

/** All devices of one recorded file, whatever its form. */
export function devicesOf(name: string): readonly DeviceEvidence[] {
  if (name.endsWith('.json')) {
    return readEvidenceJson(textOf(name)).devices.map((device) => {
      if (device instanceof CodedError) throw device;
      return device;
    });
  }
  const transcript = readTranscriptFile(bytesOf(name));
  if (transcript === undefined) throw new Error(name);
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  return [{ transcript, certificates: textOf(folder + (CERTIFICATES[name] ?? '')) }];
}

export const deviceOf = (name: string, index = 0): DeviceEvidence => {
  const device = devicesOf(name)[index];
  if (device === undefined) throw new Error(`${name}[${index}]`);
  return device;
};

export const filesIn = (folder: string): readonly { readonly name: string; readonly bytes: Uint8Array }[] =>
  readdirSync(nvidia(folder)).map((name) => ({ name, bytes: bytesOf(`${folder}/${name}`) }));
export const filesNamed = (...names: readonly string[]): readonly { readonly name: string; readonly bytes: Uint8Array }[] => names.map((name) => ({ name, bytes: bytesOf(name) }));

export const inputFor = (devices: GpuInput['devices'], rest: Partial<GpuInput> = {}): GpuInput => ({
  devices, anchors: VENDOR_ANCHORS, now: Date.parse('2026-11-22T00:00:00Z'), policy: DEFAULT.nvidia, ...rest,
});

/** The three recorded sets of evidence with their manifests, and a moment at which both signers are in date. */
export const P1 = {
  device: () => deviceOf('nvtrust/samples/hopperAttestationReport.txt'),
  rims: ['museop/NV_GPU_DRIVER_GH100_550.90.07.swidtag', 'museop/NV_GPU_VBIOS_1010_0200_882_96009F0001.swidtag'],
  nonce: fromHex('931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb'),
  now: Date.parse('2026-05-15T00:00:00Z'),
  compared: 32,
};
export const P2 = {
  device: () => deviceOf('go-nvtrust/attestationReport.txt'),
  rims: ['nvtrust/samples/Driver_RIM_test_no_gpu.swidtag', 'nvtrust/samples/1010_0200_882_96005E0001_test_no_gpu.swidtag'],
  nonce: fromHex('4cff7f5380ead8fad8ec2c531c110aca4302a88f603792801a8ca29ee151af2e'),
  now: Date.parse('2025-06-01T00:00:00Z'),
  compared: 32,
};
export const P3 = {
  device: () => deviceOf('attestation-sdk/evidence/multi_switch_ls10.json'),
  rims: ['attestation-sdk/rims/switchVBIOSRim_NV_SWITCH_BIOS_5612_0002_890_9610550001.xml'],
  nonce: fromHex('931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb'),
  now: Date.parse('2026-11-22T00:00:00Z'),
  compared: 31,
};

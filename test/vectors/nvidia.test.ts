/** Every fact of EXPECTED.json about evidence and manifests, and the three full sets. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { asCoded } from '../../src/checks/error';
import type { Check } from '../../src/checks/check';
import { fromHex, toHex } from '../../src/encoding/hex';
import { checkGpus, readEvidenceJson } from '../../src/evidence/nvidia';
import { readReport, verifyDevice } from '../../src/evidence/nvidia/device';
import { compareMeasurements } from '../../src/evidence/nvidia/measure';
import { OPAQUE } from '../../src/evidence/nvidia/opaque';
import { readRim } from '../../src/evidence/nvidia/rim';
import { wantedRims } from '../../src/evidence/nvidia/rim-id';
import { rimDateFault, rimSignatureFault } from '../../src/evidence/nvidia/rim-signature';
import { parseQuote, reportDataOf } from '../../src/evidence/tdx';
import { rimShelf } from '../../src/evidence/nvidia/shelves';
import type { GpuResult } from '../../src/evidence/nvidia/types';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { stateOf } from '../../src/verdict/state';
import { P1, P2, P3, deviceOf, devicesOf, filesIn, filesNamed, inputFor, textOf } from './nvidia-set';
import { vector, vectorsPresent } from './shared';

interface ExpectedEvidence {
  readonly file: string;
  readonly index: number;
  readonly arch: string;
  readonly bytes: number;
  readonly trailingBytesAfterSignature: number;
  readonly requestNonce: string;
  readonly nonceInJson?: string;
  readonly nonceMatches: boolean | null;
  readonly signatureOk: boolean;
  readonly chainErrors: readonly string[];
  readonly fwid: string;
  readonly driver?: string;
  readonly vbios: string;
  readonly nvdec0?: string;
  readonly featureFlag?: string;
  readonly opaqueVersion?: string;
  readonly rimIds: { readonly driver?: string; readonly vbios: string };
  readonly bromSerial: string;
}

interface ExpectedRim {
  readonly file: string;
  readonly version: string;
  readonly product: string;
  readonly edition: string;
  readonly digestOk: boolean;
  readonly signatureOk: boolean;
  readonly chainToPinnedRoot: boolean;
  readonly validFrom: string;
  readonly validTo: string;
  readonly activeIndices: readonly number[];
}

const expected: { readonly evidence: readonly ExpectedEvidence[]; readonly rims: readonly ExpectedRim[] } = vectorsPresent ? JSON.parse(textOf('EXPECTED.json')) : { evidence: [], rims: [] };
const now = Date.parse('2026-11-22T00:00:00Z');

const find = (checks: readonly Check[], id: string): Check => {
  const found = checks.filter((check) => check.id === id);
  const [only] = found;
  if (only === undefined || found.length !== 1) throw new Error(`${found.length} checks ${id} among ${checks.map((check) => check.id).join(' ')}`);
  return only;
};
const outcomes = (result: GpuResult): Record<string, string> => Object.fromEntries(result.checks.map((check) => [check.id, check.code === undefined ? check.outcome : `${check.outcome} ${check.code}`]));

describe.skipIf(!vectorsPresent)('all recorded evidence', () => {
  it('holds 60 items, 58 of them with a good signature', () => {
    expect(expected.evidence).toHaveLength(60);
    expect(expected.evidence.filter((one) => one.signatureOk)).toHaveLength(58);
  });

  it.each(expected.evidence.map((one) => ({ ...one, name: `${one.file}[${one.index}]` })))('$name', async (one) => {
    const device = deviceOf(one.file, one.index);
    const verified = await verifyDevice(readReport(device), { anchors: VENDOR_ANCHORS }, { now });
    const { transcript, fields } = verified.report;
    expect(device.transcript).toHaveLength(one.bytes);
    expect(transcript.trailing).toHaveLength(one.trailingBytesAfterSignature);
    expect(toHex(transcript.nonce)).toBe(one.requestNonce);
    expect(verified.faults.signature.length === 0, 'signature').toBe(one.signatureOk);
    expect(verified.faults.chain, 'chain').toEqual([]);
    expect(one.chainErrors).toEqual([]);
    expect(verified.faults.dates).toEqual([]);
    expect(verified.fwid).toBe(one.fwid.toLowerCase());
    expect(verified.chain?.kind?.family).toBe(one.arch);
    expect(verified.versions?.driver).toBe(one.driver);
    expect(verified.versions?.vbios).toBe(one.vbios);
    expect(hexOf(fields.get(OPAQUE.nvdec0))).toBe(one.nvdec0);
    expect(hexOf(fields.get(OPAQUE.featureFlag))).toBe(one.featureFlag);
    expect(hexOf(fields.get(OPAQUE.version))).toBe(one.opaqueVersion);
    expect(verified.chain?.identity.serial.toUpperCase()).toBe(one.bromSerial);
    const kind = verified.chain?.kind;
    const ids = kind === undefined ? [] : wantedRims(kind, fields).map(({ role, id }) => [role, id]);
    expect(Object.fromEntries(ids)).toEqual(one.rimIds);
  });

  it.each(expected.evidence.filter((one) => one.nonceInJson !== undefined).map((one) => ({ ...one, name: `${one.file}[${one.index}]` })))('nonce of $name', async (one) => {
    const nonce = Uint8Array.from(Buffer.from(one.nonceInJson ?? '', 'hex'));
    const { checks } = await checkGpus(inputFor([deviceOf(one.file, one.index)], { nonce }));
    const check = checks.find(({ id }) => id.endsWith('.nonce'));
    expect(check?.code ?? check?.outcome).toBe(one.nonceMatches === true ? 'pass' : 'NONCE_MISMATCH');
  });

  it('gives each recorded request its honest verdict', async () => {
    const good = await checkGpus(inputFor(devicesOf('teep/nearcloud_h200_8gpu_20260629.nras-request.json')));
    expect(good.claims.devices).toHaveLength(8);
    expect(stateOf(good.checks)).toBe('limited');
    const bad = await checkGpus(inputFor([deviceOf('attestation-sdk/sample_attestation_data/gpu/hopperAttestationReportInvalidSignature.txt')]));
    expect(find(bad.checks, 'gpu[0].signature')).toMatchObject({ outcome: 'fail', code: 'GPU_SIGNATURE' });
    expect(find(bad.checks, 'gpu[0].fwid')).toMatchObject({ outcome: 'fail', code: 'FWID_MISMATCH' });
    expect(find(bad.checks, 'gpu[0].nonce')).toMatchObject({ outcome: 'unknown', code: 'GPU_SIGNATURE' });
    expect(stateOf(bad.checks)).toBe('failed');
  });

  it('reads what NVIDIA’s own parser reads', () => {
    for (const [report, oracle] of [
      ['attestation-sdk/testdata/hopperAttestationReport.txt', 'attestation-sdk/testdata/spdm_parsed_output.json'],
      ['attestation-sdk/sample_attestation_data/switch/switchAttestationReport.txt', 'attestation-sdk/testdata/switch_spdm_parsed_output.json'],
    ] as const) {
      const parsed: { MeasurementRecord: { MeasurementBlocks: Record<string, { DMTFSpecMeasurementValue: string }> }; Signature: string; OpaqueLength: number } = JSON.parse(textOf(oracle));
      const { transcript } = readReport(deviceOf(report));
      const theirs = Object.entries(parsed.MeasurementRecord.MeasurementBlocks).map(([index, block]) => [Number(index), block.DMTFSpecMeasurementValue.slice(2)]);
      expect([...transcript.blocks].map(([index, value]) => [index, toHex(value)])).toEqual(theirs);
      expect(transcript.opaque).toHaveLength(parsed.OpaqueLength);
      expect(`0x${toHex(transcript.signature)}`).toBe(parsed.Signature);
    }
  });

  it('refuses chains that are not five certificates of one device', async () => {
    const { transcript } = deviceOf('trustee/hopper_coco_report1.txt');
    const own = await verdict('nvtrust/samples/hopperAttestationReport.txt', 'trustee/hopper_cert_chain_case1.txt');
    expect(own['gpu[0].chain']).toBe('pass');
    for (const [name, code] of [['case2', 'DEVICE_CHAIN_LENGTH'], ['case3', 'DEVICE_CHAIN_LENGTH'], ['case4', 'DEVICE_CHAIN_LENGTH']]) {
      const result = await checkGpus(inputFor([{ transcript, certificates: textOf(`trustee/hopper_cert_chain_${name}.txt`) }]));
      expect(find(result.checks, 'gpu[0].chain')).toMatchObject({ outcome: 'fail', code });
      expect(stateOf(result.checks)).toBe('failed');
    }
  });
});

const hexOf = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : toHex(bytes));

async function verdict(report: string, certificates: string): Promise<Record<string, string>> {
  return outcomes(await checkGpus(inputFor([{ ...deviceOf(report), certificates: textOf(certificates) }])));
}

describe.skipIf(!vectorsPresent)('recorded pairs of CPU and GPU evidence', () => {
  const relative = (name: string): string => readFileSync(vector(`ionet-and-relatives/${name}`), 'utf8');
  /** The second half of a quote's report data, where these services put the GPU's nonce. */
  const nonceIn = (quote: string): Uint8Array => reportDataOf(parseQuote(fromHex(quote.trim()))).slice(32);
  const nonceCheck = async (payload: string, nonce: Uint8Array): Promise<Check> => find((await checkGpus(inputFor(readEvidenceJson(payload).devices, { nonce }))).checks, 'gpu[0].nonce');

  it('Secret AI: the nonce in the quote is the one in the GPU’s report', async () => {
    expect((await nonceCheck(relative('secretvm/gpu_attest.txt'), nonceIn(relative('secretvm/cpu_quote.txt')))).outcome).toBe('pass');
  });

  it('Phala: quote and GPU report are of two requests', async () => {
    const payload = relative('phala-private-ai-verifier/nvidia_payload.json');
    expect(await nonceCheck(payload, nonceIn(relative('phala-private-ai-verifier/intel_quote.hex')))).toMatchObject({ outcome: 'fail', code: 'NONCE_MISMATCH' });
    expect((await nonceCheck(payload, fromHex(readEvidenceJson(payload).nonce ?? ''))).outcome).toBe('pass');
  });
});

describe.skipIf(!vectorsPresent)('all recorded manifests', () => {
  const REASONS: Readonly<Record<string, string>> = {
    'attestation-sdk/rims/incorrect_cert_chain_driver_rim.xml': 'RIM_ROOT_UNTRUSTED',
    'attestation-sdk/rims/incorrect_signature_driver_rim.xml': 'RIM_SIGNATURE',
    'attestation-sdk/rims/sample_rims/NV_GPU_DRIVER_GH100_535.86.09_measurement_mismatch.xml': 'RIM_DIGEST',
    'attestation-sdk/rims/sample_rims/NV_GPU_DRIVER_GH100_570.124.03_expired.xml': 'RIM_DIGEST',
    'attestation-sdk/rims/sample_rims/NV_SWITCH_BIOS_5612_0002_890_9610550001_invalid_signature.xml': 'RIM_DIGEST',
    'attestation-sdk/rims/sample_rims/NV_SWITCH_BIOS_5612_0002_890_9610550001_measurement_mismatch.xml': 'RIM_DIGEST',
  };

  it('are 38, and 32 of them hold', () => {
    expect(expected.rims).toHaveLength(38);
    expect(expected.rims.filter((one) => one.digestOk && one.signatureOk && one.chainToPinnedRoot)).toHaveLength(32);
  });

  it.each(expected.rims)('$file', async (one) => {
    const rim = readRim(textOf(one.file));
    expect(rim).toMatchObject({ product: one.product, edition: one.edition, version: one.version });
    expect([...rim.golden.keys()]).toEqual(one.activeIndices);
    const fault = await rimSignatureFault(rim.signature, VENDOR_ANCHORS);
    const holds = one.digestOk && one.signatureOk && one.chainToPinnedRoot;
    expect(fault?.code).toBe(holds ? undefined : REASONS[one.file]);
    const [from, to] = [Date.parse(one.validFrom), Date.parse(one.validTo)];
    expect(rimDateFault(rim.signature, from)).toBeUndefined();
    expect(rimDateFault(rim.signature, to)).toBeUndefined();
    expect(rimDateFault(rim.signature, to + 1000)?.code).toBe('RIM_SIGNER_EXPIRED');
    expect(rimDateFault(rim.signature, from - 6 * 60_000)?.code).toBe('RIM_SIGNER_NOT_YET_VALID');
  });

  it.each(expected.rims.slice(0, 3).concat(expected.rims.slice(9, 13)))('$file: no character may change', async ({ file }) => {
    const text = textOf(file);
    const original = await fate(text);
    // A prime step touches names, values, namespaces, certificates, digests and white space alike.
    for (let at = 0; at < text.length; at += 37) {
      const char = text.charAt(at) === 'a' ? 'b' : 'a';
      const changed = await fate(text.slice(0, at) + char + text.slice(at + 1));
      expect(changed, `position ${at}`).toMatch(/^RIM_/);
    }
    expect(original).toMatch(/^(RIM_|undefined)/);
  });
});

async function fate(text: string): Promise<string> {
  try {
    return `${(await rimSignatureFault(readRim(text).signature, VENDOR_ANCHORS))?.code}`;
  } catch (error) {
    return asCoded(error).code;
  }
}

describe.skipIf(!vectorsPresent)('evidence with its manifests', () => {
  it.each([
    ['P1', P1, 'gpu[0]', 'pass'],
    ['P2', P2, 'gpu[0]', 'weak FWID_ABSENT'],
    ['P3', P3, 'switch[0]', 'unknown FWID_ABSENT'],
  ] as const)('%s passes at its clock, revocation open', async (_name, set, id, fwid) => {
    const result = await checkGpus(inputFor([set.device()], { nonce: set.nonce, now: set.now, rims: rimShelf(filesNamed(...set.rims)) }));
    const seen = outcomes(result);
    for (const check of ['parse', 'chain', 'signature', 'nonce', 'rim.vbios', 'measurements']) expect(seen[`${id}.${check}`], check).toBe('pass');
    expect(seen[`${id}.rim.driver`]).toBe(id === 'gpu[0]' ? 'pass' : undefined);
    expect(seen[`${id}.fwid`]).toBe(fwid);
    expect(seen[`${id}.revocation`]).toBe('unknown OCSP_MISSING');
    expect(seen['list.family']).toBe('pass');
    expect(seen['list.duplicates']).toBe('pass');
    expect(result.claims.devices[0]).toMatchObject({ compared: set.compared, mismatched: [] });
    expect(stateOf(result.checks)).toBe('limited');
  });

  it('finds the right manifests in a folder full of them', async () => {
    const result = await checkGpus(inputFor([P2.device()], { nonce: P2.nonce, now: P2.now, rims: rimShelf(filesIn('nvtrust/samples')) }));
    expect(find(result.checks, 'gpu[0].measurements').outcome).toBe('pass');
  });

  it('matches alternatives other than the first', async () => {
    const rim = readRim(textOf(P1.rims[0] ?? ''));
    const { blocks } = readReport(P1.device()).transcript;
    for (const index of [23, 24]) expect(rim.golden.get(index)?.indexOf(toHex(blocks.get(index + 1) ?? new Uint8Array()))).toBe(1);
  });

  it('is incomplete when a signer has run out', async () => {
    const result = await checkGpus(inputFor([P1.device()], { nonce: P1.nonce, now: Date.parse('2026-06-01T02:08:30Z'), rims: rimShelf(filesNamed(...P1.rims)) }));
    expect(outcomes(result)).toMatchObject({ 'gpu[0].rim.driver': 'unknown RIM_SIGNER_EXPIRED', 'gpu[0].rim.vbios': 'pass', 'gpu[0].measurements': 'unknown RIM_SIGNER_EXPIRED' });
    expect(stateOf(result.checks)).toBe('incomplete');
  });

  it('tells firmware of another issue: the same id has two genuine manifests', async () => {
    const preProduction = await checkGpus(inputFor([P2.device()], { now: P2.now, rims: rimShelf(filesNamed('nvtrust/samples/Driver_RIM_test_no_gpu.swidtag', 'nvtrust/samples/1010_0200_882_96005E0001_PROD.swidtag')) }));
    expect(find(preProduction.checks, 'gpu[0].measurements')).toMatchObject({ outcome: 'fail', code: 'GPU_MEASUREMENT_MISMATCH' });
    expect(preProduction.claims.devices[0]?.mismatched).toEqual([1, 2, 3, 9]);
    const both = await checkGpus(inputFor([P2.device()], { now: P2.now, rims: rimShelf(filesNamed(...P2.rims, 'nvtrust/samples/1010_0200_882_96005E0001_PROD.swidtag', 'attestation-sdk/rims/sample_rims/NV_GPU_VBIOS_1010_0200_882_96005E0001_measurement_mismatch.xml')) }));
    expect(find(both.checks, 'gpu[0].measurements').outcome).toBe('pass');
    expect(both.facts.devices[0]?.rims.map(({ from }) => from)).toEqual(P2.rims);
  });

  it.each([
    ['attestation-sdk/testdata/hopperAttestationReport.txt', 'nvtrust/samples/1010_0205_862_9600740020_PROD.swidtag', [9]],
    ['attestation-sdk/sample_attestation_data/gpu/hopperAttestationReport.txt', 'attestation-sdk/rims/sample_rims/NV_GPU_VBIOS_1010_0200_882_96005E0001_measurement_mismatch.xml', [9]],
    ['attestation-sdk/sample_attestation_data/gpu/hopperAttestationReport.txt', 'nvtrust/samples/1010_0200_882_96005E0001_PROD.swidtag', []],
  ] as const)('%s against %s alone differs at %j', (report, rim, mismatched) => {
    const { blocks } = readReport(deviceOf(report)).transcript;
    expect(compareMeasurements(blocks, [{ role: 'vbios', rim: readRim(textOf(rim)) }], 0x55)).toMatchObject({ compared: 12, mismatched });
  });

  it('P1 also matches the value that NVIDIA’s rule skips', () => {
    const [driver = '', vbios = ''] = P1.rims.map(textOf);
    const rims = [{ role: 'driver', rim: readRim(driver) }, { role: 'vbios', rim: readRim(vbios) }] as const;
    const { blocks } = readReport(P1.device()).transcript;
    expect(compareMeasurements(blocks, rims, 0x55)).toMatchObject({ compared: 32, mismatched: [] });
    expect(compareMeasurements(blocks, rims, 0xaa)).toMatchObject({ compared: 33, mismatched: [] });
  });

  it('refuses the same switch four times', async () => {
    const result = await checkGpus(inputFor(devicesOf('attestation-sdk/evidence/multi_switch_ls10.json'), { nonce: P3.nonce, now: P3.now, rims: rimShelf(filesNamed(...P3.rims)) }));
    expect(find(result.checks, 'list.duplicates')).toMatchObject({ outcome: 'fail', code: 'DUPLICATE_DEVICE' });
    expect(result.checks.filter(({ outcome }) => outcome === 'fail')).toHaveLength(1);
    expect(stateOf(result.checks)).toBe('failed');
  });

  it('sees the recorded machine whole: eight GPUs and four switches that name each other', async () => {
    const gpus = devicesOf('nvtrust/ppcie/gpu_evidence.json');
    const switches = devicesOf('nvtrust/ppcie/switch_evidence.json');
    const whole = outcomes(await checkGpus(inputFor([...gpus, ...switches])));
    expect(whole).toMatchObject({ 'list.family': 'pass', 'list.duplicates': 'pass', 'list.switches': 'pass', 'gpu[7].signature': 'pass', 'switch[3].signature': 'pass' });
    expect(outcomes(await checkGpus(inputFor(gpus)))['list.switches']).toBe('weak PPCIE_SWITCHES_NOT_ATTESTED');
    expect(outcomes(await checkGpus(inputFor([...gpus.slice(1), ...switches])))['list.switches']).toBe('fail PPCIE_TOPOLOGY');
    expect(outcomes(await checkGpus(inputFor([...gpus, ...switches.slice(1)])))['list.switches']).toBe('fail PPCIE_TOPOLOGY');
    const foreign = deviceOf('attestation-sdk/evidence/switch_evidence_ls10.json');
    expect(outcomes(await checkGpus(inputFor([...gpus, ...switches.slice(1), foreign])))['list.switches']).toBe('fail PPCIE_TOPOLOGY');
    expect(outcomes(await checkGpus(inputFor(gpus, { policy: { allowHold: false, requireFwid: true, count: 9 } })))['list.count']).toBe('fail GPU_COUNT');
  });

  it('refuses families in one list', async () => {
    const blackwell = deviceOf('attestation-sdk/sample_attestation_data/gpu/blackwellAttestationReport.txt');
    const result = outcomes(await checkGpus(inputFor([P1.device(), blackwell])));
    expect(result['list.family']).toBe('fail DEVICE_FAMILIES_MIXED');
  });

  it.each([['P1', P1], ['P2', P2], ['P3', P3]] as const)('%s fails when any byte of the report changes', async (_name, set) => {
    const device = set.device();
    const rims = rimShelf(filesNamed(...set.rims));
    for (let at = 0; at < device.transcript.length; at += 29) {
      const transcript = device.transcript.slice();
      transcript[at] = (transcript[at] ?? 0) ^ 0x10;
      const { checks } = await checkGpus(inputFor([{ ...device, transcript }], { nonce: set.nonce, now: set.now, rims }));
      expect(stateOf(checks), `byte ${at}`).toBe('failed');
      expect(checks.some(({ id, outcome }) => /\.(measurements|nonce|rim\.vbios)$/.test(id) && outcome === 'pass'), `byte ${at}`).toBe(false);
    }
  });

  it.each([['P1', P1], ['P2', P2], ['P3', P3]] as const)('%s fails when any character of a certificate changes', async (_name, set) => {
    const device = set.device();
    const rims = rimShelf(filesNamed(...set.rims));
    const { certificates } = device;
    for (let at = 0; at < certificates.length; at += 17) {
      const char = certificates.charAt(at);
      if (/[\r\n]/.test(char)) continue;
      const changed = certificates.slice(0, at) + (char === 'Q' ? 'g' : 'Q') + certificates.slice(at + 1);
      const { checks } = await checkGpus(inputFor([{ ...device, certificates: changed }], { nonce: set.nonce, now: set.now, rims }));
      expect(stateOf(checks), `character ${at}`).toBe('failed');
    }
  });

  it.each([['P1', P1], ['P2', P2], ['P3', P3]] as const)('%s fails when any reference value changes', async (_name, set) => {
    for (const name of set.rims) {
      const text = textOf(name);
      for (const { index } of text.matchAll(/(?<=Hash\d="[0-9a-f]{40})[1-9a-f]/g)) {
        const changed = text.slice(0, index) + (text.charAt(index) === '1' ? '2' : '1') + text.slice(index + 1);
        const files = [...filesNamed(...set.rims.filter((other) => other !== name)), { name, bytes: Buffer.from(changed) }];
        const { checks } = await checkGpus(inputFor([set.device()], { nonce: set.nonce, now: set.now, rims: rimShelf(files) }));
        expect(checks.filter(({ outcome }) => outcome === 'fail').map(({ code }) => code)).toEqual(['RIM_DIGEST']);
        expect(checks.find(({ id }) => id.endsWith('.measurements'))?.outcome).toBe('unknown');
      }
    }
  });
});

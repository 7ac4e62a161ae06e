/** GPUs as NVIDIA's evidence gives them: names, versions and lists are those of real ones, serials and values are invented. */
import { type Check, fail, pass, unknown, weak } from '../../../../src/checks/check';
import type { DeviceCertificateFact, DeviceClaims, DeviceFacts, MeasurementFact, OcspFact, RimFact } from '../../../../src/evidence/nvidia/types';
import type { EvidencePartView } from '../../../../src/watch/snapshot';
import { NONCE } from './checks';

type GpuPart = Extract<EvidencePartView, { kind: 'nvidia' }>;

const hex = (seed: string, bytes: number): string => seed.repeat(Math.ceil((2 * bytes) / seed.length)).slice(0, 2 * bytes);
const LIFELONG = '9999-12-31T23:59:59Z';

const serialOf = (index: number): string => `41431d480fe5e8${(0x7274 + index * 0x111).toString(16)}`;

function certificate(role: DeviceCertificateFact['role'], name: string, issuer: string, more: Partial<DeviceCertificateFact> = {}): DeviceCertificateFact {
  return { role, subject: `CN=${name}, O=NVIDIA Corporation, C=US`, issuer: `CN=${issuer}`, serial: hex(seedOf(name), 16), notBefore: '2022-03-01T00:00:00Z', notAfter: LIFELONG, fingerprint: hex(seedOf(`${name} ${issuer}`), 32), ...more };
}

/** A stable stand-in for a digest; the gallery runs in a page, so no Node. */
function seedOf(text: string): string {
  let state = 0x811c9dc5;
  for (const char of text) state = Math.imul(state ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return state.toString(16).padStart(8, '0');
}

const chainOf = (index: number): readonly DeviceCertificateFact[] => [
  certificate('leaf', 'GH100 A01 GSP FMC LF', `GH100 A01 GSP BROM ${index}`, { notBefore: '2020-10-17T00:00:00Z', serial: hex(serialOf(index + 9), 20) }),
  certificate('device-identity', 'GH100 A01 GSP BROM', `NVIDIA GH100 Provisioner ICA 1 ${index}`, { notBefore: '2020-10-17T00:00:00Z', serial: serialOf(index), fingerprint: hex(serialOf(index), 32) }),
  certificate('provisioner', 'NVIDIA GH100 Provisioner ICA 1', 'NVIDIA GH100 Identity'),
  certificate('product', 'NVIDIA GH100 Identity', 'NVIDIA Device Identity CA'),
  certificate('root', 'NVIDIA Device Identity CA', 'NVIDIA Device Identity CA', { notBefore: '2021-11-05T00:00:00Z' }),
];

const rimChain = (third: string): readonly DeviceCertificateFact[] => [
  certificate('rim-signer', 'HCC RIM L4 Signer', third, { notBefore: '2026-01-07T18:39:21Z', notAfter: '2028-01-07T18:39:21Z' }),
  certificate('rim-intermediate', third, 'NVIDIA Reference Value GH100 CA', { notAfter: '2035-11-07T23:59:59Z' }),
  certificate('rim-intermediate', 'NVIDIA Reference Value GH100 CA', 'NVIDIA CoRIM signing Root CA', { notAfter: '2033-05-11T23:59:59Z' }),
  certificate('rim-root', 'NVIDIA CoRIM signing Root CA', 'NVIDIA CoRIM signing Root CA', { notAfter: '2053-03-08T15:37:34Z' }),
];

const RIMS: readonly RimFact[] = [
  { role: 'driver', id: 'NV_GPU_DRIVER_GH100_550.90.07', version: '550.90.07', from: 'https://rim.attestation.nvidia.com', certificates: rimChain('NVIDIA Reference Value L3 GH100 002') },
  { role: 'vbios', id: 'NV_GPU_VBIOS_1010_0200_882_96009F0001', version: '96.00.9F.00.01', from: 'https://rim.attestation.nvidia.com', certificates: rimChain('NVIDIA Reference Value L3 GH100 003') },
];

/** As on an H200 with driver 550: 32 compared, 35 skipped, the rest without a reference. */
function measurements(mismatched: readonly number[], compared = true): readonly MeasurementFact[] {
  return Array.from({ length: 64 }, (_x, index): MeasurementFact => {
    const role = index === 7 || index > 20 ? 'driver' : 'vbios';
    const referenced = compared && (index <= 12 || (index >= 21 && index <= 40));
    if (!referenced) return { index, outcome: 'unreferenced' };
    if (index === 35) return { index, outcome: 'skipped', role };
    if (!mismatched.includes(index)) return { index, outcome: 'match', role };
    const golden = hex('4412a5484344080788ac525b', 48);
    return { index, outcome: 'mismatch', role, expected: [golden, hex('84a3f9d1b3b4e8fc', 48)], actual: `${golden.slice(0, 40)}d41c7be2${golden.slice(48)}` };
  });
}

const answers = (certificates: readonly DeviceCertificateFact[], status: (certificate: DeviceCertificateFact) => OcspFact['status']): readonly OcspFact[] =>
  certificates.map((one) => {
    const its = status(one);
    return { subject: one.subject, status: its, ...(its === 'not-checked' ? {} : { thisUpdate: '2026-11-22T11:02:44Z', nextUpdate: '2026-11-23T11:02:44Z' }) };
  });

interface Gpu {
  readonly index: number;
  readonly mismatched?: readonly number[];
  readonly rims?: boolean;
  readonly ocsp?: OcspFact['status'];
  readonly vbios?: string;
}

function gpuFacts({ index, mismatched = [], rims = true, ocsp = 'good', vbios = '96.00.9F.00.01' }: Gpu): DeviceFacts {
  const certificates = chainOf(index);
  const used = rims ? RIMS : [];
  const asked = [...certificates.slice(1, -1), ...used.flatMap((rim) => rim.certificates.slice(0, -1))];
  return {
    id: `gpu[${index}]`, family: 'HOPPER', model: 'GH100 A01 GSP BROM', driver: '550.90.07', vbios, mode: 'single', certificates, rims: used,
    measurements: measurements(mismatched, rims), ocsp: answers(asked, (one) => (one.role === 'device-identity' ? ocsp : ocsp === 'not-checked' ? ocsp : 'good')),
  };
}

const claimsOf = (index: number, mismatched: readonly number[] = [], compared = 32): DeviceClaims => ({
  family: 'HOPPER', driver: '550.90.07', vbios: '96.00.9F.00.01', nonce: NONCE, fwid: 'match', nvdec0: '55', compared, mismatched, bromSerial: serialOf(index),
});

const part = (gpus: readonly Gpu[]): GpuPart => ({
  kind: 'nvidia', count: gpus.length, devices: gpus.map(gpuFacts), claims: gpus.map(({ index, mismatched }) => claimsOf(index, mismatched)), rawBase64: 'W10='.padStart(88_000, 'A'),
  endorsements: { rims: gpus.some(({ rims }) => rims === false) ? [] : RIMS.map(({ id }) => ({ id, xml: `<SoftwareIdentity name="${id}"/>` })), ocspBase64: gpus.some(({ ocsp }) => ocsp === 'not-checked') ? [] : ['MIIG', 'MIIH'] },
});

export const gpuChecks = (index: number, ...changed: readonly Check[]): Check[] => {
  const id = `gpu[${index}]`;
  const good = [
    pass(`${id}.parse`, 'SPDM 1.1, 64 measurements', { basis: 'derived' }),
    pass(`${id}.chain`, 'GH100 A01 GSP FMC LF < GH100 A01 GSP BROM < NVIDIA GH100 Provisioner ICA 1 < NVIDIA GH100 Identity < NVIDIA Device Identity CA'),
    pass(`${id}.signature`, 'ECDSA P-384 with SHA-384'),
    pass(`${id}.nonce`, NONCE),
    pass(`${id}.fwid`, 'the report’s firmware id is the certified one'),
    pass(`${id}.rim.driver`, 'NV_GPU_DRIVER_GH100_550.90.07, signer until 2028-01-07', { source: 'https://rim.attestation.nvidia.com' }),
    pass(`${id}.rim.vbios`, 'NV_GPU_VBIOS_1010_0200_882_96009F0001, signer until 2028-01-07', { source: 'https://rim.attestation.nvidia.com' }),
    pass(`${id}.measurements`, '32 compared, 35 skipped'),
    pass(`${id}.revocation`, '9 certificates are good'),
  ];
  return good.map((check) => changed.find((other) => other.id === check.id) ?? check);
};

const lists = (n: number): Check[] => [pass('list.family', 'GH100'), pass('list.duplicates', `${n} different`), pass('list.switches', 'no GPU in protected PCIe mode')];
const apart = (): Check => weak('gpu.binding', 'GPU_COLOCATION_NOT_PROVEN', 'the numbers meet; the software is not known to fetch its own GPUs’ evidence');
const confirmed = (): Check => pass('gpu.second-opinion', '8 of 8 confirmed, until 2026-11-22T15:11:09.000Z', { basis: 'derived', required: false, source: 'nras.attestation.nvidia.com' });
const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7] as const;

export interface RecordedGpus {
  readonly part: GpuPart;
  readonly checks: readonly Check[];
}

const from = (gpus: readonly Gpu[], checks: readonly (readonly Check[])[]): RecordedGpus => ({ part: part(gpus), checks: [...checks.flat(), ...lists(gpus.length), apart()] });

const good = from(EIGHT.map((index) => ({ index })), EIGHT.map((index) => gpuChecks(index)));
export const EIGHT_GOOD: RecordedGpus = { ...good, checks: [...good.checks, confirmed()] };

const differing = (index: number, indices: readonly number[]): Check =>
  fail(`gpu[${index}].measurements`, 'GPU_MEASUREMENT_MISMATCH', `index ${indices.map((i) => `${i} (driver)`).join(', ')}`, { expected: hex('4412a5484344080788ac525b', 48), actual: hex('d41c7be24344080788ac525b', 48), source: 'NV_GPU_DRIVER_GH100_550.90.07, NV_GPU_VBIOS_1010_0200_882_96009F0001' });

export const ONE_BAD = from(
  EIGHT.map((index) => (index === 5 ? { index, mismatched: [21], vbios: '96.00.5E.00.01' } : { index })),
  EIGHT.map((index) => (index === 5 ? gpuChecks(5, differing(5, [21])) : gpuChecks(index))),
);

/** Firmware that NVIDIA signs for its own laboratories: nearly nothing matches on three of them, and one chip is revoked. */
const MANY = [1, 2, 3, 8, 9, 10, 11, 12, 21, 22, 23, 24, 25, 30];
const many = from(
  EIGHT.map((index) => (index < 3 ? { index, mismatched: MANY } : index === 6 ? { index, ocsp: 'revoked' } : { index })),
  EIGHT.map((index) =>
    index < 3 ? gpuChecks(index, differing(index, MANY)) : index === 6 ? gpuChecks(6, fail('gpu[6].revocation', 'DEVICE_CERT_REVOKED', 'CN=GH100 A01 GSP BROM, since 2026-10-02T00:00:00Z, reason 1')) : index === 7 ? [fail('gpu[7].parse', 'SPDM_PARSE', 'opaque length', { basis: 'derived' })] : gpuChecks(index),
  ),
);

/** What could not be read has checks and no facts. */
export const MANY_BAD: RecordedGpus = { ...many, part: { ...many.part, devices: many.part.devices.slice(0, 7), claims: many.part.claims.slice(0, 7) } };

const HOST = 'rim.attestation.nvidia.com: no answer within 25 s';
const withoutRims = (index: number): Check[] =>
  gpuChecks(index, ...['rim.driver', 'rim.vbios', 'measurements'].map((id) => unknown(`gpu[${index}].${id}`, 'COLLATERAL_UNREACHABLE', HOST)), unknown(`gpu[${index}].revocation`, 'COLLATERAL_UNREACHABLE', 'ocsp.ndis.nvidia.com: no answer within 25 s'));
export const SERVICE_DOWN = from(EIGHT.map((index) => ({ index, rims: false, ocsp: 'not-checked' })), EIGHT.map(withoutRims));

/** Evidence that is no list of devices. */
export const UNREADABLE: RecordedGpus = { part: { kind: 'nvidia', count: 8, devices: [], claims: [], rawBase64: 'W10=' }, checks: [fail('gpu', 'GPU_EVIDENCE_PARSE', 'no list of evidence', { basis: 'derived' })] };

/** A whole machine: eight GPUs and four switches, whose reports carry no firmware id. */
const SWITCHES = [0, 1, 2, 3] as const;
const switchFacts = (index: number): DeviceFacts => ({
  ...gpuFacts({ index }), id: `switch[${index}]`, family: 'LS10', model: 'LS_10 A01 FSP BROM', vbios: '96.10.55.00.01', mode: 'not-stated',
  rims: [{ role: 'vbios', id: 'NV_SWITCH_BIOS_5612_0002_890_9610550001', version: '96.10.55.00.01', from: 'https://rim.attestation.nvidia.com', certificates: rimChain('NVIDIA Reference Value L3 LS10 001') }],
  measurements: Array.from({ length: 31 }, (_x, i) => ({ index: i, outcome: 'match', role: 'vbios' })),
  ocsp: [],
});
const switchChecks = (index: number): Check[] =>
  gpuChecks(index)
    .filter((check) => !check.id.endsWith('rim.driver'))
    .map((check) => ({ ...check, id: check.id.replace('gpu', 'switch') }))
    .map((check) => (check.id.endsWith('fwid') ? unknown(check.id, 'FWID_ABSENT', 'switch reports carry none', { required: false }) : check));
export const WHOLE_MACHINE: RecordedGpus = {
  part: { ...EIGHT_GOOD.part, count: 12, devices: [...EIGHT_GOOD.part.devices.map((one) => ({ ...one, mode: 'ppcie' as const })), ...SWITCHES.map(switchFacts)], claims: [...EIGHT_GOOD.part.claims, ...SWITCHES.map((index) => ({ family: 'LS10' as const, vbios: '96.10.55.00.01', nonce: NONCE, fwid: 'absent' as const, compared: 31, mismatched: [], bromSerial: `50203eb31ad9ed00${index}8` }))] },
  checks: [...EIGHT.flatMap((index) => gpuChecks(index)), ...SWITCHES.flatMap((index) => switchChecks(index)), pass('list.family', 'GH100, LS10'), pass('list.duplicates', '12 different'), pass('list.switches', '8 GPUs and 4 switches name each other'), apart()],
};

/** Evidence as the evidence page gets it. Values are invented; names, dates and roles are those of real quotes. */
import { absent, fail, pass, weak } from '../../../../src/checks/check';
import type { TdxClaims, TdxFacts } from '../../../../src/evidence/tdx/types';
import { stateOf } from '../../../../src/verdict/state';
import type { EvidenceView, StoredReference } from '../../../../src/watch/snapshot';
import { CUBE, CUBE_NONCE, CUBE_PARTS, cubeEvidence, logDiffers, snpClaims, snpHolds } from './cube';
import { EIGHT_GOOD, MANY_BAD, ONE_BAD, type RecordedGpus, SERVICE_DOWN, UNREADABLE, WHOLE_MACHINE } from './nvidia';
import { altered, answerHolds, IMAGE, ionetEvidence, machineHolds, MEASURED, NONCE, REPORT_DATA, SIGNER, verifiedEvidence, with_ } from './checks';
import { KEYS, NEAR, NEAR_BAD_GPU, NEAR_GOOD, NEAR_OLD_GATEWAY } from './near';
import { answer, attestation, IONET, MODEL, NOW } from './snapshots';

const hex = (seed: string, bytes: number): string => seed.repeat(Math.ceil((2 * bytes) / seed.length)).slice(0, 2 * bytes);
const DAY = 86_400_000;
const iso = (at: number): string => new Date(at).toISOString();

const claims: TdxClaims = {
  tee: 'tdx', quoteVersion: 4, fmspc: '00806f050000', debug: false, septVeDisable: true,
  tcb: { status: 'UpToDate', platform: 'UpToDate', module: 'UpToDate', qe: 'UpToDate', advisoryIds: [], tcbDate: '2026-02-11T00:00:00Z', evaluationDataNumber: 19 },
  mrTd: MEASURED, mrSeam: hex('7bf063280e94fb051f5dd7b1fc59ce9aac42bb961df8d44b', 48), mrConfigId: '00'.repeat(48), mrOwner: '00'.repeat(48), mrOwnerConfig: '00'.repeat(48),
  rtmr0: hex('3d9fbbfb5df4811e093975e51cb02e0061b5495f9826873284', 48), rtmr1: hex('c1dbac0d9a9c17c3f7f7e4e7b54a7f4c9c2e', 48), rtmr2: hex('0e9d83aa5517b4', 48), rtmr3: hex('44ac9f310b77de', 48),
  reportData: REPORT_DATA, tdAttributes: '0000001000000000', xfam: 'e718060000000000',
};

const component = (have: number, need: number, index: number, compared = true) => ({ index, have, need, compared });
const HAVE = [7, 7, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];

const facts: TdxFacts = {
  bodyKind: 'TDX 1.5',
  certificates: [
    { role: 'pck', subject: 'CN=Intel SGX PCK Certificate, O=Intel Corporation, L=Santa Clara, ST=CA, C=US', issuer: 'CN=Intel SGX PCK Platform CA', serial: '5a9f0c27d1e3b4486bb0e1d7c2aa90f4e6617b20', notBefore: '2026-03-12T08:00:00Z', notAfter: '2033-03-12T08:00:00Z', fingerprint: hex('a91f3c77d80152', 32) },
    { role: 'root', subject: 'CN=Intel SGX Root CA, O=Intel Corporation', issuer: 'CN=Intel SGX Root CA', serial: '22650cd65a9d3489f383b49552bf501b392706ac', notBefore: '2018-05-21T10:45:10Z', notAfter: '2049-12-31T23:59:59Z', fingerprint: hex('44a0196b2b99f889b8e149e95b807a350e742496', 32) },
    { role: 'intermediate', subject: 'CN=Intel SGX PCK Platform CA, O=Intel Corporation', issuer: 'CN=Intel SGX Root CA', serial: '956f5dcdbd1be1e94049c9d4f433ce01570bde54', notBefore: '2018-05-21T10:50:10Z', notAfter: '2033-05-21T10:50:10Z', fingerprint: hex('0cd1fa3c5b', 32) },
    { role: 'tcb-signer', subject: 'CN=Intel SGX TCB Signing, O=Intel Corporation', issuer: 'CN=Intel SGX Root CA', serial: '7e3882d5fb55294a40498e458403e91491bdf455', notBefore: '2025-05-06T09:25:00Z', notAfter: '2032-05-06T09:25:00Z', fingerprint: hex('b7e6d3710a', 32) },
  ],
  components: {
    platform: HAVE.map((have, i) => component(have, Math.max(0, have - (i % 3 === 0 ? 1 : 0)), i)),
    tdx: [5, 3, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].map((have, i) => component(have, have, i, i > 1)),
    pceSvn: { have: 13, need: 13 },
  },
  collateral: [
    { kind: 'tcb-info', issued: iso(NOW - 10 * DAY), next: iso(NOW + 20 * DAY), number: 19 },
    { kind: 'qe-identity', issued: iso(NOW - 10 * DAY), next: iso(NOW + 20 * DAY), number: 19 },
    { kind: 'pck-crl', issued: iso(NOW - 4 * DAY), next: iso(NOW + 26 * DAY), number: 1 },
    { kind: 'root-crl', issued: iso(NOW - 200 * DAY), next: iso(NOW + 165 * DAY), number: 1 },
  ],
};

const tdxPart = (its: TdxClaims = claims, itsFacts: TdxFacts = facts) =>
  ({ kind: 'tdx', claims: its, facts: itsFacts, collateral: { tcb_info: '{"id":"TDX"}', tcb_info_signature: 'ab'.repeat(64) }, rawBase64: 'BAACAIEAAAA'.padEnd(6676, 'A') }) as const;

const registers = { mrTd: MEASURED, rtmr0: claims.rtmr0 ?? '', rtmr1: claims.rtmr1 ?? '', rtmr2: claims.rtmr2 ?? '', rtmr3: claims.rtmr3 ?? '', mrConfigId: '00'.repeat(48) };

const measured = { kind: 'tdx-registers', dialect: 'ionet-agent', role: 'agent', values: registers, basis: 'hardware' } as const;
const named = { kind: 'image-digest', dialect: 'ionet-agent', role: 'agent', values: { digest: IMAGE }, basis: 'claimed' } as const;

export const reference = (values: StoredReference['values'], more: Partial<StoredReference> = {}): StoredReference => ({
  id: 'ref-1', addedAt: Date.UTC(2026, 10, 3, 9, 12), dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values, properties: {}, source: 'imported', note: 'cc-attestation-agent-api 4.2', ...more,
});

const base = (checks: EvidenceView['attestation']['checks'], own: EvidenceView['answers']): EvidenceView => ({
  service: IONET, dialect: 'ionet-agent', attestation: { ...attestation(checks), appraisedAt: NOW }, nonce: NONCE, reportBase64: 'eyJub25jZSI6'.padEnd(136_000, 'A'),
  parts: [tdxPart(), { kind: 'nvidia', count: 8, devices: [], claims: [], rawBase64: 'W10='.padStart(88_000, 'A') }], software: [measured, named], references: [], answers: own, flavour: 'shipped',
});

const holds = (number: number) => answer(number, [...ionetEvidence(), ...answerHolds()]);

const differing = { ...registers, rtmr3: hex('44ac9f310b77deff', 48) };
const outOfDate = with_(machineHolds(), fail('tcb', 'TCB_OUT_OF_DATE', 'OutOfDate INTEL-SA-01036 INTEL-SA-01099', { expected: 'UpToDate, SWHardeningNeeded', actual: 'OutOfDate', source: 'Intel list 19 of 2026-11-12' }));

const withGpus = (gpus: RecordedGpus): EvidenceView => {
  const checks = [...ionetEvidence().filter((c) => c.id !== 'gpu'), ...gpus.checks];
  return { ...base(checks, []), parts: [tdxPart(), gpus.part] };
};

const cube = (machine = snpHolds()): EvidenceView => {
  const checks = cubeEvidence(machine);
  return {
    ...base(checks, []), reportBase64: 'CoAB'.padEnd(4_400, 'A'), service: CUBE, dialect: 'cube', nonce: CUBE_NONCE, parts: CUBE_PARTS, attestation: { ...attestation(checks, { signers: [] }), appraisedAt: NOW },
    software: [{ kind: 'tdx-registers', dialect: 'cube', role: 'agent', values: { measurement: snpClaims.measurement }, basis: 'hardware' }],
  };
};

/** Two machines: each with its own quote, software and key; the GPUs are the model's. */
const near = ({ evidence, answer: checks, gpus }: typeof NEAR_GOOD): EvidenceView => {
  const places = ['gateway', 'model[0]'] as const;
  return {
    ...base(evidence, [answer(1, checks, { signer: KEYS['model[0]'] })]), service: NEAR, dialect: 'nearai',
    attestation: { ...attestation(evidence, { signers: places.map((place) => ({ address: KEYS[place], algorithm: 'ecdsa', binding: 'address-nonce', place })) }), appraisedAt: NOW },
    parts: [...places.map((place) => ({ ...tdxPart({ ...claims, reportData: `${KEYS[place].slice(2).padEnd(64, '0')}${NONCE}` }), place })), { ...gpus.part, place: 'model[0]' }],
    software: places.map((place) => ({ kind: 'dstack-app', dialect: 'nearai', role: place === 'gateway' ? 'gateway' : 'model', basis: 'hardware', place, values: { mrTd: MEASURED, rtmr0: claims.rtmr0 ?? '', composeHash: hex(place === 'gateway' ? '5ac1' : 'e703', 32) } })),
  };
};

export const VIEWS = {
  limited: base(ionetEvidence(), [holds(4), holds(3), holds(2), holds(1)]),
  verified: {
    ...base(verifiedEvidence(), [1, 2].map((n) => answer(n, [...verifiedEvidence(), ...answerHolds('page')]))),
    service: MODEL,
    attestation: { ...attestation(verifiedEvidence(), { signers: [{ address: SIGNER, algorithm: 'ecdsa', binding: 'address-nonce' }] }), appraisedAt: NOW },
    parts: [tdxPart({ ...claims, reportData: `${SIGNER.slice(2).padEnd(64, '0')}${NONCE}` })],
    software: [measured],
    references: [reference(Object.fromEntries(Object.entries(registers).map(([name, value]) => [name, [value]])))],
  },
  failed: {
    ...base(
      [...outOfDate, absent('gpu', 'assay', 'VERIFIER_NOT_BUILT', 'evidence of 8 GPU, kept unverified'), fail('software', 'MEASUREMENT_MISMATCH', 'rtmr3', { expected: differing.rtmr3, actual: registers.rtmr3, source: 'imported 2026-11-03' }), weak('key.binding', 'SIGNER_NOT_BOUND', 'report_data holds our number alone', { actual: SIGNER })],
      [answer(2, [...ionetEvidence(), ...altered()]), holds(1)],
    ),
    parts: [
      tdxPart(
        { ...claims, tcb: { status: 'OutOfDate', platform: 'OutOfDate', module: 'UpToDate', qe: 'UpToDate', advisoryIds: ['INTEL-SA-01036', 'INTEL-SA-01099'], tcbDate: '2024-03-13T00:00:00Z', evaluationDataNumber: 19 } },
        { ...facts, components: { platform: HAVE.map((have, i) => component(have, i === 7 ? 6 : have, i)), pceSvn: { have: 11, need: 13 } } },
      ),
    ],
    references: [reference(Object.fromEntries(Object.entries(differing).map(([name, value]) => [name, [value]])))],
  },
  simulator: { ...base(ionetEvidence(), [holds(1)]), flavour: 'simulator' as const },
  incomplete: base(ionetEvidence(with_(machineHolds(), { ...pass('tcb', ''), outcome: 'unknown', code: 'COLLATERAL_UNREACHABLE', detail: 'api.trustedservices.intel.com: no answer within 25 s' })), []),
  'gpus-good': withGpus(EIGHT_GOOD),
  'gpus-one-bad': withGpus(ONE_BAD),
  'gpus-many-bad': withGpus(MANY_BAD),
  'gpus-service-down': withGpus(SERVICE_DOWN),
  'gpus-unreadable': withGpus(UNREADABLE),
  'gpus-switches': withGpus(WHOLE_MACHINE),
  'snp-vtpm': cube(),
  'snp-vtpm-log': cube(with_(snpHolds(), logDiffers())),
  'near-limited': near(NEAR_GOOD),
  'near-old-gateway': near(NEAR_OLD_GATEWAY),
  'near-bad-gpu': near(NEAR_BAD_GPU),
  files: {
    ...cube(with_(snpHolds(), weak('reportdata', 'NO_REPORT_DATA_EXPECTED', 'nothing to compare with', { actual: snpClaims.reportData }), fail('pcr', 'PCR_MISMATCH', 'sha256 4', { expected: '4f'.repeat(32), actual: '75'.repeat(32), source: 'imported: attestation_policy.json' }))),
    service: { ...CUBE, profileId: 'files', name: 'attestation.bin', host: 'attestation_policy.json', addedByYou: false }, nonce: '', software: [],
  },
  nothing: { ...base([fail('evidence', 'EVIDENCE_MISSING', 'Error: TDX Interface not found', { basis: 'derived' })], []), parts: [], software: [], attestation: { ...attestation([fail('evidence', 'EVIDENCE_MISSING', 'Error: TDX Interface not found', { basis: 'derived' })], { signers: [] }), appraisedAt: NOW } },
} satisfies Record<string, EvidenceView>;

export const stateOfView = (view: EvidenceView) => stateOf(view.attestation.checks);

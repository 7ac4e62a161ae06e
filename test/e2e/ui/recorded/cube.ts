/** An AMD machine with a start-up chip, as a Cocos agent reports it. Values are invented; the log follows a real one. */
import { absent, type Check, fail, pass, weak } from '../../../../src/checks/check';
import type { SnpClaims, SnpFacts } from '../../../../src/evidence/sevsnp/types';
import type { BootEventFact, VtpmFacts } from '../../../../src/evidence/vtpm/types';
import type { EvidencePartView, ServiceView } from '../../../../src/watch/snapshot';

const hex = (seed: string, bytes: number): string => seed.repeat(Math.ceil((2 * bytes) / seed.length)).slice(0, 2 * bytes);

export const CUBE: ServiceView = { profileId: 'cube', name: 'Cube AI', host: 'cube.example.org', apiOrigins: ['https://cube.example.org'], addedByYou: true, best: 'limited' };
/** 64 bytes of report_data, then 32 of nonce. */
export const CUBE_NONCE = hex('5f27a9c3e1d04b8876', 64);

const tcb = { bl: 10, tee: 0, snp: 27, ucode: 84 };
export const snpClaims: SnpClaims = {
  tee: 'snp', product: 'Genoa', version: 5, vmpl: 0, policy: '30000', debug: false, measurement: hex('d9912ba396ce409c2947841d93a5', 48), hostData: '00'.repeat(32), chipId: hex('b5f9a4c8280e63c97d288db6648577dc', 64),
  reportedTcb: tcb, committedTcb: tcb, currentTcb: { ...tcb, ucode: 86 }, launchTcb: tcb, keyKind: 'VCEK', reportData: hex('90be12aa', 64),
};
const AMD = 'OU=Engineering, C=US, L=Santa Clara, ST=CA, O=Advanced Micro Devices, CN=';
export const snpFacts: SnpFacts = {
  root: { subject: `${AMD}ARK-Genoa`, fingerprint: hex('4c6598d19c18719c', 32), source: 'https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain' },
  certificates: [
    { role: 'ask', subject: `${AMD}SEV-Genoa`, issuer: `${AMD}ARK-Genoa`, serial: '020002', notBefore: '2022-10-31T13:33:48Z', notAfter: '2047-10-31T13:33:48Z', fingerprint: hex('5464738c1546aed5', 32) },
    { role: 'vek', subject: `${AMD}SEV-VCEK`, issuer: `${AMD}SEV-Genoa`, serial: '00', notBefore: '2026-02-17T23:01:36Z', notAfter: '2033-02-17T23:01:36Z', fingerprint: hex('05788a16abe1ce8c', 32) },
  ],
  guestSvn: 0, familyId: '00'.repeat(16), imageId: '00'.repeat(16), idKeyDigest: '00'.repeat(48), authorKeyDigest: '00'.repeat(48), reportId: hex('7361aad95cf77168', 32),
  guestPolicy: { smt: true, migrationAgent: false, debug: false, singleSocket: false }, platform: ['smt', 'ecc', 'aliasCheck'], platformUnnamed: '200', currentVersion: '1.55 build 50', committedVersion: '1.55 build 49',
  mitigations: { launch: 'b', current: 'b' }, crl: { issued: '2026-09-30T07:31:16Z', next: '2027-09-30T07:31:16Z', number: '04' },
};

const event = (pcr: number, type: string, size: number, text?: string): BootEventFact => ({ pcr, type, size, ...(text === undefined ? {} : { text }), digests: { sha256: hex(`${(size * 2654435761) % 4294967296}`.padStart(10, '7'), 32), sha384: hex(`${(size * 40503 + pcr) % 4294967296}`.padStart(10, '3'), 48) } });
const EVENTS: readonly BootEventFact[] = [
  event(0, 'EV_S_CRTM_VERSION', 2), event(0, 'EV_EFI_PLATFORM_FIRMWARE_BLOB', 16), event(0, 'EV_EFI_PLATFORM_FIRMWARE_BLOB', 17),
  ...[53, 859, 871, 974, 38].map((size) => event(7, 'EV_EFI_VARIABLE_DRIVER_CONFIG', size)), event(7, 'EV_SEPARATOR', 4),
  ...[9, 9, 9].map((size) => event(1, 'EV_PLATFORM_CONFIG_FLAGS', size, 'ACPI DATA')), event(7, 'EV_EFI_VARIABLE_AUTHORITY', 946), event(4, 'EV_EFI_BOOT_SERVICES_APPLICATION', 74),
  event(1, 'EV_EFI_VARIABLE_BOOT', 52), event(1, 'EV_EFI_VARIABLE_BOOT', 110), event(4, 'EV_EFI_ACTION', 40, 'Calling EFI Application from Boot Option'),
  ...[0, 1, 2, 3, 4, 5, 6].map((pcr) => event(pcr, 'EV_SEPARATOR', 4)), event(8, 'EV_IPL', 71, 'grub_cmd: linux /boot/vmlinuz-6.12 root=/dev/vda1 ro quiet console=ttyS0,115200 ima_policy=tcb cocos.agent=on'), event(9, 'EV_IPL', 22, '/boot/vmlinuz-6.12'), event(9, 'EV_EVENT_TAG', 34), event(9, 'EV_EVENT_TAG', 21),
  event(5, 'EV_EFI_ACTION', 29, 'Exit Boot Services Invocation'), event(5, 'EV_EFI_ACTION', 40, 'Exit Boot Services Returned with Success'), event(14, '0x800000ff', 12),
];
const registers = (bytes: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 24 }, (_x, i) => [`${i}`, i <= 9 || i === 14 ? hex(`${71 + i}e0cc99e4609fdb${i}`, bytes) : i >= 17 && i <= 22 ? 'ff'.repeat(bytes) : '00'.repeat(bytes)]));
const quote = (bank: string, bytes: number): VtpmFacts['quotes'][number] => ({ bank, holds: true, pcrs: registers(bytes), extraData: hex('6b4a6e492a6299df', 32), resetCount: 4_225_565_171, restartCount: 759_568_450 });
export const vtpmFacts: VtpmFacts = { key: 'RSA', quotes: [quote('sha256', 32), quote('sha384', 48)], events: EVENTS };

export const CUBE_PARTS: readonly EvidencePartView[] = [
  { kind: 'snp', claims: snpClaims, facts: snpFacts, endorsements: { vekBase64: 'MIIF'.padEnd(1820, 'A'), intermediatesBase64: ['MIIG'.padEnd(2240, 'A')], crlsBase64: ['MIID'.padEnd(1188, 'A')] }, rawBase64: 'BQAAAA'.padEnd(1580, 'A') },
  { kind: 'vtpm', facts: vtpmFacts, rawBase64: 'AAEA'.padEnd(4_400, 'A') },
];

export const snpHolds = (): Check[] => [
  pass('evidence', 'SEV-SNP report and vTPM quotes', { basis: 'derived' }),
  pass('parse', 'SEV-SNP report v5', { basis: 'derived' }),
  pass('vek.chain', 'SEV-VCEK < SEV-Genoa < ARK-Genoa'),
  pass('vek.revocation', 'list of 2026-09-30, until 2027-09-30'),
  pass('vek.binding', 'key kind, product line, TCB, chip'),
  pass('report.signature', 'ECDSA P-384 with SHA-384, VCEK'),
  pass('policy.guest', '0x30000'),
  pass('policy.platform', '0x225: smt, ecc, aliasCheck'),
  pass('policy.vmpl', '0'),
  weak('tcb', 'PROVISIONAL_FIRMWARE', 'committed bl 10, tee 0, snp 27, ucode 84, 1.55 build 49', { actual: 'current bl 10, tee 0, snp 27, ucode 86, 1.55 build 50' }),
  pass('reportdata', 'SHA3-512(report_data, key)'),
  pass('ak', 'RSA, restricted signing key'),
  pass('quote[0].signature', 'sha256'),
  pass('quote[0].nonce', '32 bytes'),
  pass('quote[1].signature', 'sha384'),
  pass('quote[1].nonce', '32 bytes'),
  pass('pcr', 'sha256, sha384; 0 compared'),
  pass('eventlog', '33 events, 18 values'),
  pass('ak.binding', 'the key is in the report'),
];

export const cubeEvidence = (machine: readonly Check[] = snpHolds()): Check[] => [
  ...machine,
  weak('software', 'SOFTWARE_NOT_KNOWN', 'measurement'),
  absent('key.binding', 'service', 'ANSWERS_NOT_SIGNED', 'no key signs answers'),
  absent('channel', 'service', 'CHANNEL_NOT_BOUND', 'the proxy opens the connection'),
];

export const unsignedAnswer = (): Check[] => [absent('signature', 'service', 'ANSWER_UNSIGNED', 'replies carry no signature')];

export const logDiffers = (): Check =>
  fail('eventlog', 'EVENT_LOG_MISMATCH', 'sha256 5, sha256 9', { expected: registers(32)['5'], actual: hex('1e5d7ab0', 32) });

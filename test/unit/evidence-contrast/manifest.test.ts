/** Manifests: strict reading, the rules that Contrast holds every manifest to, what a known one is worth, and what changed. */
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { diffManifests } from '../../../src/evidence/contrast/diff';
import { coordinatorPolicies, parseManifest } from '../../../src/evidence/contrast/manifest';
import { pinCheck } from '../../../src/evidence/contrast/pin';
import { seeded } from '../encoding/random';
import { COORDINATOR, hexOf, manifestBytes, manifestOf, sha256, snpReference, tdxReference, utf8 } from './lab';

const parse = (over: Record<string, unknown> = {}) => parseManifest(manifestBytes(over));
const codeOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return '';
};
const HASH = hexOf(sha256(COORDINATOR));
const withSnp = (over: Record<string, unknown>): Record<string, unknown> => ({ ReferenceValues: { snp: [snpReference(over)] } });
const withTdx = (over: Record<string, unknown>): Record<string, unknown> => ({ ReferenceValues: { tdx: [tdxReference(over)] } });

describe('a manifest', () => {
  it('is read with old and new fields, absent and null as zero values', () => {
    const manifest = parseManifest(manifestBytes({
      ReferenceValues: { snp: [snpReference({ AllowedChipIDs: null, PlatformInfo: undefined, MinimumMitigationVector: undefined, Platform: undefined })], tdx: [tdxReference()] },
      WorkloadOwnerPubKeys: null, WorkloadOwnerKeyDigests: ['aa'], SeedshareOwnerPubKeys: ['bb'], MinimumAPIVersion: 'v1',
      Policies: { [HASH.toUpperCase()]: { SANs: null, Role: 'coordinator' } },
    }));
    expect(manifest.snp[0]).toMatchObject({ platform: '', product: 'Genoa', chipIds: [], minimumMitigations: 0n, minimumTcb: { bl: 10, tee: 0, snp: 23, ucode: 84 } });
    expect([...(manifest.snp[0]?.platformInfo ?? ['?'])]).toEqual([]);
    expect(manifest.tdx[0]).toMatchObject({ tdAttributes: '0000001000000000', minimumQeSvn: 0, rtmrs: { length: 4 } });
    expect([manifest.workloadOwners, manifest.seedshareOwners, manifest.minimumApiVersion, manifest.unknown, coordinatorPolicies(manifest)]).toEqual([['aa'], ['bb'], 'v1', [], [HASH]]);
  });

  it('keeps a 64-bit vector whole', () => {
    const text = JSON.stringify(manifestOf(withSnp({ MinimumMitigationVector: 0 }))).replace('"MinimumMitigationVector":0', '"MinimumMitigationVector":18446744073709551615');
    expect(parseManifest(utf8(text)).snp[0]?.minimumMitigations).toBe((1n << 64n) - 1n);
    expect(codeOf(() => parseManifest(utf8(text.replace('18446744073709551615', '18446744073709551616'))))).toBe('MANIFEST_MALFORMED');
  });

  it.each<[string, Record<string, unknown>]>([
    ['no policy', { Policies: {} }], ['no coordinator', { Policies: { [HASH]: {} } }], ['a short hash', { Policies: { [HASH.slice(2)]: { Role: 'coordinator' } } }], ['a hash that is none', { Policies: { [`g${HASH.slice(1)}`]: { Role: 'coordinator' } } }],
    ['one hash in two cases', { Policies: { [HASH]: { Role: 'coordinator' }, [HASH.toUpperCase()]: {} } }], ['another role', { Policies: { [HASH]: { Role: 'Coordinator' } } }], ['policies in a list', { Policies: [] }], ['SANs that are no texts', { Policies: { [HASH]: { Role: 'coordinator', SANs: [1] } } }],
    ['no reference values', { ReferenceValues: {} }], ['empty ones', { ReferenceValues: { snp: [], tdx: null } }], ['one that is null', { ReferenceValues: { snp: [null] } }], ['more than anybody has', { ReferenceValues: { snp: Array.from({ length: 65 }, () => snpReference()) } }],
    ['another product', withSnp({ ProductName: 'Turin' })], ['no product', withSnp({ ProductName: undefined })], ['a product in other letters', withSnp({ ProductName: 'genoa' })],
    ['no measurement', withSnp({ TrustedMeasurement: '' })], ['a short measurement', withSnp({ TrustedMeasurement: 'ab' })],
    ['an SVN lacking', withSnp({ MinimumTCB: { BootloaderVersion: 1, TEEVersion: 0, SNPVersion: 1 } })], ['an SVN above 255', withSnp({ MinimumTCB: { BootloaderVersion: 256, TEEVersion: 0, SNPVersion: 1, MicrocodeVersion: 1 } })], ['an SVN that is text', withSnp({ MinimumTCB: { BootloaderVersion: '1', TEEVersion: 0, SNPVersion: 1, MicrocodeVersion: 1 } })],
    ...['Debug', 'MigrateMA', 'SingleSocket', 'CXLAllowed', 'MemAES256XTS', 'RAPLDis', 'CipherTextHidingDRAM'].map((flag): [string, Record<string, unknown>] => [`${flag} on`, withSnp({ GuestPolicy: { SMT: true, [flag]: true } })]),
    ['SMT off', withSnp({ GuestPolicy: {} })], ['ABI 1.0', withSnp({ GuestPolicy: { SMT: true, ABIMajor: 1 } })], ['ABI 0.30', withSnp({ GuestPolicy: { SMT: true, ABIMinor: 30 } })], ['a flag that is text', withSnp({ GuestPolicy: { SMT: 'true' } })],
    ['a chip of another size', withSnp({ AllowedChipIDs: ['11'] })], ['an APEIP of another size', withSnp({ APEIP: '00' })], ['a negative vector', withSnp({ MinimumMitigationVector: -1 })], ['a broken vector', withSnp({ MinimumMitigationVector: 1.5 })],
    ['three RTMRs', withTdx({ Rtmrs: ['00'.repeat(48), '00'.repeat(48), '00'.repeat(48)] })], ['no MRSEAM', withTdx({ MrSeam: '' })], ['a short XFAM', withTdx({ Xfam: '00' })], ['a PIID of another size', withTdx({ AllowedPIIDs: ['00'] })],
  ])('is refused with %s', (_, over) => {
    expect(codeOf(() => parse(over))).toBe('MANIFEST_MALFORMED');
  });

  it('names a development platform for what it is', () => {
    for (const over of [withSnp({ Platform: 'Metal-QEMU-Insecure' }), withTdx({ Platform: 'insecure' })]) expect(codeOf(() => parse(over))).toBe('INSECURE_PLATFORM');
  });

  it('notes every field that no rule knows, whatever its case', () => {
    expect(parse({ policies: {}, Extra: 1, ReferenceValues: { snp: [snpReference({ NewRule: true, MinimumTCB: { BootloaderVersion: 1, TEEVersion: 0, SNPVersion: 1, MicrocodeVersion: 1, FMCVersion: 1 } })], sgx: [] } }).unknown.toSorted()).toEqual(
      ['Extra', 'ReferenceValues.sgx', 'ReferenceValues.snp[0].MinimumTCB.FMCVersion', 'ReferenceValues.snp[0].NewRule', 'policies'],
    );
  });

  it.each(['', 'null', '[]', '1', '"x"', '{', '{}', '{"Policies":1}', '{"Policies":{},"Policies":{}}', `{"Policies":${'{"a":'.repeat(30)}1${'}'.repeat(30)}}`, ' '.repeat(9 * 1024 * 1024)])('is refused where it is no manifest (%#)', (text) => {
    expect(codeOf(() => parseManifest(utf8(text)))).toBe('MANIFEST_MALFORMED');
  });

  it('ends on anything', () => {
    const random = seeded(11);
    const good = manifestBytes({ ReferenceValues: { snp: [snpReference()], tdx: [tdxReference()] } });
    for (let round = 0; round < 400; round += 1) {
      const bytes = good.slice(0, round % 5 === 0 ? random(good.length) : good.length);
      for (let i = 0; i <= random(3); i += 1) bytes[random(bytes.length || 1)] = random(256);
      expect(['', 'MANIFEST_MALFORMED', 'INSECURE_PLATFORM']).toContain(codeOf(() => parseManifest(bytes)));
    }
    expect(codeOf(() => parseManifest(Uint8Array.of(0xff, 0xfe)))).toBe('MANIFEST_MALFORMED');
  });
});

describe('a manifest that is known', () => {
  const [a, b] = ['aa'.repeat(32), 'bb'.repeat(32)];
  const known = (sha: string, source: 'release' | 'imported' | 'approved', addedAt?: number) => ({ sha256: sha, source, note: source, ...(addedAt === undefined ? {} : { addedAt }) });

  it('is worth what its source is', () => {
    expect(pinCheck(a, [])).toMatchObject({ outcome: 'weak', code: 'SOFTWARE_NOT_KNOWN', actual: a });
    expect(pinCheck(a, [known(a, 'approved', Date.UTC(2026, 4, 3))])).toMatchObject({ outcome: 'weak', code: 'SOFTWARE_APPROVED', source: 'approved 2026-05-03' });
    expect(pinCheck(a, [known(a, 'approved'), known(b, 'release'), known(a, 'imported')])).toMatchObject({ outcome: 'pass', source: 'imported' });
    expect(pinCheck(a, [known(a, 'imported'), known(a, 'release')])).toMatchObject({ outcome: 'pass', source: 'release' });
  });

  it('contradicts another one, loudly, however it came to be known', () => {
    for (const source of ['release', 'imported', 'approved'] as const) expect(pinCheck(a, [known(b, source), known(b, source)])).toMatchObject({ outcome: 'fail', code: 'MANIFEST_NOT_PINNED', expected: b, actual: a });
  });
});

describe('two manifests', () => {
  it('of one meaning differ in nothing', () => {
    const { Policies, ReferenceValues } = manifestOf();
    expect(diffManifests(parse(), parseManifest(utf8(JSON.stringify({ ReferenceValues, Policies }))))).toEqual([]);
  });

  it('are told apart by measurement, TCB, machine, policy and owner, in this order', () => {
    const next = hexOf(sha256(utf8('next coordinator')));
    const changes = diffManifests(
      parse({ WorkloadOwnerPubKeys: ['01'] }),
      parse({
        Policies: { [next]: { SANs: ['coordinator', '*'], Role: 'coordinator' }, [hexOf(sha256(utf8('more')))]: { SANs: ['more'] } },
        ReferenceValues: { snp: [snpReference({ TrustedMeasurement: 'ee'.repeat(48), MinimumTCB: { BootloaderVersion: 10, TEEVersion: 0, SNPVersion: 22, MicrocodeVersion: 84 }, AllowedChipIDs: [], GuestPolicy: { SMT: true } })], tdx: [tdxReference()] },
        WorkloadOwnerPubKeys: ['02'],
      }),
    );
    const said = changes.map(({ area, name, before, after }) => `${area}: ${name}: ${before?.slice(0, 50) ?? '-'} > ${after?.slice(0, 50) ?? '-'}`);
    expect(said).toEqual(expect.arrayContaining([
      `measurement: snp Metal-QEMU-SNP Genoa: TrustedMeasurement: ${'cd'.repeat(25)} > ${'ee'.repeat(25)}`, 'tcb: snp Metal-QEMU-SNP Genoa: MinimumTCB: boot loader 10, TEE 0, SNP 23, microcode 84 > boot loader 10, TEE 0, SNP 22, microcode 84',
      'machine: snp Metal-QEMU-SNP Genoa: GuestPolicy: ABI 0.0 SMT PageSwapDisable > ABI 0.0 SMT', expect.stringMatching(/^machine: snp Metal-QEMU-SNP Genoa: AllowedChipIDs: 0102[0-9a-f]+ > any$/),
      `policies: policy coordinator coordinator: hash: ${HASH.slice(0, 50)} > ${next.slice(0, 50)}`, 'policies: policy more: names: - > more', 'policies: policy apps/v1/Deployment/x: names: workload > -',
      'owners: workload owners: 01 > 02', expect.stringMatching(/^measurement: tdx Metal-QEMU-TDX: MrTd: - > /),
    ]));
    const areas = changes.map(({ area }) => area);
    expect(areas).toEqual([...areas].sort((x, y) => ['measurement', 'tcb', 'machine', 'policies', 'owners', 'form'].indexOf(x) - ['measurement', 'tcb', 'machine', 'policies', 'owners', 'form'].indexOf(y)));
  });

  it('with several values for one platform are compared each with its like', () => {
    const two = (second: string) => parse({ ReferenceValues: { snp: [snpReference(), snpReference({ TrustedMeasurement: second })] } });
    expect(diffManifests(two('11'.repeat(48)), two('22'.repeat(48)))).toEqual([{ area: 'measurement', name: 'snp Metal-QEMU-SNP Genoa 2: TrustedMeasurement', before: '11'.repeat(48), after: '22'.repeat(48) }]);
  });
});

/** Each rule of reference 3 broken alone, in evidence that is otherwise genuine and bound. */
import { describe, expect, it } from 'vitest';
import { GENUINE } from '../../../src/checks/policy';
import { checkContrast } from '../../../src/evidence/contrast';
import { contrastIdKeyDigests } from '../../../src/evidence/contrast/id-block';
import { pinCheck } from '../../../src/evidence/contrast/pin';
import { AMD_ANCHORS } from '../../../src/roots/amd';
import { labelled } from '../../simulator/pki/keys';
import { askCertificate, vekCertificate } from '../evidence-sevsnp/lab';
import { COORDINATOR, NONCE, NOW, WORKLOAD, documentOf, failing, hexOf, inputOf, judge, launched, manifestBytes, manifestOf, meshPem, message, sha256, snpMessage, snpReference, tdxReference, utf8 } from './lab';
import type { Situation } from './lab';

const set = (offset: number, ...octets: number[]) => (bytes: Uint8Array): void => bytes.set(octets, offset);
const snpManifest = (...references: Record<string, unknown>[]): readonly Uint8Array[] => [manifestBytes({ ReferenceValues: { snp: references } })];
const tdxManifest = (...references: Record<string, unknown>[]): readonly Uint8Array[] => [manifestBytes({ ReferenceValues: { tdx: references } })];

describe('a deployment on SEV-SNP', () => {
  it('verifies whole', async () => {
    const { state, faults, evidence, manifest, open, meshCa } = await judge();
    expect([faults, state, open]).toEqual([{}, 'verified', []]);
    expect([evidence?.kind, manifest?.parsed?.policies.size, meshCa?.subject.text]).toEqual(['snp', 2, 'CN=mesh']);
  });

  it.each<[string, Situation['edit'], readonly string[]]>([
    ['another nonce, history or authority', set(0x50, 0), ['reportdata REPORT_DATA_MISMATCH']],
    ['the second half of report_data', set(0x8f, 1), ['reportdata REPORT_DATA_MISMATCH']],
    ['a workload’s policy', (bytes) => bytes.set(sha256(WORKLOAD), 0xc0), ['hostdata HOST_DATA_MISMATCH']],
    ['a policy nobody named', set(0xc0, 1), ['hostdata HOST_DATA_MISMATCH']],
    ['another measurement', set(0x90, 0), ['measurement MEASUREMENT_MISMATCH']],
    ['a lower launch TCB', set(0x1f6, 22), ['tcb TCB_BELOW_POLICY']],
    ['debug', set(0x0a, 0x0b), ['policy.guest DEBUG_ENABLED', 'guestpolicy DEBUG_ENABLED']],
    ['a migration agent', set(0x0a, 0x07), ['policy.guest MIGRATION_AGENT', 'guestpolicy GUEST_POLICY_MISMATCH']],
    ['CXL', set(0x0a, 0x23), ['guestpolicy GUEST_POLICY_MISMATCH']],
    ['page swapping', set(0x0b, 0), ['guestpolicy GUEST_POLICY_MISMATCH']],
    ['TSME', set(0x40, 0x27), ['platform PLATFORM_MISMATCH']],
    ['TIO', set(0x40, 0xa5), ['platform PLATFORM_MISMATCH']],
    ['no ECC', set(0x40, 0x21), ['platform PLATFORM_MISMATCH']],
    ['no alias check', set(0x40, 0x05), ['platform PLATFORM_MISMATCH']],
    ['a platform bit without a name in Contrast', set(0x40, 0x65), ['platform PLATFORM_MISMATCH']],
    ['a platform bit without any name', set(0x41, 0x01), ['platform PLATFORM_MISMATCH']],
    ['a mitigation lacking at launch', set(0x1f8, 0x0a), ['mitigation MITIGATION_MISSING']],
    ['a mitigation lacking now', set(0x200, 0x01), ['mitigation MITIGATION_MISSING']],
    ['VMPL 1', set(0x30, 1), ['vmpl VMPL_NOT_ACCEPTED']],
    ['no ID block', (bytes) => bytes.fill(0, 0xe0, 0x110), ['idblock ID_BLOCK_MISMATCH']],
    ['another ID key', set(0xe0, 0), ['idblock ID_BLOCK_MISMATCH']],
  ])('refuses %s', async (_, edit, expected) => {
    const judged = await judge(edit === undefined ? {} : { edit });
    expect(failing(judged)).toEqual(expected);
    expect(judged.state).toBe('failed');
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['another product', { ProductName: 'Milan' }, ['platform PLATFORM_MISMATCH']],
    ['a higher TCB', { MinimumTCB: { BootloaderVersion: 10, TEEVersion: 0, SNPVersion: 23, MicrocodeVersion: 85 } }, ['tcb TCB_BELOW_POLICY']],
    ['other chips', { AllowedChipIDs: ['11'.repeat(64)] }, ['chipid CHIP_NOT_ALLOWED']],
    ['a newer ABI', { GuestPolicy: { SMT: true, PageSwapDisable: true, ABIMinor: 31 } }, ['guestpolicy GUEST_POLICY_MISMATCH', 'idblock ID_BLOCK_MISMATCH']],
    ['more mitigations', { MinimumMitigationVector: 0x1f }, ['mitigation MITIGATION_MISSING']],
    ['SMT off', { PlatformInfo: { ECCEnabled: true } }, ['platform PLATFORM_MISMATCH']],
    ['platform info that is absent: SMT off', { PlatformInfo: undefined }, ['platform PLATFORM_MISMATCH']],
  ])('refuses where the manifest asks for %s', async (_, over, expected) => {
    expect(failing(await judge({ manifests: snpManifest(snpReference(over)) }))).toEqual(expected);
  });

  it('needs one reference value that holds whole, and names the nearest otherwise', async () => {
    const elsewhere = snpReference({ ProductName: 'Milan', AllowedChipIDs: ['11'.repeat(64)] });
    const fits = await judge({ manifests: snpManifest(elsewhere, snpReference({ AllowedChipIDs: [] })) });
    expect(fits.state).toBe('verified');
    expect(fits.by('chipid')?.detail).toContain('reference value 2 of 2');
    // One that fails on one rule and one on another do not add up.
    const split = await judge({ manifests: snpManifest(snpReference({ ProductName: 'Milan' }), snpReference({ AllowedChipIDs: ['11'.repeat(64)] })) });
    expect(failing(split)).toEqual(['platform PLATFORM_MISMATCH']);
    const none = await judge({ manifests: tdxManifest(tdxReference()) });
    expect(failing(none)).toEqual(['measurement MEASUREMENT_MISMATCH']);
    expect(none.faults['tcb']).toBe('unknown MEASUREMENT_MISMATCH');
    expect(none.by('hostdata')?.outcome).toBe('pass');
  });

  it('prefers a value that leaves something open to one that is contradicted', async () => {
    const open = await judge({ manifests: snpManifest(snpReference({ AllowedChipIDs: ['11'.repeat(64)], TrustedMeasurement: hexOf(launched(new Uint8Array(64), set(0x90, 0)).subarray(0x90, 0xc0)) }), snpReference({ APEIP: 'fffff000' })), edit: set(0x90, 0) });
    expect([failing(open).filter((one) => !one.startsWith('idblock')), open.faults['measurement'], open.by('measurement')?.detail]).toEqual([[], 'unknown MANIFEST_UNSUPPORTED', expect.stringContaining('APEIP')]);
  });

  it('accepts both forms of the ID block that Contrast launches with', async () => {
    const [, second] = contrastIdKeyDigests('cd'.repeat(48), 0x2030000n);
    expect((await judge({ edit: (bytes) => bytes.set(Buffer.from(second ?? '', 'hex'), 0xe0) })).state).toBe('verified');
  });

  it('names APEIP as unsupported: open where it is the measurement that decides, held where the seed itself runs', async () => {
    const manifests = snpManifest(snpReference({ APEIP: 'fffff000' }));
    expect((await judge({ manifests })).state).toBe('verified');
    const grown = await judge({ manifests, edit: set(0x90, 0) });
    expect([grown.state, grown.faults['measurement']]).toEqual(['incomplete', 'unknown MANIFEST_UNSUPPORTED']);
  });

  it('lets nothing hold under AMD’s own roots, nor under a signature that does not', async () => {
    for (const judged of [await judge({ input: { anchors: AMD_ANCHORS } }), await judge({ attestation: (raw) => snpMessage(raw.map((octet, i) => (i === 0x2a0 ? octet ^ 1 : octet))) })]) {
      expect(judged.state).toBe('failed');
      for (const id of ['reportdata', 'hostdata', 'measurement', 'tcb', 'guestpolicy', 'platform', 'mitigation', 'chipid', 'vmpl', 'idblock', 'meshca', 'manifest.pin', 'manifest.history']) expect([id, judged.by(id)?.outcome]).toEqual([id, 'unknown']);
      expect(judged.open.length).toBeGreaterThan(0);
    }
  });

  it('is open without the chip’s certificate, and complete with one from elsewhere', async () => {
    const attestation = (raw: Uint8Array): Uint8Array => snpMessage(raw, message());
    expect((await judge({ attestation })).faults).toMatchObject({ 'vek.chain': 'unknown VEK_MISSING', reportdata: 'unknown VEK_MISSING', meshca: 'unknown VEK_MISSING' });
    expect((await judge({ attestation, input: { snp: () => Promise.resolve({ endorsements: { vek: vekCertificate, intermediates: [askCertificate] } }) } })).state).toBe('verified');
  });

  it('is open without the number that was sent', async () => {
    const { nonce, ...without } = inputOf();
    expect(nonce).toEqual(NONCE);
    const { checks } = await checkContrast(without);
    expect(checks.filter(({ code }) => code === 'NO_NONCE_EXPECTED').map(({ id }) => id)).toContain('measurement');
    expect(checks.some(({ outcome }) => outcome === 'fail')).toBe(false);
  });

  it('keeps the machine’s own rules beside the manifest’s', async () => {
    // Committed below current: the manifest allows it, our policy says so.
    const provisional = await judge({ edit: (bytes) => bytes.set([30], 0x1e8) });
    expect([provisional.state, provisional.faults]).toEqual(['limited', { tcb: 'weak PROVISIONAL_FIRMWARE' }]);
    expect((await judge({ edit: (bytes) => bytes.set([30], 0x1e8), input: { policy: GENUINE } })).state).toBe('verified');
    // Current below committed is a contradiction in the report itself.
    expect(failing(await judge({ edit: (bytes) => bytes.set([28], 0x1e8) }))).toEqual(['tcb TCB_ORDER']);
  });
});

describe('a deployment on TDX', () => {
  const tdx = (edit: NonNullable<Situation['tdx']> = () => undefined, ...references: Record<string, unknown>[]): Situation => ({ tdx: edit, manifests: tdxManifest(...(references.length === 0 ? [tdxReference()] : references)) });

  it('verifies whole', async () => {
    const { state, faults, evidence } = await judge(tdx());
    expect([faults, state, evidence?.kind]).toEqual([{}, 'verified', 'tdx']);
  });

  it.each<[string, NonNullable<Situation['tdx']>, readonly string[]]>([
    ['another nonce', set(48 + 520, 0xee), ['reportdata REPORT_DATA_MISMATCH']],
    ['another policy', set(48 + 184, 0xee), ['hostdata HOST_DATA_MISMATCH']],
    ['bytes behind the policy’s hash', set(48 + 184 + 32, 1), ['hostdata HOST_DATA_MISMATCH']],
    ['another MRTD', set(48 + 136, 0xee), ['measurement MEASUREMENT_MISMATCH']],
    ['another MRSEAM', set(48 + 16, 0xee), ['measurement MEASUREMENT_MISMATCH']],
    ['another RTMR3', set(48 + 328 + 3 * 48, 0xee), ['measurement MEASUREMENT_MISMATCH']],
    ['another XFAM', set(48 + 128, 0xe3), ['guestpolicy XFAM']],
    ['performance counters', set(48 + 127, 0x80), ['guestpolicy TD_ATTRIBUTES']],
  ])('refuses %s', async (_, edit, expected) => {
    expect(failing(await judge(tdx(edit)))).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['a later list of Intel’s', { MinTCBEvaluationDataNumber: 9999 }, ['tcb TCB_EVALUATION_TOO_OLD']],
    ['other platform instances', { AllowedPIIDs: ['00'.repeat(16)] }, ['chipid CHIP_NOT_ALLOWED']],
    ['memory integrity', { MemoryIntegrity: true }, ['platform PLATFORM_MISMATCH']],
    ['SMT off', { SMTDisabled: true }, ['platform PLATFORM_MISMATCH']],
    ['a static platform', { StaticPlatform: true }, ['platform PLATFORM_MISMATCH']],
    ['older fields’ TEE TCB', { MinimumTeeTcbSvn: 'ff'.repeat(16) }, ['tcb TCB_BELOW_POLICY']],
    ['older fields’ QE', { MinimumQeSvn: 1 }, ['tcb TCB_BELOW_POLICY']],
    ['older fields’ PCE', { MinimumPceSvn: 1 }, ['tcb TCB_BELOW_POLICY']],
    ['older fields’ attributes', { TdAttributes: '0000004000000000' }, ['guestpolicy TD_ATTRIBUTES']],
  ])('refuses where the manifest asks for %s', async (_, over, expected) => {
    expect(failing(await judge(tdx(undefined, tdxReference(over))))).toEqual(expected);
  });

  it('knows the older name of the registers, and an instance by its id', async () => {
    const { Rtmrs, ...older } = tdxReference();
    const piid = hexOf(labelled('platform instance/up to date', 16)).toUpperCase();
    expect((await judge(tdx(undefined, { ...older, Rtrms: Rtmrs, AllowedPIIDs: [piid] }))).state).toBe('verified');
  });

  it('is open where Intel’s list could not be had, and asked for', async () => {
    const judged = await judge({ ...tdx(), input: { tdx: () => Promise.resolve({ collateral: {} }) } });
    expect([judged.state, judged.faults['hostdata']]).toEqual(['incomplete', 'unknown ROOT_CRL_MISSING']);
  });

  it('takes no evidence of one kind for the other', async () => {
    const typed = (type: string): Situation['sent'] => (one) => ({ ...one, attestation_type: type.split('.').map(Number) });
    expect((await judge({ ...tdx(), sent: typed('1.3.9901.2.2') })).state).toBe('verified');
    expect((await judge({ sent: typed('1.3.9901.2.1') })).state).toBe('verified');
    for (const situation of [{ ...tdx(), sent: typed('1.3.9901.2.1') }, { sent: typed('1.3.9901.2.2') }]) expect(failing(await judge(situation))).toEqual(['doc CONTRAST_EVIDENCE']);
    for (const type of ['1.3.9901.2.3', '1.3.9901.2', '2.5']) expect(failing(await judge({ sent: typed(type) }))).toEqual(['doc INSECURE_PLATFORM']);
  });
});

describe('manifests and mesh', () => {
  it('binds the whole history, its order and every byte', async () => {
    const [first, second] = [manifestBytes({ SeedshareOwnerPubKeys: ['30'] }), manifestBytes()];
    const pair = await judge({ manifests: [first, second] });
    expect(failing(pair)).toEqual(['manifest.history MANIFEST_HISTORY']);
    expect(failing(await judge({ manifests: [first, second], sent: (one) => ({ ...one, manifests: [second, second].map((bytes) => Buffer.from(bytes).toString('base64')) }) }))).toContain('reportdata REPORT_DATA_MISMATCH');
    const spaced = utf8(`${JSON.stringify(manifestOf())} `);
    expect(failing(await judge({ sent: (one) => ({ ...one, manifests: [Buffer.from(spaced).toString('base64')] }) }))).toEqual(['manifest.pin MANIFEST_NOT_PINNED', 'reportdata REPORT_DATA_MISMATCH']);
  });

  it('lets a deployment that may change its manifest do so only where that is allowed', async () => {
    const manifests = [manifestBytes({ WorkloadOwnerPubKeys: ['3059'] })];
    expect(failing(await judge({ manifests }))).toEqual(['manifest.history MANIFEST_UPDATABLE']);
    const own = await judge({ manifests: [manifestBytes(), ...manifests], input: { manifest: { pin: (digest) => pinCheck(digest, []), single: false, immutable: false } } });
    expect([own.state, own.faults]).toEqual(['limited', { 'manifest.pin': 'weak SOFTWARE_NOT_KNOWN', hostdata: 'weak SOFTWARE_NOT_KNOWN', measurement: 'weak SOFTWARE_NOT_KNOWN', meshca: 'weak BOUND_BY_UNKNOWN_SOFTWARE' }]);
    expect(failing(await judge({ manifests: [manifestBytes({ WorkloadOwnerKeyDigests: ['3059'] })] }))).toEqual(['manifest.history MANIFEST_UPDATABLE']);
  });

  it('takes policies by their hash alone', async () => {
    expect((await judge({ policies: [] })).state).toBe('verified');
    expect(failing(await judge({ policies: [COORDINATOR, utf8('stray')] }))).toEqual(['manifest.policies POLICY_NOT_IN_MANIFEST']);
    const older = manifestBytes({ Policies: { [hexOf(sha256(COORDINATOR))]: { Role: 'coordinator' }, [hexOf(sha256(utf8('stray')))]: {} } });
    expect(failing(await judge({ manifests: [older, manifestBytes()], policies: [utf8('stray')] }))).toEqual(['manifest.history MANIFEST_HISTORY']);
  });

  it.each<[string, Uint8Array, string]>([
    ['another CA after the fact', meshPem({ subject: 'other', issuer: 'other' }), ''],
    ['two certificates', utf8(`${Buffer.from(meshPem()).toString()}${Buffer.from(meshPem()).toString()}`), 'fail MESH_CA_PARSE'],
    ['no PEM', utf8('mesh'), 'fail MESH_CA_PARSE'],
    ['no certificate', utf8('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), 'fail MESH_CA_PARSE'],
    ['nothing', new Uint8Array(), 'fail MESH_CA_PARSE'],
    ['a leaf', meshPem({ extensions: [] }), 'fail MESH_CA_CONSTRAINTS'],
    ['one that is over', meshPem({ until: NOW - 1000 }), 'fail MESH_CA_EXPIRED'],
    ['one that has not begun', meshPem({ from: NOW + 3_600_000 }), 'fail MESH_CA_NOT_YET_VALID'],
  ])('judges as mesh CA %s', async (_, meshCa, expected) => {
    const { faults } = await judge({ meshCa });
    expect(faults).toEqual(expected === '' ? {} : { meshca: expected });
    expect((await judge({ sent: (one) => ({ ...one, mesh_ca: Buffer.from(meshCa).toString('base64') }) })).faults['reportdata']).toBe('fail REPORT_DATA_MISMATCH');
  });

  it('says what a clock behind leaves open', async () => {
    expect((await judge({ meshCa: meshPem({ until: NOW - 1000 }), input: { clockBehind: { detail: 'before the build' } } })).faults).toMatchObject({ meshca: 'unknown CLOCK_BEHIND' });
  });

  it('shows both hashes of a manifest: of its bytes, and as Privatemode’s page shows it', async () => {
    const compact = utf8(JSON.stringify(manifestOf()));
    const { claims } = await judge();
    expect(claims).toMatchObject({ manifestSha256: hexOf(sha256(manifestBytes())), manifestSha256Compact: hexOf(sha256(compact)), manifests: 1, policies: 2, policyTexts: 2 });
  });
});

describe('releases', () => {
  it.each([['v1.0.0', ''], ['v1.20.1', ''], ['v1.20.0-dev', ''], ['v1.21.0', 'unknown CONTRAST_VERSION'], ['v2.0.0', 'fail CONTRAST_VERSION'], ['v0.9.0', 'fail CONTRAST_VERSION'], ['1.20.0', 'fail CONTRAST_DOC'], ['', 'fail CONTRAST_DOC'], ['v1.20', 'fail CONTRAST_DOC'], [`v1.${'9'.repeat(400)}.0`, 'fail CONTRAST_DOC']])('%s', async (version, expected) => {
    const { faults } = await judge({ sent: (one) => ({ ...one, version }) });
    expect(faults['doc'] ?? '').toBe(expected);
  });

  it('takes Privatemode’s wrapping, and the Coordinator’s own error for what it is', async () => {
    const wrapped = utf8(JSON.stringify({ AttestationDoc: Buffer.from(documentOf()).toString('base64') }));
    expect((await checkContrast({ ...inputOf(), document: wrapped })).open).toEqual([]);
    const { checks } = await checkContrast({ ...inputOf(), document: utf8('{"version":"v1.20.0","error":"no manifest set"}') });
    expect(checks).toMatchObject([{ id: 'doc', outcome: 'unknown', code: 'SERVICE_ERROR', detail: 'no manifest set' }]);
  });
});

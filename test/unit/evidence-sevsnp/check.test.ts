import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/checks/check';
import { DEFAULT, GENUINE } from '../../../src/checks/policy';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { isVendorRoot, judgeChain } from '../../../src/evidence/sevsnp/chain';
import { checkRevocation } from '../../../src/evidence/sevsnp/revocation';
import type { SnpInput } from '../../../src/evidence/sevsnp/types';
import { readCertificate } from '../../../src/x509/certificate';
import { AMD_ANCHORS } from '../../../src/roots/amd';
import { stateOf } from '../../../src/verdict/state';
import { sequence, integer, octets, oid, element } from '../../simulator/pki/der';
import { CHIP, NOW, anchor, ark, ask, askCertificate, caExtensions, certificate, chip, crl, ecKeys, extension, input, pss, report, rsaKeys, vekExtensions } from './lab';
import type { CertificateParts, VekParts } from './lab';

const checksOf = async (over: Partial<SnpInput> = {}): Promise<readonly Check[]> => (await checkSnp(input(over))).checks;
const one = async (id: string, over: Partial<SnpInput> = {}): Promise<Check | undefined> => (await checksOf(over)).find((check) => check.id === id);
const vek = (parts: VekParts = {}, over: Partial<CertificateParts> = {}): Uint8Array =>
  certificate({ subject: 'SEV-VCEK', issuer: 'SEV-Genoa', keys: chip, by: ask, extensions: vekExtensions(parts), ...over });
const withVek = (bytes: Uint8Array): Partial<SnpInput> => ({ endorsements: { vek: bytes, intermediates: [askCertificate] } });
const set = (offset: number, ...values: number[]) => (bytes: Uint8Array): void => bytes.set(values, offset);

describe('a good report', () => {
  it('passes every check, in the order of the contract', async () => {
    const checks = await checksOf({ reportData: new Uint8Array(64).fill(0xab), policy: { ...DEFAULT.snp, measurement: ['cd'.repeat(48)] } });
    expect(checks.map((check) => [check.id, check.outcome])).toEqual([
      ['parse', 'pass'], ['vek.chain', 'pass'], ['vek.revocation', 'unknown'], ['vek.binding', 'pass'], ['report.signature', 'pass'],
      ['policy.guest', 'pass'], ['policy.platform', 'pass'], ['policy.vmpl', 'pass'], ['tcb', 'pass'], ['reportdata', 'pass'], ['measurement', 'pass'],
    ]);
    expect(checks[2]).toMatchObject({ required: false, code: 'AMD_CRL_MISSING' });
    expect(stateOf(checks)).toBe('verified');
  });

  it('takes zeros after the report and refuses anything else there, other checks still made', async () => {
    const padded = new Uint8Array(4096);
    padded.set(report());
    expect(stateOf(await checksOf({ report: padded }))).toBe('verified');
    padded[4000] = 1;
    const checks = await checksOf({ report: padded });
    expect(checks[0]).toMatchObject({ id: 'parse', outcome: 'fail', code: 'TRAILING_BYTES' });
    expect(checks.find((check) => check.id === 'report.signature')?.outcome).toBe('pass');
  });

  it('is refused under AMD’s own roots', async () => {
    expect(await one('vek.chain', { anchors: AMD_ANCHORS })).toMatchObject({ outcome: 'fail', code: 'ASK_CHAIN_SIGNATURE' });
    expect(await one('vek.chain', { anchors: AMD_ANCHORS, endorsements: { vek: vek() } })).toMatchObject({ outcome: 'fail', code: 'VEK_CHAIN_SIGNATURE' });
  });
});

describe('form', () => {
  it.each([
    ['a version above 5', set(0, 6), 'SNP_VERSION'],
    ['a reserved word', set(0x4c, 1), 'SNP_RESERVED'],
    ['bytes after the CPUID', set(0x19f, 1), 'SNP_RESERVED'],
    ['mitigation bytes in version 2', (bytes: Uint8Array) => { bytes.fill(0, 0x188, 0x18b); bytes[0] = 2; bytes[0x1f8] = 1; }, 'SNP_RESERVED'],
    ['a byte behind the mitigation vectors', set(0x208, 1), 'SNP_RESERVED'],
    ['a byte before the signature', set(0x29f, 1), 'SNP_RESERVED'],
    ['policy bit 26', set(0x0b, 4), 'SNP_POLICY_BITS'],
    ['policy bit 17 off', set(0x0a, 1), 'SNP_POLICY_BITS'],
    ['VMPL 4', set(0x30, 4), 'SNP_VMPL'],
    ['the host’s VMPL', set(0x30, 255, 255, 255, 255), 'SNP_VMPL'],
    ['signing key 3', set(0x48, 3 << 2), 'SNP_KEY_INFO'],
    ['a processor nobody endorses', set(0x188, 0x1a, 0x50), 'SNP_PRODUCT'],
  ])('refuses %s', async (_, edit, code) => {
    expect(await checksOf({ report: report(edit) })).toMatchObject([{ id: 'parse', outcome: 'fail', code }]);
  });

  it('reads version 5 with mitigation vectors', async () => {
    const { checks, facts } = await checkSnp(input({ report: report((bytes) => bytes.set([5], 0) ?? bytes.set([0x3f], 0x1f8)) }));
    expect(stateOf(checks)).toBe('verified');
    expect(facts?.mitigations).toEqual({ launch: '3f', current: '0' });
  });

  it.each([[0x00, 'VEK_PRODUCT'], [0x0f, 'VEK_PRODUCT'], [0x10, undefined], [0x1f, undefined], [0xa0, undefined], [0xaf, undefined], [0x20, 'SNP_PRODUCT'], [0xb0, 'SNP_PRODUCT']])('reads model %i of family 0x19', async (model, code) => {
    const codes = (await checksOf({ report: report(set(0x189, model)) })).filter((check) => check.outcome === 'fail').map((check) => check.code);
    expect(codes).toEqual(code === undefined ? [] : [code]);
  });
});

describe('the chain', () => {
  it('takes both encodings of the PSS parameters', async () => {
    expect(await one('vek.chain', withVek(vek({}, { algorithm: pss({ trailer: 1 }) })))).toMatchObject({ outcome: 'pass' });
  });

  it.each([
    ['another trailer', { algorithm: pss({ trailer: 2 }) }, 'VEK_CHAIN_SIGNATURE'],
    ['another salt length', { algorithm: pss({ salt: 32 }) }, 'VEK_CHAIN_SIGNATURE'],
    ['another hash', { algorithm: pss({ hash: sequence(oid('2.16.840.1.101.3.4.2.1'), element(0x05)) }) }, 'VEK_CHAIN_SIGNATURE'],
    ['another hash in the mask', { algorithm: pss({ maskHash: sequence(oid('2.16.840.1.101.3.4.2.1'), element(0x05)) }) }, 'VEK_CHAIN_SIGNATURE'],
    ['another mask', { algorithm: pss({ mask: '1.2.840.113549.1.1.9' }) }, 'VEK_CHAIN_SIGNATURE'],
    ['PKCS#1', { algorithm: sequence(oid('1.2.840.113549.1.1.12'), element(0x05)) }, 'VEK_CHAIN_SIGNATURE'],
    ['another signer', { by: ark }, 'VEK_CHAIN_SIGNATURE'],
    ['a P-256 key', { keys: ecKeys('P-256') }, 'VEK_KEY'],
    ['an RSA key', { keys: rsaKeys() }, 'VEK_KEY'],
    ['the name of a root as issuer', { issuer: 'ARK-Genoa' }, 'VEK_CHAIN_NAMES'],
    ['another subject', { subject: 'SEV-VLEK' }, 'VEK_CHAIN_NAMES'],
    ['a critical extension', { extensions: [...vekExtensions(), extension('1.2.3.4', Buffer.of(5, 0), true)] }, 'VEK_EXTENSIONS'],
    ['CA rights', { extensions: [...vekExtensions(), ...caExtensions(0)] }, 'VEK_EXTENSIONS'],
    ['a period that is over', { notAfter: NOW - 1 }, 'VEK_EXPIRED'],
    ['a period that has not begun', { notBefore: NOW + 3_600_000 }, 'VEK_NOT_YET_VALID'],
  ] as const)('refuses %s', async (_, over, code) => {
    expect(await one('vek.chain', withVek(vek({}, over)))).toMatchObject({ outcome: 'fail', code });
  });

  it.each([
    ['no CA', { extensions: [] }, 'ASK_CONSTRAINTS'],
    ['signed by itself', { by: ask }, 'ASK_CHAIN_SIGNATURE'],
    ['over', { notAfter: NOW - 1 }, 'ASK_EXPIRED'],
  ] as const)('refuses an intermediate that is %s', async (_, over, code) => {
    const intermediate = certificate({ subject: 'SEV-Genoa', issuer: 'ARK-Genoa', keys: ask, by: ark, serial: 0x20001, extensions: caExtensions(0), ...over });
    expect(await one('vek.chain', { endorsements: { vek: vek(), intermediates: [intermediate] } })).toMatchObject({ outcome: 'fail', code });
  });

  it('carries what stands on it: a signature by a key that AMD does not know says nothing', async () => {
    const checks = await checksOf(withVek(vek({}, { by: ark })));
    expect(checks.map((check) => [check.id, check.outcome])).toEqual([
      ['parse', 'pass'], ['vek.chain', 'fail'], ['vek.revocation', 'unknown'], ['vek.binding', 'unknown'], ['report.signature', 'unknown'],
      ['policy.guest', 'unknown'], ['policy.platform', 'unknown'], ['policy.vmpl', 'unknown'], ['tcb', 'unknown'],
    ]);
  });

  it('says what is missing without calling it false', async () => {
    expect(await one('vek.chain', { endorsements: { vek: vek() } })).toMatchObject({ outcome: 'unknown', code: 'ASK_MISSING', required: true });
    const checks = await checksOf({ endorsements: {} });
    expect(checks.filter((check) => check.outcome === 'unknown').map((check) => check.id)).toEqual(['vek.chain', 'vek.revocation', 'vek.binding', 'report.signature', 'policy.guest', 'policy.platform', 'policy.vmpl', 'tcb']);
    expect(stateOf(checks)).toBe('incomplete');
    expect(await one('vek.chain', { endorsements: {}, vekProblem: { code: 'RATE_LIMITED', detail: 'later' } })).toMatchObject({ outcome: 'unknown', code: 'RATE_LIMITED' });
    expect(await one('vek.chain', { anchors: [] })).toMatchObject({ outcome: 'fail', code: 'ROOT_UNTRUSTED' });
  });

  it('finds nothing wrong with the other order of certificates, and ignores a root among them', async () => {
    const root = certificate({ subject: 'ARK-Genoa', issuer: 'ARK-Genoa', keys: ark, by: ark, extensions: caExtensions() });
    expect(await one('vek.chain', { endorsements: { vek: vek(), intermediates: [root, askCertificate] } })).toMatchObject({ outcome: 'pass' });
  });

  it('leaves dates open when the clock is known to be behind', async () => {
    const checks = await checksOf({ clockBehind: { detail: 'before the build' }, endorsements: { vek: vek({}, { notAfter: NOW - 1 }), intermediates: [askCertificate], crls: [crl({ by: ark })] } });
    expect(checks.filter((check) => check.outcome !== 'pass').map((check) => [check.id, check.outcome, check.code])).toEqual([['vek.chain', 'unknown', 'CLOCK_BEHIND'], ['vek.revocation', 'unknown', 'CLOCK_BEHIND']]);
  });
});

describe('revocation', () => {
  const withCrls = (...crls: Uint8Array[]): Partial<SnpInput> => ({ endorsements: { vek: vek(), intermediates: [askCertificate], crls } });
  it.each([
    ['good', [crl({ by: ark, revoked: [0, 0x20002] })], 'pass', undefined],
    ['revoked', [crl({ by: ark, revoked: [0x20001] })], 'fail', 'ASK_REVOKED'],
    ['revoked in a list that is over', [crl({ by: ark, revoked: [0x20001], nextUpdate: NOW - 1 })], 'fail', 'ASK_REVOKED'],
    ['revoked in one of two', [crl({ by: ark }), crl({ by: ark, revoked: [0x20001], thisUpdate: NOW - 9e9 })], 'fail', 'ASK_REVOKED'],
    ['over', [crl({ by: ark, nextUpdate: NOW - 1 })], 'unknown', 'AMD_CRL_EXPIRED'],
    ['not begun', [crl({ by: ark, thisUpdate: NOW + 3_600_000 })], 'unknown', 'AMD_CRL_NOT_YET_VALID'],
    ['signed by another', [crl({ by: ask })], 'fail', 'AMD_CRL_SIGNATURE'],
    ['of another root', [crl({ by: ark, issuer: 'ARK-Milan' })], 'fail', 'AMD_CRL_ISSUER'],
    ['garbage', [Uint8Array.of(0x30, 0)], 'fail', 'AMD_CRL_PARSE'],
    ['empty', [new Uint8Array()], 'fail', 'AMD_CRL_PARSE'],
  ] as const)('is seen: %s', async (_, crls, outcome, code) => {
    const check = await one('vek.revocation', withCrls(...crls));
    expect(check).toMatchObject({ outcome, required: true });
    expect(check?.code).toBe(code);
  });

  it('is required under an intermediate that is not pinned, except in a laboratory', async () => {
    expect([...AMD_ANCHORS, anchor].map(isVendorRoot)).toEqual([true, true, true, false]);
    const { issuer } = await judgeChain(readCertificate(vek()), [askCertificate], [anchor], { now: NOW });
    if (issuer === undefined) throw new Error('no issuer');
    const required = async (needsCrl: boolean): Promise<boolean> => (await checkRevocation({ crls: [], issuer: { ...issuer, needsCrl }, roots: [anchor], clock: { now: NOW } })).check.required;
    expect([issuer.needsCrl, await required(true), await required(false)]).toEqual([false, true, false]);
  });

  it('is required where it was sought, and says why it could not be had', async () => {
    expect(await one('vek.revocation', { crlProblem: { code: 'RATE_LIMITED', detail: '' } })).toMatchObject({ outcome: 'unknown', code: 'RATE_LIMITED', required: true });
  });

  it('does not fail a report whose key is missing', async () => {
    expect(stateOf(await checksOf({ endorsements: { crls: [crl({ by: ark })] } }))).toBe('incomplete');
  });
});

describe('the binding of certificate and report', () => {
  it.each([
    ['another TCB', { tcb: Uint8Array.of(10, 0, 0, 0, 0, 0, 22, 84) }, 'VEK_TCB'],
    ['a reserved SVN', { tcb: Uint8Array.of(10, 0, 1, 0, 0, 0, 23, 84) }, 'VEK_TCB'],
    ['another chip', { hwId: CHIP.with(63, 0) }, 'VEK_CHIP_ID'],
    ['another product', { product: 'Milan-B0' }, 'VEK_PRODUCT'],
    ['an unknown product', { product: 'Rome' }, 'VEK_PRODUCT'],
    ['no chip and no provider', { hwId: new Uint8Array() }, 'VEK_EXTENSIONS'],
    ['a chip and a provider', { cspId: 'CN=somewhere' }, 'VEK_EXTENSIONS'],
    ['a provider', { hwId: new Uint8Array(), cspId: 'CN=somewhere' }, 'VEK_KIND'],
    ['a short chip id', { hwId: CHIP.subarray(0, 8) }, 'VEK_EXTENSIONS'],
    ['an FMC version on Genoa', { extra: [extension('1.3.6.1.4.1.3704.1.3.9', integer(1))], hwId: CHIP.subarray(0, 8) }, 'VEK_PRODUCT'],
  ] as const)('refuses %s', async (_, parts, code) => {
    expect(await one('vek.binding', withVek(vek(parts)))).toMatchObject({ outcome: 'fail', code });
  });

  it('takes a wrapped chip id', async () => {
    expect(await one('vek.binding', withVek(vek({ hwId: octets(CHIP) })))).toMatchObject({ outcome: 'pass' });
  });

  it('names the gap that a masked chip leaves', async () => {
    expect(await one('vek.binding', { report: report((bytes) => bytes.fill(0, 0x1a0, 0x1e0)) })).toMatchObject({ outcome: 'weak', code: 'CHIP_MASKED' });
  });
});

describe('the signature', () => {
  it.each([
    ['nobody’s', report((bytes) => bytes.set([7 << 2], 0x48)), 'REPORT_NOT_SIGNED'],
    ['a masked key’s', report((bytes) => bytes.set([2], 0x48)), 'REPORT_NOT_SIGNED'],
    ['another key’s', report(undefined, ecKeys()), 'REPORT_SIGNATURE'],
    ['with high bytes of r', report().with(0x2d0, 1), 'REPORT_SIGNATURE'],
    ['with high bytes of s', report().with(0x32f, 1), 'REPORT_SIGNATURE'],
  ])('is refused: %s', async (_, bytes, code) => {
    expect(await one('report.signature', { report: bytes })).toMatchObject({ outcome: 'fail', code });
  });

  it('lets no value count as AMD’s word when it does not hold', async () => {
    const checks = await checksOf({ report: report((bytes) => bytes.set([0x0b], 0x0a), ecKeys()), policy: DEFAULT.snp, reportData: new Uint8Array(64).fill(0xab) });
    expect(checks.filter((check) => check.outcome === 'fail').map((check) => check.code)).toEqual(['REPORT_SIGNATURE', 'DEBUG_ENABLED']);
    expect(checks.find((check) => check.id === 'reportdata')).toMatchObject({ outcome: 'unknown', code: 'REPORT_SIGNATURE' });
  });
});

describe('policy', () => {
  const debug = report(set(0x0a, 0x0b));
  const migrating = report(set(0x0a, 0x07));
  const provisional = report(set(0x38, 10, 0, 0, 0, 0, 0, 24, 84));
  const build = report(set(0x1e8, 30));
  it.each([
    ['debug', debug, 'policy.guest', 'pass', undefined, 'fail', 'DEBUG_ENABLED'],
    ['a migration agent', migrating, 'policy.guest', 'fail', 'MIGRATION_AGENT', 'fail', 'MIGRATION_AGENT'],
    ['provisional firmware', provisional, 'tcb', 'pass', undefined, 'weak', 'PROVISIONAL_FIRMWARE'],
    ['a provisional build', build, 'tcb', 'pass', undefined, 'weak', 'PROVISIONAL_FIRMWARE'],
    ['current below committed', report(set(0x1e0, 10, 0, 0, 0, 0, 0, 24, 84)), 'tcb', 'fail', 'TCB_ORDER', 'fail', 'TCB_ORDER'],
    ['committed below reported', report((bytes) => bytes.set([9], 0x1e0) ?? bytes.set([9], 0x38)), 'tcb', 'fail', 'TCB_ORDER', 'fail', 'TCB_ORDER'],
    ['a current build below the committed', report(set(0x1ec, 30)), 'tcb', 'fail', 'TCB_ORDER', 'fail', 'TCB_ORDER'],
  ])('judges %s under both', async (_, bytes, id, genuine, genuineCode, strict, strictCode) => {
    const lax = await one(id, { report: bytes, policy: GENUINE.snp });
    expect([lax?.outcome, lax?.code]).toEqual([genuine, genuineCode]);
    const found = await one(id, { report: bytes, policy: DEFAULT.snp });
    expect([found?.outcome, found?.code]).toEqual([strict, strictCode]);
  });

  it('compares what a file asks for', async () => {
    const policy = DEFAULT.snp;
    expect(await one('tcb', { policy: { ...policy, minTcb: { bl: 10, snp: 23 } } })).toMatchObject({ outcome: 'pass' });
    expect(await one('tcb', { policy: { ...policy, minTcb: { snp: 24 } } })).toMatchObject({ outcome: 'fail', code: 'TCB_BELOW_POLICY' });
    expect(await one('tcb', { policy: { ...policy, minTcb: { fmc: 1 } } })).toMatchObject({ outcome: 'fail', code: 'TCB_BELOW_POLICY' });
    expect(await one('policy.vmpl', { policy: { ...policy, vmpl: [1] } })).toMatchObject({ outcome: 'fail', code: 'VMPL_NOT_ACCEPTED' });
    expect(await one('policy.vmpl', { policy: { ...policy, vmpl: [0, 1] } })).toMatchObject({ outcome: 'pass' });
    expect(await one('measurement', { policy: { ...policy, measurement: ['00'.repeat(48)] } })).toMatchObject({ outcome: 'fail', code: 'MEASUREMENT_MISMATCH' });
    expect(await one('measurement', { policy: { ...policy, measurement: ['cd'.repeat(48)], hostData: ['11'.repeat(32)] } })).toMatchObject({ outcome: 'fail', code: 'HOST_DATA_MISMATCH' });
    expect(await one('measurement', { policy: { ...policy, hostData: ['00'.repeat(32)] } })).toMatchObject({ outcome: 'pass' });
    expect(await one('reportdata', { reportData: new Uint8Array(64) })).toMatchObject({ outcome: 'fail', code: 'REPORT_DATA_MISMATCH' });
  });
});

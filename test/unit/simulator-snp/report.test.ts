/** The simulated reports in the eyes of the product's own verifier, which shares no code with them. */
import { verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DEFAULT, GENUINE } from '../../../src/checks/policy';
import { readCocos } from '../../../src/evidence/cocos';
import { checkSnp } from '../../../src/evidence/sevsnp';
import type { SnpEndorsements, SnpInput } from '../../../src/evidence/sevsnp/types';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour';
import { amdCrlDates } from '../../simulator/kds';
import { amdCrl, authority, issuerOf, vekCertificate } from '../../simulator/pki/amd';
import { labelled } from '../../simulator/pki/keys';
import { reportFields, snpAttestation } from '../../simulator/sevsnp/attestation';
import { BERGAMO, chipIdOf, CLOUD, GENOA, MILAN, OLD_GENOA, OTHER_GENOA, SNP_MACHINES, TURIN, vekFactsOf } from '../../simulator/sevsnp/machine';
import type { SnpMachine } from '../../simulator/sevsnp/machine';
import { toJson, toWire } from '../../simulator/sevsnp/protobuf';
import { certificateTable, snpReport } from '../../simulator/sevsnp/report';

const NOW = Date.UTC(2026, 10, 22, 12);
const REPORT_DATA = labelled('some report data', 64);

const crlOf = ({ product }: SnpMachine): Uint8Array => {
  const { issued, next, number } = amdCrlDates(NOW, 'current');
  return amdCrl({ product, number, thisUpdate: issued, nextUpdate: next });
};
const endorsementsOf = (machine: SnpMachine): SnpEndorsements =>
  ({ vek: vekCertificate(vekFactsOf(machine), NOW).der, intermediates: [issuerOf(machine.kind, machine.product).der], crls: [crlOf(machine)] });

const judge = (report: Uint8Array, endorsements: SnpEndorsements, over: Partial<SnpInput> = {}) =>
  checkSnp({ report, endorsements, anchors: FLAVOUR.anchors, now: NOW, policy: GENUINE.snp, reportData: REPORT_DATA, ...over });

const codes = async (report: Uint8Array, endorsements: SnpEndorsements, over: Partial<SnpInput> = {}) =>
  Object.fromEntries((await judge(report, endorsements, over)).checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome, code }) => [id, `${outcome} ${code}`]));

const report = (options: Partial<Parameters<typeof snpReport>[0]> = {}): Buffer => snpReport({ reportData: REPORT_DATA, ...options });

describe('a good report', () => {
  it.each(SNP_MACHINES.map((machine) => [machine.label, machine] as const))('of the machine “%s” is verified in every version that names its processor', async (_, machine) => {
    for (const version of [3, 4, 5] as const) {
      const bytes = report({ machine, version });
      expect(bytes).toHaveLength(1184);
      const { checks, claims } = await judge(bytes, endorsementsOf(machine));
      expect(stateOf(checks), `v${version}`).toBe('verified');
      expect(claims).toMatchObject({ version, product: machine.product, keyKind: machine.kind.toUpperCase(), chipId: chipIdOf(machine).toString('hex'), reportData: REPORT_DATA.toString('hex') });
      expect(claims?.reportedTcb).toEqual(machine.tcb);
    }
  });
  it.each([MILAN, GENOA, CLOUD].map((machine) => [machine.label, machine] as const))('of version 2, which names no processor, is verified (%s)', async (_, machine) => {
    expect(stateOf((await judge(report({ machine, version: 2 }), endorsementsOf(machine))).checks)).toBe('verified');
  });
  it('is verified with the chip id wrapped in its certificate, and with the trailer field in either form', async () => {
    for (const over of [{ hwId: 'wrapped' }, { trailer: true }, { trailer: false }] as const) {
      const vek = vekCertificate({ ...vekFactsOf(GENOA), ...over }, NOW).der;
      expect(stateOf((await judge(report(), { ...endorsementsOf(GENOA), vek })).checks)).toBe('verified');
    }
  });
  it.each([TURIN, CLOUD].map((machine) => [machine.label, machine] as const))('brings its endorsements in the certificate table (%s)', async (_, machine) => {
    const { kind, product } = machine;
    const table = certificateTable({ [kind]: vekCertificate(vekFactsOf(machine), NOW).der, ask: issuerOf(kind, product).der, ark: authority('ark', product).der, crl: crlOf(machine) });
    expect(stateOf((await judge(Buffer.concat([report({ machine, version: 5 }), table]), {})).checks)).toBe('verified');
  });
  it.each([MILAN, GENOA, BERGAMO, TURIN, CLOUD].map((machine) => [machine.label, machine] as const))('comes back byte for byte out of go-sev-guest’s protobuf (%s)', (_, machine) => {
    for (const version of machine === MILAN ? ([2, 3, 4] as const) : ([3, 4] as const)) {
      for (const swapped of [false, true]) {
        const bytes = report({ machine, version });
        const read = readCocos(snpAttestation({ report: bytes, machine, now: NOW, swapped }));
        expect(read.kind === 'snp' ? Buffer.from(read.snp.report).equals(bytes) : read).toBe(true);
        expect(read.kind === 'snp' && read.snp.vek !== undefined && Buffer.from(read.snp.vek).equals(vekCertificate(vekFactsOf(machine), NOW).der)).toBe(true);
      }
    }
  });
  it.each([MILAN, GENOA, TURIN, CLOUD].map((machine) => [machine.label, machine] as const))('is signed so that OpenSSL agrees (%s)', (_, machine) => {
    const bytes = report({ machine });
    const part = (offset: number): Buffer => Buffer.from(bytes.subarray(offset, offset + 48)).reverse();
    const key = { key: new X509Certificate(vekCertificate(vekFactsOf(machine), NOW).der).publicKey, dsaEncoding: 'ieee-p1363' as const };
    const signature = Buffer.concat([part(0x2a0), part(0x2e8)]);
    expect(verify('sha384', bytes.subarray(0, 0x2a0), key, signature)).toBe(true);
    expect(verify('sha384', bytes.subarray(0, 0x29f), key, signature)).toBe(false);
  });
  it('leaves zeros away in protobuf and in JSON, as proto3 does', () => {
    const fields = reportFields(report());
    // version 3, then the policy: guest_svn between them is 0.
    expect(toWire(fields).subarray(0, 6).toString('hex')).toBe('08031880800c');
    expect(Object.keys(toJson(fields)).slice(0, 3)).toEqual(['version', 'policy', 'familyId']);
    expect(toJson(fields)).toMatchObject({ version: 3, policy: '196608', cpuid1eaxFms: 0xa1_0f_11 });
  });
  it('in version 5 cannot be carried by that protobuf', () => {
    expect(() => snpAttestation({ report: report({ machine: TURIN, version: 5 }), machine: TURIN, now: NOW })).toThrow('no fields for version 5');
  });
});

describe('a bad report', () => {
  const good = endorsementsOf(GENOA);
  it.each([
    ['of a debug guest', report({ debug: true }), good, { 'policy.guest': 'fail DEBUG_ENABLED' }, { policy: DEFAULT.snp }],
    ['of a guest that may be moved', report({ migration: true }), good, { 'policy.guest': 'fail MIGRATION_AGENT' }, { policy: DEFAULT.snp }],
    ['of another request', report({ reportData: Buffer.alloc(64) }), good, { reportdata: 'fail REPORT_DATA_MISMATCH' }, {}],
    ['of old firmware', report({ machine: OLD_GENOA }), endorsementsOf(OLD_GENOA), { tcb: 'fail TCB_BELOW_POLICY' }, { policy: { ...GENUINE.snp, minTcb: { snp: 20 } } }],
    ['of firmware that may be rolled back', report({ machine: CLOUD }), endorsementsOf(CLOUD), { tcb: 'weak PROVISIONAL_FIRMWARE' }, { policy: { ...GENUINE.snp, flagProvisional: true } }],
    ['of another program', report(), good, { measurement: 'fail MEASUREMENT_MISMATCH' }, { policy: { ...GENUINE.snp, measurement: ['00'.repeat(48)] } }],
    ['of a masked chip', report({ chipMasked: true }), good, { 'vek.binding': 'weak CHIP_MASKED' }, {}],
    ['of a level that is not accepted', report({ vmpl: 2 }), good, { 'policy.vmpl': 'fail VMPL_NOT_ACCEPTED' }, { policy: { ...GENUINE.snp, vmpl: [0] } }],
    ['under a revoked intermediate', report(), { ...good, crls: [amdCrl({ product: 'Genoa', number: 1, thisUpdate: NOW - 1000, nextUpdate: NOW + 1_000_000, revoked: [issuerOf('vcek', 'Genoa').serial] })] }, { 'vek.revocation': 'fail ASK_REVOKED' }, {}],
  ] as const)('%s is found', async (_, bytes, endorsements, expected, over) => {
    expect(await codes(bytes, endorsements, over)).toEqual(expected);
  });
  it('with another chip’s certificate is found twice: in the chip id and in the signature', async () => {
    expect(await codes(report(), { ...good, vek: vekCertificate(vekFactsOf(OTHER_GENOA), NOW).der })).toMatchObject({ 'vek.binding': 'fail VEK_CHIP_ID', 'report.signature': 'fail REPORT_SIGNATURE' });
  });
  it('signed by another chip is found', async () => {
    expect(await codes(report({ signedBy: OTHER_GENOA }), good)).toMatchObject({ 'report.signature': 'fail REPORT_SIGNATURE' });
  });
  it('that nobody signed is found', async () => {
    expect(await codes(report({ keyMasked: true }), good)).toMatchObject({ 'report.signature': 'fail REPORT_NOT_SIGNED' });
  });
  it('changed after it was signed is found, wherever the byte stands', async () => {
    for (const offset of [0x90, 0x0c0, 0x140, 0x1f0, 0x29f, 0x2a0, 0x2e8]) {
      const { checks } = await judge(report({ tamper: [[offset, 1]] }), good);
      expect(stateOf(checks), `0x${offset.toString(16)}`).toBe('failed');
    }
  });
  it('under AMD’s own roots alone is nobody’s', async () => {
    const { VENDOR_ANCHORS } = await import('../../../src/roots/anchors');
    expect(stateOf((await judge(report(), good, { anchors: VENDOR_ANCHORS })).checks)).toBe('failed');
  });
});

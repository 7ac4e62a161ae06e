import { describe, expect, it } from 'vitest';
import type { TdxCollateral } from '../../../src/evidence/tdx/types';
import { appraiseTcb } from '../../../src/evidence/tdx/appraise';
import { DEFAULT, GENUINE } from '../../../src/checks/policy';
import { toHex } from '../../../src/encoding/hex';
import type { Anchor } from '../../../src/roots/anchors';
import { integer, octets } from '../../simulator/pki/der.ts';
import { PLATFORM_NAME, ROOT_NAME, platformCa, root, tcbSigner } from '../../simulator/pki/intel.ts';
import { FMSPC } from '../../simulator/tdx/machine.ts';
import { tcbInfo } from '../../simulator/tdx/collateral.ts';
import { DATES, certificate, crl, derivedKey, extension, forgedQuote, leaf, pckCa, pckLeaf, resigned, rootOf, sgxExtensionWith, sgxField, signRaw, strangerKey, withoutExtensions } from './forge';
import type { Forgery } from './forge';
import { ANCHORS, DAY, NOW, collateralOf, fieldsOpen, judge, linksOpen, quoteOf } from './simulated';

const outcome = async (forgery: Forgery, collateral: TdxCollateral = collateralOf()) => judge({ bytes: forgedQuote(forgery), collateral });
const genuine = [leaf, platformCa, root];

it('the forger’s tool makes a good quote when it changes nothing', async () => {
  expect((await outcome({})).codes).toEqual({});
  expect((await outcome({ chain: [pckLeaf(), pckCa(), rootOf()] })).codes).toEqual({});
});

describe('a chain with every name right', () => {
  it.each([
    ['a CA of the forger’s own under the real root', { chain: [pckLeaf({ issuerKey: strangerKey }), pckCa({ key: strangerKey, issuerKey: strangerKey }), root] }, 'PCK_CHAIN_SIGNATURE'],
    ['a leaf the CA never signed', { chain: [pckLeaf({ key: strangerKey, issuerKey: strangerKey }), platformCa, root], leafKey: strangerKey }, 'PCK_CHAIN_SIGNATURE'],
    ['a root with the real key that this key never signed', { chain: [leaf, platformCa, rootOf({ issuerKey: strangerKey })] }, 'PCK_CHAIN_SIGNATURE'],
    ['a chain of the forger’s own throughout', { chain: [pckLeaf({ key: strangerKey, issuerKey: strangerKey }), pckCa({ key: strangerKey, issuerKey: strangerKey }), rootOf({ key: strangerKey, issuerKey: strangerKey })], leafKey: strangerKey }, 'ROOT_UNTRUSTED'],
    ['a certificate that is no CA in the CA’s place', { chain: [leaf, { pem: certificate({ subject: PLATFORM_NAME, issuer: ROOT_NAME, key: platformCa.key, issuerKey: root.key, serial: 'no ca', ...DATES }).pem }, root] }, 'PCK_CHAIN_CONSTRAINTS'],
    ['a CA that may not sign certificates', { chain: [leaf, resigned(pckCa().der, root.key, Buffer.from('03020106', 'hex'), Buffer.from('03020102', 'hex')), root] }, 'PCK_CHAIN_CONSTRAINTS'],
    ['a root whose path is too short', { chain: [leaf, platformCa, rootOf({ pathLength: 0 })] }, 'PCK_CHAIN_CONSTRAINTS'],
    ['a CA in the leaf’s place', { chain: [pckLeaf({ pathLength: 0 }), platformCa, root] }, 'PCK_CHAIN_CONSTRAINTS'],
    ['a leaf that may not sign', { chain: [resigned(pckLeaf().der, platformCa.key, Buffer.from('030206c0', 'hex'), Buffer.from('03020640', 'hex')), platformCa, root] }, 'PCK_CHAIN_CONSTRAINTS'],
    ['a critical extension nobody knows, in the leaf', { chain: [pckLeaf({ extensions: [sgxExtensionWith((value) => value), extension('1.2.3.4', octets(Buffer.from([1])), true)] }), platformCa, root] }, 'PCK_CHAIN_CONSTRAINTS'],
    ['a critical extension nobody knows, in the CA', { chain: [leaf, pckCa({ extensions: [extension('1.2.3.4', octets(Buffer.from([1])), true)] }), root] }, 'PCK_CHAIN_CONSTRAINTS'],
    ['a signature by another algorithm’s name', { chain: [resigned(pckLeaf().der, platformCa.key, Buffer.from('06082a8648ce3d040302', 'hex'), Buffer.from('06082a8648ce3d040303', 'hex')), platformCa, root] }, 'PCK_CHAIN_SIGNATURE'],
  ] as const)('%s', async (_, forgery, code) => {
    const { codes, state } = await outcome(forgery);
    expect(state).toBe('failed');
    expect(codes['pck.chain']).toBe(`fail ${code}`);
    expect(codes['tcb']).toBe(`unknown ${code}`);
  });
});

describe('a chain of another shape', () => {
  it.each([
    ['two certificates', { chain: genuine.slice(0, 2) }, 'PCK_CHAIN_LENGTH'],
    ['four certificates', { chain: [...genuine, root] }, 'PCK_CHAIN_LENGTH'],
    ['the other order', { chain: [...genuine].reverse() }, 'PCK_CHAIN_NAMES'],
    ['a TCB signer as leaf', { chain: [pckLeaf({ subject: 'Intel SGX TCB Signing' }), platformCa, root] }, 'PCK_CHAIN_NAMES'],
    ['a leaf of another CA', { chain: [pckLeaf({ issuer: 'Intel SGX PCK Processor CA' }), platformCa, root] }, 'PCK_CHAIN_NAMES'],
    ['no certificate', { chain: [] }, 'PCK_CHAIN_PARSE'],
    ['text after the chain', { tail: Buffer.from('x') }, 'PCK_CHAIN_PARSE'],
    ['bytes that are not text', { tail: Buffer.from([0xff]) }, 'PCK_CHAIN_PARSE'],
    ['a leaf without extensions', { chain: [{ pem: withoutExtensions(leaf.der, platformCa.key) }, platformCa, root] }, 'PCK_CHAIN_PARSE'],
    ['a leaf of X.509 v1', { chain: [resigned(pckLeaf().der, platformCa.key, Buffer.from('a003020102', 'hex'), Buffer.from('a003020100', 'hex')), platformCa, root] }, 'PCK_CHAIN_PARSE'],
    ['a leaf without the SGX extension', { chain: [pckLeaf({ extensions: [] }), platformCa, root] }, 'PCK_CHAIN_PARSE'],
    ['the SGX extension twice', { chain: [pckLeaf({ extensions: [sgxExtensionWith((v) => v), sgxExtensionWith((v) => v)] }), platformCa, root] }, 'PCK_CHAIN_PARSE'],
    ['the FMSPC twice', { chain: [withSgx((value) => grown(value, sgxField('4', octets(Buffer.alloc(6))))), platformCa, root] }, 'PCK_CHAIN_PARSE'],
    ['an FMSPC of 5 bytes', { chain: [withSgx((value) => swapped(value, sgxField('4', octets(Buffer.from(FMSPC, 'hex'))), sgxField('4', octets(Buffer.alloc(5))))), platformCa, root] }, 'PCK_CHAIN_PARSE'],
    ['an FMSPC that is an integer', { chain: [withSgx((value) => swapped(value, sgxField('4', octets(Buffer.from(FMSPC, 'hex'))), sgxField('4', integer(Buffer.from('10c06f000000', 'hex'))))), platformCa, root] }, 'PCK_CHAIN_PARSE'],
    ['no PCE id', { chain: [withSgx((value) => swapped(value, sgxField('3', octets(Buffer.alloc(2))), Buffer.alloc(0))), platformCa, root] }, 'PCK_CHAIN_PARSE'],
  ] as const)('%s', async (_, forgery, code) => {
    const { codes, state } = await outcome(forgery);
    expect(state).toBe('failed');
    expect(codes['pck.chain']).toBe(`fail ${code}`);
  });
});

/** A leaf whose SGX extension was edited as a list of fields. */
function withSgx(edit: (fields: Buffer) => Buffer) {
  return pckLeaf({ extensions: [sgxExtensionWith((value) => rewrapped(edit(contentOf(value))))] });
}
const contentOf = (value: Buffer): Buffer => value.subarray((value[1] ?? 0) < 0x80 ? 2 : 2 + ((value[1] ?? 0) & 0x7f));
const rewrapped = (content: Buffer): Buffer => Buffer.concat([Buffer.from([0x30, 0x82, content.length >> 8, content.length & 0xff]), content]);
const grown = (fields: Buffer, more: Buffer): Buffer => Buffer.concat([fields, more]);
function swapped(fields: Buffer, from: Buffer, to: Buffer): Buffer {
  const at = fields.indexOf(from);
  if (at < 0) throw new RangeError('no such field');
  return Buffer.concat([fields.subarray(0, at), to, fields.subarray(at + from.length)]);
}

describe('the quoting enclave', () => {
  it('whose report the PCK key did not sign', async () => {
    expect((await outcome({ leafKey: strangerKey })).codes).toMatchObject({ 'qe.report': 'fail QE_REPORT_SIGNATURE', tcb: 'unknown QE_REPORT_SIGNATURE' });
  });

  it('that reports another key, or more than the key', async () => {
    for (const at of [320, 351, 352, 383]) {
      const { codes } = await outcome({ editQe: (report) => report.set([(report[at] ?? 0) ^ 1], at) });
      expect(codes, String(at)).toMatchObject({ 'qe.binding': 'fail QE_REPORT_DATA', tcb: 'unknown QE_REPORT_DATA' });
    }
  });

  it('whose attestation key is no point on the curve', async () => {
    const { codes } = await judge({ quote: { tamper: [[700, 1]] } });
    expect(codes).toMatchObject({ 'qe.binding': 'fail QE_REPORT_DATA', 'quote.signature': 'fail AK_INVALID' });
  });
});

const signerKey = derivedKey('intel tcb signer');
const signer = (parts: Partial<Parameters<typeof certificate>[0]> = {}) =>
  certificate({ subject: 'Intel SGX TCB Signing', issuer: ROOT_NAME, key: signerKey, issuerKey: root.key, serial: 'tcb signer', ...DATES, ...parts });
const signedBy = (text: string, key = signerKey): TdxCollateral => ({ tcb_info: text, tcb_info_signature: signRaw(key, Buffer.from(text)).toString('hex') });
const tcbText = (fmspc = FMSPC) => tcbInfo('tdx', fmspc, { now: NOW });

describe('the signer of Intel’s lists', () => {
  it.each([
    ['of the forger’s own with the right name', { chain: signer({ key: strangerKey, issuerKey: strangerKey }).pem + root.pem, key: strangerKey }],
    ['another certificate of the root’s: the PCK CA', { chain: platformCa.pem + root.pem, key: platformCa.key }],
    ['another name', { chain: signer({ subject: 'Intel SGX Something' }).pem + root.pem, key: signerKey }],
    ['a CA', { chain: signer({ pathLength: 0 }).pem + root.pem, key: signerKey }],
    ['that may not sign', { chain: resigned(signer().der, root.key, Buffer.from('030206c0', 'hex'), Buffer.from('03020640', 'hex')).pem + root.pem, key: signerKey }],
    ['under a root of the same name', { chain: signer({ issuerKey: strangerKey }).pem + rootOf({ key: strangerKey, issuerKey: strangerKey }).pem, key: signerKey }],
    ['under a root with the real key that this key never signed', { chain: signer().pem + rootOf({ issuerKey: strangerKey }).pem, key: signerKey }],
  ])('%s', async (_, { chain, key }) => {
    const { codes, state } = await judge({ collateral: { ...collateralOf(), ...signedBy(tcbText(), key), tcb_info_issuer_chain: chain } });
    expect(state).toBe('failed');
    expect(codes['tcbinfo']).toBe('fail TCB_INFO_CHAIN');
    expect(codes['tcb']).toBe('unknown TCB_INFO_CHAIN');
  });

  it('out of date leaves the question open', async () => {
    const past = signer({ notAfter: NOW - DAY });
    const { codes, state } = await judge({ collateral: { ...collateralOf(), ...signedBy(tcbText()), tcb_info_issuer_chain: past.pem + root.pem } });
    expect(state).toBe('incomplete');
    expect(codes).toEqual({ tcbinfo: 'unknown TCB_SIGNER_EXPIRED', 'tdx.module': 'unknown TCB_SIGNER_EXPIRED', tcb: 'unknown TCB_SIGNER_EXPIRED' });
  });

  it('the same text and signature under another key is another question', async () => {
    const good = { ...collateralOf(), ...signedBy(tcbText()), tcb_info_issuer_chain: signer().pem + root.pem };
    expect((await judge({ collateral: good })).codes).toEqual({});
    const other = signer({ key: derivedKey('another tcb signer') });
    expect((await judge({ collateral: { ...good, tcb_info_issuer_chain: other.pem + root.pem } })).codes['tcbinfo']).toBe('fail TCB_INFO_SIGNATURE');
  });
});

describe('two roots', () => {
  const otherRoot = rootOf({ key: strangerKey, issuerKey: strangerKey });
  const stranger: Anchor = { vendor: 'intel', kind: 'sgx', subject: '', spki: toHex(strangerKey.spki), fingerprint: '', source: '' };
  const otherSigner = signer({ issuerKey: strangerKey });
  const underOther: TdxCollateral = {
    ...collateralOf(), ...signedBy(tcbText()), tcb_info_issuer_chain: otherSigner.pem + otherRoot.pem, qe_identity_issuer_chain: otherSigner.pem + otherRoot.pem,
  };
  const lists = (key: typeof strangerKey, ...serials: Buffer[]) => toHex(crl({ issuer: ROOT_NAME, issuerKey: key, number: 1, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, revoked: serials }));
  const foreign = { chain: [pckLeaf({ issuerKey: strangerKey }), pckCa({ key: strangerKey, issuerKey: strangerKey }), otherRoot] };

  it('both anchors: what is said about evidence must come from under the root of the evidence', async () => {
    const { codes, state } = await judge({ collateral: underOther, input: { anchors: [...ANCHORS, stranger] } });
    expect(state).toBe('failed');
    expect(codes).toMatchObject({ tcbinfo: 'fail TCB_INFO_CHAIN', qeidentity: 'fail QE_IDENTITY_CHAIN', tcb: 'unknown TCB_INFO_CHAIN' });
    expect(codes).not.toHaveProperty('pck.chain');
  });

  it('evidence under a stranger’s: nothing of it passes, and Intel’s own lists are not blamed for it', async () => {
    const { codes } = await outcome(foreign);
    // The root list is Intel's: the stranger's CA may or may not be revoked.
    expect(codes).toEqual({ ...linksOpen('ROOT_UNTRUSTED'), 'pck.chain': 'fail ROOT_UNTRUSTED', 'pck.revocation': 'fail ROOT_CRL_SIGNATURE' });
  });

  it('a stranger’s root list says nothing about the signer of Intel’s lists', async () => {
    const { codes } = await outcome(foreign, { ...collateralOf(), root_ca_crl: lists(strangerKey) });
    expect(codes).toMatchObject({ 'pck.chain': 'fail ROOT_UNTRUSTED', 'pck.revocation': 'fail PCK_CRL_SIGNATURE', tcbinfo: 'unknown ROOT_CRL_SIGNATURE', qeidentity: 'unknown ROOT_CRL_SIGNATURE' });
    const accused = await outcome(foreign, { ...collateralOf(), root_ca_crl: lists(strangerKey, tcbSigner(NOW).serial) });
    expect(accused.codes['tcbinfo']).toBe('unknown ROOT_CRL_SIGNATURE');
  });

  it('Intel’s root list does, whoever signed the evidence', async () => {
    const { codes } = await outcome(foreign, { ...collateralOf(), root_ca_crl: lists(root.key, tcbSigner(NOW).serial) });
    expect(codes).toMatchObject({ 'pck.chain': 'fail ROOT_UNTRUSTED', tcbinfo: 'fail TCB_SIGNER_REVOKED', qeidentity: 'fail TCB_SIGNER_REVOKED' });
  });

  it('links over a chain that does not hold do not pass', async () => {
    const { codes } = await outcome({ chain: [pckLeaf({ pathLength: 0 }), platformCa, root] });
    expect(codes).toEqual({ ...linksOpen('PCK_CHAIN_CONSTRAINTS'), 'pck.chain': 'fail PCK_CHAIN_CONSTRAINTS', 'pck.revocation': 'unknown PCK_CHAIN_CONSTRAINTS' });
  });
});

describe('a list that is Intel’s and about something else', () => {
  const withText = (text: string) => judge({ collateral: { ...collateralOf(), ...signedBy(text) } });

  it('another platform', async () => {
    expect((await withText(tcbText('00806f050000'))).codes).toMatchObject({ tcbinfo: 'fail FMSPC_MISMATCH', tcb: 'unknown FMSPC_MISMATCH', 'tdx.module': 'unknown FMSPC_MISMATCH' });
  });

  it('another PCE', async () => {
    expect((await withText(tcbText().replace('"pceId":"0000"', '"pceId":"0001"'))).codes['tcbinfo']).toBe('fail PCEID_MISMATCH');
  });

  it('a level that is revoked is refused under every policy', async () => {
    const { codes } = await judge({ collateral: { ...collateralOf(), ...signedBy(tcbText().replaceAll('"tcbStatus":"UpToDate"', '"tcbStatus":"Revoked"')) }, policy: { passTcb: ['Revoked'], weakTcb: ['Revoked'] } });
    expect(codes['tcb']).toBe('fail TCB_REVOKED');
    const fact = { status: 'Revoked', platform: 'Revoked', qe: 'UpToDate', advisoryIds: [], tcbDate: '2026-01-01T00:00:00Z', evaluationDataNumber: 1 } as const;
    expect(appraiseTcb(fact, [], { ...GENUINE.tdx, passTcb: ['Revoked'] })).toMatchObject({ outcome: 'fail', code: 'TCB_REVOKED' });
    expect(appraiseTcb(fact, [], { ...GENUINE.tdx, passTcb: [], weakTcb: ['Revoked'] })).toMatchObject({ outcome: 'fail', code: 'TCB_REVOKED' });
  });

  const TDX_05 = { id: 'TDX_05', mrsigner: '00'.repeat(48), attributes: '00'.repeat(8), attributesMask: 'FF'.repeat(8) };
  const withModule = (status: string, advisoryIDs: readonly string[] = []) =>
    tcbText().replace('"tdxModuleIdentities":[', `"tdxModuleIdentities":[${JSON.stringify({ ...TDX_05, tcbLevels: [{ tcb: { isvsvn: 0 }, tcbDate: '2025-05-14T00:00:00Z', tcbStatus: status, advisoryIDs }] })},`);
  const runsNow = (svns: readonly number[], text: string, policy = DEFAULT.tdx) =>
    judge({ quote: { version: 5, teeTcbSvn2: [...svns, ...Array.from({ length: 13 }, () => 0)] }, collateral: { ...collateralOf(), ...signedBy(text) }, policy });
  const tcbOf = ({ checks }: Awaited<ReturnType<typeof runsNow>>) => checks.find((check) => check.id === 'tcb');

  it('a module that has been revoked since the launch is refused under every policy, though Intel’s status is that of the launch', async () => {
    for (const policy of [DEFAULT.tdx, { ...GENUINE.tdx, passTcb: [...GENUINE.tdx.passTcb, 'Revoked' as const] }]) {
      const result = await runsNow([6, 5, 3], withModule('Revoked', ['INTEL-SA-09999']), policy);
      expect(tcbOf(result)).toMatchObject({ outcome: 'fail', code: 'TCB_REVOKED', actual: 'Revoked', detail: expect.stringContaining('INTEL-SA-09999') });
      expect(result.claims?.tcb).toMatchObject({ status: 'UpToDate', launch: 'UpToDate', current: 'Revoked', advisoryIds: [] });
    }
  });

  it('a module that is out of date now is appraised so by default; genuine keeps Intel’s status; the advisories are told by both', async () => {
    const old = await runsNow([6, 5, 3], withModule('OutOfDate', ['INTEL-SA-09999']));
    expect(old.codes).toEqual({ tcb: 'fail TCB_OUT_OF_DATE' });
    expect(tcbOf(old)).toMatchObject({ actual: 'OutOfDate', detail: expect.stringMatching(/^UpToDate, .*runs now: OutOfDate, INTEL-SA-09999/) });
    expect(old.claims?.tcb).toMatchObject({ status: 'UpToDate', current: 'OutOfDate', advisoryIds: [] });
    const genuine = await runsNow([6, 5, 3], withModule('OutOfDate', ['INTEL-SA-09999']), GENUINE.tdx);
    expect(genuine.codes).toEqual({});
    expect(tcbOf(genuine)?.detail).toContain('INTEL-SA-09999');
    expect(tcbOf(await runsNow([6, 1, 3], tcbText()))?.detail).not.toContain('runs now');
  });

  it('what is worse now leaves the gap that its own status leaves', () => {
    const fact = { status: 'UpToDate', platform: 'UpToDate', qe: 'UpToDate', launch: 'UpToDate', current: 'ConfigurationNeeded', advisoryIds: [], tcbDate: '2026-01-01T00:00:00Z', evaluationDataNumber: 1 } as const;
    expect(appraiseTcb(fact, [], DEFAULT.tdx)).toMatchObject({ outcome: 'weak', code: 'TCB_CONFIGURATION_NEEDED', actual: 'ConfigurationNeeded' });
    expect(appraiseTcb({ ...fact, launch: 'ConfigurationNeeded', status: 'ConfigurationNeeded', current: 'UpToDate' }, [], { ...DEFAULT.tdx, passTcb: ['ConfigurationNeeded'] })).toMatchObject({ outcome: 'pass' });
  });

  it.each([
    ['a module that Intel does not list', [6, 0x77, 3]],
    ['a module below every level', [0, 1, 3]],
    ['other components below every level', [6, 1, 1]],
  ])('%s, running now, is not supported, whatever the TD was launched on', async (_, svns) => {
    for (const policy of [DEFAULT.tdx, GENUINE.tdx]) {
      const { codes, claims } = await runsNow(svns, tcbText(), policy);
      expect(codes).toEqual({ tcb: 'fail TCB_NOT_SUPPORTED' });
      expect(claims?.tcb).toBeUndefined();
    }
  });

  it('a module that Intel does not list, launched on, is another’s and has no level', async () => {
    const { codes } = await judge({ quote: { teeTcbSvn: [6, 0x77, 3, ...Array.from({ length: 13 }, () => 0)] } });
    expect(codes).toEqual({ 'tdx.module': 'fail TDX_MODULE_MISMATCH', tcb: 'fail TCB_NOT_SUPPORTED' });
  });

  it('a module with attributes is refused even where a list would name them', async () => {
    const named = tcbText().replaceAll('"attributes":"0000000000000000"', '"attributes":"0100000000000000"');
    const { checks } = await judge({ quote: { tamper: [[160, 1]] }, collateral: { ...collateralOf(), ...signedBy(named) } });
    expect(checks.find((check) => check.id === 'tdx.module')).toMatchObject({ outcome: 'fail', code: 'TDX_MODULE_MISMATCH', detail: expect.stringContaining('has attributes') });
  });
});

it('a revocation list of a CA that may not sign lists', async () => {
  const mute = resigned(pckCa().der, root.key, Buffer.from('03020106', 'hex'), Buffer.from('03020204', 'hex'));
  const { codes } = await outcome({ chain: [leaf, mute, root] });
  expect(codes).toEqual({ ...fieldsOpen('PCK_CRL_SIGNATURE'), 'pck.revocation': 'fail PCK_CRL_SIGNATURE' });
});

it('a revocation list with a serial that needs a sign octet finds its certificate', async () => {
  const serial = Buffer.from(leaf.serial);
  const list = crl({ issuer: PLATFORM_NAME, issuerKey: platformCa.key, number: 5, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, revoked: [serial] });
  expect((await judge({ collateral: { ...collateralOf(), pck_crl: toHex(list) } })).codes).toEqual({ ...linksOpen('PCK_REVOKED'), 'pck.revocation': 'fail PCK_REVOKED' });
});

describe('lengths that do not fit exactly', () => {
  const edited = (edit: (quote: Buffer) => Buffer | void) => {
    const quote = Buffer.from(quoteOf());
    return edit(quote) ?? quote;
  };
  const grow = (quote: Buffer, ...fields: number[]) => {
    const longer = Buffer.concat([quote, Buffer.from([0])]);
    for (const at of fields) longer.writeUInt32LE(longer.readUInt32LE(at) + 1, at);
    return longer;
  };

  it.each([
    ['a byte the outer certification data does not claim', (quote: Buffer) => grow(quote, 632), 'AUTH_SIZE'],
    ['a byte the inner certification data does not claim', (quote: Buffer) => grow(quote, 632, 766), 'CERT_SIZE'],
  ])('%s', async (_, edit, code) => {
    expect((await judge({ bytes: edited(edit) })).codes).toEqual({ parse: `fail ${code}` });
  });

  it('a body of the other TEE in a v5 quote', async () => {
    const quote = Buffer.from(quoteOf({ version: 5, body: '1.0' }));
    quote.writeUInt16LE(1, 48);
    quote.writeUInt32LE(384, 50);
    expect((await judge({ bytes: quote })).codes).toEqual({ parse: 'fail BODY_TYPE' });
    quote.writeUInt16LE(5, 48);
    expect((await judge({ bytes: quote })).codes).toEqual({ parse: 'fail BODY_TYPE' });
  });
});

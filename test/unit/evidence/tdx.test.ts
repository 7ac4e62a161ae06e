import { describe, expect, it } from 'vitest';
import { DEFAULT, GENUINE } from '../../../src/checks/policy';
import type { TdxCollateral } from '../../../src/evidence/tdx/types';
import { looksLikeQuote, parseQuote, platformOf, reportDataOf } from '../../../src/evidence/tdx/index';
import { toHex } from '../../../src/encoding/hex';
import { VENDOR_ANCHORS } from '../../../src/roots/anchors';
import { crl } from '../../simulator/pki/certificate.ts';
import { PLATFORM_NAME, ROOT_NAME, platformCa, root, tcbSigner } from '../../simulator/pki/intel.ts';
import { OUT_OF_DATE, REVOKED, UP_TO_DATE } from '../../simulator/tdx/machine.ts';
import { identityWith, sgxIdentity } from './qe-identities';
import { DAY, NOW, REPORT_DATA, collateralOf, fieldsOpen, judge, linksOpen, quoteOf } from './simulated';

const TD_IDS = ['parse', 'pck.chain', 'pck.revocation', 'tcbinfo', 'qeidentity', 'qe.report', 'qe.binding', 'quote.signature', 'tdx.module', 'tcb', 'policy.debug', 'policy.attributes', 'policy.xfam', 'policy.servicetd'];

const rootList = (...serials: Buffer[]) => toHex(crl({ issuer: ROOT_NAME, issuerKey: root.key, number: 1, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, revoked: serials }));

describe('a good quote', () => {
  it('of v4 passes every check of CLI.md, in its order', async () => {
    const result = await judge();
    expect(result.codes).toEqual({});
    expect(result.state).toBe('verified');
    expect(result.checks.map((check) => check.id)).toEqual(TD_IDS);
  });

  it('of v5 says which service TDs are bound', async () => {
    const result = await judge({ quote: { version: 5 } });
    expect(result.codes).toEqual({});
    expect(result.checks.map((check) => check.id)).toEqual(TD_IDS);
    expect(result.claims).toMatchObject({ tee: 'tdx', quoteVersion: 5, fmspc: '90c06f000000', debug: false, septVeDisable: true, mrServiceTd: '00'.repeat(48), reportData: toHex(REPORT_DATA) });
    expect(result.claims?.tcb).toMatchObject({ status: 'UpToDate', launch: 'UpToDate', current: 'UpToDate', evaluationDataNumber: 19 });
  });

  it('in a zero-padded buffer is as good', async () => {
    expect((await judge({ quote: { padding: 70 } })).state).toBe('verified');
  });

  it('tells its facts: certificates, components compared, collateral with dates', async () => {
    const { facts } = await judge();
    expect(facts?.certificates.map((certificate) => certificate.role)).toEqual(['root', 'intermediate', 'pck', 'tcb-signer']);
    expect(facts?.components?.tdx?.map((component) => component.compared).slice(0, 3)).toEqual([false, false, true]);
    expect(facts?.components?.platform).toHaveLength(16);
    expect(facts?.collateral.map((item) => [item.kind, item.number])).toEqual([['root-crl', undefined], ['pck-crl', undefined], ['tcb-info', 19], ['qe-identity', 19]]);
  });

  it('says before any collateral which machine it is from and what it carries', () => {
    const quote = parseQuote(quoteOf());
    expect(platformOf(quote)).toEqual({ tee: 'tdx', fmspc: '90c06f000000', ca: 'platform' });
    expect(toHex(reportDataOf(quote))).toBe(toHex(REPORT_DATA));
    expect(looksLikeQuote(quoteOf())).toBe(true);
    expect(looksLikeQuote(quoteOf().subarray(1))).toBe(false);
  });
});

describe('one fault is one finding, and hides no other', () => {
  it('junk after the quote: all other checks still pass', async () => {
    expect((await judge({ bytes: Uint8Array.from([...quoteOf(), 0, 1]) })).codes).toEqual({ parse: 'fail TRAILING_BYTES' });
  });

  it('perfect evidence under a root that is not the vendor’s', async () => {
    const { codes, state } = await judge({ input: { anchors: VENDOR_ANCHORS } });
    expect(state).toBe('failed');
    expect(codes).toEqual({
      ...linksOpen('ROOT_UNTRUSTED'), 'pck.chain': 'fail ROOT_UNTRUSTED', 'pck.revocation': 'unknown ROOT_UNTRUSTED',
      tcbinfo: 'fail TCB_INFO_CHAIN', qeidentity: 'fail QE_IDENTITY_CHAIN', 'tdx.module': 'unknown TCB_INFO_CHAIN', tcb: 'unknown TCB_INFO_CHAIN',
    });
  });

  it('no anchors at all anchor nothing', async () => {
    expect((await judge({ input: { anchors: [] } })).codes['pck.chain']).toBe('fail ROOT_UNTRUSTED');
  });

  it('a tampered body: what the body says is not told as passed', async () => {
    const { codes, claims, facts } = await judge({ quote: { tamper: [[184, 1]] } });
    expect(codes).toEqual({ ...fieldsOpen('QUOTE_SIGNATURE'), 'quote.signature': 'fail QUOTE_SIGNATURE' });
    expect(claims?.tcb).toBeUndefined();
    expect(facts?.components).toBeUndefined();
  });

  it('several faults in one check: the worst gives the code, the others are named', async () => {
    const collateral = { ...collateralOf({ age: 'stale' }), root_ca_crl: 'deadbeef' };
    const { checks } = await judge({ collateral });
    expect(checks.find((check) => check.id === 'pck.revocation')).toMatchObject({ outcome: 'fail', code: 'ROOT_CRL_PARSE', detail: expect.stringContaining('PCK_CRL_EXPIRED') });
  });
});

describe('revocation', () => {
  it('of the machine’s PCK certificate', async () => {
    const { codes, claims } = await judge({ quote: { machine: REVOKED } });
    expect(codes).toEqual({ ...linksOpen('PCK_REVOKED'), 'pck.revocation': 'fail PCK_REVOKED' });
    expect(claims?.tcb?.status).toBe('UpToDate');
  });

  it('stays a contradiction on a list that has run out', async () => {
    const { codes } = await judge({ quote: { machine: REVOKED }, endorsed: { age: 'stale' } });
    expect(codes['pck.revocation']).toBe('fail PCK_REVOKED');
  });

  it('of the PCK CA, and of the TCB signer', async () => {
    const collateral = collateralOf();
    expect((await judge({ collateral: { ...collateral, root_ca_crl: rootList(platformCa.serial) } })).codes).toEqual({ ...linksOpen('PCK_CA_REVOKED'), 'pck.revocation': 'fail PCK_CA_REVOKED' });
    const { codes } = await judge({ collateral: { ...collateral, root_ca_crl: rootList(tcbSigner(NOW).serial) } });
    expect(codes).toMatchObject({ tcbinfo: 'fail TCB_SIGNER_REVOKED', qeidentity: 'fail TCB_SIGNER_REVOKED', tcb: 'unknown TCB_SIGNER_REVOKED' });
  });

  it('a list signed by someone else with the right name', async () => {
    const forged = crl({ issuer: PLATFORM_NAME, issuerKey: tcbSigner(NOW).key, number: 1, thisUpdate: NOW - DAY, nextUpdate: NOW + DAY, revoked: [] });
    expect((await judge({ collateral: { ...collateralOf(), pck_crl: toHex(forged) } })).codes).toEqual({ ...fieldsOpen('PCK_CRL_SIGNATURE'), 'pck.revocation': 'fail PCK_CRL_SIGNATURE' });
  });

  it('without a root list it cannot be said that the signer of Intel’s lists still is one', async () => {
    const { root_ca_crl: _gone, ...rest } = collateralOf();
    expect((await judge({ collateral: rest })).codes).toEqual({
      ...fieldsOpen('ROOT_CRL_MISSING'), 'pck.revocation': 'unknown ROOT_CRL_MISSING', tcbinfo: 'unknown ROOT_CRL_MISSING', qeidentity: 'unknown ROOT_CRL_MISSING', 'qe.report': 'unknown ROOT_CRL_MISSING',
    });
  });

  it('a root list that has run out leaves the signer open too', async () => {
    const old = toHex(crl({ issuer: ROOT_NAME, issuerKey: root.key, number: 1, thisUpdate: NOW - 2 * DAY, nextUpdate: NOW - DAY, revoked: [] }));
    const { codes, state } = await judge({ collateral: { ...collateralOf(), root_ca_crl: old } });
    expect(state).toBe('incomplete');
    expect(codes).toMatchObject({ 'pck.revocation': 'unknown ROOT_CRL_EXPIRED', tcbinfo: 'unknown ROOT_CRL_EXPIRED', qeidentity: 'unknown ROOT_CRL_EXPIRED' });
  });
});

const FIELDS = [
  ['root_ca_crl', 'pck.revocation', 'ROOT_CRL_MISSING'],
  ['pck_crl', 'pck.revocation', 'PCK_CRL_MISSING'],
  ['tcb_info', 'tcbinfo', 'TCB_INFO_MISSING'],
  ['tcb_info_signature', 'tcbinfo', 'TCB_INFO_MISSING'],
  ['tcb_info_issuer_chain', 'tcbinfo', 'TCB_INFO_MISSING'],
  ['qe_identity', 'qeidentity', 'QE_IDENTITY_MISSING'],
  ['qe_identity_signature', 'qeidentity', 'QE_IDENTITY_MISSING'],
  ['qe_identity_issuer_chain', 'qeidentity', 'QE_IDENTITY_MISSING'],
] as const;

describe('endorsements that are not there leave the question open; empty ones are a contradiction', () => {
  it.each(FIELDS)('%s', async (field, id, code) => {
    const { [field]: _gone, ...rest }: TdxCollateral = collateralOf();
    const missing = await judge({ collateral: rest });
    expect(missing.state).toBe('incomplete');
    expect(missing.codes[id]).toBe(`unknown ${code}`);
    const empty = await judge({ collateral: { ...rest, [field]: '' } });
    expect(empty.state).toBe('failed');
    expect(empty.codes[id]).toMatch(/^fail /);
  });

  it('nothing but the quote: every check that needs Intel’s lists is open, the quote’s own signatures hold', async () => {
    const { codes, state } = await judge({ collateral: {} });
    expect(state).toBe('incomplete');
    expect(Object.keys(codes)).toEqual(['pck.revocation', 'tcbinfo', 'qeidentity', 'qe.report', ...Object.keys(fieldsOpen(''))]);
  });

  it('no QE identity: whose enclave signed is open, and with it all that it signed', async () => {
    const { qe_identity: _gone, ...rest } = collateralOf();
    expect((await judge({ collateral: rest })).codes).toEqual({ ...fieldsOpen('QE_IDENTITY_MISSING'), qeidentity: 'unknown QE_IDENTITY_MISSING', 'qe.report': 'unknown QE_IDENTITY_MISSING' });
  });

  it('measurements that the policy names are open too', async () => {
    const { claims } = await judge();
    const { codes } = await judge({ collateral: {}, policy: { measurements: { mrTd: [claims?.mrTd ?? ''] } } });
    expect(codes['measurement']).toMatch(/^unknown /);
  });

  it('the reason why is the code, where the getter knows it', async () => {
    const { codes } = await judge({ collateral: {}, input: { collateralProblem: { code: 'COLLATERAL_UNREACHABLE', detail: 'offline' } } });
    expect(new Set(Object.values(codes))).toEqual(new Set(['unknown COLLATERAL_UNREACHABLE']));
  });

  it('each with its own reason, where the getter told each; none for what it says nothing of', async () => {
    const items = { 'root-crl': { code: 'COLLATERAL_UNREACHABLE', detail: 'offline' }, 'tcb-info': { code: 'COLLATERAL_ROLLED_BACK', detail: 'older' } } as const;
    const { codes } = await judge({ collateral: {}, input: { collateralProblem: { code: 'COLLATERAL_ROLLED_BACK', detail: 'all', items } } });
    expect(codes).toMatchObject({ 'pck.revocation': 'unknown COLLATERAL_UNREACHABLE', tcbinfo: 'unknown COLLATERAL_ROLLED_BACK', qeidentity: 'unknown QE_IDENTITY_MISSING' });
  });

  it('a clock that is behind leaves every date open, and what rests on dates', async () => {
    const { codes, state, claims } = await judge({ input: { now: NOW - 4000 * DAY, clockBehind: { detail: 'built later' } } });
    expect(state).toBe('incomplete');
    expect(codes).toEqual({
      ...fieldsOpen('CLOCK_BEHIND'), 'pck.chain': 'unknown CLOCK_BEHIND', 'pck.revocation': 'unknown CLOCK_BEHIND', tcbinfo: 'unknown CLOCK_BEHIND', qeidentity: 'unknown CLOCK_BEHIND',
      'qe.report': 'unknown CLOCK_BEHIND',
    });
    expect(claims?.tcb?.status).toBe('UpToDate');
  });
});

describe('dates', () => {
  it('lists that have run out: open, with the reason they were not renewed', async () => {
    const { codes, state, checks } = await judge({ endorsed: { age: 'stale' }, input: { collateralProblem: { code: 'COLLATERAL_UNREACHABLE', detail: 'no network' } } });
    expect(state).toBe('incomplete');
    expect(codes).toMatchObject({ 'pck.revocation': 'unknown ROOT_CRL_EXPIRED', tcbinfo: 'unknown TCB_INFO_EXPIRED', qeidentity: 'unknown QE_IDENTITY_EXPIRED', tcb: 'unknown TCB_INFO_EXPIRED' });
    expect(checks.find((check) => check.id === 'tcbinfo')?.detail).toContain('no network');
  });

  it('what an old list already says is not forgiven because it is old', async () => {
    expect((await judge({ endorsed: { age: 'stale' }, quote: { machine: OUT_OF_DATE } })).codes['tcb']).toBe('fail TCB_OUT_OF_DATE');
  });

  it('a clock a few minutes behind the signer’s is granted, half an hour is not', async () => {
    const collateral = collateralOf();
    expect((await judge({ collateral, input: { now: NOW - 4 * 60_000 } })).state).toBe('verified');
    expect((await judge({ collateral, input: { now: NOW - 30 * 60_000 } })).codes['tcbinfo']).toBe('unknown TCB_INFO_NOT_YET_VALID');
  });

  it('a PCK certificate outside its dates is a contradiction', async () => {
    const { codes, state } = await judge({ endorsed: { now: NOW + 3000 * DAY }, input: { now: NOW + 3000 * DAY } });
    expect(state).toBe('failed');
    expect(codes['pck.chain']).toBe('fail PCK_EXPIRED');
  });
});

describe('policy', () => {
  it.each([
    ['debug', { debug: true }, 'policy.debug', 'DEBUG_ENABLED'],
    ['SEPT_VE_DISABLE off', { septVeDisable: false }, 'policy.attributes', 'SEPT_VE_DISABLE_OFF'],
    ['a service TD', { version: 5, mrServiceTd: new Uint8Array(48).fill(1) }, 'policy.servicetd', 'SERVICE_TD'],
    ['XFAM without its fixed bits', { xfam: new Uint8Array(8) }, 'policy.xfam', 'XFAM'],
    ['XFAM with a bit nobody defined', { xfam: Uint8Array.of(0xe7, 2, 6, 0, 0, 0, 0, 0x80) }, 'policy.xfam', 'XFAM'],
  ] as const)('default refuses %s, genuine shows it', async (_, quote, id, code) => {
    expect((await judge({ quote })).codes).toEqual({ [id]: `fail ${code}` });
    expect((await judge({ quote, policy: GENUINE.tdx })).codes).toEqual({});
  });

  it('a list older than the policy wants', async () => {
    expect((await judge({ policy: { minEvaluationDataNumber: 19 } })).codes).toEqual({});
    expect((await judge({ policy: { minEvaluationDataNumber: 20 } })).codes).toEqual({ tcb: 'fail TCB_EVALUATION_TOO_OLD' });
  });

  it('measurements that the policy names', async () => {
    const { claims } = await judge();
    const good = { mrTd: ['00'.repeat(48), claims?.mrTd ?? ''], rtmr3: ['00'.repeat(48)] };
    expect((await judge({ policy: { measurements: good } })).codes).toEqual({});
    const wrong = await judge({ policy: { measurements: { ...good, rtmr1: ['00'.repeat(48)] } } });
    expect(wrong.checks.find((check) => check.id === 'measurement')).toMatchObject({ code: 'MEASUREMENT_MISMATCH', detail: 'rtmr1', expected: '00'.repeat(48), actual: claims?.rtmr1 });
    expect((await judge({ policy: { measurements: { mrTd: [] } } })).codes).toEqual({ measurement: 'fail MEASUREMENT_MISMATCH' });
  });

  it('relaunch advised is weak by default: launched on an old module that has been updated since', async () => {
    const old = [4, 1, 3, ...Array.from({ length: 13 }, () => 0)];
    const result = await judge({ quote: { version: 5, teeTcbSvn: old, teeTcbSvn2: UP_TO_DATE.teeTcbSvn } });
    expect(result.codes).toEqual({ tcb: 'weak TCB_RELAUNCH_ADVISED' });
    expect(result.claims?.tcb).toMatchObject({ status: 'TDRelaunchAdvised', launch: 'OutOfDate', current: 'UpToDate', module: 'OutOfDate' });
  });

  it('a status that the policy does not name is refused', async () => {
    expect((await judge({ policy: { passTcb: [], weakTcb: [] } })).codes).toEqual({ tcb: 'fail TCB_REFUSED_BY_POLICY' });
    expect((await judge({ quote: { machine: OUT_OF_DATE }, policy: { passTcb: [], weakTcb: ['OutOfDate'] } })).codes).toEqual({ tcb: 'weak TCB_ACCEPTED_BY_POLICY' });
  });
});

describe('mistakes of others (reference/field.md section 3)', () => {
  it('7: OutOfDate is not silently accepted', async () => {
    const { codes, state, claims } = await judge({ quote: { machine: OUT_OF_DATE } });
    expect(state).toBe('failed');
    expect(codes).toEqual({ tcb: 'fail TCB_OUT_OF_DATE' });
    expect(claims?.tcb?.advisoryIds).toContain('INTEL-SA-01036');
  });

  it('12: the quoting enclave is compared with Intel’s identity of it', async () => {
    const collateral = collateralOf();
    const forSgx = { ...collateral, ...sgxIdentity() };
    expect((await judge({ collateral: forSgx })).codes).toMatchObject({ qeidentity: 'fail QE_IDENTITY_ID', 'qe.report': 'unknown QE_IDENTITY_ID', tcb: 'unknown QE_IDENTITY_ID' });
    const otherSigner = { ...collateral, ...identityWith({ mrsigner: '00'.repeat(32) }) };
    expect((await judge({ collateral: otherSigner })).codes).toEqual({ ...linksOpen('QE_MRSIGNER'), 'qe.report': 'fail QE_MRSIGNER' });
    expect((await judge({ collateral: { ...collateral, ...identityWith({ version: 3 }) } })).codes['qeidentity']).toBe('fail QE_IDENTITY_VERSION');
    const otherProduct = { ...collateral, ...identityWith({ isvprodid: 3 }) };
    expect((await judge({ collateral: otherProduct })).codes['qe.report']).toBe('fail QE_ISVPRODID');
    const otherMisc = { ...collateral, ...identityWith({ miscselect: '01000000' }) };
    expect((await judge({ collateral: otherMisc })).codes['qe.report']).toBe('fail QE_MISCSELECT');
    const otherAttributes = { ...collateral, ...identityWith({ attributes: `13${'00'.repeat(15)}` }) };
    expect((await judge({ collateral: otherAttributes })).codes['qe.report']).toBe('fail QE_ATTRIBUTES');
    const newerOnly = { ...collateral, ...identityWith({ tcbLevels: [{ tcb: { isvsvn: 99 }, tcbDate: '2026-01-01T00:00:00Z', tcbStatus: 'UpToDate' }] }) };
    expect((await judge({ collateral: newerOnly })).codes).toEqual({ tcb: 'fail QE_TCB_NOT_SUPPORTED' });
  });

  it('18: collateral from boot time does not make a later verdict: the same bytes pass then and are open now', async () => {
    const collateral = collateralOf();
    expect((await judge({ collateral })).state).toBe('verified');
    expect((await judge({ collateral, input: { now: NOW + 31 * DAY } })).state).toBe('incomplete');
  });

  it('19: the platform’s SVNs come from the PCK certificate: a machine certified at old ones stays out of date whatever its TD reports', async () => {
    const boasting = await judge({ quote: { machine: { ...OUT_OF_DATE, teeTcbSvn: [255, 1, ...Array.from({ length: 14 }, () => 255)] } } });
    expect(boasting.codes).toEqual({ tcb: 'fail TCB_OUT_OF_DATE' });
    expect(boasting.facts?.components?.platform[0]).toMatchObject({ have: 2, compared: true });
  });

  it.each([0, 1, 31, 33, 1000])('22: QE authentication data of %i bytes is as good as of 32', async (length) => {
    const result = await judge({ quote: { qeAuthData: new Uint8Array(length).fill(7) } });
    expect(result.codes).toEqual({});
    expect(result.state).toBe('verified');
  });

  it('24: a simulated root is no anchor of the shipped list', () => {
    expect(VENDOR_ANCHORS.filter((anchor) => anchor.kind === 'sgx').map((anchor) => anchor.fingerprint)).toEqual(['44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3']);
  });
});

it('policies by name: default passes what CLI.md passes', () => {
  expect(DEFAULT.tdx.passTcb).toEqual(['UpToDate', 'SWHardeningNeeded']);
});

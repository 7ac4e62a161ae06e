import { describe, expect, it } from 'vitest';
import type { GetResponse } from '../../../src/checks/getter';
import { noteVendorDate } from '../../../src/collateral/clock';
import { clockBehind, intelCollateral, newestVendorDate } from '../../../src/collateral/intel-pcs';
import type { QuotePlatform } from '../../../src/evidence/tdx/index';
import { toHex } from '../../../src/encoding/hex';
import { VENDOR_ANCHORS } from '../../../src/roots/anchors';
import type { Anchor } from '../../../src/roots/anchors';
import { PLATFORM_NAME, ROOT_NAME, platformCa, root } from '../../simulator/pki/intel.ts';
import { dates, qeIdentity, tcbInfo, tcbSignature } from '../../simulator/tdx/collateral.ts';
import { UP_TO_DATE } from '../../simulator/tdx/machine.ts';
import { DATES, certificate, crl, derivedKey, pckCa, rootOf, strangerKey } from '../evidence/forge';
import { ANCHORS, DAY, NOW, judge } from '../evidence/simulated';
import { FakeIntel, MemoryStore } from './fake-intel';

const PLATFORM: QuotePlatform = { tee: 'tdx', fmspc: '90c06f000000', ca: 'platform' };
const FIELDS = ['pck_crl', 'pck_crl_issuer_chain', 'qe_identity', 'qe_identity_issuer_chain', 'qe_identity_signature', 'root_ca_crl', 'tcb_info', 'tcb_info_issuer_chain', 'tcb_info_signature'];
/** Longer than Intel is left alone after a failure. */
const LATER = 31_000;
/** TCB info and QE identity. */
const STATEMENTS = /tcb\?|identity/;
const asked = (intel: FakeIntel, which: RegExp): readonly string[] => intel.asked.filter((url) => which.test(url));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

function setUp() {
  const intel = new FakeIntel();
  const store = new MemoryStore();
  const at = (now: number, platform = PLATFORM) => intelCollateral({ get: intel.get, store, now, anchors: ANCHORS })(platform);
  /** Intel's lists as of this time, asked for at this time. */
  const published = (now: number) => {
    intel.options = { ...intel.options, now };
    return at(now);
  };
  return { intel, store, at, published };
}

const issuedOf = (given: { collateral: { tcb_info?: string } }) => (JSON.parse(given.collateral.tcb_info ?? '{}') as { issueDate?: string }).issueDate;
const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');

describe('getting Intel’s lists', () => {
  it('fetches the four of them, and a quote verifies with what came', async () => {
    const { intel, at } = setUp();
    const given = await at(NOW);
    expect(Object.keys(given.collateral).sort()).toEqual(FIELDS);
    expect(given.problem).toBeUndefined();
    expect(intel.asked.sort()).toEqual([
      'https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=platform&encoding=der',
      'https://api.trustedservices.intel.com/tdx/certification/v4/qe/identity',
      'https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=90c06f000000',
      'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der',
    ]);
    expect((await judge({ collateral: given.collateral })).state).toBe('verified');
  });

  it('asks again only for what it does not hold: another TEE shares the lists of certificates', async () => {
    const { intel, at } = setUp();
    await at(NOW);
    expect((await at(NOW + 0.9 * DAY)).problem).toBeUndefined();
    expect(intel.asked).toHaveLength(4);
    await at(NOW, { ...PLATFORM, tee: 'sgx' });
    expect(intel.asked.slice(4).sort()).toEqual([
      'https://api.trustedservices.intel.com/sgx/certification/v4/qe/identity',
      'https://api.trustedservices.intel.com/sgx/certification/v4/tcb?fmspc=90c06f000000',
    ]);
  });

  it('makes one request for many that wait, over all users of one store', async () => {
    const { intel, at } = setUp();
    const all = await Promise.all(Array.from({ length: 10 }, () => at(NOW)));
    expect(intel.asked).toHaveLength(4);
    for (const given of all) expect(Object.keys(given.collateral)).toHaveLength(FIELDS.length);
  });

  it('keeps bytes, and verifies them again when they are loaded: damaged ones count as none', async () => {
    const { intel, store, at } = setUp();
    await at(NOW);
    for (const [key, value] of store.kept) if (key.includes('tcb-info')) value[value.length - 20] = (value[value.length - 20] ?? 0) ^ 1;
    intel.offline = true;
    const { collateral, problem } = await at(NOW);
    expect(collateral.tcb_info).toBeUndefined();
    expect(collateral.qe_identity).toBeDefined();
    expect(problem?.detail).toMatch(/tcb-info as kept here.*NETWORK_UNREACHABLE/);
    intel.offline = false;
    expect((await at(NOW + LATER)).problem).toBeUndefined();
    expect(intel.asked).toHaveLength(6);
  });

  it('a store that holds rubbish or fails costs a fetch, not a verdict', async () => {
    const { intel, store, at } = setUp();
    store.kept.set('intel/root-crl', bytes('x'));
    store.get = (key) => (key === 'intel/pck-crl/platform' ? Promise.reject(new Error('disk')) : Promise.resolve(store.kept.get(key)));
    store.put = () => Promise.reject(new Error('quota'));
    const given = await at(NOW);
    expect(Object.keys(given.collateral).sort()).toEqual(FIELDS);
    expect(given.problem).toMatchObject({ code: 'COLLATERAL_UNREACHABLE', detail: expect.stringContaining('quota') });
    expect(intel.asked).toHaveLength(4);
  });

  it('the early channel is kept apart from the standard one', async () => {
    const { intel, store } = setUp();
    await intelCollateral({ get: intel.get, store, now: NOW, anchors: ANCHORS, channel: 'early' })(PLATFORM);
    expect(intel.asked.filter((url) => url.includes('update=early'))).toHaveLength(2);
    await intelCollateral({ get: intel.get, store, now: NOW, anchors: ANCHORS })(PLATFORM);
    expect([...store.kept.keys()].filter((key) => key.includes('tcb-info')).sort()).toEqual(['intel/tcb-info/early/tdx/90c06f000000', 'intel/tcb-info/standard/tdx/90c06f000000']);
  });
});

describe('renewal', () => {
  it('comes before the end, when a tenth of the life is left', async () => {
    const { intel, published } = setUp();
    await published(NOW);
    await published(NOW + 26 * DAY);
    expect(asked(intel, STATEMENTS)).toHaveLength(2);
    const renewed = await published(NOW + 27.5 * DAY);
    expect(asked(intel, STATEMENTS)).toHaveLength(4);
    expect(issuedOf(renewed)).toBe(iso(dates({ now: NOW + 27.5 * DAY }).issued));
  });

  it('comes before the signer’s end too: a statement lasts no longer than who made it', async () => {
    const { intel, at } = setUp();
    const short = certificate({ subject: 'Intel SGX TCB Signing', issuer: ROOT_NAME, key: derivedKey('intel tcb signer'), issuerKey: root.key, serial: 'short', notBefore: NOW - DAY, notAfter: NOW + 2 * DAY });
    intel.tamper = (url, response) => (/tcb\?|identity/.test(url) ? { ...response, header: () => encodeURIComponent(short.pem + root.pem) } : response);
    await at(NOW);
    await at(NOW + 0.5 * DAY);
    expect(asked(intel, STATEMENTS)).toHaveLength(2);
    await at(NOW + 1.5 * DAY);
    expect(asked(intel, STATEMENTS)).toHaveLength(4);
  });

  it('that fails keeps what still holds, and is not tried at every turn', async () => {
    const { intel, published, at } = setUp();
    await published(NOW);
    intel.offline = true;
    const kept = await at(NOW + 28 * DAY);
    expect(kept.collateral.tcb_info).toBeDefined();
    expect(kept.problem?.code).toBe('COLLATERAL_UNREACHABLE');
    const asked = intel.asked.length;
    await at(NOW + 28 * DAY + 60_000);
    expect(intel.asked).toHaveLength(asked);
    await at(NOW + 28 * DAY + 61 * 60_000);
    expect(intel.asked.length).toBeGreaterThan(asked);
  });

  it('that fails until after the end leaves the question open, with both reasons', async () => {
    const { intel, published, at } = setUp();
    await published(NOW);
    intel.offline = true;
    const later = NOW + 40 * DAY;
    const { collateral, problem } = await at(later);
    const { state, codes, checks } = await judge({ collateral, input: { now: later, ...(problem === undefined ? {} : { collateralProblem: problem }) } });
    expect(state).toBe('incomplete');
    expect(codes['tcbinfo']).toBe('unknown TCB_INFO_EXPIRED');
    expect(checks.find((check) => check.id === 'tcbinfo')?.detail).toContain('NETWORK_UNREACHABLE');
  });

  it('offline from the start: nothing is there, and the reason is the code', async () => {
    const { intel, at } = setUp();
    intel.offline = true;
    const { collateral, problem } = await at(NOW);
    expect(collateral).toEqual({});
    expect(problem?.code).toBe('COLLATERAL_UNREACHABLE');
    const { state, codes } = await judge({ collateral, input: problem === undefined ? {} : { collateralProblem: problem } });
    expect(state).toBe('incomplete');
    expect(codes['pck.revocation']).toBe('unknown COLLATERAL_UNREACHABLE');
    intel.offline = false;
    expect((await at(NOW + LATER)).problem).toBeUndefined();
  });
});

describe('lists of revoked certificates', () => {
  const LISTS = /RootCA|pckcrl/;

  it('are asked for daily, weeks before they run out: a revocation is seen the day after', async () => {
    const { intel, published, at } = setUp();
    await published(NOW);
    intel.options = { now: NOW + 3 * DAY, revoked: [UP_TO_DATE] };
    const { collateral } = await at(NOW + 3 * DAY);
    expect(asked(intel, LISTS)).toHaveLength(4);
    expect(asked(intel, STATEMENTS)).toHaveLength(2);
    expect((await judge({ collateral, input: { now: NOW + 3 * DAY } })).codes['pck.revocation']).toBe('fail PCK_REVOKED');
    await at(NOW + 3.9 * DAY);
    expect(asked(intel, LISTS)).toHaveLength(4);
    await at(NOW + 4.1 * DAY);
    expect(asked(intel, LISTS)).toHaveLength(6);
  });

  it('when they were had is kept with them: a new worker does not ask again, a store that lost it does', async () => {
    const { intel, store, published } = setUp();
    await published(NOW);
    const newWorker = async (change: (kept: Map<string, Uint8Array>) => void) => {
      const copy = new MemoryStore();
      for (const [key, value] of store.kept) copy.kept.set(key, value);
      change(copy.kept);
      const before = intel.asked.length;
      await intelCollateral({ get: intel.get, store: copy, now: NOW + 0.5 * DAY, anchors: ANCHORS })(PLATFORM);
      return intel.asked.length - before;
    };
    expect(await newWorker(() => undefined)).toBe(0);
    for (const odd of ['', 'x', String(NOW + 30 * DAY), String(NOW - DAY)]) expect(await newWorker((kept) => kept.set('intel/root-crl/asked', bytes(odd))), odd).toBe(1);
    expect(await newWorker((kept) => kept.delete('intel/pck-crl/platform/asked'))).toBe(1);
  });

  it('that cannot be renewed serve while they hold, and are asked for again an hour later', async () => {
    const { intel, published, at } = setUp();
    await published(NOW);
    intel.offline = true;
    const given = await at(NOW + 2 * DAY);
    expect(Object.keys(given.collateral).sort()).toEqual(FIELDS);
    expect((await judge({ collateral: given.collateral, input: { now: NOW + 2 * DAY, ...(given.problem === undefined ? {} : { collateralProblem: given.problem }) } })).state).toBe('verified');
    const before = intel.asked.length;
    await at(NOW + 2 * DAY + 59 * 60_000);
    expect(intel.asked).toHaveLength(before);
    await at(NOW + 2 * DAY + 61 * 60_000);
    expect(intel.asked).toHaveLength(before + 2);
  });
});

describe('after a failure', () => {
  it('Intel is left alone for half a minute, with the same reason, and no longer', async () => {
    const { intel, at } = setUp();
    intel.offline = true;
    const first = await at(NOW);
    const again = await at(NOW + 29_000);
    expect(again).toEqual(first);
    expect(intel.asked).toHaveLength(4);
    await at(NOW + 30_000);
    expect(intel.asked).toHaveLength(8);
    // A clock that was set back does not make it wait.
    await at(NOW - DAY);
    expect(intel.asked).toHaveLength(12);
  });

  it('so it is with lists that have run out', async () => {
    const { intel, published, at } = setUp();
    await published(NOW);
    intel.offline = true;
    const late = NOW + 400 * DAY;
    await at(late);
    const before = intel.asked.length;
    const again = await at(late + 1000);
    expect(intel.asked).toHaveLength(before);
    expect(again.collateral.tcb_info).toBeDefined();
    expect(again.problem?.code).toBe('COLLATERAL_UNREACHABLE');
  });

  it('a machine that Intel does not know is not asked about again for ten minutes', async () => {
    const { intel, at } = setUp();
    intel.tamper = (url, response) => (url.includes('tcb?') ? { ...response, status: 404 } : response);
    const tcb = async (now: number) => {
      const { problem } = await at(now);
      return [asked(intel, /tcb\?/).length, problem?.items?.['tcb-info']?.code];
    };
    expect(await tcb(NOW)).toEqual([1, 'COLLATERAL_UNREACHABLE']);
    expect(await tcb(NOW + 9 * 60_000)).toEqual([1, 'COLLATERAL_UNREACHABLE']);
    expect(await tcb(NOW + 10 * 60_000)).toEqual([2, 'COLLATERAL_UNREACHABLE']);
  });

  it('each item has its own reason: a damaged one says nothing about the others', async () => {
    const { intel, store, at } = setUp();
    await at(NOW);
    store.kept.set('intel/tcb-info/standard/tdx/90c06f000000', Uint8Array.of(0, 0, 0, 255, 1));
    store.kept.delete('intel/pck-crl/platform');
    intel.offline = true;
    const { collateral, problem } = await at(NOW);
    expect(problem?.items).toEqual({
      'tcb-info': { code: 'COLLATERAL_UNREACHABLE', detail: expect.stringMatching(/as kept here.*NETWORK_UNREACHABLE/) },
      'pck-crl': { code: 'COLLATERAL_UNREACHABLE', detail: expect.not.stringContaining('as kept here') },
    });
    const { codes } = await judge({ collateral, input: problem === undefined ? {} : { collateralProblem: problem } });
    expect(codes).toMatchObject({ tcbinfo: 'unknown COLLATERAL_UNREACHABLE', 'pck.revocation': 'unknown COLLATERAL_UNREACHABLE' });
    expect(Object.values(codes).join(' ')).not.toContain('TRUNCATED');
  });
});

it('what is asked for under some anchors is no answer for others', async () => {
  const { intel, store } = setUp();
  const stranger: Anchor = { vendor: 'intel', kind: 'sgx', subject: '', spki: toHex(strangerKey.spki), fingerprint: '', source: '' };
  const at = (anchors: readonly Anchor[]) => intelCollateral({ get: intel.get, store, now: NOW, anchors })(PLATFORM);
  const [foreign, own] = await Promise.all([at([stranger]), at(ANCHORS)]);
  expect(foreign.collateral).toEqual({});
  expect(own.problem).toBeUndefined();
  expect(Object.keys(own.collateral).sort()).toEqual(FIELDS);
});

describe('never backwards', () => {
  const rolledBack = async () => {
    const parts = setUp();
    await parts.published(NOW);
    return parts;
  };

  it('an older list than the one here is not stored, and the one here serves while it holds', async () => {
    const { intel, store, at } = await rolledBack();
    const before = new Map(store.kept);
    intel.options = { now: NOW + 28 * DAY, age: 'stale' };
    const given = await at(NOW + 28 * DAY);
    expect(issuedOf(given)).toBe(iso(dates({ now: NOW }).issued));
    expect(given.problem).toBeUndefined();
    expect(store.kept).toEqual(before);
  });

  it('once it has run out, the older one is refused: COLLATERAL_ROLLED_BACK, open', async () => {
    const { intel, at } = await rolledBack();
    intel.options = { now: NOW + 31 * DAY, age: 'stale' };
    const { collateral, problem } = await at(NOW + 31 * DAY);
    expect(collateral.tcb_info).toBeUndefined();
    expect(problem?.code).toBe('COLLATERAL_ROLLED_BACK');
    const { state, codes } = await judge({ collateral, input: { now: NOW + 31 * DAY, ...(problem === undefined ? {} : { collateralProblem: problem }) } });
    expect(state).toBe('incomplete');
    expect(codes['tcbinfo']).toBe('unknown COLLATERAL_ROLLED_BACK');
  });

  it('a list with a lower number is older whatever its date', async () => {
    const { intel, at } = await rolledBack();
    const later = NOW + 29 * DAY;
    intel.options = { now: later };
    const lower = crl({ issuer: PLATFORM_NAME, issuerKey: platformCa.key, number: 1, thisUpdate: later, nextUpdate: later + 30 * DAY, revoked: [] });
    intel.tamper = (url, response) => (url.includes('pckcrl') ? { ...response, body: new Uint8Array(lower) } : response);
    const held = await at(later);
    expect(held.collateral.pck_crl).not.toBe(lower.toString('hex'));
    const { problem } = await at(NOW + 31 * DAY);
    expect(problem).toMatchObject({ code: 'COLLATERAL_ROLLED_BACK', detail: expect.stringContaining('pck-crl') });
  });

  it.each([
    ['tcb-info', 'tcbInfo', (now: number) => tcbInfo('tdx', PLATFORM.fmspc, { now })],
    ['qe-identity', 'enclaveIdentity', (now: number) => qeIdentity('tdx', { now })],
  ] as const)('a %s of a lower evaluation number is older, however freshly it was issued', async (name, key, make) => {
    const { intel, store, at } = await rolledBack();
    const later = NOW + 28.5 * DAY;
    const lower = (now: number) => make(now).replace('"tcbEvaluationDataNumber":19', '"tcbEvaluationDataNumber":17');
    intel.options = { now: later };
    intel.tamper = (url, response) => (url.includes(name === 'tcb-info' ? 'tcb?' : 'identity') ? { ...response, body: signedBody(key, lower(later), later) } : response);
    const kept = [...store.kept].filter(([id]) => id.includes(name));
    const held = await at(later);
    expect(held.collateral[name === 'tcb-info' ? 'tcb_info' : 'qe_identity']).toContain('"tcbEvaluationDataNumber":19');
    expect([...store.kept].filter(([id]) => id.includes(name))).toEqual(kept);
    const { collateral, problem } = await at(NOW + 31 * DAY);
    expect(collateral[name === 'tcb-info' ? 'tcb_info' : 'qe_identity']).toBeUndefined();
    expect(problem?.items?.[name]).toMatchObject({ code: 'COLLATERAL_ROLLED_BACK', detail: expect.stringMatching(/number 17 .*number 19 /) });
  });

  it('a list from the future is not kept: it would bar the way for those of today', async () => {
    const { intel, store, at } = setUp();
    intel.options = { now: NOW + 700 * DAY };
    const early = await at(NOW);
    expect(issuedOf(early)).toBe(iso(dates({ now: NOW + 700 * DAY }).issued));
    expect([...store.kept.keys()].filter((key) => key !== 'intel/newest-signed')).toEqual([]);
    intel.options = { now: NOW };
    expect(issuedOf(await at(NOW))).toBe(iso(dates({ now: NOW }).issued));
    // What holds is not given up for it either.
    intel.options = { now: NOW + 700 * DAY };
    expect(issuedOf(await at(NOW + 28 * DAY))).toBe(iso(dates({ now: NOW }).issued));
  });

  it('of another issuer is another matter', async () => {
    const { intel, store } = setUp();
    const stranger: Anchor = { vendor: 'intel', kind: 'sgx', subject: '', spki: toHex(strangerKey.spki), fingerprint: '', source: '' };
    const at = (now: number) => intelCollateral({ get: intel.get, store, now, anchors: [...ANCHORS, stranger] })(PLATFORM);
    await at(NOW);
    const older = crl({ issuer: 'Another Root', issuerKey: strangerKey, number: 1, thisUpdate: NOW - DAY, nextUpdate: NOW + 400 * DAY, revoked: [] });
    intel.tamper = (url, response) => (url.includes('RootCA') ? { ...response, body: new Uint8Array(older) } : response);
    expect((await at(NOW + 364 * DAY)).collateral.root_ca_crl).toBe(older.toString('hex'));
  });

  it('of another machine is another matter', async () => {
    const { intel, at } = await rolledBack();
    intel.options = { now: NOW, age: 'rolled-back' };
    const other = await at(NOW, { ...PLATFORM, fmspc: '00806f050000' });
    expect(issuedOf(other)).toBe(iso(dates({ now: NOW, age: 'rolled-back' }).issued));
  });
});

describe('what is not Intel’s never gets in', () => {
  const replace = (part: string, change: (response: GetResponse) => GetResponse) => async () => {
    const { intel, store, at } = setUp();
    await at(NOW);
    const before = new Map(store.kept);
    intel.options = { now: NOW + 28 * DAY };
    intel.tamper = (url, response) => (url.includes(part) ? change(response) : response);
    const { problem, collateral } = await at(NOW + 28 * DAY);
    return { problem, collateral, before, after: store.kept };
  };
  const edit = (from: string | RegExp, to: string) => (response: GetResponse) => ({ ...response, body: bytes(text(response.body).replace(from, to)) });
  const flip = (response: GetResponse) => ({ ...response, body: response.body.map((byte, i) => (i === response.body.length - 1 ? byte ^ 1 : byte)) });

  it.each([
    ['a changed list', 'tdx/certification/v4/tcb', edit('"OutOfDate"', '"UpToDate"'), 'TCB_INFO_SIGNATURE', 'intel/tcb-info/standard/tdx/90c06f000000'],
    ['a list written anew', 'tdx/certification/v4/tcb', edit('{"id"', '{ "id"'), 'TCB_INFO_SIGNATURE', 'intel/tcb-info/standard/tdx/90c06f000000'],
    ['one key too many', 'tdx/certification/v4/tcb', edit(/}$/, ',"x":1}'), 'TCB_INFO_PARSE', 'intel/tcb-info/standard/tdx/90c06f000000'],
    ['a hotel’s login page', 'tdx/certification/v4/tcb', (response: GetResponse) => ({ ...response, body: bytes('<html>') }), 'TCB_INFO_PARSE', 'intel/tcb-info/standard/tdx/90c06f000000'],
    ['a list of another machine', 'tdx/certification/v4/tcb', (response: GetResponse) => otherMachine(response), 'FMSPC_MISMATCH', 'intel/tcb-info/standard/tdx/90c06f000000'],
    ['another TEE’s identity', 'tdx/certification/v4/qe/identity', (response: GetResponse) => otherTee(response), 'QE_IDENTITY_ID', 'intel/qe-identity/standard/tdx'],
    ['a changed revocation list', 'pckcrl', flip, 'PCK_CRL_SIGNATURE', 'intel/pck-crl/platform'],
    ['an issuer chain of somebody else', 'pckcrl', (response: GetResponse) => ({ ...response, header: () => encodeURIComponent(root.pem + root.pem) }), 'PCK_CRL_ISSUER', 'intel/pck-crl/platform'],
    ['no issuer chain', 'pckcrl', (response: GetResponse) => ({ ...response, header: () => undefined }), 'COLLATERAL_UNREACHABLE', 'intel/pck-crl/platform'],
    ['an issuer chain that is not percent-encoded', 'pckcrl', (response: GetResponse) => ({ ...response, header: () => '%zz' }), 'PEM_MALFORMED', 'intel/pck-crl/platform'],
    ['an answer that says no', 'pckcrl', (response: GetResponse) => ({ ...response, status: 410 }), 'COLLATERAL_UNREACHABLE', 'intel/pck-crl/platform'],
  ] as const)('%s', async (_, part, change, code, key) => {
    const { problem, before, after, collateral } = await replace(part, change)();
    expect(problem?.code).toBe(code);
    expect(after.get(key)).toEqual(before.get(key));
    expect(Object.keys(collateral).sort()).toEqual(FIELDS);
  });

  it.each([
    ['a CA that is none', certificate({ subject: PLATFORM_NAME, issuer: ROOT_NAME, key: platformCa.key, issuerKey: root.key, serial: 'no ca', ...DATES }).pem + root.pem],
    ['a CA the root never signed', pckCa({ issuerKey: strangerKey }).pem + root.pem],
    ['a CA under a root of the same name', pckCa({ issuerKey: strangerKey }).pem + rootOf({ key: strangerKey, issuerKey: strangerKey }).pem],
    ['three certificates', platformCa.pem + root.pem + root.pem],
  ])('a revocation list with the issuer chain of %s', async (_, chain) => {
    const { problem, after, before } = await replace('pckcrl', (response) => ({ ...response, header: () => encodeURIComponent(chain) }))();
    expect(problem?.code).toBe('PCK_CRL_ISSUER');
    expect(after.get('intel/pck-crl/platform')).toEqual(before.get('intel/pck-crl/platform'));
  });

  it('a changed root list', async () => {
    const { intel, store, at } = setUp();
    intel.tamper = (url, response) => (url.includes('RootCA') ? flip(response) : response);
    expect((await at(NOW)).problem?.code).toBe('ROOT_CRL_SIGNATURE');
    expect(store.kept.has('intel/root-crl')).toBe(false);
  });

  it('lists under a root that is no anchor', async () => {
    const { intel, store } = setUp();
    const { collateral, problem } = await intelCollateral({ get: intel.get, store, now: NOW, anchors: VENDOR_ANCHORS })(PLATFORM);
    expect(collateral).toEqual({});
    expect(problem?.code).toMatch(/^(ROOT_CRL_SIGNATURE|PCK_CRL_ISSUER|TCB_INFO_CHAIN|QE_IDENTITY_CHAIN)$/);
    expect(store.kept.size).toBe(0);
  });
});

describe('mistakes of others (reference/field.md section 3)', () => {
  it('28: nothing in evidence or parameters can choose where collateral comes from', async () => {
    const { intel, at } = setUp();
    const hostile = ['../../evil', '90c06f000000&x=', 'https://evil.example/', '90c06f00000', '９0c06f000000', '90c06f000000\n'];
    for (const fmspc of hostile) expect(await at(NOW, { ...PLATFORM, fmspc })).toEqual({ collateral: {}, problem: expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }) });
    expect(intel.asked).toEqual([]);
    await at(NOW, { ...PLATFORM, fmspc: '90C06F000000', ca: 'https://evil.example/' as 'platform', tee: '../evil' as 'tdx' });
    for (const url of intel.asked) expect(new URL(url).origin).toMatch(/^https:\/\/(api|certificates)\.trustedservices\.intel\.com$/);
    expect(intel.asked.join(' ')).not.toContain('evil');
    expect(UP_TO_DATE.fmspc).toBe('90c06f000000');
  });
});

describe('the machine’s own clock', () => {
  it('is behind before the build and before the newest date that Intel signed, with the usual skew', () => {
    expect(clockBehind(NOW, NOW - DAY)).toBeUndefined();
    expect(clockBehind(NOW - DAY, NOW)).toMatch(/built/);
    expect(clockBehind(NOW, NOW - DAY, NOW + DAY)).toMatch(/Intel/);
    expect(clockBehind(NOW, NOW - DAY, NOW + 60_000)).toBeUndefined();
    expect(clockBehind(NOW, NOW - DAY, NOW - 2 * DAY)).toBeUndefined();
    expect(clockBehind(Number.NaN, NOW)).toMatch(/no time/);
    expect(clockBehind(NOW, NOW - DAY, undefined)).toBeUndefined();
  });

  it('of two dates noted at once the newer stays, in whatever order the store is done', async () => {
    const store = new MemoryStore();
    const put = store.put.bind(store);
    let waits = 3;
    store.put = async (key, value) => {
      for (let turn = 0; turn < 10 * waits; turn += 1) await Promise.resolve();
      waits -= 1;
      await put(key, value);
    };
    await Promise.all([noteVendorDate(store, NOW), noteVendorDate(store, NOW - DAY), noteVendorDate(store, NOW + DAY)]);
    expect(await newestVendorDate(store)).toBe(NOW + DAY);
    await Promise.all([noteVendorDate(store, NOW + 3 * DAY), noteVendorDate(store, NOW + 2 * DAY)]);
    expect(await newestVendorDate(store)).toBe(NOW + 3 * DAY);
  });

  it('a store that fails once does not keep the next date out, and a date that is none is not believed', async () => {
    const store = new MemoryStore();
    const put = store.put.bind(store);
    store.put = () => Promise.reject(new Error('quota'));
    await expect(noteVendorDate(store, NOW)).rejects.toThrow('quota');
    store.put = put;
    await noteVendorDate(store, NOW);
    expect(await newestVendorDate(store)).toBe(NOW);
    const odd = new Uint8Array(8);
    new DataView(odd.buffer).setFloat64(0, 9e15);
    store.kept.set('intel/newest-signed', odd);
    expect(clockBehind(NOW, NOW - DAY, await newestVendorDate(store))).toBeUndefined();
  });

  it('the newest signed date is kept and only grows', async () => {
    const { store, published, at } = setUp();
    expect(await newestVendorDate(store)).toBeUndefined();
    await published(NOW);
    const first = dates({ now: NOW }).issued;
    expect(await newestVendorDate(store)).toBe(first);
    await at(NOW - 5 * DAY);
    expect(await newestVendorDate(store)).toBe(first);
    await published(NOW + 29 * DAY);
    expect(await newestVendorDate(store)).toBe(dates({ now: NOW + 29 * DAY }).issued);
  });
});

const signedBody = (key: string, value: string, now: number) => bytes(`{"${key}":${value},"signature":"${tcbSignature(value, now)}"}`);
const otherMachine = (response: GetResponse) => ({ ...response, body: signedBody('tcbInfo', tcbInfo('tdx', '00806f050000', { now: NOW + 28 * DAY }), NOW + 28 * DAY) });
const otherTee = (response: GetResponse) => ({ ...response, body: signedBody('enclaveIdentity', qeIdentity('sgx', { now: NOW + 28 * DAY }), NOW + 28 * DAY) });

/** Devices of a laboratory, judged whole: what verifies, and each single thing that must not. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { DEFAULT } from '../../../src/checks/policy';
import { checkGpus } from '../../../src/evidence/nvidia';
import type { GpuInput } from '../../../src/evidence/nvidia/types';
import { rimShelf } from '../../../src/evidence/nvidia/shelves';
import { VENDOR_ANCHORS } from '../../../src/roots/anchors';
import { stateOf } from '../../../src/verdict/state';
import { readCertificate } from '../../../src/x509/certificate';
import { judgeOcsp } from '../../../src/x509/ocsp';
import { DRIVER_GOLDEN, MEASURED, NONCE, NOW, VBIOS_GOLDEN, goodRims, input, report, responderFor, shelf } from './lab';
import { chainPem, issue } from './lab/certificates';
import { DEVICE_ANCHOR, DRIVER, VBIOS, makeDevice, provisioner } from './lab/device';
import { RIM_ANCHOR, makeRim, rimIntermediate, rimRoot, rimSigner } from './lab/manifest';
import { respond } from './lab/responder';
import type { Status } from './lab/responder';

const gpu = makeDevice();
const RIM_CHAIN = [rimSigner, rimIntermediate, rimRoot];
const everything = (over: Partial<GpuInput> = {}): Partial<GpuInput> => ({ rims: rimShelf(goodRims()), ocsp: responderFor([gpu.chain, RIM_CHAIN]), ...over });

interface Seen {
  readonly state: string;
  readonly by: Readonly<Record<string, string>>;
  readonly result: Awaited<ReturnType<typeof checkGpus>>;
}

async function judge(devices: GpuInput['devices'], over: Partial<GpuInput> = {}): Promise<Seen> {
  const result = await checkGpus(input(devices, over));
  const by = Object.fromEntries(result.checks.map(({ id, outcome, code }) => [id, code === undefined ? outcome : `${outcome} ${code}`]));
  expect(Object.keys(by)).toHaveLength(result.checks.length);
  return { state: stateOf(result.checks), by, result };
}

describe('one GPU with everything', () => {
  it('is verified', async () => {
    const { state, by, result } = await judge([report(gpu)], everything());
    expect(by).toEqual({
      'gpu[0].parse': 'pass', 'gpu[0].chain': 'pass', 'gpu[0].signature': 'pass', 'gpu[0].nonce': 'pass', 'gpu[0].fwid': 'pass', 'gpu[0].rim.driver': 'pass', 'gpu[0].rim.vbios': 'pass',
      'gpu[0].measurements': 'pass', 'gpu[0].revocation': 'pass', 'list.family': 'pass', 'list.duplicates': 'pass', 'list.switches': 'pass',
    });
    expect(state).toBe('verified');
    expect(result.claims.devices).toEqual([{ family: 'HOPPER', driver: DRIVER, vbios: VBIOS, nonce: Buffer.from(NONCE).toString('hex'), fwid: 'match', nvdec0: '55', compared: 4, mismatched: [], bromSerial: `41${gpu.id}` }]);
  });

  it('shows every measurement, manifest, certificate and answer', async () => {
    const { result } = await judge([report(gpu)], everything());
    const [facts] = result.facts.devices;
    expect(facts).toMatchObject({ id: 'gpu[0]', family: 'HOPPER', model: 'GH100 A01 GSP BROM', mode: 'single' });
    expect(facts?.measurements).toHaveLength(64);
    expect(facts?.measurements.filter(({ outcome }) => outcome !== 'unreferenced').map(({ index, outcome, role }) => `${index} ${outcome} ${role}`)).toEqual(['0 match vbios', '7 match driver', '9 match vbios', '21 match driver', '35 skipped driver']);
    expect(facts?.certificates.map(({ role }) => role)).toEqual(['leaf', 'device-identity', 'provisioner', 'product', 'root']);
    expect(facts?.rims.map(({ role, version, from }) => [role, version, from])).toEqual([['driver', DRIVER, 'driver'], ['vbios', VBIOS, 'vbios']]);
    expect(facts?.ocsp).toHaveLength(3 + 2 + 2);
    expect(facts?.ocsp.every(({ status }) => status === 'good')).toBe(true);
  });

  it('is refused under NVIDIA’s own roots', async () => {
    const { state, by } = await judge([report(gpu)], everything({ anchors: VENDOR_ANCHORS }));
    expect(state).toBe('failed');
    expect(by).toMatchObject({ 'gpu[0].chain': 'fail ROOT_UNTRUSTED', 'gpu[0].signature': 'pass', 'gpu[0].nonce': 'unknown ROOT_UNTRUSTED', 'gpu[0].rim.driver': 'unknown ROOT_UNTRUSTED', 'gpu[0].revocation': 'unknown ROOT_UNTRUSTED' });
    expect((await judge([report(gpu)], everything({ anchors: [DEVICE_ANCHOR, ...VENDOR_ANCHORS] }))).by).toMatchObject({ 'gpu[0].chain': 'pass', 'gpu[0].rim.driver': 'fail RIM_ROOT_UNTRUSTED', 'gpu[0].measurements': 'unknown RIM_ROOT_UNTRUSTED' });
  });

  it('does not take one root for the other', async () => {
    const swapped = [{ ...DEVICE_ANCHOR, kind: 'nvidia-rim' as const }, { ...RIM_ANCHOR, kind: 'nvidia-device' as const }];
    expect((await judge([report(gpu)], everything({ anchors: swapped }))).by['gpu[0].chain']).toBe('fail ROOT_UNTRUSTED');
  });

  it('is limited without manifests or without OCSP, and says which', async () => {
    const { state, by, result } = await judge([report(gpu)], { ocsp: responderFor([gpu.chain]) });
    expect(state).toBe('limited');
    expect(by).toMatchObject({ 'gpu[0].rim.driver': 'unknown RIM_MISSING', 'gpu[0].measurements': 'unknown RIM_MISSING', 'gpu[0].revocation': 'pass', 'list.endorsements': 'weak ENDORSEMENTS_NOT_GIVEN' });
    expect(result.checks.filter(({ outcome }) => outcome === 'unknown').every(({ required }) => !required)).toBe(true);
    expect((await judge([report(gpu)], { rims: rimShelf(goodRims()) })).state).toBe('limited');
    expect((await judge([report(gpu)], { ...everything(), rims: () => Promise.resolve({ candidates: [], problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'rim.attestation.nvidia.com' } }) })).by).toMatchObject({ 'gpu[0].rim.driver': 'unknown COLLATERAL_UNREACHABLE', 'gpu[0].measurements': 'unknown COLLATERAL_UNREACHABLE' });
  });
});

describe('freshness', () => {
  it('a nonce other than ours is a contradiction; none expected leaves a gap', async () => {
    expect((await judge([report(gpu, { nonce: randomBytes(32) })], everything())).by['gpu[0].nonce']).toBe('fail NONCE_MISMATCH');
    const { nonce: _nonce, ...without } = input([report(gpu)], everything());
    const result = await checkGpus(without);
    expect(result.checks.find(({ id }) => id === 'gpu[0].nonce')).toMatchObject({ outcome: 'weak', code: 'NO_NONCE_EXPECTED' });
    expect(stateOf(result.checks)).toBe('limited');
    const two = await checkGpus({ ...without, devices: [report(gpu), report(makeDevice(), { nonce: randomBytes(32) })] });
    expect(two.checks.find(({ id }) => id === 'gpu[1].nonce')).toMatchObject({ outcome: 'fail', code: 'NONCE_MISMATCH' });
  });
});

describe('chain and signature', () => {
  const chainOf = async (chain: Parameters<typeof chainPem>[0], signed = gpu): Promise<Seen['by']> => (await judge([{ transcript: report(signed).transcript, certificates: chainPem(chain) }])).by;

  it('a report of another device is not signed by this one', async () => {
    const other = makeDevice();
    expect((await judge([{ ...report(other), certificates: chainPem(gpu.chain) }])).by).toMatchObject({ 'gpu[0].chain': 'pass', 'gpu[0].signature': 'fail GPU_SIGNATURE', 'gpu[0].fwid': 'fail FWID_MISMATCH' });
  });

  it('certificates must be five, in order, each issued by the next', async () => {
    const [leaf, identity, ica, product, root] = gpu.chain;
    if (leaf === undefined || identity === undefined || ica === undefined || product === undefined || root === undefined) throw new Error('chain');
    expect((await chainOf([leaf, identity, ica, root]))['gpu[0].chain']).toBe('fail DEVICE_CHAIN_LENGTH');
    expect((await chainOf([leaf, identity, ica, product, root, root]))['gpu[0].chain']).toBe('fail DEVICE_CHAIN_LENGTH');
    expect((await chainOf([leaf, identity, product, ica, root]))['gpu[0].chain']).toBe('fail DEVICE_CHAIN_NAMES');
    const twin = issue({ name: identity.name, ca: true, issuer: ica, serial: identity.serial });
    expect((await chainOf([leaf, twin, ica, product, root]))['gpu[0].chain']).toBe('fail DEVICE_CHAIN_SIGNATURE');
    expect((await judge([{ transcript: report(gpu).transcript, certificates: 'nonsense' }])).by).toMatchObject({ 'gpu[0].chain': 'fail DEVICE_CHAIN_PARSE', 'gpu[0].signature': 'fail DEVICE_CHAIN_PARSE' });
  });

  it('a leaf may not issue, and an issuer must be allowed to', async () => {
    for (const device of [makeDevice({ leaf: { ca: true } }), makeDevice({ identity: { ca: false } }), makeDevice({ identity: { usage: Buffer.from('03020780', 'hex') } }), makeDevice({ leaf: { usage: Buffer.from('03020106', 'hex') } })]) {
      expect((await judge([report(device)])).by['gpu[0].chain']).toBe('fail DEVICE_CHAIN_CONSTRAINTS');
    }
  });

  it('a leaf’s key may not make another device: its certificate under a leaf is refused', async () => {
    const [leaf, ...rest] = gpu.chain;
    if (leaf === undefined) throw new Error('chain');
    const forged = makeDevice({ identity: { issuer: leaf } });
    expect((await chainOf([...forged.chain.slice(0, 2), leaf, ...rest.slice(2)], forged))['gpu[0].chain']).toMatch(/^fail DEVICE_CHAIN/);
  });

  it('dates are a contradiction, and open where the clock is known to be behind', async () => {
    const old = makeDevice({ identity: { until: '2025-01-01T00:00:00Z' } });
    const early = makeDevice({ leaf: { from: '2027-01-01T00:00:00Z' } });
    expect((await judge([report(old)])).by['gpu[0].chain']).toBe('fail DEVICE_CERT_EXPIRED');
    expect((await judge([report(early)])).by['gpu[0].chain']).toBe('fail DEVICE_CERT_NOT_YET_VALID');
    expect((await judge([report(gpu)], everything({ clockBehind: { detail: 'built later' } }))).by).toMatchObject({ 'gpu[0].chain': 'unknown CLOCK_BEHIND', 'gpu[0].rim.driver': 'unknown CLOCK_BEHIND', 'gpu[0].revocation': 'unknown CLOCK_BEHIND', 'gpu[0].nonce': 'pass' });
  });

  it('the family comes from the certificates, and all who name it must agree', async () => {
    expect((await judge([{ ...report(gpu), arch: 'hopper' }])).by['gpu[0].chain']).toBe('pass');
    expect((await judge([{ ...report(gpu), arch: 'BLACKWELL' }])).by['gpu[0].chain']).toBe('fail DEVICE_FAMILY_MISMATCH');
    expect((await judge([report(makeDevice({ leaf: { name: 'GB100 A01 GSP FMC LF' } }))])).by['gpu[0].chain']).toBe('fail DEVICE_FAMILY_MISMATCH');
    expect((await judge([report(makeDevice({ dmtf: 'NVIDIA:GB100:0011223344556677' }))])).by['gpu[0].chain']).toBe('fail DEVICE_FAMILY_MISMATCH');
    expect((await judge([report(makeDevice({ dmtf: 'OTHER:GH100:0011223344556677' }))])).by['gpu[0].chain']).toBe('fail DEVICE_FAMILY_MISMATCH');
    expect((await judge([report(makeDevice({ identity: { name: 'AD102 A01' }, leaf: { name: 'AD102 A01 LF' }, dmtf: 'NVIDIA:AD102:00' }))])).by['gpu[0].chain']).toBe('fail DEVICE_FAMILY_UNKNOWN');
  });
});

describe('firmware id', () => {
  it('differs: a contradiction; absent: a gap, or refused by policy', async () => {
    expect((await judge([report(gpu, { fields: { 20: randomBytes(48) } })])).by['gpu[0].fwid']).toBe('fail FWID_MISMATCH');
    const without = report(gpu, { fields: { 20: undefined } });
    expect((await judge([without])).by['gpu[0].fwid']).toBe('weak FWID_ABSENT');
    expect((await judge([without], { policy: { allowHold: false, requireFwid: true } })).by['gpu[0].fwid']).toBe('fail FWID_ABSENT');
  });

  it('is read from TCG’s form of Blackwell too', async () => {
    const blackwell = makeDevice({ chip: 'GB100' });
    const { by, result } = await judge([report(blackwell)], { rims: rimShelf(goodRims('GB100')) });
    expect(by).toMatchObject({ 'gpu[0].fwid': 'pass', 'gpu[0].measurements': 'pass' });
    expect(result.facts.devices[0]?.rims[0]?.id).toBe(`NV_GPU_CC_DRIVER_GB100_${DRIVER}`);
  });
});

describe('reference values', () => {
  const withRims = async (rims: GpuInput['rims'], over: Parameters<typeof report>[1] = {}): Promise<Seen> => judge([report(gpu, over)], rims === undefined ? {} : { rims });
  const driver = (over: Partial<Parameters<typeof makeRim>[0]> = {}) => makeRim({ version: DRIVER, golden: DRIVER_GOLDEN, ...over });
  const vbios = (over: Partial<Parameters<typeof makeRim>[0]> = {}) => makeRim({ version: VBIOS, golden: VBIOS_GOLDEN, ...over });

  it('one value that differs fails, and is shown with both', async () => {
    const { by, result } = await withRims(rimShelf(goodRims()), { measurements: { ...MEASURED, 9: Buffer.alloc(48, 1) } });
    expect(by['gpu[0].measurements']).toBe('fail GPU_MEASUREMENT_MISMATCH');
    expect(result.claims.devices[0]).toMatchObject({ compared: 4, mismatched: [9] });
    expect(result.checks.find(({ id }) => id === 'gpu[0].measurements')).toMatchObject({ expected: Buffer.from(VBIOS_GOLDEN[9]?.[0] ?? []).toString('hex'), actual: '01'.repeat(48), detail: 'index 9 (vbios)' });
  });

  it('a value without a block is a mismatch', async () => {
    const { by, result } = await withRims(shelf(driver({ golden: { ...DRIVER_GOLDEN, 63: [Buffer.alloc(48)] } }), vbios()), { blocks: 40 });
    expect(by['gpu[0].measurements']).toBe('fail GPU_MEASUREMENT_MISMATCH');
    expect(result.facts.devices[0]?.measurements.find(({ index }) => index === 63)).toMatchObject({ outcome: 'mismatch', actual: '' });
  });

  it('index 35 is skipped where the decoder is off, compared where it is on, and refused in any other state', async () => {
    const on = { nvdec0: 0xaa, measurements: { ...MEASURED, 35: DRIVER_GOLDEN[35]?.[0] ?? Buffer.alloc(0) } };
    expect((await withRims(rimShelf(goodRims()), on)).result.claims.devices[0]).toMatchObject({ compared: 5, mismatched: [], nvdec0: 'aa' });
    expect((await withRims(rimShelf(goodRims()), { nvdec0: 0xaa })).result.claims.devices[0]?.mismatched).toEqual([35]);
    expect((await withRims(rimShelf(goodRims()), { ...on, nvdec0: 0x00 })).by['gpu[0].measurements']).toBe('fail NVDEC_STATUS');
    expect((await withRims(rimShelf(goodRims()), { ...on, fields: { 11: undefined } })).by['gpu[0].measurements']).toBe('fail NVDEC_STATUS');
    expect((await withRims(rimShelf(goodRims()), { ...on, fields: { 11: Buffer.from('550000000000', 'hex') } })).by['gpu[0].measurements']).toBe('fail NVDEC_STATUS');
    // Golden 34 stands in block 35: the rule is about the golden index.
    const golden = { ...DRIVER_GOLDEN, 34: [Buffer.alloc(48, 4)] };
    expect((await withRims(shelf(driver({ golden }), vbios()))).result.claims.devices[0]?.mismatched).toEqual([34]);
  });

  it('manifests that both speak of one index, or of none, are refused', async () => {
    expect((await withRims(shelf(driver(), vbios({ golden: { ...VBIOS_GOLDEN, 7: DRIVER_GOLDEN[7] ?? [] } })))).by['gpu[0].measurements']).toBe('fail RIM_CONFLICT');
    expect((await withRims(shelf(driver({ golden: {} }), vbios()))).by).toMatchObject({ 'gpu[0].rim.driver': 'fail RIM_EMPTY', 'gpu[0].measurements': 'unknown RIM_EMPTY' });
  });

  it('a manifest of another product or version does not serve, whatever name it came under', async () => {
    const named = (xml: string, id: string): GpuInput['rims'] => () => Promise.resolve({ candidates: [{ xml, id, from: 'service' }] });
    const id = `NV_GPU_DRIVER_GH100_${DRIVER}`;
    for (const [made, code] of [[driver({ product: 'GB100' }), 'RIM_PRODUCT'], [driver({ edition: 'SWITCH' }), 'RIM_PRODUCT'], [driver({ version: '600.10.02' }), 'RIM_VERSION']] as const) {
      expect((await withRims(named(made.xml, id))).by['gpu[0].rim.driver']).toBe(`fail ${code}`);
    }
    expect((await withRims(named(driver().xml, 'NV_GPU_DRIVER_GH100_1'))).by['gpu[0].rim.driver']).toBe('fail RIM_ID');
    expect((await withRims(shelf(driver({ version: '1.0' }), vbios()))).by['gpu[0].rim.driver']).toBe('unknown RIM_MISSING');
  });

  it('a signer who may not sign manifests is refused', async () => {
    const asLeaf = { name: 'Laboratory RIM Signer', issuer: rimIntermediate };
    const responder = issue({ ...asLeaf, extensions: [Buffer.from('30130603551d25040c300a06082b06010505070309', 'hex')] });
    for (const [signer, code] of [[responder, 'RIM_CHAIN'], [issue({ ...asLeaf, ca: true }), 'RIM_CHAIN'], [issue({ ...asLeaf, usage: Buffer.from('03020106', 'hex') }), 'RIM_CHAIN']] as const) {
      expect((await withRims(shelf(driver({ chain: [signer, rimIntermediate, rimRoot] }), vbios()))).by['gpu[0].rim.driver']).toBe(`fail ${code}`);
    }
    const debugRoot = issue({ name: 'Debug Only CA', ca: true });
    expect((await withRims(shelf(driver({ chain: [issue({ name: 'Debug Signer', issuer: debugRoot }), debugRoot] }), vbios()))).by['gpu[0].rim.driver']).toBe('fail RIM_ROOT_UNTRUSTED');
    expect((await withRims(shelf(driver({ chain: [rimSigner, rimRoot] }), vbios()))).by['gpu[0].rim.driver']).toBe('fail RIM_CHAIN');
    expect((await withRims(shelf(driver({ chain: [rimRoot] }), vbios()))).by['gpu[0].rim.driver']).toBe('fail RIM_ROOT_UNTRUSTED');
    // Device certificates have a root of their own: what it vouches for does not speak about measurements.
    expect((await withRims(shelf(driver({ chain: [issue({ name: 'A device', issuer: provisioner }), ...gpu.chain.slice(2)] }), vbios()))).by['gpu[0].rim.driver']).toBe('fail RIM_ROOT_UNTRUSTED');
  });

  it('a signer outside its dates leaves it open', async () => {
    const late = issue({ name: 'Laboratory RIM Signer', issuer: rimIntermediate, until: '2026-01-01T00:00:00Z' });
    expect(await withRims(shelf(driver({ chain: [late, rimIntermediate, rimRoot] }), vbios()))).toMatchObject({ state: 'incomplete', by: { 'gpu[0].rim.driver': 'unknown RIM_SIGNER_EXPIRED' } });
    const soon = issue({ name: 'Laboratory RIM Signer', issuer: rimIntermediate, from: '2027-01-01T00:00:00Z' });
    expect((await withRims(shelf(driver({ chain: [soon, rimIntermediate, rimRoot] }), vbios()))).by['gpu[0].rim.driver']).toBe('unknown RIM_SIGNER_NOT_YET_VALID');
    // One that is out of date beside one that is not: the latter serves.
    expect((await withRims(shelf(driver({ chain: [late, rimIntermediate, rimRoot] }), driver(), vbios()))).by['gpu[0].measurements']).toBe('pass');
  });

  it('is asked for under names that an authentic device gave, and of a form that cannot leave the path', async () => {
    const asked: string[] = [];
    const spy: GpuInput['rims'] = ({ id }) => {
      asked.push(id);
      return Promise.resolve({ candidates: [] });
    };
    await judge([{ ...report(makeDevice()), certificates: chainPem(gpu.chain) }], { rims: spy });
    expect((await judge([report(gpu, { driver: '../../v1?x=' })], { rims: spy })).by['gpu[0].rim.driver']).toBe('fail OPAQUE_PARSE');
    expect((await judge([report(gpu, { fields: { 17: undefined } })], { rims: spy })).by['gpu[0].rim.driver']).toBe('fail GPU_FIELD_MISSING');
    expect((await judge([report(gpu, { fields: { 3: undefined } })], { rims: spy })).by).toMatchObject({ 'gpu[0].parse': 'fail GPU_FIELD_MISSING', 'gpu[0].rim.driver': 'fail GPU_FIELD_MISSING' });
    expect(asked).toEqual([]);
    await judge([report(gpu)], { rims: spy });
    expect(asked).toEqual([`NV_GPU_DRIVER_GH100_${DRIVER}`, 'NV_GPU_VBIOS_LAB1_0100_777_9900110001']);
  });

  it('a Blackwell chip that the report names must be one, and names the manifest', async () => {
    const blackwell = makeDevice({ chip: 'GB100' });
    const named = (chip: string) => report(blackwell, { fields: { 35: Buffer.from(`${chip}\0`) } });
    expect((await judge([named('GB202')], { rims: rimShelf(goodRims('GB202')) })).result.facts.devices[0]?.rims[0]?.id).toBe(`NV_GPU_CC_DRIVER_GB202_${DRIVER}`);
    expect((await judge([named('GH100')], { rims: rimShelf(goodRims()) })).by['gpu[0].rim.driver']).toBe('fail DEVICE_FAMILY_MISMATCH');
  });
});

describe('revocation', () => {
  const asked = async (change: Parameters<typeof responderFor>[1], policy = DEFAULT.nvidia): Promise<Seen> => judge([report(gpu)], { rims: rimShelf(goodRims()), ocsp: responderFor([gpu.chain, RIM_CHAIN], change), policy });

  it.each([
    ['a revoked provisioner', 'Laboratory Provisioner ICA 1', { status: { reason: 1 } }, 'fail DEVICE_CERT_REVOKED', 'failed'],
    ['a revoked device without a reason', 'GH100 A01 GSP BROM', { status: {} }, 'fail DEVICE_CERT_REVOKED', 'failed'],
    ['a revoked signer of manifests', 'Laboratory RIM Signer', { status: { reason: 1 } }, 'fail RIM_SIGNER_REVOKED', 'failed'],
    ['a signer on hold', 'Laboratory RIM Signer', { status: { reason: 6 } }, 'fail RIM_SIGNER_ON_HOLD', 'failed'],
    ['a device on hold', 'GH100 A01 GSP BROM', { status: { reason: 6 } }, 'fail DEVICE_CERT_ON_HOLD', 'failed'],
    ['a certificate the responder does not know', 'GH100 A01 GSP BROM', { status: 'unknown' }, 'unknown OCSP_UNKNOWN', 'incomplete'],
    ['an answer that has run out', 'Laboratory Identity', { thisUpdate: NOW - 48 * 3_600_000, nextUpdate: NOW - 1 }, 'unknown OCSP_STALE', 'incomplete'],
    ['an answer from the future', 'Laboratory Identity', { thisUpdate: NOW + 3_600_000, nextUpdate: NOW + 7_200_000 }, 'unknown OCSP_NOT_YET_VALID', 'incomplete'],
    ['a revocation that has run out', 'Laboratory Identity', { status: { reason: 1 }, thisUpdate: NOW - 48 * 3_600_000, nextUpdate: NOW - 1 }, 'fail DEVICE_CERT_REVOKED', 'failed'],
    ['a responder without the usage', 'Laboratory Identity', { responder: { extensions: [] } }, 'fail OCSP_RESPONDER', 'failed'],
    ['a responder of another authority', 'Laboratory Identity', { responder: { issuer: provisioner } }, 'fail OCSP_RESPONDER', 'failed'],
    ['a responder of an authority that only bears the name', 'Laboratory Identity', { responder: { issuer: issue({ name: 'Laboratory Device CA', ca: true }) } }, 'fail OCSP_RESPONDER', 'failed'],
    ['a responder that has run out', 'Laboratory Identity', { responder: { until: '2026-01-01T00:00:00Z' } }, 'unknown OCSP_RESPONDER_EXPIRED', 'incomplete'],
    ['a revocation whose responder has run out since', 'Laboratory Identity', { status: { reason: 1 }, responder: { until: '2026-01-01T00:00:00Z' }, thisUpdate: Date.UTC(2025, 11, 31), nextUpdate: NOW - 1 }, 'fail DEVICE_CERT_REVOKED', 'failed'],
    ['a revocation that a responder made after it had run out', 'Laboratory Identity', { status: { reason: 1 }, responder: { until: '2026-01-01T00:00:00Z' } }, 'unknown OCSP_RESPONDER_EXPIRED', 'incomplete'],
    ['a good answer whose responder has run out since', 'Laboratory Identity', { responder: { until: '2026-01-01T00:00:00Z' }, thisUpdate: Date.UTC(2025, 11, 31) }, 'unknown OCSP_RESPONDER_EXPIRED', 'incomplete'],
    ['a responder that is a CA', 'Laboratory Identity', { responder: { ca: true } }, 'fail OCSP_RESPONDER', 'failed'],
    ['a responder named by its key', 'Laboratory Identity', { named: 'key' }, 'pass', 'verified'],
  ] as const)('%s', async (_name, subject, change, expected, state) => {
    const { by, state: seen } = await asked((about) => (about.name === subject ? change : {}));
    expect(by['gpu[0].revocation']).toBe(expected);
    expect(seen).toBe(state);
  });

  it('an answer names its issuer by key, not by name alone', async () => {
    const twin = issue({ name: 'Laboratory Identity', ca: true });
    const [about, namesake] = [provisioner, twin].map(({ der }) => readCertificate(der));
    if (about === undefined || namesake === undefined) throw new Error('certificates');
    const der = respond({ about: provisioner, issuer: gpu.chain[3] ?? twin, thisUpdate: NOW });
    await expect(judgeOcsp(der, { certificate: about, issuer: namesake, now: NOW })).rejects.toMatchObject({ code: 'OCSP_CERT_ID' });
    const own = readCertificate(gpu.chain[3]?.der ?? twin.der);
    expect(await judgeOcsp(der, { certificate: about, issuer: own, now: NOW })).toMatchObject({ status: 'good', nextUpdate: NOW + 3_600_000 });
    await expect(judgeOcsp(der, { certificate: about, issuer: own, now: NOW + 3_600_001 })).rejects.toMatchObject({ code: 'OCSP_STALE' });
  });

  it('two answers about one certificate: a revocation counts wherever it stands, anything else is refused', async () => {
    const [about, issuer] = [provisioner, gpu.chain[3] ?? provisioner].map(({ der }) => readCertificate(der));
    if (about === undefined || issuer === undefined) throw new Error('certificates');
    const judged = (status: Status, then: Status) => judgeOcsp(respond({ about: provisioner, issuer: gpu.chain[3] ?? provisioner, thisUpdate: NOW, status, second: then }), { certificate: about, issuer, now: NOW });
    expect(await judged('good', { reason: 1 })).toMatchObject({ status: 'revoked' });
    expect(await judged({ reason: 1 }, 'good')).toMatchObject({ status: 'revoked' });
    for (const [status, then] of [['good', 'good'], ['good', 'unknown'], ['good', { reason: 6 }], [{ reason: 6 }, 'good']] as const) {
      await expect(judged(status, then)).rejects.toMatchObject({ code: 'OCSP_PARSE' });
    }
  });

  it('silence is an open question, never a good answer', async () => {
    expect(await asked(() => 'silent')).toMatchObject({ state: 'incomplete', by: { 'gpu[0].revocation': 'unknown COLLATERAL_UNREACHABLE' } });
    const { state, by } = await asked((about) => (about.name === 'Laboratory RIM Signer' ? 'silent' : {}));
    expect([state, by['gpu[0].revocation']]).toEqual(['incomplete', 'unknown COLLATERAL_UNREACHABLE']);
  });

  it('a hold may be accepted by policy and then leaves a gap; a revocation may not', async () => {
    const lenient = { ...DEFAULT.nvidia, allowHold: true };
    expect(await asked((about) => (about.name === 'Laboratory RIM Signer' ? { status: { reason: 6 } } : {}), lenient)).toMatchObject({ state: 'limited', by: { 'gpu[0].revocation': 'weak RIM_SIGNER_ON_HOLD' } });
    expect((await asked((about) => (about.name === 'Laboratory RIM Signer' ? { status: { reason: 1 } } : {}), lenient)).state).toBe('failed');
    expect((await asked((about) => (about.name === 'Laboratory RIM Signer' ? { status: { reason: 6 } } : about.name === 'Laboratory Identity' ? 'silent' : {}), lenient)).state).toBe('incomplete');
  });

  it('the newest of several answers counts, and a revocation always', async () => {
    const good = responderFor([gpu.chain]);
    const older = responderFor([gpu.chain], () => ({ status: { reason: 6 }, thisUpdate: NOW - 5 * 3_600_000 }));
    const revoked = responderFor([gpu.chain], () => ({ status: { reason: 1 }, thisUpdate: NOW - 90 * 3_600_000, nextUpdate: NOW - 80 * 3_600_000 }));
    const both = (...sources: readonly (typeof good)[]): typeof good => async (certificate, issuer) => ({ candidates: (await Promise.all(sources.map((source) => source(certificate, issuer)))).flatMap(({ candidates }) => candidates) });
    expect((await judge([report(gpu)], { ocsp: both(older, good) })).by['gpu[0].revocation']).toBe('pass');
    expect((await judge([report(gpu)], { ocsp: both(good, revoked) })).by['gpu[0].revocation']).toBe('fail DEVICE_CERT_REVOKED');
  });
});

describe('lists', () => {
  const two = [makeDevice(), makeDevice()];

  it('names devices apart, and a device twice is refused even under two leaf certificates', async () => {
    expect((await judge(two.map((device) => report(device)))).by).toMatchObject({ 'gpu[0].signature': 'pass', 'gpu[1].signature': 'pass', 'list.duplicates': 'pass' });
    expect((await judge([report(gpu), report(gpu)])).by['list.duplicates']).toBe('fail DUPLICATE_DEVICE');
    const [, identity] = gpu.chain;
    if (identity === undefined) throw new Error('chain');
    const leaf = issue({ name: 'GH100 A01 GSP FMC LF', issuer: identity });
    const again = { ...gpu, chain: [leaf, ...gpu.chain.slice(1)] };
    expect((await judge([report(gpu), report(again)])).by['list.duplicates']).toBe('fail DUPLICATE_DEVICE');
  });

  it('one bad GPU of eight fails the machine and is named', async () => {
    const eight = Array.from({ length: 8 }, () => makeDevice());
    const devices = eight.map((device, i) => report(device, i === 5 ? { measurements: { ...MEASURED, 0: Buffer.alloc(48, 9) } } : {}));
    const { state, result } = await judge(devices, { rims: rimShelf(goodRims()) });
    expect(state).toBe('failed');
    expect(result.checks.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id)).toEqual(['gpu[5].measurements']);
  });

  it('an item that cannot be read fails and hides no other', async () => {
    const { by, result } = await judge([report(gpu), new CodedError('GPU_EVIDENCE_PARSE', 'x'), { ...report(gpu), transcript: new Uint8Array(100), arch: 'LS10' }]);
    expect(by).toMatchObject({ 'gpu[0].signature': 'pass', 'gpu[1].parse': 'fail GPU_EVIDENCE_PARSE', 'switch[0].parse': 'fail SPDM_PARSE' });
    expect(result.claims.devices).toHaveLength(1);
    expect((await judge([])).by).toEqual({ 'list.count': 'fail GPU_EVIDENCE_MISSING' });
  });

  it('counts GPUs where the policy does', async () => {
    const policy = { ...DEFAULT.nvidia, count: 2 };
    expect((await judge(two.map((device) => report(device)), { policy })).by['list.count']).toBe('pass');
    expect((await judge([report(gpu), report(gpu)], { policy })).by['list.count']).toBe('fail GPU_COUNT');
    expect((await judge([report(gpu), report(makeDevice({ chip: 'LS_10' }))], { policy: { ...policy, count: 1 } })).by['list.count']).toBe('pass');
  });

  it('mixed chips or modes are refused', async () => {
    expect((await judge([report(gpu), report(makeDevice({ chip: 'GB100' }))])).by['list.family']).toBe('fail DEVICE_FAMILIES_MIXED');
    expect((await judge([report(two[0] ?? gpu), report(two[1] ?? gpu, { fields: { 36: Buffer.from([1, 0]) } })])).by['list.family']).toBe('fail DEVICE_MODES_MIXED');
  });

  const machine = (change: { links?: (ids: string[]) => string[]; own?: string } = {}) => {
    const gpus = [makeDevice(), makeDevice()];
    const switches = [makeDevice({ chip: 'LS_10' }), makeDevice({ chip: 'LS_10' })];
    const reversed = (ids: readonly string[]): Buffer => Buffer.concat(ids.map((id) => Buffer.from(id, 'hex').reverse()));
    const straight = (ids: readonly string[]): Buffer => Buffer.concat(ids.map((id) => Buffer.from(id, 'hex')));
    const ends = (change.links ?? ((ids) => ids))(switches.map(({ id }) => id));
    const whole = { 21: Buffer.from([0xaa]), 36: Buffer.from([2, 0]) };
    return [
      ...gpus.map((device) => report(device, { fields: { ...whole, 22: Buffer.concat([reversed(ends), reversed(ends), Buffer.alloc(16)]) } })),
      ...switches.map((device) => report(device, { fields: { 22: Buffer.from(change.own ?? device.id, 'hex'), 26: Buffer.concat([straight(gpus.map(({ id }) => id)), Buffer.alloc(48), Buffer.alloc(64, 0xff)]) } })),
    ];
  };

  it('a whole machine is one when its GPUs and switches name each other', async () => {
    expect((await judge(machine())).by).toMatchObject({ 'gpu[1].signature': 'pass', 'switch[1].signature': 'pass', 'list.switches': 'pass', 'list.family': 'pass' });
    expect((await judge(machine().slice(0, 2))).by['list.switches']).toBe('weak PPCIE_SWITCHES_NOT_ATTESTED');
    expect((await judge(machine().slice(0, 3))).by['list.switches']).toBe('fail PPCIE_TOPOLOGY');
    expect((await judge(machine().slice(1))).by['list.switches']).toBe('fail PPCIE_TOPOLOGY');
    expect((await judge(machine({ links: (ids) => ids.slice(1) }))).by['list.switches']).toBe('fail PPCIE_TOPOLOGY');
    expect((await judge(machine({ own: '0011223344556677' }))).by['list.switches']).toBe('fail PPCIE_TOPOLOGY');
    expect((await judge(machine().slice(2))).by['list.switches']).toBe('unknown PPCIE_GPUS_NOT_GIVEN');
    const [first, ...others] = machine();
    if (first === undefined) throw new Error('machine');
    const touched = first.transcript.slice();
    touched[touched.length - 1] = (touched.at(-1) ?? 0) ^ 1;
    expect((await judge([{ ...first, transcript: touched }, ...others])).by['list.switches']).toBe('unknown GPU_SIGNATURE');
  });

  it('GPUs in protected PCIe mode are seen by either field', async () => {
    expect((await judge([report(gpu, { fields: { 21: Buffer.from([0xaa]), 36: undefined } })])).by['list.switches']).toBe('weak PPCIE_SWITCHES_NOT_ATTESTED');
    expect((await judge([report(gpu, { fields: { 21: undefined, 36: Buffer.from([2, 0]) } })])).by['list.switches']).toBe('weak PPCIE_SWITCHES_NOT_ATTESTED');
    expect((await judge([report(gpu, { fields: { 21: undefined, 34: undefined, 36: undefined } })])).by['list.switches']).toBe('pass');
  });
});

describe('policy on drivers', () => {
  it.each([['600.10.01', 'pass'], ['600.9.99', 'pass'], ['600.10.02', 'fail DRIVER_BELOW_POLICY'], ['601', 'fail DRIVER_BELOW_POLICY'], ['600', 'pass']])('at least %s: %s', async (minDriver, expected) => {
    expect((await judge([report(gpu)], { policy: { ...DEFAULT.nvidia, minDriver } })).by['gpu[0].policy.driver']).toBe(expected);
  });
});

/** Mistakes of other verifiers (the numbers are those of the survey's list) that show in one kind of evidence, one source of endorsements or one form. */
import { describe, expect, it } from 'vitest';
import { DEFAULT, GENUINE } from '../../../src/checks/policy';
import type { ReferenceValue } from '../../../src/checks/reference';
import { intelCollateral } from '../../../src/collateral/intel-pcs';
import { parseManifest } from '../../../src/evidence/contrast/manifest';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { readOwnServices } from '../../../src/providers/profiles';
import { hostsOf } from '../../../src/providers/hosts';
import { PROVIDERS } from '../../../src/providers/registry';
import { readReferences } from '../../../src/records/reference-file';
import { DEFAULT_SETTINGS, policyOf } from '../../../src/records/settings';
import type { StoredAttestation } from '../../../src/records/database';
import { VENDOR_ANCHORS } from '../../../src/roots/anchors';
import { FLAVOUR as SHIPPED } from '../../../src/roots/flavour';
import { Attestor } from '../../../src/watch/attestor';
import { pckCertificate, platformCa, root } from '../../simulator/pki/intel';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { OUT_OF_DATE, UP_TO_DATE } from '../../simulator/tdx/machine';
import { bench } from '../cli/shell';
import { FakeIntel, MemoryStore } from '../collateral/fake-intel';
import { documentOf, manifestBytes, snpReference } from '../evidence-contrast/lab';
import { TCB, certificate, chip, ask as askKeys, askCertificate, input, report as snpReport, vekExtensions } from '../evidence-sevsnp/lab';
import { forgedQuote } from '../evidence/forge';
import { identityWith, sgxIdentity } from '../evidence/qe-identities';
import { collateralOf, judge, NOW as SIMULATED_NOW } from '../evidence/simulated';
import { told } from '../providers-cube/lab';
import { attestation, ecdsaKey, known } from '../providers-report/lab';
import { headOf } from '../providers/fixture';
import { runStore } from '../watch/fixtures';
import { ACI, ask, CONTRAST, found, IONET, ionetReport, json, NEAR, NONCE, NOW, objectIn, type Read, type Service, SERVICES } from './services';

const DAY = 86_400_000;
/** Nothing in it may look as if something had been established. */
const passes = ({ checks }: Read): readonly string[] => checks.filter(({ outcome }) => outcome === 'pass').map(({ id }) => id);
const cube = (platform: string): Service => SERVICES.find(({ name }) => name === `Cube ${platform}`) ?? expect.fail(platform);

describe('a service that caches', () => {
  it('field 5: the report of the first request does not serve the second', async () => {
    const run = runStore();
    const sent: string[] = [];
    let cached: Uint8Array | undefined;
    let count = 0;
    const attestor = new Attestor({
      clock: () => Promise.resolve(NOW), run, keyFor: () => Promise.resolve(undefined), random: (length) => new Uint8Array(length).fill((count += 1)),
      storeFor: () => ({ get: () => Promise.resolve(undefined), put: () => Promise.resolve() }), throughPage: () => Promise.reject(new Error('not used here')),
      getter: () => (_url, { body }) => {
        const { nonce }: { nonce: string } = JSON.parse(String(body));
        sent.push(nonce);
        cached ??= json(ionetReport({}, {}, Buffer.from(nonce, 'hex')));
        return Promise.resolve({ status: 200, header: () => undefined, body: cached });
      },
      appraise: (provider, stored: StoredAttestation) => provider.appraise(stored, IONET.context()),
    });
    const target = { provider: IONET.provider, pageOrigin: 'https://ai.io.net', apiOrigin: 'https://api.intelligence.io.net', model: '6f1c7b8e-3d0a-4c55-9a3e-51a7e0c0a001', way: 'key', incognito: false, tabId: 1 } as const;
    const outcomes = [];
    for (let i = 0; i < 2; i += 1) {
      const attested = await attestor.fetch(target, 'recheck');
      outcomes.push(attested.kind === 'evidence' ? told(attested.appraisal.checks)['nonce'] : attested.problem.code);
    }
    expect(outcomes).toEqual(['pass', 'fail NONCE_MISMATCH']);
    expect(new Set(sent).size).toBe(2);
    expect(sent.every((nonce) => nonce.length === 64)).toBe(true);
  });
});

describe('the quoting enclave', () => {
  it('field 12: of another kind or another signer is refused', async () => {
    for (const [identity, code] of [[sgxIdentity(), 'QE_IDENTITY_ID'], [identityWith({ mrsigner: '11'.repeat(32) }), 'QE_MRSIGNER'], [identityWith({ isvprodid: 7 }), 'QE_ISVPRODID']] as const) {
      const { state, codes } = await judge({ collateral: { ...collateralOf(), ...identity } });
      expect([state, Object.values(codes).includes(`fail ${code}`), codes['qe.report'], codes['tcb']]).toEqual(['failed', true, expect.stringContaining(code), `unknown ${code}`]);
    }
  });

  it('field 22: may have authentication data of any length', async () => {
    for (const length of [0, 1, 16, 31, 33, 64, 1000]) {
      expect([length, (await judge({ quote: { qeAuthData: new Uint8Array(length).fill(7) } })).codes]).toEqual([length, {}]);
      const read = await ask(IONET, { body: json(ionetReport({}, { qeAuthData: new Uint8Array(length).fill(7) })) });
      expect([length, read.state, read.by['qe.binding']]).toEqual([length, 'limited', 'pass']);
    }
  });
});

describe('a machine', () => {
  it('field 19: whose certificate says old firmware is old, whatever its quoting enclave and its TD say', async () => {
    const old = pckCertificate(OUT_OF_DATE, SIMULATED_NOW);
    // The enclave's own report and TEE_TCB_SVN in it are those of the machine that is up to date.
    const { state, codes } = await judge({ bytes: forgedQuote({ chain: [old, platformCa, root], leafKey: old.key }) });
    expect([state, codes['tcb']]).toEqual(['failed', 'fail TCB_OUT_OF_DATE']);
    const read = await ask(IONET, { body: json(ionetReport({}, { machine: OUT_OF_DATE, teeTcbSvn: UP_TO_DATE.teeTcbSvn })) });
    expect([read.state, read.by['tcb']]).toEqual(['failed', 'fail TCB_OUT_OF_DATE']);
  });
});

describe('collateral', () => {
  it('field 18: what was kept while Intel answered does not carry a verdict past its end', async () => {
    const intel = new FakeIntel();
    intel.options = { now: NOW };
    const store = new MemoryStore();
    const at = (now: number) => ask(IONET, { context: { now, tdxCollateral: intelCollateral({ get: intel.get, store, now, anchors: IONET.context().anchors }) } });
    expect((await at(NOW)).by['tcbinfo']).toBe('pass');
    intel.offline = true;
    expect((await at(NOW + DAY)).by['tcbinfo']).toBe('pass');
    const late = await at(NOW + 31 * DAY);
    expect(late.by['tcbinfo']).toMatch(/^unknown /);
    expect(passes(late)).not.toContain('tcb');
  });

  it('field 28: is never asked of an address that a report names, nor taken out of one', async () => {
    for (const [service, report] of [[IONET, ionetReport()], [NEAR, attestation({ key: ecdsaKey(7) })]] as const) {
      const intel = new FakeIntel();
      intel.options = { now: NOW, raised: true };
      const named = { pccs_url: 'https://pccs.evil.example', collateral_url: 'https://pccs.evil.example', collateral: tdxCollateral({ now: NOW }), tdx_collateral: tdxCollateral({ now: NOW }) };
      const read = await ask(service, { body: json({ ...report, ...named, info: { ...(report['info'] as object | undefined), ...named } }), context: { tdxCollateral: intelCollateral({ get: intel.get, store: new MemoryStore(), now: NOW, anchors: service.context().anchors }) } });
      expect(read.by['tcb']).toBe('fail TCB_OUT_OF_DATE');
      expect(new Set(intel.asked.map((url) => new URL(url).host))).toEqual(new Set(['api.trustedservices.intel.com', 'certificates.trustedservices.intel.com']));
    }
  });

  it('field 28: has no other source on the command line either', async () => {
    const b = bench();
    for (const option of ['--pccs', '--pccs-url', '--collateral-url']) expect((await b.assay('verify', 'tdx', b.file('q', 'x'), option, 'https://pccs.evil.example')).status).toBe(64);
    b.close();
  });
});

describe('SEV-SNP', () => {
  const claiming = (...tcb: readonly number[]): Uint8Array => snpReport((bytes) => { for (const offset of [0x38, 0x180, 0x1e0, 0x1f0]) bytes.set(tcb, offset); });
  const HIGH = [10, 0, 0, 0, 0, 0, 23, 209];
  const wanting = { ...DEFAULT.snp, minTcb: { ucode: 209 } };

  it('field 19: the patch level is the certificate’s; a report that claims more is refused', async () => {
    expect(Object.values(told((await checkSnp(input({ policy: wanting }))).checks))).toContain('fail TCB_BELOW_POLICY');
    const lied = told((await checkSnp(input({ report: claiming(...HIGH), policy: wanting }))).checks);
    expect(lied).toMatchObject({ 'vek.binding': 'fail VEK_TCB' });
    const vek = certificate({ subject: 'SEV-VCEK', issuer: 'SEV-Genoa', keys: chip, by: askKeys, extensions: vekExtensions({ tcb: Uint8Array.from(HIGH) }) });
    expect(told((await checkSnp(input({ report: claiming(...HIGH), policy: wanting, endorsements: { vek, intermediates: [askCertificate] } }))).checks)).toMatchObject({ 'vek.binding': 'pass', tcb: 'pass' });
    // The other way round as well: the certificate decides in both directions.
    expect(told((await checkSnp(input({ endorsements: { vek, intermediates: [askCertificate] } }))).checks)['vek.binding']).toBe('fail VEK_TCB');
    expect(TCB[7]).toBeLessThan(209);
  });

  it('field 19: a Coordinator that claims more than its certificate is refused', async () => {
    const read = await ask(CONTRAST, { body: documentOf({ edit: (bytes) => { for (const offset of [0x38, 0x180, 0x1e0, 0x1f0]) bytes.set(HIGH, offset); } }) });
    expect([read.state, Object.values(read.by).includes('fail VEK_TCB')]).toEqual(['failed', true]);
  });
});

describe('stubs and mocks', () => {
  it('field 17: a stub in a machine’s place is a machine without evidence, whatever it says', async () => {
    const stub = { signing_address: ecdsaKey(1).text, signing_algo: 'ecdsa', is_legacy: true, verified: true, is_verified: true, event_log: '[]', info: {} };
    const model = attestation({ key: ecdsaKey(2), over: { model_name: 'a' } });
    for (const gateway of [stub, { ...stub, intel_quote: '' }, { ...stub, intel_quote: '00'.repeat(5000) }, {}]) {
      const read = await ask(NEAR, { body: json({ gateway_attestation: gateway, model_attestations: [model] }) });
      expect(read.state).toBe('failed');
      expect(Object.entries(read.by).some(([id, one]) => /^(evidence|parse)\.gateway$/.test(id) && one.startsWith('fail'))).toBe(true);
      // Nor may an answer of the model behind it stand without it.
      expect(read.machines?.find(({ role }) => role === 'model')?.checks.filter(({ id, outcome }) => id.endsWith('.gateway') && outcome === 'fail')).not.toEqual([]);
    }
    expect((await ask(ACI, { body: json({ ...objectIn(ACI), attestation: { tee_type: 'tdx', workload_keyset: {}, evidence: { quote: '' } } }) })).state).toBe('failed');
  });

  it('field 24: the shipped build knows no root but the vendors’, and no way leads to a local service', () => {
    expect(SHIPPED).toEqual({ name: 'shipped', anchors: [] });
    expect(VENDOR_ANCHORS.filter(({ subject }) => /simulator|test/i.test(subject))).toEqual([]);
    for (const origin of PROVIDERS.flatMap(({ profile }) => hostsOf(profile))) expect(origin).not.toMatch(/localhost|127\.0|\[::1\]|^http:/);
    const own = (origin: string) => readOwnServices([{ dialect: 'contrast', name: 'x', pageOrigin: origin, apiOrigin: origin }]);
    expect(own('https://chat.example')).toHaveLength(1);
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://chat.example', 'file:///']) expect(own(origin)).toBeUndefined();
  });

  it('field 24: a platform for development has no reference value, and a mark in a report opens nothing', async () => {
    expect(() => parseManifest(manifestBytes({ ReferenceValues: { snp: [snpReference({ Platform: 'Metal-QEMU-SNP-Insecure' })] } }))).toThrow(/^INSECURE_PLATFORM/);
    for (const body of [{ mock: true }, { dev: true, DEV: 'true' }, { attestation_type: 'mock' }, { fake: true, ...objectIn(IONET), cpu: { quote: 'mock' } }]) expect((await ask(IONET, { body: json(body) })).state).toBe('failed');
  });
});

describe('forms', () => {
  it('field 27: a quote in hex or base64 is the same quote; what is neither is not guessed', async () => {
    const report = objectIn(NEAR);
    const raw = Buffer.from(String(report['intel_quote']), 'hex');
    const plain = await ask(NEAR);
    for (const form of [raw.toString('hex').toUpperCase(), raw.toString('base64')]) expect((await ask(NEAR, { body: json({ ...report, intel_quote: form }) })).by).toEqual(plain.by);
    for (const form of ['zz', raw.toString('latin1').slice(0, 40), '=', `${raw.toString('hex')}0`]) expect((await ask(NEAR, { body: json({ ...report, intel_quote: form }) })).state).toBe('failed');
    // io.net's agent writes hex, and nothing else is its.
    expect((await ask(IONET, { body: json(ionetReport({ cpu: { quote: raw.toString('base64') } })) })).by['evidence']).toBe('fail EVIDENCE_MALFORMED');
  });
});

describe('placeholders', () => {
  const PLACEHOLDERS = ['', '*', '.*', '$MR_TD', '${MR_TD}', 'any', 'undefined', 'null', '00'.repeat(48)];
  const registers = (values: ReferenceValue['values']): ReferenceValue => ({ dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values, properties: { collectsOwnGpu: true }, source: 'imported', note: '' });

  it('field 30: a reference value that names nothing matches nothing', async () => {
    for (const values of [{}, { mrTd: [] }, { mrTd: PLACEHOLDERS }, { unheardOf: [''] }]) {
      const read = await ask(IONET, { context: { references: [registers(values)] } });
      expect(read.by).toMatchObject({ software: 'fail MEASUREMENT_MISMATCH', 'gpu.binding': 'weak GPU_COLOCATION_NOT_PROVEN' });
    }
    const value = known(await ask(NEAR));
    expect((await ask(NEAR, { context: { references: [value] } })).by['software']).toBe('pass');
    for (const composeHash of PLACEHOLDERS) expect((await ask(NEAR, { context: { references: [{ ...value, values: { ...value.values, composeHash: [composeHash] } }] } })).by['software']).toBe('fail MEASUREMENT_MISMATCH');
  });

  it('field 30: and no file can bring one', () => {
    const file = (values: unknown) => JSON.stringify({ dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values, note: '' });
    expect(readReferences(file({ mrTd: ['ab'.repeat(48)] }))).toHaveLength(1);
    for (const value of PLACEHOLDERS) expect(() => readReferences(file({ mrTd: [value] }))).toThrow();
    for (const values of [{}, { mrTd: [] }, { mrTd: null }]) expect(() => readReferences(file(values))).toThrow();
  });

  it('field 30: a number of zeros is no number, and a key of zeros no key', async () => {
    const zeros = new Uint8Array(32);
    expect((await ask(IONET, { body: json(ionetReport({}, {}, Buffer.alloc(32))), report: { nonce: zeros } })).by['nonce']).toBe('fail NONCE_MISMATCH');
    const keyless = attestation({ key: { ...ecdsaKey(7), text: `0x${'00'.repeat(20)}` }, reportData: Buffer.concat([zeros, NONCE]) });
    expect((await ask(NEAR, { body: json(keyless) }))).toMatchObject({ state: 'failed', signers: [], by: { 'key.binding': 'fail SIGNER_NOT_BOUND' } });
  });

  it('field 30: a manifest must name a measurement, and the pin a manifest', async () => {
    for (const TrustedMeasurement of ['', '*', '$MEASUREMENT']) expect(() => parseManifest(manifestBytes({ ReferenceValues: { snp: [snpReference({ TrustedMeasurement })] } }))).toThrow(/^MANIFEST_MALFORMED/);
    const pin = (sha256: string): ReferenceValue => ({ dialect: 'contrast', role: 'coordinator', kind: 'contrast-manifest', values: { 'manifest sha256': [sha256] }, properties: {}, source: 'imported', note: '' });
    for (const value of PLACEHOLDERS) expect(found(await ask(CONTRAST, { context: { references: [pin(value)] } }), 'manifest.pin')).toBe('fail MANIFEST_NOT_PINNED');
  });

  it('field 30: a key that was swapped in is not the one in the evidence', async () => {
    const read = await ask(NEAR, { body: json({ ...objectIn(NEAR), signing_address: ecdsaKey(9).text }) });
    expect(read).toMatchObject({ state: 'failed', by: { 'key.binding': 'fail REPORT_DATA_MISMATCH' } });
    expect(read.signers.filter(({ binding }) => binding !== 'none')).toEqual([]);
  });
});

describe('what stands beside an answer', () => {
  it('field 16: headers of a proxy are its word, and never pass', async () => {
    const headers = Object.entries({ 'x-attestation-type': 'aTLS', 'x-attestation-ok': 'true', 'brave-near-verified': 'true', 'x-verified': 'true' }).map(([name, value]) => ({ name, value }));
    const service = cube('snp');
    const { checks } = service.provider.judgeAnswer({ head: headOf('json', headers), form: 'json', reading: 'BODY_NOT_SEEN', cut: false });
    expect(told(checks)['answer.relayed']).toBe('absent RELAYED_ONLY_CLAIMED');
    const relayed = (await service.provider.judgeRelayed?.(headers, service.context())) ?? [];
    expect([...checks, ...relayed].filter(({ outcome }) => outcome === 'pass')).toEqual([]);
  });

  it('field 7: the policy that says only what is genuine is nobody’s default', () => {
    expect(policyOf(DEFAULT_SETTINGS, NOW).tdx.passTcb).not.toContain('OutOfDate');
    expect([...DEFAULT.tdx.passTcb, ...DEFAULT.tdx.weakTcb].filter((status) => status.startsWith('OutOfDate') || status === 'Revoked')).toEqual([]);
    expect(GENUINE.name).not.toBe(DEFAULT.name);
  });
});

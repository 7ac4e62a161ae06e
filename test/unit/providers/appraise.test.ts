import { describe, expect, it } from 'vitest';
import { DEFAULT } from '../../../src/checks/policy';
import type { ReferenceSource, ReferenceValue } from '../../../src/checks/reference';
import { toHex } from '../../../src/encoding/hex';
import { ionet } from '../../../src/providers/ionet';
import type { Appraisal, AppraiseContext } from '../../../src/providers/types';
import { knownToHave, matchSoftware } from '../../../src/providers/shared/software';
import { stateOf } from '../../../src/verdict/state';
import { FLAVOUR } from '../../simulator/flavour';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { MEASUREMENTS, OUT_OF_DATE, REVOKED } from '../../simulator/tdx/machine';
import { type QuoteOptions, tdxQuote } from '../../simulator/tdx/quote';
import { sha256Bytes } from '../../../src/signatures/digests';
import { key } from './fixture';
import { GPU_ANCHORS, gpuEndorsements, gpuList } from './gpus';
import { NO_ENDORSEMENTS } from './no-endorsements';

const NOW = Date.UTC(2026, 10, 20, 12);
const NONCE = Buffer.alloc(32, 0xa5);
const ADDRESS = key(7).address;
const SPKI = Buffer.alloc(32, 0x33);
const address20 = Buffer.from(ADDRESS.slice(2), 'hex');
const padded = Buffer.concat([address20, Buffer.alloc(12)]);
const DIGEST = `sha256:${'cd'.repeat(32)}`;
const collateral = tdxCollateral({ now: NOW });
const GPU_LIST = gpuList(NONCE, 2);
const ANCHORS = [...FLAVOUR.anchors, ...GPU_ANCHORS];

const LAYOUT = {
  none: Buffer.concat([NONCE, Buffer.alloc(32)]),
  'address-nonce': Buffer.concat([padded, NONCE]),
  'nonce-address': Buffer.concat([NONCE, padded]),
  'sha256(address,spki)-nonce': Buffer.concat([sha256Bytes(Buffer.concat([address20, SPKI])), NONCE]),
};

const quote = (options: Partial<QuoteOptions> = {}): string => tdxQuote({ reportData: LAYOUT.none, now: NOW, ...options }).toString('hex');

function reportWith(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const gpu = { nonce: NONCE.toString('hex'), arch: 'HOPPER', evidence_list: GPU_LIST, claims_version: '3.0' };
  return { nonce: NONCE.toString('hex'), cpu: { quote: quote() }, gpu, signing_address: ADDRESS, image_digest: DIGEST, ...over };
}

interface Read extends Appraisal {
  readonly state: string;
  readonly by: Readonly<Record<string, string>>;
}

async function appraise(report: unknown, over: Partial<AppraiseContext> = {}, status = 200): Promise<Read> {
  const context: AppraiseContext = { now: NOW, policy: DEFAULT, anchors: ANCHORS, references: [], ...NO_ENDORSEMENTS, ...gpuEndorsements(NOW), tdxCollateral: () => Promise.resolve({ collateral }), ...over };
  const body = report instanceof Uint8Array ? report : Buffer.from(typeof report === 'string' ? report : JSON.stringify(report));
  const appraisal = await ionet.appraise({ body: new Uint8Array(body), status, contentType: 'application/json', nonce: new Uint8Array(NONCE) }, context);
  const by = Object.fromEntries(appraisal.checks.map((c) => [c.id, `${c.outcome}${c.code === undefined ? '' : ` ${c.code}`}`]));
  return { ...appraisal, state: stateOf(appraisal.checks), by };
}

const registers = (source: ReferenceSource, over: Partial<ReferenceValue> = {}): ReferenceValue => ({
  dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values: { mrTd: [toHex(MEASUREMENTS.mrTd)], rtmr1: ['00'.repeat(48), toHex(MEASUREMENTS.rtmr1)], rtmr2: [toHex(MEASUREMENTS.rtmr2)] }, properties: {}, source, note: 'release 1', ...over,
});
const image = (source: ReferenceSource, digest = DIGEST): ReferenceValue => ({ dialect: 'ionet-agent', role: 'agent', kind: 'image-digest', values: { digest: [digest] }, properties: {}, source, note: '' });

const DEVICE = ['parse', 'chain', 'signature', 'nonce', 'fwid', 'rim.driver', 'rim.vbios', 'measurements', 'revocation'];
const GPU_CHECKS = Object.fromEntries([
  ...[0, 1].flatMap((i) => DEVICE.map((id) => [`gpu[${i}].${id}`, 'pass'])),
  ...['family', 'duplicates', 'switches'].map((id) => [`list.${id}`, 'pass']),
  ['gpu.binding', 'weak GPU_COLOCATION_NOT_PROVEN'],
]);

describe('today’s agent', () => {
  it('is limited: genuine and fresh, its key bound by nothing, its software known to nobody', async () => {
    const read = await appraise(reportWith());
    expect(read.state).toBe('limited');
    expect(read.by).toEqual({
      evidence: 'pass', parse: 'pass', 'pck.chain': 'pass', 'pck.revocation': 'pass', tcbinfo: 'pass', qeidentity: 'pass', 'qe.report': 'pass', 'qe.binding': 'pass', 'quote.signature': 'pass', 'tdx.module': 'pass', tcb: 'pass',
      'policy.debug': 'pass', 'policy.attributes': 'pass', 'policy.xfam': 'pass', 'policy.servicetd': 'pass', nonce: 'pass', ...GPU_CHECKS, software: 'weak SOFTWARE_NOT_KNOWN',
      image: 'weak IMAGE_ONLY_CLAIMED', 'key.binding': 'weak SIGNER_NOT_BOUND', channel: 'absent CHANNEL_NOT_BOUND',
    });
    expect(read.signers).toEqual([{ address: ADDRESS, algorithm: 'ecdsa', binding: 'none' }]);
    expect(read.software.map(({ kind, basis }) => [kind, basis])).toEqual([['tdx-registers', 'hardware'], ['image-digest', 'claimed']]);
    expect(read.parts.map(({ kind }) => kind)).toEqual(['tdx', 'nvidia']);
    expect(read.parts[1]).toMatchObject({ count: 2, devices: [{ id: 'gpu[0]' }, { id: 'gpu[1]' }], claims: [{ mismatched: [] }, { mismatched: [] }] });
    expect(read.checks.find(({ id }) => id === 'channel')?.by).toBe('service');
  });

  it('stays limited whatever reference values there are: its design leaves the gap', async () => {
    expect((await appraise(reportWith(), { references: [registers('release'), image('release')] })).state).toBe('limited');
  });

  it('mistake 5: a number of another request fails, whatever the JSON echoes', async () => {
    const stale = quote({ reportData: Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32)]) });
    expect(await appraise(reportWith({ cpu: { quote: stale } }))).toMatchObject({ state: 'failed', by: { nonce: 'fail NONCE_MISMATCH' } });
    const prefix = Buffer.from(LAYOUT.none);
    prefix[31] = 0;
    expect((await appraise(reportWith({ cpu: { quote: quote({ reportData: prefix }) } }))).by['nonce']).toBe('fail NONCE_MISMATCH');
    expect((await appraise(reportWith({ nonce: '00'.repeat(32) }))).by['nonce']).toBe('pass');
  });

  it('machine faults come through with their codes', async () => {
    expect((await appraise(reportWith({ cpu: { quote: quote({ debug: true }) } }))).by['policy.debug']).toBe('fail DEBUG_ENABLED');
    expect((await appraise(reportWith({ cpu: { quote: quote({ machine: OUT_OF_DATE }) } }))).by['tcb']).toBe('fail TCB_OUT_OF_DATE');
    expect((await appraise(reportWith({ cpu: { quote: quote({ machine: REVOKED }) } }))).by['pck.revocation']).toBe('fail PCK_REVOKED');
  });

  it('without Intel’s endorsements it is open, and says why', async () => {
    const away = await appraise(reportWith(), { tdxCollateral: () => Promise.resolve({ collateral: {}, problem: { code: 'COLLATERAL_UNREACHABLE', detail: 'offline' } }) });
    expect(away.state).toBe('incomplete');
    expect(away.by['tcbinfo']).toContain('unknown');
  });
});

describe('a quote that does not hold', () => {
  it('mistake 9: gives no freshness, no binding, no software: nothing unsigned is believed', async () => {
    const tampered = quote({ reportData: LAYOUT['address-nonce'], tamper: [[48 + 328, 1]] });
    const read = await appraise(reportWith({ cpu: { quote: tampered } }), { references: [registers('release')] });
    expect(read).toMatchObject({ state: 'failed', by: { 'quote.signature': 'fail QUOTE_SIGNATURE', nonce: 'unknown QUOTE_SIGNATURE', software: 'unknown QUOTE_SIGNATURE', 'key.binding': 'unknown QUOTE_SIGNATURE' } });
    expect(read.signers).toEqual([{ address: ADDRESS, algorithm: 'ecdsa', binding: 'none' }]);
    expect(read.software.filter(({ basis }) => basis === 'hardware')).toEqual([]);
  });

  it('by another root than the anchors: ROOT_UNTRUSTED', async () => {
    expect(await appraise(reportWith(), { anchors: [] })).toMatchObject({ state: 'failed', by: { 'pck.chain': 'fail ROOT_UNTRUSTED', nonce: 'unknown ROOT_UNTRUSTED', 'gpu[0].chain': 'fail ROOT_UNTRUSTED', 'gpu.binding': 'unknown ROOT_UNTRUSTED' } });
  });

  it('that is no quote at all: malformed, and the rest is still said', async () => {
    for (const bad of ['00'.repeat(600), 'ab', '04000200'.repeat(100)]) {
      const read = await appraise(reportWith({ cpu: { quote: bad } }));
      expect(read.state).toBe('failed');
      expect(read.by['gpu[1].signature']).toBe('pass');
      expect(read.by['gpu.binding']).toMatch(/^unknown/);
    }
  });
});

describe('binding layouts', () => {
  const bound = (layout: keyof typeof LAYOUT, over: Partial<AppraiseContext> = {}) =>
    appraise(reportWith({ cpu: { quote: quote({ reportData: LAYOUT[layout] }) }, tls_cert_fingerprint: SPKI.toString('hex') }), over);

  it('the strongest that holds is reported', async () => {
    for (const layout of ['address-nonce', 'nonce-address', 'sha256(address,spki)-nonce', 'none'] as const) {
      const read = await bound(layout);
      expect(read.signers[0]?.binding).toBe(layout);
      expect(read.by['nonce']).toBe('pass');
    }
  });

  it('a bound key is worth something only with known software of the same dialect and role', async () => {
    expect((await bound('address-nonce')).by['key.binding']).toBe('weak BOUND_BY_UNKNOWN_SOFTWARE');
    for (const foreign of [{ dialect: 'dstack' }, { role: 'gateway' as const }]) {
      const read = await bound('address-nonce', { references: [registers('release', foreign)] });
      expect(read.by).toMatchObject({ 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE', software: 'weak SOFTWARE_NOT_KNOWN' });
    }
    for (const source of ['release', 'imported'] as const) expect((await bound('address-nonce', { references: [registers(source)] })).by).toMatchObject({ 'key.binding': 'pass', software: 'pass' });
    expect((await bound('address-nonce', { references: [registers('approved')] })).by).toMatchObject({ 'key.binding': 'weak SOFTWARE_APPROVED', software: 'weak SOFTWARE_APPROVED' });
  });

  it('an image digest is no measurement: it makes no key vouched for', async () => {
    expect((await bound('address-nonce', { references: [image('release')] })).by).toMatchObject({ 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE', software: 'weak SOFTWARE_NOT_KNOWN' });
  });

  it('another key than the reported one in the evidence fails', async () => {
    for (const layout of ['address-nonce', 'nonce-address'] as const) {
      const read = await appraise(reportWith({ cpu: { quote: quote({ reportData: LAYOUT[layout] }) }, signing_address: key(9).address }));
      expect(read).toMatchObject({ state: 'failed', by: { 'key.binding': 'fail REPORT_DATA_MISMATCH', nonce: 'pass' } });
      expect(read.signers[0]?.binding).toBe('none');
    }
  });

  it('something unknown beside the number binds nothing', async () => {
    const odd = Buffer.concat([NONCE, Buffer.alloc(32, 0x77)]);
    expect((await appraise(reportWith({ cpu: { quote: quote({ reportData: odd }) } }))).by).toMatchObject({ nonce: 'pass', 'key.binding': 'weak SIGNER_NOT_BOUND' });
  });

  it('a bound connection key this browser cannot compare is the browser’s gap', async () => {
    expect((await bound('sha256(address,spki)-nonce')).checks.find(({ id }) => id === 'channel')).toMatchObject({ outcome: 'absent', by: 'browser', code: 'CHANNEL_NOT_BOUND' });
  });
});

describe('reference values', () => {
  it('contradicted ones fail, naming the register', async () => {
    const read = await appraise(reportWith(), { references: [registers('approved', { values: { mrTd: ['ff'.repeat(48)] } })] });
    expect(read.by['software']).toBe('fail MEASUREMENT_MISMATCH');
    expect(read.checks.find(({ id }) => id === 'software')).toMatchObject({ detail: 'mrTd', expected: 'ff'.repeat(48), actual: toHex(MEASUREMENTS.mrTd) });
  });

  it('one that fits among several is enough; one that names nothing or an unknown register never fits', async () => {
    expect((await appraise(reportWith(), { references: [registers('imported', { values: { mrTd: ['ff'.repeat(48)] } }), registers('imported')] })).by['software']).toBe('pass');
    for (const values of [{}, { mrUnknown: [toHex(MEASUREMENTS.mrTd)] }, { mrTd: [] }]) expect((await appraise(reportWith(), { references: [registers('release', { values })] })).by['software']).toBe('fail MEASUREMENT_MISMATCH');
  });

  it('the firmware alone, the kernel without its command line, or what runs without them, is no known software', async () => {
    const [mrTd, rtmr0, rtmr1, rtmr2] = [MEASUREMENTS.mrTd, MEASUREMENTS.rtmr0, MEASUREMENTS.rtmr1, MEASUREMENTS.rtmr2].map((value) => [toHex(value)]);
    const zero = ['00'.repeat(48)];
    const bound = reportWith({ cpu: { quote: quote({ reportData: LAYOUT['address-nonce'] }) } });
    const given = async (...values: readonly ReferenceValue['values'][]) => (await appraise(bound, { references: values.map((one) => registers('imported', { values: one, properties: { collectsOwnGpu: true } })) })).by;
    const parts: readonly Record<string, readonly string[] | undefined>[] = [{ mrTd }, { mrTd, rtmr0 }, { mrTd, rtmr1 }, { mrTd, rtmr2 }, { rtmr1, rtmr2 }, { rtmr3: zero }, { mrConfigId: zero }, { rtmr3: zero, mrConfigId: zero }, { mrTd, rtmr0, rtmr3: zero, mrConfigId: zero }];
    for (const part of parts) {
      const values = Object.fromEntries(Object.entries(part).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
      expect(await given(values), Object.keys(part).join()).toMatchObject({ software: 'weak POLICY_NAMES_NO_SOFTWARE', 'key.binding': 'weak BOUND_BY_UNKNOWN_SOFTWARE', 'gpu.binding': 'weak GPU_COLOCATION_NOT_PROVEN' });
    }
    const whole = { mrTd: mrTd ?? [], rtmr1: rtmr1 ?? [], rtmr2: rtmr2 ?? [] };
    expect(await given({ ...whole, rtmr3: zero })).toMatchObject({ software: 'pass', 'key.binding': 'pass', 'gpu.binding': 'pass' });
    expect((await given({ mrTd: whole.mrTd }, whole))['software']).toBe('pass');
    // What names no software is no way around a value that names it.
    expect((await given({ mrTd: whole.mrTd }, { ...whole, rtmr2: whole.rtmr1 }))['software']).toBe('fail MEASUREMENT_MISMATCH');
  });

  it('a machine that measured nothing into its registers runs nothing known, whatever value fits it', () => {
    const zeros = '00'.repeat(48);
    const names = ['mrTd', 'rtmr1', 'rtmr2'];
    const empty = { kind: 'tdx-registers', dialect: 'ionet-agent', role: 'agent', values: { mrTd: toHex(MEASUREMENTS.mrTd), rtmr1: zeros, rtmr2: zeros }, basis: 'hardware' } as const;
    const value = registers('imported', { values: Object.fromEntries(names.map((name) => [name, [zeros, toHex(MEASUREMENTS.mrTd)]])), properties: { collectsOwnGpu: true } });
    expect(matchSoftware(empty, [value]).kind).toBe('partial');
    expect(knownToHave('collectsOwnGpu', empty, [value])).toBeUndefined();
  });

  it('an image digest stays claimed when equal, fails when other, and cannot be dodged by leaving it out', async () => {
    const equal = await appraise(reportWith(), { references: [image('imported')] });
    expect(equal.checks.find(({ id }) => id === 'image')).toMatchObject({ outcome: 'pass', basis: 'claimed' });
    expect((await appraise(reportWith(), { references: [image('approved')] })).by['image']).toBe('weak SOFTWARE_APPROVED');
    expect((await appraise(reportWith(), { references: [image('imported', `sha256:${'00'.repeat(32)}`)] })).by['image']).toBe('fail IMAGE_MISMATCH');
    expect((await appraise(reportWith({ image_digest: undefined }), { references: [image('imported')] })).by['image']).toBe('fail IMAGE_MISMATCH');
    expect((await appraise(reportWith({ image_digest: undefined }))).by['image']).toBe('absent IMAGE_NOT_GIVEN');
    expect((await appraise(reportWith({ image_digest: 'latest' }))).by['image']).toBe('fail EVIDENCE_MALFORMED');
  });
});

describe('what is missing or malformed', () => {
  it('mistake 1: HTTP 200 is not evidence: error texts in its places fail', async () => {
    const said = ['Error: TDX Interface not found (/sys/kernel/config/tsm)', 'Error generating CPU quote: [Errno 16] Device or resource busy', ''];
    for (const text of said) expect(await appraise(reportWith({ cpu: { quote: text } }))).toMatchObject({ state: 'failed', by: { evidence: 'fail EVIDENCE_MISSING' } });
    expect((await appraise(reportWith({ cpu: { error: 'none' } }))).by['evidence']).toBe('fail EVIDENCE_MISSING');
  });

  it('mistake 29: a GPU part that is missing, an error or empty fails', async () => {
    for (const gpu of [undefined, null, { error: 'NVIDIA SDK not installed' }, { status: 'No GPU found with CC support' }, { evidence_list: [] }, {}]) {
      expect(await appraise(reportWith({ gpu })), JSON.stringify(gpu)).toMatchObject({ state: 'failed', by: { gpu: 'fail EVIDENCE_MISSING' } });
    }
  });

  it('mistake 16: what the report says about itself is not read', async () => {
    expect((await appraise(reportWith({ verified: true, cpu: { quote: 'Error', verified: true } }))).state).toBe('failed');
  });

  it('mistake 4: no signing address means no key, not any key', async () => {
    expect(await appraise(reportWith({ signing_address: undefined }))).toMatchObject({ state: 'failed', signers: [], by: { 'key.binding': 'fail EVIDENCE_MISSING' } });
    expect((await appraise(reportWith({ signing_address: '0x12' }))).by['key.binding']).toBe('fail EVIDENCE_MALFORMED');
  });

  it('no CPU part is absent by the service’s own rule, and never silently less', async () => {
    const read = await appraise(reportWith({ cpu: undefined }));
    expect(read).toMatchObject({ state: 'limited', by: { evidence: 'absent CPU_EVIDENCE_ABSENT', nonce: 'absent CPU_EVIDENCE_ABSENT', software: 'absent CPU_EVIDENCE_ABSENT', 'key.binding': 'weak SIGNER_NOT_BOUND' } });
  });

  it('mistake 27: base64 where hex belongs is malformed, not guessed', async () => {
    const base64 = Buffer.from(quote(), 'hex').toString('base64');
    for (const bad of [base64, `0x${quote()}`, 7, 'zz', '00'.repeat(17 * 1024)]) expect((await appraise(reportWith({ cpu: { quote: bad } }))).by['evidence']).toBe('fail EVIDENCE_MALFORMED');
  });

  it('mistake 24: a mock report is judged like any other', async () => {
    expect((await appraise({ mock: true, dev: true, nonce: NONCE.toString('hex') })).state).toBe('failed');
  });

  it('anything but one bounded JSON object is malformed', async () => {
    const cases: (string | Uint8Array)[] = ['', 'null', '[]', '<!doctype html>', '{"cpu":', '{"cpu":1,"cpu":2}', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, Uint8Array.of(0x7b, 0xff), `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`];
    for (const bad of cases) expect(await appraise(bad)).toMatchObject({ state: 'failed', by: { evidence: 'fail EVIDENCE_MALFORMED' } });
    for (const cpu of [[], 'x']) expect((await appraise(reportWith({ cpu }))).by['evidence']).toBe('fail EVIDENCE_MALFORMED');
  });

  it('other statuses are open, never failed and never passed', async () => {
    for (const [status, code] of [[401, 'LOGIN_NEEDED'], [403, 'LOGIN_NEEDED'], [429, 'RATE_LIMITED'], [500, 'SERVICE_ERROR'], [404, 'SERVICE_ERROR'], [204, 'SERVICE_ERROR']] as const) {
      expect(await appraise(reportWith(), {}, status)).toMatchObject({ state: 'incomplete', by: { evidence: `unknown ${code}` } });
    }
  });

  it('the nonce is compared as bytes of the quote even when the report is for our own number with a short echo', async () => {
    expect((await appraise(reportWith({ nonce: undefined }))).by['nonce']).toBe('pass');
  });
});

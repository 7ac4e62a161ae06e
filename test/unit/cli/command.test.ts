import { afterAll, describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { KINDS, VERIFIERS } from '../../../src/cli/kinds';
import { quoteIn } from '../../../src/cli/verify-tdx';
import { root } from '../../simulator/pki/intel';
import { tdxCollateral } from '../../simulator/tdx/collateral';
import { MEASUREMENTS, OUT_OF_DATE } from '../../simulator/tdx/machine';
import { type QuoteOptions, tdxQuote } from '../../simulator/tdx/quote';
import { bench, NOW } from './shell';

const REPORT_DATA = Buffer.alloc(64, 0x5a);
const b = bench();
afterAll(() => b.close());

const raw = (over: Partial<QuoteOptions> = {}): Buffer => tdxQuote({ reportData: REPORT_DATA, now: NOW, ...over });
const quote = b.file('quote.bin', raw());
const collateral = b.file('collateral.json', JSON.stringify(tdxCollateral({ now: NOW })));
const anchor = b.file('root.pem', root.pem);
const lab = ['--collateral', collateral, '--trust-anchor', anchor];
const expected = ['--report-data', REPORT_DATA.toString('hex')];

describe('assay verify tdx', () => {
  it('verified, 0, with a laboratory’s root in the vendor’s place: the output says custom', async () => {
    const ran = await b.assay('verify', 'tdx', quote, ...lab, ...expected);
    expect(ran).toMatchObject({ status: 0, json: { state: 'verified', qualifiers: [], anchors: 'custom', policy: 'default', at: new Date(NOW).toISOString() } });
    expect(ran.json.claims).toMatchObject({ tee: 'tdx', quoteVersion: 4, fmspc: '90c06f000000', reportData: REPORT_DATA.toString('hex'), debug: false, mrTd: MEASUREMENTS.mrTd.toString('hex'), tcb: { status: 'UpToDate' } });
    expect(ran.asked).toEqual([]);
  });

  it('by the vendor’s root a simulated quote is failed, ROOT_UNTRUSTED', async () => {
    const ran = await b.assay('verify', 'tdx', quote, '--collateral', collateral, ...expected);
    expect(ran).toMatchObject({ status: 1, json: { state: 'failed', anchors: 'vendor' }, by: { 'pck.chain': 'fail ROOT_UNTRUSTED', reportdata: 'unknown ROOT_UNTRUSTED' } });
  });

  it('without --report-data a bare quote is at most limited; --require verified makes that 3', async () => {
    expect(await b.assay('verify', 'tdx', quote, ...lab)).toMatchObject({ status: 0, json: { state: 'limited' }, by: { reportdata: 'weak NO_REPORT_DATA_EXPECTED' } });
    expect((await b.assay('verify', 'tdx', quote, ...lab, '--require', 'verified')).status).toBe(3);
    expect((await b.assay('verify', 'tdx', quote, ...lab, '--require', 'limited')).status).toBe(0);
    expect((await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--require', 'verified')).status).toBe(0);
  });

  it('another report_data is 1', async () => {
    const other = `0x${Buffer.alloc(64, 1).toString('hex')}`;
    expect(await b.assay('verify', 'tdx', quote, ...lab, '--report-data', other, '--require', 'verified')).toMatchObject({ status: 1, by: { reportdata: 'fail REPORT_DATA_MISMATCH' } });
  });

  it('takes the quote raw, as hex and as base64 text', async () => {
    for (const [name, text] of [['hex', raw().toString('hex')], ['hex0x', `0x${raw().toString('hex').toUpperCase()}\n`], ['base64', `${raw().toString('base64').replace(/.{76}/g, '$&\n')}\n`]] as const) {
      expect((await b.assay('verify', 'tdx', b.file(name, text), ...lab, ...expected)).json.state, name).toBe('verified');
      expect((await b.assay('verify', b.file(name, text), ...lab, ...expected)).json.state, name).toBe('verified');
    }
    expect(quoteIn(Buffer.from('00'.repeat(100)))).toBeUndefined();
  });

  it('trailing zeros are accepted; other bytes are 1, TRAILING_BYTES, while all other checks are still made', async () => {
    expect((await b.assay('verify', 'tdx', b.file('padded', raw({ padding: 70 })), ...lab, ...expected)).json.state).toBe('verified');
    const junk = await b.assay('verify', 'tdx', b.file('junk', Buffer.concat([raw(), Buffer.from('x')])), ...lab, ...expected);
    expect(junk).toMatchObject({ status: 1, by: { parse: 'fail TRAILING_BYTES', 'quote.signature': 'pass', tcb: 'pass', reportdata: 'pass' } });
  });

  it('policies: genuine passes what default refuses', async () => {
    const debug = b.file('debug', raw({ debug: true, machine: OUT_OF_DATE }));
    expect(await b.assay('verify', 'tdx', debug, ...lab, ...expected)).toMatchObject({ status: 1, by: { 'policy.debug': 'fail DEBUG_ENABLED', tcb: 'fail TCB_OUT_OF_DATE' } });
    expect(await b.assay('verify', 'tdx', debug, ...lab, ...expected, '--policy', 'genuine')).toMatchObject({ status: 0, json: { state: 'verified', policy: 'genuine' } });
  });

  it('a policy of a file: named in the output, on top of the one it extends', async () => {
    const strict = b.file('strict.json', JSON.stringify({ tdx: { measurements: { mrTd: ['ff'.repeat(48)] } } }));
    expect(await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--policy', strict)).toMatchObject({ status: 1, json: { policy: 'strict.json' } });
    const mild = b.file('mild.json', JSON.stringify({ extends: 'genuine', tdx: { acceptedTcb: ['UpToDate', 'OutOfDate'], allowDebug: false } }));
    const ran = await b.assay('verify', 'tdx', b.file('d', raw({ debug: true, machine: OUT_OF_DATE })), ...lab, ...expected, '--policy', mild);
    expect(ran.by).toMatchObject({ tcb: 'pass', 'policy.debug': 'fail DEBUG_ENABLED' });
    const narrow = b.file('narrow.json', JSON.stringify({ tdx: { acceptedTcb: ['SWHardeningNeeded'] } }));
    expect((await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--policy', narrow)).status).toBe(1);
  });

  it('a missing endorsement is 2, offline or unreachable, and only what is lacking is asked for', async () => {
    const { tcb_info, tcb_info_signature, tcb_info_issuer_chain, ...rest } = tdxCollateral({ now: NOW });
    expect(tcb_info.length + tcb_info_signature.length + tcb_info_issuer_chain.length).toBeGreaterThan(0);
    const partly = b.file('partly.json', JSON.stringify(rest));
    const offline = await b.assay('verify', 'tdx', quote, '--collateral', partly, '--trust-anchor', anchor, ...expected, '--offline');
    expect(offline).toMatchObject({ status: 2, json: { state: 'incomplete' }, by: { tcbinfo: 'unknown TCB_INFO_MISSING' }, asked: [] });
    const away = await b.assay('verify', 'tdx', quote, '--collateral', partly, '--trust-anchor', anchor, ...expected);
    expect(away).toMatchObject({ status: 2, by: { tcbinfo: 'unknown COLLATERAL_UNREACHABLE' } });
    expect(away.asked.every((url) => new URL(url).host.endsWith('trustedservices.intel.com'))).toBe(true);
    expect((await b.assay('verify', 'tdx', quote, ...lab, '--offline', ...expected)).status).toBe(0);
    // What the file names in part is the file's: the rest of it is not made up from elsewhere.
    const half = b.file('half.json', JSON.stringify({ ...rest, tcb_info }));
    expect(await b.assay('verify', 'tdx', quote, '--collateral', half, '--trust-anchor', anchor, ...expected)).toMatchObject({ asked: [] });
  });

  it('an endorsement outside its dates is 2, the chain outside its own is 1', async () => {
    expect(await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--at', '2027-03-01T00:00:00Z')).toMatchObject({ status: 2, by: { tcbinfo: 'unknown TCB_INFO_EXPIRED' } });
    expect((await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--at', '2024-06-01T00:00:00+02:00')).status).toBe(1);
  });

  it('endorsements that are there but empty or garbage are 1', async () => {
    for (const value of ['', 'xx', 7]) {
      const bent = b.file('bent.json', JSON.stringify({ ...tdxCollateral({ now: NOW }), tcb_info: value }));
      expect(await b.assay('verify', 'tdx', quote, '--collateral', bent, '--trust-anchor', anchor, ...expected), String(value)).toMatchObject({ status: 1, by: { tcbinfo: expect.stringMatching(/^fail TCB_INFO_(PARSE|SIGNATURE)$/) } });
    }
    const more = b.file('more.json', JSON.stringify({ ...tdxCollateral({ now: NOW }), pck_certificate_chain: 'x', root_ca_crl: tdxCollateral({ now: NOW }).root_ca_crl }));
    expect((await b.assay('verify', 'tdx', quote, '--collateral', more, '--trust-anchor', anchor, ...expected)).json.state).toBe('verified');
  });

  it('malformed evidence named as tdx is 1, not a crash', async () => {
    for (const [name, bytes] of [['empty', ''], ['text', 'hello'], ['zeros', new Uint8Array(4096)], ['short', raw().subarray(0, 300)], ['huge', new Uint8Array(300_000)]] as const) {
      const ran = await b.assay('verify', 'tdx', b.file(name, bytes), ...lab, ...expected);
      expect(ran, name).toMatchObject({ status: 1, json: { state: 'failed' } });
      expect(ran.json.checks?.length).toBeGreaterThan(0);
    }
  });

  it('--reference compares measurements, and refuses values that no quote can be compared with', async () => {
    const values = Object.fromEntries((['mrTd', 'rtmr1', 'rtmr2'] as const).map((name) => [name, [MEASUREMENTS[name].toString('hex')]]));
    const value = { dialect: 'ionet-agent', role: 'agent', kind: 'tdx-registers', values, source: 'release', note: '' };
    expect((await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--reference', b.file('r1', JSON.stringify(value)))).by['software']).toBe('pass');
    const other = b.file('r2', JSON.stringify([{ ...value, values: { mrTd: ['ff'.repeat(48)] } }]));
    const firmware = b.file('r4', JSON.stringify({ ...value, values: { mrTd: values['mrTd'] } }));
    expect(await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--reference', firmware)).toMatchObject({ status: 0, json: { state: 'limited' }, by: { software: 'weak POLICY_NAMES_NO_SOFTWARE' } });
    expect(await b.assay('verify', 'tdx', quote, ...lab, ...expected, '--reference', other)).toMatchObject({ status: 1, by: { software: 'fail MEASUREMENT_MISMATCH' } });
    const image = b.file('r3', JSON.stringify({ ...value, kind: 'image-digest', values: { digest: [`sha256:${'00'.repeat(32)}`] } }));
    expect(await b.assay('verify', 'tdx', quote, ...lab, '--reference', image)).toMatchObject({ status: 64, json: { error: { code: 'REFERENCE_MALFORMED' } } });
  });
});

describe('verify <file>', () => {
  it('tells a quote by its bytes and takes its options', async () => {
    expect((await b.assay('verify', quote, ...lab, ...expected)).json.state).toBe('verified');
    expect((await b.assay('verify', ...lab, ...expected, quote)).json.state).toBe('verified');
    expect((await b.assay('verify', '--policy', 'genuine', 'tdx', ...lab, quote)).json.policy).toBe('genuine');
  });

  it('names recognised kinds that are not built: 64, VERIFIER_NOT_BUILT', async () => {
    const files = ['{"assayProof":{}}'];
    for (const content of files) expect(await b.assay('verify', b.file('kind', content)), content).toMatchObject({ status: 64, json: { error: { code: 'VERIFIER_NOT_BUILT' } } });
    for (const kind of KINDS.filter((known) => VERIFIERS[known] === undefined)) {
      expect(await b.assay('verify', kind, quote), kind).toMatchObject({ status: 64, json: { error: { code: 'VERIFIER_NOT_BUILT' } } });
    }
    expect(await b.assay('verify', 'proof', quote, '--vek', 'x', '--crl', 'a', '--crl', 'b')).toMatchObject({ status: 64, json: { error: { code: 'VERIFIER_NOT_BUILT' } } });
  });

  it('refuses what it does not know', async () => {
    for (const content of ['', 'hello', '{}', '[]', Buffer.alloc(2000, 9), '{"a":']) expect(await b.assay('verify', b.file('odd', content))).toMatchObject({ status: 64, json: { error: { code: 'KIND_NOT_RECOGNISED' } } });
  });
});

describe('faults of the command', () => {
  const usage: readonly (readonly string[])[] = [
    [], ['verify'], ['frobnicate'], ['verify', 'tdx'], ['verify', 'tdx', quote, quote], ['verify', quote, quote], ['verify', 'tdx', quote, '--nonsense'], ['verify', 'tdx', quote, '-x'],
    ['verify', 'tdx', quote, '--report-data'], ['verify', 'tdx', quote, '--report-data', '00'], ['verify', 'tdx', quote, '--report-data', 'zz'.repeat(64)], ['verify', 'tdx', quote, '--offline=yes'],
    ['verify', 'tdx', quote, '--at', 'yesterday'], ['verify', 'tdx', quote, '--at', '2026-02-30T00:00:00Z'], ['verify', 'tdx', quote, '--at', '2026-02-03T00:00:00'], ['verify', 'tdx', quote, '--at', '-5'],
    ['verify', 'tdx', quote, '--require', 'perfect'], ['verify', 'tdx', quote, '--policy', 'genuine', '--policy', 'default'], ['verify', 'tdx', quote, '--address', '00'], ['verify', 'tdx', quote, '--at='],
    ['verify', 'answer'], ['verify', 'answer', quote], ['verify', 'tdx', quote, '--toString'],
  ];
  it.each(usage.map((argv) => [argv.map((word) => word.split('/').pop()).join(' '), argv] as const))('64: %s', async (_, argv) => {
    expect(await b.assay(...argv)).toMatchObject({ status: 64, json: { error: { code: 'USAGE' } } });
  });

  it('64: a policy, reference or collateral file that is not in its form, by its own code', async () => {
    const policies = ['', '[]', '{"tdx":{"unknown":1}}', '{"extends":"mine"}', '{"tdx":{"acceptedTcb":["Revoked"]}}', '{"tdx":{"acceptedTcb":"UpToDate"}}', '{"tdx":{"measurements":{"mrTd":["00"]}}}', '{"tdx":{},"tdx":{}}', '{"snp":{"minTcb":{"x":1}}}', '{"nvidia":{"count":-1}}', '{"name":"x"}'];
    for (const key of ['snp.measurement', 'snp.hostData', 'snp.vmpl', 'tdx.acceptedTcb', 'tdx.measurements.mrTd']) {
      const text = key.split('.').reduceRight<string>((inner, name) => `{"${name}":${inner}}`, '[]');
      expect(await b.assay('verify', 'tdx', quote, '--policy', b.file('p', text)), key).toMatchObject({ status: 64, json: { error: { code: 'POLICY_MALFORMED', message: expect.stringContaining(`${key} is empty`) } } });
    }
    for (const text of policies) expect(await b.assay('verify', 'tdx', quote, '--policy', b.file('p', text)), text).toMatchObject({ status: 64, json: { error: { code: 'POLICY_MALFORMED' } } });
    expect(await b.assay('verify', 'tdx', quote, '--reference', b.file('r', '{"kind":"x"}'))).toMatchObject({ status: 64, json: { error: { code: 'REFERENCE_MALFORMED' } } });
    for (const text of ['', '[]', '{']) expect(await b.assay('verify', 'tdx', quote, '--collateral', b.file('c', text))).toMatchObject({ status: 64, json: { error: { code: 'JSON_MALFORMED' } } });
    expect((await b.assay('verify', 'tdx', quote, '--trust-anchor', b.file('a', 'no certificate'))).status).toBe(64);
  });

  it('66: files that cannot be read', async () => {
    for (const argv of [['verify', 'tdx', '/nonexistent/quote'], ['verify', '/nonexistent'], ['verify', 'tdx', '/'], ['verify', 'tdx', quote, '--collateral', '/nonexistent'], ['verify', 'tdx', quote, '--policy', 'strict'], ['verify', 'tdx', quote, '--trust-anchor', '/nonexistent'], ['verify', 'tdx', quote, '--reference', '/nonexistent']]) {
      expect(await b.assay(...argv), argv.join(' ')).toMatchObject({ status: 66, json: { error: { code: 'FILE_UNREADABLE' } } });
    }
  });

  it('70: a bug of ours is named, and is still one JSON object', async () => {
    const broken = bench({ clock: () => { throw new RangeError('the clock fell off the wall'); } });
    expect(await broken.assay('verify', 'tdx', quote)).toMatchObject({ status: 70, json: { error: { code: 'INTERNAL', message: 'the clock fell off the wall' } } });
    const leaking = bench({ clock: () => { throw new CodedError('TRUNCATED', 'uncaught'); } });
    expect((await leaking.assay('verify', 'tdx', quote)).status).toBe(70);
    broken.close();
    leaking.close();
  });

  it('without --json faults go to standard error alone', async () => {
    expect(await b.prose('verify', 'tdx', '/nonexistent')).toEqual({ status: 66, stdout: '', stderr: 'assay: /nonexistent: no such file (FILE_UNREADABLE)\n' });
  });

  it('--help and --version are 0, and JSON where asked', async () => {
    expect((await b.prose('--help')).stdout).toContain('assay verify tdx <quote>');
    expect((await b.prose('--help')).stdout).toMatch(/verify proof .*not built yet/);
    expect((await b.assay('--help')).status).toBe(0);
    expect((await b.assay('--version')).json).toEqual({ version: '0' });
  });
});

describe('the prose', () => {
  it('says state, groups, codes and sentences of the locale file', async () => {
    const { stdout, status } = await b.prose('verify', 'tdx', b.file('dbg', raw({ debug: true })), ...lab, ...expected);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^TDX quote, judged for 2026-11-20T12:00:00\.000Z by policy default, with roots of your own/);
    expect(stdout).toContain('failed  A check does not match: The machine runs in debug mode.');
    expect(stdout).toMatch(/\nMachine\n/);
    expect(stdout).toContain('DEBUG_ENABLED');
    expect(stdout).not.toContain('$');
  });

  it('paints only where asked, and lets no evidence steer the terminal', async () => {
    const name = b.file('evil\u001b[31m\u202e.json', '{}');
    const { stdout } = await b.prose('verify', 'tdx', quote, ...lab, '--policy', name);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u202e');
    const noted = b.file('noted.json', JSON.stringify({ dialect: 'x', role: 'agent', kind: 'tdx-registers', values: { mrTd: [MEASUREMENTS.mrTd.toString('hex')] }, note: 'a\u001b]0;title\u0007b' }));
    const shown = (await b.prose('verify', 'tdx', quote, ...lab, '--reference', noted)).stdout;
    expect(shown).toContain('imported: a\ufffd]0;title\ufffdb');
    expect(shown).not.toContain('\u001b');
    const painted = bench({ paint: (text, colour) => `<${colour}>${text}</>` });
    expect((await painted.prose('verify', 'tdx', quote, ...lab, ...expected)).stdout).toContain('<green>verified</>');
    painted.close();
  });
});

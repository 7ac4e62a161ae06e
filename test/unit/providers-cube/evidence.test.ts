import { describe, expect, it } from 'vitest';
import { seeded } from '../encoding/random';
import type { FaultName } from '../../simulator/faults';
import type { ReferenceValue } from '../../../src/checks/reference';
import { readCocos } from '../../../src/evidence/cocos';
import { readReferences } from '../../../src/records/reference-file';
import { DOMAINS, domainWith } from '../../simulator/cube/domains';
import { agentWith, answered, appraise, asked, imported, NONCE, policyOf, type Read } from './lab';

const SNP = { evidence: 'pass', parse: 'pass', 'vek.chain': 'pass', 'vek.revocation': 'pass', 'vek.binding': 'pass', 'report.signature': 'pass', 'policy.guest': 'pass', 'policy.platform': 'pass', 'policy.vmpl': 'pass', tcb: 'pass' };
const VTPM = { reportdata: 'pass', ak: 'pass', 'quote[0].signature': 'pass', 'quote[0].nonce': 'pass', 'quote[1].signature': 'pass', 'quote[1].nonce': 'pass', pcr: 'pass', eventlog: 'pass', 'ak.binding': 'weak AK_BOUND_BY_GUEST' };
const GAPS = { 'key.binding': 'absent ANSWERS_NOT_SIGNED', channel: 'absent CHANNEL_NOT_BOUND' };
const failing = ({ by }: Read): Record<string, string> => Object.fromEntries(Object.entries(by).filter(([, one]) => one.startsWith('fail')));

describe('a Cube machine', () => {
  it('SEV-SNP with a vTPM: genuine, fresh, its software known to nobody, and never better than limited', async () => {
    const read = await asked('snp-vtpm');
    expect([read.state, read.by]).toEqual(['limited', { ...SNP, ...VTPM, software: 'weak SOFTWARE_NOT_KNOWN', ...GAPS }]);
    expect(read.parts.map(({ kind }) => kind)).toEqual(['snp', 'vtpm']);
    expect(read.signers).toEqual([]);
  });

  it.each(['snp', 'tdx'] as const)('%s: what was sent stands in its signed bytes', async (platform) => {
    const read = await asked(platform);
    expect([read.state, read.by['reportdata'], read.by['software']]).toEqual(['limited', 'pass', 'weak SOFTWARE_NOT_KNOWN']);
    const other = { ...answered(domainWith(platform)), nonce: NONCE.with(0, 0xff) };
    expect((await appraise(other)).by['reportdata']).toBe('fail REPORT_DATA_MISMATCH');
    // The nonce of a vTPM is in no report.
    expect((await appraise({ ...answered(domainWith(platform)), nonce: NONCE.with(95, 0xff) })).by['reportdata']).toBe('pass');
  });

  it('every simulated domain but Azure’s holds; Azure’s key is of neither this request nor this report', async () => {
    for (const domain of DOMAINS) {
      const read = await appraise(answered(domain));
      expect([domain.name, failing(read)]).toEqual([domain.name, domain.platform === 'azure' ? { 'ak.binding': 'fail AK_NOT_BOUND' } : {}]);
    }
  });

  it.each([
    ['cube-report-data-zero', 'snp-vtpm', 'ak.binding', 'fail AK_NOT_BOUND'],
    ['cube-report-data-zero', 'tdx', 'reportdata', 'fail REPORT_DATA_MISMATCH'],
    ['cube-report-data-zero', 'snp', 'reportdata', 'fail REPORT_DATA_MISMATCH'],
    ['cube-wrong-nonce', 'snp-vtpm', 'quote[0].nonce', 'fail NONCE_MISMATCH'],
    ['cube-replay', 'snp-vtpm', 'ak.binding', 'fail AK_NOT_BOUND'],
    ['cube-replay', 'tdx', 'reportdata', 'fail REPORT_DATA_MISMATCH'],
    ['cube-ak-not-bound', 'snp-vtpm', 'ak.binding', 'fail AK_NOT_BOUND'],
    ['cube-ak-unrestricted', 'snp-vtpm', 'ak', 'fail AK_ATTRIBUTES'],
    ['cube-pcr-values-forged', 'snp-vtpm', 'pcr', 'fail PCR_DIGEST'],
    ['cube-event-log-forged', 'snp-vtpm', 'eventlog', 'fail EVENT_LOG_MISMATCH'],
    ['cube-sha1-only', 'snp-vtpm', 'pcr', 'fail VTPM_HASH'],
    ['cube-quote-tampered', 'snp-vtpm', 'quote[0].signature', 'fail VTPM_QUOTE_SIGNATURE'],
    ['cube-debug-guest', 'snp-vtpm', 'policy.guest', 'fail DEBUG_ENABLED'],
    ['cube-debug-guest', 'tdx', 'policy.debug', 'fail DEBUG_ENABLED'],
    ['cube-report-tampered', 'snp-vtpm', 'report.signature', 'fail REPORT_SIGNATURE'],
    ['cube-report-tampered', 'tdx', 'quote.signature', 'fail QUOTE_SIGNATURE'],
    ['cube-wrong-vcek', 'snp', 'vek.binding', 'fail VEK_CHIP_ID'],
  ] satisfies [FaultName, 'snp-vtpm' | 'tdx' | 'snp', string, string][])('%s at %s is told by %s', async (fault, platform, id, expected) => {
    const read = await asked(platform, [fault]);
    expect([read.state, read.by[id]]).toEqual(['failed', expected]);
    expect(read.by['software']).not.toBe('pass');
    if (id === 'ak.binding') expect(read.by['reportdata']).toBeUndefined();
  });

  it.each(['cube-raw-form', 'cube-vlek', 'cube-ecc-ak', 'cube-event-log-missing'] satisfies FaultName[])('%s changes nothing', async (fault) => {
    for (const platform of ['snp-vtpm', 'snp'] as const) {
      const read = await asked(platform, [fault]);
      expect([platform, failing(read), read.state]).toEqual([platform, {}, 'limited']);
    }
  });

  it('without certificates AMD is asked, and what it could not give is open', async () => {
    const read = await asked('snp', ['cube-certificates-missing'], { snpCollateral: (_report, sent) => Promise.resolve({ endorsements: sent, vekProblem: { code: 'RATE_LIMITED', detail: '30 s' } }) });
    expect([read.state, read.by['vek.chain'], read.by['reportdata'], read.by['software']]).toEqual(['incomplete', 'unknown RATE_LIMITED', 'unknown RATE_LIMITED', 'unknown RATE_LIMITED']);
  });
});

describe('a policy that the user imported', () => {
  it.each(['snp-vtpm', 'snp', 'tdx'] as const)('%s: its software is known, the way to it is not', async (platform) => {
    const read = await asked(platform, [], { references: [imported(policyOf(platform))] });
    expect([read.state, read.by['software'], failing(read)]).toEqual(['limited', 'pass', {}]);
    expect(read.checks.filter(({ outcome }) => outcome !== 'pass').map(({ id }) => id)).toEqual(['key.binding', 'channel']);
    expect(read.checks.find(({ id }) => id === 'software')?.source).toBe('imported: ours');
  });

  it.each([
    ['cube-measurement-differs', 'snp-vtpm', { 'software.measurement': 'fail MEASUREMENT_MISMATCH', software: 'fail MEASUREMENT_MISMATCH' }],
    ['cube-pcr-mismatch', 'snp-vtpm', { pcr: 'fail PCR_MISMATCH', software: 'fail MEASUREMENT_MISMATCH' }],
    ['cube-tcb-old', 'snp-vtpm', { 'cocos.minimum_tcb': 'fail TCB_BELOW_POLICY', 'cocos.minimum_launch_tcb': 'fail TCB_BELOW_POLICY' }],
  ] satisfies [FaultName, 'snp-vtpm', Record<string, string>][])('%s contradicts it', async (fault, platform, expected) => {
    const read = await asked(platform, [fault], { references: [imported(policyOf(platform))] });
    expect([read.state, read.by]).toMatchObject(['failed', expected]);
  });

  it('says nothing of software where it names none, or the firmware alone', async () => {
    const nameless = await asked('snp-vtpm', [], { references: [imported(policyOf('snp-vtpm', { nameless: true }))] });
    expect([nameless.state, nameless.by['software'], failing(nameless)]).toEqual(['limited', 'weak POLICY_NAMES_NO_SOFTWARE', {}]);
    const without = policyOf('snp-vtpm').replace(/"measurement":"[^"]*",/, '');
    expect((await asked('snp-vtpm', [], { references: [imported(without)] })).by['software']).toBe('weak POLICY_NAMES_NO_SOFTWARE');
    const cloud = policyOf('snp-vtpm').replace(/"pcr_values":\{.*?\}\},/, '"pcr_values":{"sha256":null,"sha384":null,"sha1":null},');
    expect(cloud).toContain('null');
    expect((await asked('snp-vtpm', [], { references: [imported(cloud)] })).by['software']).toBe('weak POLICY_NAMES_NO_SOFTWARE');
    expect((await asked('tdx', [], { references: [imported(policyOf('tdx', { nameless: true }))] })).by['software']).toBe('weak POLICY_NAMES_NO_SOFTWARE');
  });

  it('counts for its own kind of machine, dialect and role; of several the nearest is told', async () => {
    expect((await asked('tdx', [], { references: [imported(policyOf('snp'))] })).by['software']).toBe('fail COCOS_POLICY_MISMATCH');
    for (const over of [{ dialect: 'ionet-agent' }, { role: 'gateway' }, { source: 'approved' }] as const) expect((await asked('tdx', [], { references: [imported(policyOf('tdx', { changed: true }), over)] })).by['software']).toBe('weak SOFTWARE_NOT_KNOWN');
    const several = [imported(policyOf('snp-vtpm', { changed: true })), imported(policyOf('tdx')), imported(policyOf('snp-vtpm'))];
    expect((await asked('snp-vtpm', [], { references: several })).by['software']).toBe('pass');
    expect((await asked('snp-vtpm', [], { references: several.slice(0, 2) })).by['software']).toBe('fail MEASUREMENT_MISMATCH');
    // One that asks for nothing is met by anything, and hides none that is met too.
    expect((await asked('tdx', [], { references: [imported(policyOf('tdx', { nameless: true })), imported(policyOf('tdx'))] })).by['software']).toBe('pass');
  });

  it('wants its registers of a running service: a machine without a vTPM does not meet it', async () => {
    expect((await asked('snp', [], { references: [imported(policyOf('snp-vtpm'))] })).by['pcr']).toBe('fail PCR_BANK_MISSING');
  });

  it('makes a vTPM’s key the machine’s only where it names firmware that alone can have asked for the report', async () => {
    const policy = policyOf('snp-vtpm');
    const open = { 'ak.binding': 'weak AK_BOUND_BY_GUEST', software: 'weak AK_BOUND_BY_GUEST', pcr: 'pass', reportdata: 'pass' };
    expect((await asked('snp-vtpm', [], { references: [imported(policy)] })).by).toMatchObject({ ...open, 'ak.binding': 'pass', software: 'pass' });
    // Whatever runs above VMPL 0, and in a guest without levels whatever was booted, may have any key put into a report.
    const unsaid = policy.replace(',"vmpl":0', '');
    expect(unsaid).not.toBe(policy);
    expect((await asked('snp-vtpm', [], { references: [imported(unsaid)] })).by).toMatchObject(open);
  });

  it('cannot be met by a signature that does not hold', async () => {
    const read = await asked('snp-vtpm', ['cube-report-tampered'], { references: [imported(policyOf('snp-vtpm'))] });
    expect([read.by['cocos.vmpl'], read.by['ak.binding']]).toEqual(['unknown REPORT_SIGNATURE', 'unknown REPORT_SIGNATURE']);
    expect(read.by['software']).not.toBe('pass');
    const unbound = await asked('azure', [], { references: [imported(policyOf('azure'))] });
    expect([unbound.state, unbound.by['software']]).toEqual(['failed', 'unknown AK_NOT_BOUND']);
  });

  it('that cannot be read any more is said, not forgotten', async () => {
    const read = await asked('tdx', [], { references: [imported('{}')] });
    expect([read.state, read.by['cocos.policy_file']]).toEqual(['incomplete', 'unknown POLICY_MALFORMED']);
  });

  it('approved registers are worth what approval is', async () => {
    const [identity] = (await asked('tdx')).software;
    const values = Object.fromEntries(Object.entries(identity?.values ?? {}).map(([name, value]) => [name, [value]]));
    const approved = { dialect: 'cocos', role: 'agent', kind: 'tdx-registers', values, properties: {}, source: 'approved', note: '' } as const;
    expect((await asked('tdx', [], { references: [approved] })).by['software']).toBe('weak SOFTWARE_APPROVED');
  });
});

describe('a launch on AMD’s hardware that was seen before', () => {
  const seen = async (platform: 'snp' | 'snp-vtpm', source: ReferenceValue['source'] = 'approved', without: RegExp = /^$/): Promise<{ readonly references: readonly ReferenceValue[] }> => {
    const [identity] = (await asked(platform)).software;
    if (identity === undefined) throw new Error('nothing to approve');
    const values = Object.fromEntries(Object.entries(identity.values).filter(([name]) => !without.test(name)).map(([name, value]) => [name, [value]]));
    return { references: [{ dialect: identity.dialect, role: identity.role, kind: identity.kind, values, properties: {}, source, note: '' }] };
  };
  const software = async (platform: 'snp' | 'snp-vtpm', over: { readonly references: readonly ReferenceValue[] }, ...faults: FaultName[]): Promise<string | undefined> => (await asked(platform, faults, over)).by['software'];

  it('names the measurement and what was given with it, and beside a vTPM what was started', async () => {
    const [alone] = (await asked('snp')).software;
    expect([alone?.kind, alone?.basis, Object.keys(alone?.values ?? {})]).toEqual(['snp-launch', 'hardware', ['measurement', 'hostData', 'idKeyDigest', 'authorKeyDigest']]);
    const [started] = (await asked('snp-vtpm')).software;
    expect(Object.keys(started?.values ?? {}).slice(4)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14].map((index) => `sha256 pcr ${index}`));
    expect([started?.values['measurement'], started?.values['sha256 pcr 4']]).toEqual([expect.stringMatching(/^[0-9a-f]{96}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    // What a file holds is in the same form.
    const { references: [value] } = await seen('snp-vtpm');
    expect(readReferences(JSON.stringify(value))).toEqual([{ ...value, source: 'imported' }]);
  });

  it.each(['snp', 'snp-vtpm'] as const)('is unchanged, and worth what approval is: %s', async (platform) => {
    const read = await asked(platform, [], await seen(platform));
    expect([read.state, read.by['software']]).toEqual(['limited', 'weak SOFTWARE_APPROVED']);
    expect(await software(platform, await seen(platform), 'cube-measurement-differs')).toBe('fail MEASUREMENT_MISMATCH');
  });

  it('is another one where another kernel was started, or its vTPM is gone', async () => {
    expect(await software('snp-vtpm', await seen('snp-vtpm'), 'cube-pcr-mismatch')).toBe('fail MEASUREMENT_MISMATCH');
    const { references: [value] } = await seen('snp-vtpm');
    const { references: [alone] } = await seen('snp');
    if (value === undefined || alone === undefined) throw new Error('nothing to approve');
    expect(await software('snp', { references: [{ ...value, values: { ...value.values, ...alone.values } }] })).toBe('fail MEASUREMENT_MISMATCH');
  });

  it('from a file is known where the report alone tells it; registers stay the word of a key that the guest may have put there', async () => {
    expect(await software('snp', await seen('snp', 'imported'))).toBe('pass');
    expect(await software('snp-vtpm', await seen('snp-vtpm', 'imported'))).toBe('weak AK_BOUND_BY_GUEST');
    expect(await software('snp-vtpm', await seen('snp-vtpm', 'imported'), 'cube-pcr-mismatch')).toBe('fail MEASUREMENT_MISMATCH');
  });

  it('is not known by its firmware, nor by anything but it', async () => {
    for (const source of ['imported', 'approved'] as const) {
      expect(await software('snp-vtpm', await seen('snp-vtpm', source, /pcr/))).toBe('weak POLICY_NAMES_NO_SOFTWARE');
      expect(await software('snp-vtpm', await seen('snp-vtpm', source, /pcr (4|8|9|11)$/))).toBe('weak POLICY_NAMES_NO_SOFTWARE');
      expect(await software('snp', await seen('snp', source, /measurement/))).toBe('weak POLICY_NAMES_NO_SOFTWARE');
    }
  });

  it.each([
    ['cube-ak-not-bound', 'unknown AK_NOT_BOUND'], ['cube-wrong-nonce', 'unknown NONCE_MISMATCH'], ['cube-quote-tampered', 'unknown VTPM_QUOTE_SIGNATURE'], ['cube-pcr-values-forged', 'unknown PCR_DIGEST'],
    ['cube-sha1-only', 'unknown VTPM_HASH'], ['cube-event-log-forged', 'unknown EVENT_LOG_MISMATCH'], ['cube-ak-unrestricted', 'unknown AK_ATTRIBUTES'], ['cube-report-tampered', 'unknown REPORT_SIGNATURE'],
  ] satisfies [FaultName, string][])('is open, and not to be approved, with %s', async (fault, expected) => {
    const read = await asked('snp-vtpm', [fault], await seen('snp-vtpm'));
    expect([read.by['software'], read.software]).toEqual([expected, []]);
    if (fault !== 'cube-report-tampered') expect((await asked('snp-vtpm', [fault])).by['software']).toBe('weak SOFTWARE_NOT_KNOWN');
  });

  it('gives way to a policy of the user’s own', async () => {
    const { references } = await seen('snp-vtpm');
    expect(await software('snp-vtpm', { references: [...references, imported(policyOf('snp-vtpm'))] })).toBe('pass');
    expect(await software('snp-vtpm', { references: [...references, imported(policyOf('snp-vtpm', { changed: true }))] })).toBe('fail MEASUREMENT_MISMATCH');
  });
});

describe('the JSON that the page lets people download', () => {
  const asJson = (platform: 'snp-vtpm' | 'snp' | 'tdx'): Uint8Array => {
    const made = agentWith().attestation(domainWith(platform), { reportData: Buffer.from(NONCE.subarray(0, 64)), nonce: Buffer.from(NONCE.subarray(64)), toJson: true });
    return typeof made === 'string' ? expect.unreachable() : new Uint8Array(made);
  };

  it.each(['snp-vtpm', 'snp', 'tdx'] as const)('%s is judged like the bytes', async (platform) => {
    const [wire, json] = [await asked(platform), await appraise({ ...answered(domainWith(platform)), body: asJson(platform) })];
    expect([json.state, json.by]).toEqual([wire.state, wire.by]);
  });

  it('has the two SVNs of a quote’s header where they were signed', () => {
    const json = JSON.parse(Buffer.from(asJson('tdx')).toString()) as { header: Record<string, unknown> };
    const bent = readCocos(new Uint8Array(Buffer.from(JSON.stringify({ ...json, header: { ...json.header, pceSvn: 'AQI=', qeSvn: 'AwQ=' } }))));
    expect(bent.kind === 'tdx' && [...bent.quote.subarray(8, 12)]).toEqual([1, 2, 3, 4]);
  });
});

describe('what the service says instead of evidence', () => {
  const said = (status: number, error: unknown): Promise<Read> => appraise({ status, body: new Uint8Array(Buffer.from(typeof error === 'string' ? error : JSON.stringify(error))), contentType: undefined, nonce: NONCE });

  it('no confidential hardware is a contradiction, as the service tells it', async () => {
    const read = await asked('snp-vtpm', ['cube-no-cc']);
    expect([read.state, read.by]).toEqual(['failed', { evidence: 'fail NO_TEE_EVIDENCE' }]);
    expect(read.checks[0]).toMatchObject({ basis: 'claimed', detail: 'no confidential computing platform detected' });
  });

  it.each([
    [401, { error: 'missing session' }, 'incomplete', 'unknown LOGIN_NEEDED'],
    [401, { error: 'invalid session' }, 'incomplete', 'unknown LOGIN_NEEDED'],
    [403, { error: 'sql: no rows' }, 'incomplete', 'unknown LOGIN_NEEDED'],
    [400, { error: 'could not read VCEK file' }, 'incomplete', 'unknown SERVICE_ERROR'],
    [400, { error: 'invalid nonce: must be base64-encoded 32 bytes' }, 'incomplete', 'unknown REQUEST_MALFORMED'],
    [429, '', 'incomplete', 'unknown RATE_LIMITED'],
    [502, 'Bad Gateway', 'incomplete', 'unknown SERVICE_ERROR'],
    [200, '', 'failed', 'fail EVIDENCE_MISSING'],
    [200, { error: 'something else' }, 'failed', 'fail EVIDENCE_MISSING'],
    [200, '<!doctype html>', 'failed', 'fail COCOS_FORM'],
  ])('HTTP %i %j', async (status, body, state, evidence) => {
    const read = await said(status, body);
    expect([read.state, read.by['evidence']]).toEqual([state, evidence]);
  });
});

describe('hostile evidence', () => {
  it.each(['snp-vtpm', 'snp', 'tdx'] as const)('%s bent or cut anywhere ends as checks, and never with known software', async (platform) => {
    const random = seeded(11);
    const good = answered(domainWith(platform));
    const references = [imported(policyOf(platform))];
    for (let round = 0; round < 60; round += 1) {
      const body = good.body.slice(0, round % 3 === 0 ? random(good.body.length) : good.body.length);
      const at = random(good.body.length);
      if (body.length === good.body.length) body[at] = (body[at] ?? 0) ^ (1 + random(255));
      const read = await appraise({ ...good, body }, { references });
      expect(read.checks.length).toBeGreaterThan(0);
      // Bytes that nobody signs (a spare certificate, what stands behind the quote) may change; a full set of rules may not follow from broken signatures.
      if (read.by['report.signature']?.startsWith('fail') === true || read.by['quote.signature']?.startsWith('fail') === true) expect(read.by['software']).not.toBe('pass');
    }
  });
});

/** Every recorded, derived and synthetic file of Cube and Cocos through the command line: what PROVENANCE.md says of it. */
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { GENUINE } from '../../src/checks/policy';
import { claimedLink, judgeRelayed } from '../../src/providers/cube/relayed';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import { bench } from '../unit/cli/shell';
import { NO_ENDORSEMENTS } from '../unit/providers/no-endorsements';
import { vector, vectorsPresent } from './shared';

const cube = (path: string): string => vector(`cube-and-cocos/${path}`);
const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
const AT = ['--offline', '--at', '2026-03-01T00:00:00Z'] as const;
const SOME_DATA = '5a'.repeat(64);
const GO_DATA = `0102030405${'00'.repeat(59)}`;
const SVSM_NONCE = '6b4a6e492a6299df233805b240fd664f2c94220a911b7a973d735998865584ac';

describe.skipIf(!vectorsPresent)('Cocos evidence through the command', () => {
  const b = bench();
  afterAll(() => b.close());
  const sent: { report_data: string; nonce: string } = vectorsPresent ? (JSON.parse(readFileSync(cube('synth/request.json'), 'utf8')) as { report_data: string; nonce: string }) : { report_data: '', nonce: '' };
  const request = ['--report-data', hexOf(sent.report_data), '--nonce', hexOf(sent.nonce)];
  const synthetic = [...request, ...AT, '--trust-anchor', cube('synth/ask_ark.synthetic.pem')];

  describe('reports of AMD', () => {
    it.each(['snp-attestation.pb', 'snp-attestation.protojson.json', 'snp-attestation-swapped-ask-ark.pb', 'snp-attestation-swapped-ask-ark.protojson.json'])('%s: genuine, and refused for its debug policy', async (file) => {
      const genuine = await b.assay('verify', 'cocos', cube(`derived/${file}`), '--report-data', GO_DATA, ...AT, '--policy', 'genuine');
      expect(genuine.by).toMatchObject({ evidence: 'pass', parse: 'pass', 'vek.chain': 'pass', 'vek.binding': 'pass', 'report.signature': 'pass', reportdata: 'pass', software: 'weak SOFTWARE_NOT_KNOWN' });
      expect([genuine.status, genuine.json.state, genuine.asked]).toEqual([0, 'limited', []]);
      const strict = await b.assay('verify', cube(`derived/${file}`), '--report-data', GO_DATA, ...AT);
      expect([strict.status, strict.by['policy.guest'], strict.by['report.signature']]).toEqual([1, 'fail DEBUG_ENABLED', 'pass']);
      expect((await b.assay('verify', 'cocos', cube(`derived/${file}`), '--report-data', SOME_DATA, ...AT, '--policy', 'genuine')).by['reportdata']).toBe('fail REPORT_DATA_MISMATCH');
      expect((await b.assay('verify', 'cocos', cube(`derived/${file}`), ...AT, '--policy', 'genuine')).by['reportdata']).toBe('weak NO_REPORT_DATA_EXPECTED');
    });

    it('one flipped bit of the measurement breaks the signature', async () => {
      const ran = await b.assay('verify', 'cocos', cube('derived/snp-attestation-tampered-measurement.pb'), ...AT, '--policy', 'genuine');
      expect([ran.status, ran.by['vek.chain'], ran.by['report.signature']]).toEqual([1, 'pass', 'fail REPORT_SIGNATURE']);
    });

    it('the form without certificates needs the key’s from elsewhere', async () => {
      const words = ['verify', 'cocos', cube('derived/snp-attestation.go-encoding-json.json'), '--report-data', GO_DATA, ...AT, '--policy', 'genuine'];
      const bare = await b.assay(...words);
      expect([bare.status, bare.by['vek.chain']]).toEqual([2, 'unknown VEK_MISSING']);
      expect((await b.assay(...words, '--vek', cube('go-sev-guest/vcek.der'))).status).toBe(0);
      expect((await b.assay(...words.slice(0, 5), '--at', '2026-03-01T00:00:00Z')).asked[0]).toMatch(/^https:\/\/kdsintf\.amd\.com\/vcek\/v1\/Milan\//);
    });

    it('the raw report beside its certificate, and AMD’s own chain in one file with it', async () => {
      expect((await b.assay('verify', 'cocos', cube('go-sev-guest/attestation.bin'), '--vek', cube('go-sev-guest/vcek.der'), '--ca', cube('go-sev-guest/ask_ark_milan.pem'), '--report-data', GO_DATA, ...AT, '--policy', 'genuine')).status).toBe(0);
    });

    it.each(['cocos/attestation-vmpl2-5b858195.bin', 'derived/cocos-attestation-vmpl2.protojson.json'])('%s meets its policy in every field and cannot be verified without its key', async (file) => {
      const ran = await b.assay('verify', 'cocos', cube(file), '--cocos-policy', cube('cocos-policies/attestation_policy.json'), ...AT);
      expect([ran.status, ran.json.state]).toEqual([2, 'incomplete']);
      expect(Object.values(ran.by).filter((told) => told.startsWith('fail'))).toEqual([]);
      expect(ran.by).toMatchObject({ 'vek.chain': 'unknown VEK_MISSING', 'software.measurement': 'unknown VEK_MISSING', 'cocos.minimum_tcb': 'unknown VEK_MISSING', 'cocos.chip_id': 'unknown VEK_MISSING', 'cocos.vmpl': 'unknown VEK_MISSING', 'cocos.permit_provisional_firmware': 'unknown VEK_MISSING', pcr: 'unknown PCR_BANK_MISSING' });
      const asked = await b.assay('verify', 'cocos', cube(file), '--at', '2026-03-01T00:00:00Z');
      expect(asked.asked).toEqual([expect.stringMatching(/^https:\/\/kdsintf\.amd\.com\/vcek\/v1\/Milan\/1ab16ab5[0-9a-f]{120}\?blSPL=3&teeSPL=0&snpSPL=14&ucodeSPL=213$/), expect.stringContaining('/Genoa/')].slice(0, asked.asked.length));
    });

    it.each([['364fa960', false], ['1a4cdc6a', true], ['ab39d778', true]])('vmpl0-%s is another machine’s software', async (name, old) => {
      const ran = await b.assay('verify', 'cocos', cube(`cocos/attestation-vmpl0-${name}.bin`), '--cocos-policy', cube('cocos-policies/attestation_policy.json'), ...AT);
      expect(ran.by).toMatchObject({ 'software.measurement': 'fail MEASUREMENT_MISMATCH', 'cocos.vmpl': 'fail VMPL_NOT_ACCEPTED', software: 'fail MEASUREMENT_MISMATCH' });
      expect([ran.status, ran.by['cocos.minimum_tcb']?.startsWith('fail TCB_BELOW_POLICY')]).toEqual([1, old]);
    });
  });

  describe('quotes of vTPMs', () => {
    it.each(['cocos/vtpm-svsm-attestation-61c3afce.pb', 'derived/vtpm-svsm-attestation.protojson.json'])('%s: all signatures and the log hold, and it is nobody’s', async (file) => {
      const ran = await b.assay('verify', 'cocos', cube(file), '--report-data', SOME_DATA, '--nonce', SVSM_NONCE, ...AT);
      expect(ran.by).toEqual({ evidence: 'pass', ak: 'pass', 'quote[0].signature': 'pass', 'quote[0].nonce': 'pass', 'quote[1].signature': 'pass', 'quote[1].nonce': 'pass', pcr: 'pass', eventlog: 'pass', 'ak.binding': 'fail NO_TEE_EVIDENCE' });
      expect(ran.status).toBe(1);
      expect((await b.assay('verify', 'cocos', cube(file), ...AT)).by['ak.binding']).toBe('fail NO_TEE_EVIDENCE');
    });

    it.each([['attestation_policy.json', 'sha256 1'], ['docs-onprem-snp-pcr.json', 'sha256 1']])('against %s the registers differ', async (policy, first) => {
      const ran = await b.assay('verify', 'cocos', cube('cocos/vtpm-svsm-attestation-61c3afce.pb'), '--cocos-policy', cube(`cocos-policies/${policy}`), '--nonce', SVSM_NONCE, ...AT);
      expect(ran.by['pcr']).toBe('fail PCR_MISMATCH');
      expect(ran.json.checks?.find(({ id }) => id === 'pcr')?.detail).toContain(first);
    });

    it('a physical TPM with SHA-1 alone is refused, its log leads elsewhere', async () => {
      const ran = await b.assay('verify', 'cocos', cube('cocos/quote-ubuntu-sha1.pb'), '--nonce', 'ea03ef139abac44b48fdfe2e8a2e7a7f', ...AT);
      expect([ran.status, ran.by]).toMatchObject([1, { 'quote[0].signature': 'pass', 'quote[0].nonce': 'pass', pcr: 'fail VTPM_HASH', eventlog: 'fail EVENT_LOG_MISMATCH', 'ak.binding': 'fail NO_TEE_EVIDENCE' }]);
    });

    it.each([['no-nonce', []], ['nonce9009', ['--nonce', '9009']]])('Google’s gce-cos-85-%s is bound to no TEE', async (name, nonce) => {
      const ran = await b.assay('verify', cube(`gce-vtpm/gce-cos-85-${name}.pb`), ...nonce, ...AT);
      const fresh = nonce.length > 0 ? 'pass' : 'weak NO_REPORT_DATA_EXPECTED';
      expect([ran.status, ran.by]).toMatchObject([1, { ...Object.fromEntries([0, 1, 2].flatMap((i) => [[`quote[${i}].signature`, 'pass'], [`quote[${i}].nonce`, fresh]])), pcr: 'pass', 'ak.binding': 'fail NO_TEE_EVIDENCE' }]);
      if (nonce.length === 0) expect(ran.by['eventlog']).toBe('pass');
    });

    it.each(['pb', 'protojson.json'])('recorded halves put together (%s): both hold, and the key is not bound', async (form) => {
      const ran = await b.assay('verify', 'cocos', cube(`derived/snpvtpm-unbound.${form}`), '--report-data', SOME_DATA, '--nonce', SVSM_NONCE, ...AT, '--policy', 'genuine');
      expect([ran.status, ran.by]).toMatchObject([1, { 'report.signature': 'pass', 'vek.chain': 'pass', 'quote[0].signature': 'pass', 'quote[1].signature': 'pass', 'ak.binding': 'fail AK_NOT_BOUND' }]);
    });
  });

  describe('TDX quotes', () => {
    const intel = ['qe.binding', 'quote.signature', 'pck.chain'];
    it('the untrimmed quote: bytes behind it, all signatures good', async () => {
      const ran = await b.assay('verify', 'cocos', cube('go-tdx-guest/tdx_prod_quote_SPR_E4.dat'), ...AT, '--policy', 'genuine');
      expect([ran.status, ran.by['parse']]).toEqual([1, 'fail TRAILING_BYTES']);
      for (const id of intel) expect([id, ran.by[id]]).toEqual([id, 'pass']);
    });

    it.each(['derived/tdx_prod_quote_SPR_E4.protojson.json', 'derived/cos-113-tdx-quote.protojson.json', 'go-tdx-guest/cos-113-tdx-quote.dat'])('%s: signatures good, Intel’s lists not at hand', async (file) => {
      const ran = await b.assay('verify', 'cocos', cube(file), ...AT, '--policy', 'genuine');
      expect([ran.status, ran.json.state, ran.by['parse']]).toEqual([2, 'incomplete', 'pass']);
      for (const id of intel) expect([id, ran.by[id]]).toEqual([id, 'pass']);
      expect(ran.by['tcbinfo']).toBe('unknown TCB_INFO_MISSING');
    });

    it.each(['eat-tdx.cwt.cbor', 'eat-tdx.jwt'])('%s holds the same untrimmed quote; what its token says of nonce and time counts for nothing', async (file) => {
      const ran = await b.assay('verify', cube(`derived/${file}`), ...AT, '--policy', 'genuine');
      expect([ran.status, ran.by['parse'], ran.by['reportdata']]).toEqual([1, 'fail TRAILING_BYTES', 'weak NO_REPORT_DATA_EXPECTED']);
      for (const id of intel) expect([id, ran.by[id]]).toEqual([id, 'pass']);
      const nonce = '29b220d49cd6a1ed8396172f46fce4211ca0fa0d9926dee6710a289b6bd7a08e';
      expect((await b.assay('verify', 'cocos', cube(`derived/${file}`), '--report-data', nonce + '00'.repeat(32), ...AT)).by['reportdata']).toBe('fail REPORT_DATA_MISMATCH');
    });

    it('the quote in the headers of a proxy is as untrimmed', async () => {
      const headers = JSON.parse(readFileSync(cube('derived/cube-proxy-response-headers.tdx.json'), 'utf8')) as Record<string, string>;
      const report = JSON.parse(headers['X-Attestation-Report'] ?? '') as { attestation_raw_base64: string };
      const ran = await b.assay('verify', 'cocos', b.file('relayed', Buffer.from(report.attestation_raw_base64, 'base64')), ...AT, '--policy', 'genuine');
      for (const id of intel) expect([id, ran.by[id]]).toEqual([id, 'pass']);
      const lines = Object.entries(headers).map(([name, value]) => ({ name, value }));
      const checks = await judgeRelayed(lines, { now: Date.parse('2026-03-01T00:00:00Z'), policy: GENUINE, anchors: VENDOR_ANCHORS, references: [], ...NO_ENDORSEMENTS });
      expect([...claimedLink(lines), ...checks]).toMatchObject([{ outcome: 'absent', code: 'RELAYED_ONLY_CLAIMED' }, { outcome: 'unknown', code: expect.stringMatching(/_MISSING$/), required: false }]);
      expect(checks[0]?.basis).toBe('claimed');
    });

    it('Google’s quote holds zeros for what was sent, so ours is not in it', async () => {
      const file = cube('go-tdx-guest/cos-113-tdx-quote.dat');
      expect((await b.assay('verify', 'cocos', file, '--report-data', SOME_DATA, ...AT)).by['reportdata']).toBe('fail REPORT_DATA_MISMATCH');
      expect(readFileSync(cube('go-tdx-guest/cos-113-nonce.dat'))).toHaveLength(64);
      const policy = await b.assay('verify', 'cocos', file, '--cocos-policy', cube('cocos-policies/attestation_policy_tdx.json'), ...AT);
      expect(policy.by).toMatchObject({ 'software.mr_td': 'fail MEASUREMENT_MISMATCH', 'cocos.mr_seam': 'fail COCOS_POLICY_MISMATCH', 'cocos.minimum_tee_tcb_svn': 'fail TCB_BELOW_POLICY', software: 'fail MEASUREMENT_MISMATCH' });
      expect((await b.assay('verify', 'cocos', file, '--cocos-policy', cube('cocos-policies/attestation_policy.json'), ...AT)).by['software']).toBe('fail COCOS_POLICY_MISMATCH');
    });
  });

  describe('synthetic evidence', () => {
    it.each(['snpvtpm-good.pb', 'snpvtpm-good.protojson.json'])('%s is valid under its root and no other', async (file) => {
      const ran = await b.assay('verify', 'cocos', cube(`synth/${file}`), ...synthetic, '--cocos-policy', cube('synth/policy-match.json'), '--policy', 'genuine');
      expect(Object.entries(ran.by).filter(([, told]) => told !== 'pass')).toEqual([['vek.revocation', 'unknown AMD_CRL_MISSING'], ['ak.binding', 'weak AK_BOUND_BY_GUEST'], ['software', 'weak AK_BOUND_BY_GUEST']]);
      // Every rule is met, and the report was asked for at VMPL 2: by what was booted, which the registers are to tell of.
      expect([ran.status, ran.json.state, ran.json.anchors]).toEqual([0, 'limited', 'custom']);
      const bare = await b.assay('verify', cube(`synth/${file}`), ...synthetic, '--policy', 'genuine');
      expect([bare.status, bare.json.state, bare.by['software']]).toEqual([0, 'limited', 'weak SOFTWARE_NOT_KNOWN']);
      const real = await b.assay('verify', 'cocos', cube(`synth/${file}`), ...request, ...AT);
      expect([real.status, real.by['vek.chain']]).toEqual([1, expect.stringMatching(/^fail /)]);
    });

    it.each([
      ['snpvtpm-bad-nonce.pb', { 'quote[0].nonce': 'fail NONCE_MISMATCH', 'ak.binding': 'weak AK_BOUND_BY_GUEST' }],
      ['snpvtpm-bad-binding.pb', { 'quote[0].nonce': 'pass', 'ak.binding': 'fail AK_NOT_BOUND' }],
      ['snpvtpm-replayed-report-data.pb', { 'quote[0].nonce': 'pass', 'ak.binding': 'fail AK_NOT_BOUND', 'report.signature': 'pass' }],
    ])('%s', async (file, expected) => {
      const ran = await b.assay('verify', 'cocos', cube(`synth/${file}`), ...synthetic, '--policy', 'genuine');
      expect([ran.status, ran.by]).toMatchObject([1, expected]);
    });

    it.each([
      ['policy-pcr9-mismatch.json', 'pcr', 'fail PCR_MISMATCH'],
      ['policy-mintcb-bl-plus-1.json', 'cocos.minimum_tcb', 'fail TCB_BELOW_POLICY'],
      ['policy-no-smt.json', 'cocos.policy', 'fail COCOS_POLICY_MISMATCH'],
    ])('%s is not met, which JSON.parse would have hidden in one', async (policy, id, told) => {
      const ran = await b.assay('verify', 'cocos', cube('synth/snpvtpm-good.pb'), ...synthetic, '--cocos-policy', cube(`synth/${policy}`), '--policy', 'genuine');
      expect([ran.status, ran.by[id]]).toEqual([1, told]);
      expect(Object.entries(ran.by).filter(([name, one]) => one.startsWith('fail') && name !== id && name !== 'software')).toEqual([]);
    });

    it.each(['raw.bin', 'pb', 'protojson.json'])('snp-plain-good.%s holds exactly what was sent', async (form) => {
      const words = ['verify', 'cocos', cube(`synth/snp-plain-good.${form}`), ...synthetic, '--policy', 'genuine', ...(form === 'raw.bin' ? ['--vek', cube('synth/vcek.synthetic.der'), '--ca', cube('synth/ask_ark.synthetic.pem')] : [])];
      const ran = await b.assay(...words);
      expect([ran.status, ran.json.state, ran.by]).toMatchObject([0, 'limited', { 'report.signature': 'pass', reportdata: 'pass', software: 'weak SOFTWARE_NOT_KNOWN' }]);
      expect((await b.assay(...words.map((word) => (word === hexOf(sent.report_data) ? SOME_DATA : word)))).by['reportdata']).toBe('fail REPORT_DATA_MISMATCH');
      // A launch that is known by its measurement; whoever names the file says what it is for, whatever service stands in it.
      const launch = (measurement: string): string => b.file('launch.json', JSON.stringify({ dialect: 'cocos', role: 'agent', kind: 'snp-launch', values: { measurement }, note: '', apiOrigin: 'https://cube.example' }));
      const { measurement } = ran.json.claims as { measurement: string };
      expect((await b.assay(...words, '--reference', launch(measurement))).by['software']).toBe('pass');
      expect((await b.assay(...words, '--reference', launch('5a'.repeat(48)))).by['software']).toBe('fail MEASUREMENT_MISMATCH');
      const wanted = await b.assay(...words, '--cocos-policy', cube('synth/policy-match.json'));
      expect([wanted.status, wanted.by['software.measurement'], wanted.by['pcr']]).toEqual([2, 'pass', 'unknown PCR_BANK_MISSING']);
    });
  });

  it('names AMD, not Intel, for what AMD’s report lacks, and every rule by its name', async () => {
    const { stdout } = await b.prose('verify', 'cocos', cube('cocos/attestation-vmpl2-5b858195.bin'), '--cocos-policy', cube('cocos-policies/attestation_policy.json'), ...AT);
    expect(stdout).toContain('VEK_MISSING: AMD could not be reached');
    expect(stdout).not.toContain('Intel');
    expect(stdout).toContain('minimum_tcb: the evidence itself does not hold');
  });

  it('reads every policy file', async () => {
    for (const file of readdirSync(cube('cocos-policies')).filter((name) => name !== 'pcr_values.json')) {
      const ran = await b.assay('verify', 'cocos', cube('synth/snpvtpm-good.pb'), ...synthetic, '--cocos-policy', cube(`cocos-policies/${file}`));
      expect([file, ran.status]).toEqual([file, 1]);
    }
    expect((await b.assay('verify', 'cocos', cube('synth/snpvtpm-good.pb'), ...synthetic, '--cocos-policy', cube('cocos-policies/pcr_values.json'))).json.error?.code).toBe('POLICY_MALFORMED');
  });

  it.each(['corim/signed-good-corim.cbor', 'corim/signed-example-corim.cbor', 'corim/unsigned-good-corim.cbor', 'corim/v1.1.2-signed-corim.cbor', 'corim/v1.1.2-unsigned-corim.cbor', 'corim/v1.1.2-signed-corim-bad-signature.cbor', 'gce-vtpm/eventlog-ubuntu-2404-amd-sevsnp.bin', 'derived/cube-proxy-response-headers.tdx.json'])('%s is no evidence in a form of Cube’s', async (file) => {
    const ran = await b.assay('verify', 'cocos', cube(file), ...AT);
    expect([ran.status, ran.by['evidence']]).toEqual([1, expect.stringMatching(/^fail (COCOS_FORM|PROTOBUF_MALFORMED)$/)]);
  });
});

/** Recorded and synthetic SEV-SNP and Nitro evidence through the command line: exit statuses, states, claims. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { bench } from '../unit/cli/shell';
import { vector, vectorsPresent } from './shared';

interface Recorded {
  id: string; report: string; vek?: string;
  expect: { verdict: 'valid' | 'invalid' | 'unknown-no-vek'; valid_from?: string; default_policy_flags?: string[] };
  fields?: { report_data: string; chip_id: string; measurement: string; policy: string };
}
interface Synthetic { id: string; report: string; vek: string; ica: string; ark: string; crl?: string; verdict: string }
interface Document { id: string; file: string; verdict: string; timestamp_iso?: string; debug_mode?: boolean; doc?: { nonce: string | null } }

const json = (path: string): unknown => JSON.parse(readFileSync(vector(path), 'utf8'));
const list = <T>(path: string, pick: (value: unknown) => readonly T[]): readonly T[] => (vectorsPresent ? pick(json(path)) : []);

const recorded = list('amd-sev-snp/vectors.json', (value) => value as Recorded[]);
const synthetic = list('amd-sev-snp/synth/cases.json', (value) => (value as { cases: Synthetic[] }).cases);
const documents = list('aws-nitro/nitro-vectors.json', (value) => value as Document[]);
const amd = (path: string): string => vector(`amd-sev-snp/${path}`);

describe.skipIf(!vectorsPresent)('SEV-SNP through the command', () => {
  const b = bench();
  afterAll(() => b.close());
  const later = (iso: string | undefined): string => `${(iso === undefined ? Date.parse('2026-11-22T00:00:00Z') : Date.parse(iso)) / 1000 + 1}`;
  const statusOf = { valid: 0, invalid: 1, 'unknown-no-vek': 2 } as const;

  it.each(recorded)('$id: exit status and claims under genuine, flags under default', async (entry) => {
    const words = [amd(entry.report), ...(entry.vek === undefined ? [] : ['--vek', amd(entry.vek)]), '--offline', '--at', later(entry.expect.valid_from)];
    const ran = await b.assay('verify', 'snp', ...words, '--policy', 'genuine');
    expect(ran.status).toBe(statusOf[entry.expect.verdict]);
    expect(ran.asked).toEqual([]);
    if (entry.fields !== undefined) {
      expect(ran.json.claims).toMatchObject({ tee: 'snp', reportData: entry.fields.report_data, chipId: entry.fields.chip_id, measurement: entry.fields.measurement, policy: entry.fields.policy.slice(2) });
      expect(ran.json.state).not.toBe('verified');
    }
    if (entry.expect.verdict !== 'valid') return;
    const bound = ['--report-data', entry.fields?.report_data ?? ''];
    expect((await b.assay('verify', ...words, ...bound, '--policy', 'genuine')).json.state).toBe('verified');
    const flags = entry.expect.default_policy_flags ?? [];
    const strict = await b.assay('verify', 'snp', ...words, ...bound);
    expect([strict.status, strict.json.state]).toEqual(flags.includes('debug') ? [1, 'failed'] : [0, flags.includes('provisional-firmware') ? 'limited' : 'verified']);
    expect((await b.assay('verify', 'snp', ...words, '--report-data', '5a'.repeat(64))).by['reportdata']).toBe('fail REPORT_DATA_MISMATCH');
  });

  it.each(synthetic)('$id: exit status with laboratory roots and with AMD’s', async (entry) => {
    const words = [amd(`synth/${entry.report}`), '--vek', amd(`synth/${entry.vek}`), '--ca', amd(`synth/${entry.ica}`), ...(entry.crl === undefined ? [] : ['--crl', amd(`synth/${entry.crl}`)]), '--at', '2026-11-22T00:00:00Z', '--policy', 'genuine'];
    const dated = ['crlcase-crl-expired', 'crlcase-crl-future'].includes(entry.id);
    const ran = await b.assay('verify', 'snp', ...words, '--trust-anchor', amd(`synth/${entry.ark}`));
    expect([ran.status, ran.json.anchors]).toEqual([entry.verdict === 'valid' ? 0 : dated ? 2 : 1, 'custom']);
    expect((await b.assay('verify', 'snp', ...words)).status).toBe(1);
  });

  it('asks AMD only for a certificate that is missing, and says what it could not have', async () => {
    const entry = recorded.find((one) => one.id === 'dstack');
    const ran = await b.assay('verify', amd(entry?.report ?? ''));
    expect(ran).toMatchObject({ status: 2, by: { 'vek.chain': 'unknown NETWORK_UNREACHABLE' } });
    expect(ran.asked).toHaveLength(1);
    expect(ran.asked[0]).toMatch(/^https:\/\/kdsintf\.amd\.com\/vcek\/v1\/Milan\/[0-9a-f]{128}\?blSPL=4&teeSPL=0&snpSPL=23&ucodeSPL=213$/);
  });

  it('takes PEM, hex text, and what is garbage as found', async () => {
    const entry = recorded.find((one) => one.id === 'ms-turin');
    const [report, vek] = [readFileSync(amd(entry?.report ?? '')), readFileSync(amd(entry?.vek ?? ''))];
    const pem = `-----BEGIN CERTIFICATE-----\n${vek.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
    const words = ['--offline', '--at', '2026-03-01T00:00:00Z'];
    expect((await b.assay('verify', b.file('report.hex', report.toString('hex')), '--vek', b.file('vek.pem', pem), ...words)).status).toBe(0);
    expect((await b.assay('verify', 'snp', b.file('report', report), '--vek', b.file('vek', 'garbage'), ...words)).by['vek.chain']).toBe('fail VEK_PARSE');
    expect((await b.assay('verify', 'snp', b.file('report', report), '--vek', b.file('vek', ''), ...words)).by['vek.chain']).toBe('fail VEK_PARSE');
    expect((await b.assay('verify', 'snp', b.file('report', report), '--vek', amd(entry?.vek ?? ''), '--crl', b.file('crl', 'garbage'), ...words)).by['vek.revocation']).toBe('fail AMD_CRL_PARSE');
    expect((await b.assay('verify', 'snp', b.file('short', report.subarray(0, 800)), ...words)).by).toEqual({ parse: 'fail SNP_REPORT_SIZE' });
  });

  it('reads the snp part of a policy file', async () => {
    const entry = recorded.find((one) => one.id === 'ms-turin');
    const words = [amd(entry?.report ?? ''), '--vek', amd(entry?.vek ?? ''), '--offline', '--at', '2026-03-01T00:00:00Z'];
    const by = async (snp: unknown): Promise<Readonly<Record<string, string>>> => (await b.assay('verify', 'snp', ...words, '--policy', b.file('policy.json', JSON.stringify({ snp })))).by;
    expect((await by({ minTcb: { fmc: 1, ucode: 81 }, vmpl: [0], measurement: [entry?.fields?.measurement] }))['measurement']).toBe('pass');
    expect((await by({ minTcb: { fmc: 2 } }))['tcb']).toBe('fail TCB_BELOW_POLICY');
    expect((await by({ vmpl: [1] }))['policy.vmpl']).toBe('fail VMPL_NOT_ACCEPTED');
    expect((await by({ hostData: ['11'.repeat(32)] }))['measurement']).toBe('fail HOST_DATA_MISMATCH');
  });
});

describe.skipIf(!vectorsPresent)('Nitro through the command', () => {
  const b = bench();
  afterAll(() => b.close());

  it.each(documents)('$id: exit status', async (entry) => {
    const words = [vector(`aws-nitro/${entry.file}`), '--at', entry.timestamp_iso ?? '2021-09-09T10:19:21Z', '--offline'];
    const genuine = await b.assay('verify', ...words, '--policy', 'genuine');
    expect(genuine.status).toBe(entry.verdict === 'valid' ? 0 : 1);
    if (entry.verdict !== 'valid') return;
    expect(genuine).toMatchObject({ json: { state: 'limited', claims: { tee: 'nitro', debug: entry.debug_mode } } });
    expect((await b.assay('verify', 'nitro', ...words)).status).toBe(entry.debug_mode === true ? 1 : 0);
    const { nonce } = entry.doc ?? { nonce: null };
    if (nonce !== null) expect((await b.assay('verify', ...words, '--policy', 'genuine', '--nonce', nonce)).json.state).toBe('verified');
    expect((await b.assay('verify', 'nitro', ...words, '--nonce', '00')).by['nonce']).toBe('fail NONCE_MISMATCH');
  });

  it('synthetic cases: exit status', async () => {
    const set = json('aws-nitro/synth/cases.json') as { nonce: string; cases: { id: string; file: string; verdict: string }[] };
    for (const entry of set.cases) {
      const words = [vector(`aws-nitro/synth/${entry.file}`), '--at', '2026-11-22T00:00:00Z', '--nonce', set.nonce];
      for (const policy of ['genuine', 'default']) {
        const ran = await b.assay('verify', 'nitro', ...words, '--policy', policy, '--trust-anchor', vector('aws-nitro/synth/root.der'));
        expect(ran.status, `${entry.id} ${policy}`).toBe(entry.verdict === 'valid' ? 0 : 1);
      }
      expect((await b.assay('verify', 'nitro', ...words)).status, entry.id).toBe(1);
    }
  });
});

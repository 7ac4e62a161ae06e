import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT, GENUINE } from '../../src/checks/policy';
import type { Policy } from '../../src/checks/policy';
import { checkSnp } from '../../src/evidence/sevsnp';
import type { SnpResult } from '../../src/evidence/sevsnp/types';
import { AMD_INTERMEDIATES } from '../../src/roots/amd';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import type { Anchor } from '../../src/roots/anchors';
import { stateOf } from '../../src/verdict/state';
import { fingerprintOf, readCertificate } from '../../src/x509/certificate';
import { isPssSignedBy } from '../../src/x509/rsa-pss';
import { vector, vectorsPresent } from './shared';

const file = (path: string): Uint8Array => new Uint8Array(readFileSync(vector(`amd-sev-snp/${path}`)));
const json = (path: string): unknown => JSON.parse(readFileSync(vector(`amd-sev-snp/${path}`), 'utf8'));

interface Tcb { bl: number; tee: number; snp: number; ucode: number; fmc?: number }
interface Recorded {
  id: string; report: string; vek?: string;
  expect: { verdict: 'valid' | 'invalid' | 'unknown-no-vek'; reason: string; checks?: Record<string, boolean>; valid_from?: string; valid_to?: string; default_policy_flags?: string[] };
  fields?: {
    version: number; vmpl: number; policy: string; debug: boolean; product: string | null; chip_id: string; measurement: string; host_data: string; report_data: string;
    reported_tcb: Tcb; committed_tcb: Tcb; current_tcb: Tcb; launch_tcb: Tcb; current_version: string; committed_version: string;
  };
}
interface Synthetic { id: string; report: string; vek: string; ica: string; ark: string; crl?: string; verdict: string }

const at = Date.parse('2026-11-22T00:00:00Z');
const failed = (result: SnpResult): string[] => result.checks.filter((c) => c.outcome === 'fail').map((c) => c.id);
const outcome = (result: SnpResult, id: string): string | undefined => result.checks.find((c) => c.id === id)?.outcome;

describe.skipIf(!vectorsPresent)('recorded SEV-SNP reports', () => {
  const entries = vectorsPresent ? (json('vectors.json') as Recorded[]) : [];
  const run = (entry: Recorded, policy: Policy, now: number): Promise<SnpResult> =>
    checkSnp({ report: file(entry.report), endorsements: entry.vek === undefined ? {} : { vek: file(entry.vek) }, anchors: VENDOR_ANCHORS, now, policy: policy.snp });
  /** A second after the key became valid. */
  const inTime = (entry: Recorded): number => (entry.expect.valid_from === undefined ? at : Date.parse(entry.expect.valid_from) + 1000);

  it('are 39', () => expect(entries).toHaveLength(39));

  it.each(entries)('$id gives its verdict under genuine', async (entry) => {
    const result = await run(entry, GENUINE, inTime(entry));
    const state = stateOf(result.checks);
    if (entry.expect.verdict === 'valid') {
      expect(failed(result)).toEqual([]);
      expect(result.checks.filter((c) => c.outcome !== 'pass').map((c) => c.id)).toEqual(['vek.revocation']);
      expect(state).toBe('verified');
    } else if (entry.expect.verdict === 'unknown-no-vek') {
      expect(failed(result)).toEqual([]);
      expect(result.checks.find((c) => c.id === 'vek.chain')).toMatchObject({ outcome: 'unknown', code: 'VEK_MISSING', required: true });
      expect(state).toBe('incomplete');
    } else {
      expect(state).toBe('failed');
      const { checks } = entry.expect;
      if (checks === undefined) expect(failed(result)).toEqual(['parse']);
      else {
        expect(outcome(result, 'report.signature')).toBe(checks['signature'] === true ? 'pass' : 'fail');
        expect(outcome(result, 'vek.chain')).toBe(checks['chain'] === true ? 'pass' : 'fail');
        expect(outcome(result, 'vek.binding')).toBe(checks['hwid'] === true && checks['tcb'] === true ? 'pass' : 'fail');
      }
    }
  });

  it.each(entries.filter((e) => e.expect.verdict === 'valid'))('$id adds its flags under default', async (entry) => {
    const flags = entry.expect.default_policy_flags ?? [];
    const result = await run(entry, DEFAULT, inTime(entry));
    const codes = result.checks.filter((c) => c.outcome === 'fail' || c.outcome === 'weak').map((c) => c.code);
    expect(codes).toEqual([...(flags.includes('debug') ? ['DEBUG_ENABLED'] : []), ...(flags.includes('provisional-firmware') ? ['PROVISIONAL_FIRMWARE'] : [])]);
    const later = await run(entry, DEFAULT, at);
    expect(later.checks.some((c) => c.code === 'VEK_EXPIRED' && c.outcome === 'fail')).toBe(flags.includes('vek-expired-at-2026-11-22'));
  });

  it.each(entries.filter((e) => e.expect.verdict === 'valid'))('$id holds only while its key does', async (entry) => {
    const early = await run(entry, GENUINE, Date.parse(entry.expect.valid_from ?? '') - 600_000);
    expect(early.checks.find((c) => c.id === 'vek.chain')).toMatchObject({ outcome: 'fail', code: 'VEK_NOT_YET_VALID' });
    const late = await run(entry, GENUINE, Date.parse(entry.expect.valid_to ?? '') + 1000);
    expect(late.checks.find((c) => c.id === 'vek.chain')).toMatchObject({ outcome: 'fail', code: 'VEK_EXPIRED' });
  });

  it.each(entries.filter((e) => e.fields !== undefined))('$id decodes to its fields', async ({ fields, ...entry }) => {
    const { claims, facts } = await run(entry, GENUINE, inTime(entry));
    if (fields === undefined || claims === undefined) throw new Error('no claims');
    expect(claims).toMatchObject({
      version: fields.version, vmpl: fields.vmpl, policy: fields.policy.slice(2), debug: fields.debug, chipId: fields.chip_id, measurement: fields.measurement,
      hostData: fields.host_data, reportData: fields.report_data, reportedTcb: fields.reported_tcb, committedTcb: fields.committed_tcb, currentTcb: fields.current_tcb, launchTcb: fields.launch_tcb,
    });
    if (fields.product !== null && (entry.vek !== undefined || fields.version > 2)) expect(claims.product).toBe(fields.product);
    const dotted = (text: string | undefined): string | undefined => text?.replace(' build ', '.');
    expect([dotted(facts?.currentVersion), dotted(facts?.committedVersion)]).toEqual([fields.current_version, fields.committed_version]);
  });

  it('refuses every change of a byte, in the report and in the key’s certificate', async () => {
    const entry = entries.find((e) => e.id === 'ms-turin');
    if (entry?.vek === undefined) throw new Error('no ms-turin');
    const report = file(entry.report);
    const vek = file(entry.vek);
    const now = inTime(entry);
    const stateWith = async (r: Uint8Array, v: Uint8Array): Promise<string> => stateOf((await checkSnp({ report: r, endorsements: { vek: v }, anchors: VENDOR_ANCHORS, now, policy: GENUINE.snp })).checks);
    const changed = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ (1 << at % 8));
    const survivors: string[] = [];
    for (let i = 0; i < report.length; i += 1) if ((await stateWith(changed(report, i), vek)) !== 'failed') survivors.push(`report ${i}`);
    for (let i = 0; i < vek.length; i += 1) if ((await stateWith(report, changed(vek, i))) !== 'failed') survivors.push(`vek ${i}`);
    expect(survivors).toEqual([]);
  });

  it('pins what the certificates say', async () => {
    for (const product of ['milan', 'genoa', 'turin']) {
      const ark = readCertificate(file(`certs/ark_${product}.der`));
      const anchor = VENDOR_ANCHORS.find((a) => a.fingerprint === fingerprintOf(ark));
      expect(anchor).toMatchObject({ spki: ark.spkiHex, subject: ark.subject.text, kind: 'ark' });
      expect(await isPssSignedBy(ark, ark.spkiHex)).toBe(true);
      for (const kind of ['ask', 'asvk']) {
        const certificate = readCertificate(file(`certs/${kind}_${product}.der`));
        const pinned = AMD_INTERMEDIATES.find((i) => i.fingerprint === fingerprintOf(certificate));
        expect(pinned).toMatchObject({ kind, spki: certificate.spkiHex, serial: certificate.serial, subject: certificate.subject.text, issuer: certificate.issuer.text, root: anchor });
        expect([Date.parse(pinned?.notBefore ?? ''), Date.parse(pinned?.notAfter ?? '')]).toEqual([certificate.notBefore, certificate.notAfter]);
        expect(await isPssSignedBy(certificate, ark.spkiHex)).toBe(true);
        expect(certificate).toMatchObject({ isCa: true, pathLength: 0 });
      }
    }
  });

  it.each([['genoa', '2025-10-01T00:00:00Z'], ['milan', '2025-06-01T00:00:00Z']])('reads the real CRL of %s', async (product, when) => {
    const entry = entries.find((e) => e.expect.verdict === 'valid' && e.vek !== undefined && e.fields?.product?.toLowerCase() === product && Date.parse(e.expect.valid_from ?? '') < Date.parse(when));
    if (entry?.vek === undefined) throw new Error('no entry in time');
    const crl = file(`certs/openpcc-test_amd_${product}_crl.der`);
    const input = { report: file(entry.report), endorsements: { vek: file(entry.vek), crls: [crl] }, anchors: VENDOR_ANCHORS, policy: GENUINE.snp };
    expect((await checkSnp({ ...input, now: Date.parse(when) })).checks.find((c) => c.id === 'vek.revocation')).toMatchObject({ outcome: 'pass' });
    expect((await checkSnp({ ...input, now: at })).checks.find((c) => c.id === 'vek.revocation')).toMatchObject({ outcome: 'unknown', code: 'AMD_CRL_EXPIRED', required: true });
    const foreign = file(`certs/openpcc-test_amd_${product === 'genoa' ? 'milan' : 'genoa'}_crl.der`);
    expect((await checkSnp({ ...input, endorsements: { ...input.endorsements, crls: [foreign] }, now: Date.parse(when) })).checks.find((c) => c.id === 'vek.revocation')).toMatchObject({ outcome: 'fail', code: 'AMD_CRL_ISSUER' });
    expect(stateOf((await checkSnp({ ...input, endorsements: { ...input.endorsements, crls: [foreign, crl] }, now: Date.parse(when) })).checks)).toBe('verified');
  });
});

describe.skipIf(!vectorsPresent)('synthetic SEV-SNP cases', () => {
  const { cases } = vectorsPresent ? (json('synth/cases.json') as { cases: Synthetic[] }) : { cases: [] };
  const anchorOf = (path: string): Anchor => {
    const certificate = readCertificate(file(path));
    return { vendor: 'amd', kind: 'ark', subject: certificate.subject.text, spki: certificate.spkiHex, fingerprint: fingerprintOf(certificate), source: 'synthetic' };
  };
  const anchors = vectorsPresent ? ['Milan', 'Genoa', 'Turin'].map((product) => anchorOf(`synth/ark_${product}.der`)) : [];
  const run = (entry: Synthetic, policy: Policy, roots: readonly Anchor[] = anchors): Promise<SnpResult> =>
    checkSnp({
      report: file(`synth/${entry.report}`),
      endorsements: { vek: file(`synth/${entry.vek}`), intermediates: [file(`synth/${entry.ica}`)], crls: entry.crl === undefined ? [] : [file(`synth/${entry.crl}`)] },
      anchors: roots, now: at, policy: policy.snp,
    });
  /** The checks that may carry each verdict. */
  const carriers: Record<string, readonly string[]> = {
    format: ['parse'],
    signature: ['report.signature'],
    cert: ['vek.chain', 'vek.binding'],
    policy: ['policy.guest', 'tcb'],
    revoked: ['vek.revocation'],
    'signature|cert': ['report.signature', 'vek.binding'],
  };

  it('are 65', () => expect(cases).toHaveLength(65));

  it.each(cases.flatMap((entry) => [GENUINE, DEFAULT].map((policy) => ({ ...entry, policy, name: policy.name }))))('$id gives its verdict under $name', async (entry) => {
    const result = await run(entry, entry.policy);
    if (entry.verdict === 'valid') {
      expect(failed(result)).toEqual([]);
      expect(stateOf(result.checks)).toBe('verified');
    } else if (entry.verdict === 'crl-invalid') {
      const dated = entry.id.endsWith('expired') || entry.id.endsWith('future');
      expect(stateOf(result.checks)).toBe(dated ? 'incomplete' : 'failed');
      expect(result.checks.filter((c) => c.outcome !== 'pass').map((c) => c.id)).toEqual(['vek.revocation']);
    } else {
      expect(stateOf(result.checks)).toBe('failed');
      // The verdict's own check fails; a fault that only a fresh signature would hide may fail that too.
      expect(failed(result).filter((id) => carriers[entry.verdict]?.includes(id))).not.toEqual([]);
      if (entry.verdict !== 'signature|cert') expect(failed(result).filter((id) => !carriers[entry.verdict]?.includes(id) && !(entry.verdict === 'cert' && id === 'report.signature') && !(entry.verdict === 'signature' && id === 'vek.binding'))).toEqual([]);
    }
  });

  it.each(cases)('$id is refused under AMD’s roots', async (entry) => {
    const result = await run(entry, GENUINE, VENDOR_ANCHORS);
    expect(stateOf(result.checks)).toBe('failed');
    expect(outcome(result, 'vek.chain') ?? outcome(result, 'parse')).toBe('fail');
  });

  it('finds everything in the certificate table behind a report', async () => {
    const table = await checkSnp({ report: file('synth/exttable-genoa.bin'), endorsements: {}, anchors, now: at, policy: GENUINE.snp });
    expect(table.checks.map((c) => c.outcome)).not.toContain('fail');
    expect(outcome(table, 'vek.revocation')).toBe('pass');
    expect(stateOf(table.checks)).toBe('verified');
  });
});

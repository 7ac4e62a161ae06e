/** CLI.md on recorded evidence: every set and mutation through the command, and the built file as a process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS, kindOfFile, VERIFIERS } from '../../src/cli/kinds';
import { bench } from '../unit/cli/shell';
import { assay, build, BUILT, prose, unread } from './built-cli';
import { vector, vectorsPresent } from './shared';
import { collateralOf, mutate, mutations, quote, realSets } from './tdx-sets';

const OPEN = /^(ROOT_CRL|PCK_CRL|TCB_INFO|QE_IDENTITY|TCB_SIGNER)_(EXPIRED|NOT_YET_VALID)$/;
const statusFor = (expected: { ok: boolean; error?: string }): number => (expected.ok ? 0 : OPEN.test(expected.error ?? '') ? 2 : 1);

describe.skipIf(!vectorsPresent)('every recorded set through the command', () => {
  const b = bench();
  afterAll(() => b.close());
  const judge = (bytes: Uint8Array, collateral: unknown, now: number, ...more: readonly string[]) =>
    b.assay('verify', 'tdx', b.file('quote', bytes), '--collateral', b.file('collateral', JSON.stringify(collateral)), '--at', String(now), '--policy', 'genuine', ...more);

  it('272 real sets: exit status, TCB status, advisories and error codes', async () => {
    for (const set of realSets()) {
      const bytes = quote(set.quote);
      const ran = await judge(bytes, collateralOf(set), set.now);
      expect(ran.status, set.id).toBe(statusFor(set.expected));
      if (set.expected.ok) {
        expect(ran.json.state, set.id).toBe('limited');
        expect(ran.json.claims, set.id).toMatchObject({ tcb: { status: set.expected.status, advisoryIds: set.expected.advisories, evaluationDataNumber: set.expected.eval }, fmspc: set.expected.fmspc });
        const full = await judge(bytes, collateralOf(set), set.now, '--report-data', String(ran.json.claims?.['reportData']));
        expect(full.json.state, set.id).toBe('verified');
      } else if (!set.expected.error?.startsWith('MALFORMED')) {
        expect(Object.values(ran.by).join(' '), set.id).toContain(set.expected.error);
      }
    }
  });

  it('170 mutations: exit status and codes; appended junk is 1, TRAILING_BYTES', async () => {
    const bases = new Map(realSets().map((set) => [set.id, set]));
    for (const mutation of mutations()) {
      const set = bases.get(mutation.base);
      if (set === undefined) throw new Error(mutation.base);
      const { quote: bytes, collateral } = mutate(mutation.op, { quote: quote(set.quote), collateral: collateralOf(set) });
      const ran = await judge(bytes, collateral, mutation.now);
      const junk = mutation.id.includes('append-junk');
      expect(ran.status, mutation.id).toBe(junk ? 1 : statusFor(mutation.expected));
      if (junk) expect(ran.by['parse'], mutation.id).toBe('fail TRAILING_BYTES');
    }
  });
});

describe.skipIf(!vectorsPresent)('the built file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-built-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(build);
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const set = vectorsPresent ? realSets().find(({ expected }) => expected.status === 'UpToDate' && expected.debug === false && expected.septVeDisable === true) : undefined;
  if (vectorsPresent && set === undefined) throw new Error('no set to run');
  const path = vector(`intel-tdx/quotes/${set?.quote}.bin`);
  const collateral = set === undefined ? '' : file('collateral.json', JSON.stringify(collateralOf(set)));
  const at = ['--at', String(set?.now), '--collateral', collateral, '--offline'];

  it('is one executable file that needs nothing beside it', () => {
    const text = readFileSync(BUILT, 'utf8');
    expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect([...text.matchAll(/^import .* from "([^"]+)"/gm)].map(([, from]) => from).filter((from) => !from?.startsWith('node:'))).toEqual([]);
    expect(execFileSync(process.execPath, [file('elsewhere.mjs', text), '--version'], { encoding: 'utf8', cwd: folder })).toMatch(/^assay \d/);
  });

  it('0: limited without --report-data, verified with it', () => {
    const bare = assay('verify', 'tdx', path, ...at);
    expect(bare).toMatchObject({ status: 0, stderr: '', json: { state: 'limited', policy: 'default', anchors: 'vendor', at: new Date((set?.now ?? 0) * 1000).toISOString() } });
    const reportData = String(bare.json.claims?.['reportData']);
    expect(assay('verify', path, ...at, '--report-data', reportData, '--require', 'verified')).toMatchObject({ status: 0, json: { state: 'verified' } });
    expect(assay('verify', path, ...at, '--require', 'verified').status).toBe(3);
  });

  it('1, 2, 64, 66: one JSON object each', () => {
    expect(assay('verify', 'tdx', path, ...at, '--report-data', 'f0'.repeat(64)).codes).toContain('REPORT_DATA_MISMATCH');
    expect(assay('verify', 'tdx', path, '--offline', '--at', String(set?.now))).toMatchObject({ status: 2, json: { state: 'incomplete' } });
    expect(assay('verify', 'tdx', path, ...at, '--unknown')).toMatchObject({ status: 64, json: { error: { code: 'USAGE' } } });
    expect(assay('verify', 'proof', path)).toMatchObject({ status: 64, json: { error: { code: 'VERIFIER_NOT_BUILT' } } });
    expect(assay('verify', join(folder, 'missing'))).toMatchObject({ status: 66, json: { error: { code: 'FILE_UNREADABLE' } } });
    for (const bad of ['yesterday', '2026-02-30T00:00:00Z']) expect(assay('verify', 'tdx', path, '--at', bad).status).toBe(64);
    const iso = new Date((set?.now ?? 0) * 1000).toISOString();
    expect(assay('verify', 'tdx', path, '--at', iso, '--collateral', collateral).json.state).toBe('limited');
  });

  it('zeros behind a quote are accepted, anything else is 1, TRAILING_BYTES', () => {
    const whole = readFileSync(path);
    expect(assay('verify', file('zeros', Buffer.concat([whole, Buffer.alloc(70)])), ...at).status).toBe(0);
    expect(assay('verify', file('junk', Buffer.concat([whole, Buffer.from('\nextra bytes\n')])), ...at)).toMatchObject({ status: 1, codes: expect.arrayContaining(['TRAILING_BYTES']) });
  });

  it('real quotes come as hex text and in padded buffers too', () => {
    const hex = vector('ionet-and-relatives/phala-private-ai-verifier/intel_quote.hex');
    expect(assay('verify', hex, '--offline', '--at', '2026-02-01T00:00:00Z')).toMatchObject({ status: 2, json: { claims: { tee: 'tdx', quoteVersion: 4 } } });
    expect(assay('verify', vector('ionet-and-relatives/secretvm/cpu_quote.txt'), '--offline', '--at', '2026-03-01T00:00:00Z').status).toBe(2);
  });

  it('tells other recorded evidence apart by its bytes, and refuses kinds that are not built', () => {
    const others: [string, string][] = [
      ['ionet-and-relatives/phala-private-ai-verifier/nvidia_payload.json', 'nvidia'], ['ionet-and-relatives/secretvm/gpu_attest.txt', 'nvidia'], ['ionet-and-relatives/ionet-synthetic/attestation.no-tdx.json', 'report'],
      ['ionet-and-relatives/secretvm/amd_cpu_quote.txt', 'snp'], ['ionet-and-relatives/secretvm/cpu_quote.txt', 'tdx'],
    ];
    for (const [other, kind] of others) expect(kindOfFile(readFileSync(vector(other))), other).toBe(kind);
    for (const kind of KINDS.filter((known) => VERIFIERS[known] === undefined)) expect(assay('verify', kind, path), kind).toMatchObject({ status: 64, json: { error: { code: 'VERIFIER_NOT_BUILT' } } });
  });

  it('prose goes to standard output, without colour into a pipe', () => {
    const { status, stdout, stderr } = prose('verify', 'tdx', path, ...at);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toContain('limited  Checked, with gaps');
    expect(stdout).not.toContain('\u001b');
    expect(prose('verify').stderr).toMatch(/^assay: .*\(USAGE\)\n$/);
  });

  it('keeps its exit status when the reader goes away', async () => {
    expect(await unread('verify', 'tdx', path, ...at, '--json')).toBe(0);
    expect(await unread('verify', 'tdx', path, '--offline', '--json')).toBe(2);
    expect(await unread('--help')).toBe(0);
    // Says on standard error that it asks Intel, before there is a verdict.
    expect(await unread('verify', 'tdx', path, '--at', String(set?.now))).toBe(2);
  });

  it('gives the same verdict as the code it was built from', async () => {
    const b = bench();
    const inside = await b.assay('verify', 'tdx', path, ...at);
    expect(assay('verify', 'tdx', path, ...at).json).toEqual(inside.json);
    b.close();
  });
});

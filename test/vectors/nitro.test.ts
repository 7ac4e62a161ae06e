import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkNitro } from '../../src/evidence/nitro';
import type { NitroInput, NitroResult } from '../../src/evidence/nitro/types';
import { AWS_ANCHORS } from '../../src/roots/aws';
import { VENDOR_ANCHORS } from '../../src/roots/anchors';
import type { Anchor } from '../../src/roots/anchors';
import { stateOf } from '../../src/verdict/state';
import { fingerprintOf, readCertificate } from '../../src/x509/certificate';
import { vector, vectorsPresent } from './shared';

const file = (path: string): Uint8Array => new Uint8Array(readFileSync(vector(`aws-nitro/${path}`)));
const json = (path: string): unknown => JSON.parse(readFileSync(vector(`aws-nitro/${path}`), 'utf8'));

interface Recorded {
  id: string; file: string; verdict: 'valid' | 'invalid'; valid_from?: string; valid_to?: string; debug_mode?: boolean; timestamp_iso?: string; checks?: Record<string, boolean>;
  doc?: { module_id: string; timestamp: number; pcrs: Record<string, string>; public_key: string | null; user_data: string | null; nonce: string | null };
}
interface Synthetic { id: string; file: string; verdict: string }

const failed = (result: NitroResult): string[] => result.checks.filter((c) => c.outcome === 'fail').map((c) => c.id);

describe.skipIf(!vectorsPresent)('recorded Nitro documents', () => {
  const entries = vectorsPresent ? (json('nitro-vectors.json') as Recorded[]) : [];
  const run = (entry: Recorded, now: number, over: Partial<NitroInput> = {}): Promise<NitroResult> => checkNitro({ document: file(entry.file), anchors: VENDOR_ANCHORS, now, policy: { allowDebug: true }, ...over });
  const valid = entries.filter((e) => e.verdict === 'valid');

  it('are 13', () => expect(entries).toHaveLength(13));

  it.each(valid)('$id holds from its first second to its last, and at no other time', async (entry) => {
    const from = Date.parse(entry.valid_from ?? '');
    const to = Date.parse(entry.valid_to ?? '');
    for (const now of [from, from + 1000, (from + to) / 2, Date.parse(entry.timestamp_iso ?? ''), to]) {
      const { checks } = await run(entry, now);
      expect(checks.filter((c) => c.outcome !== 'pass')).toEqual([]);
    }
    expect(failed(await run(entry, to + 1000))).toContain('chain');
    expect(failed(await run(entry, from - 600_000))).toContain('chain');
    expect(failed(await run(entry, Date.parse('2026-11-22T00:00:00Z')))).toContain('chain');
  });

  it.each(valid)('$id is refused without debug rights exactly when it is in debug mode', async (entry) => {
    const { checks, claims } = await run(entry, Date.parse(entry.timestamp_iso ?? ''), { policy: { allowDebug: false } });
    expect(claims?.debug).toBe(entry.debug_mode);
    expect(checks.filter((c) => c.outcome === 'fail').map((c) => c.code)).toEqual(entry.debug_mode === true ? ['DEBUG_ENABLED'] : []);
  });

  it.each(valid)('$id decodes to its fields and compares nonce and user data', async (entry) => {
    const now = Date.parse(entry.timestamp_iso ?? '');
    const { doc } = entry;
    const { claims } = await run(entry, now);
    expect(claims).toMatchObject({ moduleId: doc?.module_id, pcrs: doc?.pcrs });
    expect([claims?.nonce ?? null, claims?.userData ?? null, claims?.publicKey ?? null]).toEqual([doc?.nonce, doc?.user_data, doc?.public_key]);
    const wrong = Uint8Array.of(1, 2, 3);
    expect(failed(await run(entry, now, { nonce: wrong, userData: wrong }))).toEqual(['nonce', 'userdata']);
    const nonce = doc?.nonce === null || doc === undefined ? undefined : new Uint8Array(Buffer.from(doc.nonce, 'hex'));
    if (nonce !== undefined) expect(failed(await run(entry, now, { nonce }))).toEqual([]);
  });

  it.each(entries.filter((e) => e.verdict === 'invalid'))('$id is refused', async (entry) => {
    const result = await run(entry, Date.parse('2021-09-09T10:19:21Z'));
    expect(stateOf(result.checks)).toBe('failed');
    expect(failed(result)).toEqual(entry.checks === undefined ? ['chain', 'signature'] : ['signature']);
  });

  it('refuses a change of any third byte', async () => {
    const entry = valid.find((e) => e.id === 'dstack-nsm-attest-nitro_attestation');
    if (entry === undefined) throw new Error('no document');
    const good = file(entry.file);
    const survivors: number[] = [];
    for (let i = 0; i < good.length; i += 3) {
      const { checks } = await checkNitro({ document: good.with(i, (good[i] ?? 0) ^ (1 << i % 8)), anchors: VENDOR_ANCHORS, now: Date.parse(entry.timestamp_iso ?? ''), policy: { allowDebug: true } });
      if (stateOf(checks) !== 'failed') survivors.push(i);
    }
    expect(survivors).toEqual([]);
  });

  it('pins what the root says', () => {
    const root = readCertificate(file('aws_nitro_root_g1.der'));
    expect(AWS_ANCHORS[0]).toMatchObject({ spki: root.spkiHex, fingerprint: fingerprintOf(root), subject: root.subject.text });
  });
});

describe.skipIf(!vectorsPresent)('synthetic Nitro cases', () => {
  const set = vectorsPresent ? (json('synth/cases.json') as { at: string; nonce: string; cases: Synthetic[] }) : { at: '', nonce: '', cases: [] };
  const anchors = (): readonly Anchor[] => {
    const root = readCertificate(file('synth/root.der'));
    return [{ vendor: 'aws', kind: 'nitro', subject: root.subject.text, spki: root.spkiHex, fingerprint: fingerprintOf(root), source: 'synthetic' }];
  };
  const run = (entry: Synthetic, roots: readonly Anchor[]): Promise<NitroResult> =>
    checkNitro({ document: file(`synth/${entry.file}`), anchors: roots, now: Date.parse(set.at), policy: { allowDebug: false }, nonce: new Uint8Array(Buffer.from(set.nonce, 'hex')) });
  const carriers: Record<string, readonly string[]> = { format: ['parse'], cert: ['chain'], signature: ['signature'], 'signature|format': ['signature', 'parse'], binding: ['nonce'], policy: ['policy.debug', 'pcrs', 'timestamp'] };

  it('are 27', () => expect(set.cases).toHaveLength(27));

  it.each(set.cases)('$id gives its verdict', async (entry) => {
    const result = await run(entry, anchors());
    if (entry.verdict === 'valid') expect(result.checks.filter((c) => c.outcome !== 'pass')).toEqual([]);
    else {
      const found = failed(result);
      expect(found.some((id) => carriers[entry.verdict]?.includes(id))).toBe(true);
      // A certificate that was over when the document was made fails the document's time too.
      expect(found.filter((id) => carriers[entry.verdict]?.includes(id) !== true)).toEqual(entry.id === 'bad-leaf-expired' ? ['timestamp'] : []);
    }
  });

  it.each(set.cases)('$id is refused under AWS’s root', async (entry) => {
    const result = await run(entry, VENDOR_ANCHORS);
    expect(failed(result).some((id) => id === 'chain' || id === 'parse')).toBe(true);
  });
});

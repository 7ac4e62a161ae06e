/** `assay verify contrast` over a deployment of our own, with laboratory roots: what a plain clone can run. */
import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { pem } from '../../simulator/pki/der';
import { bench } from '../cli/shell';
import { ark, caExtensions, certificate } from '../evidence-sevsnp/lab';
import { NONCE, documentOf, hexOf, manifestBytes, message, snpMessage, snpReference, utf8 } from '../evidence-contrast/lab';
import type { Situation } from '../evidence-contrast/lab';

const root = certificate({ subject: 'ARK-Genoa', issuer: 'ARK-Genoa', keys: ark, by: ark, serial: 0x20000, extensions: caExtensions() });

describe('assay verify contrast', () => {
  const b = bench();
  afterAll(() => b.close());
  const anchors = ['--trust-anchor', b.file('ark.pem', pem('CERTIFICATE', root)), '--at', '2026-11-22T12:00:00Z'];
  const words = (situation: Situation = {}): readonly string[] => ['--nonce', hexOf(NONCE), '--offline', ...anchors, b.file('doc.json', documentOf(situation))];
  const manifest = b.file('manifest.json', manifestBytes());

  it('is verified with a known manifest, by option or by reference value, and limited with none', async () => {
    expect((await b.assay('verify', ...words(), '--manifest', manifest)).json.state).toBe('verified');
    expect((await b.assay('verify', 'contrast', ...words(), '--reference', manifest)).json.state).toBe('verified');
    const unseen = await b.assay('verify', 'contrast', ...words());
    expect([unseen.status, unseen.json.state, unseen.by['manifest.pin']]).toEqual([0, 'limited', 'weak SOFTWARE_NOT_KNOWN']);
    expect((await b.assay('verify', 'contrast', ...words(), '--require', 'verified')).status).toBe(3);
  });

  it('fails with another manifest, and with the same one in other white space', async () => {
    const other = b.file('other.json', manifestBytes({ SeedshareOwnerPubKeys: ['aa'] }));
    for (const path of [other, b.file('spaced.json', utf8(`${Buffer.from(manifestBytes()).toString()}\n`)), b.file('empty.json', '')]) {
      const ran = await b.assay('verify', 'contrast', ...words(), '--manifest', path);
      expect([ran.status, ran.by['manifest.pin']]).toEqual([1, 'fail MANIFEST_NOT_PINNED']);
    }
    expect((await b.assay('verify', 'contrast', ...words(), '--reference', other)).by['manifest.pin']).toBe('fail MANIFEST_NOT_PINNED');
  });

  it('tells what differs from the manifest that was brought', async () => {
    const older = b.file('older.json', manifestBytes({ ReferenceValues: { snp: [snpReference({ TrustedMeasurement: 'ee'.repeat(48) })] } }));
    const ran = await b.assay('verify', 'contrast', ...words(), '--manifest', older);
    expect(ran.json.checks?.find(({ id }) => id === 'manifest.pin')?.detail).toBe('another manifest: snp Metal-QEMU-SNP Genoa: TrustedMeasurement');
    expect(ran.json.claims?.['contrast']).toMatchObject({ changes: [{ area: 'measurement', name: 'snp Metal-QEMU-SNP Genoa: TrustedMeasurement', before: 'ee'.repeat(48), after: 'cd'.repeat(48) }] });
    const spaced = await b.assay('verify', 'contrast', ...words(), '--manifest', b.file('spaced.json', utf8(`${Buffer.from(manifestBytes()).toString()}\n`)));
    expect([spaced.json.checks?.find(({ id }) => id === 'manifest.pin')?.detail, (spaced.json.claims?.['contrast'] as object)]).toEqual(['another manifest, of the same meaning', expect.not.objectContaining({ changes: expect.anything() as unknown })]);
  });

  it('wants one manifest only where that is said', async () => {
    const two = words({ manifests: [manifestBytes({ SeedshareOwnerPubKeys: ['aa'] }), manifestBytes()] });
    expect((await b.assay('verify', 'contrast', ...two, '--manifest', manifest)).json.state).toBe('verified');
    const single = await b.assay('verify', 'contrast', ...two, '--manifest', manifest, '--single-manifest');
    expect([single.status, single.by['manifest.history']]).toEqual([1, 'fail MANIFEST_HISTORY']);
  });

  it('says in claims whose word is what, and reads like prose', async () => {
    const ran = await b.assay('verify', 'contrast', ...words());
    expect(ran.json.claims).toMatchObject({ tee: 'snp', contrast: { version: 'v1.20.0', manifests: 1, manifestSha256: createHash('sha256').update(manifestBytes()).digest('hex') } });
    const { stdout } = await b.prose('verify', 'contrast', ...words());
    expect(stdout).toContain('Contrast Coordinator');
    expect(stdout).toContain('Known manifest');
  });

  it('is a usage fault with what does not belong to it', async () => {
    for (const wrong of [['--nonce', 'zz'], ['--nonce', '00'.repeat(31)]]) expect((await b.assay('verify', 'contrast', words().at(-1) ?? '', ...wrong)).status).toBe(64);
    expect((await b.assay('verify', 'contrast', ...words(), '--report-data', '00')).status).toBe(64);
    expect((await b.assay('verify', 'contrast', ...words(), '--secret', '/nonexistent')).status).toBe(66);
    const registers = b.file('registers.json', JSON.stringify({ dialect: 'contrast', role: 'coordinator', kind: 'tdx-registers', values: { mrTd: 'ab'.repeat(48) } }));
    expect((await b.assay('verify', 'contrast', ...words(), '--reference', registers)).json.error?.code).toBe('REFERENCE_MALFORMED');
  });

  it('asks AMD where the Coordinator sent no certificate, unless offline', async () => {
    const bare = words({ attestation: (raw) => snpMessage(raw, message()) });
    const offline = await b.assay('verify', 'contrast', ...bare);
    expect([offline.status, offline.by['vek.chain'], offline.asked]).toEqual([2, 'unknown VEK_MISSING', []]);
    const online = await b.assay('verify', 'contrast', ...bare.filter((word) => word !== '--offline'));
    expect([online.status, online.by['vek.chain'], online.asked.length]).toEqual([2, 'unknown NETWORK_UNREACHABLE', 1]);
  });
});

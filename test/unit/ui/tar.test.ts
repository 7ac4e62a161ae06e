/** The archive of NVIDIA's endorsements, unpacked by the system's own tar. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tarOf } from '../../../src/ui/model/tar';

// Long past: tar warns of files from the future.
const AT = Date.UTC(2024, 0, 2, 3, 4, 5);
const entries = [
  { name: 'a.rims/0-NV_GPU.xml', bytes: new TextEncoder().encode('<a/>') },
  { name: 'a.ocsp/0.resp.der', bytes: new Uint8Array(1_024).fill(7) },
  { name: 'a.ocsp/1.resp.der', bytes: new Uint8Array(0) },
];

describe('an archive', () => {
  it('is unpacked by the system’s tar, byte for byte', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-tar-'));
    try {
      writeFileSync(join(folder, 'x.tar'), tarOf(entries, AT));
      const { status, stderr } = spawnSync('tar', ['-xf', 'x.tar'], { cwd: folder, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
      for (const { name, bytes } of entries) expect([name, new Uint8Array(readFileSync(join(folder, name)))]).toEqual([name, bytes]);
      expect(statSync(join(folder, 'a.ocsp/0.resp.der')).mtimeMs).toBe(AT);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  it('is the same bytes each time', () => {
    expect(tarOf(entries, AT)).toEqual(tarOf(entries, AT));
    expect(tarOf([], AT)).toEqual(new Uint8Array(1_024));
  });
  it('takes no name that is no plain path', () => {
    for (const name of ['', 'a b', 'ä', 'x'.repeat(101), 'a\nb']) expect(() => tarOf([{ name, bytes: new Uint8Array() }], AT)).toThrow(RangeError);
  });
});

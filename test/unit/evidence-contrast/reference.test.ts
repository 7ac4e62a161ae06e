/** A manifest brought or approved as a reference value. */
import { describe, expect, it } from 'vitest';
import { readReferences, readReferencesBeside } from '../../../src/records/reference-file';
import { hexOf, manifestBytes, manifestOf, sha256, utf8 } from './lab';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('a manifest as reference value', () => {
  it('is read from the file that Contrast’s tools write, for either dialect beside a command that names the evidence', () => {
    const values = readReferencesBeside(text(manifestBytes()));
    expect(values.map(({ dialect, role, kind, source }) => [dialect, role, kind, source])).toEqual([['contrast', 'coordinator', 'contrast-manifest', 'imported'], ['privatemode', 'coordinator', 'contrast-manifest', 'imported']]);
    expect(values[0]?.values).toMatchObject({ 'manifest sha256': [hexOf(sha256(manifestBytes()))], 'snp Metal-QEMU-SNP Genoa: TrustedMeasurement': ['cd'.repeat(48)], 'workload owners': ['none'] });
    // The digest is of the bytes as they are, white space included.
    expect(readReferencesBeside(JSON.stringify(manifestOf()))[0]?.values['manifest sha256']).toEqual([hexOf(sha256(utf8(JSON.stringify(manifestOf()))))]);
  });

  it('comes back as it was kept, and is refused in another form', () => {
    const [value] = readReferencesBeside(text(manifestBytes()));
    if (value === undefined) throw new Error('no value');
    for (const read of [readReferences, readReferencesBeside]) expect(read(JSON.stringify(value))).toEqual([value]);
    const wrong = [{}, { 'manifest sha256': [] }, { 'manifest sha256': 'ab' }, { 'manifest sha256': ['g'.repeat(64)] }, { 'manifest sha256': ['ab'.repeat(32)], more: [1] }, { 'manifest sha256': ['ab'.repeat(32)], more: ['x'.repeat(70_000)] }, { more: ['x'] }];
    for (const values of wrong) expect(() => readReferences(JSON.stringify({ ...value, values })), JSON.stringify(values).slice(0, 60)).toThrow(/^REFERENCE_MALFORMED/);
    expect(() => readReferencesBeside(text(manifestBytes({ Policies: {} })))).toThrow(/^REFERENCE_MALFORMED: no coordinator/);
  });

  it('is refused where it is to be kept and the person does not say for which service: it would contradict all others', () => {
    expect(() => readReferences(text(manifestBytes()))).toThrow(/^REQUEST_MALFORMED: apiOrigin: a manifest is for one service/);
  });

  it('is of one dialect alone where the person says which service it is for', () => {
    const apiOrigin = 'https://coordinator.example';
    for (const dialect of ['contrast', 'privatemode']) expect(readReferences(text(manifestBytes()), { dialect, apiOrigin }).map((value) => [value.dialect, value.apiOrigin])).toEqual([[dialect, apiOrigin]]);
    expect(() => readReferences(text(manifestBytes()), { dialect: 'cocos', apiOrigin })).toThrow(/^REFERENCE_MALFORMED/);
  });
});

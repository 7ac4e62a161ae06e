import { describe, expect, it } from 'vitest';
import { checkSnp } from '../../../src/evidence/sevsnp';
import { splitReport } from '../../../src/evidence/sevsnp/container';
import { decodeTcb, encodeTcb, partsBelow } from '../../../src/evidence/sevsnp/tcb';
import { stateOf } from '../../../src/verdict/state';
import { ark, askCertificate, crl, input, report, vekCertificate } from './lab';

const GUID = {
  vcek: '63da758de6644564adc5f4b93be8accd',
  ask: '4ab7b379bbac4fe4a02f05aef327c782',
  crl: '92f81bc358114d3d97ffd19f88dc67ea',
  other: 'ecae0c0f950243b1afa20ae2e0d565b6',
};

/** A report and its table; offsets may be moved to be wrong. */
function extended(entries: readonly (readonly [string, Uint8Array])[], move = 0): Uint8Array {
  const head = Buffer.alloc(24 * (entries.length + 1));
  let at = head.length;
  entries.forEach(([guid, value], i) => {
    head.write(guid, 24 * i, 'hex');
    head.writeUInt32LE(at + move, 24 * i + 16);
    head.writeUInt32LE(value.length, 24 * i + 20);
    at += value.length;
  });
  return new Uint8Array(Buffer.concat([report(), head, ...entries.map(([, value]) => value)]));
}

describe('the certificate table behind a report', () => {
  it('gives the verifier its key, intermediate and list', async () => {
    const bytes = extended([[GUID.ask, askCertificate], [GUID.vcek, vekCertificate], [GUID.other, Uint8Array.of(1, 2)], [GUID.crl, crl({ by: ark })]]);
    const { checks } = await checkSnp(input({ report: bytes, endorsements: {} }));
    expect(checks.every((check) => check.outcome === 'pass')).toBe(true);
    const revoked = extended([[GUID.ask, askCertificate], [GUID.vcek, vekCertificate], [GUID.crl, crl({ by: ark, revoked: [0x20001] })]]);
    expect(stateOf((await checkSnp(input({ report: revoked, endorsements: {} }))).checks)).toBe('failed');
    // A list that was given stands before the one that came along; given as empty, none is looked at.
    expect(stateOf((await checkSnp(input({ report: revoked, endorsements: { crls: [] } }))).checks)).toBe('verified');
  });

  it.each([
    ['an offset past the end', extended([[GUID.vcek, vekCertificate]], 1)],
    ['an offset that overflows', extended([[GUID.vcek, vekCertificate]], 0xffff_0000)],
    ['two of a kind', extended([[GUID.crl, Uint8Array.of(1)], [GUID.crl, Uint8Array.of(2)]])],
    ['no end', new Uint8Array(Buffer.concat([report(), Buffer.alloc(24 * 40, 1)]))],
    ['a fragment', new Uint8Array(Buffer.concat([report(), Buffer.of(1, 2, 3)]))],
    ['bytes that no entry claims', new Uint8Array(Buffer.concat([report(), Buffer.alloc(24), Buffer.of(1)]))],
  ])('is refused with %s', (_, bytes) => {
    expect(splitReport(bytes).problem?.code).toBe('TRAILING_BYTES');
  });
});

describe('TCB versions', () => {
  it('have two layouts', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 0, 0, 7, 8);
    expect(decodeTcb(bytes, 'classic')).toEqual({ bl: 1, tee: 2, snp: 7, ucode: 8 });
    expect(decodeTcb(bytes, 'fmc')).toEqual({ fmc: 1, bl: 2, tee: 3, snp: 4, ucode: 8 });
    expect(encodeTcb({ fmc: 1, bl: 2, tee: 3, snp: 4, ucode: 8 }, 'fmc')).toEqual(Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 8));
  });

  it('are compared part by part', () => {
    expect(partsBelow({ bl: 1, tee: 0, snp: 9, ucode: 200 }, { bl: 2, snp: 1 })).toEqual(['bl']);
    expect(partsBelow({ bl: 2, tee: 0, snp: 1, ucode: 0 }, { bl: 2, snp: 1 })).toEqual([]);
  });
});

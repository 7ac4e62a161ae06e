import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { fromHex, toHex } from '../../../src/encoding/hex';
import { DerReader, TAG, derRoot } from '../../../src/encoding/der';
import { derBitOctets, derBoolean, derIntegerBytes, derNamedBits, derOid, derTime, derUint, ecdsaSignature } from '../../../src/encoding/der-values';
import { seeded } from './random';

const malformed = expect.objectContaining({ code: 'DER_MALFORMED' });
const element = (hex: string) => new DerReader(fromHex(hex)).next();
const time = (tag: string, text: string) => element(tag + text.length.toString(16).padStart(2, '0') + Buffer.from(text).toString('hex'));

describe('DerReader', () => {
  it('hands out exact slices', () => {
    const reader = new DerReader(fromHex('3003020105040100'));
    const sequence = reader.next(TAG.sequence);
    expect(toHex(sequence.full)).toBe('3003020105');
    expect(toHex(sequence.content)).toBe('020105');
    expect(reader.optional(TAG.integer)).toBeUndefined();
    expect(toHex(reader.next().content)).toBe('00');
    expect(reader.done).toBe(true);
  });

  it('reads long lengths', () => {
    const long = new Uint8Array(303);
    long.set([0x04, 0x82, 0x01, 0x2b]);
    expect(new DerReader(long).next().content.length).toBe(299);
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['an indefinite length', '30800000'],
    ['a length in long form that is short', '30810100'],
    ['a length with a leading zero', `30820080${'00'.repeat(128)}`],
    ['a length of five octets', '30850000000001'],
    ['a length past the end', '300200'],
    ['a length of 4 GiB', '3084ffffffff'],
    ['a tag number above 30', '1f0100'],
    ['another tag', '0400'],
    ['something left over', '300000'],
  ])('refuses %s', (_, hex) => {
    expect(() => derRoot(fromHex(hex), TAG.sequence).end()).toThrow(malformed);
  });
});

describe('values', () => {
  it('integers', () => {
    expect(toHex(derIntegerBytes(element('020200ff')))).toBe('00ff');
    expect(derUint(element('020200ff'))).toBe(255);
    expect(derUint(element('020500ffffffff'))).toBe(0xffffffff);
    expect(derUint(element('0a0102'), 'DER_MALFORMED', TAG.enumerated)).toBe(2);
    for (const hex of ['0200', '0202007f', '0202ff80', '0201ff', '02050100000000', '0206010000000000', '040101']) expect(() => derUint(element(hex))).toThrow(malformed);
  });

  it('booleans', () => {
    expect([derBoolean(element('0101ff')), derBoolean(element('010100'))]).toEqual([true, false]);
    for (const hex of ['010101', '0100', '0102ffff']) expect(() => derBoolean(element(hex))).toThrow(malformed);
  });

  it('bit strings', () => {
    expect(toHex(derBitOctets(element('030300aabb')))).toBe('aabb');
    for (const hex of ['0300', '030201fe']) expect(() => derBitOctets(element(hex))).toThrow(malformed);
    const usage = derNamedBits(element('03020106'));
    expect([0, 5, 6, 7, 90].map(usage)).toEqual([false, true, true, false, false]);
    for (const hex of ['0300', '03020880', '03020107', '030101']) expect(() => derNamedBits(element(hex))).toThrow(malformed);
  });

  it('object identifiers', () => {
    expect(derOid(element('060a2a864886f84d010d0102'))).toBe('1.2.840.113741.1.13.1.2');
    expect(derOid(element('0603883703'))).toBe('2.999.3');
    for (const hex of ['0600', '060180', '06028001', '060255ff', '06072affffffffff7f']) expect(() => derOid(element(hex)), hex).toThrow(malformed);
  });

  it('times', () => {
    expect(derTime(time('17', '180521105010Z'))).toBe(Date.UTC(2018, 4, 21, 10, 50, 10));
    expect(derTime(time('17', '500101000000Z'))).toBe(Date.UTC(1950, 0, 1));
    expect(derTime(time('18', '20491231235959Z'))).toBe(Date.UTC(2049, 11, 31, 23, 59, 59));
    for (const text of ['1805211050Z', '180521105010+0000', '180231000000Z', '181301000000Z', '180101240000Z', '180101006000Z', '', `${'1'.repeat(60)}Z`]) {
      expect(() => derTime(time('17', text)), text).toThrow(malformed);
    }
    expect(derTime(time('18', '20240229000000Z'))).toBe(Date.UTC(2024, 1, 29));
    expect(derTime(time('18', '20000229000000Z'))).toBe(Date.UTC(2000, 1, 29));
    for (const text of ['20491231235959.5Z', '20230229000000Z', '21000229000000Z', '20230431000000Z', '20230400000000Z', '20230001000000Z', '00500101000000Z', '2023010100000aZ']) expect(() => derTime(time('18', text)), text).toThrow(malformed);
    expect(() => derTime(element('020101'))).toThrow(malformed);
  });

  it('ECDSA signatures as fixed r‖s: padded on the left, sign octet stripped, too long refused', () => {
    expect(toHex(ecdsaSignature(fromHex('3007020200ff020101'), 2))).toBe('00ff0001');
    for (const hex of ['30060201010201ff', '3003020101', '300802010102010102', '300702010102020102aa', '3009020101020401020304', '30060201010401ff']) {
      expect(() => ecdsaSignature(fromHex(hex), 2), hex).toThrow(malformed);
    }
  });
});

it('never ends in anything but a coded error on random bytes', () => {
  const random = seeded(11);
  for (let round = 0; round < 6_000; round += 1) {
    const bytes = Uint8Array.from({ length: random(40) }, () => random(3) === 0 ? [0x30, 0x02, 0x03, 0x06, 0x80, 0x00, 0x17][random(7)] ?? 0 : random(256));
    const probes = [walk, (b: Uint8Array) => ecdsaSignature(b, 32), (b: Uint8Array) => derOid(new DerReader(b).next()), (b: Uint8Array) => derTime(new DerReader(b).next())];
    for (const probe of probes) {
      try {
        probe(bytes);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
      }
    }
  }
});

function walk(bytes: Uint8Array): void {
  const reader = new DerReader(bytes);
  while (!reader.done) walk(reader.next().content);
}

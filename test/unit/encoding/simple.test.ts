import { describe, expect, it } from 'vitest';
import { ByteReader, concatBytes, equalBytes, isAllZero, utf8Bytes, utf8Text } from '../../../src/encoding/bytes';
import { fromBase64, fromBase64Url, toBase64 } from '../../../src/encoding/base64';
import { fromHex, isHex, toHex } from '../../../src/encoding/hex';
import { pemBlocks, toPem } from '../../../src/encoding/pem';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('ByteReader', () => {
  it('reads both byte orders', () => {
    const reader = new ByteReader(bytes(1, 2, 3, 4, 5, 6, 7, 0x80, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0xff, 0xff, 0xff, 0xff));
    expect(reader.u64le()).toBe(0x8007060504030201n);
    expect(reader.u16be()).toBe(0x0908);
    expect(reader.u16le()).toBe(0x0607);
    expect(reader.u24be()).toBe(0x050403);
    expect(reader.u8()).toBe(2);
    expect(reader.u32be()).toBe(0x0100ffff);
    expect(reader.remaining).toBe(2);
  });

  it('reads unsigned 32-bit values unsigned', () => {
    expect(new ByteReader(bytes(0xff, 0xff, 0xff, 0xff)).u32le()).toBe(0xffffffff);
  });

  it.each([3, -1, 0.5, Number.NaN, 2 ** 40])('refuses to take %s of two bytes, and stays where it was', (length) => {
    const reader = new ByteReader(bytes(1, 2));
    expect(() => reader.take(length)).toThrow(expect.objectContaining({ code: 'TRUNCATED' }));
    expect(reader.u16be()).toBe(0x0102);
  });

  it('raises the code it was given', () => {
    expect(() => new ByteReader(bytes(), 'CERT_SIZE').u8()).toThrow(expect.objectContaining({ code: 'CERT_SIZE' }));
  });
});

describe('bytes', () => {
  it('compares, joins and recognises zeros', () => {
    expect(equalBytes(bytes(1, 2), bytes(1, 2))).toBe(true);
    expect(equalBytes(bytes(1, 2), bytes(1, 3))).toBe(false);
    expect(equalBytes(bytes(1, 2), bytes(1, 2, 3))).toBe(false);
    expect(concatBytes(bytes(1), bytes(), bytes(2, 3))).toEqual(bytes(1, 2, 3));
    expect(isAllZero(bytes())).toBe(true);
    expect(isAllZero(bytes(0, 0, 1))).toBe(false);
  });

  it('keeps a BOM, so that text and bytes are the same thing', () => {
    const withBom = bytes(0xef, 0xbb, 0xbf, 0x61);
    expect(utf8Bytes(utf8Text(withBom))).toEqual(withBom);
  });

  it('refuses what is not UTF-8', () => {
    expect(() => utf8Text(bytes(0xc0, 0x80), 'JSON_MALFORMED')).toThrow(expect.objectContaining({ code: 'JSON_MALFORMED' }));
  });
});

describe('hex', () => {
  it('writes lower case and reads any case', () => {
    expect(toHex(bytes(0, 0xab, 0xff))).toBe('00abff');
    expect(fromHex('00ABff')).toEqual(bytes(0, 0xab, 0xff));
    expect(fromHex('')).toEqual(bytes());
  });

  it.each(['0', '0x00', 'zz', '0g', ' 0', '00 ', '0\u0660', '@@', '``'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'HEX_MALFORMED' }));
    expect(isHex(text)).toBe(false);
  });

  it('tells lengths', () => {
    expect(isHex('00ff', 2)).toBe(true);
    expect(isHex('00ff', 1)).toBe(false);
  });
});

describe('base64', () => {
  it.each(['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', '+/+/'])('round trip of %j', (text) => {
    expect(toBase64(fromBase64(text))).toBe(text);
  });

  it('agrees with the platform on all lengths', () => {
    for (let length = 0; length < 70; length += 1) {
      const data = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 0xff);
      expect(toBase64(data)).toBe(Buffer.from(data).toString('base64'));
      expect(fromBase64(Buffer.from(data).toString('base64'))).toEqual(data);
      expect(fromBase64Url(Buffer.from(data).toString('base64url'))).toEqual(data);
    }
  });

  it.each(['Z', 'Zg', 'Zg=', 'Zh==', 'Zm9=', 'Zm9v ', 'Zm 9v', '====', 'Z===', 'Zg==Zg==', '-_-_', 'Zm9\u0100'])('refuses %j', (text) => {
    expect(() => fromBase64(text)).toThrow(expect.objectContaining({ code: 'BASE64_MALFORMED' }));
  });

  it.each(['Z', 'Zg==', 'Zh', '+/+/'])('refuses %j as base64url', (text) => {
    expect(() => fromBase64Url(text)).toThrow(expect.objectContaining({ code: 'BASE64_MALFORMED' }));
  });
});

describe('pem', () => {
  const one = toPem(bytes(1, 2, 3));

  it('reads blocks with either line ending and NULs at the end', () => {
    expect(pemBlocks(`${one}\r\n${one.replaceAll('\n', '\r\n')}\0\0`)).toEqual([bytes(1, 2, 3), bytes(1, 2, 3)]);
  });

  it.each([
    ['nothing', ''],
    ['text before', `x${one}`],
    ['text between', `${one}x${one}`],
    ['a NUL between', `${one}\0${one}`],
    ['no end', one.slice(0, 40)],
    ['another label', toPem(bytes(1), 'X509 CRL')],
    ['broken base64', one.replace('AQID', 'AQ!D')],
    ['too many', one.repeat(17)],
    ['too long', one.repeat(9000)],
  ])('refuses %s', (_, text) => {
    expect(() => pemBlocks(text)).toThrow(expect.objectContaining({ code: 'PEM_MALFORMED' }));
  });
});

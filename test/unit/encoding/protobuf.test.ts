import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { ProtobufMessage } from '../../../src/encoding/protobuf';
import { seeded } from './random';

const bytes = (...octets: number[]): Uint8Array => Uint8Array.from(octets);

describe('protobuf', () => {
  it('reads numbers, bytes, messages and repeated fields, absent ones as their defaults', () => {
    // 1: 300, 2: "hi", 3: { 1: 2^64-1 }, 4: fixed32 (any), 5 twice
    const message = new ProtobufMessage(bytes(0x08, 0xac, 0x02, 0x12, 2, 0x68, 0x69, 0x1a, 11, 0x08, ...Array.from({ length: 9 }, () => 0xff), 0x01, 0x25, 1, 0, 0, 0, 0x2a, 1, 7, 0x2a, 0));
    expect([message.uint(1), message.text(2), message.message(3)?.u64(1)]).toEqual([300, 'hi', (1n << 64n) - 1n]);
    expect(message.list(5)).toEqual([bytes(7), bytes()]);
    expect([message.uint(9), message.bytes(9), message.message(9), message.list(9), message.has(4), message.has(9)]).toEqual([0, undefined, undefined, [], true, false]);
    expect(message.only(1, 2, 3, 4, 5)).toBe(message);
    for (const refused of [() => message.only(1, 2, 3, 4), () => message.uint(2), () => message.bytes(1), () => message.uint(4), () => message.bytes(5), () => message.exactly(2, 3), () => message.uint(1, 299), () => message.required(9), () => message.list(5, 1), () => message.bool(1)]) {
      expect(refused).toThrow(CodedError);
    }
  });

  it.each([
    ['a tag alone', [0x08]], ['a number that does not end', [0x08, 0x80]], ['eleven octets', [0x08, ...Array.from({ length: 10 }, () => 0xff), 1]], ['65 bits', [0x08, ...Array.from({ length: 9 }, () => 0xff), 2]],
    ['a long form', [0x08, 0x80, 0x00]], ['field 0', [0x00, 1]], ['a field number above 2^29', [0x80, 0x80, 0x80, 0x80, 0x10, 0]], ['a group', [0x0b, 0x0c]], ['wire type 6', [0x0e]], ['bytes past the end', [0x12, 2, 1]], ['a length of 2^63', [0x12, ...Array.from({ length: 9 }, () => 0x80), 1]], ['a short fixed64', [0x09, 1, 2]],
  ])('refuses %s', (_name, octets) => {
    expect(() => new ProtobufMessage(bytes(...octets), 'EVIDENCE_MALFORMED')).toThrow(expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }) as Error);
  });

  it('refuses more fields than any message has, and ends on any bytes', () => {
    expect(() => new ProtobufMessage(new Uint8Array(2 * 5000).map((_, i) => (i % 2 === 0 ? 8 : 1)))).toThrow(CodedError);
    const random = seeded(7);
    for (let round = 0; round < 500; round += 1) {
      const noise = Uint8Array.from({ length: random(60) }, () => random(256));
      try {
        new ProtobufMessage(noise).list(1);
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
    }
  });
});

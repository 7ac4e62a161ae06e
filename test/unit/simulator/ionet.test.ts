import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prepareNonce } from '../../simulator/ionet/agent';
import { dumps, floatRepr, isDict, loads, py } from '../../simulator/ionet/python-json';
import { canonicalChunks, canonicalRequest, checksummed, chunksHash, hashedLines, personalDigest, personalSign, requestHash, responseHash, signingKey } from '../../simulator/ionet/signing';
import { vector, vectorsPresent } from '../../vectors/shared';

/** Address out of a 65-byte signature, by noble alone. */
function recovered(signature: string, text: string): string {
  const bytes = Buffer.from(signature, 'hex');
  const point = secp256k1.Signature.fromBytes(bytes.subarray(0, 64)).addRecoveryBit((bytes[64] ?? 0) - 27).recoverPublicKey(personalDigest(text));
  return `0x${Buffer.from(keccak_256(point.toBytes(false).subarray(1))).subarray(12).toString('hex')}`;
}

describe('Python’s JSON', () => {
  it.each([
    [1e16, '1e+16'], [123_456_789_012_345_680, '1.2345678901234568e+17'], [0.0001, '0.0001'], [0.000_01, '1e-05'], [1.5e-7, '1.5e-07'], [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'], [0.1, '0.1'], [100, '100.0'], [1e15, '1000000000000000.0'], [-2.5, '-2.5'], [0, '0.0'], [-0, '-0.0'],
  ])('prints the float %s as %s', (value, text) => {
    expect(floatRepr(value)).toBe(text);
  });
  it('keeps integers of any size, key order and doubled keys as Python does', () => {
    expect(dumps(loads('{"10":1,"2":123456789012345678901234567890,"a":1.0,"2":null}'), true)).toBe('{"10":1,"2":null,"a":1.0}');
  });
  it('escapes to ASCII, surrogate pairs and DEL included', () => {
    expect(dumps(py('é😀\u007F\n"\\/'))).toBe(String.raw`"\u00e9\ud83d\ude00\u007f\n\"\\/"`);
  });
  it.each(['', '{', '{"a":}', '[1,]', '[1 2]', 'nul', '{"a":1}x', '01a', '"a'])('refuses %j', (text) => {
    expect(() => loads(text)).toThrow(SyntaxError);
  });
});

describe('nonces as the agent takes them', () => {
  const random = (): Buffer => Buffer.alloc(32, 7);
  it('pads on the right, drops 0x, and makes one up for none', () => {
    expect(prepareNonce('0xAB', random)).toEqual(Buffer.concat([Buffer.from('ab', 'hex'), Buffer.alloc(31)]));
    expect(prepareNonce('', random)).toEqual(random());
    expect(prepareNonce(undefined, random)).toEqual(random());
  });
  it.each(['abc', 'zz', '00'.repeat(33)])('has a sentence for %s', (nonce) => {
    expect(prepareNonce(nonce, random)).toMatch(/^Nonce Error/);
  });
});

describe('signatures', () => {
  it('recover to the address beside them, and to no other for another text', () => {
    const key = signingKey('test');
    const signature = personalSign(key, 'a:b');
    expect(signature).toMatch(/^[0-9a-f]{128}1[bc]$/);
    expect(recovered(signature, 'a:b')).toBe(key.address.toLowerCase());
    expect(recovered(signature, 'a:c')).not.toBe(key.address.toLowerCase());
  });
});

describe.skipIf(!vectorsPresent)('the synthetic io.net vectors', () => {
  const read = (name: string): string => readFileSync(vector(`ionet-and-relatives/ionet-synthetic/${name}`), 'utf8');
  const headers = (): Readonly<Record<string, string>> => JSON.parse(read('nonstream.headers.json')) as Record<string, string>;
  const event = (name: string): Readonly<Record<string, string>> => JSON.parse(/event: signature\ndata: (.*)\n/.exec(read(name))?.[1] ?? '') as Record<string, string>;

  it('has the canonical request', () => {
    const body = loads(read('nonstream.request.json'));
    expect(isDict(body) && dumps(canonicalRequest(body), true)).toBe(read('nonstream.request.canonical.json'));
  });
  it('has the canonical response, and writes the wire form as it was', () => {
    const body = loads(read('nonstream.response.json'));
    expect(dumps(body, true)).toBe(read('nonstream.response.canonical.json'));
    expect(dumps(body)).toBe(read('nonstream.response.json'));
  });
  it('has the signed text of the JSON answer', () => {
    expect(`${requestHash(loads(read('nonstream.request.json')))}:${responseHash(loads(read('nonstream.response.json')))}`).toBe(headers()['text']);
  });
  it('has the chunks and the signed text of the streams', () => {
    const chunks = hashedLines(read('stream.unsigned.sse'));
    expect(canonicalChunks(chunks)).toBe(read('stream.chunks.canonical.json'));
    expect(event('stream.sse')['text']?.split(':')[1]).toBe(chunksHash(chunks));
    expect(event('stream.tampered.sse')['text']?.split(':')[1]).not.toBe(chunksHash(hashedLines(read('stream.tampered.sse')).filter((line) => !line.includes('signing_algo'))));
  });
  it('has the signer of both', () => {
    for (const { text = '', signature = '', signing_address: address = '' } of [headers(), event('stream.sse')]) {
      expect(recovered(signature, text)).toBe(address.toLowerCase());
      expect(checksummed(address.slice(2).toLowerCase())).toBe(address);
    }
  });
});

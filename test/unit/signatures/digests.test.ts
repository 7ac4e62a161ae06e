import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ChunksDigest, RawDigest, sha256Hex, StrippedJsonDigest, type StrippedJson } from '../../../src/signatures/digests';
import { seeded } from '../encoding/random';
import { pieces } from './pieces';
import { pythonCompact, pythonFloat, pythonString } from '../../../src/signatures/python-json';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

function strip(text: string | Uint8Array, random?: (below: number) => number): StrippedJson & { keys: string[] } {
  const whole = typeof text === 'string' ? bytes(text) : text;
  const keys: string[] = [];
  const digest = new StrippedJsonDigest((key) => keys.push(key));
  if (random === undefined) digest.push(whole);
  else for (const piece of pieces(whole, random)) digest.push(piece);
  return { ...digest.finish(), keys };
}

describe('JSON without insignificant white space', () => {
  it('drops white space between tokens and keeps it in strings', () => {
    const read = strip('{ "a b" :\t[ 1.0 ,\r\n-1e-05, "x \\" y\\\\" ] , "é":null}\n ');
    expect(read.sha256).toBe(sha('{"a b":[1.0,-1e-05,"x \\" y\\\\"],"é":null}'));
    expect(read).toMatchObject({ closed: true, trailing: false, splitToken: false });
  });

  it('keeps every digit, escape and key order as it came (field.md mistake 25)', () => {
    const text = '{"z":1,"10":2,"n":12345678901234567890.10,"e":1E+2,"u":"\\u00e9\\/"}';
    expect(strip(text).sha256).toBe(sha(text));
    expect(strip(text).sha256).not.toBe(sha(JSON.stringify(JSON.parse(text))));
  });

  it('offers the ASCII-escaped form only where it differs', () => {
    expect(strip('{"a":"plain"}').escaped).toBeUndefined();
    expect(strip('{"a": "é😀\u007f"}').escaped).toBe(sha('{"a":"\\u00e9\\ud83d\\ude00\\u007f"}'));
  });

  it('has no escaped form for bytes that are not UTF-8', () => {
    const broken = Uint8Array.from([...bytes('{"a":"'), 0xc3, 0x28, ...bytes('"}')]);
    expect(strip(broken).escaped).toBeUndefined();
    expect(strip(Uint8Array.from([...bytes('{"a":"'), 0xe2, 0x82])).escaped).toBeUndefined();
    expect(strip(broken).sha256).toBe(sha(broken));
  });

  it('sees bytes behind the close, open ends and split tokens', () => {
    expect(strip('{"a":1}').closed).toBe(true);
    expect(strip('{"a":[1}').closed).toBe(false);
    expect(strip('{"a":"}').closed).toBe(false);
    expect(strip('').closed).toBe(false);
    expect(strip('{"a":1} {"a":2}').trailing).toBe(true);
    expect(strip('{"a":1}x').trailing).toBe(true);
    expect(strip('{"a":1 2}').splitToken).toBe(true);
    expect(strip('{"a":tr\nue}').splitToken).toBe(true);
    expect(strip('{"a": true , "b" : 1 }').splitToken).toBe(false);
  });

  it('does not take other white space for white space', () => {
    for (const other of ['\u00a0', '\ufeff', '\v', '\f', '\0']) expect(strip(`{"a":1}${other}`).sha256).not.toBe(sha('{"a":1}'));
  });

  it('names the keys of the outermost object alone, escapes undone', () => {
    expect(strip('{"ch\\u006fices":[{"inner":1}],"b":"value","c":{"d":1}}').keys).toEqual(['choices', 'b', 'c']);
    expect(strip('["choices", {"x":1}]').keys).toEqual([]);
  });

  it('reads the same however it is cut into pieces (seed 191)', () => {
    const random = seeded(191);
    const text = '{ "id" : "é\\"😀 x" , "choices" : [ { "a" : 1.50 , "b" : "\\\\" } ] , "n" : -1e-05 }\n';
    const whole = strip(text);
    for (let i = 0; i < 300; i += 1) expect(strip(text, random)).toEqual(whole);
  });
});

describe('the digest of a stream’s data lines', () => {
  const chunks = (...lines: string[]) => {
    const digest = new ChunksDigest();
    for (const line of lines) digest.add(bytes(line));
    return digest.finish();
  };

  it('is Python’s compact {"chunks":[…]} with ASCII escapes', () => {
    expect(chunks()).toBe(sha('{"chunks":[]}'));
    expect(chunks('{"a":"é"}', 'x\\y\t\u007f😀\u2028')).toBe(sha('{"chunks":["{\\"a\\":\\"\\u00e9\\"}","x\\\\y\\t\\u007f\\ud83d\\ude00\\u2028"]}'));
  });

  it('keeps a BOM in a line instead of dropping it', () => {
    expect(chunks('\ufeffa')).toBe(sha('{"chunks":["\\ufeffa"]}'));
  });

  it('has no digest for a line that is not UTF-8', () => {
    const digest = new ChunksDigest();
    expect(digest.add(bytes('a'))).toBe(true);
    expect(digest.add(Uint8Array.of(0xff))).toBe(false);
    expect(digest.finish()).toBeUndefined();
  });
});

describe('Python’s JSON', () => {
  it('writes floats as repr does', () => {
    const known: [number, string][] = [
      [0, '0.0'], [-0, '-0.0'], [1, '1.0'], [0.7, '0.7'], [100, '100.0'], [1e15, '1000000000000000.0'], [123456789012345680, '1.2345678901234568e+17'],
      [1e16, '1e+16'], [1e22, '1e+22'], [1e-4, '0.0001'], [1e-5, '1e-05'], [1.5e-7, '1.5e-07'], [1e-10, '1e-10'], [5e-324, '5e-324'], [1.7976931348623157e308, '1.7976931348623157e+308'], [-2.5, '-2.5'],
    ];
    for (const [value, text] of known) expect(pythonFloat(value)).toBe(text);
  });

  it('writes strings with lower-case escapes, DEL and lone surrogates included', () => {
    expect(pythonString('a"\\/\b\f\n\r\t\u0001\u007fÉ\ud800')).toBe('"a\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u00c9\\ud800"');
  });

  it('rewrites a text token by token without losing a digit', () => {
    expect(pythonCompact('{ "a" : [ 1 , 1.0 , 1E5 , -0 , 123456789012345678901234567890 ] , "b\\u00C9" : true , "c" : null }')).toBe(
      '{"a":[1,1.0,100000.0,0,123456789012345678901234567890],"b\\u00c9":true,"c":null}',
    );
    expect(pythonCompact('{"a":1e999}')).toBeUndefined();
  });
});

describe('raw bytes', () => {
  it('hash the same in pieces', () => {
    const digest = new RawDigest();
    digest.push(bytes('ab'));
    digest.push(bytes('c'));
    expect(digest.finish()).toBe(sha('abc'));
    expect(sha256Hex(bytes('abc'))).toBe(sha('abc'));
  });
});

import { describe, expect, it } from 'vitest';
import { CodedError } from '../../../src/checks/error';
import { parseJson } from '../../../src/encoding/json';
import type { JsonValue } from '../../../src/encoding/json';
import { JsonView } from '../../../src/encoding/json-read';
import { sliceExactly, sliceMembers } from '../../../src/encoding/json-slice';
import { seeded } from './random';

/** Our values in the form JSON.parse gives, to compare with it. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}

const malformed = expect.objectContaining({ code: 'JSON_MALFORMED' });

describe('parseJson', () => {
  it.each(['null', ' true ', 'false', '0', '-0', '-1.5e+3', '"a\\u0041\\n\\/"', '[]', '[1,[2],{}]', '{"a":1,"b":{"c":[null]}}', '"\ud83d\ude00"', '\t\n\r 1'])('agrees with JSON.parse on %s', (text) => {
    expect(plain(parseJson(text))).toEqual(JSON.parse(text));
  });

  it('loses no digit', () => {
    expect(parseJson('[9007199254740993,-18446744073709551615,9007199254740991]')).toEqual([9007199254740993n, -18446744073709551615n, 9007199254740991]);
  });

  it.each([
    '', ' ', '{', '[', '[1,]', '{"a":1,}', '{a:1}', "{'a':1}", '01', '1.', '.5', '+1', '1e', 'NaN', 'Infinity', '1e999', 'nul', 'truex', '"', '"\n"', '"\\x"', '"\\u12g4"',
    '1 2', '{}x', '{"a":1 "b":2}', '[1 2]', '\ufeff1', '\u00a01', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', `${'['.repeat(33)}${']'.repeat(33)}`, '9'.repeat(200), '//x\n1',
  ])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(malformed);
  });

  it('keeps hostile keys away from prototypes', () => {
    const value = parseJson('{"__proto__":{"polluted":1},"constructor":2}');
    expect(new JsonView(value).get('__proto__').get('polluted').uint()).toBe(1);
    expect(new JsonView(value).get('toString').present).toBe(false);
  });

  it('caps depth and length, with the code it was given', () => {
    expect(() => parseJson('[[1]]', { maxDepth: 1, code: 'TCB_INFO_PARSE' })).toThrow(expect.objectContaining({ code: 'TCB_INFO_PARSE' }));
    expect(() => parseJson('[1,2,3]', { maxLength: 6 })).toThrow(malformed);
    expect(() => parseJson('['.repeat(4_000_000))).toThrow(malformed);
  });

  it('gives the same verdict as JSON.parse on mutated texts, but for duplicates and depth', () => {
    const random = seeded(7);
    const base = '{"tcbInfo":{"id":"TDX","n":[1,2.5e3,-7,true,false,null],"s":"a\\"b\\\\c\\u00e9"},"signature":"00ff"}';
    const pool = '{}[]",:\\u0129eE+-. tfnx\u0000\u00e9';
    for (let round = 0; round < 6_000; round += 1) {
      let text = base;
      for (let k = random(4); k >= 0; k -= 1) {
        const at = random(text.length + 1);
        text = text.slice(0, at) + (random(3) === 0 ? '' : pool.charAt(random(pool.length))) + text.slice(at + random(2));
      }
      let theirs: unknown;
      let bad = false;
      try {
        theirs = JSON.parse(text);
      } catch {
        bad = true;
      }
      try {
        const ours = plain(parseJson(text));
        expect(bad, text).toBe(false);
        expect(ours).toEqual(theirs);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        if (!bad) expect(error.detail).toMatch(/twice|finite/);
      }
    }
  });
});

describe('slices', () => {
  const signed = '{ "id" : "TDX","n":[1,{"x":"}"}] , "s":"\\"}" }';
  const body = `{"tcbInfo":${signed} ,\n"signature":"00"}`;

  it('gives the exact text of each value', () => {
    expect(sliceMembers(body)).toEqual(new Map([['tcbInfo', signed], ['signature', '"00"']]));
    expect(sliceExactly(body, ['tcbInfo', 'signature'])('tcbInfo')).toBe(signed);
  });

  it.each([
    ['an extra key', '{"tcbInfo":{},"signature":"","x":1}'],
    ['a missing key', '{"tcbInfo":{}}'],
    ['a doubled key', '{"tcbInfo":{},"signature":"","tcbInfo":{}}'],
    ['a key doubled through an escape', '{"tcbInfo":{},"signature":"","tcb\\u0049nfo":{}}'],
    ['a key doubled deep inside', '{"tcbInfo":{"a":{"b":1,"b":2}},"signature":""}'],
    ['an array', '[]'],
    ['text after it', '{"tcbInfo":{},"signature":""}x'],
  ])('refuses %s', (_, text) => {
    expect(() => sliceExactly(text, ['tcbInfo', 'signature'])).toThrow(malformed);
  });
});

describe('JsonView', () => {
  const view = new JsonView(parseJson('{"n":3,"big":9007199254740993,"neg":-1,"f":1.5,"h":"00FF","t":"2025-02-30T00:00:00Z","u":"2025-02-28T01:02:03Z","a":[1]}'));

  it('reads what is there', () => {
    expect(view.get('n').uint(3)).toBe(3);
    expect(view.get('h').hex(2)).toBe('00ff');
    expect(view.get('u').time()).toBe(Date.UTC(2025, 1, 28, 1, 2, 3));
    expect(view.get('a').items().map((item) => item.uint())).toEqual([1]);
  });

  it('names the path of what is not what it should be', () => {
    const faults = [
      () => view.get('n').uint(2), () => view.get('big').uint(), () => view.get('neg').uint(), () => view.get('f').uint(), () => view.get('h').hex(3),
      () => view.get('t').time(), () => view.get('none').string(), () => view.get('n').get('x'), () => view.get('a').items(0), () => view.get('n').boolean(),
    ];
    for (const fault of faults) expect(fault).toThrow(malformed);
    expect(() => view.get('none').string()).toThrow(/\$\.none/);
  });
});

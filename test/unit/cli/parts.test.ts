import { describe, expect, it } from 'vitest';
import { readArguments, restrictTo } from '../../../src/cli/arguments';
import { CommandFault } from '../../../src/cli/fault';
import { readHeaders } from '../../../src/cli/headers-file';
import { readTime } from '../../../src/cli/time';
import { statusOf } from '../../../src/cli/result';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('--at', () => {
  it('takes RFC 3339 with a zone, and whole unix seconds', () => {
    const known: [string, number][] = [
      ['2026-11-22T12:00:00Z', Date.UTC(2026, 10, 22, 12)], ['2026-11-22t12:00:00z', Date.UTC(2026, 10, 22, 12)], ['2026-11-22 12:00:00+00:00', Date.UTC(2026, 10, 22, 12)],
      ['2026-11-22T12:00:00.25+02:30', Date.UTC(2026, 10, 22, 9, 30, 0, 250)], ['2026-11-22T12:00:00-01:00', Date.UTC(2026, 10, 22, 13)], ['0050-01-01T00:00:00Z', Date.parse('0050-01-01T00:00:00Z')],
      ['0', 0], ['1734526451', 1734526451000], ['2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ];
    for (const [text, ms] of known) expect(readTime(text), text).toBe(ms);
  });

  it('refuses everything else', () => {
    const bad = ['', 'now', '1e9', '-1', '1.5', ' 5', '99999999999999', '2026-11-22', '2026-11-22T12:00Z', '2026-11-22T12:00:00', '2023-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-22T24:00:00Z', '2026-11-22T12:00:60Z', '2026-11-22T12:00:00+24:00', '2026-11-22T12:00:00Z '];
    for (const text of bad) expect(() => readTime(text), text).toThrow(CommandFault);
  });
});

describe('arguments', () => {
  const rules = { flag: { takesValue: false }, one: { takesValue: true }, many: { takesValue: true, repeatable: true } } as const;

  it('reads words, switches and values in either form', () => {
    const { words, options } = readArguments(['a', '--flag', '--one', '1', '--many=x=y', '--many', '-', '--', '--b'], rules);
    expect(words).toEqual(['a', '--b']);
    expect(Object.fromEntries(options)).toEqual({ flag: [''], one: ['1'], many: ['x=y', '-'] });
  });

  it('refuses what is unknown, doubled, without its value or with one too many', () => {
    for (const argv of [['--none'], ['-f'], ['--one'], ['--one', '--flag'], ['--one='], ['--flag=1'], ['--one', '1', '--one', '2'], ['--constructor'], ['--__proto__', 'x']]) expect(() => readArguments(argv, rules), argv.join(' ')).toThrow(CommandFault);
  });

  it('refuses what belongs to another kind', () => {
    const args = readArguments(['--many', '1', '--many', '2'], rules);
    expect(restrictTo(args, rules, 'x')).toBe(args);
    expect(() => restrictTo(args, { one: { takesValue: true } }, 'x')).toThrow('--many does not belong to x');
    expect(() => restrictTo(args, { many: { takesValue: true } }, 'x')).toThrow('given twice');
  });
});

describe('a headers file', () => {
  it('is an object, a list of pairs, or lines as curl writes them; doubled headers stay doubled', () => {
    const expected = [{ name: 'Text', value: 'a:b' }, { name: 'x', value: '1' }, { name: 'x', value: '2' }];
    for (const text of ['{"Text":"a:b","x":["1","2"]}', '[["Text","a:b"],["x","1"],["x","2"]]', '[{"name":"Text","value":"a:b"},{"name":"x","value":"1"},{"name":"x","value":"2"}]', 'HTTP/2 200\r\nText: a:b\r\nx: 1\r\nx:2\r\n\r\n', 'Text: a:b\nx: 1\nx: 2']) {
      expect(readHeaders(bytes(text), 'f').headers, text).toEqual(expected);
    }
  });

  it('takes the last block and its status, and keeps what is not UTF-8 as bytes', () => {
    const read = readHeaders(bytes('HTTP/1.1 307 Temporary Redirect\r\nlocation: /x\r\n\r\nHTTP/1.1 200 OK\r\na: 1\r\n'), 'f');
    expect(read).toEqual({ status: 200, headers: [{ name: 'a', value: '1' }] });
    expect(readHeaders(Uint8Array.from([...bytes('text: '), 0xff]), 'f').headers[0]?.value).toBeInstanceOf(Uint8Array);
    expect(readHeaders(bytes(''), 'f').headers).toEqual([]);
  });

  it('refuses another form', () => {
    for (const text of ['{"a":1}', '{"a":"1","a":"2"}', '["a"]', '[["a"]]', '{', 'no header', 'a b: c', ': x']) expect(() => readHeaders(bytes(text), 'f'), text).toThrow(CommandFault);
  });
});

describe('exit statuses', () => {
  it('follow the state, and --require lowers only what would be 0', () => {
    expect([statusOf('verified', 'verified'), statusOf('limited', undefined), statusOf('limited', 'limited'), statusOf('limited', 'verified'), statusOf('failed', 'verified'), statusOf('incomplete', 'limited')]).toEqual([0, 0, 0, 3, 1, 2]);
  });
});

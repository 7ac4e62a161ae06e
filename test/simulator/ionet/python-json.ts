/**
 * JSON as Python's json module reads and writes it, because the agent signs what `json.dumps` prints: numbers keep
 * their kind (1 and 1.0 differ, integers have any size), text is escaped to ASCII, key order stays.
 */

/** A Python float; its `repr` differs from JavaScript's in where exponents begin. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type PyValue = null | boolean | bigint | PyFloat | string | readonly PyValue[] | PyDict;
/** Keys in insertion order, integer-like ones too. */
export type PyDict = ReadonlyMap<string, PyValue>;

const isArray = (value: PyValue): value is readonly PyValue[] => Array.isArray(value);

/** A plain JavaScript value as Python would hold it; whole numbers become integers. */
export function py(value: unknown): PyValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint' || typeof value === 'string' || value instanceof PyFloat) return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : new PyFloat(value);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), py(item)]));
  if (Array.isArray(value)) return value.map(py);
  if (typeof value === 'object') return new Map(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, py(item)]));
  throw new TypeError(`no Python form for ${typeof value}`);
}

/** `repr(float)`: shortest digits, exponent form below 1e-4 and from 1e16 on. */
export function floatRepr(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (value === 0) return '0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const SHORT: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\b': '\\b' };

/** A string as `ensure_ascii=True` writes it: every UTF-16 unit outside printable ASCII as \uxxxx, lower-case. */
export const asciiString = (text: string): string =>
  `"${text.replaceAll(/["\\]|[^\x20-\x7e]/g, (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

/** `json.dumps(value)`; compact means `separators=(',', ':')`. */
export function dumps(value: PyValue, compact = false): string {
  const comma = compact ? ',' : ', ';
  const colon = compact ? ':' : ': ';
  const write = (item: PyValue): string => {
    if (item === null) return 'null';
    if (typeof item === 'boolean') return item ? 'true' : 'false';
    if (typeof item === 'bigint') return item.toString();
    if (typeof item === 'string') return asciiString(item);
    if (item instanceof PyFloat) return floatRepr(item.value);
    if (isArray(item)) return `[${item.map(write).join(comma)}]`;
    return `{${[...item].map(([key, inner]) => `${asciiString(key)}${colon}${write(inner)}`).join(comma)}}`;
  };
  return write(value);
}

const TOKEN = /[ \t\n\r]*(?:("(?:[^"\\]|\\.)*")|(-?\d+(?:(\.\d+)?([eE][-+]?\d+)?))|(true|false|null)|([{}[\],:]))/y;

/** `json.loads(text)` for well-formed input; throws SyntaxError otherwise. Of doubled keys the last wins, in the first one's place. */
export function loads(text: string): PyValue {
  let at = 0;
  const next = (): RegExpExecArray => {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new SyntaxError(`not JSON at ${at}`);
    at = TOKEN.lastIndex;
    return match;
  };
  const peek = (): string | undefined => {
    while (' \t\n\r'.includes(text[at] ?? '-')) at += 1;
    return text[at];
  };
  const expect = (mark: string): void => {
    if (next()[6] !== mark) throw new SyntaxError(`${mark} expected before ${at}`);
  };
  const string = (literal: string): string => {
    const parsed: unknown = JSON.parse(literal);
    if (typeof parsed !== 'string') throw new SyntaxError('string expected');
    return parsed;
  };
  const read = (depth: number): PyValue => {
    if (depth > 100) throw new SyntaxError('nested too deeply');
    const [, text_, number, fraction, exponent, word, mark] = next();
    if (text_ !== undefined) return string(text_);
    if (number !== undefined) return fraction === undefined && exponent === undefined ? BigInt(number) : new PyFloat(Number(number));
    if (word !== undefined) return word === 'null' ? null : word === 'true';
    const close = mark === '{' ? '}' : mark === '[' ? ']' : undefined;
    if (close === undefined) throw new SyntaxError(`unexpected ${mark}`);
    const list: PyValue[] = [];
    const dict = new Map<string, PyValue>();
    if (peek() === close) expect(close);
    else
      for (;;) {
        if (mark === '{') {
          const key = string(next()[1] ?? '');
          expect(':');
          dict.set(key, read(depth + 1));
        } else list.push(read(depth + 1));
        const after = next()[6];
        if (after === close) break;
        if (after !== ',') throw new SyntaxError(`, expected before ${at}`);
      }
    return mark === '{' ? dict : list;
  };
  const value = read(0);
  if (peek() !== undefined) throw new SyntaxError(`something follows at ${at}`);
  return value;
}

export const isDict = (value: PyValue | undefined): value is PyDict => value instanceof Map;

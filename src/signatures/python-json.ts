/**
 * JSON text as Python's `json.dumps(value, separators=(',', ':'))` writes it, made from JSON text: agents hash that form.
 * Strings are ASCII with lower-case `\uXXXX`, floats are Python's `repr`, integers keep every digit.
 */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{}:,]|true|false|null|[ \t\n\r]+/gy;

/** Everything Python escapes that JavaScript does not: DEL and all that is not ASCII, by UTF-16 unit. */
// eslint-disable-next-line no-control-regex -- DEL is one of the characters in question
const BEYOND_ASCII = /[\u007f-\uffff]/g;

/** Escapes DEL and all non-ASCII; the rest of the text stays as it is. */
export const escapeBeyondAscii = (text: string): string =>
  text.replace(BEYOND_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A string literal with quotes, `ensure_ascii` on. */
export const pythonString = (text: string): string => escapeBeyondAscii(JSON.stringify(text));

/** `repr` of a finite double: shortest digits, exponent from 1e16 and below 1e-4, always with a point or an exponent. */
export function pythonFloat(value: number): string {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  // In this range JavaScript writes plain decimals too.
  const plain = Object.is(value, -0) ? '-0' : String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** A JSON number token; `undefined` where Python would not keep a finite value. */
export function pythonNumber(token: string): string | undefined {
  if (/^-?\d+$/.test(token)) return token === '-0' ? '0' : token;
  const value = Number(token);
  return Number.isFinite(value) ? pythonFloat(value) : undefined;
}

/**
 * Rewrites one well-formed JSON text (checked before by the strict reader) in Python's compact form.
 * `undefined` where that cannot be done without guessing.
 */
export function pythonCompact(json: string): string | undefined {
  let out = '';
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < json.length) {
    const token = TOKEN.exec(json)?.[0];
    if (token === undefined) return undefined;
    const written = rewrite(token);
    if (written === undefined) return undefined;
    out += written;
  }
  return out;
}

function rewrite(token: string): string | undefined {
  const first = token.charAt(0);
  if (first === '"') {
    const text: unknown = JSON.parse(token);
    return typeof text === 'string' ? pythonString(text) : undefined;
  }
  if (first === '-' || (first >= '0' && first <= '9')) return pythonNumber(token);
  return token.trim();
}

/**
 * A small DER writer (X.690): just the types that certificates, CRLs and Intel's extension need.
 * Everything is returned whole (tag, length, value); lengths are always definite and shortest.
 */

const joined = (parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

/** One element of any tag (a single byte). */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const value = joined(content);
  if (value.length < 0x80) return joined([Buffer.from([tag, value.length]), value]);
  const length = Buffer.from(value.length.toString(16).padStart(value.length > 0xff_ff ? 6 : value.length > 0xff ? 4 : 2, '0'), 'hex');
  return joined([Buffer.from([tag, 0x80 | length.length]), length, value]);
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => element(0x30, ...items);
export const set = (...items: readonly Uint8Array[]): Buffer => element(0x31, ...items);
export const octets = (bytes: Uint8Array): Buffer => element(0x04, bytes);
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0x00]));
export const enumerated = (value: number): Buffer => element(0x0a, Buffer.from([value]));
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text, 'utf8'));
export const printable = (text: string): Buffer => element(0x13, Buffer.from(text, 'latin1'));
/** Context-specific, constructed: `[n]` around whole elements. */
export const explicit = (number: number, ...items: readonly Uint8Array[]): Buffer => element(0xa0 | number, ...items);
/** Context-specific, primitive: `[n] IMPLICIT` over raw content. */
export const implicit = (number: number, content: Uint8Array): Buffer => element(0x80 | number, content);

/** INTEGER from a non-negative number or from big-endian magnitude bytes. */
export function integer(value: number | Uint8Array): Buffer {
  let bytes = typeof value === 'number' ? Buffer.from(value.toString(16).padStart(value > 0xff_ff ? 8 : value > 0xff ? 4 : 2, '0'), 'hex') : Buffer.from(value);
  while (bytes.length > 1 && bytes[0] === 0) bytes = bytes.subarray(1);
  return element(0x02, (bytes[0] ?? 0) >= 0x80 ? joined([Buffer.from([0]), bytes]) : bytes);
}

/** BIT STRING; `unused` low bits of the last byte do not count. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => element(0x03, Buffer.from([unused]), bytes);

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return element(0x06, Buffer.from(bytes));
}

/** UTCTime below 2050, GeneralizedTime from then on, as RFC 5280 wants it; whole seconds, UTC. */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '');
  return Number(digits.slice(0, 4)) < 2050 ? element(0x17, Buffer.from(`${digits.slice(2)}Z`)) : element(0x18, Buffer.from(`${digits}Z`));
}

export function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = `${STANDARD.slice(0, 62)}-_`;

function tableOf(alphabet: string): Int8Array {
  const table = new Int8Array(128).fill(-1);
  for (let i = 0; i < alphabet.length; i += 1) table[alphabet.charCodeAt(i)] = i;
  return table;
}

const STANDARD_TABLE = tableOf(STANDARD);
const URL_TABLE = tableOf(URL_SAFE);

/** Strict RFC 4648 with padding: no white space, no missing or extra `=`, no stray low bits. Raises `BASE64_MALFORMED` or the given code. */
export function fromBase64(text: string, code: Code = 'BASE64_MALFORMED'): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0) throw new CodedError(code, `length ${text.length} is no multiple of 4`);
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return decode(text, text.length - padding, STANDARD_TABLE, code);
}

/** RFC 4648 url-safe alphabet without padding, as in JWT. Raises `BASE64_MALFORMED` or the given code. */
export function fromBase64Url(text: string, code: Code = 'BASE64_MALFORMED'): Uint8Array<ArrayBuffer> {
  return decode(text, text.length, URL_TABLE, code);
}

function decode(text: string, length: number, table: Int8Array, code: Code): Uint8Array<ArrayBuffer> {
  if (length % 4 === 1) throw new CodedError(code, 'a lone character at the end');
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < length; i += 1) {
    const value = table[text.charCodeAt(i)] ?? -1;
    if (value < 0) throw new CodedError(code, `not a base64 character at position ${i}`);
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (held >> bits) & 0xff;
      at += 1;
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) throw new CodedError(code, 'bits after the last byte');
  return bytes;
}

/** Standard alphabet with padding. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const chunk = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const there = Math.min(3, bytes.length - i);
    for (let k = 0; k < 4; k += 1) text += k <= there ? (STANDARD[(chunk >> (18 - 6 * k)) & 63] ?? '') : '=';
  }
  return text;
}

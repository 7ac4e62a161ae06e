import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

const DIGITS = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** How many bytes become text at once: far below any engine's limit of arguments. */
const CHUNK = 2048;

/** Lower-case, without 0x. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += CHUNK) text += chunkToHex(bytes, from, Math.min(bytes.length, from + CHUNK));
  return text;
}

function chunkToHex(bytes: Uint8Array, from: number, to: number): string {
  const codes: number[] = [];
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i] ?? 0;
    codes.push(DIGITS[byte >> 4] ?? 0, DIGITS[byte & 15] ?? 0);
  }
  return String.fromCharCode(...codes);
}

/** The value of one hex digit's char code, -1 for anything else. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Strict: an even number of hex digits in any case, nothing else (no 0x, no white space). Raises `HEX_MALFORMED` or the given code. */
export function fromHex(text: string, code: Code = 'HEX_MALFORMED'): Uint8Array<ArrayBuffer> {
  if (text.length % 2 !== 0) throw new CodedError(code, `odd number of hex digits: ${text.length}`);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) {
    const high = digit(text.charCodeAt(2 * i));
    const low = digit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) throw new CodedError(code, `not a hex digit near position ${2 * i}`);
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

/** True for hex digits alone, of exactly `byteLength` bytes where given. */
export function isHex(text: string, byteLength?: number): boolean {
  return /^(?:[0-9a-f]{2})*$/i.test(text) && (byteLength === undefined || text.length === 2 * byteLength);
}

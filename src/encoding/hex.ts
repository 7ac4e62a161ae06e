import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case, without 0x. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += PAIRS[byte] ?? '';
  return text;
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

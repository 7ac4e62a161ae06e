/** Bytes as text on the way between relay and background: the browser's own base64 where it has one, it is ten times as fast. */
import { fromBase64, toBase64 } from '../encoding/base64';

type NativeEncode = (this: Uint8Array) => string;
type NativeDecode = (text: string) => Uint8Array<ArrayBuffer>;

const isEncode = (value: unknown): value is NativeEncode => typeof value === 'function';
const isDecode = (value: unknown): value is NativeDecode => typeof value === 'function';

const nativeEncode: unknown = Reflect.get(Uint8Array.prototype, 'toBase64');
const nativeDecode: unknown = Reflect.get(Uint8Array, 'fromBase64');

/** Standard base64 with padding. */
export const bytesToText = (bytes: Uint8Array): string => (isEncode(nativeEncode) ? nativeEncode.call(bytes) : toBase64(bytes));

/** `undefined` when the text is no base64. */
export function textToBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return isDecode(nativeDecode) ? nativeDecode.call(Uint8Array, text) : fromBase64(text);
  } catch {
    return undefined; // the caller counts it as malformed
  }
}

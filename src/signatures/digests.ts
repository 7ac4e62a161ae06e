/** SHA-256 over raw bytes: at once, or as they come. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../encoding/hex';

/** Lower-case hex. */
export const sha256Hex = (bytes: Uint8Array): string => toHex(sha256(bytes));

/** 32 bytes. */
export const sha256Bytes = (bytes: Uint8Array): Uint8Array => sha256(bytes);

/** The digest of all bytes in order, however they are cut into pieces. */
export class RawDigest {
  readonly #hash = sha256.create();

  push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Lower-case hex. */
  finish(): string {
    return toHex(this.#hash.digest());
  }
}

export { ChunksDigest } from './chunks';
export { StrippedJsonDigest } from './stripped-json';
export type { StrippedJson } from './stripped-json';

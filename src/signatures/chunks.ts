/**
 * The digest under a stream's signature: SHA-256 of Python's compact `{"chunks":[…]}` over the data lines, as strings.
 * Each line is escaped and hashed as it comes, so memory holds no more than one line.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { asCoded } from '../checks/error';
import { utf8Bytes, utf8Text } from '../encoding/bytes';
import { toHex } from '../encoding/hex';
import { pythonString } from './python-json';

export class ChunksDigest {
  readonly #hash = sha256.create().update(utf8Bytes('{"chunks":['));
  #count = 0;
  #broken = false;

  /** Lines taken in so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in what stands behind `data: `. Answers false for bytes that are not UTF-8: the signer decodes strictly, so no
   * signature covers them, and writing U+FFFD in their place could make an altered line pass.
   */
  add(line: Uint8Array): boolean {
    try {
      const text = pythonString(utf8Text(line, 'STREAM_BYTES_UNSIGNED'));
      this.#hash.update(utf8Bytes(this.#count === 0 ? text : `,${text}`));
    } catch (error) {
      asCoded(error);
      this.#broken = true;
    }
    this.#count += 1;
    return !this.#broken;
  }

  /** Lower-case hex; `undefined` when a line was not UTF-8. */
  finish(): string | undefined {
    return this.#broken ? undefined : toHex(this.#hash.update(utf8Bytes(']}')).digest());
  }
}

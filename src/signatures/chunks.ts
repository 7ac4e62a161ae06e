/**
 * The digest under a stream's signature: SHA-256 of Python's compact `{"chunks":[…]}` over the data lines, as strings.
 * What comes is escaped and hashed at once, so memory holds no more of a line than is handed in.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8Bytes } from '../encoding/bytes';
import { toHex } from '../encoding/hex';
import { pythonString } from './python-json';

export class ChunksDigest {
  readonly #hash = sha256.create().update(utf8Bytes('{"chunks":['));
  /** Of the line that is being taken in. */
  #decoder: TextDecoder | undefined;
  #count = 0;
  #broken = false;

  /** Lines taken in so far, one that is not ended with them. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes in what stands behind `data: `. Answers false for bytes that are not UTF-8: the signer decodes strictly, so no
   * signature covers them, and writing U+FFFD in their place could make an altered line pass.
   */
  add(line: Uint8Array): boolean {
    this.begin();
    this.more(line);
    return this.end();
  }

  /** A line that comes in pieces begins. */
  begin(): void {
    this.#hash.update(utf8Bytes(this.#count === 0 ? '"' : ',"'));
    this.#decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    this.#count += 1;
  }

  /** The next piece of the line that was begun, cut wherever it may be. */
  more(piece: Uint8Array): void {
    this.#take(piece, true);
  }

  /** That line is over; answers as `add` does. */
  end(): boolean {
    this.#take(new Uint8Array(), false);
    this.#decoder = undefined;
    this.#hash.update(utf8Bytes('"'));
    return !this.#broken;
  }

  #take(piece: Uint8Array, stream: boolean): void {
    if (this.#broken || this.#decoder === undefined) return;
    try {
      this.#hash.update(utf8Bytes(pythonString(this.#decoder.decode(piece, { stream })).slice(1, -1)));
    } catch {
      // Not UTF-8: the one thing that a strict decoder throws for.
      this.#broken = true;
    }
  }

  /** Lower-case hex; `undefined` when a line was not UTF-8, or is not over. */
  finish(): string | undefined {
    return this.#broken || this.#decoder !== undefined ? undefined : toHex(this.#hash.update(utf8Bytes(']}')).digest());
  }
}

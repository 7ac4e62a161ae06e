/** Cuts a byte stream into lines at LF, whatever the pieces it comes in, and holds at most one line in memory. */

/** Longer lines are not held: they are handed over in pieces. */
export const MAX_LINE_BYTES = 1024 * 1024;

export interface LineSink {
  /** One line without its LF; a view that is only good during the call. `offset`: of its first byte in the stream. */
  line(bytes: Uint8Array, offset: number): void;
  /** The next piece of a line longer than `MAX_LINE_BYTES`, without its LF; views like a line's. The first is longer than that; a stream may end without the last. */
  long(piece: Uint8Array, part: 'first' | 'more' | 'last', offset: number): void;
}

const LF = 0x0a;

export class LineCutter {
  readonly #sink: LineSink;
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #lineAt = 0;
  #length = 0;
  #inLong = false;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      this.#end(bytes.subarray(start, end));
      start = end + 1;
      this.#lineAt = this.#length + start;
    }
    this.#hold(bytes.subarray(start));
    this.#length += bytes.length;
  }

  /** What stands behind the last LF, unless it was handed over in pieces. */
  rest(): { readonly bytes: Uint8Array; readonly offset: number } {
    return { bytes: this.#joined(new Uint8Array()), offset: this.#lineAt };
  }

  #end(tail: Uint8Array): void {
    const isLong = this.#inLong || this.#heldLength + tail.length > MAX_LINE_BYTES;
    const line = this.#heldLength === 0 ? tail : this.#joined(tail);
    if (!isLong) this.#sink.line(line, this.#lineAt);
    else if (this.#inLong) this.#sink.long(tail, 'last', this.#lineAt);
    else {
      this.#sink.long(line, 'first', this.#lineAt);
      this.#sink.long(new Uint8Array(), 'last', this.#lineAt);
    }
    this.#forget();
    this.#inLong = false;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#inLong) {
      this.#sink.long(bytes, 'more', this.#lineAt);
      return;
    }
    if (this.#heldLength + bytes.length > MAX_LINE_BYTES) {
      this.#sink.long(this.#joined(bytes), 'first', this.#lineAt);
      this.#forget();
      this.#inLong = true;
      return;
    }
    // A copy: the piece belongs to whoever pushed it.
    this.#held.push(bytes.slice());
    this.#heldLength += bytes.length;
  }

  #joined(tail: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.#heldLength + tail.length);
    let at = 0;
    for (const piece of [...this.#held, tail]) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  #forget(): void {
    this.#held = [];
    this.#heldLength = 0;
  }
}

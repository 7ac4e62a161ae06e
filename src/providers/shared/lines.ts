/** Cuts a byte stream into lines at LF, whatever the pieces it comes in, and holds at most one line in memory. */

/** Longer lines are given up: reported once, their bytes dropped. */
export const MAX_LINE_BYTES = 1024 * 1024;

export interface LineSink {
  /** One line without its LF; a view that is only good during the call. `offset`: of its first byte in the stream. */
  line(bytes: Uint8Array, offset: number): void;
  /** A line longer than `MAX_LINE_BYTES` began here; it is not handed over. */
  tooLong(offset: number): void;
}

const LF = 0x0a;

export class LineCutter {
  readonly #sink: LineSink;
  #held: Uint8Array[] = [];
  #heldLength = 0;
  #lineAt = 0;
  #length = 0;
  #dropping = false;

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

  /** What stands behind the last LF. */
  rest(): { readonly bytes: Uint8Array; readonly offset: number } {
    return { bytes: this.#joined(new Uint8Array()), offset: this.#lineAt };
  }

  #end(tail: Uint8Array): void {
    if (!this.#dropping && this.#heldLength + tail.length <= MAX_LINE_BYTES) this.#sink.line(this.#heldLength === 0 ? tail : this.#joined(tail), this.#lineAt);
    else if (!this.#dropping) this.#sink.tooLong(this.#lineAt);
    this.#forget();
    this.#dropping = false;
  }

  #hold(bytes: Uint8Array): void {
    if (this.#dropping || bytes.length === 0) return;
    if (this.#heldLength + bytes.length > MAX_LINE_BYTES) {
      this.#sink.tooLong(this.#lineAt);
      this.#forget();
      this.#dropping = true;
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

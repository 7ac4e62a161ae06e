/** One body that a page's tap reports, as the joiner knows it: its bytes go to a reader and are not kept. */
import type { AnswerReader, AnswerReading, BodyGap } from '../providers/types';
import type { BodySource } from './contract';
import { GRACE_MS, SETTLE_MS, STALL_MS } from './limits';
import type { BodySide } from './match';
import type { BodyAt } from './relays';
import type { TapEnd, TapGap } from './tap-protocol';

/** What the joiner must know of the heads a body may belong to, to tell whether more bytes can come. */
export interface HeadEnd {
  readonly completed: boolean;
  readonly seenAt: number;
}

export interface BodyParts {
  readonly seenAt: number;
  readonly order: number;
  /** A reader that throws is a fault of ours: its body is then not comparable, and everything else goes on. */
  readonly onFault: (error: unknown) => void;
}

export class Body implements BodySide {
  readonly key: string;
  readonly source: BodySource;
  readonly incognito: boolean;
  readonly type: string;
  readonly status: number;
  readonly since: number;
  readonly seenAt: number;
  /** Position in the order in which bodies were heard of. */
  readonly order: number;
  bytes = 0;
  /** When a `progress` was last told. */
  toldAt = -Infinity;
  #lastAt: number;
  #closed: { readonly how: TapEnd; readonly at: number } | undefined;
  #gap: TapGap | undefined;
  #goneAt: number | undefined;
  #reader: AnswerReader | undefined;
  #reading: AnswerReading | BodyGap | undefined;
  readonly #onFault: (error: unknown) => void;

  constructor(key: string, at: BodyAt, parts: BodyParts) {
    this.key = key;
    this.source = at.source;
    this.incognito = at.incognito;
    this.type = at.type;
    this.status = at.status;
    // A clock that was set back since then tells nothing.
    this.since = at.since > parts.seenAt ? 0 : at.since;
    this.seenAt = parts.seenAt;
    this.order = parts.order;
    this.#onFault = parts.onFault;
    this.#lastAt = parts.seenAt;
  }

  /** When its last byte or its end was heard of. */
  get lastAt(): number {
    return this.#lastAt;
  }

  get goneAt(): number | undefined {
    return this.#goneAt;
  }

  get endSeenAt(): number | undefined {
    return this.#closed?.how === 'end' ? this.#closed.at : undefined;
  }

  /** True while its bytes are asked for or were. */
  get taken(): boolean {
    return this.#reader !== undefined;
  }

  /** What was read, once it was read to where it ends; a gap when there is nothing to read. */
  get reading(): AnswerReading | BodyGap | undefined {
    return this.#reading;
  }

  /** True when no later message can change the reading. */
  get final(): boolean {
    return this.#gap !== undefined || this.#closed?.how === 'end' || this.#closed?.how === 'error' || this.#goneAt !== undefined;
  }

  /** True when the page's read failed, or it stopped before the terminator. */
  get cut(): boolean {
    if (this.#gap !== undefined || this.#closed?.how === 'end') return false;
    return this.#closed?.how === 'error' || typeof this.#reading !== 'object' || !this.#reading.complete;
  }

  /** Its bytes come from the first one (again). */
  take(newReader: () => AnswerReader): void {
    this.#reading = undefined;
    this.#closed = undefined;
    this.bytes = 0;
    this.#guarded(() => {
      this.#reader = newReader();
    });
  }

  push(bytes: Uint8Array, now: number): void {
    this.#lastAt = now;
    this.bytes += bytes.length;
    this.#guarded(() => this.#reader?.push(bytes));
  }

  close(how: TapEnd, now: number): void {
    this.#lastAt = now;
    this.#closed = { how, at: now };
  }

  lose(why: TapGap): void {
    this.#gap = why;
    this.#reader = undefined;
    this.#reading = why === 'too-large' ? 'BODY_TOO_LARGE' : 'BODY_NOT_COMPARABLE';
  }

  /** Its relay is gone. */
  gone(now: number): void {
    this.#goneAt ??= now;
  }

  /** Its relay is there again. */
  back(): void {
    this.#goneAt = undefined;
  }

  /**
   * From when on nothing more is to be expected, given the ends of all heads it may belong to; `undefined` while more
   * may come. A tap tells no end of a cancel, and a page may read long after the network's end.
   */
  settlesAt(heads: readonly HeadEnd[], allEnded: boolean): number | undefined {
    if (this.#gap !== undefined) return this.seenAt;
    if (this.#closed?.how === 'end' || this.#closed?.how === 'error') return this.#closed.at;
    // A `closed` may be followed by the read that makes it an end.
    if (this.#closed !== undefined) return this.#closed.at + SETTLE_MS;
    if (!allEnded || heads.length === 0) return undefined;
    const lastEnd = Math.max(...heads.map(({ seenAt }) => seenAt));
    if (this.#goneAt !== undefined) return Math.max(this.#goneAt, lastEnd) + GRACE_MS;
    const quietFrom = Math.max(this.#lastAt, lastEnd);
    return quietFrom + (heads.some(({ completed }) => completed) ? STALL_MS : GRACE_MS);
  }

  /** Reads what there is to its end. */
  read(): AnswerReading | BodyGap {
    if (this.#reading !== undefined) return this.#reading;
    this.#guarded(() => {
      this.#reading = this.#reader?.finish(this.#closed?.how === 'end' ? 'complete' : 'cut') ?? 'BODY_NOT_SEEN';
    });
    return this.#reading ?? 'BODY_NOT_SEEN';
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#onFault(error);
      this.lose('not-comparable');
    }
  }
}

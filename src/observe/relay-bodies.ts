/**
 * What a document's relay keeps: each body from its first byte until the background has judged it, so that it can be
 * handed over again when the worker died in between. Bounded; what is too much is said to be too large.
 */
import { BODY_MAX_BYTES, MESSAGE_BYTES, RELAY_MAX_BODIES, RELAY_MAX_BYTES } from './limits';
import type { BodyHead, FromRelay, TapEnd, TapGap } from './tap-protocol';
import { bytesToText } from './wire-bytes';

interface Held {
  readonly id: number;
  readonly head: BodyHead;
  pieces: Uint8Array[];
  length: number;
  end: TapEnd | undefined;
  gap: TapGap | undefined;
  /** The background's current request for this body; 0 while it has asked for nothing. */
  turn: number;
  /** Messages it still takes. */
  allowed: number;
  /** Next byte to hand over: piece and offset in it. */
  piece: number;
  offset: number;
  endSent: TapEnd | undefined;
}

export class RelayBodies {
  readonly #held = new Map<number, Held>();
  #bytes = 0;
  readonly #send: (message: FromRelay) => void;
  /** The page need not copy this body any longer. */
  readonly #stop: (id: number) => void;

  constructor(send: (message: FromRelay) => void, stop: (id: number) => void) {
    this.#send = send;
    this.#stop = stop;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#held.size;
  }

  /** True while a body is complete here and the background has not let go of it. */
  get waiting(): boolean {
    for (const body of this.#held.values()) if (body.end !== undefined || body.gap !== undefined) return true;
    return false;
  }

  start(id: number, head: BodyHead): void {
    if (this.#held.has(id)) return;
    if (this.#held.size >= 2 * RELAY_MAX_BODIES) {
      this.#stop(id);
      return;
    }
    const body: Held = { id, head, pieces: [], length: 0, end: undefined, gap: undefined, turn: 0, allowed: 0, piece: 0, offset: 0, endSent: undefined };
    this.#held.set(id, body);
    this.#send({ t: 'start', id, ...head });
    if (this.#held.size > RELAY_MAX_BODIES) this.gap(id, 'too-large');
  }

  /** Bytes of a body that is not held, or has ended, are dropped. */
  add(id: number, bytes: Uint8Array): void {
    const body = this.#held.get(id);
    if (body === undefined || body.gap !== undefined || body.end === 'end' || body.end === 'error') return;
    if (body.length + bytes.length > BODY_MAX_BYTES || this.#bytes + bytes.length > RELAY_MAX_BYTES) {
      this.gap(id, 'too-large');
      return;
    }
    body.pieces.push(bytes);
    body.length += bytes.length;
    this.#bytes += bytes.length;
    this.#pump(body);
  }

  end(id: number, how: TapEnd): void {
    const body = this.#held.get(id);
    if (body === undefined || body.gap !== undefined || body.end === 'end' || body.end === 'error') return;
    body.end = how;
    this.#pump(body);
  }

  gap(id: number, why: TapGap): void {
    const body = this.#held.get(id);
    if (body === undefined || body.gap !== undefined) return;
    this.#forgetBytes(body);
    body.gap = why;
    this.#send({ t: 'gap', id, why });
    this.#stop(id);
  }

  /** The background takes `messages` more; from the first byte when the turn is new. */
  take(id: number, turn: number, messages: number): void {
    const body = this.#held.get(id);
    if (body === undefined) return;
    if (body.turn === turn) body.allowed += messages;
    else {
      body.turn = turn;
      body.allowed = messages;
      body.piece = 0;
      body.offset = 0;
      body.endSent = undefined;
    }
    this.#pump(body);
  }

  release(id: number): void {
    const body = this.#held.get(id);
    if (body === undefined) return;
    this.#forgetBytes(body);
    this.#held.delete(id);
    if (body.end !== 'end' && body.end !== 'error') this.#stop(id);
  }

  /** The background is gone; what it had taken counts for nothing. */
  disconnected(): void {
    for (const body of this.#held.values()) {
      body.turn = 0;
      body.allowed = 0;
    }
  }

  /** A background is there again: it hears of everything that is held. */
  announce(): void {
    for (const { id, head, gap } of this.#held.values()) {
      this.#send({ t: 'start', id, ...head });
      if (gap !== undefined) this.#send({ t: 'gap', id, why: gap });
    }
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  #forgetBytes(body: Held): void {
    this.#bytes -= body.length;
    body.pieces = [];
    body.length = 0;
  }

  #pump(body: Held): void {
    if (body.turn === 0 || body.gap !== undefined) return;
    while (body.allowed > 0 && body.piece < body.pieces.length) {
      body.allowed -= 1;
      this.#send({ t: 'bytes', id: body.id, turn: body.turn, b: bytesToText(this.#next(body)) });
    }
    if (body.piece < body.pieces.length || body.end === undefined || body.endSent === body.end) return;
    body.endSent = body.end;
    this.#send({ t: 'end', id: body.id, turn: body.turn, how: body.end });
  }

  /** The next bytes for one message: a slice of a large piece, or several small pieces together. */
  #next(body: Held): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < MESSAGE_BYTES) {
      const piece = body.pieces[body.piece];
      if (piece === undefined) break;
      const part = piece.subarray(body.offset, body.offset + MESSAGE_BYTES - length);
      parts.push(part);
      length += part.length;
      body.offset += part.length;
      if (body.offset < piece.length) break;
      body.piece += 1;
      body.offset = 0;
    }
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    const joined = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }
}

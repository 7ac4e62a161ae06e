/** A small client of Marionette, Firefox's own remote control: length-prefixed JSON over TCP, one command at a time. */
import { connect, type Socket } from 'node:net';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export class MarionetteError extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(`${kind}: ${message}`);
    this.name = 'MarionetteError';
    this.kind = kind;
  }
}

interface Waiting {
  readonly done: (value: unknown) => void;
  readonly failed: (reason: Error) => void;
}

const COLON = 0x3a;

export class Marionette {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #received = Buffer.alloc(0);
  #count = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece) => this.#take(Buffer.isBuffer(piece) ? piece : Buffer.from(piece)));
    const lost = (reason: Error): void => {
      for (const waiting of this.#waiting.values()) waiting.failed(reason);
      this.#waiting.clear();
    };
    socket.on('error', lost);
    socket.on('close', () => lost(new Error('Firefox closed the connection')));
  }

  /** One attempt; rejects while Firefox is not listening yet. */
  static async connect(port: number): Promise<Marionette> {
    const socket = await new Promise<Socket>((done, failed) => {
      const attempt = connect(port, '127.0.0.1', () => {
        attempt.off('error', failed);
        done(attempt);
      });
      attempt.once('error', failed);
    });
    return new Marionette(socket);
  }

  #take(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    for (;;) {
      const colon = this.#received.indexOf(COLON);
      if (colon === -1) return;
      const length = Number(this.#received.subarray(0, colon).toString('ascii'));
      const end = colon + 1 + length;
      if (this.#received.length < end) return;
      const message: unknown = JSON.parse(this.#received.subarray(colon + 1, end).toString('utf8'));
      this.#received = this.#received.subarray(end);
      // What is no list is the greeting.
      if (Array.isArray(message)) this.#answer(message);
    }
  }

  #answer([, id, error, result]: readonly unknown[]): void {
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined || typeof id !== 'number') return;
    this.#waiting.delete(id);
    if (error === null) return waiting.done(result);
    const { error: kind, message } = error as { error: string; message: string };
    waiting.failed(new MarionetteError(kind, message));
  }

  /** Sends one command by itself; use inside `together` where another command must not come between. */
  async send(name: string, parameters: object = {}): Promise<unknown> {
    this.#count += 1;
    const id = this.#count;
    const text = JSON.stringify([0, id, name, parameters]);
    return await new Promise((done, failed) => {
      this.#waiting.set(id, { done, failed });
      this.#socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  }

  /** Runs several commands with nothing in between: which window is meant is a state of the connection. */
  async together<Result>(task: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(task);
    this.#turn = mine.catch(() => undefined);
    return await mine;
  }

  close(): void {
    this.#socket.destroy();
  }
}

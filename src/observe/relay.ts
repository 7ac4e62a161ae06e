/**
 * The isolated world between tap and background, one for each document. It takes the tap's port before any page script
 * runs, keeps each body until the background has judged it, and asks with the page's login when it is told to.
 */
import { HANDOVER_EVENT, isOrigin, parseFromBackground, parseFromTap, type FromRelay, type FromTap, type PageAnswer, type ToTap } from './tap-protocol';
import { LOGINS_MAX, MALFORMED_MAX } from './limits';
import { askWithLogin } from './relay-ask';
import { RelayBodies } from './relay-bodies';

/** The relay's door to the background; opened anew whenever it is needed and gone. */
export interface RelayDoor {
  /** `undefined` when the extension itself is gone (updated, removed): this relay then ends. */
  open(on: { readonly message: (value: unknown) => void; readonly closed: () => void }): { readonly send: (message: FromRelay) => void } | undefined;
  /** Calls back when the background asks this tab's relays to connect. */
  onWake(callback: () => void): void;
}

/** After a lost connection with bodies still waiting: pauses before it is tried again. */
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 60_000;

export class Relay {
  readonly #door: RelayDoor;
  readonly #toTap: (message: ToTap) => void;
  readonly #setTimer: (ms: number, run: () => void) => void;
  /** Which relay this is, across connections: 32 hex characters. */
  readonly #name: string;
  /** When it began, ms since the epoch. */
  readonly #since: number;
  readonly #bodies: RelayBodies;
  readonly #logins = new Map<string, string>();
  #connection: { readonly send: (message: FromRelay) => void } | undefined;
  #malformed = 0;
  #retryMs = RETRY_FIRST_MS;
  #retrying = false;
  #over = false;

  constructor(parts: { readonly door: RelayDoor; readonly toTap: (message: ToTap) => void; readonly setTimer: (ms: number, run: () => void) => void; readonly name: string; readonly since: number }) {
    this.#door = parts.door;
    this.#toTap = parts.toTap;
    this.#setTimer = parts.setTimer;
    this.#name = parts.name;
    this.#since = parts.since;
    this.#bodies = new RelayBodies(
      (message) => this.#connection?.send(message),
      (id) => this.#toTap({ t: 'stop', id }),
    );
    this.#door.onWake(() => {
      this.#connect();
    });
  }

  /** A message from the page's world, as it came. */
  fromTap(value: unknown): void {
    if (this.#over) return;
    const message = parseFromTap(value);
    if (message === undefined || !this.#heard(message)) this.#sawMalformed();
  }

  /** False for bytes that are none. */
  #heard(message: FromTap): boolean {
    if (message.t === 'login') return this.#noteLogin(message.origin, message.value);
    if (this.#connect() === undefined) return true;
    switch (message.t) {
      case 'start': {
        const { id, url, type, status } = message;
        this.#bodies.start(id, { url, type, status });
        return true;
      }
      case 'chunk': {
        // Cloned into this world: Firefox shows another world's buffer through a wrapper, whose slices do not hold the bytes (seen in 153).
        const bytes = new Uint8Array(structuredClone(message.b));
        if (bytes.length !== message.b.byteLength) return false;
        this.#bodies.add(message.id, bytes);
        return true;
      }
      case 'end':
        this.#bodies.end(message.id, message.how);
        return true;
      case 'gap':
        this.#bodies.gap(message.id, message.why);
        return true;
    }
  }

  #noteLogin(origin: string, value: string): boolean {
    const isNew = !this.#logins.has(origin);
    if (isNew && this.#logins.size >= LOGINS_MAX) return true;
    this.#logins.set(origin, value);
    if (!isNew) return true;
    if (this.#connection === undefined) this.#connect();
    else this.#connection.send({ t: 'login', origin });
    return true;
  }

  #sawMalformed(): void {
    this.#malformed += 1;
    if (this.#malformed > MALFORMED_MAX) this.#end();
  }

  #connect(): object | undefined {
    if (this.#connection !== undefined || this.#over) return this.#connection;
    this.#connection = this.#door.open({ message: (value) => this.#fromBackground(value), closed: () => this.#closed() });
    if (this.#connection === undefined) {
      this.#end();
      return undefined;
    }
    this.#connection.send({ t: 'hello', relay: this.#name, since: this.#since, logins: [...this.#logins.keys()] });
    this.#bodies.announce();
    return this.#connection;
  }

  #closed(): void {
    this.#connection = undefined;
    this.#bodies.disconnected();
    this.#retry();
  }

  /** The worker went while something waits for it: it is woken, with growing pauses. A stream still running connects by itself. */
  #retry(): void {
    if (this.#retrying || this.#over || !this.#bodies.waiting) return;
    this.#retrying = true;
    this.#setTimer(this.#retryMs, () => {
      this.#retrying = false;
      if (this.#connection === undefined && this.#bodies.waiting) this.#connect();
    });
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MOST_MS);
  }

  #fromBackground(value: unknown): void {
    const message = parseFromBackground(value);
    if (message === undefined) return;
    switch (message.t) {
      case 'take':
        this.#bodies.take(message.id, message.turn, message.messages);
        break;
      case 'release':
        this.#retryMs = RETRY_FIRST_MS;
        this.#bodies.release(message.id);
        break;
      case 'capture':
        this.#toTap({ t: 'capture' });
        break;
      case 'forget':
        this.#logins.clear();
        this.#toTap({ t: 'forget' });
        break;
      case 'off':
        this.#end();
        break;
      case 'origins':
        this.#toTap({ t: 'origins', list: message.list });
        break;
      case 'ask': {
        const { call, request } = message;
        const origin = new URL(request.url).origin;
        const login = isOrigin(origin) ? this.#logins.get(origin) : undefined;
        const answer: Promise<PageAnswer> = login === undefined ? Promise.resolve({ ok: false, why: 'no-login' }) : askWithLogin(request, login);
        void answer.then((result) => this.#connection?.send({ t: 'answer', call, result }));
        break;
      }
    }
  }

  #end(): void {
    this.#over = true;
    this.#bodies.clear();
    this.#logins.clear();
    this.#toTap({ t: 'off' });
  }
}

/** Listens for the tap's port, once; must run before the tap's script, in the same document. */
export function startRelay(door: RelayDoor): void {
  document.addEventListener(
    HANDOVER_EVENT,
    (event) => {
      const port = event instanceof MessageEvent ? event.ports[0] : undefined;
      if (port === undefined) return;
      event.stopImmediatePropagation();
      // The sign to the tap that somebody took the other end.
      event.preventDefault();
      const name = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const relay = new Relay({ door, name, since: Date.now(), toTap: (message) => port.postMessage(message), setTimer: (ms, run) => void setTimeout(run, ms) });
      port.onmessage = ({ data }: MessageEvent<unknown>) => relay.fromTap(data);
    },
    { once: true },
  );
}

/**
 * The background's side of all relays: who is connected, which bodies they hold, and how much of each may be on its
 * way. Everything that arrives is parsed, counted and capped; who sent it is what the browser says of the port.
 */
import type { BodySource, RelayConnection, RelayLink } from './contract';
import { BODY_MAX_BYTES, CONNECTION_MAX_BODIES, CONNECTIONS_MAX, MALFORMED_MAX, WINDOW_MESSAGES } from './limits';
import { parseFromRelay, type BodyHead, type FromBackground, type FromRelay, type PageAnswer, type TapEnd, type TapGap } from './tap-protocol';
import { textToBytes } from './wire-bytes';

/** A body, and the document that reads it. */
export interface BodyAt extends BodyHead {
  readonly source: BodySource;
  readonly incognito: boolean;
  /** When its relay began, ms since the epoch. */
  readonly since: number;
}

/** Takes what pages say of bodies. */
export interface BodySink {
  bodyStarted(key: string, at: BodyAt): void;
  bodyBytes(key: string, bytes: Uint8Array): void;
  bodyEnded(key: string, how: TapEnd): void;
  bodyLost(key: string, why: TapGap): void;
  bodyGone(key: string): void;
}

export interface RelaysParts {
  readonly sink: BodySink;
  readonly granted: (origin: string) => boolean;
  readonly extraApiOrigins: () => readonly string[];
  /** The user agreed to ask through pages of this origin. */
  readonly consented: (origin: string) => boolean;
  readonly onLogin: (link: RelayLink, apiOrigin: string) => void;
  readonly onAnswer: (from: Connection, call: number, result: PageAnswer) => void;
  readonly onGone: (connection: Connection) => void;
}

/** One connected relay. */
export interface Connection {
  readonly link: RelayLink;
  /** Which relay it is and since when it runs: set by its first message. */
  name: string | undefined;
  since: number;
  readonly logins: Set<string>;
  malformed: number;
  over: boolean;
}

interface HeldBody {
  readonly key: string;
  readonly id: number;
  connection: Connection;
  turn: number;
  /** Messages that were allowed and have not come. */
  allowed: number;
  bytes: number;
}

export class Relays {
  readonly #parts: RelaysParts;
  readonly #connections = new Set<Connection>();
  readonly #bodies = new Map<string, HeldBody>();
  #turn = 0;

  constructor(parts: RelaysParts) {
    this.#parts = parts;
  }

  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  connect(link: RelayLink): RelayConnection {
    const connection: Connection = { link, name: undefined, since: 0, logins: new Set(), malformed: 0, over: false };
    const granted = this.#parts.granted(link.origin);
    if (this.#connections.size >= CONNECTIONS_MAX || !granted) {
      connection.over = true;
      // Where patterns know no ports the scripts run in pages that nobody allowed.
      if (!granted) link.send({ t: 'off' });
      link.close();
    } else this.#connections.add(connection);
    return {
      message: (value) => this.#message(connection, value),
      closed: () => this.#gone(connection),
    };
  }

  /** Asks for a body from its first byte. */
  take(key: string): void {
    const body = this.#bodies.get(key);
    if (body === undefined) return;
    this.#turn += 1;
    body.turn = this.#turn;
    body.allowed = WINDOW_MESSAGES;
    body.bytes = 0;
    this.send(body.connection, { t: 'take', id: body.id, turn: body.turn, messages: WINDOW_MESSAGES });
  }

  release(key: string): void {
    const body = this.#bodies.get(key);
    if (body === undefined) return;
    this.#bodies.delete(key);
    this.send(body.connection, { t: 'release', id: body.id });
  }

  send(connection: Connection, message: FromBackground): void {
    if (!connection.over) connection.link.send(message);
  }

  /** Cuts off the pages that are no longer granted: their taps go on otherwise. */
  grantsChanged(): void {
    for (const connection of this.#connections) if (!this.#parts.granted(connection.link.origin)) this.#cut(connection);
  }

  /** The user agreed for further origins, or took that back: open pages of theirs note their login from now on, or forget it. */
  consentsChanged(): void {
    for (const connection of this.#connections) {
      if (connection.name === undefined) continue;
      if (this.#parts.consented(connection.link.origin)) this.send(connection, { t: 'capture' });
      else this.#forgetLogins(connection);
    }
  }

  #forgetLogins(connection: Connection): void {
    connection.logins.clear();
    this.send(connection, { t: 'forget' });
  }

  #message(connection: Connection, value: unknown): void {
    if (connection.over) return;
    if (!this.#parts.granted(connection.link.origin)) {
      this.#cut(connection);
      return;
    }
    const message = parseFromRelay(value);
    if (message !== undefined && this.#heard(connection, message)) return;
    connection.malformed += 1;
    if (connection.malformed > MALFORMED_MAX) this.#cut(connection);
  }

  /** False for a message that our own relay does not send. */
  #heard(connection: Connection, message: FromRelay): boolean {
    if (message.t === 'hello') return this.#hello(connection, message);
    if (connection.name === undefined) return false;
    switch (message.t) {
      case 'login':
        this.#login(connection, message.origin);
        return true;
      case 'answer':
        this.#parts.onAnswer(connection, message.call, message.result);
        return true;
      case 'start':
        return this.#start(connection, message);
      case 'gap':
      case 'end':
      case 'bytes':
        return this.#ofBody(connection, message);
    }
  }

  #ofBody(connection: Connection, message: FromRelay & { readonly t: 'gap' | 'end' | 'bytes' }): boolean {
    const body = this.#bodies.get(keyOf(connection, message.id));
    // Released in the meantime, or taken anew: what is still on its way is no fault.
    if (body === undefined || body.connection !== connection) return true;
    if (message.t === 'gap') {
      this.#parts.sink.bodyLost(body.key, message.why);
      return true;
    }
    if (message.turn !== body.turn) return message.turn < body.turn;
    if (message.t === 'end') {
      this.#parts.sink.bodyEnded(body.key, message.how);
      return true;
    }
    return this.#bytes(body, message.b);
  }

  #hello(connection: Connection, { relay, since, logins }: FromRelay & { readonly t: 'hello' }): boolean {
    if (connection.name !== undefined) return false;
    connection.name = relay;
    connection.since = since;
    const origins = this.#parts.extraApiOrigins();
    if (origins.length > 0) this.send(connection, { t: 'origins', list: origins });
    if (this.#parts.consented(connection.link.origin)) {
      this.send(connection, { t: 'capture' });
      for (const origin of logins) this.#login(connection, origin);
    } else if (logins.length > 0) this.#forgetLogins(connection);
    return true;
  }

  #login(connection: Connection, origin: string): void {
    if (connection.logins.has(origin)) return;
    // It has not heard yet that the user took the consent back.
    if (!this.#parts.consented(connection.link.origin)) return this.#forgetLogins(connection);
    connection.logins.add(origin);
    this.#parts.onLogin(connection.link, origin);
  }

  #start(connection: Connection, { id, url, type, status }: FromRelay & { readonly t: 'start' }): boolean {
    const key = keyOf(connection, id);
    const known = this.#bodies.get(key);
    if (known === undefined) {
      let held = 0;
      for (const body of this.#bodies.values()) if (body.connection === connection) held += 1;
      if (held >= CONNECTION_MAX_BODIES) {
        this.send(connection, { t: 'release', id });
        return false;
      }
      this.#bodies.set(key, { key, id, connection, turn: 0, allowed: 0, bytes: 0 });
    } else if (known.connection === connection) return false;
    else known.connection = connection;
    const { link, since } = connection;
    this.#parts.sink.bodyStarted(key, { source: link, incognito: link.incognito, since, url, type, status });
    return true;
  }

  #bytes(body: HeldBody, text: string): boolean {
    const bytes = textToBytes(text);
    if (bytes === undefined || body.allowed === 0) return false;
    body.allowed -= 1;
    body.bytes += bytes.length;
    if (body.bytes > BODY_MAX_BYTES) {
      this.#parts.sink.bodyLost(body.key, 'too-large');
      return false;
    }
    this.#parts.sink.bodyBytes(body.key, bytes);
    const room = WINDOW_MESSAGES - body.allowed;
    if (room >= WINDOW_MESSAGES / 2 && this.#bodies.get(body.key) === body) {
      body.allowed += room;
      this.send(body.connection, { t: 'take', id: body.id, turn: body.turn, messages: room });
    }
    return true;
  }

  #cut(connection: Connection): void {
    if (connection.over) return;
    connection.link.send({ t: 'off' });
    connection.link.close();
    this.#gone(connection);
  }

  #gone(connection: Connection): void {
    connection.over = true;
    if (!this.#connections.delete(connection)) return;
    for (const body of this.#bodies.values()) if (body.connection === connection) this.#parts.sink.bodyGone(body.key);
    this.#parts.onGone(connection);
  }
}

/** The tab is part of it: a relay's name alone would let one renderer speak for another's bodies. */
const keyOf = ({ link, name }: Connection, id: number): string => `${link.tabId} ${link.origin} ${name ?? ''} ${id}`;

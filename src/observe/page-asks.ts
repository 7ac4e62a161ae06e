/** Requests that go through an open page with the page's own login (DESIGN 5, way `page`). */
import { CodedError } from '../checks/error';
import type { GetOptions, GetResponse, Getter } from '../checks/getter';
import { utf8Bytes } from '../encoding/bytes';
import { PAGE_ANSWER_MAX_BYTES, PAGE_ANSWER_TIMEOUT_MS, RELAY_WAKE_MS } from './limits';
import type { OwnRequests } from './own-requests';
import type { Connection, Relays } from './relays';
import type { PageAnswer } from './tap-protocol';
import { bytesToText, textToBytes } from './wire-bytes';

export interface Where {
  readonly tabId: number;
  readonly pageOrigin: string;
}

export interface PageAsksParts {
  readonly relays: Relays;
  readonly own: OwnRequests;
  readonly setTimer: (ms: number, run: () => void) => () => void;
  readonly wakeRelays: (tabId: number) => void;
}

interface Pending {
  readonly connection: Connection;
  readonly settle: (result: PageAnswer) => void;
}

/** How much longer than the page's own timeout the answer may take to come here. */
const SLACK_MS = 2_000;

export class PageAsks {
  readonly #parts: PageAsksParts;
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Set<() => void>();
  #calls = 0;

  constructor(parts: PageAsksParts) {
    this.#parts = parts;
  }

  has(where: Where, apiOrigin: string): boolean {
    return this.#find(where, apiOrigin) !== undefined;
  }

  getter(where: Where): Getter {
    return async (url, options) => {
      const target = new URL(url);
      const connection = this.#find(where, target.origin) ?? (await this.#woken(where, target.origin));
      if (connection === undefined) throw new CodedError('LOGIN_NEEDED', target.host);
      return this.#ask(connection, target, options);
    };
  }

  /** A relay answered. An answer to no call of ours, or from another relay than the one that was asked, is dropped. */
  answered(from: Connection, call: number, result: PageAnswer): void {
    const pending = this.#pending.get(call);
    if (pending?.connection === from) pending.settle(result);
  }

  /** A login became known somewhere. */
  loginSeen(): void {
    for (const look of this.#waiting) look();
  }

  gone(connection: Connection): void {
    for (const pending of this.#pending.values()) if (pending.connection === connection) pending.settle({ ok: false, why: 'network' });
  }

  #find({ tabId, pageOrigin }: Where, apiOrigin: string): Connection | undefined {
    for (const connection of this.#parts.relays.connections) {
      if (connection.link.tabId === tabId && connection.link.origin === pageOrigin && connection.logins.has(apiOrigin)) return connection;
    }
    return undefined;
  }

  /** The relay may only have lost its port with an earlier worker. */
  #woken(where: Where, apiOrigin: string): Promise<Connection | undefined> {
    this.#parts.wakeRelays(where.tabId);
    return new Promise((resolve) => {
      const finish = (found: Connection | undefined): void => {
        cancel();
        this.#waiting.delete(look);
        resolve(found);
      };
      const look = (): void => {
        const found = this.#find(where, apiOrigin);
        if (found !== undefined) finish(found);
      };
      const cancel = this.#parts.setTimer(RELAY_WAKE_MS, () => finish(undefined));
      this.#waiting.add(look);
    });
  }

  async #ask(connection: Connection, { href, host }: URL, options: GetOptions): Promise<GetResponse> {
    const method = options.method ?? 'GET';
    const body = typeof options.body === 'string' ? utf8Bytes(options.body) : options.body;
    const maxBytes = Math.min(options.maxBytes, PAGE_ANSWER_MAX_BYTES);
    this.#calls += 1;
    const call = this.#calls;
    // Before the relay hears of it: webRequest will show it as the page's.
    const done = this.#parts.own.expect(href, method, body);
    try {
      const result = await new Promise<PageAnswer>((settle) => {
        const cancel = this.#parts.setTimer(PAGE_ANSWER_TIMEOUT_MS + SLACK_MS, () => settle({ ok: false, why: 'timeout' }));
        this.#pending.set(call, { connection, settle: (answer) => { cancel(); settle(answer); } });
        this.#parts.relays.send(connection, {
          t: 'ask',
          call,
          request: { url: href, method, headers: options.headers ?? {}, body: body === undefined ? null : bytesToText(body), maxBytes, timeoutMs: PAGE_ANSWER_TIMEOUT_MS },
        });
      });
      return responseOf(result, host, maxBytes);
    } finally {
      this.#pending.delete(call);
      done();
    }
  }
}

function responseOf(result: PageAnswer, host: string, maxBytes: number): GetResponse {
  if (!result.ok) {
    switch (result.why) {
      case 'no-login':
        throw new CodedError('LOGIN_NEEDED', host);
      case 'network':
        throw new CodedError('NETWORK_UNREACHABLE', `${host}, asked through the page`);
      case 'timeout':
        throw new CodedError('REQUEST_TIMEOUT', `${host}, asked through the page`);
      case 'too-large':
        throw new CodedError('RESPONSE_TOO_LARGE', `${host}: more than ${maxBytes} bytes`);
    }
  }
  const body = textToBytes(result.b);
  if (body === undefined) throw new CodedError('NETWORK_UNREACHABLE', `${host}: the page's answer is no base64`);
  if (body.length > maxBytes) throw new CodedError('RESPONSE_TOO_LARGE', `${host}: more than ${maxBytes} bytes`);
  const headers = new Map<string, string | null>([['content-type', result.contentType], ['retry-after', result.retryAfter]]);
  return { status: result.status, header: (name) => headers.get(name.toLowerCase()) ?? undefined, body };
}

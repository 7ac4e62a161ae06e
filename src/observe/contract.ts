/**
 * How Assay watches: requests and headers as the browser process reports them (`heads`), bodies as the page's tap
 * hands them over (relays), joined here into exchanges that `watch` judges. No browser API: all comes in as arguments.
 */
import type { Getter } from '../checks/getter';
import type { ExchangeHead, HeaderItem } from '../providers/exchange';
import type { AnswerInput, Provider, SessionPart } from '../providers/types';
import type { HeadRecord } from './head-record';
import type { FromBackground } from './tap-protocol';

/** The request's body in `onBeforeRequest`: digested at once and dropped. */
export type RequestBody =
  | { readonly kind: 'none' }
  /** All of it, exact. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** There was one, and the browser showed it not, not whole or not as bytes. */
  | { readonly kind: 'unseen' };

/** What every event of a request says about it, in the browser's words. */
export interface RequestFacts {
  readonly requestId: string;
  /** Without fragment. */
  readonly url: string;
  /** Upper case. */
  readonly method: string;
  readonly tabId: number;
  readonly initiator: string | undefined;
  readonly incognito: boolean;
  readonly websocket: boolean;
  /** Ms since the epoch, the browser's clock. */
  readonly at: number;
}

export interface ResponseFacts extends RequestFacts {
  readonly status: number;
  readonly headers: readonly HeaderItem[];
  readonly fromCache: boolean;
}

/** Takes the browser's request events, in their order. Assay's own requests are left out before. */
export interface HeadSink {
  onRequest(facts: RequestFacts, body: RequestBody): void;
  /** For every event that carries response headers; the last one counts (304, authentication). */
  onHeaders(facts: ResponseFacts): void;
  /**
   * The key of a connection that carried the request: SHA-256 of the DER public key, lower-case hex; `undefined` for one
   * whose key is not shown by a browser that shows others. Never called by a browser that shows none.
   */
  onConnection(shown: { readonly requestId: string; readonly spkiSha256: string | undefined }): void;
  /** This request goes on at another address, under the same id. */
  onRedirect(requestId: string): void;
  onEnd(end: { readonly requestId: string; readonly at: number; readonly how: 'completed' | 'aborted' | 'error'; readonly fromCache: boolean }): void;
}

/** One port to the relay of one document, with what the browser (never the message) says about its sender. */
export interface RelayLink {
  readonly tabId: number;
  readonly frameId: number;
  readonly origin: string;
  readonly incognito: boolean;
  send(message: FromBackground): void;
  close(): void;
}

/** What the platform calls for a connected relay. Messages are hostile until parsed. */
export interface RelayConnection {
  message(value: unknown): void;
  closed(): void;
}

/** Where head records live while the worker may die: `storage.session`. Records are plain JSON values. */
export interface HeadStore {
  put(record: HeadRecord): Promise<void>;
  delete(id: string): Promise<void>;
  /** Everything that was put and not deleted, as it came back: checked by the observer, not by the store. */
  list(): Promise<readonly unknown[]>;
}

/** How the browser process said that an exchange ended; `lost` when it never said so. */
export type Ending = 'completed' | 'aborted' | 'error' | 'lost';

/** The document whose tap reported the body, as the browser (not the page) names it. */
export interface BodySource {
  readonly tabId: number;
  readonly frameId: number;
  readonly origin: string;
}

interface FinishedBase {
  readonly id: string;
  readonly provider: Provider;
  readonly apiOrigin: string;
  readonly head: ExchangeHead;
  readonly ending: Ending;
  /** Ms since the epoch, when the exchange ended. */
  readonly endedAt: number;
  /**
   * 0 at first. A page may read a body long after it came: the exchange is then finished again with a higher number,
   * which replaces what was judged before under the same id.
   */
  readonly revision: number;
  /**
   * To be called when the verdict is recorded: the page's relay then drops the bytes and the head record goes. Until
   * then everything is replayed when the worker dies, and the exchange finishes again under the same id.
   */
  acknowledge(): void;
}

/** An answer (or what is shaped like one and no rule recognises) with what was read of its body. */
export interface FinishedAnswer extends FinishedBase {
  readonly kind: 'answer' | 'unrecognised';
  readonly input: AnswerInput;
  readonly bodyFrom: BodySource | undefined;
}

/** Nothing to read: an answer on a path outside the enclave, or a WebSocket, whose messages nobody can see. */
export interface FinishedUnread extends FinishedBase {
  readonly kind: 'outside' | 'websocket';
}

export type FinishedExchange = FinishedAnswer | FinishedUnread;

/** A part of the page's own session, with both bodies. */
export interface FinishedSession extends FinishedBase {
  readonly part: SessionPart;
  /** Exact; `undefined` where the browser did not show it whole or it was longer than the provider takes. */
  readonly request: Uint8Array | undefined;
  /** All of it, as the page reports it; `undefined` where it was not seen to its end or was too long. */
  readonly response: Uint8Array | undefined;
}

/** What is known of a request when it leaves, before any answer. */
export interface RequestedExchange {
  readonly id: string;
  readonly provider: Provider;
  readonly apiOrigin: string;
  readonly url: string;
  readonly method: string;
  readonly tabId: number;
  readonly initiator: string | undefined;
  readonly incognito: boolean;
  readonly startedAt: number;
  readonly model: string | undefined;
}

export type ExchangeEvent =
  /** A request with a body left for a watched API: time to see that evidence is at hand. It may turn out to be no answer. */
  | { readonly kind: 'requested'; readonly request: RequestedExchange }
  /** Headers are here and say that this is to be judged. `requested` may be missing (a grant in between). */
  | { readonly kind: 'started'; readonly as: 'answer' | 'unrecognised' | 'outside' | 'websocket'; readonly provider: Provider; readonly apiOrigin: string; readonly head: ExchangeHead }
  /** Body bytes read so far; at most four a second for each exchange. */
  | { readonly kind: 'progress'; readonly id: string; readonly bytes: number }
  | { readonly kind: 'finished'; readonly exchange: FinishedExchange }
  /** The page asked for evidence itself, or agreed a key. */
  | { readonly kind: 'session'; readonly session: FinishedSession }
  /** Nothing will be said about it: no answer after all, failed before its headers, or the permission was withdrawn. */
  | { readonly kind: 'dropped'; readonly id: string }
  /** A page used its own login towards this API; `pageGetter` of that tab and origin can now ask with it. */
  | { readonly kind: 'login-seen'; readonly tabId: number; readonly pageOrigin: string; readonly apiOrigin: string };

export interface ObserverOptions {
  /** The provider that speaks for an exact API origin; called for every request of every granted host, so a map look-up. */
  readonly providerFor: (apiOrigin: string) => Provider | undefined;
  /** Whether the user's grant for this exact origin stands now. */
  readonly granted: (origin: string) => boolean;
  /** Whether the user agreed to ask through pages of this exact origin. */
  readonly consented: (origin: string) => boolean;
  /** Ms since the epoch, the browser's clock. */
  readonly now: () => number;
  /** Runs `run` after `ms`; the returned function cancels. */
  readonly setTimer: (ms: number, run: () => void) => () => void;
  readonly store: HeadStore;
  /** API origins beyond those built into the tap (own domains); told to each page's tap when it connects. */
  readonly extraApiOrigins?: () => readonly string[];
  /** Asks the relays of a tab (of every tab when `undefined`) to connect again and hand over what was not acknowledged. */
  readonly wakeRelays: (tabId: number | undefined) => void;
  readonly onExchange: (event: ExchangeEvent) => void;
  /** A fault of ours or of the browser's storage: never of the page. To be made visible, not to be thrown. */
  readonly onFault: (error: unknown) => void;
}

export interface Observer {
  /** Fed by the platform's webRequest adapter; may be called before `start` has settled. */
  readonly heads: HeadSink;
  /** A page's relay connected; the platform's port adapter calls what is returned. May be called before `start` has settled. */
  connect(link: RelayLink): RelayConnection;
  /** Reads the head store and takes up exchanges that were under way when the worker died. Until it settles everything is queued. */
  start(): Promise<void>;
  /** To be called after every change of grants: what is no longer granted is dropped and its pages are cut off. */
  grantsChanged(): void;
  /** To be called when the user agreed for an origin or took that back: its open pages note their login from now on, or forget it. */
  consentsChanged(): void;
  /**
   * A getter that asks through an open page of `pageOrigin` in this tab, with the login that the page used for that API.
   * Raises LOGIN_NEEDED when no such login was seen (or no such page is open), and like any getter NETWORK_UNREACHABLE,
   * REQUEST_TIMEOUT and RESPONSE_TOO_LARGE. Only `content-type` and `retry-after` can be read of its headers. Its own
   * request is registered before it is sent, and is never judged.
   */
  pageGetter(where: { readonly tabId: number; readonly pageOrigin: string }): Getter;
  /** True when `pageGetter` has a login for this API at hand, as far as the pages have said. */
  hasLogin(where: { readonly tabId: number; readonly pageOrigin: string; readonly apiOrigin: string }): boolean;
  /** The exchanges under way or not yet acknowledged, for a snapshot. */
  readonly underWay: readonly { readonly id: string; readonly tabId: number }[];
}

/** Made by `createObserver` in observer.ts. */
export type CreateObserver = (options: ObserverOptions) => Observer;

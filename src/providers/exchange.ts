/** One observed HTTP request and its answer, as the browser process (not the page) reported it. */

export interface HeaderItem {
  /** As it came; compare lower-case. */
  readonly name: string;
  /** Text, or bytes where the value is not UTF-8. */
  readonly value: string | Uint8Array;
}

/** How the exchange ended in the eyes of the browser process. */
export type Ending = 'completed' | 'error';

/** The connections that carried a request, as the browser process shows them, never the page. */
export interface SeenConnection {
  /**
   * SHA-256 of the DER public keys of the certificates that were shown, lower-case hex, each once: of the answer's own
   * connection, and of those before it (a redirect, a refused try), whose ends were sent the question too.
   */
  readonly keys: readonly string[];
  /** Host of the request's URL, without port. */
  readonly host: string;
}

export interface ExchangeHead {
  /** Unique in this browser run. */
  readonly id: string;
  readonly url: string;
  readonly method: string;
  /** −1 for requests of workers. */
  readonly tabId: number;
  /** Origin of the document or worker that asked; `undefined` when the browser does not say. */
  readonly initiator: string | undefined;
  readonly incognito: boolean;
  readonly status: number;
  readonly headers: readonly HeaderItem[];
  /** Served by the browser's cache, or 304. */
  readonly fromCache: boolean;
  /** Ms since the epoch, the browser's clock. */
  readonly startedAt: number;
  readonly headersAt: number;
  /** Digests of the request body by rule, computed when it was sent; the body itself was dropped. */
  readonly requestHashes: readonly HashCandidate[];
  /** True when the request's body was not visible or not whole. */
  readonly requestUnseen: boolean;
  /** What the request named as its model, where the provider reads one. */
  readonly model: string | undefined;
  /** The connections it went over, where this browser shows the keys of all of them; never of what a cache served. */
  readonly connection?: SeenConnection;
}

/** A digest and the rule that produced it (`raw`, `whitespace-stripped`, …). */
export interface HashCandidate {
  readonly rule: string;
  /** SHA-256, lower-case hex. */
  readonly sha256: string;
}

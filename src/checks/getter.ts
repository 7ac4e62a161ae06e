/** How the core reaches the network and keeps bytes: both come in as arguments, so that the core stays pure. */

export interface GetResponse {
  readonly status: number;
  /** Case-insensitive; `undefined` when the header is not there. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}

export interface GetOptions {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes out as UTF-8. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** Larger bodies are `RESPONSE_TOO_LARGE`. */
  readonly maxBytes: number;
}

/**
 * Fetches one URL: no redirect, no cookies, no cache, 25 s at most.
 * Raises `NETWORK_UNREACHABLE`, `REQUEST_TIMEOUT` or `RESPONSE_TOO_LARGE`; every HTTP status is returned, none is judged here.
 */
export type Getter = (url: string, options: GetOptions) => Promise<GetResponse>;

/** A keyed store of bytes that outlives the worker (IndexedDB in the browser, a folder or nothing on the command line). */
export interface ByteStore {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, value: Uint8Array): Promise<void>;
}

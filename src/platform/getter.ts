/** The background's own requests: to the provider and the vendors only, without cookies, cache or redirects (DESIGN law 7). */
import { CodedError } from '../checks/error';
import type { GetOptions, GetResponse, Getter } from '../checks/getter';

/** Below the 30 s after which a worker's fetch is given up by the browser. */
export const REQUEST_TIMEOUT_MS = 25_000;

/** Reads a body up to `maxBytes`; raises `RESPONSE_TOO_LARGE` beyond it without reading on. */
async function readCapped(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      throw new CodedError('RESPONSE_TOO_LARGE', `${new URL(response.url).host}: more than ${maxBytes} bytes`);
    }
    pieces.push(value);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    body.set(piece, offset);
    offset += piece.length;
  }
  return body;
}

/** A getter over `fetch`. `signal` cancels: the request then raises `CANCELLED`. */
export function fetchGetter(signal?: AbortSignal): Getter {
  return async (url: string, options: GetOptions): Promise<GetResponse> => {
    const { host } = new URL(url);
    const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      const response = await fetch(url, {
        method: options.method ?? 'GET',
        ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
        ...(options.body === undefined ? {} : { body: options.body }),
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      if (response.url !== '' && new URL(response.url).href !== new URL(url).href) throw new CodedError('NETWORK_UNREACHABLE', `${host}: answered from another address`);
      const body = await readCapped(response, options.maxBytes);
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body };
    } catch (error) {
      if (error instanceof CodedError) throw error;
      if (signal?.aborted === true) throw new CodedError('CANCELLED', host, { cause: error });
      if (timeout.aborted) throw new CodedError('REQUEST_TIMEOUT', `${host}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`, { cause: error });
      throw new CodedError('NETWORK_UNREACHABLE', host, { cause: error });
    }
  };
}

/** The background's own requests: to the provider and the vendors only, without cookies, cache or redirects (DESIGN law 7). */
import { CodedError } from '../checks/error';
import type { GetOptions, GetResponse, Getter } from '../checks/getter';
import { readCapped } from '../encoding/capped';

/** Below the 30 s after which a worker's fetch is given up by the browser. */
export const REQUEST_TIMEOUT_MS = 25_000;

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
      const body = await readCapped(response.body, options.maxBytes);
      if (body === undefined) throw new CodedError('RESPONSE_TOO_LARGE', `${host}: more than ${options.maxBytes} bytes`);
      return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body };
    } catch (error) {
      if (error instanceof CodedError) throw error;
      if (signal?.aborted === true) throw new CodedError('CANCELLED', host, { cause: error });
      if (timeout.aborted) throw new CodedError('REQUEST_TIMEOUT', `${host}: no answer within ${REQUEST_TIMEOUT_MS / 1000} s`, { cause: error });
      throw new CodedError('NETWORK_UNREACHABLE', host, { cause: error });
    }
  };
}

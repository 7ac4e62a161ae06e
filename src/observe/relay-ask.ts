/**
 * Requests that need the page's own login, made from the isolated world: the page's service worker and its content
 * policy do not see them, and the login never leaves the tab. Only the background asks, only for watched API origins.
 */
import { readCapped } from '../encoding/capped';
import { PAGE_ANSWER_MAX_BYTES } from './limits';
import type { PageAnswer, PageRequest } from './tap-protocol';
import { bytesToText, textToBytes } from './wire-bytes';

/** Makes the request with this login. Never rejects, and never tells the login. */
export async function askWithLogin(request: PageRequest, login: string): Promise<PageAnswer> {
  const body = request.body === null ? undefined : textToBytes(request.body);
  const timeout = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers, authorization: login },
      ...(body === undefined ? {} : { body }),
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      signal: timeout,
    });
    const bytes = await readCapped(response.body, Math.min(request.maxBytes, PAGE_ANSWER_MAX_BYTES));
    if (bytes === undefined) return { ok: false, why: 'too-large' };
    return { ok: true, status: response.status, contentType: response.headers.get('content-type'), retryAfter: response.headers.get('retry-after'), b: bytesToText(bytes) };
  } catch {
    // The reason is not readable from here (CORS hides it); the background names it as unreachable.
    return { ok: false, why: timeout.aborted ? 'timeout' : 'network' };
  }
}

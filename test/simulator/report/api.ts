/** What the simulated APIs of these services have in common: logins, CORS for the chat pages, refusals, and how answers say that they are encrypted. */
import { head, sendJson } from '../http.ts';
import type { Exchange, Headers } from '../http.ts';
import { isDict, loads } from '../ionet/python-json.ts';
import type { PyDict } from '../ionet/python-json.ts';

/** Any login that begins so is accepted; the chat pages use this one. */
export const LOGIN_PREFIX = 'sk-';
export const REPORT_LOGIN = 'sk-simulator-demo';

/** As a service says that it encrypted the contents of an answer for its reader. */
export const E2EE: Headers = { 'x-e2ee-applied': 'true', 'x-e2ee-version': '2', 'x-e2ee-alg': 'secp256k1-aes-256-gcm-hkdf-sha256', 'access-control-expose-headers': 'x-e2ee-applied, x-e2ee-version, x-e2ee-alg' };

export function cors(exchange: Exchange): Headers {
  const origin = exchange.request.headers['origin'];
  return typeof origin === 'string' ? { 'access-control-allow-origin': origin, vary: 'Origin' } : {};
}

export function preflight(exchange: Exchange): void {
  const wanted = exchange.request.headers['access-control-request-headers'];
  head(exchange, 204, { ...cors(exchange), 'access-control-allow-methods': 'GET, POST, OPTIONS', 'access-control-max-age': '600', ...(typeof wanted === 'string' ? { 'access-control-allow-headers': wanted } : {}) });
  exchange.response.end();
}

export function refuse(exchange: Exchange, status: number, message: string, type: string, headers: Headers = {}): void {
  sendJson(exchange, status, { error: { message, type, param: null, code: null } }, { ...cors(exchange), ...headers });
}

export const loggedIn = (exchange: Exchange): boolean => {
  const login = exchange.request.headers['authorization'];
  return typeof login === 'string' && login.startsWith(`Bearer ${LOGIN_PREFIX}`);
};

export function jsonOf(body: Buffer): PyDict | undefined {
  try {
    const value = loads(body.toString('utf8'));
    return isDict(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

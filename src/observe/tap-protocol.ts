/**
 * The messages between page world, isolated world and background, and their parsers. Whatever comes from a page, or
 * through one, is hostile: a message that is not exactly of its form is refused. No message names its sender: the
 * browser does (port, tab, frame, origin).
 */
import { isLocal } from '../encoding/origin';
import { LOGIN_MAX_CHARS, LOGINS_MAX, MESSAGE_BYTES, ORIGINS_MAX, PAGE_ANSWER_MAX_BYTES, TAP_PIECE_BYTES, TYPE_MAX_CHARS, URL_MAX_CHARS } from './limits';

/** Why a body's bytes cannot be handed over. */
export type TapGap = 'too-large' | 'not-comparable';

/** `end`: read to its end. `error`: the stream failed under the reader. `closed`: nothing more will be read, by end or by cancel. */
export type TapEnd = 'end' | 'error' | 'closed';

/** What the page can tell of a response besides its bytes. */
export interface BodyHead {
  readonly url: string;
  /** The content type; `''` where there is none. */
  readonly type: string;
  readonly status: number;
}

/** Page world → isolated world. `id` counts up from 1 in each document; `b` is transferred. */
export type FromTap =
  | ({ readonly t: 'start'; readonly id: number } & BodyHead)
  | { readonly t: 'chunk'; readonly id: number; readonly b: ArrayBuffer }
  | { readonly t: 'end'; readonly id: number; readonly how: TapEnd }
  | { readonly t: 'gap'; readonly id: number; readonly why: TapGap }
  | { readonly t: 'login'; readonly origin: string; readonly value: string };

/** Isolated world → page world. */
export type ToTap =
  /** Nobody needs this body: stop copying it. */
  | { readonly t: 'stop'; readonly id: number }
  /** Further API origins to watch (own domains), beside those built in. */
  | { readonly t: 'origins'; readonly list: readonly string[] }
  /** The user agreed to ask through this page: note the login that the page itself uses from now on. */
  | { readonly t: 'capture' }
  /** The user took that back: note nothing more, forget what was noted. */
  | { readonly t: 'forget' }
  /** The extension is gone or cut this page off: report nothing more. */
  | { readonly t: 'off' };

/** Isolated world → background. Bytes are base64. `turn` is that of the `take` they answer. */
export type FromRelay =
  /** `since`: when the relay began, ms since the epoch. */
  | { readonly t: 'hello'; readonly relay: string; readonly since: number; readonly logins: readonly string[] }
  | ({ readonly t: 'start'; readonly id: number } & BodyHead)
  | { readonly t: 'bytes'; readonly id: number; readonly turn: number; readonly b: string }
  | { readonly t: 'end'; readonly id: number; readonly turn: number; readonly how: TapEnd }
  | { readonly t: 'gap'; readonly id: number; readonly why: TapGap }
  | { readonly t: 'login'; readonly origin: string }
  | { readonly t: 'answer'; readonly call: number; readonly result: PageAnswer };

/** How a request through the page went; `b` is base64 of the whole body. */
export type PageAnswer =
  | { readonly ok: true; readonly status: number; readonly contentType: string | null; readonly retryAfter: string | null; readonly b: string }
  | { readonly ok: false; readonly why: 'no-login' | 'network' | 'timeout' | 'too-large' };

/** Background → isolated world. */
export type FromBackground =
  /** Hand over this body: with a new `turn` from its first byte, else on from where it was; `messages` more are allowed. */
  | { readonly t: 'take'; readonly id: number; readonly turn: number; readonly messages: number }
  /** Judged, or not to be judged: drop it. */
  | { readonly t: 'release'; readonly id: number }
  | { readonly t: 'origins'; readonly list: readonly string[] }
  /** The user agreed to ask through this page. */
  | { readonly t: 'capture' }
  /** The user took that back. */
  | { readonly t: 'forget' }
  /** No page that the user allowed: hold nothing, say nothing more. */
  | { readonly t: 'off' }
  | { readonly t: 'ask'; readonly call: number; readonly request: PageRequest };

export interface PageRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Base64 of the exact bytes. */
  readonly body: string | null;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Sent to a tab's relays to make them connect again (`runtime.sendMessage`; the port may be gone with the worker). */
export const WAKE_MESSAGE = 'assay-wake';
/** Name of the relay's port. */
export const RELAY_PORT = 'assay-relay';
/** The synchronous event that carries the tap's port across the worlds at document_start; heard once, and then cancelled as a sign that it was. */
export const HANDOVER_EVENT = 'assay-port';

const ENDS: readonly string[] = ['end', 'error', 'closed'] satisfies readonly TapEnd[];
const GAPS: readonly string[] = ['too-large', 'not-comparable'] satisfies readonly TapGap[];
const FAILURES: readonly string[] = ['no-login', 'network', 'timeout', 'too-large'];

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a message that has exactly `keys`; `undefined` for anything else. Never by `instanceof`: other realms. */
function fieldsOf(value: unknown, keys: readonly string[]): Fields | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const names = Object.keys(value);
  if (names.length !== keys.length || !keys.every((key) => names.includes(key))) return undefined;
  return Object.fromEntries(Object.entries(value));
}

const typeOf = (value: unknown): unknown => (typeof value === 'object' && value !== null && 't' in value ? value.t : undefined);
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
const isStatus = (value: unknown): value is number => isCount(value) && value <= 999;
const isText = (value: unknown, most: number): value is string => typeof value === 'string' && value.length <= most;
const isUrl = (value: unknown): value is string => isText(value, URL_MAX_CHARS) && (/^https:\/\/[^/?#]/.test(value) || isLocal(value)) && !value.includes('#');
const isEnd = (value: unknown): value is TapEnd => typeof value === 'string' && ENDS.includes(value);
const isGap = (value: unknown): value is TapGap => typeof value === 'string' && GAPS.includes(value);

/** An exact https origin, or one of this machine, as `URL.origin` writes it. */
export function isOrigin(value: unknown): value is string {
  return isText(value, URL_MAX_CHARS) && (value.startsWith('https://') || isLocal(value)) && URL.canParse(value) && new URL(value).origin === value;
}

const isOrigins = (value: unknown, most: number): value is readonly string[] => Array.isArray(value) && value.length <= most && value.every(isOrigin);

/** A header value that can be sent again as it is: one line of printable ASCII. */
const isHeaderValue = (value: unknown): value is string => isText(value, LOGIN_MAX_CHARS) && /^[\x20-\x7e]+$/.test(value);

/** Has the length of a piece; whether it is bytes shows when they are read (`instanceof` and tags fail across worlds). */
function isPiece(value: unknown): value is ArrayBuffer {
  if (typeof value !== 'object' || value === null || !('byteLength' in value)) return false;
  const length = value.byteLength;
  return isCount(length) && length <= TAP_PIECE_BYTES;
}

/** Reads a message of the page world; `undefined` when it is not exactly of its form. */
export function parseFromTap(value: unknown): FromTap | undefined {
  switch (typeOf(value)) {
    case 'start': {
      const m = fieldsOf(value, ['t', 'id', 'url', 'type', 'status']);
      return m && isCount(m['id']) && isUrl(m['url']) && isText(m['type'], TYPE_MAX_CHARS) && isStatus(m['status']) ? { t: 'start', id: m['id'], url: m['url'], type: m['type'], status: m['status'] } : undefined;
    }
    case 'chunk': {
      const m = fieldsOf(value, ['t', 'id', 'b']);
      return m && isCount(m['id']) && isPiece(m['b']) ? { t: 'chunk', id: m['id'], b: m['b'] } : undefined;
    }
    case 'end': {
      const m = fieldsOf(value, ['t', 'id', 'how']);
      return m && isCount(m['id']) && isEnd(m['how']) ? { t: 'end', id: m['id'], how: m['how'] } : undefined;
    }
    case 'gap': {
      const m = fieldsOf(value, ['t', 'id', 'why']);
      return m && isCount(m['id']) && isGap(m['why']) ? { t: 'gap', id: m['id'], why: m['why'] } : undefined;
    }
    case 'login': {
      const m = fieldsOf(value, ['t', 'origin', 'value']);
      return m && isOrigin(m['origin']) && isHeaderValue(m['value']) ? { t: 'login', origin: m['origin'], value: m['value'] } : undefined;
    }
    default:
      return undefined;
  }
}

const BASE64_OF_MESSAGE = Math.ceil(MESSAGE_BYTES / 3) * 4;
const BASE64_OF_ANSWER = Math.ceil(PAGE_ANSWER_MAX_BYTES / 3) * 4;
const HEADER_MAX_CHARS = 1024;
const RELAY_NAME = /^[0-9a-f]{32}$/;

function parseAnswer(value: unknown): PageAnswer | undefined {
  const bad = fieldsOf(value, ['ok', 'why']);
  if (bad) {
    const why = bad['why'];
    if (bad['ok'] !== false || typeof why !== 'string' || !FAILURES.includes(why)) return undefined;
    return why === 'no-login' || why === 'network' || why === 'timeout' || why === 'too-large' ? { ok: false, why } : undefined;
  }
  const good = fieldsOf(value, ['ok', 'status', 'contentType', 'retryAfter', 'b']);
  if (!good || good['ok'] !== true) return undefined;
  const { status, contentType, retryAfter, b } = { status: good['status'], contentType: good['contentType'], retryAfter: good['retryAfter'], b: good['b'] };
  if (!isStatus(status) || !isText(b, BASE64_OF_ANSWER)) return undefined;
  if (!(contentType === null || isText(contentType, HEADER_MAX_CHARS)) || !(retryAfter === null || isText(retryAfter, HEADER_MAX_CHARS))) return undefined;
  return { ok: true, status, contentType, retryAfter, b };
}

/** Reads a message of a relay; `undefined` when it is not exactly of its form. The base64 itself is decoded by the caller. */
export function parseFromRelay(value: unknown): FromRelay | undefined {
  switch (typeOf(value)) {
    case 'hello': {
      const m = fieldsOf(value, ['t', 'relay', 'since', 'logins']);
      return m && isText(m['relay'], 32) && RELAY_NAME.test(m['relay']) && isCount(m['since']) && isOrigins(m['logins'], LOGINS_MAX) ? { t: 'hello', relay: m['relay'], since: m['since'], logins: m['logins'] } : undefined;
    }
    case 'bytes': {
      const m = fieldsOf(value, ['t', 'id', 'turn', 'b']);
      return m && isCount(m['id']) && isCount(m['turn']) && isText(m['b'], BASE64_OF_MESSAGE) ? { t: 'bytes', id: m['id'], turn: m['turn'], b: m['b'] } : undefined;
    }
    case 'end': {
      const m = fieldsOf(value, ['t', 'id', 'turn', 'how']);
      return m && isCount(m['id']) && isCount(m['turn']) && isEnd(m['how']) ? { t: 'end', id: m['id'], turn: m['turn'], how: m['how'] } : undefined;
    }
    case 'login': {
      const m = fieldsOf(value, ['t', 'origin']);
      return m && isOrigin(m['origin']) ? { t: 'login', origin: m['origin'] } : undefined;
    }
    case 'answer': {
      const m = fieldsOf(value, ['t', 'call', 'result']);
      const result = m && parseAnswer(m['result']);
      return m && isCount(m['call']) && result ? { t: 'answer', call: m['call'], result } : undefined;
    }
    case 'start':
    case 'gap': {
      const m = parseFromTap(value);
      return m?.t === 'start' || m?.t === 'gap' ? m : undefined;
    }
    default:
      return undefined;
  }
}

function parsePageRequest(value: unknown): PageRequest | undefined {
  const m = fieldsOf(value, ['url', 'method', 'headers', 'body', 'maxBytes', 'timeoutMs']);
  if (!m) return undefined;
  const { url, method, headers, body, maxBytes, timeoutMs } = { url: m['url'], method: m['method'], headers: m['headers'], body: m['body'], maxBytes: m['maxBytes'], timeoutMs: m['timeoutMs'] };
  if (!isUrl(url) || (method !== 'GET' && method !== 'POST') || !(body === null || typeof body === 'string') || !isCount(maxBytes) || !isCount(timeoutMs)) return undefined;
  if (typeof headers !== 'object' || headers === null) return undefined;
  const items: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    if (!isHeaderValue(text)) return undefined;
    items[name] = text;
  }
  return { url, method, headers: items, body, maxBytes, timeoutMs };
}

/** Reads a message of the background. It is ours; parsed all the same, so that a mix of versions fails closed. */
export function parseFromBackground(value: unknown): FromBackground | undefined {
  switch (typeOf(value)) {
    case 'take': {
      const m = fieldsOf(value, ['t', 'id', 'turn', 'messages']);
      return m && isCount(m['id']) && isCount(m['turn']) && isCount(m['messages']) ? { t: 'take', id: m['id'], turn: m['turn'], messages: m['messages'] } : undefined;
    }
    case 'release': {
      const m = fieldsOf(value, ['t', 'id']);
      return m && isCount(m['id']) ? { t: 'release', id: m['id'] } : undefined;
    }
    case 'origins': {
      const m = fieldsOf(value, ['t', 'list']);
      return m && isOrigins(m['list'], ORIGINS_MAX) ? { t: 'origins', list: m['list'] } : undefined;
    }
    case 'capture':
      return fieldsOf(value, ['t']) && { t: 'capture' };
    case 'forget':
      return fieldsOf(value, ['t']) && { t: 'forget' };
    case 'off':
      return fieldsOf(value, ['t']) && { t: 'off' };
    case 'ask': {
      const m = fieldsOf(value, ['t', 'call', 'request']);
      const request = m && parsePageRequest(m['request']);
      return m && isCount(m['call']) && request ? { t: 'ask', call: m['call'], request } : undefined;
    }
    default:
      return undefined;
  }
}

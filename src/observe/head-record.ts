/** The growing record of one request, as it is kept in `storage.session`: plain JSON values, no content, no bodies. */
import type { ExchangeHead, HashCandidate, HeaderItem } from '../providers/exchange';
import { bytesToText, textToBytes } from './wire-bytes';

export interface StoredHeader {
  readonly name: string;
  readonly value: string;
  /** True where `value` is base64 of bytes that are not UTF-8. */
  readonly binary: boolean;
}

export interface HeadRecord {
  readonly version: 1;
  /** The browser's request id. */
  readonly id: string;
  readonly url: string;
  readonly method: string;
  readonly tabId: number;
  readonly initiator: string | null;
  readonly incognito: boolean;
  readonly websocket: boolean;
  readonly startedAt: number;
  readonly requestHashes: readonly HashCandidate[];
  readonly requestUnseen: boolean;
  readonly model: string | null;
  /** The request's body in base64, where it is a part of a page's session (no content, small); `null` otherwise. */
  readonly requestBody: string | null;
  /** SHA-256 of the DER public key of each connection that carried it, redirects and refused tries too, lower-case hex; `''` for one whose key was not shown. */
  readonly connections: readonly string[];
  /** `null` until the first response headers. */
  readonly response: {
    readonly at: number;
    readonly status: number;
    readonly headers: readonly StoredHeader[];
    readonly fromCache: boolean;
  } | null;
  readonly end: { readonly at: number; readonly how: EndedHow } | null;
}

export type EndedHow = 'completed' | 'aborted' | 'error' | 'lost';
const HOW: readonly string[] = ['completed', 'aborted', 'error', 'lost'] satisfies readonly EndedHow[];

export const storedHeaders = (headers: readonly HeaderItem[]): readonly StoredHeader[] =>
  headers.map(({ name, value }) => (typeof value === 'string' ? { name, value, binary: false } : { name, value: bytesToText(value), binary: true }));

/** The head as providers read it. Only for records with a response. */
export function headOf(record: HeadRecord, response: NonNullable<HeadRecord['response']>): ExchangeHead {
  return {
    id: record.id,
    url: record.url,
    method: record.method,
    tabId: record.tabId,
    initiator: record.initiator ?? undefined,
    incognito: record.incognito,
    status: response.status,
    headers: response.headers.map(({ name, value, binary }) => ({ name, value: binary ? (textToBytes(value) ?? new Uint8Array()) : value })),
    fromCache: response.fromCache,
    startedAt: record.startedAt,
    headersAt: response.at,
    requestHashes: record.requestHashes,
    requestUnseen: record.requestUnseen,
    model: record.model ?? undefined,
    ...(record.connections.length === 0 || record.connections.includes('') || response.fromCache ? {} : { connection: { keys: record.connections, host: new URL(record.url).hostname } }),
  };
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isHow = (value: unknown): value is EndedHow => typeof value === 'string' && HOW.includes(value);
const isHeader = (value: unknown): value is StoredHeader => isFields(value) && typeof value['name'] === 'string' && typeof value['value'] === 'string' && typeof value['binary'] === 'boolean';
const isHash = (value: unknown): value is HashCandidate => isFields(value) && typeof value['rule'] === 'string' && typeof value['sha256'] === 'string';
const isListOf = <T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] => Array.isArray(value) && value.every(is);
const isResponse = (value: unknown): value is HeadRecord['response'] =>
  value === null || (isFields(value) && isTime(value['at']) && Number.isSafeInteger(value['status']) && typeof value['fromCache'] === 'boolean' && isListOf(value['headers'], isHeader));
const isEnd = (value: unknown): value is HeadRecord['end'] => value === null || (isFields(value) && isTime(value['at']) && isHow(value['how']));

/** True for a record as this version writes it: the store may hold those of another. */
export function isHeadRecord(value: unknown): value is HeadRecord {
  return (
    isFields(value) &&
    value['version'] === 1 &&
    typeof value['id'] === 'string' &&
    typeof value['url'] === 'string' &&
    URL.canParse(value['url']) &&
    typeof value['method'] === 'string' &&
    Number.isSafeInteger(value['tabId']) &&
    (value['initiator'] === null || typeof value['initiator'] === 'string') &&
    typeof value['incognito'] === 'boolean' &&
    typeof value['websocket'] === 'boolean' &&
    isTime(value['startedAt']) &&
    isListOf(value['requestHashes'], isHash) &&
    typeof value['requestUnseen'] === 'boolean' &&
    (value['model'] === null || typeof value['model'] === 'string') &&
    (value['requestBody'] === null || typeof value['requestBody'] === 'string') &&
    isListOf(value['connections'], (one) => typeof one === 'string') &&
    isResponse(value['response']) &&
    isEnd(value['end'])
  );
}

/** Response headers from a file: a JSON object, a JSON list of pairs, or the lines as curl writes them. Doubled ones stay doubled. */
import { asCoded } from '../checks/error';
import { utf8Text } from '../encoding/bytes';
import { type JsonValue, parseJson } from '../encoding/json';
import type { HeaderItem } from '../providers/exchange';
import { usageFault } from './fault';

export interface HeadersFile {
  readonly headers: readonly HeaderItem[];
  /** From a status line, where there is one. */
  readonly status?: number;
}

export function readHeaders(bytes: Uint8Array, path: string): HeadersFile {
  const first = bytes.find((byte) => byte > 0x20);
  return first === 0x7b || first === 0x5b ? { headers: readJson(bytes, path) } : readLines(bytes, path);
}

function readJson(bytes: Uint8Array, path: string): readonly HeaderItem[] {
  let value: JsonValue;
  try {
    value = parseJson(utf8Text(bytes, 'JSON_MALFORMED'));
  } catch (error) {
    throw usageFault(`${path}: ${asCoded(error).detail}`, 'JSON_MALFORMED');
  }
  const wrong = () => usageFault(`${path}: headers are an object of text, or a list of [name, value]`, 'JSON_MALFORMED');
  const item = (name: JsonValue | undefined, text: JsonValue | undefined): HeaderItem => {
    if (typeof name !== 'string' || typeof text !== 'string') throw wrong();
    return { name, value: text };
  };
  if (value instanceof Map) return [...value].flatMap(([name, text]) => (isList(text) ? text.map((one) => item(name, one)) : [item(name, text)]));
  if (!isList(value)) throw wrong();
  return value.map((pair) => {
    if (isList(pair) && pair.length === 2) return item(pair[0], pair[1]);
    if (pair instanceof Map) return item(pair.get('name'), pair.get('value'));
    throw wrong();
  });
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

/** Lines `Name: value`; with several blocks (redirects, 100 Continue) the last one counts. A value that is not UTF-8 stays bytes. */
function readLines(bytes: Uint8Array, path: string): HeadersFile {
  let headers: HeaderItem[] = [];
  let status: number | undefined;
  for (const line of linesOf(bytes)) {
    const text = latin1(line);
    const statusLine = /^HTTP\/[\d.]+ (\d{3})(?: |$)/.exec(text);
    if (statusLine !== null) {
      headers = [];
      status = Number(statusLine[1]);
      continue;
    }
    if (text.trim() === '') continue;
    const colon = text.indexOf(':');
    if (colon <= 0 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text.slice(0, colon))) throw usageFault(`${path}: ${JSON.stringify(text.slice(0, 40))} is no header`);
    headers.push({ name: text.slice(0, colon), value: valueOf(line.subarray(colon + 1)) });
  }
  return { headers, ...(status === undefined ? {} : { status }) };
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    yield bytes.subarray(start, end > start && bytes[end - 1] === 0x0d ? end - 1 : end);
    start = end + 1;
  }
}

const latin1 = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

function valueOf(bytes: Uint8Array): string | Uint8Array {
  try {
    return utf8Text(bytes).trim();
  } catch (error) {
    asCoded(error);
    return bytes.slice();
  }
}

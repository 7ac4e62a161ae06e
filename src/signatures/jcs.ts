/**
 * JSON in canonical form (RFC 8785), for protocols whose signatures are over that form of a parsed document. Only what
 * the strict reader hands out is written; numbers that lost digits in reading cannot come here.
 */
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';
import type { JsonArray, JsonValue } from '../encoding/json';

/** The canonical text. Raises `JSON_MALFORMED` or the given code for integers beyond 2^53 and for lone surrogates, which have no such form. */
export function canonicalJson(value: JsonValue, code: Code = 'JSON_MALFORMED'): string {
  if (typeof value === 'string') return quoted(value, code);
  if (typeof value === 'bigint') throw new CodedError(code, 'an integer beyond 2^53 has no canonical form');
  // JavaScript's own way to write numbers is the form's.
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return JSON.stringify(value);
  if (value instanceof Map) {
    const members = [...value].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${quoted(name, code)}:${canonicalJson(member, code)}`).join(',')}}`;
  }
  return isList(value) ? `[${value.map((item) => canonicalJson(item, code)).join(',')}]` : refuse(code);
}

const isList = (value: JsonValue): value is JsonArray => Array.isArray(value);

function refuse(code: Code): never {
  throw new CodedError(code, 'a value that JSON does not have');
}

function quoted(text: string, code: Code): string {
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) throw new CodedError(code, 'half a character has no canonical form');
  return JSON.stringify(text);
}

/** One name for a policy however its JSON is written: the service keeps it in a database that orders keys and drops spaces as it likes. */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8Bytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { type JsonValue, parseJson } from '../../encoding/json';
import { MAX_POLICY_TEXT } from './policy-read';

/** SHA-256 over the policy with sorted keys and no white space, every digit kept; lower-case hex. Raises `POLICY_MALFORMED` for what is no JSON. */
export const policyDigest = (text: string): string => toHex(sha256(utf8Bytes(written(parseJson(text, { maxLength: MAX_POLICY_TEXT, maxDepth: 16, code: 'POLICY_MALFORMED' })))));

function written(value: JsonValue): string {
  if (value instanceof Map) return `{${[...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`).join(',')}}`;
  if (isList(value)) return `[${value.map(written).join(',')}]`;
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

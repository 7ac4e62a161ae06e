/** The signed statement beside a JSON answer (response headers) or inside a stream (the data of its signature event). */
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { type JsonObject, type JsonValue, parseJson } from '../../encoding/json';
import type { HeaderItem } from '../exchange';
import type { SignedStatement } from '../types';

const SIGNED = ['text', 'signature', 'signing_address', 'signing_algo'] as const;
type SignedName = (typeof SIGNED)[number];
/** Claims beside the signature that are read. */
const CLAIMS = ['image_digest', 'vllm_image_digest', 'vllm_model_id'] as const;
const READ: readonly string[] = [...SIGNED, ...CLAIMS];
/** Headers that may be there once. */
const SINGLE: readonly string[] = [...SIGNED, 'image_digest'];
const isSigned = (name: string): boolean => SIGNED.some((signed) => signed === name);

export type StatementReading =
  | { readonly kind: 'there'; readonly statement: SignedStatement }
  /** No signature at all, or parts of one. */
  | { readonly kind: 'none'; readonly lacking: readonly string[] }
  | { readonly kind: 'doubled'; readonly name: string }
  | { readonly kind: 'binary'; readonly name: string };

/** Names in any case. A header twice is refused whatever its values: who reads the first and who the last is unknown. */
export function statementInHeaders(headers: readonly HeaderItem[]): StatementReading {
  const found = new Map<string, string>();
  for (const { name: asSent, value } of headers) {
    const name = asSent.toLowerCase();
    if (!READ.includes(name)) continue;
    // Firefox joins two into one with a comma, which none of these values can hold.
    const joined = typeof value === 'string' && value.includes(',');
    if (SINGLE.includes(name) && (found.has(name) || joined)) return { kind: 'doubled', name };
    if (typeof value === 'string') found.set(name, value.trim());
    else if (isSigned(name)) return { kind: 'binary', name };
    // A claim that is no text claims nothing, and still counts as there.
    else found.set(name, '');
  }
  const part = (name: SignedName) => found.get(name) ?? '';
  const lacking = (['text', 'signature', 'signing_address'] as const).filter((name) => part(name) === '');
  if (lacking.length > 0) return { kind: 'none', lacking };
  const claims = Object.fromEntries(CLAIMS.flatMap((name) => (found.has(name) ? [[name, found.get(name) ?? '']] : [])));
  return { kind: 'there', statement: { text: part('text'), signature: part('signature'), address: part('signing_address'), algorithm: part('signing_algo'), claims } };
}

/** The event's own members: what else stands there must not be able to carry a sentence, for nothing signs it. */
const EVENT_MEMBERS: readonly string[] = [...SIGNED, 'image_digest', 'vllm'];
/** Members that chat clients show or act on. */
const SHOWN: readonly string[] = ['choices', 'error', 'delta', 'message', 'content', 'output'];
const MAX_EVENT_BYTES = 16 * 1024;

/** Reads the data of `event: signature`. Raises `STREAM_BYTES_UNSIGNED` where it is more than a signed statement. */
export function statementInEvent(data: Uint8Array): SignedStatement {
  if (data.length > MAX_EVENT_BYTES) refuse(`a signature event of ${data.length} bytes`);
  const event = parseJson(utf8Text(data, 'STREAM_BYTES_UNSIGNED'), { code: 'STREAM_BYTES_UNSIGNED', maxDepth: 4 });
  if (!(event instanceof Map)) refuse('a signature event that is no object');
  for (const [name, value] of event) checkMember(name, value);
  const text = (name: SignedName) => {
    const value: JsonValue | undefined = event.get(name);
    return typeof value === 'string' ? value : refuse(`a signature event without ${name}`);
  };
  const vllm = event.get('vllm');
  return {
    text: text('text'),
    signature: text('signature'),
    address: text('signing_address'),
    algorithm: text('signing_algo'),
    claims: { ...namesIn(event, ['image_digest'], ''), ...(vllm instanceof Map ? namesIn(vllm, ['image_digest', 'model_id'], 'vllm_') : {}) },
  };
}

function checkMember(name: string, value: JsonValue): void {
  if (SHOWN.includes(name)) refuse(`a signature event with ${name}`);
  const known = EVENT_MEMBERS.includes(name);
  if (value instanceof Map) {
    for (const [inner, innerValue] of value) {
      if (SHOWN.includes(inner) || !isName(innerValue)) refuse(`a signature event with text in ${name}`);
    }
  } else if (known ? typeof value !== 'string' : !isName(value) || !isName(name)) refuse(`a signature event with text in ${name.slice(0, 40)}`);
}

/** Numbers, words and identifiers: no white space, no sentence. */
const isName = (value: JsonValue): boolean =>
  value === null || typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && /^[\w.:/@+-]{0,256}$/.test(value));

function namesIn(object: JsonObject, names: readonly string[], prefix: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = object.get(name);
    if (typeof value === 'string') found[prefix + name] = value;
  }
  return found;
}

function refuse(detail: string): never {
  throw new CodedError('STREAM_BYTES_UNSIGNED', detail);
}

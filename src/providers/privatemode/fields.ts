/**
 * Encrypted fields (Privatemode v1.40.0): `<secret id>:<nonce>:<iv>:<ciphertext and tag>`, a JSON string in the place of a
 * value. One nonce for a request and its answer; each field has a number, counted from 0 in either direction.
 */
import { sha256Hex } from '../../signatures/digests';
import { CodedError } from '../../checks/error';
import { concatBytes, unsharedBytes, utf8Bytes } from '../../encoding/bytes';
import { fromHex } from '../../encoding/hex';
import { sliceMembers } from '../../encoding/json-slice';
import { parseJson } from '../../encoding/json';

export interface EncryptedField {
  /** Base64 of SHA-256 over the client's public key. */
  readonly secretId: string;
  /** 12 bytes each, lower-case hex. */
  readonly nonce: string;
  readonly iv: string;
  /** Ciphertext and 16 bytes of tag, hex. */
  readonly sealed: string;
}

const FORM = /^([A-Za-z0-9+/]{43}=):([0-9a-f]{24}):([0-9a-f]{24}):$/;
/** The head's characters: what follows may be megabytes, more than one expression with groups can take. */
const HEAD = 95;
const TAG_DIGITS = 32;

/** `undefined` for a text that is no such field. */
export function readField(text: string): EncryptedField | undefined {
  const [, secretId, nonce, iv] = FORM.exec(text.slice(0, HEAD)) ?? [];
  const sealed = text.slice(HEAD);
  if (secretId === undefined || nonce === undefined || iv === undefined) return undefined;
  return sealed.length < TAG_DIGITS || sealed.length % 2 !== 0 || /[^0-9a-f]/.test(sealed) ? undefined : { secretId, nonce, iv, sealed };
}

/** A body that is one field as a whole, as below `/unstructured/`: bare, or as a JSON string. `undefined` for any other. */
export function readWhole(body: string): { readonly text: string; readonly field: EncryptedField } | undefined {
  const trimmed = body.trim();
  // The form has no character that JSON escapes.
  const text = trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
  const field = readField(text);
  return field === undefined ? undefined : { text, field };
}

/** Tells two fields apart without keeping either: the whole text is random, so nothing can be guessed from it. */
export const fieldDigest = (text: string): string => sha256Hex(utf8Bytes(text));

export interface Member {
  readonly name: string;
  /** The text of a JSON string, `undefined` for any other value. */
  readonly text: string | undefined;
  readonly field: EncryptedField | undefined;
  /** Characters of its JSON. */
  readonly length: number;
}

/** The members at the top of a JSON object, in their order. Raises `JSON_MALFORMED`, for doubled members too. */
export function readMembers(json: string, maxLength: number): readonly Member[] {
  return [...sliceMembers(json, { maxLength })].map(([name, slice]) => {
    const value = slice.startsWith('"') ? parseJson(slice, { maxLength }) : undefined;
    const text = typeof value === 'string' ? value : undefined;
    return { name, text, field: text === undefined ? undefined : readField(text), length: slice.length };
  });
}

/** Never content by the protocol: ids, counts, and the kind of an event. */
const PLAIN: readonly string[] = ['id', 'usage', 'type', 'duration'];
const SHORT = 256;
/** Counts come as an object, of some hundred characters where services tell most. */
const COUNTS = 1024;

/** Whether a member may come unencrypted: named so by the protocol, and too small for an answer to hide in. */
export const mayBePlain = ({ name, text, length }: Member): boolean => PLAIN.includes(name) && length <= (text === undefined ? COUNTS : SHORT);

/**
 * Opens a field with the agreed key: AES-256-GCM, the nonce and the field's number (little-endian, 4 bytes) as additional
 * data. Gives the JSON text of the value; raises `ANSWER_NOT_FROM_ENCLAVE` where the tag does not fit.
 */
export async function openField(field: EncryptedField, secret: Uint8Array, number: number): Promise<string> {
  const counted = new Uint8Array(4);
  new DataView(counted.buffer).setUint32(0, number, true);
  const key = await crypto.subtle.importKey('raw', unsharedBytes(secret), 'AES-GCM', false, ['decrypt']);
  const form = { name: 'AES-GCM', iv: fromHex(field.iv), additionalData: concatBytes(fromHex(field.nonce), counted) };
  try {
    return new TextDecoder().decode(await crypto.subtle.decrypt(form, key, fromHex(field.sealed)));
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'OperationError') throw new CodedError('ANSWER_NOT_FROM_ENCLAVE', 'a field that this key does not open', { cause });
    throw cause;
  }
}

/** Evidence in the encodings seen in the field. Nothing read here is believed but the transcript and the certificates, and those only once verified. */
import { CodedError } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import { utf8Text } from '../../encoding/bytes';
import { fromHex, isHex } from '../../encoding/hex';
import { parseJson } from '../../encoding/json';
import type { JsonObject, JsonValue } from '../../encoding/json';

const CODE = 'GPU_EVIDENCE_PARSE';
/** The largest machine has 8 GPUs and 4 switches; a rack 72 GPUs. */
const MAX_DEVICES = 128;
const MAX_ITEM_TEXT = 256 * 1024;
/** Version, code and both parameters of every request, as hex. */
const TRANSCRIPT_START = '11e001ff';

/** One device's evidence, decoded and not yet verified. */
export interface DeviceEvidence {
  /** SPDM request and response. */
  readonly transcript: Uint8Array;
  /** PEM, leaf first. */
  readonly certificates: string;
  /** What the sender calls the family: `HOPPER`, `BLACKWELL`, `LS10`. A claim. */
  readonly arch?: string;
}

export interface EvidenceList {
  /** In the order of the list; an item that cannot be read stands as its fault. */
  readonly devices: readonly (DeviceEvidence | CodedError)[];
  /** What the sender says was asked for, as it came. A claim. */
  readonly nonce?: string;
}

/**
 * Reads `{ evidence_list: [...] }` (as NRAS takes it), a bare list, one item, or any of these as a JSON string.
 * Raises `GPU_EVIDENCE_PARSE` when there is no list to be found; a bad item is kept as its fault, so that no device goes missing.
 */
export function readEvidenceJson(text: string): EvidenceList {
  const value = parseJson(text, { code: CODE });
  return readEvidenceValue(typeof value === 'string' ? parseJson(value, { code: CODE }) : value);
}

/** As `readEvidenceJson`, from a value inside a larger JSON text. */
export function readEvidenceValue(value: JsonValue): EvidenceList {
  const top = value instanceof Map ? value : undefined;
  const list = listOf(value, top);
  if (list.length === 0) throw new CodedError(CODE, 'an empty list');
  if (list.length > MAX_DEVICES) throw new CodedError(CODE, `${list.length} devices`);
  const arch = textIn(top, 'arch');
  const nonce = textIn(top, 'nonce') ?? textIn(list[0] instanceof Map ? list[0] : undefined, 'nonce');
  return { devices: list.map((item) => readItem(item, arch)), ...(nonce === undefined ? {} : { nonce }) };
}

function listOf(value: JsonValue, top: JsonObject | undefined): readonly JsonValue[] {
  const list = top === undefined ? value : (top.get('evidence_list') ?? (top.has('evidence') ? [top] : undefined));
  return isList(list) ? list : refuse('no list of evidence');
}

function readItem(item: JsonValue, listArch: string | undefined): DeviceEvidence | CodedError {
  try {
    if (!(item instanceof Map)) return refuse('an item that is no object');
    const transcript = decodeTranscript(textIn(item, 'evidence') ?? refuse('an item without evidence'));
    const certificates = decodeCertificates(textIn(item, 'certificate') ?? refuse('an item without certificates'));
    const arch = textIn(item, 'arch') ?? listArch;
    return { transcript, certificates, ...(arch === undefined ? {} : { arch }) };
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
}

/** Base64 of the bytes; older senders gave base64 of their hex, or the hex itself. */
function decodeTranscript(text: string): Uint8Array {
  if (text.length > MAX_ITEM_TEXT) refuse(`evidence of ${text.length} characters`);
  if (looksHex(text)) return fromHex(text, CODE);
  const bytes = fromBase64(text, CODE);
  const inner = bytes[0] === 0x31 ? String.fromCharCode(...bytes.subarray(0, TRANSCRIPT_START.length)) : '';
  return inner === TRANSCRIPT_START ? fromHex(utf8Text(bytes, CODE), CODE) : bytes;
}

function decodeCertificates(text: string): string {
  if (text.length > MAX_ITEM_TEXT) refuse(`certificates of ${text.length} characters`);
  return text.startsWith('-----BEGIN ') ? text : utf8Text(fromBase64(text, CODE), CODE);
}

const looksHex = (text: string): boolean => text.slice(0, TRANSCRIPT_START.length).toLowerCase() === TRANSCRIPT_START && isHex(text);

/** A transcript that stands alone in a file: raw, or hex with white space around it. `undefined` when it is neither. */
export function readTranscriptFile(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > MAX_ITEM_TEXT) return undefined;
  if (bytes[0] === 0x11 && bytes[1] === 0xe0) return bytes;
  const text = new TextDecoder().decode(bytes).trim();
  return looksHex(text) ? fromHex(text, CODE) : undefined;
}

function textIn(object: JsonObject | undefined, key: string): string | undefined {
  const value = object?.get(key);
  return typeof value === 'string' ? value : undefined;
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

function refuse(detail: string): never {
  throw new CodedError(CODE, detail);
}

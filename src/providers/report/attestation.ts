/** One machine's attestation inside a report, with each part as evidence or as the reason why there is none. */
import { asCoded, CodedError } from '../../checks/error';
import type { Code } from '../../checks/codes';
import type { Role } from '../../checks/reference';
import { fromBase64 } from '../../encoding/base64';
import { utf8Bytes } from '../../encoding/bytes';
import { fromHex, isHex } from '../../encoding/hex';
import { type JsonObject, type JsonValue, parseJson } from '../../encoding/json';
import { type EvidenceList, readEvidenceValue } from '../../evidence/nvidia';
import { looksLikeQuote } from '../../evidence/tdx';
import { MAX_GPUS, MAX_QUOTE_BYTES } from './dialect';
import { readKey, type SigningKey } from './key';

/** Evidence, or why there is none. */
export type Part<T> =
  | { readonly kind: 'there'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'bad'; readonly code: Code; readonly why: string };

/** The place of a chat service that stands before the gateway and signs no answers. */
export const FRONT = 'front';

export interface Attestation {
  /** Where it stood: empty for a lone one, `gateway`, `front`, `model[0]`, `node[1]`. */
  readonly place: string;
  readonly role: Role;
  /** The model that it says it serves. A claim. */
  readonly model?: string;
  readonly quote: Part<Uint8Array>;
  readonly gpu: Part<EvidenceList['devices']>;
  /** The GPU part's exact text; empty where it came as an object inside the report. */
  readonly gpuRaw: Uint8Array;
  readonly key: Part<SigningKey>;
  /** What clients are told to encrypt to, as it came. */
  readonly encryptionKey?: string;
  /** SHA-256 of the DER public key of the connection, 32 bytes, where one is reported. */
  readonly spkiSha256?: Uint8Array;
  readonly eventLog?: JsonValue;
  /** Exactly as it came. */
  readonly appCompose?: string;
  /** Lower-case hex, as the report states them. */
  readonly composeHashes: readonly string[];
  /** True where the machine says that software was started beside what was measured. */
  readonly startsMore: boolean;
  /** Whether the service says that it verified this itself, where it says so. A claim. */
  readonly saysVerified?: boolean;
}

const CODE = 'EVIDENCE_MALFORMED';
const MAX_INFO = 1024 * 1024;
const MAX_NAME = 256;

/** Reads one attestation; faults stay with their parts. */
export function readAttestation(from: JsonObject, place: string, role: Role): Attestation {
  const info = objectOrText(from.get('info'));
  const tcb = objectOrText(info?.get('tcb_info'));
  const model = textIn(from, 'model_name') ?? textIn(from, 'model');
  const spki = textIn(from, 'tls_cert_fingerprint') ?? textIn(from, 'tls_certificate_fingerprint');
  const eventLog = from.get('event_log') ?? tcb?.get('event_log');
  const appCompose = textIn(tcb, 'app_compose') ?? textIn(info, 'app_compose');
  const gpu = from.get('nvidia_payload');
  const encryptionKey = textIn(from, 'signing_public_key');
  return {
    place,
    role,
    ...(model === undefined || model.length > MAX_NAME ? {} : { model }),
    quote: part(() => readQuote(from.get('intel_quote') ?? from.get('quote'))),
    gpu: part(() => readGpus(gpu)),
    gpuRaw: utf8Bytes(typeof gpu === 'string' ? gpu : ''),
    key: part(() => keyIn(from)),
    ...(encryptionKey === undefined || encryptionKey === '' ? {} : { encryptionKey }),
    ...(spki !== undefined && isHex(bare(spki), 32) ? { spkiSha256: fromHex(bare(spki)) } : {}),
    ...(eventLog === undefined || eventLog === null ? {} : { eventLog }),
    ...(appCompose === undefined ? {} : { appCompose }),
    composeHashes: [textIn(info, 'compose_hash'), textIn(tcb, 'compose_hash')].flatMap((hash) => (hash === undefined || hash === '' ? [] : [bare(hash)])),
    startsMore: from.get('compose_manager_attestation') instanceof Map,
    ...saysVerified(from.get('verified')),
  };
}

const saysVerified = (value: JsonValue | undefined): Pick<Attestation, 'saysVerified'> => (typeof value === 'boolean' ? { saysVerified: value } : {});

/** Hex digits alone, lower-case: without `0x`, `sha256:` or colons between bytes. */
const bare = (text: string): string => text.replace(/^(?:0x|sha256:)/i, '').replaceAll(':', '').toLowerCase();

function part<T>(read: () => T | undefined): Part<T> {
  try {
    const value = read();
    return value === undefined ? { kind: 'absent' } : { kind: 'there', value };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { kind: 'bad', code, why: detail.slice(0, 200) };
  }
}

function readQuote(value: JsonValue | undefined): Uint8Array | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new CodedError(CODE, 'intel_quote is not text');
  if (/^\s*error/i.test(value)) throw new CodedError('EVIDENCE_MISSING', value);
  if (value.length > 2 * MAX_QUOTE_BYTES) throw new CodedError(CODE, `a quote of ${value.length} characters`);
  const hex = value.replace(/^0x/i, '');
  if (isHex(hex)) return fromHex(hex);
  const bytes = fromBase64(value, CODE);
  if (!looksLikeQuote(bytes)) throw new CodedError(CODE, 'intel_quote is no quote in hex or base64');
  return bytes;
}

function readGpus(value: JsonValue | undefined): EvidenceList['devices'] | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const payload = typeof value === 'string' ? parseJson(value, { code: 'GPU_EVIDENCE_PARSE', maxLength: MAX_INFO }) : value;
  if (payload instanceof Map && payload.get('evidence_list') === undefined) throw new CodedError('EVIDENCE_MISSING', textIn(payload, 'error') ?? 'no evidence_list');
  const { devices } = readEvidenceValue(payload);
  if (devices.length > MAX_GPUS) throw new CodedError('GPU_EVIDENCE_PARSE', `${devices.length} GPUs, at most ${MAX_GPUS} are read`);
  // Every proxy calls its GPUs `HOPPER`, whatever they are: the certificates say it.
  return devices.map((device) => (device instanceof CodedError ? device : { transcript: device.transcript, certificates: device.certificates }));
}

function keyIn(from: JsonObject): SigningKey | undefined {
  const address = from.get('signing_address') ?? from.get('signing_key');
  if (address === undefined || address === null || address === '') return undefined;
  if (typeof address !== 'string') throw new CodedError('SIGNER_NOT_BOUND', 'signing_address is not text');
  return readKey(address, textIn(from, 'signing_algo'));
}

function textIn(object: JsonObject | undefined, key: string): string | undefined {
  const value = object?.get(key);
  return typeof value === 'string' ? value : undefined;
}

/** Some proxies write objects as their JSON text. What is neither is as good as not there: nothing in it is evidence by itself. */
function objectOrText(value: JsonValue | undefined): JsonObject | undefined {
  if (value instanceof Map) return value;
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    const read = parseJson(value, { code: CODE, maxLength: MAX_INFO });
    return read instanceof Map ? read : undefined;
  } catch (error) {
    asCoded(error);
    return undefined;
  }
}

/** The agent's attestation report as it comes: read strictly, errors inside HTTP 200 told apart from evidence. */
import { asCoded, CodedError } from '../../checks/error';
import { utf8Bytes, utf8Text } from '../../encoding/bytes';
import { fromHex, isHex } from '../../encoding/hex';
import { type JsonArray, type JsonValue, parseJson } from '../../encoding/json';
import { sliceMembers } from '../../encoding/json-slice';
import { type EvidenceList, readEvidenceValue } from '../../evidence/nvidia';
import { normalAddress } from '../../signatures/eip191';
import { MAX_REPORT_BYTES } from './profile';

export const MAX_QUOTE_BYTES = 16 * 1024;
export const MAX_GPUS = 16;

/** Evidence, or why there is none: `missing` for the agent's error texts and empty places, `malformed` for the rest. */
export type Part<T> =
  | { readonly kind: 'there'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string };

export interface IonetReport {
  /** TDX quote. */
  readonly cpu: Part<Uint8Array>;
  /** In the order of the list; a device that cannot be read stands as its fault. What the sender calls a device is left out. */
  readonly gpu: Part<EvidenceList['devices']>;
  /** The exact text of the `gpu` member. */
  readonly gpuRaw: Uint8Array;
  /** Lower-case `0x…`. */
  readonly signer: Part<string>;
  /** `sha256:` and 64 hex, lower-case. */
  readonly image: Part<string>;
  /** SHA-256 of the connection's public key, where an agent of the future reports one. */
  readonly spkiSha256?: Uint8Array;
}

/** Raises `EVIDENCE_MALFORMED` where the report is no JSON object of bounded size; faults of its parts stay with the parts. */
export function parseReport(body: Uint8Array): IonetReport {
  if (body.length > MAX_REPORT_BYTES) throw new CodedError('EVIDENCE_MALFORMED', `${body.length} bytes, at most ${MAX_REPORT_BYTES} are read`);
  const text = utf8Text(body, 'EVIDENCE_MALFORMED');
  const limits = { code: 'EVIDENCE_MALFORMED', maxLength: MAX_REPORT_BYTES } as const;
  const report = parseJson(text, limits);
  if (!(report instanceof Map)) throw new CodedError('EVIDENCE_MALFORMED', 'the report is not an object');
  const spki = report.get('tls_cert_fingerprint');
  return {
    cpu: cpuPart(report.get('cpu')),
    gpu: gpuPart(report.get('gpu')),
    gpuRaw: utf8Bytes(sliceMembers(text, limits).get('gpu') ?? ''),
    signer: textPart(report.get('signing_address'), normalAddress),
    image: textPart(report.get('image_digest'), (digest) => (/^sha256:[0-9a-f]{64}$/i.test(digest) ? digest.toLowerCase() : undefined)),
    ...(typeof spki === 'string' && isHex(spki, 32) ? { spkiSha256: fromHex(spki) } : {}),
  };
}

const malformed = (why: string) => ({ kind: 'malformed', why }) as const;
const missing = (why: string) => ({ kind: 'missing', why: why.slice(0, 200) }) as const;

function textPart(value: JsonValue | undefined, read: (text: string) => string | undefined): Part<string> {
  if (value === undefined || value === null || value === '') return { kind: 'absent' };
  const known = typeof value === 'string' ? read(value) : undefined;
  return known === undefined ? malformed(typeof value === 'string' ? value.slice(0, 80) : 'not text') : { kind: 'there', value: known };
}

function cpuPart(cpu: JsonValue | undefined): Part<Uint8Array> {
  if (cpu === undefined || cpu === null) return { kind: 'absent' };
  if (!(cpu instanceof Map)) return malformed('cpu is not an object');
  const said = errorIn(cpu);
  const quote = cpu.get('quote');
  if (quote === undefined || quote === null || quote === '') return missing(said ?? 'no quote');
  if (typeof quote !== 'string') return malformed('cpu.quote is not text');
  if (/^\s*error/i.test(quote)) return missing(quote);
  if (!isHex(quote)) return malformed('cpu.quote is not hex');
  return quote.length > 2 * MAX_QUOTE_BYTES ? malformed(`a quote of ${quote.length / 2} bytes`) : { kind: 'there', value: fromHex(quote) };
}

function gpuPart(gpu: JsonValue | undefined): Part<EvidenceList['devices']> {
  if (gpu === undefined || gpu === null) return { kind: 'absent' };
  if (!(gpu instanceof Map)) return malformed('gpu is not an object');
  const list = gpu.get('evidence_list');
  if (list === undefined || list === null) return missing(errorIn(gpu) ?? 'no evidence_list');
  if (!isList(list)) return malformed('gpu.evidence_list is not a list');
  if (list.length === 0) return missing('an empty evidence_list');
  if (list.length > MAX_GPUS) return malformed(`${list.length} GPUs, at most ${MAX_GPUS} are read`);
  try {
    return { kind: 'there', value: readEvidenceValue(list).devices.map(withoutStatedFamily) };
  } catch (error) {
    return malformed(asCoded(error).detail);
  }
}

/** The agent calls every GPU `HOPPER`, whatever it is: the certificates say it. */
function withoutStatedFamily(device: EvidenceList['devices'][number]): EvidenceList['devices'][number] {
  return device instanceof CodedError ? device : { transcript: device.transcript, certificates: device.certificates };
}

const isList = (value: JsonValue): value is JsonArray => Array.isArray(value);

function errorIn(part: ReadonlyMap<string, JsonValue>): string | undefined {
  const said = part.get('error') ?? part.get('status');
  return typeof said === 'string' ? said : undefined;
}

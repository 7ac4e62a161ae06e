/** The attestation document of AWS Nitro Enclaves: COSE_Sign1 (RFC 9052) around a CBOR map. Unauthenticated until chain and signature hold. */
import { CodedError } from '../../checks/error';
import { concatBytes, utf8Bytes } from '../../encoding/bytes';
import { CborTag, readCbor } from '../../encoding/cbor';
import type { CborMap, CborValue } from '../../encoding/cbor';

export interface NitroDocument {
  /** The exact bytes under the signature (Sig_structure). */
  readonly signedBytes: Uint8Array;
  /** r‖s big-endian, 96 bytes where it is in its form. */
  readonly signature: Uint8Array;
  readonly moduleId: string;
  /** Ms since the epoch. */
  readonly timestamp: number;
  /** 32, 48 or 64 bytes each, by register number. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** DER of the certificate whose key signed. */
  readonly certificate: Uint8Array;
  /** DER, root first. */
  readonly bundle: readonly Uint8Array[];
  readonly publicKey?: Uint8Array;
  readonly userData?: Uint8Array;
  readonly nonce?: Uint8Array;
}

const MAX_DOCUMENT = 64 * 1024;
const COSE_SIGN1_TAG = 18;
const ALGORITHM = 1;
const ES384 = -35;
const MAX_CERTIFICATE = 1024;
const MAX_BUNDLE = 8;
const PCR_LENGTHS: readonly number[] = [32, 48, 64];

function refuse(code: 'NITRO_COSE' | 'NITRO_FIELDS', detail: string): never {
  throw new CodedError(code, detail);
}

/** Reads one document and nothing after it. Raises `CBOR_MALFORMED`, `NITRO_COSE` or `NITRO_FIELDS`. */
export function parseDocument(bytes: Uint8Array): NitroDocument {
  if (bytes.length > MAX_DOCUMENT) refuse('NITRO_COSE', `${bytes.length} bytes`);
  const { protectedHeader, payload, signature } = readSign1(bytes);
  const fields = readCbor(payload);
  if (!isMap(fields)) return refuse('NITRO_FIELDS', 'the payload is no map');
  const optional = (name: string, max: number): Uint8Array | undefined => optionalBytes(fields, name, max);
  const [publicKey, userData, nonce] = [optional('public_key', 1024), optional('user_data', 1024), optional('nonce', 512)];
  return {
    signedBytes: sigStructure(protectedHeader, payload),
    signature,
    ...readIdentity(fields),
    pcrs: readPcrs(fields.get('pcrs')),
    certificate: bytesOf(fields.get('certificate'), 'certificate', MAX_CERTIFICATE),
    bundle: readBundle(fields.get('cabundle')),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(userData === undefined ? {} : { userData }),
    ...(nonce === undefined ? {} : { nonce }),
  };
}

const isMap = (value: CborValue | undefined): value is CborMap => value instanceof Map;
const isArray = (value: CborValue | undefined): value is readonly CborValue[] => Array.isArray(value);

function readSign1(bytes: Uint8Array): { protectedHeader: Uint8Array; payload: Uint8Array; signature: Uint8Array } {
  const outer = readCbor(bytes);
  if (outer instanceof CborTag && outer.tag !== COSE_SIGN1_TAG) refuse('NITRO_COSE', `tag ${outer.tag}`);
  const parts = outer instanceof CborTag ? outer.value : outer;
  if (!isArray(parts) || parts.length !== 4) return refuse('NITRO_COSE', 'not an array of four');
  const [protectedHeader, unprotectedHeader, payload, signature] = parts;
  if (!(protectedHeader instanceof Uint8Array) || !(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) return refuse('NITRO_COSE', 'a part that is no byte string');
  if (!isMap(unprotectedHeader) || unprotectedHeader.size !== 0) refuse('NITRO_COSE', 'unprotected headers');
  const header = protectedHeader.length === 0 ? undefined : readCbor(protectedHeader);
  if (!isMap(header) || header.size !== 1 || header.get(ALGORITHM) !== ES384) refuse('NITRO_COSE', 'the algorithm is not ES384');
  return { protectedHeader, payload, signature };
}

/** `["Signature1", protected, h'', payload]`, written out: the parts are taken as they came. */
function sigStructure(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  const context = utf8Bytes('Signature1');
  return concatBytes(Uint8Array.of(0x84, 0x60 + context.length), context, byteStringHead(protectedHeader.length), protectedHeader, byteStringHead(0), byteStringHead(payload.length), payload);
}

/** The shortest head of a byte string below 2^32 bytes. */
function byteStringHead(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 + length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  if (length < 0x1_0000) return Uint8Array.of(0x59, length >> 8, length & 0xff);
  return Uint8Array.of(0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

function readIdentity(fields: CborMap): Pick<NitroDocument, 'moduleId' | 'timestamp'> {
  const moduleId = fields.get('module_id');
  const timestamp = fields.get('timestamp');
  if (typeof moduleId !== 'string' || moduleId === '' || moduleId.length > 256) return refuse('NITRO_FIELDS', 'module_id');
  if (fields.get('digest') !== 'SHA384') refuse('NITRO_FIELDS', 'digest');
  if (typeof timestamp !== 'number' || timestamp <= 0 || timestamp > 8.64e15) return refuse('NITRO_FIELDS', 'timestamp');
  return { moduleId, timestamp };
}

function readPcrs(value: CborValue | undefined): ReadonlyMap<number, Uint8Array> {
  if (!isMap(value) || value.size === 0 || value.size > 32) return refuse('NITRO_FIELDS', 'pcrs');
  const pcrs = new Map<number, Uint8Array>();
  for (const [index, content] of value) {
    if (typeof index !== 'number' || index < 0 || index > 31) return refuse('NITRO_FIELDS', `pcrs: register ${index}`);
    if (!(content instanceof Uint8Array) || !PCR_LENGTHS.includes(content.length)) return refuse('NITRO_FIELDS', `pcrs: the value of ${index}`);
    pcrs.set(index, content);
  }
  return pcrs;
}

function readBundle(value: CborValue | undefined): readonly Uint8Array[] {
  if (!isArray(value) || value.length === 0 || value.length > MAX_BUNDLE) return refuse('NITRO_FIELDS', 'cabundle');
  return value.map((item) => bytesOf(item, 'cabundle', MAX_CERTIFICATE));
}

function bytesOf(value: CborValue | undefined, name: string, max: number): Uint8Array {
  return value instanceof Uint8Array && value.length > 0 && value.length <= max ? value : refuse('NITRO_FIELDS', name);
}

/** Absent and null say the same, and real documents use both. */
function optionalBytes(fields: CborMap, name: string, max: number): Uint8Array | undefined {
  const value = fields.get(name) ?? undefined;
  if (value === undefined) return undefined;
  return value instanceof Uint8Array && value.length <= max ? value : refuse('NITRO_FIELDS', name);
}

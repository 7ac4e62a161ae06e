/** What the device says of itself inside the signed response: type-length-value fields, two dozen of them known. */
import { CodedError } from '../../checks/error';
import { ByteReader } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';

export const OPAQUE = {
  driverVersion: 3,
  vbiosVersion: 6,
  nvdec0: 11,
  chipSku: 15,
  project: 17,
  projectSku: 18,
  fwid: 20,
  protectedPcie: 21,
  /** Of a GPU: the device ids of the switches its links end in. Of a switch: its own device id. */
  switchIds: 22,
  /** Of a switch: the device ids of its GPUs, then one byte a port. */
  gpuIds: 26,
  version: 34,
  chipInfo: 35,
  featureFlag: 36,
} as const;

export type OpaqueFields = ReadonlyMap<number, Uint8Array>;

/** Reads `type u16 LE, size u16 LE, data` to the end. Unknown types are kept: they are signed too. Raises `OPAQUE_PARSE`. */
export function readOpaque(bytes: Uint8Array): OpaqueFields {
  const reader = new ByteReader(bytes, 'OPAQUE_PARSE');
  const fields = new Map<number, Uint8Array>();
  while (reader.remaining > 0) {
    const type = reader.u16le();
    if (fields.has(type)) throw new CodedError('OPAQUE_PARSE', `field ${type} twice`);
    fields.set(type, reader.take(reader.u16le()));
  }
  return fields;
}

/** Printable ASCII, NULs and blanks at its end dropped; `undefined` where the field is not there. Raises `OPAQUE_PARSE`. */
export function opaqueText(fields: OpaqueFields, type: number): string | undefined {
  const bytes = fields.get(type);
  if (bytes === undefined) return undefined;
  const text = Array.from(bytes, (octet) => String.fromCharCode(octet)).join('').replace(/[\0 ]+$/, '');
  if (!/^[\x21-\x7e]*$/.test(text)) throw new CodedError('OPAQUE_PARSE', `field ${type} is no text`);
  return text;
}

/** The one byte of a status field; `undefined` where the field is not there or not one byte long. */
export function opaqueStatus(fields: OpaqueFields, type: number): number | undefined {
  const bytes = fields.get(type);
  return bytes?.length === 1 ? bytes[0] : undefined;
}

/** One byte or a little-endian number of at most four; `undefined` where the field is not there. Raises `OPAQUE_PARSE`. */
export function opaqueNumber(fields: OpaqueFields, type: number): number | undefined {
  const bytes = fields.get(type);
  if (bytes === undefined) return undefined;
  if (bytes.length === 0 || bytes.length > 4) throw new CodedError('OPAQUE_PARSE', `field ${type} of ${bytes.length} bytes is no number`);
  return bytes.reduceRight((value, octet) => value * 256 + octet, 0);
}

/** Device ids of 8 bytes, lower-case hex in the order of the bytes, zero entries (unused links) left out. */
export function deviceIds(bytes: Uint8Array, order: 'as-is' | 'reversed'): readonly string[] {
  if (bytes.length % 8 !== 0) throw new CodedError('OPAQUE_PARSE', `${bytes.length} bytes of device ids`);
  const ids: string[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const entry = bytes.slice(at, at + 8);
    const id = toHex(order === 'reversed' ? entry.reverse() : entry);
    if (!/^0+$/.test(id)) ids.push(id);
  }
  return ids;
}

/** A GPU's VBIOS version, 8 bytes little-endian, in NVIDIA's dotted form: `009f009601000000` is `96.00.9F.00.01`. Raises `OPAQUE_PARSE`. */
export function gpuVbiosVersion(bytes: Uint8Array): string {
  if (bytes.length !== 8) throw new CodedError('OPAQUE_PARSE', `a VBIOS version of ${bytes.length} bytes`);
  const digits = toHex(bytes.slice().reverse()).toUpperCase();
  const pairs = `${digits.slice(8, 16)}${digits.slice(6, 8)}`.match(/../g) ?? [];
  return pairs.join('.');
}

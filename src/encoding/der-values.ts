/** The primitive values of DER, each with its strict rules. Every fault raises `DER_MALFORMED` or the given code. */
import { concatBytes } from './bytes';
import { TAG, derRoot } from './der';
import type { DerElement } from './der';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

function wrong(code: Code, detail: string): never {
  throw new CodedError(code, detail);
}

function contentOf(element: DerElement, tag: number, code: Code): Uint8Array {
  if (element.tag !== tag) wrong(code, `tag 0x${element.tag.toString(16)} where 0x${tag.toString(16)} belongs`);
  return element.content;
}

/** The content octets of an INTEGER in minimal form: two's complement, big-endian. */
export function derIntegerBytes(element: DerElement, code: Code = 'DER_MALFORMED', tag: number = TAG.integer): Uint8Array {
  const content = contentOf(element, tag, code);
  const [first, second] = content;
  if (first === undefined) wrong(code, 'an empty integer');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) wrong(code, 'an integer that is not minimal');
  return content;
}

/** A non-negative INTEGER (or, with that tag, ENUMERATED) below 2^32. */
export function derUint(element: DerElement, code: Code = 'DER_MALFORMED', tag: number = TAG.integer): number {
  const content = derIntegerBytes(element, code, tag);
  if ((content[0] ?? 0) >= 0x80) wrong(code, 'a negative integer');
  if (content.length > 5 || (content.length === 5 && content[0] !== 0)) wrong(code, 'an integer above 32 bits');
  return content.reduce((value, octet) => value * 256 + octet, 0);
}

export function derBoolean(element: DerElement, code: Code = 'DER_MALFORMED'): boolean {
  const content = contentOf(element, TAG.boolean, code);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) wrong(code, 'a boolean that is neither 00 nor ff');
  return content[0] === 0xff;
}

/** The octets of a BIT STRING whose length is a whole number of octets (keys, signatures). */
export function derBitOctets(element: DerElement, code: Code = 'DER_MALFORMED'): Uint8Array {
  const content = contentOf(element, TAG.bitString, code);
  if (content[0] !== 0) wrong(code, 'a bit string with unused bits');
  return content.subarray(1);
}

/** A named-bit BIT STRING (key usage) as a predicate: bit 0 is the first. */
export function derNamedBits(element: DerElement, code: Code = 'DER_MALFORMED'): (bit: number) => boolean {
  const content = contentOf(element, TAG.bitString, code);
  const unused = content[0];
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0)) wrong(code, 'a bit string with a wrong count of unused bits');
  const last = content[content.length - 1] ?? 0;
  if (content.length > 1 && (last & ((1 << unused) - 1)) !== 0) wrong(code, 'a bit string with unused bits that are set');
  return (bit) => ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}

/** Dotted decimal. Arcs are limited to 32 bits. */
export function derOid(element: DerElement, code: Code = 'DER_MALFORMED'): string {
  const content = contentOf(element, TAG.oid, code);
  let text = '';
  let arc = 0;
  let open = false;
  for (const octet of content) {
    if (!open && octet === 0x80) wrong(code, 'an object identifier that is not minimal');
    arc = arc * 128 + (octet & 0x7f);
    if (arc > 0xffffffff) wrong(code, 'an object identifier with an arc above 32 bits');
    open = octet >= 0x80;
    if (open) continue;
    text += text === '' ? firstArcs(arc) : `.${arc}`;
    arc = 0;
  }
  if (open || text === '') wrong(code, 'an object identifier that does not end');
  return text;
}

/** The first two arcs share one value: 40 times the first, which is 0, 1 or 2, plus the second. */
function firstArcs(joined: number): string {
  const top = Math.min(2, Math.floor(joined / 40));
  return `${top}.${joined - 40 * top}`;
}

/** Ms since the epoch of a UTCTime or GeneralizedTime in the form RFC 5280 asks for: seconds, `Z`, no fraction. */
export function derTime(element: DerElement, code: Code = 'DER_MALFORMED'): number {
  const { tag, content } = element;
  if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) wrong(code, `tag 0x${tag.toString(16)} where a time belongs`);
  const yearDigits = tag === TAG.utcTime ? 2 : 4;
  if (content.length !== yearDigits + 11 || content[yearDigits + 10] !== 0x5a) wrong(code, 'a time in no known form');
  const field = (at: number): number => digitOf(content[at], code) * 10 + digitOf(content[at + 1], code);
  const short = field(0);
  const year = tag === TAG.utcTime ? short + (short < 50 ? 2000 : 1900) : short * 100 + field(2);
  const month = field(yearDigits);
  const day = field(yearDigits + 2);
  const [hour, minute, second] = [field(yearDigits + 4), field(yearDigits + 6), field(yearDigits + 8)];
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) wrong(code, 'no such time');
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function digitOf(octet: number | undefined, code: Code): number {
  if (octet === undefined || octet < 0x30 || octet > 0x39) wrong(code, 'a time in no known form');
  return octet - 0x30;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** `SEQUENCE { r INTEGER, s INTEGER }` as fixed-length r‖s, each `size` octets big-endian: the form WebCrypto takes. */
export function ecdsaSignature(der: Uint8Array, size: number, code: Code = 'DER_MALFORMED'): Uint8Array<ArrayBuffer> {
  const pair = derRoot(der, TAG.sequence, code);
  const parts = [pair.next(), pair.next()].map((element) => fixedUnsigned(derIntegerBytes(element, code), size, code));
  pair.end();
  return concatBytes(...parts);
}

function fixedUnsigned(integer: Uint8Array, size: number, code: Code): Uint8Array {
  if ((integer[0] ?? 0) >= 0x80) wrong(code, 'a negative signature value');
  const magnitude = integer.length > 1 && integer[0] === 0 ? integer.subarray(1) : integer;
  if (magnitude.length > size) wrong(code, `a signature value of ${magnitude.length} octets`);
  const fixed = new Uint8Array(size);
  fixed.set(magnitude, size - magnitude.length);
  return fixed;
}

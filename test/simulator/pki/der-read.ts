/** The other half of der.ts: takes elements apart, for the one thing that clients send as DER (OCSP requests). */

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** Every element in a row. Raises `RangeError` where the bytes are no DER. */
export function elements(bytes: Buffer): readonly Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { length, header } = lengthAt(bytes, at + 1);
    const start = at + 1 + header;
    if (start + length > bytes.length) throw new RangeError('an element longer than what holds it');
    found.push({ tag: bytes.readUInt8(at), content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) });
    at = start + length;
  }
  return found;
}

function lengthAt(bytes: Buffer, at: number): { readonly length: number; readonly header: number } {
  const first = bytes.readUInt8(at);
  if (first < 0x80) return { length: first, header: 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 3) throw new RangeError('a length of a form that DER does not have here');
  return { length: bytes.readUIntBE(at + 1, count), header: 1 + count };
}

/** What stands inside the one element of this tag. */
export function inside(element: Element | undefined, tag: number): readonly Element[] {
  if (element?.tag !== tag) throw new RangeError(`tag ${element?.tag ?? 'none'} where ${tag} belongs`);
  return elements(element.content);
}

export function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new RangeError(`tag ${element?.tag ?? 'none'} where ${tag} belongs`);
  return element.content;
}

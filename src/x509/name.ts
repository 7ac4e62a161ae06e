/** X.501 names: compared as raw bytes, shown as text. */
import { TAG, derRoot } from '../encoding/der';
import type { DerElement } from '../encoding/der';
import { derOid } from '../encoding/der-values';
import type { Code } from '../checks/codes';

const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
};

export interface Name {
  /** The DER of the whole name: what issuer and subject are compared by. */
  readonly raw: Uint8Array;
  /** `CN=…, O=…` in the order of the encoding. */
  readonly text: string;
  /** The one common name; `undefined` when there is none or more than one. */
  readonly commonName: string | undefined;
}

/** Reads a `Name`. Raises `DER_MALFORMED` or the given code. */
export function readName(element: DerElement, code: Code = 'DER_MALFORMED'): Name {
  const parts: { readonly type: string; readonly value: string }[] = [];
  const relative = derRoot(element.full, TAG.sequence, code);
  while (!relative.done) {
    const attributes = relative.enter(TAG.set);
    do {
      const attribute = attributes.enter(TAG.sequence);
      const type = derOid(attribute.next(TAG.oid), code);
      parts.push({ type: SHORT[type] ?? type, value: stringOf(attribute.next()) });
      attribute.end();
    } while (!attributes.done);
  }
  const common = parts.filter((part) => part.type === 'CN');
  return {
    raw: element.full,
    text: parts.map((part) => `${part.type}=${part.value}`).join(', '),
    commonName: common.length === 1 ? common[0]?.value : undefined,
  };
}

/** For display and for the comparison of ASCII names; what is no known string type is shown as its tag. */
function stringOf(element: DerElement): string {
  switch (element.tag) {
    case TAG.utf8String:
      return isAscii(element.content) ? latin1(element.content) : new TextDecoder().decode(element.content);
    case TAG.bmpString:
      return new TextDecoder('utf-16be').decode(element.content);
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.teletexString:
      return latin1(element.content);
    default:
      return `(tag ${element.tag})`;
  }
}

const isAscii = (octets: Uint8Array): boolean => octets.every((octet) => octet < 0x80);

/** Names are short; a long one is cut for display, its bytes are compared whole. */
const latin1 = (octets: Uint8Array): string => String.fromCharCode(...octets.subarray(0, 256));

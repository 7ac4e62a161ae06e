/** The extensions of certificates and CRLs: read once, doubled ones refused. */
import { TAG } from '../encoding/der';
import type { DerReader } from '../encoding/der';
import { derBoolean, derOid } from '../encoding/der-values';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

export interface Extension {
  readonly critical: boolean;
  /** The DER inside the OCTET STRING. */
  readonly value: Uint8Array;
}

export type Extensions = ReadonlyMap<string, Extension>;

export const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  crlReason: '2.5.29.21',
} as const;

const MAX_EXTENSIONS = 64;

/** Reads `SEQUENCE OF Extension` from the element the reader stands before. Raises the given code. */
export function readExtensions(reader: DerReader, code: Code): Extensions {
  const extensions = new Map<string, Extension>();
  const list = reader.enter(TAG.sequence);
  while (!list.done) {
    const item = list.enter(TAG.sequence);
    const id = derOid(item.next(TAG.oid), code);
    const flag = item.optional(TAG.boolean);
    const value = item.next(TAG.octetString).content;
    item.end();
    if (extensions.has(id)) throw new CodedError(code, `the extension ${id} twice`);
    if (extensions.size === MAX_EXTENSIONS) throw new CodedError(code, `more than ${MAX_EXTENSIONS} extensions`);
    extensions.set(id, { critical: flag !== undefined && derBoolean(flag, code), value });
  }
  return extensions;
}

/** The critical extensions that the reader of these knows no rule for: with one of them nothing may be accepted. */
export function unknownCritical(extensions: Extensions, known: readonly string[]): readonly string[] {
  return [...extensions].filter(([id, extension]) => extension.critical && !known.includes(id)).map(([id]) => id);
}

/** Certificate revocation lists (RFC 5280 section 5), complete ones only. */
import { OID, readExtensions, unknownCritical } from './extensions';
import type { Extensions } from './extensions';
import { readName } from './name';
import type { Name } from './name';
import type { Signed } from './signature';
import { BoundedMap } from '../encoding/bounded-map';
import { equalBytes } from '../encoding/bytes';
import { DerReader, TAG, contextTag, derRoot } from '../encoding/der';
import { derBitOctets, derIntegerBytes, derOid, derTime, derUint } from '../encoding/der-values';
import { fromHex, toHex } from '../encoding/hex';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

export interface Crl extends Signed {
  readonly issuer: Name;
  /** Ms since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** cRLNumber, where the list carries one. */
  readonly number: bigint | undefined;
  /** Serial numbers (content octets of the INTEGER, lower-case hex), on hold or revoked for good. */
  readonly revoked: ReadonlySet<string>;
}

/** 4 MiB hold some hundred thousand entries; Intel's lists are 4 kB. */
const MAX_BYTES = 4 * 1024 * 1024;

/** deltaCRLIndicator and issuingDistributionPoint: a list with one of them leaves serials out. RFC 5280 makes both critical; a list that does not is no more complete for it. */
const INCOMPLETE = ['2.5.29.27', '2.5.29.28'];

const kept = new BoundedMap<Crl>(16, 1024 * 1024);

/** Reads a list given as hex DER; equal text gives the same object. Raises the given code. */
export const readHexCrl = (hex: string, code: Code): Crl => kept.getOrMake(hex, () => readCrl(fromHex(hex, code), code));

/** Forgets what was read; benchmarks measure the cold case with it. */
export function forgetCrls(): void {
  kept.clear();
}

/**
 * Reads a list. Raises the given code for anything malformed, for a list without nextUpdate, for critical extensions
 * without a rule here, and for those that change what the list means (delta, indirect or partitioned), critical or not.
 */
export function readCrl(der: Uint8Array, code: Code): Crl {
  if (der.length > MAX_BYTES) throw new CodedError(code, `${der.length} bytes`);
  const outer = derRoot(der, TAG.sequence, code);
  const tbs = outer.next(TAG.sequence);
  const outerAlgorithm = outer.next(TAG.sequence);
  const signature = derBitOctets(outer.next(TAG.bitString), code);
  outer.end();

  const body = derRoot(tbs.full, TAG.sequence, code);
  if (derUint(body.next(TAG.integer), code) !== 1) throw new CodedError(code, 'not a v2 list');
  const algorithm = body.next(TAG.sequence);
  if (!equalBytes(algorithm.full, outerAlgorithm.full)) throw new CodedError(code, 'two signature algorithms');
  const issuer = readName(body.next(TAG.sequence), code);
  const thisUpdate = derTime(body.next(), code);
  const nextUpdate = derTime(body.next(), code);
  const revoked = body.nextTag === TAG.sequence ? readEntries(body.enter(TAG.sequence), code) : new Set<string>();
  const extensions = readListExtensions(body, code);
  body.end();

  return {
    signedBytes: tbs.full,
    algorithm: derOid(derRoot(algorithm.full, TAG.sequence, code).next(TAG.oid), code),
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    number: crlNumber(extensions, code),
    revoked,
  };
}

function readEntries(list: DerReader, code: Code): ReadonlySet<string> {
  const revoked = new Set<string>();
  while (!list.done) {
    const entry = list.enter(TAG.sequence);
    revoked.add(toHex(derIntegerBytes(entry.next(TAG.integer), code)));
    derTime(entry.next(), code);
    if (!entry.done) refuseCritical(readExtensions(entry, code), [OID.crlReason], code);
    entry.end();
  }
  return revoked;
}

function readListExtensions(body: DerReader, code: Code): Extensions {
  if (body.nextTag !== contextTag(0)) return new Map();
  const wrapped = body.enter(contextTag(0));
  const extensions = readExtensions(wrapped, code);
  wrapped.end();
  refuseCritical(extensions, [OID.crlNumber], code);
  const partial = INCOMPLETE.find((id) => extensions.has(id));
  if (partial !== undefined) throw new CodedError(code, `the extension ${partial}: not a complete list`);
  return extensions;
}

function refuseCritical(extensions: Extensions, known: readonly string[], code: Code): void {
  const [first] = unknownCritical(extensions, known);
  if (first !== undefined) throw new CodedError(code, `the critical extension ${first}`);
}

function crlNumber(extensions: Extensions, code: Code): bigint | undefined {
  const extension = extensions.get(OID.crlNumber);
  if (extension === undefined) return undefined;
  const reader = new DerReader(extension.value, code);
  const octets = derIntegerBytes(reader.next(), code);
  reader.end();
  if (octets.length > 21 || (octets[0] ?? 0) >= 0x80) throw new CodedError(code, 'a list number that is negative or above 20 octets');
  return BigInt(`0x${toHex(octets)}`);
}

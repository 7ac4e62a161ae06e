/** RSASSA-PSS with SHA-384, MGF1-SHA-384 and 48 octets of salt: how AMD signs certificates and CRLs. */
import type { Signed } from './signature';
import { BoundedMap } from '../encoding/bounded-map';
import { ownedBytes } from '../encoding/bytes';
import { DerReader, TAG, contextTag } from '../encoding/der';
import { derOid, derUint } from '../encoding/der-values';
import { fromHex } from '../encoding/hex';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

const RSASSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';
const SHA384 = '2.16.840.1.101.3.4.2.2';
const SALT_BYTES = 48;

/** A 4096-bit SubjectPublicKeyInfo has 550 bytes; far longer keys would make every verification dear. */
const MAX_SPKI_HEX = 2 * 1100;

/**
 * Reads the AlgorithmIdentifier inside a TBSCertificate or TBSCertList and raises `code` unless it is RSASSA-PSS with
 * exactly these parameters. The trailer field may be left out or written out as 1: both encodings are in use.
 */
function requirePssSha384(signedBytes: Uint8Array, code: Code): void {
  const body = new DerReader(signedBytes, code).enter(TAG.sequence);
  while (body.nextTag !== TAG.sequence) body.next();
  const algorithm = body.enter(TAG.sequence);
  requireOid(algorithm, RSASSA_PSS, code);
  const parameters = algorithm.enter(TAG.sequence);
  algorithm.end();
  const hash = parameters.enter(contextTag(0));
  requireSha384(hash, code);
  const mask = parameters.enter(contextTag(1));
  const generator = mask.enter(TAG.sequence);
  mask.end();
  requireOid(generator, MGF1, code);
  requireSha384(generator, code);
  const salt = parameters.enter(contextTag(2));
  if (derUint(salt.next(), code) !== SALT_BYTES) throw new CodedError(code, 'another salt length');
  salt.end();
  if (parameters.nextTag === contextTag(3)) {
    const trailer = parameters.enter(contextTag(3));
    if (derUint(trailer.next(), code) !== 1) throw new CodedError(code, 'another trailer field');
    trailer.end();
  }
  parameters.end();
}

function requireOid(reader: DerReader, wanted: string, code: Code): void {
  const found = derOid(reader.next(TAG.oid), code);
  if (found !== wanted) throw new CodedError(code, `algorithm ${found}`);
}

/** The last element of `reader`: AlgorithmIdentifier of SHA-384, parameters absent or NULL. */
function requireSha384(reader: DerReader, code: Code): void {
  const identifier = reader.enter(TAG.sequence);
  reader.end();
  requireOid(identifier, SHA384, code);
  const parameters = identifier.optional(TAG.null);
  if (parameters !== undefined && parameters.content.length !== 0) throw new CodedError(code, 'a NULL with content');
  identifier.end();
}

const keys = new BoundedMap<Promise<CryptoKey>>(32, 64 * 1024);

async function importRsa(spkiHex: string, code: Code): Promise<CryptoKey> {
  if (spkiHex.length > MAX_SPKI_HEX) throw new CodedError(code, `a key of ${spkiHex.length / 2} bytes`);
  try {
    return await crypto.subtle.importKey('spki', fromHex(spkiHex, code), { name: 'RSA-PSS', hash: 'SHA-384' }, false, ['verify']);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name !== 'NotSupportedError') throw new CodedError(code, 'not an RSA key', { cause });
    throw cause;
  }
}

/** Signed thing → key → whether it verifies: a fact about bytes, so it may be remembered as long as the thing itself. */
const known = new WeakMap<Signed, Map<string, Promise<boolean>>>();

/** Whether this RSA key (SubjectPublicKeyInfo, hex) signed this certificate or CRL. False for any other algorithm, parameters or kind of key. */
export function isPssSignedBy(signed: Signed, spkiHex: string): Promise<boolean> {
  const byKey = known.get(signed) ?? new Map<string, Promise<boolean>>();
  known.set(signed, byKey);
  const verdict = byKey.get(spkiHex) ?? verifyPss(signed, spkiHex);
  if (byKey.size < 8) byKey.set(spkiHex, verdict);
  return verdict;
}

async function verifyPss(signed: Signed, spkiHex: string): Promise<boolean> {
  try {
    requirePssSha384(signed.signedBytes, 'CERTIFICATE_MALFORMED');
    const key = await keys.getOrMake(spkiHex, () => importRsa(spkiHex, 'CERTIFICATE_MALFORMED'));
    return await crypto.subtle.verify({ name: 'RSA-PSS', saltLength: SALT_BYTES }, key, ownedBytes(signed.signature), ownedBytes(signed.signedBytes));
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** Forgets imported keys; benchmarks measure the cold case with it. */
export function forgetRsaKeys(): void {
  keys.clear();
}

/** RSASSA-PSS with SHA-384, MGF1-SHA-384 and 48 octets of salt: how AMD signs certificates and CRLs. */
import { KeyMemo, VerdictMemo, isBadKey } from './memo';
import type { Signed } from './signature';
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

/** AMD's keys have 4096 bits (550 bytes of SubjectPublicKeyInfo), laboratories' at least 2048: far longer ones would make every verification dear, and below 100 bytes OpenSSL raises instead of refusing. */
const MAX_SPKI_HEX = 2 * 1100;
const MODULUS_BITS = { least: 2048, most: 4096 };

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

const keys = new KeyMemo(32);

async function importRsa(spkiHex: string, code: Code): Promise<CryptoKey> {
  if (spkiHex.length > MAX_SPKI_HEX) throw new CodedError(code, `a key of ${spkiHex.length / 2} bytes`);
  try {
    const key = await crypto.subtle.importKey('spki', fromHex(spkiHex, code), { name: 'RSA-PSS', hash: 'SHA-384' }, false, ['verify']);
    const bits = modulusBits(key.algorithm);
    if (bits < MODULUS_BITS.least || bits > MODULUS_BITS.most) throw new CodedError(code, `an RSA key of ${bits} bits`);
    return key;
  } catch (cause) {
    if (isBadKey(cause)) throw new CodedError(code, 'not an RSA key', { cause });
    throw cause;
  }
}

const modulusBits = (algorithm: KeyAlgorithm): number => ('modulusLength' in algorithm && typeof algorithm.modulusLength === 'number' ? algorithm.modulusLength : 0);

const known = new VerdictMemo();

/** Whether this RSA key (SubjectPublicKeyInfo, hex) signed this certificate or CRL. False for any other algorithm, parameters or kind of key. */
export const isPssSignedBy = (signed: Signed, spkiHex: string): Promise<boolean> => known.get(signed, spkiHex, () => verifyPss(signed, spkiHex));

async function verifyPss(signed: Signed, spkiHex: string): Promise<boolean> {
  try {
    requirePssSha384(signed.signedBytes, 'CERTIFICATE_MALFORMED');
    const key = await keys.get(spkiHex, () => importRsa(spkiHex, 'CERTIFICATE_MALFORMED'));
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

/**
 * Ed25519 (RFC 8032), strictly: a key that is not one canonical point of large order is no key. WebCrypto is not used
 * here, since some engines take the all-zero key and others of small order, under which anyone can sign.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';
import { utf8Bytes } from '../encoding/bytes';
import { fromHex } from '../encoding/hex';

export const ED25519_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/**
 * Refuses what is no usable public key: another length than 32 bytes, an encoding that is not canonical, a point off the
 * curve, one of small order (all zeros among them). Raises `SIGNATURE_MALFORMED` or the given code.
 */
export function requireEd25519Key(key: Uint8Array, code: Code = 'SIGNATURE_MALFORMED'): void {
  if (key.length !== ED25519_KEY_BYTES) throw new CodedError(code, `a key of ${key.length} bytes, not ${ED25519_KEY_BYTES}`);
  if (pointOf(key, code).isSmallOrder()) throw new CodedError(code, 'a key of small order, under which anyone can sign');
}

function pointOf(key: Uint8Array, code: Code): InstanceType<typeof ed25519.Point> {
  try {
    return ed25519.Point.fromBytes(key, false);
  } catch (cause) {
    throw new CodedError(code, 'not the canonical form of a point', { cause });
  }
}

/**
 * Checks a signature over `message` (text is signed as UTF-8; hex digits are text like any other).
 * `signature`: 64 bytes as hex in any case, with or without `0x`; `key`: 32 bytes. Raises `SIGNATURE_MALFORMED` for
 * another form of either and `SIGNATURE_INVALID` where the key did not sign this.
 */
export function verifyEd25519(message: string | Uint8Array, signature: string, key: Uint8Array): void {
  const bytes = fromHex(signature.replace(/^0x/i, ''), 'SIGNATURE_MALFORMED');
  if (bytes.length !== SIGNATURE_BYTES) throw new CodedError('SIGNATURE_MALFORMED', `${bytes.length} bytes, not ${SIGNATURE_BYTES}`);
  requireEd25519Key(key);
  const signed = typeof message === 'string' ? utf8Bytes(message) : message;
  if (!ed25519.verify(bytes, signed, key, { zip215: false })) throw new CodedError('SIGNATURE_INVALID', 'this key did not sign this');
}

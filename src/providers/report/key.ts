/** A signing key as a report names it. It counts only where it is a key: well-formed for its algorithm, and not zero. */
import { CodedError } from '../../checks/error';
import { isAllZero } from '../../encoding/bytes';
import { fromHex, isHex, toHex } from '../../encoding/hex';
import { addressOfPublicKey } from '../../signatures/eip191';
import { ED25519_KEY_BYTES, requireEd25519Key } from '../../signatures/ed25519';

export interface SigningKey {
  readonly algorithm: 'ecdsa' | 'ed25519';
  /** Lower-case: `0x` + 40 hex of an address, or 64 hex of an Ed25519 key. */
  readonly text: string;
  /** What is put into report_data: 20 or 32 bytes. */
  readonly bytes: Uint8Array;
}

const ADDRESS_BYTES = 20;
const CODE = 'SIGNER_NOT_BOUND';

/**
 * Reads a key. `algorithm`: as the report names it, in any case; where it names none, the length tells.
 * Raises `SIGNER_NOT_BOUND` for what is no usable key, `SIGNATURE_ALGORITHM` for an algorithm that is not known.
 */
export function readKey(text: string, algorithm: string | undefined): SigningKey {
  const digits = text.replace(/^0x/i, '').toLowerCase();
  if (digits === '' || !isHex(digits)) throw new CodedError(CODE, 'the reported key is not hex');
  const bytes = fromHex(digits);
  const named = (algorithm ?? (bytes.length === ED25519_KEY_BYTES ? 'ed25519' : 'ecdsa')).toLowerCase();
  if (named !== 'ecdsa' && named !== 'ed25519') throw new CodedError('SIGNATURE_ALGORITHM', named.slice(0, 40));
  if (isAllZero(bytes)) throw new CodedError(CODE, 'the reported key is all zeros');
  if (named === 'ed25519') requireEd25519Key(bytes, CODE);
  else if (bytes.length !== ADDRESS_BYTES) throw new CodedError(CODE, `an address of ${bytes.length} bytes, not ${ADDRESS_BYTES}`);
  return { algorithm: named, text: named === 'ecdsa' ? `0x${digits}` : digits, bytes };
}

/**
 * Does a public key for encryption belong to the same key? For ECDSA 64 bytes x‖y (or 65 with 04 before it) whose
 * address is the signing address; for Ed25519 the key itself. Whoever encrypts to it then writes to the holder of the
 * signing key, and to nobody else.
 */
export function isSameKey(key: SigningKey, publicKey: string): boolean {
  const digits = publicKey.replace(/^0x/i, '').toLowerCase();
  if (key.algorithm === 'ed25519') return digits === key.text;
  const point = digits.length === 130 && digits.startsWith('04') ? digits : `04${digits}`;
  return isHex(point, 65) && addressOfPublicKey(fromHex(point)) === key.text;
}

/** The hex form that `readBinding` takes: `0x` before either kind. */
export const bindingText = ({ bytes }: SigningKey): string => `0x${toHex(bytes)}`;

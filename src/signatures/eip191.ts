/**
 * EIP-191 `personal_sign` over secp256k1: the signature scheme of io.net's agent and its relatives.
 * Signing: keccak-256 of `\x19Ethereum Signed Message:\n<length>` and the message; the signer is known by its address.
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { CodedError } from '../checks/error';
import { concatBytes, utf8Bytes } from '../encoding/bytes';
import { fromHex, toHex } from '../encoding/hex';

/** r‖s‖v. */
const SIGNATURE_BYTES = 65;

/** The digest that is signed: 32 bytes. `message` is text (signed as UTF-8) or bytes; hex digits are text like any other. */
export function personalMessageHash(message: string | Uint8Array): Uint8Array {
  const bytes = typeof message === 'string' ? utf8Bytes(message) : message;
  return keccak_256(concatBytes(utf8Bytes(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes));
}

/** Lower-case `0x` + 40 hex of an address in any case, with or without `0x`; `undefined` for anything else. */
export function normalAddress(text: string): string | undefined {
  const digits = /^(?:0x)?([0-9a-f]{40})$/i.exec(text)?.[1];
  return digits === undefined ? undefined : `0x${digits.toLowerCase()}`;
}

/** The address of an uncompressed public key (65 bytes, first 04): the last 20 bytes of keccak-256 of x‖y. */
export function addressOfPublicKey(uncompressed: Uint8Array): string {
  return `0x${toHex(keccak_256(uncompressed.subarray(1)).subarray(12))}`;
}

/**
 * The address whose key made this signature, lower-case with `0x`.
 * `signature`: 65 bytes r‖s‖v as hex in any case, with or without `0x`; v is 0, 1, 27 or 28. Raises `SIGNATURE_MALFORMED`
 * for another form and `SIGNATURE_INVALID` where the numbers belong to no key.
 */
export function recoverSigner(message: string | Uint8Array, signature: string): string {
  const bytes = fromHex(signature.replace(/^0x/i, ''), 'SIGNATURE_MALFORMED');
  if (bytes.length !== SIGNATURE_BYTES) throw new CodedError('SIGNATURE_MALFORMED', `${bytes.length} bytes, not ${SIGNATURE_BYTES}`);
  const v = bytes[SIGNATURE_BYTES - 1] ?? -1;
  const recovery = v >= 27 ? v - 27 : v;
  if (recovery !== 0 && recovery !== 1) throw new CodedError('SIGNATURE_MALFORMED', `v is ${v}`);
  const r = BigInt(`0x${toHex(bytes.subarray(0, 32))}`);
  const s = BigInt(`0x${toHex(bytes.subarray(32, 64))}`);
  const order = secp256k1.Point.Fn.ORDER;
  if (r === 0n || s === 0n || r >= order || s >= order) throw new CodedError('SIGNATURE_MALFORMED', 'r or s is out of range');
  return addressOfPublicKey(publicKeyOf(bytes.subarray(0, 64), recovery, personalMessageHash(message)));
}

function publicKeyOf(compact: Uint8Array, recovery: 0 | 1, hash: Uint8Array): Uint8Array {
  try {
    return secp256k1.Signature.fromBytes(compact, 'compact').addRecoveryBit(recovery).recoverPublicKey(hash).toBytes(false);
  } catch (cause) {
    throw new CodedError('SIGNATURE_INVALID', 'the signature belongs to no key', { cause });
  }
}

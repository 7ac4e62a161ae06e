/**
 * Entity attestation tokens of newer Cocos services (CWT or JWT): an envelope whose signing key is made at start-up and
 * vouched for by nobody. Its claims, dates and nonce are therefore not looked at; the evidence inside speaks for itself.
 */
import { CodedError } from '../../checks/error';
import { fromBase64, fromBase64Url } from '../../encoding/base64';
import { utf8Text } from '../../encoding/bytes';
import { CborTag, type CborValue, readCbor } from '../../encoding/cbor';
import { parseJson } from '../../encoding/json';
import { FORM, refuseForm } from './fields';

const COSE_SIGN1 = 18;
const RAW = 'raw_report';
const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;
const MAX_DEPTH = 8;

/** True of bytes that begin like a token, or like another of the COSE messages that Cocos's tools write. */
export const looksLikeToken = (bytes: Uint8Array): boolean => (bytes[0] === 0xd2 && bytes[1] === 0x84) || (bytes[0] === 0x65 && bytes[1] === 0x79 && bytes[2] === 0x4a);

/** The evidence inside. Raises `COCOS_FORM`; messages without evidence (CoRIM) are among what it refuses. */
export function evidenceInToken(bytes: Uint8Array): Uint8Array {
  try {
    return bytes[0] === 0xd2 ? inCwt(bytes) : inJwt(bytes);
  } catch (error) {
    if (error instanceof CodedError && error.code !== FORM) throw new CodedError(FORM, error.detail, { cause: error });
    throw error;
  }
}

function inCwt(bytes: Uint8Array): Uint8Array {
  const message = readCbor(bytes);
  const parts: CborValue = message instanceof CborTag && message.tag === COSE_SIGN1 ? message.value : refuseForm('no COSE_Sign1');
  const payload = isList(parts) && parts.length === 4 ? parts[2] : undefined;
  const claims = payload instanceof Uint8Array ? readCbor(payload) : refuseForm('a COSE message without its content');
  const raw = claims instanceof Map ? claims.get(RAW) : undefined;
  return raw instanceof Uint8Array ? raw : refuseForm('a signed message without evidence, as reference values (CoRIM) are');
}

const isList = (value: CborValue): value is readonly CborValue[] => Array.isArray(value);

function inJwt(bytes: Uint8Array): Uint8Array {
  const text = utf8Text(bytes).trim();
  if (!JWT.test(text)) return refuseForm('no token in its three parts');
  const claims = parseJson(utf8Text(fromBase64Url(text.split('.')[1] ?? '')), { maxDepth: MAX_DEPTH });
  const raw = claims instanceof Map ? claims.get(RAW) : undefined;
  return typeof raw === 'string' ? fromBase64(raw) : refuseForm('a token without evidence');
}

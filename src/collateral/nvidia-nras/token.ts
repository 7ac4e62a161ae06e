/** Signed tokens of NVIDIA's attestation service: compact JWS with ES384, and the keys they are signed with. */
import { CodedError } from '../../checks/error';
import { fromBase64Url } from '../../encoding/base64';
import { utf8Bytes, utf8Text } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { type JsonObject, parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import { P384_SIGNATURE_BYTES, verifyP384 } from '../../x509/p384';

const CODE = 'NRAS_PARSE';
/** A device's token has about 2 kB. */
const MAX_TOKEN = 64 * 1024;
/** About 36 are listed at a time. */
const MAX_KEYS = 512;
const COORDINATE_BYTES = 48;
/** SubjectPublicKeyInfo of P-384 before the point's coordinates. */
const P384_POINT = '3076301006072a8648ce3d020106052b8104002203620004';

export interface Token {
  readonly algorithm: string;
  readonly keyId: string;
  readonly claims: JsonObject;
  /** ASCII of both parts, with the dot. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Takes a compact token apart; nothing in it is believed yet. Raises `NRAS_PARSE`. */
export function readToken(text: string): Token {
  const [header = '', payload = '', signature = '', ...more] = text.split('.');
  if (text.length > MAX_TOKEN || header === '' || payload === '' || more.length > 0) throw new CodedError(CODE, 'not a signed token');
  const head = new JsonView(jsonIn(header), 'header', CODE);
  return {
    algorithm: head.get('alg').string(),
    keyId: head.get('kid').string(),
    claims: new JsonView(jsonIn(payload), 'payload', CODE).object(),
    signed: utf8Bytes(`${header}.${payload}`),
    signature: fromBase64Url(signature, CODE),
  };
}

const jsonIn = (part: string) => parseJson(utf8Text(fromBase64Url(part, CODE), CODE), { code: CODE });

/** Key id → SubjectPublicKeyInfo, lower-case hex. */
export type TokenKeys = ReadonlyMap<string, string>;

/** Reads a JWKS; keys of another kind are left out. Raises `NRAS_PARSE`. */
export function readKeys(bytes: Uint8Array): TokenKeys {
  const keys = new Map<string, string>();
  for (const entry of new JsonView(parseJson(utf8Text(bytes, CODE), { code: CODE }), 'keys', CODE).get('keys').items(MAX_KEYS)) {
    if (entry.get('kty').string() !== 'EC' || entry.get('crv').string() !== 'P-384') continue;
    const id = entry.get('kid').string();
    if (keys.has(id)) throw new CodedError(CODE, `two keys are called ${id.slice(0, 80)}`);
    keys.set(id, P384_POINT + coordinate(entry.get('x')) + coordinate(entry.get('y')));
  }
  return keys;
}

function coordinate(view: JsonView): string {
  const bytes = fromBase64Url(view.string(), CODE);
  if (bytes.length !== COORDINATE_BYTES) throw new CodedError(CODE, `a coordinate of ${bytes.length} bytes`);
  return toHex(bytes);
}

/** Raises `NRAS_TOKEN` for another algorithm or a signature that does not hold, `NRAS_KEY_UNKNOWN` for a key that is not listed. */
export async function verifyToken({ algorithm, keyId, signed, signature }: Token, keys: TokenKeys): Promise<void> {
  if (algorithm !== 'ES384') throw new CodedError('NRAS_TOKEN', `signed with ${algorithm.slice(0, 20)}, not ES384`);
  const key = keys.get(keyId);
  if (key === undefined) throw new CodedError('NRAS_KEY_UNKNOWN', keyId.slice(0, 100));
  if (signature.length !== P384_SIGNATURE_BYTES || !(await verifyP384(key, signature, signed, 'NRAS_PARSE'))) throw new CodedError('NRAS_TOKEN', 'a signature that does not hold');
}

/**
 * ACI's workload keyset (aci/1, spec 3.1): the keys a service is known by. Evidence holds its digest together with our
 * number, so whoever holds the evidence's statement holds every key in it (3.2).
 */
import { CodedError } from '../../../checks/error';
import { concatBytes, utf8Bytes } from '../../../encoding/bytes';
import { fromHex, isHex, toHex } from '../../../encoding/hex';
import type { JsonValue } from '../../../encoding/json';
import { JsonView } from '../../../encoding/json-read';
import { sha256Bytes, sha256Hex } from '../../../signatures/digests';
import { requireEd25519Key } from '../../../signatures/ed25519';
import { canonicalJson } from '../../../signatures/jcs';

const CODE = 'EVIDENCE_MALFORMED';
const MAX_KEYS = 64;
const HALF = 32;

export interface Keyset {
  /** `sha256:` and 64 hex, over the canonical form. */
  readonly digest: string;
  /** Ms since the epoch. */
  readonly notAfter: number;
  /** Ed25519 keys that sign receipts, by their id: 64 hex. Keys of other algorithms are left out. */
  readonly receiptKeys: ReadonlyMap<string, string>;
  /** What clients may encrypt to, lower-case, as each algorithm writes it. */
  readonly encryptionKeys: readonly string[];
  /** Of the connection's public keys, with the host each is for where one is named. */
  readonly tls: readonly { readonly spkiSha256: string; readonly domain?: string }[];
}

/** Reads a keyset. Raises `EVIDENCE_MALFORMED`, and `SIGNER_NOT_BOUND` for a receipt key that is no key. */
export function readKeyset(value: JsonValue): Keyset {
  const view = new JsonView(value, 'workload_keyset', CODE);
  const receiptKeys = new Map<string, string>();
  for (const item of view.get('receipt_signing_keys').items(MAX_KEYS)) {
    const id = item.get('key_id').string();
    if (item.get('algo').string() !== 'ed25519') continue;
    const key = item.get('public_key').string();
    if (!isHex(key, HALF) || key !== key.toLowerCase()) throw new CodedError('SIGNER_NOT_BOUND', 'a receipt key that is not 32 bytes of lower-case hex');
    requireEd25519Key(fromHex(key), 'SIGNER_NOT_BOUND');
    if (receiptKeys.has(id)) throw new CodedError(CODE, `the key id ${JSON.stringify(id.slice(0, 40))} twice`);
    receiptKeys.set(id, key);
  }
  const encryptionKeys = view.get('e2ee_public_keys').items(MAX_KEYS).map((item) => item.get('public_key').string().toLowerCase());
  if ([...receiptKeys.values()].some((key) => encryptionKeys.includes(key))) throw new CodedError('KEY_ROLE_CONFUSED', 'one key signs receipts and is encrypted to');
  return {
    digest: `sha256:${sha256Hex(utf8Bytes(canonicalJson(value, CODE)))}`,
    notAfter: view.get('not_after').uint(253_402_300_799) * 1000,
    receiptKeys,
    encryptionKeys,
    tls: view.get('tls_public_keys').items(MAX_KEYS).map((item) => {
      const domain = item.object().get('domain');
      return { spkiSha256: item.get('spki_sha256').hex(HALF), ...(typeof domain === 'string' ? { domain } : {}) };
    }),
  };
}

/** What is hashed into evidence. `nonce`: 32 bytes, or none for a statement that answers nobody. Exact bytes: order and spelling are the protocol's. */
export function statementOf(digest: string, nonce: Uint8Array | undefined): string {
  return `{"keyset_digest":"${digest}","nonce":${nonce === undefined ? 'null' : `"${toHex(nonce)}"`},"purpose":"aci.report_data.v1"}`;
}

/** The 64 bytes of report_data that bind a keyset and a number. */
export const reportDataFor = (digest: string, nonce: Uint8Array | undefined): Uint8Array => concatBytes(sha256Bytes(utf8Bytes(statementOf(digest, nonce))), new Uint8Array(HALF));

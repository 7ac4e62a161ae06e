/** ACI's receipts (spec 7): what an attested service says it received and returned, signed by a key of its keyset. */
import { CodedError } from '../../../checks/error';
import { utf8Text } from '../../../encoding/bytes';
import { fromHex } from '../../../encoding/hex';
import { type JsonObject, type JsonValue, parseJson } from '../../../encoding/json';
import { JsonView } from '../../../encoding/json-read';
import { verifyEd25519 } from '../../../signatures/ed25519';
import { canonicalJson } from '../../../signatures/jcs';

const CODE = 'SIGNATURE_MALFORMED';
const MAX_BYTES = 256 * 1024;
const MAX_EVENTS = 256;
const DIGEST = /^sha256:([0-9a-f]{64})$/;

export interface Receipt {
  /** Which key of the keyset signed it. */
  readonly keyId: string;
  /** Hex, 64 bytes. */
  readonly signature: string;
  /** The canonical form of everything but the signature. */
  readonly signed: string;
  /** `sha256:` and 64 hex. */
  readonly keysetDigest: string;
  readonly chatId: string | undefined;
  /** What the client asked for. */
  readonly model: string | undefined;
  /** By the service's own clock, ms since the epoch. */
  readonly servedAt: number;
  /** SHA-256 of the request's and the answer's bytes as they went over the wire, lower-case hex. */
  readonly request: string;
  readonly response: string;
  /** The session of the upstream machine, where one was verified: 64 hex; otherwise whether it had to be. */
  readonly upstream: { readonly sessionId: string } | { readonly failed: string; readonly required: boolean } | undefined;
}

/** Reads a receipt. Raises `SIGNATURE_MALFORMED`; nothing of it is believed before its signature holds. */
export function readReceipt(body: Uint8Array): Receipt {
  const value = parseJson(utf8Text(body, CODE), { code: CODE, maxLength: MAX_BYTES, maxDepth: 16 });
  const view = new JsonView(value, 'receipt', CODE);
  view.get('api_version').oneOf(['aci/1']);
  const events = view.get('event_log').items(MAX_EVENTS);
  if (events[0]?.get('type').string() !== 'request.received') throw new CodedError(CODE, 'the first event is not request.received');
  const unsigned = new Map(view.object());
  unsigned.delete('signature');
  return {
    keyId: view.get('key_id').string(),
    signature: view.get('signature').hex(64),
    signed: canonicalJson(unsigned, CODE),
    keysetDigest: digestText(view.get('workload_keyset_digest')),
    chatId: textIn(view.object(), 'chat_id'),
    model: textIn(view.object(), 'model'),
    servedAt: view.get('served_at').uint() * 1000,
    request: hashOf(events, 'request.received'),
    response: hashOf(events, 'response.returned'),
    upstream: upstreamOf(events),
  };
}

/** Checks a receipt's signature under a keyset's keys. Raises `SIGNER_MISMATCH` where the keyset has no such key, else as `verifyEd25519`. The key: 64 hex. */
export function verifyReceipt(receipt: Receipt, receiptKeys: ReadonlyMap<string, string>): string {
  const key = receiptKeys.get(receipt.keyId);
  if (key === undefined) throw new CodedError('SIGNER_MISMATCH', `no key ${JSON.stringify(receipt.keyId.slice(0, 40))} in the keyset`);
  verifyEd25519(receipt.signed, receipt.signature, fromHex(key));
  return key;
}

const digestText = (view: JsonView): string => (DIGEST.test(view.string()) ? view.string() : refuse('a digest that is none'));

const typeOf = (event: JsonView): string => event.get('type').string();

/** Of the one event of this kind: two would leave open which of them counts. */
function hashOf(events: readonly JsonView[], type: string): string {
  const [event, second] = events.filter((one) => typeOf(one) === type);
  if (event === undefined || second !== undefined) return refuse(`${event === undefined ? 'no' : 'a second'} ${type}`);
  return DIGEST.exec(event.get('body_hash').string())?.[1] ?? refuse(`${type} without a digest`);
}

function upstreamOf(events: readonly JsonView[]): Receipt['upstream'] {
  const verified = events.filter((event) => typeOf(event) === 'upstream.verified');
  const served = verified.find((event) => event.get('result').string() === 'verified');
  if (served !== undefined) return { sessionId: served.get('session_id').hex(32) };
  const [failed] = verified;
  if (failed === undefined) return undefined;
  return { failed: (textIn(failed.object(), 'reason') ?? '').slice(0, 200), required: failed.object().get('required') === true };
}

function textIn(object: JsonObject, key: string): string | undefined {
  const value: JsonValue | undefined = object.get(key);
  return typeof value === 'string' ? value : undefined;
}

function refuse(detail: string): never {
  throw new CodedError(CODE, detail);
}

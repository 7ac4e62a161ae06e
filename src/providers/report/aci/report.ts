/** ACI's attestation report (`GET /v1/aci/attestation`, spec 4): a keyset, evidence over it, and words about the software. */
import { CodedError } from '../../../checks/error';
import { utf8Text } from '../../../encoding/bytes';
import { fromHex, isHex } from '../../../encoding/hex';
import { type JsonValue, parseJson } from '../../../encoding/json';
import { JsonView } from '../../../encoding/json-read';
import type { Part } from '../attestation';
import type { Evidence } from '../cpu';
import { MAX_QUOTE_BYTES, MAX_REPORT_BYTES } from '../dialect';
import { errorIn } from '../parse';
import { type Keyset, readKeyset } from './keyset';

const CODE = 'EVIDENCE_MALFORMED';

export interface AciReport {
  readonly keyset: Keyset;
  /** What the report calls the keyset's digest. A claim. */
  readonly statedDigest: string;
  readonly evidence: Evidence;
}

/** Raises `EVIDENCE_MALFORMED`, `EVIDENCE_MISSING` for an error in its place, `VERIFIER_NOT_BUILT` for other hardware, and what `readKeyset` raises. */
export function parseAciReport(body: Uint8Array): AciReport {
  if (body.length > MAX_REPORT_BYTES) throw new CodedError(CODE, `${body.length} bytes, at most ${MAX_REPORT_BYTES} are read`);
  const value = parseJson(utf8Text(body, CODE), { code: CODE, maxLength: MAX_REPORT_BYTES });
  if (!(value instanceof Map)) throw new CodedError(CODE, 'the report is not an object');
  const attestation = value.get('attestation');
  if (attestation === undefined) throw new CodedError('EVIDENCE_MISSING', errorIn(value) ?? 'no attestation in the report');
  const view = new JsonView(value, 'report', CODE);
  view.get('api_version').oneOf(['aci/1']);
  const kind = view.get('attestation').get('tee_type').string();
  if (kind !== 'tdx') throw new CodedError('VERIFIER_NOT_BUILT', `evidence of kind ${kind.slice(0, 40)}`);
  const evidence = view.get('attestation').get('evidence');
  const member = (name: string): JsonValue | undefined => evidence.object().get(name) ?? undefined;
  const [eventLog, appCompose] = [member('event_log'), member('app_compose')];
  return {
    keyset: readKeyset(view.get('attestation').object().get('workload_keyset') ?? null),
    statedDigest: view.get('workload_keyset_digest').string(),
    evidence: {
      // Whoever speaks ACI to a client stands before the machines that infer, unless it is one itself: it signs for both.
      role: 'gateway',
      quote: quotePart(member('quote')),
      ...(eventLog === undefined ? {} : { eventLog }),
      ...(typeof appCompose === 'string' ? { appCompose } : {}),
      composeHashes: [],
      startsMore: false,
    },
  };
}

function quotePart(value: JsonValue | undefined): Part<Uint8Array> {
  if (value === undefined || value === '') return { kind: 'absent' };
  if (typeof value !== 'string' || !isHex(value)) return { kind: 'bad', code: CODE, why: 'the quote is not hex' };
  if (value.length > 2 * MAX_QUOTE_BYTES) return { kind: 'bad', code: CODE, why: `a quote of ${value.length / 2} bytes` };
  return { kind: 'there', value: fromHex(value) };
}

/** ACI's sessions (spec 8): the record of one upstream machine's verification, named by its own content. */
import { CodedError } from '../../../checks/error';
import { fromBase64 } from '../../../encoding/base64';
import { utf8Bytes, utf8Text } from '../../../encoding/bytes';
import { parseJson } from '../../../encoding/json';
import { JsonView } from '../../../encoding/json-read';
import { sha256Hex } from '../../../signatures/digests';
import { canonicalJson } from '../../../signatures/jcs';

const CODE = 'EVIDENCE_MALFORMED';
export const MAX_SESSION_BYTES = 1024 * 1024;
const CLAIMS = ['tee_attested', 'gpu_attested', 'tcb_up_to_date', 'os_known_good', 'serving_software_known_good', 'model_weights_provenance'] as const;
const STATUSES = ['asserted', 'refuted', 'unknown'] as const;

export interface Session {
  /** SHA-256 of the canonical form, 64 hex: what a receipt cites. */
  readonly id: string;
  /** The bytes the service's verifier was given. */
  readonly evidence: Uint8Array;
  /** What the service's own verifier says: claims, for whoever knows its software. An absent one is `unknown`. */
  readonly claims: Readonly<Record<(typeof CLAIMS)[number], (typeof STATUSES)[number]>>;
  /** Ms since the epoch. */
  readonly establishedAt: number;
  readonly expiresAt: number;
}

/** Reads a session. Raises `EVIDENCE_MALFORMED`, and `REPORT_DATA_MISMATCH` where its evidence is not what its digest says. */
export function readSession(body: Uint8Array): Session {
  const value = parseJson(utf8Text(body, CODE), { code: CODE, maxLength: MAX_SESSION_BYTES, maxDepth: 16 });
  const view = new JsonView(value, 'session', CODE);
  view.get('api_version').oneOf(['aci/1']);
  const data = /^data:[\w.+/-]+(?:;[\w.+=-]+)*;base64,([A-Za-z0-9+/=]*)$/.exec(view.get('evidence').get('data').string())?.[1];
  if (data === undefined) throw new CodedError(CODE, 'evidence.data is no data URI in base64');
  const evidence = fromBase64(data, CODE);
  const stated = view.get('evidence').get('digest').string();
  const actual = `sha256:${sha256Hex(evidence)}`;
  if (stated !== actual) throw new CodedError('REPORT_DATA_MISMATCH', 'evidence.data is not what evidence.digest names');
  const claims = view.get('claims');
  const status = (name: (typeof CLAIMS)[number]) => (claims.get(name).present ? (STATUSES.find((known) => known === claims.get(name).get('status').string()) ?? 'unknown') : 'unknown');
  return {
    id: sha256Hex(utf8Bytes(canonicalJson(value, CODE))),
    evidence,
    claims: {
      tee_attested: status('tee_attested'), gpu_attested: status('gpu_attested'), tcb_up_to_date: status('tcb_up_to_date'),
      os_known_good: status('os_known_good'), serving_software_known_good: status('serving_software_known_good'), model_weights_provenance: status('model_weights_provenance'),
    },
    establishedAt: view.get('established_at').uint() * 1000,
    expiresAt: view.get('expires_at').uint() * 1000,
  };
}

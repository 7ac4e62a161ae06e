/** The JSON of a Coordinator's HTTP API (`POST /attest`), read strictly; bytes stay exactly as they were sent. */
import { CodedError } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import { utf8Text } from '../../encoding/bytes';
import { parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';

const CODE = 'CONTRAST_DOC';
/** Policies come along whole: real deployments need some hundred kB. */
const MAX_LENGTH = 24 * 1024 * 1024;
const MAX_MANIFESTS = 1024;
const MAX_POLICIES = 4096;

export interface ContrastDocument {
  /** `v1.20.0`. */
  readonly version: string;
  /** Protobuf: `sevsnp.Attestation` or `tdx.QuoteV4`. */
  readonly attestation: Uint8Array;
  /** Oldest first, at least one. */
  readonly manifests: readonly Uint8Array[];
  readonly policies: readonly Uint8Array[];
  /** PEM. */
  readonly rootCa: Uint8Array;
  readonly meshCa: Uint8Array;
  /** Dotted, from newer Coordinators. */
  readonly attestationType?: string;
}

const KEYS: readonly string[] = ['version', 'raw_attestation_doc', 'manifests', 'policies', 'root_ca', 'mesh_ca', 'attestation_type'];

/**
 * Reads the document, or Privatemode's wrapping of it. Raises `CONTRAST_DOC`, and `SERVICE_ERROR` for the Coordinator's
 * own word that it has nothing to attest.
 */
export function readDocument(bytes: Uint8Array): ContrastDocument {
  const outer = viewOf(bytes);
  const wrapped = outer.get('AttestationDoc');
  if (!wrapped.present) return read(outer);
  refuseOthers(outer, ['AttestationDoc']);
  return read(viewOf(fromBase64(wrapped.string(), CODE)));
}

const viewOf = (bytes: Uint8Array): JsonView => new JsonView(parseJson(utf8Text(bytes, CODE), { code: CODE, maxLength: MAX_LENGTH, maxDepth: 4 }), '$', CODE);

function refuseOthers(view: JsonView, known: readonly string[]): void {
  const other = [...view.object().keys()].find((key) => !known.includes(key));
  if (other !== undefined) throw new CodedError(CODE, `the key ${JSON.stringify(other.slice(0, 40))} is not known`);
}

function read(view: JsonView): ContrastDocument {
  const error = view.get('error');
  if (error.present && !view.get('raw_attestation_doc').present) throw new CodedError('SERVICE_ERROR', error.string().slice(0, 200));
  refuseOthers(view, KEYS);
  const list = (key: string, max: number): readonly Uint8Array[] => (view.object().get(key) === null ? [] : view.get(key).items(max).map(base64));
  const manifests = list('manifests', MAX_MANIFESTS);
  if (manifests.length === 0) throw new CodedError(CODE, 'no manifest');
  const type = view.get('attestation_type');
  return {
    version: view.get('version').string(),
    attestation: base64(view.get('raw_attestation_doc')),
    manifests,
    policies: list('policies', MAX_POLICIES),
    rootCa: base64(view.get('root_ca')),
    meshCa: base64(view.get('mesh_ca')),
    ...(type.present ? { attestationType: type.items(16).map((arc) => arc.uint()).join('.') } : {}),
  };
}

const base64 = (view: JsonView): Uint8Array => fromBase64(view.string(), CODE);

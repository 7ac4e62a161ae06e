/**
 * A report as it comes, told apart by its shape: one machine, a list of machines, or a gateway with the machines of a
 * model behind it. Each attestation is taken by itself; errors inside HTTP 200 are told apart from evidence.
 */
import { asCoded, CodedError } from '../../checks/error';
import type { Role } from '../../checks/reference';
import { utf8Text } from '../../encoding/bytes';
import { type JsonArray, type JsonObject, type JsonValue, parseJson } from '../../encoding/json';
import { MAX_MACHINES, MAX_REPORT_BYTES, type ReportDialect } from './dialect';
import { type Attestation, FRONT, readAttestation } from './attestation';

const CODE = 'EVIDENCE_MALFORMED';

/** Raises `EVIDENCE_MALFORMED`, `EVIDENCE_MISSING` where there is no attestation, `VERIFIER_NOT_BUILT` for evidence of other kinds. */
export function parseReport(body: Uint8Array, dialect: ReportDialect): readonly Attestation[] {
  if (body.length > MAX_REPORT_BYTES) throw new CodedError(CODE, `${body.length} bytes, at most ${MAX_REPORT_BYTES} are read`);
  const value = parseJson(utf8Text(body, CODE), { code: CODE, maxLength: MAX_REPORT_BYTES });
  if (!(value instanceof Map)) throw new CodedError(CODE, 'the report is not an object');
  const found = attestationsIn(value, dialect);
  if (found.length === 0) throw new CodedError('EVIDENCE_MISSING', errorIn(value) ?? 'no attestation in the report');
  if (found.length > MAX_MACHINES) throw new CodedError(CODE, `${found.length} attestations, at most ${MAX_MACHINES} are read`);
  return found;
}

/** Members under which gateways put their own attestation, with the name each is known by here. */
const GATEWAYS = [['gateway_attestation', 'gateway'], ['cloud_api_gateway_attestation', 'gateway'], ['chat_api_gateway_attestation', FRONT]] as const;

function attestationsIn(report: JsonObject, dialect: ReportDialect): readonly Attestation[] {
  const kind = report.get('attestation_type');
  if (typeof kind === 'string' && !/^(dstack|phala|tdx|near(ai)?)$/i.test(kind)) throw new CodedError('VERIFIER_NOT_BUILT', `evidence of kind ${kind.slice(0, 40)}`);
  const gateways = GATEWAYS.flatMap(([member, place]) => objectsIn(report, member).map((from) => ({ place, role: 'gateway' as const, from })));
  const models = objectsIn(report, 'model_attestations');
  if (gateways.length > 0 || report.has('model_attestations')) {
    if (new Set(gateways.map(({ place }) => place)).size < gateways.length) throw new CodedError(CODE, 'two gateways of one kind');
    return [...gateways.map(({ place, role, from }) => readAttestation(from, place, role)), ...numbered(models, 'model', 'model')];
  }
  const all = objectsIn(report, 'all_attestations');
  const lone = hasQuote(report) || report.has('signing_address') ? [report] : [];
  // The machine that answered is in the list as well; one that is not in it is judged beside it.
  const listed = all.some((one) => quoteText(one) === quoteText(report));
  const machines = all.length === 0 ? lone : listed ? all : [...lone, ...all];
  return machines.length === 1 ? machines.map((from) => readAttestation(from, '', dialect.loneRole)) : numbered(machines, 'node', dialect.loneRole);
}

const numbered = (list: readonly JsonObject[], place: string, role: Role): readonly Attestation[] => list.map((from, i) => readAttestation(from, `${place}[${i}]`, role));

const quoteText = (from: JsonObject): JsonValue | undefined => from.get('intel_quote') ?? from.get('quote');
const hasQuote = (from: JsonObject): boolean => quoteText(from) !== undefined;

/** The objects of a member that is one, a list of them, or not there. Raises `EVIDENCE_MALFORMED` for anything else. */
function objectsIn(report: JsonObject, member: string): readonly JsonObject[] {
  const value = report.get(member);
  if (value === undefined || value === null) return [];
  if (value instanceof Map) return [value];
  if (!isList(value)) throw new CodedError(CODE, `${member} is neither an object nor a list`);
  return value.map((one) => (one instanceof Map ? one : refuse(`${member} holds something else than objects`)));
}

const isList = (value: JsonValue): value is JsonArray => Array.isArray(value);

function refuse(detail: string): never {
  throw new CodedError(CODE, detail);
}

/** What a service says in place of evidence: `{error: "…"}`, `{error: {message}}`, `{error_code, message}`, `{detail}`. */
export function errorIn(report: JsonObject): string | undefined {
  const error = report.get('error');
  const said = [error instanceof Map ? error.get('message') : error, report.get('message'), report.get('detail'), report.get('error_code')].find((text) => typeof text === 'string' && text !== '');
  return typeof said === 'string' ? said.slice(0, 200) : undefined;
}

/** As `parseReport`, for callers that want faults as values. */
export function tryParseReport(body: Uint8Array, dialect: ReportDialect): readonly Attestation[] | CodedError {
  try {
    return parseReport(body, dialect);
  } catch (error) {
    return asCoded(error);
  }
}

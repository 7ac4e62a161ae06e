/**
 * Which digests the agent may have signed for a request. It hashes its own reading (pydantic) of the body: declared
 * fields first and in their order, then the others as they came, top-level nulls left out, `stream` always there.
 */
import { CodedError } from '../../checks/error';
import { utf8Bytes, utf8Text } from '../../encoding/bytes';
import { parseJson } from '../../encoding/json';
import { sliceMembers } from '../../encoding/json-slice';
import { sha256Hex } from '../../signatures/digests';
import { pythonCompact, pythonFloat, pythonString } from '../../signatures/python-json';
import type { HashCandidate } from '../exchange';

/** Bodies with pictures are larger; of those the raw digest alone is kept. */
const MAX_READ = 4 * 1024 * 1024;

type Coercion = (source: string) => string | undefined;

const asIs: Coercion = (source) => pythonCompact(source);
const only = (form: RegExp): Coercion => (source) => (form.test(source) ? pythonCompact(source) : undefined);
const text = only(/^"/);
const flag = only(/^(?:true|false)$/);
/** `Optional[float]`: integers become floats. */
const float: Coercion = (source) => (/^-?\d/.test(source) && Number.isFinite(Number(source)) ? pythonFloat(Number(source)) : undefined);
/** `Optional[int]`: a float without a fraction becomes an integer. */
const integer: Coercion = (source) => (/^-?\d+(?:\.0+)?$/.test(source) ? pythonCompact(source.replace(/\.0+$/, '')) : undefined);

const DECLARED: readonly (readonly [string, Coercion])[] = [
  ['messages', only(/^\[/)], ['model', text], ['temperature', float], ['max_tokens', integer], ['stream', flag], ['top_p', float],
  ['frequency_penalty', float], ['presence_penalty', float], ['stop', asIs], ['n', integer], ['logprobs', flag],
];

/** The agent's canonical form of a request body; `undefined` where its reading cannot be repeated without guessing. */
export function agentForm(body: string): string | undefined {
  const members = new Map(sliceMembers(body, { maxLength: MAX_READ }));
  if (!members.has('stream')) members.set('stream', 'false');
  const declared = new Set(DECLARED.map(([name]) => name));
  const others = [...members.keys()].filter((name) => !declared.has(name)).map((name) => [name, asIs] as const);
  const written: string[] = [];
  for (const [name, coerce] of [...DECLARED, ...others]) {
    const source = members.get(name);
    if (source === undefined || source === 'null') continue;
    const value = coerce(source);
    if (value === undefined) return undefined;
    written.push(`${pythonString(name)}:${value}`);
  }
  return `{${written.join(',')}}`;
}

/** Digests of a request body, and the model it names. A body that is no JSON object still has its raw digest. */
export function readRequest(body: Uint8Array): { readonly hashes: readonly HashCandidate[]; readonly model: string | undefined } {
  const raw = { rule: 'raw', sha256: sha256Hex(body) };
  if (body.length > MAX_READ) return { hashes: [raw], model: undefined };
  try {
    const source = utf8Text(body, 'JSON_MALFORMED');
    const parsed = parseJson(source, { maxLength: MAX_READ });
    const model = parsed instanceof Map ? parsed.get('model') : undefined;
    const agent = agentForm(source);
    return {
      hashes: agent === undefined ? [raw] : [{ rule: 'agent-form', sha256: sha256Hex(utf8Bytes(agent)) }, raw],
      model: typeof model === 'string' ? model : undefined,
    };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { hashes: [raw], model: undefined };
  }
}

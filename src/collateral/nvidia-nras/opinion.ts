/** The service's answer: one token about all devices, bound by digests to one token about each. Verified before it is read. */
import { CodedError } from '../../checks/error';
import { utf8Bytes, utf8Text } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { type JsonArray, type JsonObject, type JsonValue, parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import { dateFault } from '../../x509/chain';
import { sha256Hex } from '../../signatures/digests';
import { readToken, type Token, type TokenKeys, verifyToken } from './token';

const CODE = 'NRAS_PARSE';
export const NRAS_ISSUER = 'https://nras.attestation.nvidia.com';
const SUBJECT = 'NVIDIA-PLATFORM-ATTESTATION';
const MAX_DEVICES = 128;

export interface Opinion {
  readonly overall: boolean;
  /** By the service's own names (`GPU-0`); which device is which is only known by its id. */
  readonly devices: ReadonlyMap<string, JsonObject>;
  /** Ms since the epoch, of the token that runs out first. */
  readonly until: number;
}

export interface OpinionInput {
  readonly answer: Uint8Array;
  readonly keys: TokenKeys;
  /** What was sent, 32 bytes. */
  readonly nonce: Uint8Array;
  /** How many devices were sent. */
  readonly count: number;
  /** Ms since the epoch; absent where this machine's clock says nothing. */
  readonly now: number | undefined;
}

/**
 * Reads `[["JWT", overall], { "GPU-0": token, … }]`, every token signed, of the service itself, in date, and bound to our
 * question. Raises `NRAS_PARSE`, `NRAS_KEY_UNKNOWN`, `NRAS_TOKEN`, `NRAS_EXPIRED` or `NRAS_NOT_YET_VALID`.
 */
export async function verifyOpinion({ answer, keys, nonce, count, now }: OpinionInput): Promise<Opinion> {
  const { overall, devices } = readAnswer(answer);
  const token = await verified(overall, keys, now);
  require(token, 'sub', SUBJECT);
  require(token, 'eat_nonce', toHex(nonce));
  if (devices.size !== count) throw new CodedError('NRAS_TOKEN', `${devices.size} devices where ${count} were sent`);
  checkDigests(token, devices);
  const tokens = await Promise.all([...devices].map(async ([name, text]) => [name, await verified(text, keys, now)] as const));
  return {
    overall: new JsonView(token.claims.get('x-nvidia-overall-att-result'), 'x-nvidia-overall-att-result', CODE).boolean(),
    devices: new Map(tokens.map(([name, { claims }]) => [name, claims])),
    until: Math.min(...[token, ...tokens.map(([, one]) => one)].map(({ claims }) => seconds(claims, 'exp'))),
  };
}

function readAnswer(answer: Uint8Array): { readonly overall: string; readonly devices: ReadonlyMap<string, string> } {
  const parts = new JsonView(parseJson(utf8Text(answer, CODE), { code: CODE }), 'answer', CODE).items(2);
  const [pair, list] = parts;
  const [kind, overall] = pair?.items(2) ?? [];
  if (list === undefined || overall === undefined || kind?.string() !== 'JWT') throw new CodedError(CODE, 'not an answer of this service');
  const entries = [...list.object()];
  if (entries.length > MAX_DEVICES) throw new CodedError(CODE, `${entries.length} devices`);
  return { overall: overall.string(), devices: new Map(entries.map(([name]) => [name, list.get(name).string()])) };
}

async function verified(text: string, keys: TokenKeys, now: number | undefined): Promise<Token> {
  const token = readToken(text);
  await verifyToken(token, keys);
  require(token, 'iss', NRAS_ISSUER);
  const fault = now === undefined ? undefined : dateFault(seconds(token.claims, 'nbf'), seconds(token.claims, 'exp'), now);
  if (fault !== undefined) throw new CodedError(`NRAS_${fault}`, new Date(seconds(token.claims, fault === 'EXPIRED' ? 'exp' : 'nbf')).toISOString());
  return token;
}

function require({ claims }: Token, name: string, wanted: string): void {
  const actual = claims.get(name);
  if (typeof actual !== 'string' || actual !== wanted) throw new CodedError('NRAS_TOKEN', `${name} is ${typeof actual === 'string' ? actual.slice(0, 100) : 'not there'}, not ${wanted}`);
}

/** A date of a token, seconds since the epoch, as ms. */
const seconds = (claims: JsonObject, name: string): number => new JsonView(claims.get(name), name, CODE).uint(8_640_000_000_000) * 1000;

/** Each device's token is in the overall one by the digest of its very text, and nothing else is. */
function checkDigests({ claims }: Token, devices: ReadonlyMap<string, string>): void {
  const named = new JsonView(claims.get('submods'), 'submods', CODE).object();
  if (named.size !== devices.size) throw new CodedError('NRAS_TOKEN', `${named.size} devices are bound, ${devices.size} are there`);
  for (const [name, text] of devices) {
    if (digestIn(named.get(name)) !== sha256Hex(utf8Bytes(text))) throw new CodedError('NRAS_TOKEN', `the token of ${name.slice(0, 20)} is another one than was bound`);
  }
}

/** The hex of `["DIGEST", ["SHA-256", hex]]`; `undefined` for anything else. */
function digestIn(entry: JsonValue | undefined): string | undefined {
  const [kind, value] = listOf(entry);
  const [algorithm, digest] = listOf(value);
  return kind === 'DIGEST' && algorithm === 'SHA-256' && typeof digest === 'string' ? digest.toLowerCase() : undefined;
}

const isList = (value: JsonValue | undefined): value is JsonArray => Array.isArray(value);
const listOf = (value: JsonValue | undefined): JsonArray => (isList(value) && value.length === 2 ? value : []);

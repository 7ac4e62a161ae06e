/**
 * What a client sees of the simulator, read by rules of its own: nothing here is shared with the generators but the
 * wire. Answers are judged as a verifier that knows only the agent's rule would (so smuggled bytes go unnoticed).
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import OpenAI from 'openai';
import type { Simulator } from '../../simulator/server';
import { bytesOf, simulatedFetch, visit } from '../../simulator/visit';

export const API = 'https://api.intelligence.io.net';
export const MODEL = { name: 'meta-llama/Llama-3.3-70B-Instruct', id: '6f1c7b8e-3d0a-4c55-9a3e-51a7e0c0a001' };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Address out of a 65-byte EIP-191 signature over the text. */
export function recovered(signature: string, text: string): string {
  const bytes = Buffer.from(signature, 'hex');
  const message = Buffer.from(text);
  const digest = keccak_256(Buffer.concat([Buffer.from(`\u0019Ethereum Signed Message:\n${message.length}`), message]));
  const point = secp256k1.Signature.fromBytes(bytes.subarray(0, 64)).addRecoveryBit((bytes[64] ?? 0) - 27).recoverPublicKey(digest);
  return `0x${Buffer.from(keccak_256(point.toBytes(false).subarray(1))).subarray(12).toString('hex')}`;
}

/** JSON text without the white space between its tokens. */
const compact = (text: string): string =>
  text.split(/(?<!\\)((?:\\\\)*")/).map((part, index) => (index % 2 === 1 || index % 4 === 2 ? part : part.replaceAll(/\s+/g, ''))).join('');

/** Strings as Python escapes them. */
const ascii = (text: string): string => JSON.stringify(text).replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

export interface Answer {
  readonly status: number;
  /** Lower-case names; doubled ones in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** The connection broke before the body's end. */
  readonly broken: boolean;
}

export async function ask(simulator: Simulator, url: string, how: Parameters<typeof visit>[2] = {}): Promise<Answer> {
  const answer = await visit(simulator, url, how);
  const raw = answer.rawHeaders;
  const headers = Array.from({ length: raw.length / 2 }, (_, index) => [(raw[2 * index] ?? '').toLowerCase(), raw[2 * index + 1] ?? ''] as const);
  try {
    const bytes = await bytesOf(answer);
    const body = headers.some(([name, value]) => name === 'content-encoding' && value === 'gzip') ? gunzipSync(bytes) : bytes;
    return { status: answer.statusCode ?? 0, headers, body: body.toString('utf8'), broken: false };
  } catch {
    return { status: answer.statusCode ?? 0, headers, body: '', broken: true };
  }
}

const post = (simulator: Simulator, path: string, body: object, login = `Bearer ${simulator.login}`): Promise<Answer> =>
  ask(simulator, `${API}/v1/private/${path}`, { body: JSON.stringify(body), headers: { authorization: login, 'content-type': 'application/json', origin: 'https://ai.io.net' } });

export interface Report {
  readonly nonce: string;
  readonly cpu?: { readonly quote: string };
  readonly gpu?: { readonly nonce?: string; readonly error?: string; readonly evidence_list?: readonly { readonly evidence: string; readonly certificate: string }[] };
  readonly signing_address: string;
  readonly image_digest?: string;
}

export const attest = (simulator: Simulator, nonce: string, login?: string): Promise<Answer> => post(simulator, 'attestation', { model_id: MODEL.id, nonce }, login);
export const report = async (simulator: Simulator, nonce: string): Promise<Report> => JSON.parse((await attest(simulator, nonce)).body) as Report;

const chat = (stream: boolean): object => ({ model: MODEL.name, stream, messages: [{ role: 'user', content: 'Grüße 😀' }] });
export const askJson = (simulator: Simulator): Promise<Answer> => post(simulator, 'completions', chat(false));
export const askStream = (simulator: Simulator): Promise<Answer> => post(simulator, 'completions', chat(true));

export interface Judged {
  /** Absent when no signature came. */
  readonly text?: string;
  /** The address beside the signature, lower-case. */
  readonly address?: string;
  /** The address that the signature recovers to. */
  readonly signer?: string;
  readonly hashMatches: boolean;
  readonly imageDigest?: string | undefined;
}

function judged(statement: Readonly<Record<string, string | undefined>>, hash: string): Judged {
  const { text, signature, signing_address: address } = statement;
  if (text === undefined || signature === undefined || address === undefined) return { hashMatches: false };
  return { text, address: address.toLowerCase(), signer: signature.length === 130 ? recovered(signature, text) : '', hashMatches: text.split(':')[1] === hash, imageDigest: statement['image_digest'] };
}

export const judgeJson = ({ headers, body }: Answer): Judged => judged(Object.fromEntries([...headers].reverse()), sha256(compact(body)));

export function judgeStream({ body }: Answer): Judged {
  const lines = body.split('\n');
  const at = lines.lastIndexOf('event: signature') + 1;
  const data = at > 0 ? lines[at]?.slice('data: '.length) : undefined;
  const statement = data === undefined ? {} : (JSON.parse(data) as Record<string, string>);
  const signatureLines = new Set(lines.flatMap((line, index) => (line === 'event: signature' ? [index + 1] : [])));
  const hashed = lines.filter((line, index) => !signatureLines.has(index) && line.startsWith('data: ') && !line.startsWith('data: [DONE]')).map((line) => line.slice(6));
  return judged(statement, sha256(`{"chunks":[${hashed.map(ascii).join(',')}]}`));
}

/** What a chat page shows: the real `openai` client's reading of the stream. */
export async function shownByClient(simulator: Simulator): Promise<string> {
  const reach = simulatedFetch(simulator);
  const client = new OpenAI({
    apiKey: simulator.login, baseURL: `${API}/v1/private`, maxRetries: 0, logLevel: 'off',
    fetch: (input, init) => reach(String(input instanceof Request ? input.url : input).replace('/chat/completions', '/completions'), init),
  });
  let text = '';
  for await (const chunk of await client.chat.completions.create({ model: MODEL.name, stream: true, messages: [{ role: 'user', content: 'hi' }] })) {
    text += chunk.choices?.[0]?.delta.content ?? '';
  }
  return text;
}

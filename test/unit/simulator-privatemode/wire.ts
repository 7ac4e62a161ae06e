/** What a client and a verifier do with the simulated Privatemode, over the wire. */
import { createHash } from 'node:crypto';
import type { Check } from '../../../src/checks/check';
import type { ReferenceValue } from '../../../src/checks/reference';
import type { ExchangeHead } from '../../../src/providers/exchange';
import { privatemode } from '../../../src/providers/privatemode';
import { manifestText } from '../../simulator/contrast/deployment';
import { PRIVATEMODE } from '../../simulator/privatemode/deployment';
import { PRIVATEMODE_KEY } from '../../simulator/privatemode/gateway';
import { newKeyPair, opened } from '../../simulator/privatemode/hpke';
import { Direction, newNonce, PLAIN_REQUEST } from '../../simulator/privatemode/sealing';
import type { Members, Secret } from '../../simulator/privatemode/sealing';
import { PRIVATEMODE_API_HOST } from '../../simulator/privatemode/services';
import type { Simulator } from '../../simulator/server';
import { visit } from '../../simulator/visit';
import { ask, attest, contextFor, knows, verdictOf } from '../simulator-contrast/wire';
import type { Reply, Verdict } from '../simulator-contrast/wire';

export const API = `https://${PRIVATEMODE_API_HOST}`;
export const LOGIN = { authorization: `Bearer ${PRIVATEMODE_KEY}` };
export const KNOWN = knows(manifestText(PRIVATEMODE), 'privatemode');

/** What Privatemode never shows. */
export const GAPS = { gpu: 'absent GPU_CHECKED_INSIDE', 'key.binding': 'absent ANSWERS_NOT_SIGNED', channel: 'absent CHANNEL_NOT_BOUND' };

export const post = (simulator: Simulator, path: string, body: object, login: Readonly<Record<string, string>> = LOGIN): Promise<Reply> => ask(simulator, API + path, { body: JSON.stringify(body), headers: login });

/** The product's own attestation: its nonce, and a key agreement made for the signature alone. */
export async function verdict(simulator: Simulator, references: readonly ReferenceValue[] = [KNOWN]): Promise<Verdict> {
  const { nonce, ...report } = await attest(simulator, privatemode, API, LOGIN);
  const claim = privatemode.claimRequest?.({ apiOrigin: API, model: undefined, nonce });
  if (claim === undefined) throw new Error('no key agreement is asked for');
  const agreed = await ask(simulator, claim.url, { method: claim.method, headers: { ...claim.headers, ...LOGIN }, ...(claim.body === undefined ? {} : { body: claim.body }) });
  const { checks } = await privatemode.appraise({ ...report, nonce, claim: agreed }, contextFor(simulator, references));
  return verdictOf(checks);
}

export interface Agreed extends Secret {
  readonly request: string;
  readonly response: string;
}

/** As a page agrees a secret. */
export async function agree(simulator: Simulator): Promise<Agreed> {
  const pair = newKeyPair();
  const request = { PublicKey: Buffer.from(pair.publicKey).toString('base64') };
  const { status, body } = await post(simulator, '/privatemode/v1/secret', request);
  const response = Buffer.from(body).toString();
  if (status !== 200) throw new Error(`${status} ${response}`);
  const { EncapsulatedKey } = JSON.parse(response) as { EncapsulatedKey: string };
  return { id: createHash('sha256').update(pair.publicKey).digest('base64'), data: opened(Buffer.from(EncapsulatedKey, 'base64'), pair), request: JSON.stringify(request), response };
}

export interface Chatted {
  readonly nonce: string;
  readonly status: number;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** As sent and as received. */
  readonly request: string;
  readonly answer: string;
  readonly cut: boolean;
}

export async function chat(simulator: Simulator, secret: Secret, stream: boolean): Promise<Chatted> {
  const nonce = newNonce();
  const body: Members = { model: 'gpt-oss-120b', messages: [{ role: 'user', content: 'hi' }], temperature: 0.7, stream };
  const request = JSON.stringify(await new Direction(secret, nonce, PLAIN_REQUEST).seal(body));
  const answer = await visit(simulator, `${API}/v1/chat/completions`, { body: request, headers: LOGIN });
  const headers = Object.entries(answer.headers).map(([name, value]) => ({ name, value: String(value) }));
  const parts: Buffer[] = [];
  let cut = false;
  try {
    for await (const part of answer) parts.push(Buffer.from(part));
  } catch {
    cut = true;
  }
  return { nonce, status: answer.statusCode ?? 0, headers, request, answer: Buffer.concat(parts).toString(), cut };
}

/** The product's judgement of one answer's bytes, by check: `outcome CODE`. */
export function judged({ status, headers, request, answer, cut }: Chatted, stream: boolean): Readonly<Record<string, string>> {
  const form = stream ? 'sse' : 'json';
  const reader = privatemode.newReader(form);
  reader.push(new TextEncoder().encode(answer));
  const url = `${API}/v1/chat/completions`;
  const { hashes } = privatemode.readRequest(new TextEncoder().encode(request));
  const head: ExchangeHead = {
    id: '1', url, method: 'POST', tabId: 1, initiator: 'https://chat.privatemode.ai', incognito: false, status, headers, fromCache: false, startedAt: 1, headersAt: 2,
    requestHashes: hashes, requestUnseen: false, model: undefined,
  };
  const { checks } = privatemode.judgeAnswer({ head, form, reading: reader.finish(cut ? 'cut' : 'complete'), cut });
  return Object.fromEntries(checks.map(({ id, outcome, code }: Check) => [id, code === undefined ? outcome : `${outcome} ${code}`]));
}

/** Answers as io.net's agent signs them, by a key made here: what the tests bend and the provider judges. */
import { createHash } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOfPublicKey, personalMessageHash } from '../../../src/signatures/eip191';
import { ionet } from '../../../src/providers/ionet';
import type { ExchangeHead, HeaderItem } from '../../../src/providers/exchange';
import type { AnswerFindings, AnswerReading } from '../../../src/providers/types';
import { stateOf, type State } from '../../../src/verdict/state';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface Key {
  readonly secret: Uint8Array;
  readonly address: string;
}

export function key(fill: number): Key {
  const secret = new Uint8Array(32).fill(fill);
  return { secret, address: addressOfPublicKey(secp256k1.getPublicKey(secret, false)) };
}

export const KEY = key(7);
export const REQUEST_HASH = sha('the request');

export function personalSign(text: string, by: Key = KEY): string {
  const made = secp256k1.sign(personalMessageHash(text), by.secret, { prehash: false, format: 'recovered' });
  return Buffer.concat([made.subarray(1), Buffer.of(27 + (made[0] ?? 0))]).toString('hex');
}

export const chunk = (content: string): string => JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] });
export const CHUNKS = [chunk('Take '), chunk('one “pill”'), chunk(' a day 😀')];

/** The agent's rule, written here once more and apart from src: lines that begin `data: ` and are no terminator. */
export function streamDigest(stream: string): string {
  const lines = stream.split('\n').filter((line) => line.startsWith('data: ') && !line.startsWith('data: [DONE]')).map((line) => line.slice(6));
  const ascii = JSON.stringify({ chunks: lines }).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return sha(ascii);
}

export function statementOver(digest: string, by: Key = KEY): Record<string, string> {
  const text = `${REQUEST_HASH}:${digest}`;
  return { text, signature: personalSign(text, by), signing_address: by.address, signing_algo: 'ecdsa' };
}

export const signatureEvent = (statement: Record<string, unknown>): string => `event: signature\ndata: ${JSON.stringify(statement)}\n\n`;
export const events = (chunks: readonly string[]): string => chunks.map((c) => `data: ${c}\n\n`).join('');

/** A good stream of the agent's. */
export function goodStream(chunks: readonly string[] = CHUNKS): string {
  return `${events(chunks)}${signatureEvent(statementOver(streamDigest(events(chunks))))}data: [DONE]\n\n`;
}

export const BODY = '{"id": "c-1", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Take one pill, caf\\u00e9 1.0"}, "logprobs": -1e-05}]}';

/** Headers of a good JSON answer over this body. */
export function goodHeaders(body: string = BODY, by: Key = KEY): HeaderItem[] {
  const stripped = body.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_, literal: string | undefined) => literal ?? '');
  return Object.entries({ 'Content-Type': 'application/json', ...statementOver(sha(stripped), by) }).map(([name, value]) => ({ name, value }));
}

export function headOf(form: 'json' | 'sse', headers: readonly HeaderItem[] = [], over: Partial<ExchangeHead> = {}): ExchangeHead {
  return {
    id: '1', url: 'https://api.intelligence.io.net/v1/private/completions', method: 'POST', tabId: 1, initiator: 'https://ai.io.net', incognito: false,
    status: 200, headers: form === 'sse' ? [{ name: 'content-type', value: 'text/event-stream' }, ...headers] : headers, fromCache: false,
    startedAt: 1_000, headersAt: 1_100, requestHashes: [{ rule: 'raw', sha256: REQUEST_HASH }], requestUnseen: false, model: 'm', ...over,
  };
}

export function read(form: 'json' | 'sse', body: string | Uint8Array, end: 'complete' | 'cut' = 'complete'): AnswerReading {
  const reader = ionet.newReader(form);
  reader.push(typeof body === 'string' ? bytes(body) : body);
  return reader.finish(end);
}

export interface Judged extends AnswerFindings {
  readonly state: State;
  /** Codes by check id, for those that have one. */
  readonly codes: Readonly<Record<string, string>>;
  readonly outcomes: Readonly<Record<string, string>>;
}

export function summary(findings: AnswerFindings): Judged {
  return {
    ...findings,
    state: stateOf(findings.checks),
    codes: Object.fromEntries(findings.checks.flatMap((c) => (c.code === undefined ? [] : [[c.id, c.code]]))),
    outcomes: Object.fromEntries(findings.checks.map((c) => [c.id, c.outcome])),
  };
}

export function judgeSse(body: string | Uint8Array, end: 'complete' | 'cut' = 'complete'): Judged {
  return summary(ionet.judgeAnswer({ head: headOf('sse'), form: 'sse', reading: read('sse', body, end), cut: end === 'cut' }));
}

export function judgeJson(body: string | Uint8Array, headers: readonly HeaderItem[], end: 'complete' | 'cut' = 'complete', over: Partial<ExchangeHead> = {}): Judged {
  return summary(ionet.judgeAnswer({ head: headOf('json', headers, over), form: 'json', reading: read('json', body, end), cut: end === 'cut' }));
}

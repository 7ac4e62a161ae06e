/** Answers of the simulated Cube: OpenAI's shapes and Ollama's own through the agent, and the events of the retrieval (RAG) service beside it. Nothing signs either. */
import type { Switchboard } from '../faults.ts';
import { head, pause, sendJson, write } from '../http.ts';
import type { Exchange, Headers } from '../http.ts';
import { asked, chunks, completion, words } from '../ionet/answer.ts';
import { isDict, loads } from '../ionet/python-json.ts';
import type { PyValue } from '../ionet/python-json.ts';

export const CUBE_MODEL = 'llama3.2:3b';

export interface ChatOptions {
  readonly faults: Switchboard;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
}

const reply = (prompt: string, where: string): string =>
  `This answer comes from a simulator, not from a model, ${where}. You wrote: “${prompt.length > 80 ? `${prompt.slice(0, 79)}…` : prompt}”. Cube’s answers are not signed — naïve café 😀.`;

/** The request's JSON; `undefined` when it is none. */
export function parsed(body: Buffer): PyValue | undefined {
  try {
    return loads(body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const EVENT_STREAM = 'text/event-stream; charset=utf-8';

async function stream(exchange: Exchange, headers: Headers, lines: readonly string[], pace: number): Promise<void> {
  head(exchange, 200, { ...headers, 'content-type': EVENT_STREAM, 'cache-control': 'no-cache' });
  for (const line of lines) {
    if (!(await write(exchange, Buffer.from(`data: ${line}\n\n`)))) return;
    await pause(exchange, pace);
  }
  exchange.response.end();
}

/** `/proxy/{domain}/v1/chat/completions`: the model inside the attested machine. */
export async function completions(exchange: Exchange, body: PyValue, headers: Headers, { now, pace }: ChatOptions): Promise<void> {
  const { model, prompt, stream: streamed } = asked(body);
  const content = reply(prompt, 'inside the simulated machine');
  if (!streamed) return sendJson(exchange, 200, completion(now(), model, content), headers);
  await stream(exchange, headers, [...chunks(now(), model, words(content)), '[DONE]'], pace());
}

/** `/{domain}/api/v1/chat`: the retrieval service, which attestation does not cover. */
export async function retrieval(exchange: Exchange, body: PyValue, { pace }: ChatOptions): Promise<void> {
  const { prompt } = asked(body);
  const event = (value: object): string => JSON.stringify(value);
  await stream(exchange, {}, [
    event({ type: 'conversation', conversation_id: '3f1d6a52-5d0b-4c22-8a43-6a1d7f2cb001' }),
    ...words(reply(prompt, 'outside the simulated machine')).map((content) => event({ type: 'token', content })),
    event({ type: 'citations', citations: [] }), event({ type: 'done' }),
  ], pace());
}

/** What Ollama says of its work at the end of an answer, in nanoseconds and tokens. */
const WORK = { done_reason: 'stop', context: [128006, 882, 128007], total_duration: 1_204_000_000, load_duration: 20_000_000, prompt_eval_count: 12, prompt_eval_duration: 90_000_000, eval_count: 40, eval_duration: 1_000_000_000 };

/** `/proxy/{domain}/api/generate`: Ollama's own interface to the same model. It streams unless told not to: one JSON text a line, the last one `done`. */
export async function generate(exchange: Exchange, body: PyValue, headers: Headers, { now, pace }: ChatOptions): Promise<void> {
  const member = (name: string): PyValue | undefined => (isDict(body) ? body.get(name) : undefined);
  const prompt = member('prompt');
  const content = reply(typeof prompt === 'string' ? prompt : '', 'inside the simulated machine');
  const text = (response: string, more: object): object => ({ model: CUBE_MODEL, created_at: new Date(now()).toISOString(), response, ...more });
  if (member('stream') === false) return sendJson(exchange, 200, text(content, { done: true, ...WORK }), headers);
  head(exchange, 200, { ...headers, 'content-type': 'application/x-ndjson' });
  for (const line of [...words(content).map((word) => text(word, { done: false })), text('', { done: true, ...WORK })]) {
    if (!(await write(exchange, Buffer.from(`${JSON.stringify(line)}\n`)))) return;
    await pause(exchange, pace());
  }
  exchange.response.end();
}

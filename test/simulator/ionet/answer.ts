/** What the (simulated) model says, in vLLM's shapes: one completion object, or the chunks of a stream. */
import { randomBytes } from 'node:crypto';
import { isDict } from './python-json.ts';
import type { PyValue } from './python-json.ts';

/** What `body-tampered` and `sse-chunk-changed` put in another word's place. */
export const GENUINE_WORD = 'simulator';
export const FORGED_WORD = 'forgery';

export interface Asked {
  readonly model: string;
  readonly prompt: string;
  readonly stream: boolean;
}

const text = (value: PyValue | undefined): string => (typeof value === 'string' ? value : '');

/** The model and the last user message of a chat request. */
export function asked(body: PyValue): Asked {
  if (!isDict(body)) return { model: '', prompt: '', stream: false };
  const messages = body.get('messages');
  const last = Array.isArray(messages) ? messages.findLast((message: PyValue) => isDict(message) && message.get('role') === 'user') : undefined;
  return { model: text(body.get('model')), prompt: isDict(last) ? text(last.get('content')) : '', stream: body.get('stream') === true };
}

/** With letters beyond ASCII and an emoji, because they are where hashing goes wrong. */
export const reply = (prompt: string): string => {
  const quoted = prompt.length > 80 ? `${prompt.slice(0, 79)}…` : prompt;
  return `This answer comes from a ${GENUINE_WORD}, not from a model. You wrote: “${quoted}” — naïve café, καλημέρα 😀. Every byte of it is signed the way io.net’s agent signs.`;
};

const identity = (now: number, model: string): { readonly id: string; readonly created: number; readonly model: string } =>
  ({ id: `chatcmpl-${randomBytes(16).toString('hex')}`, created: Math.floor(now / 1000), model });

export function completion(now: number, model: string, content: string): object {
  const { id, created } = identity(now, model);
  const tokens = Math.ceil(content.length / 4);
  return {
    id, object: 'chat.completion', created, model,
    choices: [{ index: 0, message: { role: 'assistant', content, refusal: null, annotations: null, tool_calls: [], reasoning_content: null }, logprobs: null, finish_reason: 'stop', stop_reason: null }],
    usage: { prompt_tokens: 12, total_tokens: 12 + tokens, completion_tokens: tokens, prompt_tokens_details: null },
    prompt_logprobs: null, kv_transfer_params: null,
  };
}

/** The JSON strings of a stream's chunks, one per piece of content, an opening and a closing one around them. */
export function chunks(now: number, model: string, pieces: readonly string[]): readonly string[] {
  const common = identity(now, model);
  const chunk = (delta: object, finish: string | null): string =>
    JSON.stringify({ id: common.id, object: 'chat.completion.chunk', created: common.created, model: common.model, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
  return [chunk({ role: 'assistant', content: '' }, null), ...pieces.map((content) => chunk({ content }, null)), chunk({ content: '' }, 'stop')];
}

/** A chunk that nobody signed. */
export const forgedChunk = (words: string): string =>
  JSON.stringify({ id: 'chatcmpl-forged', object: 'chat.completion.chunk', created: 0, model: '', choices: [{ index: 0, delta: { content: words }, logprobs: null, finish_reason: null }] });

/** Words with the space before them, so that joined pieces are the text again. */
export const words = (content: string): readonly string[] => content.match(/\s*\S+/g) ?? [];

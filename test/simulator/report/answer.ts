/** What the simulated model says, in the three forms that these services answer in: a completion, its stream, and the stream of `/v1/responses`. */
import { randomBytes } from 'node:crypto';
import { chunks, completion, GENUINE_WORD, words } from '../ionet/answer.ts';
import { dumps, loads } from '../ionet/python-json.ts';

export const reply = (prompt: string): string => {
  const quoted = prompt.length > 80 ? `${prompt.slice(0, 79)}…` : prompt;
  return `This answer comes from a ${GENUINE_WORD}, not from a model. You wrote: “${quoted}” — naïve café, καλημέρα 😀. Every byte of it is signed, and the signature is asked for afterwards.`;
};

/** Hex of random bytes in place of each word, as long as an ephemeral key, nonce, text and tag would be. */
export const ciphertext = (content: string): string => words(content).map((word) => randomBytes(65 + 12 + Buffer.byteLength(word) + 16).toString('hex')).join(' ');

export interface Answer {
  /** By which its signature is asked for. */
  readonly id: string;
  /** In wire order; joined they are the body. */
  readonly pieces: readonly string[];
}

const idOf = (json: string): string => {
  const value: { readonly id: string } = JSON.parse(json);
  return value.id;
};

export function streamed(now: number, model: string, content: string): Answer {
  const parts = chunks(now, model, words(content));
  return { id: idOf(parts[0] ?? '{}'), pieces: [...parts.map((part) => `data: ${part}\n\n`), 'data: [DONE]\n\n'] };
}

export function whole(now: number, model: string, content: string): Answer {
  const body = JSON.stringify(completion(now, model, content));
  return { id: idOf(body), pieces: [body] };
}

/** `/v1/responses`, as the chat page of the real service uses it. */
export function responses(now: number, model: string, content: string): Answer {
  const id = `resp_${randomBytes(16).toString('hex')}`;
  const item = `msg_${randomBytes(16).toString('hex')}`;
  const response = { id, object: 'response', created_at: Math.floor(now / 1000), model, error: null, incomplete_details: null, parallel_tool_calls: true, tool_choice: 'auto', tools: [] };
  const place = { item_id: item, output_index: 0, content_index: 0 };
  const text = { type: 'output_text', text: content, annotations: [] };
  const message = { id: item, type: 'message', role: 'assistant', status: 'completed', content: [text] };
  const events: readonly (readonly [type: string, fields: object])[] = [
    ['response.created', { response: { ...response, status: 'in_progress', output: [] } }],
    ['response.output_item.added', { output_index: 0, item: { ...message, status: 'in_progress', content: [] } }],
    ['response.content_part.added', { ...place, part: { ...text, text: '' } }],
    ...words(content).map((delta) => ['response.output_text.delta', { ...place, delta }] as const),
    ['response.output_text.done', { ...place, text: content }],
    ['response.content_part.done', { ...place, part: text }],
    ['response.output_item.done', { output_index: 0, item: message }],
    ['response.completed', { response: { ...response, status: 'completed', output: [message] } }],
  ];
  return { id, pieces: events.map(([type, fields], sequence_number) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`) };
}

/** Each JSON text as another program writes it: the same values in other bytes. */
export const anew = (pieces: readonly string[]): readonly string[] => pieces.map((piece) => piece.replace(/\{.*\}/s, (json) => dumps(loads(json))));

/** A whole answer as Python's json module writes it. */
export const spaced = (json: string): string => dumps(loads(json));

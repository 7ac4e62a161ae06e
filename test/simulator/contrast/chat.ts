/** A model that answers in plain text, as JSON or as a stream; nobody signs it. */
import { parsed } from '../cube/chat.ts';
import { cut, head, pause, sendJson, write } from '../http.ts';
import type { Handler } from '../http.ts';
import { asked, chunks, completion, words } from '../ionet/answer.ts';

export const CONTRAST_MODEL = 'llama3.2:3b';

interface PlainChat {
  /** Whether streams break in their middle. */
  readonly cuts: () => boolean;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Ms between the pieces of a stream. */
  readonly pace: () => number;
  /** Beside every answer. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

const reply = (prompt: string): string => `This answer comes from a simulator, not from a model. You wrote: “${prompt.length > 80 ? `${prompt.slice(0, 79)}…` : prompt}”. Nobody signs it — naïve café 😀.`;

/** `POST /v1/chat/completions`. */
export function plainChat({ cuts, now, pace, headers = () => ({}) }: PlainChat): Handler {
  return async (exchange) => {
    const { model, prompt, stream } = asked(parsed(exchange.body) ?? null);
    if (model !== CONTRAST_MODEL) return sendJson(exchange, 404, { error: { message: `model '${model}' not found`, type: 'not_found' } });
    if (!stream) return sendJson(exchange, 200, completion(now(), model, reply(prompt)), headers());
    head(exchange, 200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...headers() });
    const lines = [...chunks(now(), model, words(reply(prompt))), '[DONE]'];
    for (const [index, line] of lines.entries()) {
      if (cuts() && index === Math.floor(lines.length / 2)) return await cut(exchange);
      if (!(await write(exchange, Buffer.from(`data: ${line}\n\n`)))) return;
      await pause(exchange, pace());
    }
    exchange.response.end();
  };
}

/** What a chat page shows: the real `openai` client, fed with these bytes in place of a network. */
import OpenAI from 'openai';

const encoder = new TextEncoder();

function client(body: string | Uint8Array, type: string): OpenAI {
  const answer = typeof body === 'string' ? encoder.encode(body) : body;
  return new OpenAI({
    apiKey: 'none',
    baseURL: 'https://api.example.invalid/v1',
    maxRetries: 0,
    logLevel: 'off',
    fetch: () => Promise.resolve(new Response(new Uint8Array(answer), { status: 200, headers: { 'content-type': type } })),
  });
}

/** The text of a streamed answer, with the client's error message behind it when it threw. */
export async function shownStream(body: string | Uint8Array): Promise<string> {
  let shown = '';
  try {
    const stream = await client(body, 'text/event-stream').chat.completions.create({ model: 'm', messages: [], stream: true });
    for await (const part of stream) shown += part.choices?.[0]?.delta?.content ?? '';
  } catch (error) {
    shown += error instanceof Error ? ` <${error.message}>` : '';
  }
  return shown;
}

/** The text of a JSON answer. */
export async function shownJson(body: string | Uint8Array): Promise<string> {
  try {
    const answer = await client(body, 'application/json').chat.completions.create({ model: 'm', messages: [] });
    return answer.choices[0]?.message.content ?? '';
  } catch (error) {
    return error instanceof Error ? `<${error.message}>` : '';
  }
}

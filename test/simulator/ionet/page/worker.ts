/** Asks from inside a dedicated worker: its request belongs to no tab in the eyes of the browser. */
import { clientWith } from './client.ts';

interface Task { readonly key: string; readonly model: string; readonly prompt: string }

const isTask = (value: unknown): value is Task => typeof value === 'object' && value !== null && 'key' in value && 'model' in value && 'prompt' in value;

self.addEventListener('message', (event: MessageEvent<unknown>) => {
  if (!isTask(event.data)) return;
  const { key, model, prompt } = event.data;
  clientWith(key).chat.completions.create({ model, messages: [{ role: 'user', content: prompt }] }).then(
    (answer) => self.postMessage({ text: answer.choices[0]?.message.content ?? '' }, {}),
    (error: unknown) => self.postMessage({ error: error instanceof Error ? error.message : String(error) }, {}),
  );
});

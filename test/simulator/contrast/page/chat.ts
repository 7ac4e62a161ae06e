/** The chat page of a simulated Contrast deployment: asks the model behind its own origin, and knows nothing of attestation. */
import OpenAI from 'openai';
import { switchboard } from '../../ionet/page/switchboard.ts';

const MODEL = 'llama3.2:3b';

function at<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`);
  return element;
}

const transcript = at('transcript', HTMLDivElement);
const promptBox = at('prompt', HTMLTextAreaElement);

/** One entry in the transcript; `data-state` and `data-form` are for tests, the footer is for people. */
async function entering(form: 'stream' | 'json', how: (add: (text: string) => void) => Promise<void>): Promise<void> {
  document.getElementById('empty')?.remove();
  const element = document.createElement('article');
  const text = document.createElement('div');
  const foot = document.createElement('footer');
  element.className = 'answer';
  element.dataset['form'] = form;
  element.dataset['state'] = 'streaming';
  text.className = 'text';
  element.append(text, foot);
  transcript.append(element);
  const end = (state: 'done' | 'error', words: string): void => {
    element.dataset['state'] = state;
    foot.textContent = words;
    transcript.scrollTop = transcript.scrollHeight;
  };
  try {
    await how((more) => { text.append(more); transcript.scrollTop = transcript.scrollHeight; });
    end('done', 'Complete.');
  } catch (error) {
    end('error', error instanceof Error ? error.message : String(error));
  }
}

/** `fetch` as the page has it at each request: whoever wraps it later is asked too. */
const client = (): OpenAI => new OpenAI({ apiKey: 'none', baseURL: `${location.origin}/v1`, dangerouslyAllowBrowser: true, maxRetries: 0, fetchOptions: { credentials: 'omit' }, fetch: (input, init) => fetch(input, init) });

const messages = (): { role: 'user'; content: string }[] => [{ role: 'user', content: promptBox.value }];

const askStream = (): Promise<void> => entering('stream', async (add) => {
  for await (const chunk of await client().chat.completions.create({ model: MODEL, messages: messages(), stream: true })) add(chunk.choices[0]?.delta.content ?? '');
});

const askJson = (): Promise<void> => entering('json', async (add) => {
  const answer = await client().chat.completions.create({ model: MODEL, messages: messages() });
  add(answer.choices[0]?.message.content ?? '');
});

at('compose', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); void askStream(); });
promptBox.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void askStream();
});
at('ask-json', HTMLButtonElement).addEventListener('click', () => { void askJson(); });
void switchboard(at('faults', HTMLDivElement), at('switch-state', HTMLParagraphElement), at('all-good', HTMLButtonElement), at('find', HTMLInputElement), { contrast: 'Coordinator and answers', amd: 'AMD’s key service', collateral: 'Other vendors’ services' });

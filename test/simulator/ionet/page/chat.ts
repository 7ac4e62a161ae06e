/** The simulated chat page: asks through the real `openai` client and shows what that client makes of the bytes. */
import { API, clientWith } from './client.ts';
import { switchboard } from './switchboard.ts';

declare const DEMO_LOGIN: string;

const KEY = 'io.key';
const FALLBACK_MODEL = 'meta-llama/Llama-3.3-70B-Instruct';

function at<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`);
  return element;
}

const transcript = at('transcript', HTMLDivElement);
const promptBox = at('prompt', HTMLTextAreaElement);
const modelBox = at('model', HTMLSelectElement);
const keyBox = at('key', HTMLInputElement);
const stopButton = at('stop', HTMLButtonElement);

if (localStorage.getItem(KEY) === null) localStorage.setItem(KEY, DEMO_LOGIN);
const login = (): string => localStorage.getItem(KEY) ?? '';

const scrollDown = (): void => { transcript.scrollTop = transcript.scrollHeight; };

type AnswerState = 'streaming' | 'done' | 'stopped' | 'error';

/** One answer in the transcript; `data-state` and `data-form` are for tests, the footer is for people. */
class AnswerView {
  readonly #element = document.createElement('article');
  readonly #text = document.createElement('div');
  readonly #foot = document.createElement('footer');

  constructor(form: 'stream' | 'json' | 'worker') {
    this.#element.className = 'answer';
    this.#element.dataset['form'] = form;
    this.#text.className = 'text';
    this.#element.append(this.#text, this.#foot);
    transcript.append(this.#element);
    this.state('streaming', '…');
  }

  add(text: string): void {
    this.#text.append(text);
    scrollDown();
  }

  state(state: AnswerState, words: string): void {
    this.#element.dataset['state'] = state;
    this.#foot.textContent = words;
    scrollDown();
  }
}

function question(text: string): void {
  document.getElementById('empty')?.remove();
  const element = document.createElement('article');
  element.className = 'question';
  element.textContent = text;
  transcript.append(element);
}

let current: AbortController | undefined;

async function asking(form: 'stream' | 'json' | 'worker', how: (view: AnswerView, signal: AbortSignal) => Promise<void>): Promise<void> {
  question(promptBox.value);
  const view = new AnswerView(form);
  const controller = new AbortController();
  current = controller;
  stopButton.disabled = false;
  try {
    await how(view, controller.signal);
    if (controller.signal.aborted) view.state('stopped', 'Stopped.');
    else view.state('done', 'Complete.');
  } catch (error) {
    if (controller.signal.aborted) view.state('stopped', 'Stopped.');
    else view.state('error', error instanceof Error ? error.message : String(error));
  } finally {
    if (current === controller) {
      current = undefined;
      stopButton.disabled = true;
    }
  }
}

const request = (): { model: string; messages: { role: 'user'; content: string }[]; max_tokens: number } =>
  ({ model: modelBox.value, messages: [{ role: 'user', content: promptBox.value }], max_tokens: 500 });

const askStream = (): Promise<void> => asking('stream', async (view, signal) => {
  const stream = await clientWith(login()).chat.completions.create({ ...request(), stream: true }, { signal });
  for await (const chunk of stream) {
    // The signature event comes through the client as an item without choices.
    view.add(chunk.choices?.[0]?.delta.content ?? '');
  }
});

const askJson = (): Promise<void> => asking('json', async (view, signal) => {
  const answer = await clientWith(login()).chat.completions.create(request(), { signal });
  view.add(answer.choices[0]?.message.content ?? '');
});

let worker: Worker | undefined;

const askWorker = (): Promise<void> => asking('worker', async (view, signal) => {
  const asked = worker ??= new Worker('/worker.js');
  const answer = await new Promise<{ readonly text?: string; readonly error?: string }>((done, failed) => {
    signal.addEventListener('abort', () => { asked.terminate(); worker = undefined; failed(new Error('stopped')); });
    asked.onmessage = (event: MessageEvent<{ text?: string; error?: string }>) => done(event.data);
    asked.postMessage({ key: login(), model: modelBox.value, prompt: promptBox.value }, {});
  });
  if (answer.error !== undefined) throw new Error(answer.error);
  view.add(answer.text ?? '');
});

async function listModels(): Promise<void> {
  let names: readonly string[] = [FALLBACK_MODEL];
  const answer = await fetch(`${API}/models`, { headers: { authorization: `Bearer ${login()}` } });
  if (answer.ok) {
    const { data }: { data: readonly { name: string; supports_attestation: boolean }[] } = await answer.json();
    names = data.filter((model) => model.supports_attestation).map((model) => model.name);
  }
  modelBox.replaceChildren(...names.map((name) => new Option(name)));
}

function account(): void {
  keyBox.value = login();
  at('sign-out', HTMLButtonElement).disabled = login() === '';
}

at('compose', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); void askStream(); });
promptBox.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void askStream();
});
at('ask-json', HTMLButtonElement).addEventListener('click', () => { void askJson(); });
at('ask-worker', HTMLButtonElement).addEventListener('click', () => { void askWorker(); });
stopButton.addEventListener('click', () => current?.abort());
at('account', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); localStorage.setItem(KEY, keyBox.value.trim()); account(); void listModels(); });
at('sign-out', HTMLButtonElement).addEventListener('click', () => { localStorage.setItem(KEY, ''); account(); });

account();
modelBox.replaceChildren(new Option(FALLBACK_MODEL));
void listModels();
void switchboard(at('faults', HTMLDivElement), at('switch-state', HTMLParagraphElement), at('all-good', HTMLButtonElement), at('find', HTMLInputElement));

/** The simulated web chat of Privatemode: a session at the start, encrypted questions and answers, and a line that always says that the session is secure. */
import { switchboard } from '../../ionet/page/switchboard.ts';
import type { Members } from '../sealing.ts';
import { Session } from './session.ts';
import type { State } from './session.ts';

declare const DEMO_KEY: string;
declare const MODELS: readonly string[];

const STORED_KEY = 'privatemode-user-api-key';

function at<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`);
  return element;
}

const transcript = at('transcript', HTMLDivElement);
const promptBox = at('prompt', HTMLTextAreaElement);
const modelBox = at('model', HTMLSelectElement);
const shown = at('session', HTMLSpanElement);

const session = new Session(() => sessionStorage.getItem(STORED_KEY) ?? DEMO_KEY);
let state: Promise<State>;

/** `data-state` is for tests: starting, attested, resumed or failed. */
function show(name: string, words: string): void {
  shown.dataset['state'] = name;
  shown.textContent = words;
}

function start(): void {
  show('starting', 'Starting a session…');
  state = session.start();
  state.then(
    ({ attested, manifestHash }) => show(attested ? 'attested' : 'resumed', `Your session is secure (says this page). Manifest ${manifestHash}`),
    (error: unknown) => show('failed', error instanceof Error ? error.message : String(error)),
  );
}

type Form = 'stream' | 'json';

/** One entry in the transcript; `data-state` and `data-form` are for tests, the footer is for people. */
async function entering(form: Form, how: (add: (text: string) => void) => Promise<void>): Promise<void> {
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
  const end = (name: 'done' | 'error', words: string): void => {
    element.dataset['state'] = name;
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

interface Choice {
  readonly delta?: { readonly content?: string };
  readonly message?: { readonly content?: string };
}

const choicesOf = (answer: Members): readonly Choice[] => (Array.isArray(answer['choices']) ? answer['choices'] : []);

const ask = (form: Form): Promise<void> => entering(form, async (add) => {
  const body = { model: modelBox.value, messages: [{ role: 'user', content: promptBox.value }], temperature: 0.7, stream: form === 'stream' };
  for await (const answer of session.chat(await state, body)) for (const { delta, message } of choicesOf(answer)) add((delta ?? message)?.content ?? '');
});

modelBox.replaceChildren(...MODELS.map((name) => new Option(name, name)));
start();

at('compose', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); void ask('stream'); });
promptBox.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void ask('stream');
});
at('ask-json', HTMLButtonElement).addEventListener('click', () => { void ask('json'); });
at('account', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); session.forget(); start(); });
void switchboard(at('faults', HTMLDivElement), at('switch-state', HTMLParagraphElement), at('all-good', HTMLButtonElement), at('find', HTMLInputElement), { privatemode: 'Keys and answers', contrast: 'Coordinator', amd: 'AMD’s key service' });

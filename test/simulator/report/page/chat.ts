/**
 * A simulated chat page of the report dialect: the login lies in localStorage and its requests carry it. Like the real
 * pages it has a view that says "verified" and checks next to nothing: the report is asked for without a nonce.
 */
import OpenAI from 'openai';
import { switchboard } from '../../ionet/page/switchboard.ts';

declare const DEMO_LOGIN: string;
declare const APIS: readonly string[];
declare const MODELS: readonly string[];
declare const RESPONSES: boolean;
declare const BASE: string;
declare const EVIDENCE: string;
declare const SIGNATURE: string;

const SESSION = 'simulated-session';

function at<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`);
  return element;
}

const transcript = at('transcript', HTMLDivElement);
const promptBox = at('prompt', HTMLTextAreaElement);
const apiBox = at('api', HTMLSelectElement);
const modelBox = at('model', HTMLSelectElement);

const token = (): string => localStorage.getItem(SESSION) ?? '';
/** The newest answer, as its signature is asked for. */
let newest: { readonly api: string; readonly model: string; readonly id: string } | undefined;

type Form = 'stream' | 'json' | 'responses' | 'verification';

/** One entry in the transcript; `data-state` and `data-form` are for tests, the footer is for people. */
async function entering(form: Form, how: (add: (text: string) => void) => Promise<string>): Promise<void> {
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
    end('done', await how((more) => { text.append(more); transcript.scrollTop = transcript.scrollHeight; }));
  } catch (error) {
    end('error', error instanceof Error ? error.message : String(error));
  }
}

/** `fetch` as the page has it at each request: whoever wraps it later is asked too. */
const client = (): OpenAI => new OpenAI({ apiKey: token() === '' ? 'none' : token(), baseURL: `${apiBox.value}${BASE}`, dangerouslyAllowBrowser: true, maxRetries: 0, fetchOptions: { credentials: 'omit' }, fetch: (input, init) => fetch(input, init) });

const messages = (): { role: 'user'; content: string }[] => [{ role: 'user', content: promptBox.value }];
const noting = (id: string): void => { newest = { api: apiBox.value, model: modelBox.value, id }; };

const askStream = (): Promise<void> => entering('stream', async (add) => {
  for await (const chunk of await client().chat.completions.create({ model: modelBox.value, messages: messages(), stream: true })) {
    noting(chunk.id);
    add(chunk.choices[0]?.delta.content ?? '');
  }
  return 'Complete.';
});

const askJson = (): Promise<void> => entering('json', async (add) => {
  const answer = await client().chat.completions.create({ model: modelBox.value, messages: messages() });
  noting(answer.id);
  add(answer.choices[0]?.message.content ?? '');
  return 'Complete.';
});

const askResponses = (): Promise<void> => entering('responses', async (add) => {
  for await (const event of await client().responses.create({ model: modelBox.value, input: promptBox.value, stream: true })) {
    if (event.type === 'response.created') noting(event.response.id);
    if (event.type === 'response.output_text.delta') add(event.delta);
  }
  return 'Complete.';
});

/** What the real pages take for verification: both answers are there. */
const showVerification = (): Promise<void> => entering('verification', async (add) => {
  if (newest === undefined) throw new Error('Ask something first.');
  const { api, model, id } = newest;
  const ask = (path: string): Promise<Response> => fetch(`${api}${path.replace('{model}', encodeURIComponent(model)).replace('{id}', encodeURIComponent(id))}`, { credentials: 'omit', headers: { authorization: `Bearer ${token()}` } });
  const [report, signature] = await Promise.all([ask(EVIDENCE), ask(SIGNATURE)]);
  add(await signature.text());
  return report.ok && signature.ok ? 'Verified ✓ (says this page, which checked that two requests were answered)' : 'Not verified';
});

function account(): void {
  at('session', HTMLSpanElement).textContent = token() === '' ? 'Signed out.' : 'Signed in.';
  at('sign-out', HTMLButtonElement).disabled = token() === '';
}

function signIn(login: string): void {
  localStorage.setItem(SESSION, login);
  account();
}

if (localStorage.getItem(SESSION) === null) signIn(DEMO_LOGIN);
apiBox.replaceChildren(...APIS.map((origin) => new Option(new URL(origin).host, origin)));
modelBox.replaceChildren(...MODELS.map((name) => new Option(name, name)));
account();

at('compose', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); void askStream(); });
promptBox.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void askStream();
});
at('ask-json', HTMLButtonElement).addEventListener('click', () => { void askJson(); });
at('ask-responses', HTMLButtonElement).addEventListener('click', () => { void askResponses(); });
at('ask-responses', HTMLButtonElement).hidden = !RESPONSES;
at('show-verification', HTMLButtonElement).addEventListener('click', () => { void showVerification(); });
at('account', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); signIn(DEMO_LOGIN); });
at('sign-out', HTMLButtonElement).addEventListener('click', () => { signIn(''); });
void switchboard(at('faults', HTMLDivElement), at('switch-state', HTMLParagraphElement), at('all-good', HTMLButtonElement), at('find', HTMLInputElement), { report: 'Evidence, answers, signatures', collateral: 'Vendors’ services' });

/**
 * The simulated Cube's page: the session lies in localStorage and its requests carry it, as Cube's own page does. Chat
 * goes through the attested proxy (by OpenAI's interface or by Ollama's own), or (with documents) to the retrieval service beside it.
 */
import OpenAI from 'openai';
import { switchboard } from '../../ionet/page/switchboard.ts';

declare const DEMO_TOKEN: string;
declare const DOMAINS: readonly { readonly id: string; readonly name: string }[];

const SESSION = 'cube_atom_session';
const MODEL = 'llama3.2:3b';

function at<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`);
  return element;
}

const transcript = at('transcript', HTMLDivElement);
const promptBox = at('prompt', HTMLTextAreaElement);
const domainBox = at('domain', HTMLSelectElement);

function signIn(): void {
  localStorage.setItem(SESSION, JSON.stringify({ accessToken: DEMO_TOKEN, entityId: 'simulated person', sessionId: 'simulated session', expiresAt: new Date(Date.now() + 86_400_000).toISOString() }));
}

function token(): string | undefined {
  const session: { readonly accessToken?: string } = JSON.parse(localStorage.getItem(SESSION) ?? '{}');
  return session.accessToken;
}

const login = (): Record<string, string> => {
  const held = token();
  return held === undefined ? {} : { authorization: `Bearer ${held}` };
};

type Form = 'stream' | 'json' | 'lines' | 'outside' | 'policy' | 'report';

/** One entry in the transcript; `data-state` and `data-form` are for tests, the footer is for people. */
interface Entry {
  readonly add: (text: string) => void;
  /** A link that saves this text as a file. */
  readonly offer: (name: string, text: string) => void;
  readonly end: (state: 'done' | 'error', words: string) => void;
}

function entry(form: Form): Entry {
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
  return {
    add: (more) => { text.append(more); transcript.scrollTop = transcript.scrollHeight; },
    offer: (name, content) => {
      const link = document.createElement('a');
      link.download = name;
      link.href = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
      link.textContent = `Download ${name}`;
      element.insertBefore(link, foot);
    },
    end: (state, words) => { element.dataset['state'] = state; foot.textContent = words; transcript.scrollTop = transcript.scrollHeight; },
  };
}

async function entering(form: Form, how: (add: Entry['add'], offer: Entry['offer']) => Promise<void>): Promise<void> {
  const { add, offer, end } = entry(form);
  try {
    await how(add, offer);
    end('done', 'Complete.');
  } catch (error) {
    end('error', error instanceof Error ? error.message : String(error));
  }
}

const client = (): OpenAI =>
  new OpenAI({ apiKey: token() ?? 'none', baseURL: `${location.origin}/proxy/${domainBox.value}/v1`, dangerouslyAllowBrowser: true, maxRetries: 0, fetchOptions: { credentials: 'omit' } });

const messages = (): { role: 'user'; content: string }[] => [{ role: 'user', content: promptBox.value }];

const askStream = (): Promise<void> => entering('stream', async (add) => {
  for await (const chunk of await client().chat.completions.create({ model: MODEL, messages: messages(), stream: true })) add(chunk.choices?.[0]?.delta.content ?? '');
});

const askJson = (): Promise<void> => entering('json', async (add) => {
  const answer = await client().chat.completions.create({ model: MODEL, messages: messages() });
  add(answer.choices[0]?.message.content ?? '');
});

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, { credentials: 'omit', ...init, headers: { ...login(), 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer;
}

/** The pieces of a body between one end mark and the next, as they come; what stands behind the last mark is no piece. */
async function* cutAt(mark: string, answer: Response): AsyncGenerator<string> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
    const pieces = (rest + piece.value).split(mark);
    rest = pieces.pop() ?? '';
    yield* pieces;
  }
}

const askLines = (): Promise<void> => entering('lines', async (add) => {
  for await (const line of cutAt('\n', await ask(`/proxy/${domainBox.value}/api/generate`, { method: 'POST', body: JSON.stringify({ model: MODEL, prompt: promptBox.value }) }))) {
    const { response }: { readonly response?: string } = JSON.parse(line);
    add(response ?? '');
  }
});

const askOutside = (): Promise<void> => entering('outside', async (add) => {
  const answer = await ask(`/${domainBox.value}/api/v1/chat`, { method: 'POST', body: JSON.stringify({ messages: messages(), record_ids: [] }) });
  for await (const event of cutAt('\n\n', answer)) {
    const { type, content }: { readonly type: string; readonly content?: string } = JSON.parse(event.slice('data: '.length));
    if (type === 'token') add(content ?? '');
  }
});

const showPolicy = (): Promise<void> => entering('policy', async (add, offer) => {
  const text = await (await ask(`/proxy/${domainBox.value}/attestation/policy`)).text();
  add(text === '' ? 'No policy is stored.' : text);
  if (text !== '') offer('attestation_policy.json', text);
});

/** As Cube's page asks: with nothing of its own in the request, and for JSON to show and save. */
const showReport = (): Promise<void> => entering('report', async (add, offer) => {
  const text = await (await ask(`/proxy/${domainBox.value}/attestation`, { method: 'POST', body: JSON.stringify({ report_data: '', nonce: '', to_json: true }) })).text();
  add(`${text.slice(0, 400)}…`);
  offer('attestation_report.json', text);
});

function account(): void {
  const held = token();
  at('session', HTMLSpanElement).textContent = held === undefined ? 'Signed out.' : 'Signed in.';
  at('sign-out', HTMLButtonElement).disabled = held === undefined;
}

if (localStorage.getItem(SESSION) === null) signIn();
domainBox.replaceChildren(...DOMAINS.map(({ id, name }) => new Option(name, id)));
account();

at('compose', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); void askStream(); });
promptBox.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  void askStream();
});
at('ask-json', HTMLButtonElement).addEventListener('click', () => { void askJson(); });
at('ask-lines', HTMLButtonElement).addEventListener('click', () => { void askLines(); });
at('ask-outside', HTMLButtonElement).addEventListener('click', () => { void askOutside(); });
at('show-policy', HTMLButtonElement).addEventListener('click', () => { void showPolicy(); });
at('show-report', HTMLButtonElement).addEventListener('click', () => { void showReport(); });
at('account', HTMLFormElement).addEventListener('submit', (event) => { event.preventDefault(); signIn(); account(); });
at('sign-out', HTMLButtonElement).addEventListener('click', () => { localStorage.setItem(SESSION, '{}'); account(); });
void switchboard(at('faults', HTMLDivElement), at('switch-state', HTMLParagraphElement), at('all-good', HTMLButtonElement), at('find', HTMLInputElement), { cube: 'Cube', amd: 'AMD’s key service', collateral: 'Other vendors’ services' });

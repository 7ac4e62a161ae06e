/** What every observation uses. Runs in the page. */
export const API = 'https://api.intelligence.io.net';
export const PAGE = 'https://ai.io.net';

/** Something a page can look at; gives a JSON value that must be the same with and without the tap. */
export type Observations = Readonly<Record<string, () => unknown>>;

export const wait = (ms: number): Promise<void> => new Promise((done) => { setTimeout(done, ms); });
export const hex = (bytes: ArrayBuffer | Uint8Array): string => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
/** Chromium names the failing method in an error of JSON or not, as the body happened to be whole already or not. */
export const said = (error: unknown): string => (error instanceof Error || error instanceof DOMException ? `${error.name}: ${error.message}` : String(error)).replace("Failed to execute 'json' on 'Response': Unexpected", 'Unexpected');
/** A stack without what changes from run to run. */
export const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? '').replaceAll(/:\d+:\d+/g, '') : said(error));

/** What the server saw of a stream, once it saw the page go. Browsers are sometimes late to say so. */
export async function seenEarly(id: string): Promise<{ readonly closed: boolean; readonly few: boolean }> {
  let state: { closed: boolean; sent: number } | null = null;
  for (let i = 0; i < 60; i += 1) {
    const request = new XMLHttpRequest();
    request.open('GET', `${API}/state?id=${id}`);
    state = await new Promise((done) => {
      request.onload = () => done(JSON.parse(request.responseText));
      request.onerror = () => done(null);
      request.send();
    });
    if (state?.closed === true) break;
    await wait(25);
  }
  return { closed: state?.closed === true, few: (state?.sent ?? 0) < 30 };
}

let streams = 0;
/** A stream of its own, with the name under which the server keeps its state. */
export function newStream(query = 'n=50&ms=20'): { readonly id: string; readonly url: string } {
  streams += 1;
  const id = `${streams}-${Date.now()}`;
  return { id, url: `${API}/stream?id=${id}&${query}` };
}

export async function readerOf(url: string, init?: RequestInit): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const { body } = await fetch(url, init);
  if (body === null) throw new Error('no body');
  return body.getReader();
}

export async function bodyOf(url: string, init?: RequestInit): Promise<{ readonly response: Response; readonly body: ReadableStream<Uint8Array> }> {
  const response = await fetch(url, init);
  if (response.body === null) throw new Error('no body');
  return { response, body: response.body };
}

/** The value of the promise, or what it was rejected with. */
export const settled = async (promise: Promise<unknown>): Promise<unknown> => promise.catch(said);

/** A native as a page calls it with a receiver and arguments of its own choice. */
export function applied(owner: object, key: string, self: unknown, args: unknown[] = []): unknown {
  const native: unknown = Reflect.get(owner, key);
  return typeof native === 'function' ? Reflect.apply(native, self, args) : 'none';
}
/** What the promise was rejected with. */
export const rejected = async (promise: unknown): Promise<unknown> => Promise.resolve(promise).catch((error: unknown) => error);

/**
 * Messages between our own pages and the background. The sender is checked here: content scripts and other extensions
 * are not heard on this way. Requests are parsed by `watch/requests`; answers are wrapped, so that a coded refusal
 * arrives as one.
 */
import { CODES, type Code } from '../checks/codes';
import { CodedError } from '../checks/error';
import { browser } from './browser';
import type { Runtime } from 'webextension-polyfill';

type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly code: Code; readonly detail: string };

const REQUEST = 'assay.request';
const TAB_PORT = 'assay.tab:';

/** True for our own pages: our id, our origin, and no content script (those have the page's origin). */
function fromOwnPage(sender: Runtime.MessageSender | undefined): boolean {
  const own = browser.runtime.getURL('');
  return sender?.id === browser.runtime.id && sender.url !== undefined && sender.url.startsWith(own);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function refusal(error: unknown): Answer {
  if (error instanceof CodedError) return { ok: false, code: error.code, detail: error.detail };
  return { ok: false, code: 'INTERNAL_ERROR', detail: error instanceof Error ? error.name : 'unknown' };
}

/**
 * Serves requests: `handle` gets the type and the raw request, and raises a `CodedError` to refuse. Answers go through
 * `sendResponse`: the one way that every browser in reach understands, with and without a native promise API.
 */
export function serveRequests(handle: (type: string, request: unknown) => Promise<unknown>): void {
  const listener = (message: unknown, sender: Runtime.MessageSender, sendResponse: (answer: unknown) => void): true | undefined => {
    if (!isRecord(message) || typeof message[REQUEST] !== 'string' || !fromOwnPage(sender)) return undefined;
    const answered = handle(message[REQUEST], message['with']).then((value): Answer => ({ ok: true, value: value ?? null }), refusal);
    void answered.then(sendResponse);
    return true;
  };
  // The polyfill's types know no listener that leaves some messages to others; the browsers do.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  browser.runtime.onMessage.addListener(listener as Runtime.OnMessageListenerCallback);
}

/** Serves the live view of a tab: `subscribe` gets a function to push with, and answers how to stop. */
export function serveTabPorts(subscribe: (tabId: number, push: (snapshot: unknown) => void) => () => void): void {
  browser.runtime.onConnect.addListener((port) => {
    if (!port.name.startsWith(TAB_PORT) || !fromOwnPage(port.sender)) return;
    const tabId = Number(port.name.slice(TAB_PORT.length));
    if (!Number.isSafeInteger(tabId)) return;
    const stop = subscribe(tabId, (snapshot) => port.postMessage(snapshot));
    port.onDisconnect.addListener(stop);
  });
}

/** Asks the background. Raises the `CodedError` it refused with. */
export async function askBackground(type: string, request: unknown): Promise<unknown> {
  const answer: unknown = await browser.runtime.sendMessage({ [REQUEST]: type, with: request });
  if (!isRecord(answer) || typeof answer['ok'] !== 'boolean') throw new CodedError('INTERNAL_ERROR', 'no answer from the background');
  if (answer['ok']) return answer['value'];
  const code = CODES.find((known) => known === answer['code']) ?? 'INTERNAL_ERROR';
  throw new CodedError(code, typeof answer['detail'] === 'string' ? answer['detail'] : '');
}

/** Opens the live view of a tab and keeps it open when the worker is restarted, until the returned function is called. */
export function followTab(tabId: number, onSnapshot: (snapshot: unknown) => void): () => void {
  let port: Runtime.Port | undefined;
  let stopped = false;
  const open = () => {
    port = browser.runtime.connect({ name: `${TAB_PORT}${tabId}` });
    port.onMessage.addListener(onSnapshot);
    port.onDisconnect.addListener(() => {
      if (!stopped) open();
    });
  };
  open();
  return () => {
    stopped = true;
    port?.disconnect();
  };
}

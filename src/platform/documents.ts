/**
 * How the background learns of a new main-frame document: the isolated script of a granted page announces it before any
 * page script runs. The id is made there, so a page restored from the back/forward cache comes back under its own.
 */
import type { Runtime } from 'webextension-polyfill';
import { browser } from './browser';

const ANNOUNCE = 'assay.document';

export interface AnnouncedDocument {
  readonly tabId: number;
  readonly documentId: string;
  /** As the browser says, not as the message says. */
  readonly origin: string;
  readonly incognito: boolean;
}

/** In the isolated world: announces this document if it is a tab's main frame, now and whenever it comes back from the cache. */
export function announceDocument(): void {
  if (window !== window.top) return;
  const documentId = crypto.randomUUID();
  const announce = () => {
    browser.runtime.sendMessage({ [ANNOUNCE]: documentId }).catch(() => undefined); // the extension was reloaded: this document is no longer ours to judge
  };
  announce();
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) announce();
  });
}

export function listenToDocuments(onDocument: (document: AnnouncedDocument) => void): void {
  browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) => {
    if (typeof message !== 'object' || message === null || !(ANNOUNCE in message)) return undefined;
    const documentId = message[ANNOUNCE];
    const { tab, frameId, url } = sender;
    if (typeof documentId !== 'string' || !/^[0-9a-f-]{36}$/.test(documentId)) return undefined;
    if (sender.id !== browser.runtime.id || tab?.id === undefined || frameId !== 0 || url === undefined || !URL.canParse(url)) return undefined;
    onDocument({ tabId: tab.id, documentId, origin: new URL(url).origin, incognito: tab.incognito });
    return undefined;
  });
}

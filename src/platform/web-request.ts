/**
 * Requests as the browser process sees them. Observes only: no request headers are ever asked for (they hold the
 * page's login), nothing is held back. Registered at the top of the background, with one filter for all time: the
 * browser delivers what the user granted, and nothing of other sites.
 */
import type { HeadSink, RequestFacts } from '../observe/contract';
import { browser } from './browser';
import { bodyOf, endingOf, headersOf, initiatorOf, isOwn, type RequestDetails, spkiSha256Of, urlOf } from './web-request-facts';

/** What scripts ask for: `fetch`, XMLHttpRequest and EventSource, and sockets. Not beacons, whose answers nobody reads. */
const FILTER: { urls: string[]; types: ('xmlhttprequest' | 'websocket' | 'other')[] } = {
  // Plain http within this machine alone: a proxy of the user's own.
  urls: ['https://*/*', 'wss://*/*', 'http://localhost/*', 'http://127.0.0.1/*', 'ws://localhost/*', 'ws://127.0.0.1/*'],
  types: ['xmlhttprequest', 'websocket', 'other'],
};

/** Tabs whose kind of window is remembered; more are asked for again. */
const TABS_KEPT = 1000;

/** Chromium does not say whether a request is of a private window; its tab does. Events keep their order while we ask. */
class PrivateTabs {
  readonly #known = new Map<number, boolean>();
  #chain: Promise<void> | undefined;

  /** Calls `run` at once where the answer is known, else as soon as it is. */
  with({ incognito, tabId }: RequestDetails, run: (incognito: boolean) => void): void {
    const known = incognito ?? this.#known.get(tabId);
    if (known !== undefined && this.#chain === undefined) {
      run(known);
      return;
    }
    const chain = (this.#chain ?? Promise.resolve()).then(async () => run(known ?? (await this.#ask(tabId))));
    this.#chain = chain;
    void chain.finally(() => {
      if (this.#chain === chain) this.#chain = undefined;
    });
  }

  async #ask(tabId: number): Promise<boolean> {
    const known = this.#known.get(tabId);
    if (known !== undefined) return known;
    if (tabId < 0) return anyPrivateWindow();
    try {
      const { incognito } = await browser.tabs.get(tabId);
      if (this.#known.size >= TABS_KEPT) this.#known.clear();
      this.#known.set(tabId, incognito);
      return incognito;
    } catch {
      return anyPrivateWindow(); // the tab is gone
    }
  }
}

/** For requests without a tab: taken as private while any private window is open, so that none is ever put on disk. */
async function anyPrivateWindow(): Promise<boolean> {
  return (await browser.windows.getAll()).some(({ incognito }) => incognito);
}

/** What the events with response headers have in common. */
interface ResponseDetails extends RequestDetails {
  readonly statusCode: number;
  readonly responseHeaders?: Parameters<typeof headersOf>[0];
  readonly fromCache?: boolean;
}

/** Tells the sink of every request that is not our own. To be called once, synchronously, when the background starts. */
export function listenToRequests(sink: HeadSink): void {
  const base = browser.runtime.getURL('');
  const tabs = new PrivateTabs();
  const each = (details: RequestDetails, run: (facts: RequestFacts) => void): void => {
    if (isOwn(details, base)) return;
    tabs.with(details, (incognito) =>
      run({
        requestId: details.requestId,
        url: urlOf(details),
        method: details.method.toUpperCase(),
        tabId: details.tabId,
        initiator: initiatorOf(details),
        incognito,
        websocket: details.type === 'websocket',
        at: Math.round(details.timeStamp),
      }),
    );
  };
  const { webRequest } = browser;
  webRequest.onBeforeRequest.addListener(
    (details) => {
      // Read now: the browser's buffers are not ours to keep.
      const body = bodyOf(details.requestBody);
      each(details, (facts) => sink.onRequest(facts, body));
      return undefined;
    },
    FILTER,
    ['requestBody'],
  );
  const headers = (details: ResponseDetails): void =>
    each(details, (facts) => sink.onHeaders({ ...facts, status: details.statusCode, headers: headersOf(details.responseHeaders), fromCache: cached(details) }));
  webRequest.onHeadersReceived.addListener(
    (details) => {
      headers(details);
      return undefined;
    },
    FILTER,
    ['responseHeaders'],
  );
  listenToConnections(each, sink);
  webRequest.onResponseStarted.addListener(headers, FILTER, ['responseHeaders']);
  webRequest.onBeforeRedirect.addListener((details) => each(details, ({ requestId }) => sink.onRedirect(requestId)), FILTER);
  webRequest.onCompleted.addListener(
    (details) => {
      // Once more: a worker that died before it could keep them would otherwise leave an answer that nobody ever judges.
      headers(details);
      each(details, ({ requestId, at }) => sink.onEnd({ requestId, at, how: 'completed', fromCache: cached(details) }));
    },
    FILTER,
    ['responseHeaders'],
  );
  webRequest.onErrorOccurred.addListener((details) => each(details, ({ requestId, at }) => sink.onEnd({ requestId, at, how: endingOf(details.error), fromCache: cached(details) })), FILTER);
}

/** From the browser's cache, or confirmed by a 304. Chromium says so later than Firefox; the record keeps it once said. */
const cached = (details: { readonly fromCache?: boolean; readonly statusCode?: number }): boolean => details.fromCache === true || details.statusCode === 304;

type Shown = Parameters<typeof spkiSha256Of>[0];

/**
 * The key of each connection, where the browser shows it. Firefox: asked for while the response's headers are held, which
 * alone needs `webRequestBlocking`; nothing is ever changed or refused. Chromium from 144 hands over the certificate when
 * started with WebRequestSecurityInfo; else it passes over this listener in silence or (older) throws, so it stands alone.
 */
function listenToConnections(each: (details: RequestDetails, run: (facts: RequestFacts) => void) => void, sink: HeadSink): void {
  const { webRequest } = browser;
  const tell = (details: RequestDetails, shown: Shown): void => {
    const spkiSha256 = spkiSha256Of(shown);
    each(details, ({ requestId }) => sink.onConnection({ requestId, spkiSha256 }));
  };
  const asks: unknown = Reflect.get(webRequest, 'getSecurityInfo');
  if (typeof asks === 'function') {
    const ask = async (details: RequestDetails): Promise<Record<string, never>> => {
      // A request that ended meanwhile shows nothing any more.
      tell(details, await webRequest.getSecurityInfo(details.requestId, {}).catch(() => undefined));
      return {};
    };
    webRequest.onHeadersReceived.addListener(ask, FILTER, ['blocking']);
    return;
  }
  const { onHeadersReceived: event } = webRequest;
  const listener = (details: RequestDetails & { readonly securityInfo?: Shown }): void => tell(details, details.securityInfo);
  try {
    // The typed API does not know the word either.
    Reflect.apply(Reflect.get(event, 'addListener'), event, [listener, FILTER, ['securityInfoRawDer']]);
  } catch {
    // Chromium before 144. It shows no keys, and each answer's `channel` says that none was compared.
  }
}

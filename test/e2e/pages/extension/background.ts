/** Watches as the real background does, and keeps what it was told for the test to ask. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { createObserver } from '../../../../src/observe';
import type { ExchangeEvent } from '../../../../src/observe';
import { browser } from '../../../../src/platform/browser';
import { syncContentScripts } from '../../../../src/platform/content-scripts';
import { listenToRelays, wakeRelays } from '../../../../src/platform/ports';
import { sessionStore } from '../../../../src/platform/session';
import { listenToRequests } from '../../../../src/platform/web-request';
import { PROVIDERS, providerOfApi } from '../../../../src/providers/registry';
import type { AnswerReader, Provider } from '../../../../src/providers/types';
import type { Watching } from '../lab';

/** The built-in service, but for the reader: it tells the exact bytes that came. */
const rawReader = (form: 'json' | 'sse'): AnswerReader => {
  const hash = sha256.create();
  let length = 0;
  return {
    push: (bytes) => {
      hash.update(bytes);
      length += bytes.length;
    },
    finish: (end) => ({ form, length, complete: end === 'complete', findings: [], looksLikeAnswer: true, responseHashes: [{ rule: 'raw', sha256: bytesToHex(hash.digest()) }] }),
  };
};
const providerFor = (origin: string): Provider | undefined => {
  const found = providerOfApi(origin);
  return found === undefined ? undefined : { ...found, newReader: rawReader };
};

const origins = PROVIDERS.flatMap(({ profile }) => [...profile.uiOrigins, ...profile.apiOrigins]);
const faults: string[] = [];
let consented = false;

const urls = new Map<string, string>();

/** What a test looks at; no more than that crosses. */
function seen(event: Exclude<ExchangeEvent, { readonly kind: 'progress' }>): unknown {
  switch (event.kind) {
    case 'finished': {
      const { exchange } = event;
      const { head } = exchange;
      const base = { kind: event.kind, as: exchange.kind, ending: exchange.ending, revision: exchange.revision, url: head.url, tabId: head.tabId, initiator: head.initiator, status: head.status, fromCache: head.fromCache, incognito: head.incognito, requestUnseen: head.requestUnseen, requestHashes: head.requestHashes, model: head.model, headers: head.headers.map(({ name, value }) => [name.toLowerCase(), typeof value === 'string' ? value : 'bytes']) };
      if (exchange.kind !== 'answer' && exchange.kind !== 'unrecognised') return base;
      const { reading, cut, form } = exchange.input;
      return { ...base, form, cut, from: exchange.bodyFrom?.origin, reading: typeof reading === 'string' ? reading : { length: reading.length, complete: reading.complete, hashes: reading.responseHashes } };
    }
    case 'requested':
      urls.set(event.request.id, event.request.url);
      return { kind: event.kind, url: event.request.url, tabId: event.request.tabId, model: event.request.model };
    case 'started':
      return { kind: event.kind, as: event.as, url: event.head.url };
    case 'dropped':
      return { kind: event.kind, url: urls.get(event.id) };
    case 'session':
      return { kind: event.kind, part: event.session.part, url: event.session.head.url };
    case 'login-seen':
      return { kind: event.kind, pageOrigin: event.pageOrigin, apiOrigin: event.apiOrigin };
  }
}

let count = 0;
/** Each under a name of its own that sorts as it came, whichever background wrote it. */
function keep(event: ExchangeEvent): void {
  if (event.kind === 'progress') return;
  count += 1;
  void sessionStore.set(`seen:${Date.now()}:${String(count).padStart(6, '0')}`, seen(event)).then(() => {
    if (event.kind === 'finished') event.exchange.acknowledge();
    if (event.kind === 'session') event.session.acknowledge();
  });
}
const told = async (part: string): Promise<readonly unknown[]> =>
  (await sessionStore.entries('seen:')).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value).filter((value) => JSON.stringify(value).includes(part));

const observer = createObserver({
  providerFor,
  consented: () => consented,
  granted: (origin) => origins.includes(origin),
  now: () => Date.now(),
  setTimer: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  store: {
    put: (record) => sessionStore.set(`head:${record.id}`, record),
    delete: (id) => sessionStore.remove(`head:${id}`),
    list: async () => (await sessionStore.entries('head:')).map(([, value]) => value),
  },
  wakeRelays,
  onExchange: keep,
  onFault: (error) => faults.push(String(error)),
});

listenToRequests(observer.heads);
listenToRelays((link) => observer.connect(link));
async function watch(how: Watching): Promise<void> {
  consented = how === 'login';
  await syncContentScripts(how === 'idle' ? [] : [{ origins, loginOrigins: origins }], how === 'login' ? origins : []);
}
const ready = (async () => {
  await watch(((await sessionStore.get('watching')) as Watching | undefined) ?? 'idle');
  await observer.start();
})();

browser.runtime.onMessage.addListener((message: unknown) => {
  if (typeof message !== 'object' || message === null || !('ask' in message)) return undefined;
  switch (message.ask) {
    case 'watch':
      return ready.then(async () => {
        const how = ('how' in message ? message.how : 'idle') as Watching;
        await sessionStore.set('watching', how);
        await watch(how);
        observer.consentsChanged();
        return true;
      });
    case 'seen':
      return told('part' in message ? String(message.part) : '').then((all) => ({ seen: all, faults }));
    case 'consent':
      consented = 'given' in message && message.given === true;
      observer.consentsChanged();
      return Promise.resolve(true);
    case 'page': {
      const { tabId, url, body } = message as unknown as { tabId: number; url: string; body: string };
      return observer.pageGetter({ tabId, pageOrigin: 'https://ai.io.net' })(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, maxBytes: 10_000 }).then(
        (response) => ({ status: response.status, type: response.header('content-type'), body: new TextDecoder().decode(response.body) }),
        (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
      );
    }
    default:
      return undefined;
  }
});

/**
 * Grows one record for each request to a watched API, as the browser process tells it, and keeps it where it outlives
 * the worker. The page can neither forge nor hide any of this.
 */
import type { ExchangeHead, HashCandidate } from '../providers/exchange';
import type { Provider, Recognition } from '../providers/types';
import type { HeadSink, HeadStore, RequestBody, RequestFacts, ResponseFacts } from './contract';
import { headOf, storedHeaders, type HeadRecord, type StoredHeader } from './head-record';
import { HeadWrites } from './head-writes';
import { HEAD_SILENT_MS, HEADS_MAX } from './limits';
import type { OwnRequests } from './own-requests';
import { sessionPart, sessionRequest } from './session-part';
import { textToBytes } from './wire-bytes';

/** A request with its response, and what the provider makes of its head. */
export interface Responded {
  readonly head: ExchangeHead;
  readonly provider: Provider;
  readonly apiOrigin: string;
  readonly as: Recognition | { readonly kind: 'websocket' };
  /** Of a part of a page's session: the request's body, where it was seen whole. */
  readonly request?: Uint8Array;
  /** Taken up from the store: when its events came is not known. */
  readonly restored: boolean;
}

/** What the recorder tells, in the order of each request's life. */
export interface HeadListener {
  requested(record: HeadRecord, provider: Provider, apiOrigin: string): void;
  /** Again, when later headers replace the first. */
  responded(responded: Responded): void;
  ended(id: string, end: NonNullable<HeadRecord['end']>): void;
  dropped(id: string): void;
}

export interface HeadRecorderParts {
  readonly providerFor: (apiOrigin: string) => Provider | undefined;
  readonly granted: (origin: string) => boolean;
  readonly store: HeadStore;
  readonly own: OwnRequests;
  readonly listener: HeadListener;
  readonly now: () => number;
  readonly onFault: (error: unknown) => void;
}

/** `https://host[:port]` of an http(s) or ws(s) address, by its text alone: it is called for every request of every granted host. */
export function apiOriginOf(url: string): string {
  const from = url.indexOf('://');
  const to = url.indexOf('/', from + 3);
  const host = to < 0 ? url.slice(from + 3) : url.slice(from + 3, to);
  const scheme = url.slice(0, from);
  return `${scheme === 'wss' ? 'https' : scheme === 'ws' ? 'http' : scheme}://${host}`;
}

/** Answered with another address to ask: no answer itself. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Connections of one request that are told apart. */
const HOPS_MAX = 7;

const hostOf = (url: string): string => new URL(url).hostname;

interface Digested {
  readonly requestHashes: readonly HashCandidate[];
  readonly requestUnseen: boolean;
  readonly model: string | undefined;
}

export class HeadRecorder implements HeadSink {
  readonly #parts: HeadRecorderParts;
  readonly #records = new Map<string, HeadRecord>();
  /** Requests of ours and preflights: their later events are passed over. */
  readonly #passed = new Set<string>();
  /** Nothing to judge: known until their end, and not kept in the store. */
  readonly #ignored = new Set<string>();
  /** Of requests that were sent on to another address: where they were, and over which connections. */
  readonly #before = new Map<string, { readonly host: string; readonly connections: readonly string[] }>();
  readonly #writes: HeadWrites;
  #started = false;
  #queue: (() => void)[] = [];

  constructor(parts: HeadRecorderParts) {
    this.#parts = parts;
    this.#writes = new HeadWrites(parts.store, parts.onFault);
  }

  /** Takes up what the store holds, then what came in the meantime. */
  async restore(): Promise<readonly HeadRecord[]> {
    const restored = await this.#writes.list();
    for (const record of restored) {
      this.#records.set(record.id, record);
      const silent = this.#parts.now() - record.startedAt > HEAD_SILENT_MS;
      if (record.response === null && (record.end !== null || silent)) this.#drop(record.id);
      else if (record.response !== null) {
        this.#tellResponse(record, true);
        if (record.end !== null) this.#parts.listener.ended(record.id, record.end);
        else if (silent) this.#end(record, { at: this.#parts.now(), how: 'lost' });
      }
    }
    this.#started = true;
    const queue = this.#queue;
    this.#queue = [];
    for (const run of queue) run();
    return [...this.#records.values()];
  }

  onRequest(facts: RequestFacts, body: RequestBody): void {
    this.#run(() => this.#request(facts, body));
  }

  #request(facts: RequestFacts, body: RequestBody): void {
    const apiOrigin = apiOriginOf(facts.url);
    const provider = this.#parts.providerFor(apiOrigin);
    if (provider === undefined) return;
    const bytes = body.kind === 'bytes' ? body.bytes : undefined;
    if (facts.method === 'OPTIONS' || (body.kind !== 'unseen' && this.#parts.own.is(facts.url, facts.method, bytes))) {
      this.#pass(facts.requestId);
      return;
    }
    this.#passed.delete(facts.requestId);
    const connections = this.#carried(facts.requestId, facts.url);
    if (this.#records.has(facts.requestId)) this.#drop(facts.requestId);
    this.#makeRoom();
    const record: HeadRecord = { ...newRecord(facts, this.#digest(provider, facts.method, body)), connections, requestBody: sessionRequest(provider, facts, bytes) };
    this.#keep(record);
    if (body.kind !== 'none') this.#parts.listener.requested(record, provider, apiOrigin);
  }

  onHeaders(facts: ResponseFacts): void {
    this.#run(() => this.#headers(facts));
  }

  #headers(facts: ResponseFacts): void {
    if (facts.method === 'OPTIONS' || this.#parts.providerFor(apiOriginOf(facts.url)) === undefined || this.#passed.has(facts.requestId)) return;
    const known = this.#records.get(facts.requestId);
    const carried = known?.url === facts.url ? [] : this.#carried(facts.requestId, facts.url);
    if (known !== undefined && known.url !== facts.url) this.#drop(known.id);
    // Without a record the grant came in between: the request itself was not seen.
    const base = known?.url === facts.url ? known : { ...newRecord(facts, { requestHashes: [], requestUnseen: true, model: undefined }), connections: carried };
    if (base.end !== null) return;
    if (known !== base) this.#makeRoom();
    const headers = storedHeaders(facts.headers);
    // Most responses tell their headers twice, and nothing new the second time.
    if (base.response !== null && sameResponse(base.response, facts, headers)) return;
    const response = { at: facts.at, status: facts.status, headers, fromCache: facts.fromCache || base.response?.fromCache === true };
    const record: HeadRecord = { ...base, response };
    this.#keep(record);
    if (!REDIRECTS.includes(facts.status)) this.#tellResponse(record, false);
  }

  onConnection({ requestId, spkiSha256 = '' }: { readonly requestId: string; readonly spkiSha256: string | undefined }): void {
    this.#run(() => {
      const record = this.#records.get(requestId);
      // Without a record the grant came in between: what was not seen from its start stays without.
      if (record === undefined || record.end !== null || record.connections.includes(spkiSha256)) return;
      const shown: HeadRecord = { ...record, connections: [...record.connections.slice(0, HOPS_MAX), spkiSha256] };
      if (this.#ignored.has(requestId)) {
        // A refused try: the same request may go on over another connection.
        this.#records.set(requestId, shown);
        return;
      }
      this.#keep(shown);
      if (shown.response !== null && !REDIRECTS.includes(shown.response.status)) this.#tellResponse(shown, false);
    });
  }

  onRedirect(requestId: string): void {
    this.#run(() => {
      const record = this.#records.get(requestId);
      // Who answered with another address was sent the question as well. Of a hop that is not watched nothing is known.
      this.#before.set(requestId, { host: record === undefined ? '' : hostOf(record.url), connections: record?.connections ?? [''] });
      const [oldest] = this.#before.keys();
      if (this.#before.size > HEADS_MAX && oldest !== undefined) this.#before.delete(oldest);
      if (record !== undefined) this.#drop(requestId);
    });
  }

  /** What is known of the connections of a request that goes on under its id, at this address now. Those of another host are not comparable. */
  #carried(requestId: string, url: string): readonly string[] {
    const record = this.#records.get(requestId);
    const before = record === undefined ? this.#before.get(requestId) : { host: hostOf(record.url), connections: record.connections };
    this.#before.delete(requestId);
    if (before === undefined || before.connections.length === 0) return [];
    return before.host === hostOf(url) ? before.connections : [''];
  }

  onEnd(end: { readonly requestId: string; readonly at: number; readonly how: 'completed' | 'aborted' | 'error'; readonly fromCache: boolean }): void {
    this.#run(() => {
      if (this.#passed.delete(end.requestId)) return;
      const record = this.#records.get(end.requestId);
      if (record === undefined || record.end !== null) return;
      if (record.response === null || REDIRECTS.includes(record.response.status)) {
        this.#drop(record.id);
        return;
      }
      if (this.#ignored.has(record.id)) {
        this.#parts.listener.ended(record.id, { at: end.at, how: end.how });
        this.forget(record.id);
        return;
      }
      if (end.fromCache && !record.response.fromCache) {
        const cached: HeadRecord = { ...record, response: { ...record.response, fromCache: true } };
        this.#keep(cached);
        this.#tellResponse(cached, false);
      }
      this.#end(this.#records.get(record.id) ?? record, { at: end.at, how: end.how });
    });
  }

  /** Judged and recorded, or not to be judged: forgotten here and in the store. */
  forget(id: string): void {
    this.#records.delete(id);
    this.#ignored.delete(id);
    this.#writes.delete(id);
  }

  /** Drops what the user no longer grants. */
  grantsChanged(): void {
    this.#run(() => {
      for (const record of this.#records.values()) {
        const api = this.#parts.granted(apiOriginOf(record.url));
        const page = record.initiator === null || record.initiator === 'null' || this.#parts.granted(record.initiator);
        if (!api || !page) this.#drop(record.id);
      }
    });
  }

  #run(step: () => void): void {
    if (this.#started) step();
    else this.#queue.push(step);
  }

  #digest(provider: Provider, method: string, body: RequestBody): Digested {
    if (body.kind === 'none') return { requestHashes: [], requestUnseen: method === 'POST' || method === 'PUT' || method === 'PATCH', model: undefined };
    if (body.kind === 'unseen') return { requestHashes: [], requestUnseen: true, model: undefined };
    try {
      const { hashes, model } = provider.readRequest(body.bytes);
      return { requestHashes: hashes, requestUnseen: false, model };
    } catch (error) {
      this.#parts.onFault(error);
      return { requestHashes: [], requestUnseen: true, model: undefined };
    }
  }

  #pass(requestId: string): void {
    this.#passed.add(requestId);
    const [oldest] = this.#passed;
    if (this.#passed.size > HEADS_MAX && oldest !== undefined) this.#passed.delete(oldest);
  }

  #keep(record: HeadRecord): void {
    this.#records.set(record.id, record);
    this.#writes.put(record);
  }

  /** Before one more: the oldest under way is given up, and should nobody acknowledge, the oldest ended. */
  #makeRoom(): void {
    const records = [...this.#records.values()];
    const running = records.filter(({ end }) => end === null);
    const [oldest] = running;
    if (oldest !== undefined && running.length >= HEADS_MAX) {
      if (oldest.response === null) this.#drop(oldest.id);
      else this.#end(oldest, { at: this.#parts.now(), how: 'lost' });
    }
    const ended = records.find(({ end }) => end !== null);
    if (ended !== undefined && records.length >= 2 * HEADS_MAX) this.#drop(ended.id);
  }

  #end(record: HeadRecord, end: NonNullable<HeadRecord['end']>): void {
    this.#keep({ ...record, end });
    this.#parts.listener.ended(record.id, end);
  }

  #drop(id: string): void {
    this.forget(id);
    this.#parts.listener.dropped(id);
  }

  #tellResponse(record: HeadRecord, restored: boolean): void {
    const apiOrigin = apiOriginOf(record.url);
    const provider = this.#parts.providerFor(apiOrigin);
    if (provider === undefined || record.response === null) {
      this.#drop(record.id);
      return;
    }
    const head = headOf(record, record.response);
    const as: Responded['as'] = record.websocket ? { kind: 'websocket' } : (sessionPart(provider, head) ?? this.#recognise(provider, head));
    if (as.kind === 'ignored' || as.kind === 'attestation') {
      this.#ignored.add(record.id);
      this.#writes.delete(record.id);
    } else this.#ignored.delete(record.id);
    const request = record.requestBody === null ? undefined : textToBytes(record.requestBody);
    this.#parts.listener.responded({ head, provider, apiOrigin, as, restored, ...(request === undefined ? {} : { request }) });
  }

  #recognise(provider: Provider, head: ExchangeHead): Recognition {
    try {
      return provider.recognise(head);
    } catch (error) {
      this.#parts.onFault(error);
      return { kind: 'unrecognised' };
    }
  }
}

const sameResponse = (known: NonNullable<HeadRecord['response']>, facts: ResponseFacts, headers: readonly StoredHeader[]): boolean =>
  known.status === facts.status &&
  (known.fromCache || !facts.fromCache) &&
  known.headers.length === headers.length &&
  known.headers.every(({ name, value, binary }, i) => name === headers[i]?.name && value === headers[i].value && binary === headers[i].binary);

function newRecord(facts: RequestFacts, { requestHashes, requestUnseen, model }: Digested): HeadRecord {
  return {
    version: 1,
    id: facts.requestId,
    url: facts.url,
    method: facts.method,
    tabId: facts.tabId,
    initiator: facts.initiator ?? null,
    incognito: facts.incognito,
    websocket: facts.websocket,
    startedAt: facts.at,
    requestHashes,
    requestUnseen,
    model: model ?? null,
    requestBody: null,
    connections: [],
    response: null,
    end: null,
  };
}


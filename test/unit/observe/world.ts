/** A small world for the watching side: a clock that tests move, a service with JSON and streamed answers, relays and a store. */
import { createHash } from 'node:crypto';
import { pass } from '../../../src/checks/check';
import { createObserver } from '../../../src/observe/observer';
import type { ExchangeEvent, FinishedAnswer, FinishedExchange, HeadStore, Observer, RelayConnection, RequestBody, RequestFacts, ResponseFacts } from '../../../src/observe/contract';
import type { HeadRecord } from '../../../src/observe/head-record';
import { Relay } from '../../../src/observe/relay';
import type { FromBackground, FromRelay, ToTap } from '../../../src/observe/tap-protocol';
import type { HeaderItem } from '../../../src/providers/exchange';
import type { AnswerFindings, AnswerInput, AnswerReading, Provider, Recognition } from '../../../src/providers/types';

export const PAGE = 'https://chat.example';
export const API = 'https://api.example';
export const ANSWERS = `${API}/answers`;
export const TAB = 7;

export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

export class Clock {
  time = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];
  readonly now = (): number => this.time;
  readonly setTimer = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.time + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  };
  /** Lets time pass; timers run in their order, each at its time. */
  advance(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = until;
  }
  /** A dead worker's timers never run. */
  clear(): void {
    this.#timers = [];
  }
}

/** JSON answers name their digest in a header; streams carry `statement <request digest>:<response digest>` and end with `done`. */
export const provider: Provider = {
  profile: { id: 'test', name: 'Test', dialect: 'test', role: 'agent', uiOrigins: [PAGE], apiOrigins: [API], credentials: ['page'], best: 'limited', offers: { cpu: false, gpu: false, signatures: true }, needsModel: false,
  nonceBytes: 32, bindsKeys: false },
  attestationRequest: () => {
    throw new Error('not asked for here');
  },
  appraise: () => Promise.reject(new Error('not asked for here')),
  recognise: ({ url, method, headers }): Recognition => {
    const type = String(headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? '');
    const path = new URL(url).pathname;
    if (path === '/attestation') return { kind: 'attestation' };
    if (path === '/events') return { kind: 'answer', form: 'sse' };
    if (method !== 'POST') return { kind: 'ignored' };
    if (path === '/outside') return { kind: 'outside' };
    if (path !== '/answers') return { kind: 'unrecognised' };
    return { kind: 'answer', form: type.startsWith('text/event-stream') ? 'sse' : 'json' };
  },
  readRequest: (body) => {
    const text = new TextDecoder().decode(body);
    return { hashes: [{ rule: 'raw', sha256: sha256(body) }], model: /"model":"([^"]*)"/.exec(text)?.[1] };
  },
  newReader: (form) => {
    const hash = createHash('sha256');
    let length = 0;
    let text = '';
    return {
      push: (bytes) => {
        hash.update(bytes);
        length += bytes.length;
        text = (text + new TextDecoder().decode(bytes)).slice(-400);
      },
      finish: (end): AnswerReading => {
        const statement = /statement ([0-9a-f]*:[0-9a-f]*)/.exec(text)?.[1];
        const complete = form === 'sse' ? text.endsWith('done\n') : text.endsWith('}');
        return {
          form, length, complete, findings: [pass('end', end)], looksLikeAnswer: text.includes('choices') || form === 'sse',
          responseHashes: [{ rule: 'raw', sha256: hash.digest('hex') }],
          ...(statement === undefined ? {} : { statement: { text: statement, signature: '', address: '', algorithm: '', claims: {} } }),
        };
      },
    };
  },
  judgeAnswer: (input: AnswerInput): AnswerFindings => {
    throw new Error(`not asked for here: ${input.form}`);
  },
};

export class MemoryStore implements HeadStore {
  readonly records = new Map<string, string>();
  put(record: HeadRecord): Promise<void> {
    this.records.set(record.id, JSON.stringify(record));
    return Promise.resolve();
  }
  delete(id: string): Promise<void> {
    this.records.delete(id);
    return Promise.resolve();
  }
  list(): Promise<readonly unknown[]> {
    return Promise.resolve([...this.records.values()].map((text): unknown => JSON.parse(text)));
  }
}

/** A background: made, started, and thrown away when its worker dies. */
export class Background {
  readonly clock: Clock;
  readonly store: MemoryStore;
  readonly events: ExchangeEvent[] = [];
  readonly faults: unknown[] = [];
  readonly granted = new Set([PAGE, API]);
  /** Page origins through which the user lets Assay ask. */
  readonly consents = new Set<string>();
  readonly woken: (number | undefined)[] = [];
  readonly observer: Observer;
  /** Records each verdict at once, as watch does. */
  acknowledges = true;

  constructor(clock: Clock, store: MemoryStore, own: Partial<{ provider: Provider }> = {}) {
    this.clock = clock;
    this.store = store;
    this.observer = createObserver({
      providerFor: (origin) => (origin === API ? (own.provider ?? provider) : undefined),
      consented: (origin) => this.consents.has(origin),
      granted: (origin) => this.granted.has(origin),
      now: clock.now,
      setTimer: clock.setTimer,
      store,
      wakeRelays: (tabId) => this.woken.push(tabId),
      onExchange: (event) => {
        this.events.push(event);
        if (event.kind === 'finished' && this.acknowledges) event.exchange.acknowledge();
      },
      onFault: (error) => this.faults.push(error),
    });
  }

  static async started(clock = new Clock(), store = new MemoryStore(), consents: readonly string[] = []): Promise<Background> {
    const background = new Background(clock, store);
    for (const origin of consents) background.consents.add(origin);
    await background.observer.start();
    return background;
  }

  get finished(): FinishedExchange[] {
    return this.events.flatMap((event) => (event.kind === 'finished' ? [event.exchange] : []));
  }
  get answers(): FinishedAnswer[] {
    return this.finished.filter((exchange): exchange is FinishedAnswer => exchange.kind === 'answer' || exchange.kind === 'unrecognised');
  }
  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}

export interface RequestParts {
  readonly url?: string;
  readonly method?: string;
  readonly body?: string;
  readonly tabId?: number;
  readonly initiator?: string;
  readonly incognito?: boolean;
}

const facts = (background: Background, requestId: string, parts: RequestParts): RequestFacts => ({
  requestId, url: parts.url ?? ANSWERS, method: parts.method ?? 'POST', tabId: parts.tabId ?? TAB, initiator: parts.initiator ?? PAGE, incognito: parts.incognito ?? false, websocket: false, at: background.clock.now(),
});

/** The browser process's side of one request. */
export class Call {
  readonly id: string;
  readonly parts: RequestParts;
  constructor(id: string, parts: RequestParts = {}) {
    this.id = id;
    this.parts = parts;
  }
  leaves(background: Background): void {
    const body: RequestBody = this.parts.body === undefined ? { kind: 'none' } : { kind: 'bytes', bytes: utf8(this.parts.body) };
    background.observer.heads.onRequest(facts(background, this.id, this.parts), body);
  }
  answered(background: Background, headers: readonly HeaderItem[], more: Partial<ResponseFacts> = {}): void {
    background.observer.heads.onHeaders({ ...facts(background, this.id, this.parts), status: 200, headers, fromCache: false, ...more });
  }
  ends(background: Background, how: 'completed' | 'aborted' | 'error' = 'completed'): void {
    background.observer.heads.onEnd({ requestId: this.id, at: background.clock.now(), how, fromCache: false });
  }
}

export const JSON_TYPE: HeaderItem = { name: 'Content-Type', value: 'application/json' };
export const SSE_TYPE: HeaderItem = { name: 'content-type', value: 'text/event-stream; charset=utf-8' };
export const signed = (body: string, request = ''): HeaderItem => ({ name: 'text', value: `${sha256(request)}:${sha256(body)}` });

/** A document: its tap is played by the test, its relay is the real one. Messages are cloned as ports do. */
export class PageDocument {
  readonly relay: Relay;
  readonly toTap: ToTap[] = [];
  readonly sent: FromRelay[] = [];
  background: Background | undefined;
  readonly tabId: number;
  readonly origin: string;
  readonly incognito: boolean;
  #connection: RelayConnection | undefined;
  #closed: (() => void) | undefined;
  #wake: () => void = () => undefined;
  #last = 0;

  constructor(clock: Clock, background: Background | undefined, where: { tabId?: number; origin?: string; incognito?: boolean; name?: string } = {}) {
    this.background = background;
    this.tabId = where.tabId ?? TAB;
    this.origin = where.origin ?? PAGE;
    this.incognito = where.incognito ?? false;
    this.relay = new Relay({
      since: clock.now(),
      name: where.name ?? createHash('md5').update(String(Math.random())).digest('hex'),
      toTap: (message) => this.toTap.push(message),
      setTimer: (ms, run) => void clock.setTimer(ms, run),
      door: {
        open: ({ message, closed }) => {
          const to = this.background;
          if (to === undefined) return undefined;
          const connection = to.observer.connect({
            tabId: this.tabId, frameId: 0, origin: this.origin, incognito: this.incognito,
            send: (value: FromBackground) => message(JSON.parse(JSON.stringify(value))),
            close: () => this.#shut(),
          });
          this.#connection = connection;
          this.#closed = closed;
          return {
            send: (value) => {
              this.sent.push(value);
              connection.message(JSON.parse(JSON.stringify(value)));
            },
          };
        },
        onWake: (callback) => {
          this.#wake = callback;
        },
      },
    });
  }

  #shut(): void {
    const closed = this.#closed;
    this.#closed = undefined;
    this.#connection = undefined;
    closed?.();
  }

  /** The worker died; the next message, or a wake, finds the new one. */
  workerDied(next: Background | undefined): void {
    this.background = next;
    this.#shut();
  }
  /** Its port drops while the worker lives, as in the back/forward cache. */
  drops(): void {
    const connection = this.#connection;
    this.#shut();
    connection?.closed();
  }
  /** The document is gone. */
  leaves(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#closed = undefined;
    connection?.closed();
  }
  wake(): void {
    this.#wake();
  }

  /** The page reads a body; returns the tap's number for it. */
  starts(url = ANSWERS, type = 'application/json', status = 200): number {
    this.#last += 1;
    this.relay.fromTap({ t: 'start', id: this.#last, url, type, status });
    return this.#last;
  }
  reads(id: number, text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? utf8(text) : new Uint8Array(text);
    this.relay.fromTap({ t: 'chunk', id, b: bytes.buffer });
  }
  ends(id: number, how: 'end' | 'error' | 'closed' = 'end'): void {
    this.relay.fromTap({ t: 'end', id, how });
  }
  readsWhole(text: string, type = 'application/json', url = ANSWERS, status = 200): number {
    const id = this.starts(url, type, status);
    this.reads(id, text);
    this.ends(id);
    return id;
  }
}

/** What a verdict would be made of: enough to compare runs. */
export const outline = ({ kind, head, input, ending, bodyFrom }: FinishedAnswer): unknown => ({
  kind, id: head.id, form: input.form, cut: input.cut, ending, from: bodyFrom === undefined ? null : bodyFrom.origin,
  reading: typeof input.reading === 'string' ? input.reading : { length: input.reading.length, complete: input.reading.complete, hashes: input.reading.responseHashes },
});

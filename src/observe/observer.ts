/** Puts the parts together: request records, relays, the joiner, and requests through pages. */
import { answerFormOf } from '../providers/shared/answer-form';
import type { AnswerInput, SessionPart } from '../providers/types';
import type { CreateObserver, Ending, ExchangeEvent, FinishedExchange, FinishedSession, Observer, ObserverOptions, RelayConnection } from './contract';
import type { HeadRecord } from './head-record';
import { HeadRecorder, type HeadListener, type Responded } from './heads';
import { Joiner, type Joined } from './join';
import { OwnRequests } from './own-requests';
import { PageAsks } from './page-asks';
import { Relays } from './relays';

/** How an answer's body is to be read; `undefined` where nothing is to be read. */
function formOf({ as, head }: Responded): 'json' | 'sse' | undefined {
  if (as.kind === 'answer') return as.form;
  if (as.kind === 'session') return 'json';
  if (as.kind !== 'unrecognised') return undefined;
  const type = head.headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value;
  return typeof type === 'string' && /^\s*text\/event-stream\b/i.test(type) ? 'sse' : 'json';
}

/** JSON that no rule recognises, whole, and not shaped like a completion: one of the many other calls of a page. What does not call itself JSON is only read where answers come. */
const isNoAnswer = ({ responded, reading }: Joined): boolean => answerFormOf(responded.head.headers) === 'json' && typeof reading === 'object' && reading.complete && !reading.looksLikeAnswer;

export const createObserver: CreateObserver = (options: ObserverOptions): Observer => {
  const tell = (event: ExchangeEvent): void => options.onExchange(event);
  const own = new OwnRequests(options.setTimer);
  /** What was told as started and not yet closed. */
  const underWay = new Map<string, { readonly id: string; readonly tabId: number }>();
  /** Answers on paths outside the enclave: told at their end, without a body. */
  const outside = new Map<string, Responded>();

  const close = (id: string): void => {
    underWay.delete(id);
    outside.delete(id);
    recorder.forget(id);
  };

  const finishedAnswer = (joined: Joined, kind: 'answer' | 'unrecognised'): FinishedExchange => {
    const { head, provider, apiOrigin } = joined.responded;
    const input: AnswerInput = { head, form: joined.form, reading: joined.reading, cut: joined.cut };
    return {
      kind, id: head.id, provider, apiOrigin, head, input, bodyFrom: joined.bodyFrom,
      ending: joined.ending, endedAt: joined.endedAt, revision: joined.revision,
      acknowledge: () => {
        close(head.id);
        joiner.acknowledge(head.id);
      },
    };
  };

  const finishedSession = ({ responded, reading, ending, endedAt, revision }: Joined, part: SessionPart): FinishedSession => {
    const { head, provider, apiOrigin, request } = responded;
    return {
      id: head.id, provider, apiOrigin, head, part, request, response: typeof reading === 'object' ? reading.whole : undefined, ending, endedAt, revision,
      acknowledge: () => {
        close(head.id);
        joiner.acknowledge(head.id);
      },
    };
  };

  const joiner = new Joiner({
    now: options.now,
    setTimer: options.setTimer,
    onFault: options.onFault,
    listener: {
      take: (key) => relays.take(key),
      release: (key) => relays.release(key),
      progress: (id, bytes) => tell({ kind: 'progress', id, bytes }),
      told: (joined) => {
        const { as } = joined.responded;
        const { kind } = as;
        const { id } = joined.responded.head;
        if (as.kind === 'session') tell({ kind: 'session', session: finishedSession(joined, as.part) });
        else if (kind === 'unrecognised' && isNoAnswer(joined)) {
          close(id);
          joiner.acknowledge(id);
          tell({ kind: 'dropped', id });
        } else if (kind === 'answer' || kind === 'unrecognised') tell({ kind: 'finished', exchange: finishedAnswer(joined, kind) });
      },
    },
  });

  const tellStart = (responded: Responded, as: 'answer' | 'unrecognised' | 'outside' | 'websocket'): void => {
    const { head, provider, apiOrigin } = responded;
    if (underWay.has(head.id)) return;
    underWay.set(head.id, { id: head.id, tabId: head.tabId });
    tell({ kind: 'started', as, provider, apiOrigin, head });
  };

  const tellUnread = ({ head, provider, apiOrigin }: Responded, kind: 'outside' | 'websocket', ending: Ending, endedAt: number): void =>
    tell({ kind: 'finished', exchange: { kind, id: head.id, provider, apiOrigin, head, ending, endedAt, revision: 0, acknowledge: () => close(head.id) } });

  const heads: HeadListener = {
    requested: (record: HeadRecord, provider, apiOrigin) => {
      const { id, url, method, tabId, incognito, startedAt } = record;
      tell({ kind: 'requested', request: { id, provider, apiOrigin, url, method, tabId, initiator: record.initiator ?? undefined, incognito, startedAt, model: record.model ?? undefined } });
    },
    responded: (responded) => {
      const { kind } = responded.as;
      const { id } = responded.head;
      if (kind === 'answer' || kind === 'unrecognised' || kind === 'outside' || kind === 'websocket') tellStart(responded, kind);
      else if (kind !== 'session') {
        underWay.delete(id);
        tell({ kind: 'dropped', id });
      }
      if (kind === 'outside') outside.set(id, responded);
      else outside.delete(id);
      // A socket's handshake is all there is to see of it.
      if (kind === 'websocket') tellUnread(responded, kind, 'completed', responded.head.headersAt);
      else joiner.head(responded, formOf(responded));
    },
    ended: (id, end) => {
      joiner.headEnded(id, end.how, end.at);
      const responded = outside.get(id);
      if (responded !== undefined) tellUnread(responded, 'outside', end.how, end.at);
    },
    dropped: (id) => {
      underWay.delete(id);
      outside.delete(id);
      joiner.headDropped(id);
      tell({ kind: 'dropped', id });
    },
  };

  const recorder = new HeadRecorder({ providerFor: options.providerFor, granted: options.granted, store: options.store, own, listener: heads, now: options.now, onFault: options.onFault });

  const relays = new Relays({
    sink: joiner,
    granted: options.granted,
    extraApiOrigins: options.extraApiOrigins ?? (() => []),
    consented: options.consented,
    onLogin: ({ tabId, origin }, apiOrigin) => {
      if (options.providerFor(apiOrigin) === undefined) return;
      asks.loginSeen();
      tell({ kind: 'login-seen', tabId, pageOrigin: origin, apiOrigin });
    },
    onAnswer: (from, call, result) => asks.answered(from, call, result),
    onGone: (connection) => asks.gone(connection),
  });

  const asks = new PageAsks({ relays, own, setTimer: options.setTimer, wakeRelays: options.wakeRelays });

  /** Relay messages wait for the heads of the store. */
  let started = false;
  const early: (() => void)[] = [];
  const whenStarted = (step: () => void): void => {
    if (started) step();
    else early.push(step);
  };

  return {
    heads: recorder,
    connect: (link) => {
      let connection: RelayConnection | undefined;
      whenStarted(() => {
        connection = relays.connect(link);
      });
      return {
        message: (value) => whenStarted(() => connection?.message(value)),
        closed: () => whenStarted(() => connection?.closed()),
      };
    },
    start: async () => {
      const restored = await recorder.restore();
      started = true;
      for (const step of early.splice(0)) step();
      const tabs = new Set(restored.map(({ tabId }) => (tabId >= 0 ? tabId : undefined)));
      for (const tabId of tabs) options.wakeRelays(tabId);
    },
    grantsChanged: () => {
      recorder.grantsChanged();
      relays.grantsChanged();
    },
    consentsChanged: () => {
      relays.consentsChanged();
      // Pages that have nothing to hand over are not connected: they hear of it when they are.
      options.wakeRelays(undefined);
    },
    pageGetter: (where) => asks.getter(where),
    hasLogin: ({ tabId, pageOrigin, apiOrigin }) => asks.has({ tabId, pageOrigin }, apiOrigin),
    get underWay() {
      return [...underWay.values()];
    },
  };
};

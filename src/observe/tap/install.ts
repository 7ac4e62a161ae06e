/** Puts the tap into the page's world: first the port to the isolated world, then the hooks. Leaves no global and no DOM. */
import { HANDOVER_EVENT, type FromTap } from '../tap-protocol';
import { bare, getter, method } from './natives';
import { newReporter } from './record';
import { hookResponses } from './responses';
import { hookStreams } from './streams';
import { newWatch } from './watch';
import { hookXhr } from './xhr';

/** What a further module (the capture of the page's login) works with. */
export interface Tap {
  readonly send: (message: FromTap) => void;
  readonly watched: (url: string) => boolean;
}

/** The noting of the page's login, by the user's word. */
export interface Capture {
  readonly start: () => void;
  /** Nothing more is noted, and what was is forgotten. */
  readonly stop: () => void;
}

/** Which URLs are watched: those of the origins given, until all are given up. */
export function newOrigins(): { readonly watched: (url: string) => boolean; readonly add: (list: unknown) => void; readonly none: () => void } {
  const startsWith = method<boolean>(String.prototype, 'startsWith');
  const { isArray } = Array;
  const prefixes: Record<number, string> = bare({});
  let count = 0;
  return {
    add: (list) => {
      if (!isArray(list)) return;
      for (let i = 0; i < list.length; i += 1) {
        const origin: unknown = list[i];
        if (typeof origin !== 'string') continue;
        prefixes[count] = `${origin}/`;
        count += 1;
      }
    },
    watched: (url) => {
      for (let i = 0; i < count; i += 1) if (startsWith(url, prefixes[i])) return true;
      return false;
    },
    none: () => {
      count = 0;
    },
  };
}

/** The page's end of the port, or nothing where no relay took the other end: the page is then left as it is. */
function handOver(): MessagePort | undefined {
  const channel = new MessageChannel();
  const event = new MessageEvent(HANDOVER_EVENT, { cancelable: true, ports: [channel.port2] });
  return document.dispatchEvent(event) ? undefined : channel.port1;
}

/**
 * To be called once, at document_start, with the API origins known at build time. `capture` prepares
 * the noting of the page's login; it is started when the user has agreed, at once (`agreed`) or when the isolated world
 * says so, and never before; and stopped when the user takes that back.
 */
export function installTap(apiOrigins: readonly string[], capture: (tap: Tap) => Capture, agreed: boolean): Tap | undefined {
  const port = handOver();
  if (port === undefined) return undefined;
  const post = method<void>(MessagePort.prototype, 'postMessage');
  const dataOf = getter<unknown>(MessageEvent.prototype, 'data');
  const origins = newOrigins();
  origins.add(apiOrigins);
  // Nothing is transferred: the browser would read the list of transfers through the page's array iterator.
  const send = (message: FromTap): void => post(port, message);
  const report = newReporter(send);
  const watch = newWatch(report, origins.watched);
  hookStreams(watch);
  hookResponses(watch);
  hookXhr(watch);
  port.onmessage = (event) => {
    const message = dataOf(event);
    if (typeof message !== 'object' || message === null || !('t' in message)) return;
    if (message.t === 'stop' && 'id' in message && typeof message.id === 'number') report.stop(message.id);
    else if (message.t === 'origins' && 'list' in message) origins.add(message.list);
    else if (message.t === 'capture') login.start();
    else if (message.t === 'forget') login.stop();
    else if (message.t === 'off') origins.none();
  };
  const tap: Tap = { send, watched: origins.watched };
  // Made now, before a page script could replace what it works with; started when the user has agreed.
  const login = capture(tap);
  if (agreed) login.start();
  return tap;
}

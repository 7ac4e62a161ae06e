/**
 * Only where the user agreed to "ask through this page": notes the Authorization that the page itself sends to
 * a watched API, for the isolated world beside it. The page's call goes on with the very arguments it gave; a value
 * that could only be read by using up the page's objects (iterators) or by running page code is left alone.
 */
import type { Capture, Tap } from './install';
import { getter, hook, marks, method } from './natives';

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Takes the natives it needs now. Hooks are put in place by the first `start`; a page's hooks cannot be taken away again, so `stop` leaves them idle. */
export function captureLogin(tap: Tap): Capture {
  const requestUrl = getter<string>(Request.prototype, 'url');
  const requestHeaders = getter<unknown>(Request.prototype, 'headers');
  const headerOf = method<string | null>(Headers.prototype, 'get');
  const hrefOf = getter<string>(URL.prototype, 'href');
  const originOf = getter<string>(URL.prototype, 'origin');
  const lower = method<string>(String.prototype, 'toLowerCase');
  const { isArray } = Array;
  const { hasOwn } = Object;
  const { getOwnPropertyDescriptor, ownKeys } = Reflect;
  const PageUrl = URL;
  const requests = XMLHttpRequest.prototype;
  const baseOf = getter<string>(Node.prototype, 'baseURI');

  let noting = false;
  let lastOrigin = '';
  let lastValue = '';
  const note = (url: string, value: unknown): void => {
    if (!noting || typeof value !== 'string' || value === '' || !tap.watched(url)) return;
    const origin = originOf(new PageUrl(url));
    if (origin === lastOrigin && value === lastValue) return;
    lastOrigin = origin;
    lastValue = value;
    tap.send({ t: 'login', origin, value });
  };

  /** Runs ours; a fault costs us the login and the page nothing. */
  const attempt = (run: () => void): void => {
    try {
      run();
    } catch {
      // The page's call goes on; without a login the user is asked for a key, which is the message that counts.
      return;
    }
  };

  /** Own data property, or nothing: no getter of the page is run. A Proxy of the page's does see that it is read; nothing tells it from a plain object. */
  const own = (object: object, key: PropertyKey): unknown => {
    const found = getOwnPropertyDescriptor(object, key);
    return found !== undefined && hasOwn(found, 'value') ? found.value : undefined;
  };
  const isAuthorization = (name: unknown): boolean => typeof name === 'string' && lower(name) === 'authorization';

  /** Stands for "no `Headers`: a list of pairs or a plain object". */
  const notNative: unique symbol = Symbol();
  const fromNative = (headers: Fields): unknown => {
    try {
      return headerOf(headers, 'authorization');
    } catch {
      return notNative;
    }
  };

  const fromHeaders = (headers: unknown): unknown => {
    if (!isObject(headers)) return undefined;
    const named = fromNative(headers);
    if (named !== notNative) return named;
    if (isArray(headers)) {
      const count = own(headers, 'length');
      const pairs = typeof count === 'number' ? count : 0;
      for (let i = 0; i < pairs; i += 1) {
        const pair = own(headers, i);
        if (isArray(pair) && isAuthorization(own(pair, 0))) return own(pair, 1);
      }
      return undefined;
    }
    const names = ownKeys(headers);
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i];
      if (name !== undefined && isAuthorization(name)) return own(headers, name);
    }
    return undefined;
  };

  /** Absolute URL of what was given to `fetch` or `open`, where it is text, a URL or a Request. */
  const absolute = (target: unknown): string | undefined => {
    if (typeof target === 'string') return hrefOf(new PageUrl(target, baseOf(document)));
    try {
      return hrefOf(target);
    } catch {
      return requestUrl(target);
    }
  };

  const opened = marks<string>();
  const putHooks = (): void => {
    hook(globalThis, 'fetch', (call, _self, args) => {
      attempt(() => {
        if (!noting) return;
        const url = absolute(args[0]);
        if (url === undefined || !tap.watched(url)) return;
        const given = isObject(args[1]) ? own(args[1], 'headers') : undefined;
        note(url, given === undefined && typeof args[0] !== 'string' ? headerOf(requestHeaders(args[0]), 'authorization') : fromHeaders(given));
      });
      return call();
    });

    hook(requests, 'open', (call, self, args) => {
      attempt(() => {
        const url = absolute(args[1]);
        if (url !== undefined && isObject(self)) opened.set(self, url);
      });
      return call();
    });
    hook(requests, 'setRequestHeader', (call, self, args) => {
      attempt(() => {
        const url = opened.of(self);
        if (url !== undefined && isAuthorization(args[0])) note(url, args[1]);
      });
      return call();
    });
  };
  let hooked = false;
  return {
    start: () => {
      noting = true;
      if (hooked) return;
      hooked = true;
      putHooks();
    },
    stop: () => {
      noting = false;
      lastOrigin = '';
      lastValue = '';
    },
  };
}

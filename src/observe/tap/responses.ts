/**
 * Hooks the body readers of `Response`. `fetch` is not touched and no response of the page is replaced or cloned; what
 * the page's own read gives is copied on its way.
 */
import { bare, getter, hook, method, afterwards } from './natives';
import type { Branch } from './record';
import { isLocked, type Watch } from './watch';

const PageResponse = Response;
const PagePromise = Promise;
const PageError = Error;
const PageDecoder = TextDecoder;
const responses = PageResponse.prototype;
const bodyOf = getter<ReadableStream | null>(responses, 'body');
const urlOf = getter<string>(responses, 'url');
const statusOf = getter<number>(responses, 'status');
const usedOf = getter<boolean>(responses, 'bodyUsed');
const headersOf = getter<Headers>(responses, 'headers');
const headerOf = method<string | null>(Headers.prototype, 'get');
const readAll = method<Promise<ArrayBuffer>>(responses, 'arrayBuffer');
const decode = method<string>(PageDecoder.prototype, 'decode');
const parseJson = JSON.parse;
const { construct, get: property, set: setProperty } = Reflect;

const typeOf = (response: unknown): string | null => headerOf(headersOf(response), 'content-type');

/** A response of ours with this body and the other's content type, to run the page's native reader on. */
function likeBody(response: unknown, body: unknown): unknown {
  const type = typeOf(response);
  return construct(PageResponse, type === null ? [body] : [body, bare({ headers: bare({ 'content-type': type }) })]);
}

/** Parses as the native `json` does: the error of a bad body carries no stack, or ours would show in it. */
function parseAsNative(buffer: unknown): unknown {
  const limit: unknown = property(PageError, 'stackTraceLimit');
  const limited = typeof limit === 'number' && setProperty(PageError, 'stackTraceLimit', 0);
  try {
    return parseJson(decode(new PageDecoder(), buffer));
  } finally {
    if (limited) setProperty(PageError, 'stackTraceLimit', limit);
  }
}

export function hookResponses(watch: Watch): void {
  const branchOf = (response: unknown): Branch | undefined => {
    const stream = bodyOf(response);
    if (stream === null) return undefined;
    const known = watch.streams.of(stream);
    if (known !== undefined) return known;
    const url = urlOf(response);
    if (!watch.watched(url)) return undefined;
    const branch = watch.report.record(url, typeOf(response) ?? '', statusOf(response));
    watch.streams.set(stream, branch);
    return branch;
  };
  /** Only where the body can be read whole now: wrong use is left to the native, which then complains in its own words. */
  const unread = (response: unknown): Branch | undefined => {
    const stream = bodyOf(response);
    return stream === null || usedOf(response) || isLocked(stream) ? undefined : branchOf(response);
  };

  hook(responses, 'body', (call, self) => {
    const stream = call();
    if (stream !== null) watch.guarded(undefined, () => branchOf(self));
    return stream;
  });

  const readers = ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'];
  for (let i = 0; i < readers.length; i += 1) {
    const key = readers[i] ?? '';
    hook(responses, key, (call, self) => {
      const branch = watch.guarded(undefined, () => unread(self));
      if (branch === undefined) return call();
      watch.guarded(branch, () => watch.report.begin(branch));
      // Settled from outside rather than by a promise returned out of a reaction: that would call the page's `then`.
      return new PagePromise((resolve, reject) => {
        void afterwards(
          readAll(self),
          (buffer) => {
            watch.bytes(branch, buffer);
            watch.end(branch, 'end');
            try {
              if (key === 'arrayBuffer') resolve(buffer);
              else if (key === 'json') resolve(parseAsNative(buffer));
              else void afterwards(call(likeBody(self, buffer), []), resolve, reject);
            } catch (error) {
              reject(error);
            }
          },
          (error) => {
            watch.end(branch, 'error');
            reject(error);
          },
        );
      });
    });
  }

  hook(responses, 'textStream', (call, self, args) => {
    const branch = watch.guarded(undefined, () => unread(self));
    return branch === undefined ? call() : call(likeBody(self, watch.through(bodyOf(self), branch)), args);
  });

  hook(responses, 'clone', (call, self) => {
    const branch = watch.guarded(undefined, () => branchOf(self));
    const copy = call();
    if (branch === undefined) return copy;
    watch.guarded(branch, () => {
      // Cloning splits the stream: both responses have a new one.
      const mine = bodyOf(self);
      const theirs = bodyOf(copy);
      if (mine !== null) watch.streams.set(mine, watch.report.fork(branch));
      if (theirs !== null) watch.streams.set(theirs, branch);
    });
    return copy;
  });
}

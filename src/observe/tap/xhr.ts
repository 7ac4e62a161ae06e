/**
 * Watches XMLHttpRequest: it gives text, not bytes, so its bodies are reported at `loadend`, and only where the text
 * can only have come from these bytes. Everything else is said to be not comparable.
 */
import { BODY_MAX_BYTES } from '../limits';
import { getter, hook, marks, method, afterwards } from './natives';
import type { Branch } from './record';
import type { Watch } from './watch';

/** A charset other than UTF-8, or a kind of document that may name its own. */
const DECODED_OTHERWISE = /;\s*charset\s*=\s*(?!"?utf-?8"?\s*(?:;|$))|[/+]xml\b|\/html\b/i;
const REPLACEMENT = '\uFFFD';

export function hookXhr(watch: Watch): void {
  if (typeof XMLHttpRequest === 'undefined') return;
  const requests = XMLHttpRequest.prototype;
  const urlOf = getter<string>(requests, 'responseURL');
  const statusOf = getter<number>(requests, 'status');
  const kindOf = getter<string>(requests, 'responseType');
  const valueOf = getter<unknown>(requests, 'response');
  const headerOf = method<string | null>(requests, 'getResponseHeader');
  const loadedOf = getter<number>(ProgressEvent.prototype, 'loaded');
  const listen = method<void>(EventTarget.prototype, 'addEventListener');
  // Not `test`, which looks `exec` up.
  const match = method<unknown>(RegExp.prototype, 'exec');
  const has = method<boolean>(String.prototype, 'includes');
  const encoder = new TextEncoder();
  const encode = method<Uint8Array>(TextEncoder.prototype, 'encode');
  const lengthOf = getter<number>(Reflect.getPrototypeOf(Uint8Array.prototype) ?? {}, 'length');
  const readAll = method<unknown>(Response.prototype, 'arrayBuffer');
  const { construct } = Reflect;
  const PageResponse = Response;

  /** `true`: the page told this request to decode as something else. */
  const requestsSeen = marks<{ overridden: boolean }>();

  const whole = (branch: Branch, bytes: unknown): void => {
    watch.bytes(branch, bytes);
    watch.end(branch, 'end');
  };

  const text = (branch: Branch, value: unknown, type: string, loaded: number): void => {
    if (typeof value !== 'string' || match(DECODED_OTHERWISE, type) !== null || has(value, REPLACEMENT)) {
      watch.report.gap(branch, 'not-comparable');
      return;
    }
    if (value.length > BODY_MAX_BYTES) {
      watch.report.gap(branch, 'too-large');
      return;
    }
    const bytes = encode(encoder, value);
    // A byte order mark is dropped by the decoder without a trace, but not from the count.
    if (lengthOf(bytes) === loaded) whole(branch, bytes);
    else watch.report.gap(branch, 'not-comparable');
  };

  const ended = (request: object, event: unknown): void => {
    const url = urlOf(request);
    if (url === '' || !watch.watched(url)) return;
    const type = headerOf(request, 'content-type') ?? '';
    const branch = watch.report.record(url, type, statusOf(request));
    watch.guarded(branch, () => {
      const kind = kindOf(request);
      const value = valueOf(request);
      if ((kind === '' || kind === 'text') && requestsSeen.of(request)?.overridden === false) text(branch, value, type, loadedOf(event));
      else if (kind === 'arraybuffer' && value !== null) whole(branch, value);
      else if (kind === 'blob' && value !== null) {
        void afterwards(
          readAll(construct(PageResponse, [value])),
          (bytes) => whole(branch, bytes),
          () => watch.end(branch, 'error'),
        );
      } else watch.report.gap(branch, 'not-comparable');
    });
  };

  hook(requests, 'open', (call, self) => {
    if (typeof self === 'object' && self !== null) {
      watch.guarded(undefined, () => {
        const seen = requestsSeen.of(self);
        if (seen !== undefined) {
          seen.overridden = false;
          return;
        }
        // Throws for what is no request: the native then says so.
        kindOf(self);
        requestsSeen.set(self, { overridden: false });
        listen(self, 'loadend', (event: unknown) => {
          watch.guarded(undefined, () => ended(self, event));
        });
      });
    }
    return call();
  });
  hook(requests, 'overrideMimeType', (call, self) => {
    const seen = requestsSeen.of(self);
    if (seen !== undefined) seen.overridden = true;
    return call();
  });
}

/** Hooks the readers of streams: what a watched body's stream gives to the page is reported as the page reads it. */
import { getter, hook, marks, method, soon, afterwards, type Hook } from './natives';
import type { Branch } from './record';
import { isLocked, type Watch } from './watch';

const streams = ReadableStream.prototype;
const readers = ReadableStreamDefaultReader.prototype;
const byteReaders = ReadableStreamBYOBReader.prototype;
const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
const iterators: object = getPrototypeOf(new ReadableStream().values()) ?? {};
const closedOfReader = getter<unknown>(readers, 'closed');
const closedOfByteReader = getter<unknown>(byteReaders, 'closed');
const isLockedSink = getter<boolean>(WritableStream.prototype, 'locked');
const isAborted = getter<boolean>(AbortSignal.prototype, 'aborted');
const pipeTo = method<unknown>(streams, 'pipeTo');
const { isArray } = Array;

type Fields = Readonly<Record<string, unknown>>;
const hasFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const nothing = (): undefined => undefined;

/** Who reads a branch; `closed` is the reader's own promise of the stream's end, iterators have none. */
interface Reading {
  readonly branch: Branch;
  readonly closed: unknown;
}

/** Settles when the stream closes under this reader, by its end or by a cancel. */
function closedOf(reader: object): unknown {
  try {
    return closedOfReader(reader);
  } catch {
    return closedOfByteReader(reader);
  }
}

/** The page's `preventCancel`. Throws where the native would refuse the options: then the native is to do so. */
function preventsCancel(options: unknown): boolean {
  if (!hasFields(options)) return false;
  if (options['signal'] !== undefined) isAborted(options['signal']);
  return Boolean(options['preventCancel']);
}

export function hookStreams(watch: Watch): void {
  const byReader = marks<Reading>();
  const byIterator = marks<Reading>();

  const reading =
    (readingOf: (reader: unknown) => Reading | undefined): Hook =>
    (call, self) => {
      const promise = call();
      const known = readingOf(self);
      if (known === undefined) return promise;
      const { branch, closed } = known;
      watch.guarded(branch, () => watch.report.begin(branch));
      // The page gets the derived promise: so a rejection that it does not handle stays unhandled, once.
      return afterwards(
        promise,
        (result) => {
          if (hasFields(result)) {
            if (result['value'] !== undefined) watch.bytes(branch, result['value']);
            if (result['done'] === true) watch.end(branch, 'end');
          }
          return result;
        },
        (error) => {
          // A lock that is given back rejects its reads as well, each with an error of its own: then the stream is well.
          if (closed === undefined) watch.end(branch, 'error');
          else void afterwards(closed, nothing, (reason) => (reason === error ? watch.end(branch, 'error') : undefined));
          throw error;
        },
      );
    };
  const read = reading((reader) => byReader.of(reader));
  hook(readers, 'read', read);
  hook(byteReaders, 'read', read);
  hook(
    iterators,
    'next',
    reading((iterator) => byIterator.of(iterator)),
  );

  hook(streams, 'getReader', (call, self) => {
    const reader = call();
    const branch = watch.streams.of(self);
    if (branch === undefined || !hasFields(reader)) return reader;
    watch.guarded(branch, () => {
      const closed = closedOf(reader);
      byReader.set(reader, { branch, closed });
      // Tells a cancel, which no read tells. A read that the same end settles is due next, and is let go first.
      void afterwards(closed, () => soon(() => watch.end(branch, 'closed')), nothing);
    });
    return reader;
  });

  hook(streams, 'tee', (call, self) => {
    const pair = call();
    const branch = watch.streams.of(self);
    if (branch === undefined || !isArray(pair)) return pair;
    watch.guarded(branch, () => {
      watch.streams.set(pair[0], watch.report.fork(branch));
      watch.streams.set(pair[1], branch);
    });
    return pair;
  });

  /** Our stream in the place of a watched one that is about to be piped, or nothing where the native is to do it alone. */
  const piped = (stream: unknown, options: unknown, accepts: () => boolean): ReadableStream | undefined =>
    watch.guarded(undefined, () => {
      const branch = watch.streams.of(stream);
      // Only what the native will accept: once we read the stream it is too late to refuse.
      if (branch === undefined || isLocked(stream) || !accepts()) return undefined;
      if (!preventsCancel(options)) return watch.through(stream, branch);
      // The page means to read on after the pipe broke; the piece that our pipe holds would be lost to it.
      watch.report.gap(branch, 'not-comparable');
      return undefined;
    });

  hook(streams, 'pipeTo', (call, self, args) => {
    const ours = piped(self, args[1], () => !isLockedSink(args[0]));
    return ours === undefined ? call() : pipeTo(ours, args[0], args[1]);
  });

  hook(streams, 'pipeThrough', (call, self, args) => {
    const pair = args[0];
    const ours = piped(self, args[1], () => hasFields(pair) && !isLockedSink(pair['writable']) && !isLocked(pair['readable']));
    return ours === undefined ? call() : call(ours, args);
  });

  const same = getOwnPropertyDescriptor(streams, Symbol.asyncIterator)?.value === getOwnPropertyDescriptor(streams, 'values')?.value;
  hook(streams, 'values', (call, self) => {
    const iterator = call();
    const branch = watch.streams.of(self);
    if (branch !== undefined && hasFields(iterator)) watch.guarded(branch, () => byIterator.set(iterator, { branch, closed: undefined }));
    return iterator;
  });
  const values = getOwnPropertyDescriptor(streams, 'values');
  const iterate = getOwnPropertyDescriptor(streams, Symbol.asyncIterator);
  if (same && values !== undefined && iterate !== undefined) defineProperty(streams, Symbol.asyncIterator, { ...iterate, value: values.value });
}

/**
 * What the tap says about one body. Several readers may share it (clone, tee): each is a branch with its own offset,
 * and bytes are reported once, by the branch that is furthest.
 */
import { BODY_MAX_BYTES, TAP_PIECE_BYTES, TYPE_MAX_CHARS } from '../limits';
import type { BodyHead, FromTap, TapEnd, TapGap } from '../tap-protocol';
import { bare, getter, method } from './natives';

export interface BodyRecord extends BodyHead {
  /** 0 until the page begins to read: a body that is only touched is not reported. */
  id: number;
  reported: number;
  /** Branches that may still read. */
  open: number;
  /** Nothing more is to be said. */
  over: boolean;
}

export interface Branch {
  readonly record: BodyRecord;
  offset: number;
  /** `closed` may still turn into an end: the page's last read can come after the stream closed. */
  state: 'open' | 'closed' | 'over';
}

export interface Reporter {
  record(url: string, type: string, status: number): Branch;
  /** One more reader of what `branch` reads, from where it stands. */
  fork(branch: Branch): Branch;
  /** The page began to read: bytes, an end or a gap will follow, however late. */
  begin(branch: Branch): void;
  /** Bytes that this branch read next: an ArrayBuffer or a view of one; anything else is not comparable. */
  bytes(branch: Branch, value: unknown): void;
  end(branch: Branch, how: TapEnd): void;
  /** The bytes cannot be handed over. */
  gap(branch: Branch, why: TapGap): void;
  /** The other side needs this body no more. */
  stop(id: number): void;
}

const { construct, getPrototypeOf } = Reflect;
const U8 = Uint8Array;
const nativeIsView = method<boolean>(ArrayBuffer, 'isView');
const isView = (value: unknown): boolean => nativeIsView(undefined, value);
const typedArray = getPrototypeOf(U8.prototype) ?? U8.prototype;
const arrayTag = getter<string | undefined>(typedArray, Symbol.toStringTag);
const arrayBuffer = getter<ArrayBuffer>(typedArray, 'buffer');
const arrayOffset = getter<number>(typedArray, 'byteOffset');
const arrayLength = getter<number>(typedArray, 'byteLength');
const arraySet = method<void>(typedArray, 'set');
const viewBuffer = getter<ArrayBuffer>(DataView.prototype, 'buffer');
const viewOffset = getter<number>(DataView.prototype, 'byteOffset');
const viewLength = getter<number>(DataView.prototype, 'byteLength');
const bufferLength = getter<number>(ArrayBuffer.prototype, 'byteLength');
const textSlice = method<string>(String.prototype, 'slice');

interface Span {
  readonly buffer: unknown;
  readonly from: number;
  readonly length: number;
}

/** Where the bytes of an ArrayBuffer or of any view of one lie. Throws for anything else. */
function spanOf(value: unknown): Span {
  if (!isView(value)) return { buffer: value, from: 0, length: bufferLength(value) };
  if (arrayTag(value) === undefined) return { buffer: viewBuffer(value), from: viewOffset(value), length: viewLength(value) };
  return { buffer: arrayBuffer(value), from: arrayOffset(value), length: arrayLength(value) };
}

/** A copy of its own, made without any method that a page could have replaced. */
function copy(buffer: unknown, from: number, length: number): ArrayBuffer {
  const piece = new U8(length);
  const source: unknown = construct(U8, [buffer, from, length]);
  arraySet(piece, source);
  return arrayBuffer(piece);
}

export function newReporter(send: (message: FromTap) => void): Reporter {
  let last = 0;
  const known: Record<number, BodyRecord> = bare({});

  const started = (record: BodyRecord): number => {
    if (record.id === 0) {
      last += 1;
      record.id = last;
      known[last] = record;
      send({ t: 'start', id: last, url: record.url, type: textSlice(record.type, 0, TYPE_MAX_CHARS), status: record.status });
    }
    return record.id;
  };
  const close = (record: BodyRecord): void => {
    record.over = true;
    delete known[record.id];
  };
  const gap = (record: BodyRecord, why: TapGap): void => {
    if (record.over) return;
    send({ t: 'gap', id: started(record), why });
    close(record);
  };

  return {
    record: (url, type, status) => ({ record: { url, type, status, id: 0, reported: 0, open: 1, over: false }, offset: 0, state: 'open' }),
    fork: (branch) => {
      branch.record.open += 1;
      return { record: branch.record, offset: branch.offset, state: 'open' };
    },
    begin: ({ record }) => {
      if (!record.over) started(record);
    },
    bytes: (branch, value) => {
      const { record } = branch;
      if (record.over) return;
      const span = spanOf(value);
      const skip = record.reported - branch.offset;
      branch.offset += span.length;
      if (branch.offset <= record.reported) return;
      if (branch.offset > BODY_MAX_BYTES) {
        gap(record, 'too-large');
        return;
      }
      const id = started(record);
      for (let at = skip; at < span.length; at += TAP_PIECE_BYTES) {
        const length = span.length - at < TAP_PIECE_BYTES ? span.length - at : TAP_PIECE_BYTES;
        send({ t: 'chunk', id, b: copy(span.buffer, span.from + at, length) });
      }
      record.reported = branch.offset;
    },
    end: (branch, how) => {
      const { record } = branch;
      if (record.over || branch.state === 'over' || branch.state === how) return;
      if (how === 'closed') {
        branch.state = 'closed';
        record.open -= 1;
        // What one reader gives up another may read on.
        if (record.open === 0) send({ t: 'end', id: started(record), how });
        return;
      }
      // An end or an error of the stream is that of all its copies.
      branch.state = 'over';
      send({ t: 'end', id: started(record), how });
      close(record);
    },
    gap: (branch, why) => gap(branch.record, why),
    stop: (id) => {
      const record = known[id];
      if (record !== undefined) close(record);
    },
  };
}

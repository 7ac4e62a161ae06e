/** What the hooks share: which stream belongs to which body, and reporting that can never harm the page. */
import { bare, getter, marks, method, type Marks } from './natives';
import type { Branch, Reporter } from './record';

export interface Watch {
  readonly report: Reporter;
  /** True for URLs whose bodies are to be reported. */
  readonly watched: (url: string) => boolean;
  /** A body is known by its native stream: it stays the same whatever Response the page puts around it. */
  readonly streams: Marks<Branch>;
  /** Runs ours; should it fail, the page goes on as if we were not there and the body is said to be not comparable. */
  guarded<T>(branch: Branch | undefined, run: () => T): T | undefined;
  bytes(branch: Branch, value: unknown): void;
  end(branch: Branch, how: 'end' | 'error' | 'closed'): void;
  /** The stream behind an identity pipe that reports what flows. Cancels, errors and back-pressure pass through it. */
  through(stream: unknown, branch: Branch): ReadableStream;
}

const Transform = TransformStream;
const pipeThrough = method<ReadableStream>(ReadableStream.prototype, 'pipeThrough');
const enqueue = method<void>(TransformStreamDefaultController.prototype, 'enqueue');
const lockedOf = getter<boolean>(ReadableStream.prototype, 'locked');

export const isLocked = (stream: unknown): boolean => lockedOf(stream);

export function newWatch(report: Reporter, watched: (url: string) => boolean): Watch {
  const guarded = <T>(branch: Branch | undefined, run: () => T): T | undefined => {
    try {
      return run();
    } catch {
      if (branch !== undefined) report.gap(branch, 'not-comparable');
      return undefined;
    }
  };
  const bytes = (branch: Branch, value: unknown): void => {
    guarded(branch, () => report.bytes(branch, value));
  };
  const end = (branch: Branch, how: 'end' | 'error' | 'closed'): void => {
    guarded(branch, () => report.end(branch, how));
  };
  return {
    report,
    watched,
    streams: marks(),
    guarded,
    bytes,
    end,
    through: (stream, branch) => {
      const pipe = new Transform(
        bare({
          transform: (chunk: unknown, controller: unknown) => {
            bytes(branch, chunk);
            enqueue(controller, chunk);
          },
          flush: () => end(branch, 'end'),
          cancel: () => end(branch, 'closed'),
        }),
        // One chunk under way and none in store, so that the page's own pace reaches the network.
        bare({ highWaterMark: 1 }),
        bare({ highWaterMark: 0 }),
      );
      return pipeThrough(stream, pipe, bare({}));
    },
  };
}

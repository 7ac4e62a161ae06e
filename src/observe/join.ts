/**
 * Joins what the browser process says of requests with what pages say of bodies, in whatever order the two arrive.
 * Pure: time and timers come in, bytes go to the provider's reader as they come and are not kept. A verdict needs the
 * network's end and the body's; what cannot be told apart is said to be ambiguous, never guessed.
 */
import type { AnswerReading, BodyGap, Provider } from '../providers/types';
import { Body } from './body';
import type { BodySource, Ending } from './contract';
import type { Responded } from './heads';
import { GRACE_MS, LATE_READ_MS, ORPHAN_MS, PROGRESS_MS, RESTORE_GRACE_MS, SETTLE_MS } from './limits';
import { interchangeable, mayBelong, names, sameReading, type HeadSide } from './match';
import type { TapEnd, TapGap } from './tap-protocol';

/** What the joiner asks for and tells. */
export interface JoinListener {
  /** Hand this body's bytes over, from the first. */
  take(bodyKey: string): void;
  /** The body is not needed any longer. */
  release(bodyKey: string): void;
  finished(result: Joined): void;
  progress(headId: string, bytes: number): void;
  /** Nothing more will be told of this head. */
  closed(headId: string): void;
}

export interface Joined {
  readonly responded: Responded;
  readonly form: 'json' | 'sse';
  readonly reading: AnswerReading | BodyGap;
  readonly cut: boolean;
  readonly ending: Ending;
  readonly endedAt: number;
  readonly bodyFrom: BodySource | undefined;
  readonly revision: number;
}

export interface JoinerParts {
  readonly now: () => number;
  readonly setTimer: (ms: number, run: () => void) => () => void;
  readonly listener: JoinListener;
  readonly onFault: (error: unknown) => void;
}

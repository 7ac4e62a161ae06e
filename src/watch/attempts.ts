/**
 * When Assay may ask for evidence again. Two reasons to wait, both per cache key and both surviving the worker:
 * back-off after a transient error, and the limit on asking because of an unknown signer.
 */
import { type Code, CODES } from '../checks/codes';
import { BACKOFF_FIRST_MS, BACKOFF_MOST_MS, MINUTE, REATTEST_GAP_MS, REATTEST_PER_HOUR } from './limits';

/** Why the last request gave no evidence: what is said of every answer until the next try. */
export interface Cause {
  readonly code: Code;
  readonly detail: string;
}

export interface Attempts {
  /** Times of requests made because a signer was in no attestation, oldest first. */
  readonly forSigner: readonly number[];
  /** Transient errors since the last success. */
  readonly errors: number;
  /** No request before this time; 0 when none is set. */
  readonly notBefore: number;
  /** Present while `notBefore` is set. */
  readonly cause?: Cause;
}

export const NO_ATTEMPTS: Attempts = { forSigner: [], errors: 0, notBefore: 0 };

/** Reads what was stored; anything else counts as no attempts. */
export function readAttempts(value: unknown): Attempts {
  if (typeof value !== 'object' || value === null || !('forSigner' in value) || !('errors' in value) || !('notBefore' in value)) return NO_ATTEMPTS;
  const { forSigner, errors, notBefore } = value;
  if (!Array.isArray(forSigner) || typeof errors !== 'number' || typeof notBefore !== 'number') return NO_ATTEMPTS;
  const cause = 'cause' in value ? readCause(value.cause) : undefined;
  return { forSigner: forSigner.filter((t): t is number => typeof t === 'number'), errors, notBefore, ...(cause === undefined ? {} : { cause }) };
}

function readCause(value: unknown): Cause | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('detail' in value)) return undefined;
  const code = CODES.find((known) => known === value.code);
  return code === undefined || typeof value.detail !== 'string' ? undefined : { code, detail: value.detail };
}

/** When an unknown signer may next trigger a request: `now` or earlier means at once. */
export function nextForSigner(attempts: Attempts, now: number): number {
  const recent = attempts.forSigner.filter((t) => t > now - 60 * MINUTE);
  const afterLast = (recent.at(-1) ?? -Infinity) + REATTEST_GAP_MS;
  const afterHour = recent.length < REATTEST_PER_HOUR ? -Infinity : (recent.at(-REATTEST_PER_HOUR) ?? now) + 60 * MINUTE;
  return Math.max(afterLast, afterHour, attempts.notBefore);
}

export function withSignerAttempt(attempts: Attempts, now: number): Attempts {
  return { ...attempts, forSigner: [...attempts.forSigner.filter((t) => t > now - 60 * MINUTE), now] };
}

/** After a transient error: doubles the pause, or waits as long as the service asked for (at most the longest pause). */
export function withError(attempts: Attempts, now: number, retryAfterMs: number | undefined, cause: Cause): Attempts {
  const pause = retryAfterMs ?? BACKOFF_FIRST_MS * 2 ** Math.min(attempts.errors, 10);
  return { ...attempts, errors: attempts.errors + 1, notBefore: now + Math.min(Math.max(pause, 1_000), BACKOFF_MOST_MS), cause };
}

export function withSuccess(attempts: Attempts): Attempts {
  return { forSigner: attempts.forSigner, errors: 0, notBefore: 0 };
}

/** `Retry-After` in ms: delta seconds or an HTTP date (RFC 9110 10.2.3); `undefined` when absent or malformed. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value.trim()) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** From what was found on the way to one check: contradictions first, then what could not be determined, else it holds. */
import { fail, pass, unknown } from '../checks/check';
import type { Check } from '../checks/check';
import type { Code } from '../checks/codes';

export interface Fault {
  readonly outcome: 'fail' | 'unknown';
  readonly code: Code;
  readonly detail: string;
  readonly expected?: string;
  readonly actual?: string;
}

type Values = Pick<Fault, 'expected' | 'actual'>;

export const contradiction = (code: Code, detail: string, values: Values = {}): Fault => ({ outcome: 'fail', code, detail, ...values });
export const undetermined = (code: Code, detail: string): Fault => ({ outcome: 'unknown', code, detail });

/** Contradictions before open questions, each in the order found. */
export const worstFirst = (faults: readonly Fault[]): readonly Fault[] => [
  ...faults.filter((fault) => fault.outcome === 'fail'),
  ...faults.filter((fault) => fault.outcome === 'unknown'),
];

/** One check out of any number of faults: the worst gives code and values, the others are named in its detail. */
export function checkOf(id: string, faults: readonly Fault[], holds: string, parts: Parameters<typeof pass>[2] = {}): Check {
  const [worst, ...others] = worstFirst(faults);
  if (worst === undefined) return pass(id, holds, parts);
  const also = others.filter((other) => other.code !== worst.code).map((other) => `${other.code} (${other.detail})`);
  const detail = [worst.detail, ...also].join('; ');
  return (worst.outcome === 'fail' ? fail : unknown)(id, worst.code, detail, { ...parts, ...(worst.expected === undefined ? {} : { expected: worst.expected }), ...(worst.actual === undefined ? {} : { actual: worst.actual }) });
}

/**
 * What a check inherits from the links below it. A contradiction in its own values is told in any case; that it holds
 * can only be said when everything it rests on holds: else it is unknown, with the code of the first broken link.
 */
export function restsOn(...links: readonly (readonly Fault[])[]): readonly Fault[] {
  const [first] = links.flatMap((faults) => worstFirst(faults).slice(0, 1));
  return first === undefined ? [] : [undetermined(first.code, `depends on ${first.code}`)];
}

/** ISO 8601 without fractions, as Intel writes dates. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

/** The time everything is judged at, and why it cannot be relied on where that is known. */
export interface Clock {
  /** Ms since the epoch. */
  readonly now: number;
  readonly behind?: string;
  /** Why endorsements could not be renewed, where that is known: said beside what has run out. */
  readonly notRenewed?: string;
}

/** What dates say; with a clock that is known to be behind they say nothing. */
export function byClock(clock: Clock, faults: (now: number) => readonly Fault[]): readonly Fault[] {
  if (clock.behind !== undefined) return [undetermined('CLOCK_BEHIND', clock.behind)];
  const { notRenewed } = clock;
  if (notRenewed === undefined) return faults(clock.now);
  return faults(clock.now).map((fault) => (fault.outcome === 'unknown' ? { ...fault, detail: `${fault.detail}; not renewed: ${notRenewed}` } : fault));
}

/** Waiting for conditions: time limits are generous and are never what decides a test. */

export const PATIENCE = 30_000;

const pause = async (ms: number): Promise<void> => await new Promise((done) => { setTimeout(done, ms); });

/**
 * Asks until the answer is neither `undefined` nor `false`, and gives it back. A failed asking (a page just being
 * replaced) counts as "not yet"; its reason is told if time runs out.
 */
export async function until<Value>(what: string, ask: () => Promise<Value | undefined | false> | Value | undefined | false, patience = PATIENCE): Promise<Value> {
  const end = performance.now() + patience;
  let last: unknown;
  for (let wait = 30; ; wait = Math.min(wait * 1.7, 250)) {
    try {
      const value = await ask();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`waited ${patience} ms for: ${what}`, { cause: last });
    await pause(wait);
  }
}

/** Holds for a while: for "nothing happens", where only time can tell. */
export async function holds(what: string, ms: number, ask: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (!(await ask())) throw new Error(`did not hold for ${ms} ms: ${what}`);
    await pause(50);
  }
}

/**
 * Requests that Assay makes through a page look to webRequest like the page's own. They are told apart by the exact
 * address and body that we gave, registered before the relay is told; a body carries our fresh number, so no page can
 * have sent the same one before.
 */
import { OWN_LATE_MS } from './limits';

interface Expected {
  readonly url: string;
  readonly method: string;
  readonly body: Uint8Array | undefined;
  /** The browser has shown it. */
  seen: boolean;
  /** The page has answered; on a busy machine that can reach us before the browser's own word of the request. */
  answered: boolean;
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.length === b.length && a.every((byte, i) => byte === b[i]);

export class OwnRequests {
  readonly #expected = new Set<Expected>();
  readonly #setTimer: (ms: number, run: () => void) => () => void;

  constructor(setTimer: (ms: number, run: () => void) => () => void) {
    this.#setTimer = setTimer;
  }

  /** A request exactly like this is ours; the returned function says that its answer came. */
  expect(url: string, method: string, body: Uint8Array | undefined): () => void {
    const expected: Expected = { url, method, body, seen: false, answered: false };
    this.#expected.add(expected);
    return () => {
      expected.answered = true;
      if (expected.seen) this.#expected.delete(expected);
      else this.#setTimer(OWN_LATE_MS, () => this.#expected.delete(expected));
    };
  }

  /** To be asked once for each request that the browser shows. */
  is(url: string, method: string, body: Uint8Array | undefined): boolean {
    for (const expected of this.#expected) {
      if (expected.url !== url || expected.method !== method || !sameBytes(expected.body, body)) continue;
      expected.seen = true;
      if (expected.answered) this.#expected.delete(expected);
      return true;
    }
    return false;
  }
}

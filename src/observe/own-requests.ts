/**
 * Requests that Assay makes through a page look to webRequest like the page's own. They are told apart by the exact
 * address and body that we gave, registered before the relay is told; a body carries our fresh number, so no page can
 * have sent the same one before.
 */
interface Expected {
  readonly url: string;
  readonly method: string;
  readonly body: Uint8Array | undefined;
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.length === b.length && a.every((byte, i) => byte === b[i]);

export class OwnRequests {
  readonly #expected = new Set<Expected>();

  /** Until the returned function is called, requests exactly like this are ours. */
  expect(url: string, method: string, body: Uint8Array | undefined): () => void {
    const expected = { url, method, body };
    this.#expected.add(expected);
    return () => this.#expected.delete(expected);
  }

  is(url: string, method: string, body: Uint8Array | undefined): boolean {
    for (const expected of this.#expected) {
      if (expected.url === url && expected.method === method && sameBytes(expected.body, body)) return true;
    }
    return false;
  }
}

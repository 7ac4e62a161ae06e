/** Cuts bytes into random pieces, empty ones among them: whatever reads a stream must read the same from any cut. */
export function* pieces(whole: Uint8Array, below: (limit: number) => number, most = 40): Generator<Uint8Array> {
  for (let at = 0; at < whole.length; ) {
    const size = below(3) === 0 ? below(most) : below(4);
    yield whole.slice(at, at + size);
    at += size;
  }
}

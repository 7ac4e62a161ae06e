import { expect, it } from 'vitest';
import { readCapped } from '../../../src/encoding/capped';

/** Gives pieces of 4 bytes for as long as it is asked, and notes that it was cancelled. */
function endless() {
  const seen = { pulled: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      seen.pulled += 1;
      controller.enqueue(new Uint8Array(4).fill(seen.pulled));
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { seen, stream };
}
const of = (...pieces: readonly number[][]): ReadableStream<Uint8Array> => new Response(Uint8Array.from(pieces.flat())).body ?? new ReadableStream();

it('gives every byte in order up to the limit, and none for no body', async () => {
  expect(await readCapped(of([1, 2], [3]), 3)).toEqual(Uint8Array.of(1, 2, 3));
  expect(await readCapped(of(), 0)).toEqual(new Uint8Array());
  expect(await readCapped(null, 3)).toEqual(new Uint8Array());
});

it('gives nothing of a longer body, and does not read it on', async () => {
  expect(await readCapped(of([1, 2, 3]), 2)).toBeUndefined();
  const { seen, stream } = endless();
  expect(await readCapped(stream, 10)).toBeUndefined();
  expect(seen.cancelled).toBe(true);
  expect(seen.pulled).toBeLessThan(6);
});

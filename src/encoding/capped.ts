/** Reading a body of unknown length, up to a limit. */
import { concatBytes } from './bytes';

/** All bytes of the stream (none where there is no body); `undefined` where there are more than `maxBytes`: it is then cancelled, not read on. */
export async function readCapped(stream: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (stream === null) return new Uint8Array();
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(...pieces);
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    pieces.push(value);
  }
}

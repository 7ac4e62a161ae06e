/** How an item is kept: the body and the issuer chain as they came, and nothing derived from them. */
import { ByteReader, concatBytes, utf8Bytes, utf8Text } from '../encoding/bytes';

export interface Kept {
  /** PEM; empty where the item has no issuer chain. */
  readonly chain: string;
  readonly body: Uint8Array;
}

/** Length of the chain (u32, big-endian), chain (UTF-8), body. */
export function pack({ chain, body }: Kept): Uint8Array {
  const text = utf8Bytes(chain);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length);
  return concatBytes(length, text, body);
}

/** Raises `TRUNCATED` or `EVIDENCE_MALFORMED` for bytes that `pack` did not write. */
export function unpack(bytes: Uint8Array): Kept {
  const reader = new ByteReader(bytes);
  const chain = utf8Text(reader.take(reader.u32be()));
  return { chain, body: reader.rest() };
}

/** How an item is kept: the body and the issuer chain as they came, nothing derived from them, and when it was had. */
import type { Item, VerifiedItem } from './items';
import { asCoded } from '../checks/error';
import type { ByteStore } from '../checks/getter';
import { ByteReader, concatBytes, utf8Bytes, utf8Text } from '../encoding/bytes';
import type { Problem } from '../evidence/tdx/types';
import type { Anchor } from '../roots/anchors';

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

/** An item as it is handed out, and what went wrong on the way to it. */
export interface Served {
  readonly item?: VerifiedItem;
  readonly problems: readonly Problem[];
}

/** What the store holds, verified again; anything else there counts as nothing. */
export async function load(item: Item, { store, anchors }: { readonly store: ByteStore; readonly anchors: readonly Anchor[] }): Promise<Served> {
  let bytes: Uint8Array | undefined;
  const unread = await tryStore(async () => {
    bytes = await store.get(item.key);
  });
  if (bytes === undefined) return { problems: unread === undefined ? [] : [unread] };
  try {
    const { chain, body } = unpack(bytes);
    return { item: await item.verify(body, chain, anchors), problems: [] };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { problems: [{ code, detail: `${item.name} as kept here: ${detail}` }] };
  }
}

interface StoreAt {
  readonly store: ByteStore;
  /** Ms since the epoch. */
  readonly now: number;
}

/** Keeps an item that was verified, and that it was had at `now` (ms since the epoch). */
export async function keep(item: Item, packed: Uint8Array, { store, now }: StoreAt): Promise<void> {
  await store.put(item.key, packed);
  if (item.askEvery !== undefined) await store.put(askedKey(item), utf8Bytes(String(now)));
}

const askedKey = (item: Item): string => `${item.key}/asked`;

/** Whether it was fetched recently enough, for the lists that are asked for more often than they run out. Kept beside them, because the worker dies. */
export async function wasAsked(item: Item, { store, now }: StoreAt): Promise<boolean> {
  const { askEvery } = item;
  if (askEvery === undefined) return true;
  let bytes: Uint8Array | undefined;
  // A store that cannot say it costs a fetch.
  await tryStore(async () => {
    bytes = await store.get(askedKey(item));
  });
  const age = now - Number(bytes === undefined || bytes.length === 0 ? Number.NaN : new TextDecoder().decode(bytes));
  return age >= 0 && age < askEvery;
}

/** A store that fails costs a fetch, not a verdict; that it failed is said. */
export async function tryStore(run: () => Promise<void>): Promise<Problem | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return { code: 'COLLATERAL_UNREACHABLE', detail: `the local store: ${error instanceof Error ? error.message : 'failed'}` };
  }
}

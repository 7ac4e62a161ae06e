/**
 * Which signed texts were seen. A signed text belongs to one exchange; the same one under another network exchange is a
 * replay (DESIGN 2, issue 2 §3). The key is an HMAC, so that the record says nothing about the text.
 */
import { toHex } from '../encoding/hex';
import type { Database } from './database';
import { PRIVATE_REPLAY_KEPT, REPLAY_KEPT_MS } from './limits';

export interface Sighting {
  /** The exchange that carried the text first. */
  readonly exchange: string;
  readonly at: number;
}

export interface ReplayMemory {
  /** Remembers the text for `exchange` unless it is remembered already; answers who had it first. */
  claim(text: { readonly profileId: string; readonly address: string; readonly signedText: string }, exchange: string, now: number): Promise<{ first: Sighting; tag: string }>;
}

const HMAC: HmacKeyGenParams = { name: 'HMAC', hash: 'SHA-256' };
const newKey = (): Promise<CryptoKey> => crypto.subtle.generateKey(HMAC, false, ['sign']);

async function tagOf(key: CryptoKey, text: { profileId: string; address: string; signedText: string }): Promise<string> {
  const message = new TextEncoder().encode(`${text.profileId}\n${text.address.toLowerCase()}\n${text.signedText}`);
  return toHex(new Uint8Array(await crypto.subtle.sign(HMAC, key, message)));
}

/** The HMAC key of this browser profile: made once, never extractable. */
async function profileKey(open: () => Promise<Database>): Promise<CryptoKey> {
  const stored = await (await open()).get('keys', 'hmac');
  if (stored !== undefined) return stored;
  const made = await newKey();
  const transaction = (await open()).transaction('keys', 'readwrite');
  const raced = await transaction.store.get('hmac');
  if (raced === undefined) await transaction.store.put(made, 'hmac');
  await transaction.done;
  return raced ?? made;
}

/** Kept in IndexedDB for 30 days. */
export function storedReplayMemory(open: () => Promise<Database>): ReplayMemory {
  let key: Promise<CryptoKey> | undefined;
  return {
    async claim(text, exchange, now) {
      key ??= profileKey(open);
      const tag = await tagOf(await key, text);
      const transaction = (await open()).transaction('replay', 'readwrite');
      const seen = await transaction.store.get(tag);
      const first = seen !== undefined && now - seen.at < REPLAY_KEPT_MS ? seen : { exchange, at: now };
      if (first !== seen) await transaction.store.put(first, tag);
      await transaction.done;
      return { first, tag };
    },
  };
}

/** For private windows: gone with the last of them, never on disk. */
export function privateReplayMemory(): ReplayMemory & { forget(): void } {
  let key = newKey();
  const seen = new Map<string, Sighting>();
  return {
    async claim(text, exchange, now) {
      const tag = await tagOf(await key, text);
      const first = seen.get(tag) ?? { exchange, at: now };
      if (seen.size >= PRIVATE_REPLAY_KEPT) seen.delete(seen.keys().next().value ?? tag);
      seen.set(tag, first);
      return { first, tag };
    },
    forget() {
      seen.clear();
      key = newKey();
    },
  };
}

/** Drops sightings that are older than the memory promises. */
export async function sweepReplay(db: Database, now: number): Promise<void> {
  const transaction = db.transaction('replay', 'readwrite');
  let cursor = await transaction.store.index('at').openCursor(IDBKeyRange.upperBound(now - REPLAY_KEPT_MS));
  while (cursor !== null) {
    await cursor.delete();
    cursor = await cursor.continue();
  }
  await transaction.done;
}

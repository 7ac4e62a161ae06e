/**
 * Which signed texts were seen. A signed text belongs to one exchange; the same one under another network exchange is a
 * replay (DESIGN 2, issue 2 §3). The key is an HMAC, so that the record says nothing about the text.
 */
import { fromHex, toHex } from '../encoding/hex';
import type { Database } from './database';
import { PRIVATE_REPLAY_KEPT, REPLAY_KEPT_MS } from './limits';
import { PRIVATE_PREFIX, type PrivateStore } from './private';

export interface Sighting {
  /** The exchange that carried the text first. */
  readonly exchange: string;
  readonly at: number;
}

export interface SignedText {
  readonly profileId: string;
  readonly address: string;
  readonly signedText: string;
}

export interface ReplayMemory {
  /** Remembers the text for `exchange` unless it is remembered already; answers who had it first. */
  claim(text: SignedText, exchange: string, now: number): Promise<{ first: Sighting; tag: string }>;
}

const HMAC: HmacKeyGenParams = { name: 'HMAC', hash: 'SHA-256' };
const newKey = (): Promise<CryptoKey> => crypto.subtle.generateKey(HMAC, false, ['sign']);

async function tagOf(key: CryptoKey, text: SignedText): Promise<string> {
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
      key ??= profileKey(open).catch((error: unknown) => {
        key = undefined;
        throw error;
      });
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

/** For private windows: in the browser run's memory, never on disk; `forgetPrivate` drops it with the last of them. */
export function privateReplayMemory(run: PrivateStore): ReplayMemory {
  const key = async (): Promise<CryptoKey> => {
    const stored = await run.get(PRIVATE_HMAC);
    const raw = typeof stored === 'string' ? fromHex(stored) : crypto.getRandomValues(new Uint8Array(32));
    if (typeof stored !== 'string') await run.set(PRIVATE_HMAC, toHex(raw));
    return crypto.subtle.importKey('raw', raw, HMAC, false, ['sign']);
  };
  let last: Promise<unknown> = Promise.resolve();
  const claim = async (text: SignedText, exchange: string, now: number) => {
    const tag = await tagOf(await key(), text);
    const stored = await run.get(PRIVATE_REPLAY);
    const seen = new Map(Array.isArray(stored) ? stored.filter(isSeen) : []);
    const first = seen.get(tag) ?? { exchange, at: now };
    seen.set(tag, first);
    await run.set(PRIVATE_REPLAY, [...seen].slice(-PRIVATE_REPLAY_KEPT));
    return { first, tag };
  };
  return {
    // One after the other: each reads what the one before has written.
    claim(text, exchange, now) {
      const result = last.then(() => claim(text, exchange, now));
      last = result.catch(() => undefined);
      return result;
    },
  };
}

const PRIVATE_HMAC = `${PRIVATE_PREFIX}hmac`;
const PRIVATE_REPLAY = `${PRIVATE_PREFIX}replay`;

const isSeen = (value: unknown): value is [string, Sighting] => Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';

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

/** Evidence by cache key: what `watch` looks up for a signer, and what the evidence page opens by id. */
import { CodedError } from '../checks/error';
import { fromBase64, toBase64 } from '../encoding/base64';
import { unsharedBytes } from '../encoding/bytes';
import type { Database, StoredAttestation } from './database';
import { ATTESTATION_KEPT_MS, ATTESTATIONS_KEPT, PRIVATE_ATTESTATIONS_CHARS, PRIVATE_ATTESTATIONS_KEPT } from './limits';
import { PRIVATE_PREFIX, type PrivateStore } from './private';

export interface AttestationStore {
  get(id: string): Promise<StoredAttestation | undefined>;
  put(attestation: StoredAttestation): Promise<void>;
}

/** For whoever must make room again: pages can cause ever more evidence. */
export interface SessionStore extends AttestationStore {
  remove(id: string): Promise<void>;
}

export function storedAttestations(open: () => Promise<Database>): SessionStore {
  return {
    remove: async (id) => (await open()).delete('attestations', id),
    get: async (id) => (await open()).get('attestations', id),
    put: async (attestation) => {
      const db = await open();
      await db.put('attestations', attestation);
      await sweepAttestations(db, -Infinity); // by their number alone
    },
  };
}

/** For private windows: in the browser run's memory, never on disk; `forgetPrivate` drops it with the last of them. */
export function privateAttestations(run: PrivateStore): SessionStore {
  const keyOf = (id: string) => `${PRIVATE_PREFIX}attestation:${id}`;
  return {
    // Its place in the list goes when the list is written next.
    remove: (id) => run.remove(keyOf(id)),
    get: async (id) => unpacked(await run.get(keyOf(id))),
    put: async (attestation) => {
      const value = await packed(attestation);
      // What pages ask for and what we do: neither takes the other's room, an answer may need one of each.
      const list = `${PRIVATE_PREFIX}attestations${attestation.session === undefined ? '' : ':session'}`;
      const stored = await run.get(list);
      const others = Array.isArray(stored) ? stored.filter(isListed).filter(({ id }) => id !== attestation.id) : [];
      const listed = { id: attestation.id, chars: JSON.stringify(value).length };
      if (listed.chars > PRIVATE_ATTESTATIONS_CHARS) throw new CodedError('STORAGE_FAILED', `evidence of ${listed.chars} characters in a private window`);
      const kept = [listed, ...others].slice(0, PRIVATE_ATTESTATIONS_KEPT);
      while (kept.reduce((sum, { chars }) => sum + chars, 0) > PRIVATE_ATTESTATIONS_CHARS) kept.pop();
      for (const { id } of others) if (!kept.some((one) => one.id === id)) await run.remove(keyOf(id));
      await run.set(keyOf(attestation.id), value);
      await run.set(list, kept);
    },
  };
}

interface Listed {
  readonly id: string;
  readonly chars: number;
}
const isListed = (value: unknown): value is Listed => typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string' && 'chars' in value && typeof value.chars === 'number';

const through = async (bytes: Uint8Array, stream: ReadableWritablePair<Uint8Array<ArrayBuffer>, BufferSource>): Promise<Uint8Array> => new Uint8Array(await new Response(new Blob([unsharedBytes(bytes)]).stream().pipeThrough(stream)).arrayBuffer());

/** The run's memory holds JSON: bytes go in and out as base64, replies (text, in base64 twice) as gzip of a third of their size. Only `put` above writes these keys. */
async function unpacked(value: unknown): Promise<StoredAttestation | undefined> {
  if (typeof value !== 'object' || value === null || !('nonce' in value) || !('body' in value) || !isPacked(value)) return undefined;
  const { nonce, body, claim, session, ...rest } = value;
  return {
    ...rest, nonce: fromBase64(nonce), body: await through(fromBase64(body), new DecompressionStream('gzip')),
    ...(claim === undefined ? {} : { claim: { status: claim.status, body: fromBase64(claim.body) } }),
    ...(session === undefined ? {} : { session: session.key === undefined ? {} : { key: { ...session.key, request: fromBase64(session.key.request), response: fromBase64(session.key.response) } } }),
  };
}

interface Packed extends Omit<StoredAttestation, 'nonce' | 'body' | 'claim' | 'session'> {
  readonly nonce: string;
  readonly body: string;
  readonly claim?: { readonly status: number; readonly body: string };
  readonly session?: { readonly key?: { readonly name: string; readonly request: string; readonly response: string } };
}

async function packed({ nonce, body, claim, session, ...rest }: StoredAttestation): Promise<Packed> {
  return {
    ...rest, nonce: toBase64(nonce), body: toBase64(await through(body, new CompressionStream('gzip'))),
    ...(claim === undefined ? {} : { claim: { status: claim.status, body: toBase64(claim.body) } }),
    ...(session === undefined ? {} : { session: session.key === undefined ? {} : { key: { ...session.key, request: toBase64(session.key.request), response: toBase64(session.key.response) } } }),
  };
}

const isPacked = (value: { readonly nonce: unknown; readonly body: unknown }): value is Packed => typeof value.nonce === 'string' && typeof value.body === 'string' && 'id' in value && 'profileId' in value;

/** Drops evidence beyond the promised time and number, oldest first. */
export async function sweepAttestations(db: Database, now: number): Promise<void> {
  const transaction = db.transaction('attestations', 'readwrite');
  let surplus = (await transaction.store.count()) - ATTESTATIONS_KEPT;
  let cursor = await transaction.store.index('receivedAt').openCursor();
  while (cursor !== null && (surplus > 0 || cursor.value.receivedAt < now - ATTESTATION_KEPT_MS)) {
    await cursor.delete();
    surplus -= 1;
    cursor = await cursor.continue();
  }
  await transaction.done;
}

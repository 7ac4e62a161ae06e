/** Evidence by cache key: what `watch` looks up for a signer, and what the evidence page opens by id. */
import type { Database, StoredAttestation } from './database';
import { ATTESTATION_KEPT_MS, ATTESTATIONS_KEPT } from './limits';

export interface AttestationStore {
  get(id: string): Promise<StoredAttestation | undefined>;
  put(attestation: StoredAttestation): Promise<void>;
}

export function storedAttestations(open: () => Promise<Database>): AttestationStore {
  return {
    get: async (id) => (await open()).get('attestations', id),
    put: async (attestation) => {
      const db = await open();
      await db.put('attestations', attestation);
    },
  };
}

/** For private windows: in memory, gone with the last of them. */
export function privateAttestations(): AttestationStore & { forget(): void } {
  const kept = new Map<string, StoredAttestation>();
  return {
    get: (id) => Promise.resolve(kept.get(id)),
    put: (attestation) => {
      if (kept.size >= ATTESTATIONS_KEPT) kept.delete(kept.keys().next().value ?? '');
      kept.set(attestation.id, attestation);
      return Promise.resolve();
    },
    forget: () => kept.clear(),
  };
}

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

/**
 * The one IndexedDB database. Nothing of a private window, no message text, no plain hash of one and no credential
 * is ever put into it (DESIGN law 7); collateral and evidence are kept as the bytes that came.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { ReferenceValue } from '../checks/reference';
import type { State } from '../verdict/state';

/** Evidence as fetched: judged anew whenever it is used, so no verdict is stored with it. */
export interface StoredAttestation {
  readonly id: string;
  /** Joined cache key (see watch/cache-key). */
  readonly key: string;
  readonly profileId: string;
  readonly pageOrigin: string;
  /** Where it was asked for: behind a proxy of the user's own that is not where answers come from. */
  readonly apiOrigin: string;
  readonly model: string | undefined;
  readonly way: 'none' | 'page' | 'key';
  /** As long as the profile asks for. */
  readonly nonce: Uint8Array;
  readonly requestedAt: number;
  readonly receivedAt: number;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  /** What the service was asked to claim about itself beside it; status 0 where nothing came. */
  readonly claim?: { readonly status: number; readonly body: Uint8Array };
  /** Set where a page asked for it by itself: how it then agreed its key, both bodies, and what answers name that key by. */
  readonly session?: { readonly key?: { readonly name: string; readonly request: Uint8Array; readonly response: Uint8Array } };
  /** Signing addresses that the report names, lower-case, and the digest of the set they stand in where signatures name that (`Appraisal.keyset`). */
  readonly signers: readonly string[];
}

/** One judged answer, without anything from which its text could be guessed. */
export interface StoredAnswer {
  readonly id: string;
  readonly at: number;
  readonly profileId: string;
  readonly pageOrigin: string;
  readonly model: string | undefined;
  readonly state: State;
  readonly codes: readonly string[];
  readonly attestationId: string | undefined;
  /** HMAC under this browser profile's key of signing address ‖ signed text, hex; absent for unsigned answers. */
  readonly signatureTag: string | undefined;
}

export interface AssayDatabase extends DBSchema {
  attestations: { key: string; value: StoredAttestation; indexes: { receivedAt: number } };
  answers: { key: string; value: StoredAnswer; indexes: { at: number } };
  collateral: { key: string; value: { readonly bytes: Uint8Array; readonly at: number }; indexes: { at: number } };
  references: { key: string; value: ReferenceValue & { readonly id: string; readonly addedAt: number } };
  /** Signature tag → the exchange that first carried it. */
  replay: { key: string; value: { readonly exchange: string; readonly at: number }; indexes: { at: number } };
  /** The HMAC key of this browser profile (not extractable). */
  keys: { key: string; value: CryptoKey };
}

export type Database = IDBPDatabase<AssayDatabase>;

/** Opens (and on first use creates) the database. Raises what IndexedDB raises when storage is blocked or full. */
export function openDatabase(name = 'assay'): Promise<Database> {
  return openDB<AssayDatabase>(name, 1, {
    upgrade(db) {
      db.createObjectStore('attestations', { keyPath: 'id' }).createIndex('receivedAt', 'receivedAt');
      db.createObjectStore('answers', { keyPath: 'id' }).createIndex('at', 'at');
      db.createObjectStore('collateral').createIndex('at', 'at');
      db.createObjectStore('references', { keyPath: 'id' });
      db.createObjectStore('replay').createIndex('at', 'at');
      db.createObjectStore('keys');
    },
  });
}

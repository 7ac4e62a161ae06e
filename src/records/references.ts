/** Reference values as the user keeps them, with where they came from and when. */
import { CodedError } from '../checks/error';
import type { ReferenceValue } from '../checks/reference';
import type { Database } from './database';
import { REFERENCES_KEPT } from './limits';

export type StoredReferenceValue = ReferenceValue & { readonly id: string; readonly addedAt: number };

const ordered = (fields: object): readonly [string, unknown][] => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));

/** The same value is kept once, whoever brings it again: its id follows from what it says. */
async function idOf(value: ReferenceValue): Promise<string> {
  const told = JSON.stringify([value.dialect, value.role, value.kind, ordered(value.values), ordered(value.properties), value.source, ...(value.apiOrigin === undefined ? [] : [value.apiOrigin])]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(told)));
  return Array.from(digest.subarray(0, 12), (b) => b.toString(16).padStart(2, '0')).join('');
}

export interface ReferenceStore {
  list(): Promise<readonly StoredReferenceValue[]>;
  /** Answers what is stored now; a value that was there already keeps its date. */
  add(values: readonly ReferenceValue[], now: number): Promise<readonly StoredReferenceValue[]>;
  remove(id: string): Promise<void>;
}

export function storedReferences(open: () => Promise<Database>): ReferenceStore {
  return {
    list: async () => (await open()).getAll('references'),
    async add(values, now) {
      const db = await open();
      if ((await db.count('references')) + values.length > REFERENCES_KEPT) {
        throw new CodedError('REFERENCE_MALFORMED', `more than ${REFERENCES_KEPT} kept`);
      }
      const made = await Promise.all(values.map(async (v) => ({ ...v, id: await idOf(v), addedAt: now })));
      const transaction = db.transaction('references', 'readwrite');
      const kept: StoredReferenceValue[] = [];
      for (const value of made) {
        const before = await transaction.store.get(value.id);
        if (before === undefined) await transaction.store.put(value);
        kept.push(before ?? value);
      }
      await transaction.done;
      return kept;
    },
    remove: async (id) => (await open()).delete('references', id),
  };
}

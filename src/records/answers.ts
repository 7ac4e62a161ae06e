/** The record of judged answers, for counts and (later) history. */
import type { Database, StoredAnswer } from './database';
import { ANSWERS_KEPT } from './limits';

export interface AnswerStore {
  put(answer: StoredAnswer): Promise<void>;
}

export function storedAnswers(open: () => Promise<Database>): AnswerStore {
  return {
    put: async (answer) => {
      const db = await open();
      await db.put('answers', answer);
    },
  };
}

/** Drops the oldest answers beyond the promised number. */
export async function sweepAnswers(db: Database, kept = ANSWERS_KEPT): Promise<void> {
  const transaction = db.transaction('answers', 'readwrite');
  let surplus = (await transaction.store.count()) - kept;
  let cursor = surplus > 0 ? await transaction.store.index('at').openCursor() : null;
  while (cursor !== null && surplus > 0) {
    await cursor.delete();
    surplus -= 1;
    cursor = await cursor.continue();
  }
  await transaction.done;
}

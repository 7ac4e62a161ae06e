/** The head store as the recorder uses it: each record's writes in order, so that a deletion never overtakes one; no write throws. */
import type { HeadStore } from './contract';
import { type HeadRecord, isHeadRecord } from './head-record';

export class HeadWrites {
  readonly #store: HeadStore;
  readonly #onFault: (error: unknown) => void;
  readonly #last = new Map<string, Promise<void>>();

  constructor(store: HeadStore, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#onFault = onFault;
  }

  /** What an earlier worker left, oldest first. Records of another form are passed over. */
  async list(): Promise<readonly HeadRecord[]> {
    try {
      const found = await this.#store.list();
      return found.filter(isHeadRecord).sort((a, b) => a.startedAt - b.startedAt);
    } catch (error) {
      this.#onFault(error);
      return [];
    }
  }

  put(record: HeadRecord): void {
    this.#write(record.id, () => this.#store.put(record));
  }

  delete(id: string): void {
    this.#write(id, () => this.#store.delete(id));
  }

  #write(id: string, write: () => Promise<void>): void {
    const before = this.#last.get(id);
    // At once where nothing is under way: the worker may not live to see the next turn.
    const now = async (): Promise<void> => write();
    const done = (before === undefined ? now() : before.then(write)).catch((error: unknown) => this.#onFault(error));
    this.#last.set(id, done);
    void done.then(() => {
      if (this.#last.get(id) === done) this.#last.delete(id);
    });
  }
}

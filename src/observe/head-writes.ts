/** The head store as the recorder uses it: each record's writes in order, so that a deletion never overtakes one; no write throws. */
import type { HeadStore } from './contract';
import { type HeadRecord, isHeadRecord } from './head-record';

interface UnderWay {
  /** Settles when this write and all before it have. */
  readonly done: Promise<void>;
  /** True for a deletion and for what waits for one: nothing may overtake it. */
  readonly holds: boolean;
}

export class HeadWrites {
  readonly #store: HeadStore;
  readonly #onFault: (error: unknown) => void;
  readonly #last = new Map<string, UnderWay>();

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

  /** At once, behind earlier ones of the same record, which the store takes in their order: the worker may not live to see them done. */
  put(record: HeadRecord): void {
    this.#write(record.id, false, async () => this.#store.put(record));
  }

  delete(id: string): void {
    this.#write(id, true, async () => this.#store.delete(id));
  }

  #write(id: string, deletes: boolean, write: () => Promise<void>): void {
    const before = this.#last.get(id);
    const waits = before !== undefined && (deletes || before.holds);
    const told = (waits ? before.done.then(write) : write()).catch((error: unknown) => this.#onFault(error));
    const done = before === undefined || waits ? told : Promise.all([before.done, told]).then(() => undefined);
    const underWay: UnderWay = { done, holds: deletes || waits };
    this.#last.set(id, underWay);
    void done.then(() => {
      if (this.#last.get(id) === underWay) this.#last.delete(id);
    });
  }
}

/** What is needed to judge the shown answers again (a retry, a changed policy, a new reference value), per document. */
import type { RunStore } from './attestor';
import { ANSWERS_SHOWN } from './document';
import type { OpenAnswer } from './judge';

const isOpen = (value: unknown): value is OpenAnswer => typeof value === 'object' && value !== null && 'id' in value && 'findings' in value && 'startedAt' in value && 'endedAt' in value;

export class OpenAnswers {
  readonly #run: RunStore;
  #last: Promise<void> = Promise.resolve();

  constructor(run: RunStore) {
    this.#run = run;
  }

  async of(documentId: string): Promise<readonly OpenAnswer[]> {
    const value = await this.#run.get(`open:${documentId}`);
    return Array.isArray(value) ? value.filter(isOpen) : [];
  }

  /** Remembers an answer; writes follow each other, so that none is lost. */
  remember(documentId: string, answer: OpenAnswer): Promise<void> {
    const write = async () => {
      const others = (await this.of(documentId)).filter((a) => a.id !== answer.id);
      await this.#run.set(`open:${documentId}`, [answer, ...others].slice(0, ANSWERS_SHOWN));
    };
    this.#last = this.#last.then(write, write);
    return this.#last;
  }

  /** Comes after what is being remembered, so that nothing is left behind. */
  forget(documentId: string): Promise<void> {
    const drop = () => this.#run.remove(`open:${documentId}`);
    this.#last = this.#last.then(drop, drop);
    return this.#last;
  }
}

/**
 * Which documents an exchange belongs to: settled when its request is first seen, since the tab may show another page by
 * the time the answer is judged. Kept in the run's memory, so that it survives the worker.
 */
import type { RunStore } from './attestor';

const KEPT = 500;

export class ExchangeHomes {
  readonly #run: RunStore;
  readonly #homes = new Map<string, readonly string[]>();

  constructor(run: RunStore) {
    this.#run = run;
  }

  /** The first word that names a document counts; later ones change nothing. A page may ask before its document has announced itself. */
  async settle(exchangeId: string, documentIds: readonly string[]): Promise<readonly string[]> {
    const known = await this.of(exchangeId);
    if (known?.length) return known;
    this.#homes.set(exchangeId, documentIds);
    const oldest = this.#homes.keys().next().value;
    if (this.#homes.size > KEPT && oldest !== undefined) this.#homes.delete(oldest);
    await this.#run.set(keyOf(exchangeId), documentIds);
    return documentIds;
  }

  async of(exchangeId: string): Promise<readonly string[] | undefined> {
    const here = this.#homes.get(exchangeId);
    if (here !== undefined) return here;
    const stored = await this.#run.get(keyOf(exchangeId));
    return Array.isArray(stored) ? stored.filter((id): id is string => typeof id === 'string') : undefined;
  }

  async forget(exchangeId: string): Promise<void> {
    this.#homes.delete(exchangeId);
    await this.#run.remove(keyOf(exchangeId));
  }
}

const keyOf = (exchangeId: string): string => `home:${exchangeId}`;

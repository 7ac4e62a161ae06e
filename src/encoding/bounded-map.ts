/**
 * A map from text to what was computed from it, bounded in entries and in the length of its keys; the entry that was
 * used longest ago goes first. Keys are the exact texts themselves: no digest, no collision.
 */
export class BoundedMap<V> {
  readonly #entries = new Map<string, V>();
  readonly #maxEntries: number;
  readonly #maxLength: number;
  #length = 0;

  constructor(maxEntries: number, maxLength: number) {
    this.#maxEntries = maxEntries;
    this.#maxLength = maxLength;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value kept for this key, computed when it is not there. What `make` raises is not kept. */
  getOrMake(key: string, make: () => V): V {
    const kept = this.#entries.get(key);
    if (kept !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, kept);
      return kept;
    }
    const made = make();
    if (key.length <= this.#maxLength) this.#add(key, made);
    return made;
  }

  clear(): void {
    this.#entries.clear();
    this.#length = 0;
  }

  #add(key: string, value: V): void {
    this.#entries.set(key, value);
    this.#length += key.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#length <= this.#maxLength) return;
      this.#entries.delete(oldest);
      this.#length -= oldest.length;
    }
  }
}

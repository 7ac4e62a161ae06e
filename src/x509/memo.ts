/** What is remembered about keys and signatures: facts about bytes alone. A fault of the platform is none, so it is asked again. */
import { BoundedMap } from '../encoding/bounded-map';

/** Imported keys by their text, bounded; an import that was refused is not kept. */
export class KeyMemo {
  readonly #kept: BoundedMap<{ key?: Promise<CryptoKey> }>;

  constructor(maxKeys: number) {
    this.#kept = new BoundedMap(maxKeys, 64 * 1024);
  }

  get(text: string, importKey: () => Promise<CryptoKey>): Promise<CryptoKey> {
    const slot = this.#kept.getOrMake(text, () => ({}));
    if (slot.key !== undefined) return slot.key;
    const key = importKey();
    slot.key = key;
    key.catch(() => {
      if (slot.key === key) delete slot.key;
    });
    return key;
  }

  clear(): void {
    this.#kept.clear();
  }
}

const MAX_KEYS_PER_THING = 8;

/** Signed thing → key → whether it verifies, as long as the thing itself lives. */
export class VerdictMemo {
  #known = new WeakMap<object, Map<string, Promise<boolean>>>();

  get(thing: object, key: string, verify: () => Promise<boolean>): Promise<boolean> {
    const byKey = this.#known.get(thing) ?? new Map<string, Promise<boolean>>();
    this.#known.set(thing, byKey);
    const remembered = byKey.get(key);
    if (remembered !== undefined) return remembered;
    const verdict = verify();
    if (byKey.size < MAX_KEYS_PER_THING) {
      byKey.set(key, verdict);
      verdict.catch(() => byKey.delete(key));
    }
    return verdict;
  }

  clear(): void {
    this.#known = new WeakMap();
  }
}

/** Whether WebCrypto refused the key's own bytes (`DataError`): any other fault is the platform's. */
export const isBadKey = (error: unknown): boolean => error instanceof DOMException && error.name === 'DataError';

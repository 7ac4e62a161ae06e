/** Reads a manifest's objects member by member: absent and null are Go's zero values, wrong kinds are refused, unknown keys are noted. */
import { CodedError } from '../../checks/error';
import type { JsonValue } from '../../encoding/json';

const CODE = 'MANIFEST_MALFORMED';
const MAX_ITEMS = 4096;
const MAX_TEXT = 8192;

function refuse(path: string, wanted: string): never {
  throw new CodedError(CODE, `${path} is not ${wanted}`);
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

/** One object, and what of it was asked for. */
export class MemberReader {
  readonly #path: string;
  readonly #members: ReadonlyMap<string, JsonValue>;
  readonly #asked = new Set<string>();
  readonly #unknown: string[];

  /** `unknown` collects the paths of keys that nobody asked for when `end` is called. */
  constructor(value: JsonValue | undefined, path: string, unknown: string[]) {
    this.#path = path;
    this.#members = value instanceof Map ? value : value === undefined || value === null ? new Map<string, JsonValue>() : refuse(path, 'an object');
    this.#unknown = unknown;
  }

  /** Whether the key is there and not null. */
  has(key: string): boolean {
    return this.#at(key) !== undefined;
  }

  object(key: string): MemberReader {
    return new MemberReader(this.#at(key), this.#under(key), this.#unknown);
  }

  objects(key: string, max: number): readonly MemberReader[] {
    return this.#list(key, max).map((item, i) => new MemberReader(item instanceof Map ? item : refuse(`${this.#under(key)}[${i}]`, 'an object'), `${this.#under(key)}[${i}]`, this.#unknown));
  }

  /** Every member is an object of its own; their keys are data. */
  entries(): readonly (readonly [string, MemberReader])[] {
    if (this.#members.size > MAX_ITEMS) refuse(this.#path, `an object of at most ${MAX_ITEMS}`);
    return [...this.#members].map(([key, value]) => {
      this.#asked.add(key);
      return [key, new MemberReader(value instanceof Map ? value : refuse(this.#under(key), 'an object'), this.#under(key), this.#unknown)];
    });
  }

  text(key: string): string {
    const value = this.#at(key) ?? '';
    return typeof value === 'string' && value.length <= MAX_TEXT ? value : refuse(this.#under(key), 'a string');
  }

  texts(key: string): readonly string[] {
    return this.#list(key).map((item, i) => (typeof item === 'string' && item.length <= MAX_TEXT ? item : refuse(`${this.#under(key)}[${i}]`, 'a string')));
  }

  /** Exactly `length` bytes of hex, lower-cased. */
  hex(key: string, length: number): string {
    return hexOf(this.text(key), length, this.#under(key));
  }

  hexes(key: string, length: number): readonly string[] {
    return this.texts(key).map((text, i) => hexOf(text, length, `${this.#under(key)}[${i}]`));
  }

  flag(key: string): boolean {
    const value = this.#at(key) ?? false;
    return typeof value === 'boolean' ? value : refuse(this.#under(key), 'a boolean');
  }

  /** An integer from 0 to `max`. */
  uint(key: string, max: number): number {
    return Number(this.u64(key, BigInt(max)));
  }

  u64(key: string, max = (1n << 64n) - 1n): bigint {
    const value = this.#at(key) ?? 0;
    const exact = typeof value === 'bigint' ? value : typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : refuse(this.#under(key), 'an integer');
    return exact >= 0n && exact <= max ? exact : refuse(this.#under(key), `an integer from 0 to ${max}`);
  }

  /** As `uint`, for a field that must be there. */
  requiredUint(key: string, max: number): number {
    return this.has(key) ? this.uint(key, max) : refuse(this.#under(key), 'there');
  }

  /** Notes the keys that nobody asked for. */
  end(): void {
    for (const key of this.#members.keys()) if (!this.#asked.has(key)) this.#unknown.push(this.#under(key));
  }

  #list(key: string, max = MAX_ITEMS): readonly JsonValue[] {
    const value = this.#at(key) ?? [];
    return isList(value) && value.length <= max ? value : refuse(this.#under(key), `an array of at most ${max}`);
  }

  #under(key: string): string {
    return `${this.#path === '' ? '' : `${this.#path}.`}${key.slice(0, 80)}`;
  }

  #at(key: string): JsonValue | undefined {
    this.#asked.add(key);
    return this.#members.get(key) ?? undefined;
  }
}

/** Refuses anything but `length` bytes of hex. Raises `MANIFEST_MALFORMED`. */
export function hexOf(text: string, length: number, path: string): string {
  return text.length === 2 * length && /^[0-9a-f]*$/i.test(text) ? text.toLowerCase() : refuse(path, `${length} bytes of hex`);
}

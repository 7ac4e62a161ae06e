/** Typed access to values of `parseJson`. Every fault names its path and raises `JSON_MALFORMED` or the given code. */
import type { JsonArray, JsonObject, JsonValue } from './json';
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

/** Where a value stands; the path's text is only made when a fault names it. */
interface Place {
  readonly above?: Place;
  readonly step: string;
}

function pathOf(place: Place): string {
  const steps: string[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.above) steps.unshift(at.step);
  return steps.join('');
}

/** One value and where it stands. */
export class JsonView {
  readonly #value: JsonValue | undefined;
  readonly #place: Place;
  readonly #code: Code;

  constructor(value: JsonValue | undefined, place: string | Place = '$', code: Code = 'JSON_MALFORMED') {
    this.#value = value;
    this.#place = typeof place === 'string' ? { step: place } : place;
    this.#code = code;
  }

  get present(): boolean {
    return this.#value !== undefined;
  }

  /** The member of this name, which may be absent. */
  get(key: string): JsonView {
    return new JsonView(this.object().get(key), { above: this.#place, step: `.${key}` }, this.#code);
  }

  object(): JsonObject {
    return this.#value instanceof Map ? this.#value : this.#refuse('an object');
  }

  /** The items of an array of at most `max` items. */
  items(max = 1024): readonly JsonView[] {
    const array = this.#array();
    if (array.length > max) this.#refuse(`an array of at most ${max}`);
    return array.map((item, index) => new JsonView(item, { above: this.#place, step: `[${index}]` }, this.#code));
  }

  string(): string {
    return typeof this.#value === 'string' ? this.#value : this.#refuse('a string');
  }

  /** One of these strings, exactly. */
  oneOf<S extends string>(allowed: readonly S[]): S {
    const text = this.string();
    return allowed.find((candidate) => candidate === text) ?? this.#refuse(`one of ${allowed.join(' ')}`);
  }

  boolean(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.#refuse('a boolean');
  }

  /** An integer from 0 to `max` (2^53 - 1 unless said otherwise). */
  uint(max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max ? value : this.#refuse(`an integer from 0 to ${max}`);
  }

  /** Exactly `byteLength` bytes of hex, lower-cased. */
  hex(byteLength: number): string {
    const text = this.string();
    return text.length === 2 * byteLength && /^[0-9a-f]*$/i.test(text) ? text.toLowerCase() : this.#refuse(`${byteLength} bytes of hex`);
  }

  /** Ms since the epoch of a UTC time `2026-01-31T12:00:00Z`. */
  time(): number {
    const text = this.string();
    const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(time) || new Date(time).toISOString().replace('.000', '') !== text ? this.#refuse('a UTC time') : time;
  }

  #array(): JsonArray {
    return isArray(this.#value) ? this.#value : this.#refuse('an array');
  }

  #refuse(wanted: string): never {
    throw new CodedError(this.#code, `${pathOf(this.#place)} is not ${wanted}`);
  }
}

const isArray = (value: JsonValue | undefined): value is JsonArray => Array.isArray(value);

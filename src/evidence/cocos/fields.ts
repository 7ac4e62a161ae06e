/** Fields of Cocos’s messages in their JSON form. Names may be lowerCamelCase (protojson) or snake_case (older Cube), never both at once. */
import type { Code } from '../../checks/codes';
import { CodedError } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import type { JsonValue } from '../../encoding/json';
import type { ReportField, ReportSource } from '../sevsnp/report-message';

/** Code of everything in a container that is not what Cocos sends. */
export const FORM: Code = 'COCOS_FORM';

export const refuseForm = (what: string): never => {
  throw new CodedError(FORM, what);
};

/** `mr_signer_seam` → `mrSignerSeam`. */
export const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase());

const DECIMAL = /^(?:0|[1-9]\d{0,19})$/;

/** One JSON object by its .proto names. */
export class JsonFields implements ReportSource {
  readonly #object: ReadonlyMap<string, JsonValue>;
  readonly #place: string;
  readonly #code: Code;

  constructor(value: JsonValue | undefined, place: string, code: Code = FORM) {
    this.#place = place;
    this.#code = code;
    this.#object = value instanceof Map ? value : this.refuse('', 'is no object');
  }

  /** The value under either spelling; `undefined` for one that is absent or null. */
  value(name: string): JsonValue | undefined {
    const spelled = camel(name);
    const [one, other] = [this.#object.get(name), spelled === name ? undefined : this.#object.get(spelled)];
    if (one !== undefined && other !== undefined) return this.refuse(name, 'is there in both spellings');
    return one ?? other ?? undefined;
  }

  has(name: string): boolean {
    return this.value(name) !== undefined;
  }

  /** Refuses every key but these. */
  only(names: readonly string[]): this {
    const known = new Set(names.flatMap((name) => [name, camel(name)]));
    const stranger = [...this.#object.keys()].find((key) => !known.has(key));
    return stranger === undefined ? this : this.refuse(stranger.slice(0, 40), 'is not known');
  }

  object(name: string): JsonFields | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : new JsonFields(value, this.#at(name), this.#code);
  }

  objects(name: string, max: number): readonly JsonFields[] {
    return this.list(name, max).map((value, i) => new JsonFields(value, `${this.#at(name)}[${i}]`, this.#code));
  }

  list(name: string, max: number): readonly JsonValue[] {
    const value = this.value(name) ?? [];
    if (!Array.isArray(value)) return this.refuse(name, 'is no list');
    const items: readonly JsonValue[] = value;
    return items.length <= max ? items : this.refuse(name, `has more than ${max} items`);
  }

  /** Keys and values of an object that stands for a map. */
  entries(name: string, max: number): readonly (readonly [string, JsonValue])[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (!(value instanceof Map)) return this.refuse(name, 'is no object');
    const entries: readonly (readonly [string, JsonValue])[] = [...value];
    return entries.length <= max ? entries : this.refuse(name, `has more than ${max} members`);
  }

  uint({ name }: Pick<ReportField, 'name'>, max: bigint): bigint {
    return this.optionalUint(name, max) ?? 0n;
  }

  /** A number, or a decimal text as protojson writes 64-bit ones: no digit is lost either way. */
  optionalUint(name: string, max: bigint): bigint | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const number = typeof value === 'bigint' ? value : typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : typeof value === 'string' && DECIMAL.test(value) ? BigInt(value) : undefined;
    return number !== undefined && number >= 0n && number <= max ? number : this.refuse(name, `is no whole number from 0 to ${max}`);
  }

  bytes({ name }: Pick<ReportField, 'name'>): Uint8Array | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : this.base64(value, name);
  }

  base64(value: JsonValue, name: string): Uint8Array {
    return typeof value === 'string' ? fromBase64(value, this.#code) : this.refuse(name, 'is no base64');
  }

  text(name: string, maxLength: number): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    return typeof value === 'string' && value.length <= maxLength ? value : this.refuse(name, `is no text of at most ${maxLength} characters`);
  }

  flag(name: string): boolean {
    const value = this.value(name) ?? false;
    return typeof value === 'boolean' ? value : this.refuse(name, 'is neither true nor false');
  }

  refuse(name: string, what: string): never {
    throw new CodedError(this.#code, `${name === '' ? this.#place : this.#at(name)} ${what}`);
  }

  #at(name: string): string {
    return `${this.#place}.${name}`;
  }
}

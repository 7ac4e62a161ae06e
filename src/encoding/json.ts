/**
 * A strict JSON reader (RFC 8259): refuses duplicate keys, deep nesting, oversized input and anything after the value,
 * and loses no digit: integers beyond 2^53 come as `bigint`. Objects are Maps, so that no key can touch a prototype.
 */
import { CodedError } from '../checks/error';
import type { Code } from '../checks/codes';

export type JsonValue = null | boolean | number | bigint | string | JsonArray | JsonObject;
export type JsonArray = readonly JsonValue[];
export type JsonObject = ReadonlyMap<string, JsonValue>;

export interface JsonLimits {
  /** Nesting of arrays and objects; 32 unless said otherwise. */
  readonly maxDepth?: number;
  /** UTF-16 units; 4 Mi unless said otherwise. */
  readonly maxLength?: number;
  /** Code of every fault; `JSON_MALFORMED` unless said otherwise. */
  readonly code?: Code;
}

/** Reads one JSON text whole. Raises `JSON_MALFORMED` or the given code. */
export function parseJson(text: string, limits: JsonLimits = {}): JsonValue {
  const scanner = new JsonScanner(text, limits);
  const value = scanner.value();
  scanner.end();
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
// eslint-disable-next-line no-control-regex -- control characters are what JSON forbids inside strings
const PLAIN = /[^"\\\u0000-\u001f]*/y;
// eslint-disable-next-line no-control-regex -- as above
const SPECIAL = /[\\\u0000-\u001f]/;
/** Longer digit runs than any field we read; BigInt is quadratic in them. */
const MAX_NUMBER = 128;

/** The position-keeping half of the reader; `json-slice.ts` uses it to find where a value begins and ends. */
export class JsonScanner {
  readonly text: string;
  readonly #maxDepth: number;
  readonly #code: Code;
  #at = 0;
  #depth = 0;

  constructor(text: string, limits: JsonLimits = {}) {
    this.text = text;
    this.#maxDepth = limits.maxDepth ?? 32;
    this.#code = limits.code ?? 'JSON_MALFORMED';
    const maxLength = limits.maxLength ?? 4 * 1024 * 1024;
    if (text.length > maxLength) throw new CodedError(this.#code, `${text.length} characters, at most ${maxLength} are read`);
  }

  /** Where the next character stands, after white space. */
  position(): number {
    for (;;) {
      const unit = this.text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return this.#at;
      this.#at += 1;
    }
  }

  /** Where the last read value ended. */
  get offset(): number {
    return this.#at;
  }

  value(): JsonValue {
    const char = this.text.charAt(this.position());
    switch (char) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  /** Walks an object's members: `member` reads each value itself. Duplicate keys are refused. */
  members(member: (key: string) => void): void {
    this.#open('{');
    const seen = new Set<string>();
    if (!this.#took('}')) {
      do {
        this.position();
        const key = this.string();
        if (seen.has(key)) this.#refuse(`the key ${JSON.stringify(key.slice(0, 40))} twice`);
        seen.add(key);
        this.#expect(':');
        member(key);
      } while (this.#took(','));
      this.#expect('}');
    }
    this.#depth -= 1;
  }

  string(): string {
    this.#expect('"');
    // Most strings hold nothing special: up to the next quote they are one slice.
    const close = this.text.indexOf('"', this.#at);
    const simple = close < 0 ? undefined : this.text.slice(this.#at, close);
    if (simple !== undefined && !SPECIAL.test(simple)) {
      this.#at = close + 1;
      return simple;
    }
    let text = '';
    for (;;) {
      text += this.#match(PLAIN) ?? '';
      const char = this.text.charAt(this.#at);
      this.#at += 1;
      if (char === '"') return text;
      if (char !== '\\') this.#refuse('a string that does not end or holds a control character');
      text += this.#escape();
    }
  }

  end(): void {
    if (this.position() !== this.text.length) this.#refuse('text after the value');
  }

  #object(): JsonObject {
    const object = new Map<string, JsonValue>();
    this.members((key) => object.set(key, this.value()));
    return object;
  }

  #array(): JsonArray {
    const array: JsonValue[] = [];
    this.#open('[');
    if (!this.#took(']')) {
      do array.push(this.value());
      while (this.#took(','));
      this.#expect(']');
    }
    this.#depth -= 1;
    return array;
  }

  #number(): number | bigint {
    const token = this.#match(NUMBER);
    if (token === undefined) this.#refuse('no value where one belongs');
    if (token.length > MAX_NUMBER) this.#refuse('a number of absurd length');
    const value = Number(token);
    if (/^-?\d+$/.test(token) && !Number.isSafeInteger(value)) return BigInt(token);
    if (!Number.isFinite(value)) this.#refuse('a number without a finite value');
    return value;
  }

  #escape(): string {
    const char = this.text.charAt(this.#at);
    this.#at += 1;
    if (char === 'u') {
      const digits = this.#match(HEX4);
      if (digits === undefined) this.#refuse('a broken escape');
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    return ESCAPES[char] ?? this.#refuse('a broken escape');
  }

  #word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.#at)) this.#refuse('no value where one belongs');
    this.#at += word.length;
    return value;
  }

  #open(char: string): void {
    this.#expect(char);
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) this.#refuse(`nested deeper than ${this.#maxDepth}`);
  }

  #expect(char: string): void {
    if (!this.#took(char)) this.#refuse(`no ${char} where one belongs`);
  }

  #took(char: string): boolean {
    if (this.text.charAt(this.position()) !== char) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #refuse(detail: string): never {
    throw new CodedError(this.#code, `${detail} (position ${this.#at})`);
  }
}

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

const CHAR = { quote: 0x22, comma: 0x2c, colon: 0x3a, openBracket: 0x5b, closeBracket: 0x5d, openBrace: 0x7b, closeBrace: 0x7d, t: 0x74, f: 0x66, n: 0x6e } as const;

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
    switch (this.text.charCodeAt(this.position())) {
      case CHAR.openBrace:
        return this.#object();
      case CHAR.openBracket:
        return this.#array();
      case CHAR.quote:
        return this.string();
      case CHAR.t:
        return this.#word('true', true);
      case CHAR.f:
        return this.#word('false', false);
      case CHAR.n:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  /** Walks an object's members: `read` reads each value itself and keeps it in `members`, which so knows a key that comes twice. */
  object<V>(members: Map<string, V>, read: () => V): void {
    this.#open(CHAR.openBrace);
    if (!this.#took(CHAR.closeBrace)) {
      do {
        const key = this.string();
        if (members.has(key)) this.#refuse(`the key ${JSON.stringify(key.slice(0, 40))} twice`);
        this.#expect(CHAR.colon);
        members.set(key, read());
      } while (this.#took(CHAR.comma));
      this.#expect(CHAR.closeBrace);
    }
    this.#depth -= 1;
  }

  string(): string {
    this.#expect(CHAR.quote);
    // Most strings hold nothing special: up to the next quote they are one slice.
    const close = this.text.indexOf('"', this.#at);
    const simple = close < 0 ? '\\' : this.text.slice(this.#at, close);
    if (SPECIAL.test(simple)) return this.#specialString();
    this.#at = close + 1;
    return simple;
  }

  end(): void {
    if (this.position() !== this.text.length) this.#refuse('text after the value');
  }

  #object(): JsonObject {
    const members = new Map<string, JsonValue>();
    this.object(members, () => this.value());
    return members;
  }

  #array(): JsonArray {
    const array: JsonValue[] = [];
    this.#open(CHAR.openBracket);
    if (!this.#took(CHAR.closeBracket)) {
      do array.push(this.value());
      while (this.#took(CHAR.comma));
      this.#expect(CHAR.closeBracket);
    }
    this.#depth -= 1;
    return array;
  }

  #specialString(): string {
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

  #number(): number | bigint {
    const token = this.#match(NUMBER);
    if (token === undefined) this.#refuse('no value where one belongs');
    if (token.length > MAX_NUMBER) this.#refuse('a number of absurd length');
    const value = Number(token);
    if (!Number.isSafeInteger(value) && /^-?\d+$/.test(token)) return BigInt(token);
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

  #open(unit: number): void {
    this.#expect(unit);
    this.#depth += 1;
    if (this.#depth > this.#maxDepth) this.#refuse(`nested deeper than ${this.#maxDepth}`);
  }

  #expect(unit: number): void {
    if (!this.#took(unit)) this.#refuse(`no ${String.fromCharCode(unit)} where one belongs`);
  }

  #took(unit: number): boolean {
    if (this.text.charCodeAt(this.position()) !== unit) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.text)) return undefined;
    const start = this.#at;
    this.#at = pattern.lastIndex;
    return this.text.slice(start, this.#at);
  }

  #refuse(detail: string): never {
    throw new CodedError(this.#code, `${detail} (position ${this.#at})`);
  }
}

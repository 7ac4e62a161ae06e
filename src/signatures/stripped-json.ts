/**
 * The digest under a JSON answer's signature, from the raw bytes as they come: white space outside strings is left out,
 * every other byte is hashed as it is. Nothing is parsed and written anew: `1.0`, `1e-05`, escapes and key order stay.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../encoding/hex';
import { utf8Bytes } from '../encoding/bytes';
import { escapeBeyondAscii } from './python-json';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const KEY_LIMIT = 64;

export interface StrippedJson {
  /** SHA-256 of the bytes without insignificant white space, lower-case hex. */
  readonly sha256: string;
  /** The same with DEL and all non-ASCII as `\uXXXX`, for gateways that wrote the JSON anew in UTF-8; only where it differs. */
  readonly escaped?: string;
  /** An object or array was opened and closed. */
  readonly closed: boolean;
  /** Significant bytes behind the close. */
  readonly trailing: boolean;
  /** White space inside a number or word: such bytes would vanish from the digest, and no reader takes them. */
  readonly splitToken: boolean;
}

const isWhite = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isStructural = (byte: number) => byte === 0x7b || byte === 0x7d || byte === 0x5b || byte === 0x5d || byte === 0x3a || byte === 0x2c || byte === QUOTE;

export class StrippedJsonDigest {
  readonly #hash = sha256.create();
  readonly #onTopKey: (key: string) => void;
  #escaped: EscapedTwin | undefined;
  #depth = 0;
  #opened = false;
  #outermost = 0;
  #trailing = false;
  #splitToken = false;
  #inString = false;
  #afterBackslash = false;
  /** The last significant byte outside a string, and whether white space came since. */
  #last = 0;
  #gap = false;
  /** Bytes of the string that may be a key of the outermost object. */
  #key: number[] | undefined;

  constructor(onTopKey: (key: string) => void = () => {}) {
    this.#onTopKey = onTopKey;
  }

  push(bytes: Uint8Array): void {
    const kept = new Uint8Array(bytes.length);
    let length = 0;
    for (let i = 0; i < bytes.length; i += 1) {
      const byte = bytes[i] ?? 0;
      if (this.#inString) this.#insideString(byte);
      else if (isWhite(byte)) {
        this.#gap = true;
        continue;
      } else this.#outsideString(byte);
      kept[length] = byte;
      length += 1;
    }
    this.#take(kept.subarray(0, length));
  }

  finish(): StrippedJson {
    const escaped = this.#escaped?.finish();
    return {
      sha256: toHex(this.#hash.digest()),
      ...(escaped === undefined ? {} : { escaped }),
      closed: this.#opened && this.#depth === 0 && !this.#inString,
      trailing: this.#trailing,
      splitToken: this.#splitToken,
    };
  }

  #insideString(byte: number): void {
    if (this.#afterBackslash) this.#afterBackslash = false;
    else if (byte === BACKSLASH) this.#afterBackslash = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      this.#endKey();
      return;
    }
    if (this.#key !== undefined && this.#key.push(byte) > KEY_LIMIT) this.#key = undefined;
  }

  #outsideString(byte: number): void {
    if (this.#opened && this.#depth === 0) this.#trailing = true;
    if (this.#gap && !isStructural(byte) && this.#last !== 0 && !isStructural(this.#last)) this.#splitToken = true;
    if (byte === QUOTE) {
      this.#inString = true;
      // In the outermost object a string behind `{` or `,` is a key.
      this.#key = this.#depth === 1 && this.#outermost === 0x7b && (this.#last === 0x7b || this.#last === 0x2c) ? [] : undefined;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (!this.#opened) this.#outermost = byte;
      this.#depth += 1;
      this.#opened = true;
    } else if ((byte === 0x7d || byte === 0x5d) && this.#depth > 0) this.#depth -= 1;
    this.#last = byte;
    this.#gap = false;
  }

  #endKey(): void {
    if (this.#key === undefined) return;
    const raw = String.fromCharCode(...this.#key);
    this.#key = undefined;
    this.#onTopKey(raw.replace(/\\u([0-9a-fA-F]{4})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))));
  }

  #take(kept: Uint8Array): void {
    if (this.#escaped !== undefined) this.#escaped.update(kept);
    else {
      const beyond = kept.findIndex((byte) => byte >= 0x7f);
      if (beyond >= 0) {
        this.#escaped = new EscapedTwin(this.#hash.clone().update(kept.subarray(0, beyond)));
        this.#escaped.update(kept.subarray(beyond));
      }
    }
    this.#hash.update(kept);
  }
}

/** The same digest over the escaped form, begun where the two forms part. */
class EscapedTwin {
  readonly #hash: ReturnType<typeof sha256.create>;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #broken = false;

  constructor(hash: ReturnType<typeof sha256.create>) {
    this.#hash = hash;
  }

  update(bytes: Uint8Array): void {
    this.#decode(() => this.#decoder.decode(bytes, { stream: true }));
  }

  finish(): string | undefined {
    this.#decode(() => this.#decoder.decode());
    return this.#broken ? undefined : toHex(this.#hash.digest());
  }

  #decode(read: () => string): void {
    if (this.#broken) return;
    try {
      this.#hash.update(utf8Bytes(escapeBeyondAscii(read())));
    } catch (error) {
      // Bytes that are not UTF-8 have no escaped form; the digest of the raw bytes stands alone.
      if (!(error instanceof TypeError)) throw error;
      this.#broken = true;
    }
  }
}

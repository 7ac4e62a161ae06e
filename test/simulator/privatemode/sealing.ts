/**
 * Members of a JSON object encrypted one by one: `<secret id>:<nonce>:<iv>:<ciphertext and tag>` in the place of a value.
 * AES-256-GCM over the value's JSON text; the additional data is the nonce, which a request and its answer share, and the
 * field's number (4 bytes, little-endian), counted from 0 in either direction in the order of the sorted names. Runs in Node and in the page.
 */

/** What both sides hold after an agreement. */
export interface Secret {
  /** Base64 of SHA-256 over the client's public key. */
  readonly id: string;
  /** 32 bytes. */
  readonly data: Uint8Array;
}

export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
export const toHex = (bytes: Uint8Array): string => [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join('');
const fromHex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export const newNonce = (): string => toHex(crypto.getRandomValues(new Uint8Array(12)));

export type Members = Readonly<Record<string, unknown>>;

/** Never encrypted in a chat's request and in its answer. */
export const PLAIN_REQUEST: readonly string[] = ['model', 'stream_options', 'max_tokens', 'max_completion_tokens', 'n', 'stream'];
export const PLAIN_ANSWER: readonly string[] = ['id', 'usage'];

const FIELD = /^([^:]+):([0-9a-f]{24}):([0-9a-f]{24}):([0-9a-f]+)$/;

/** Secret id and nonce of the first encrypted member. */
export function namedIn(members: Members): { readonly id: string; readonly nonce: string } | undefined {
  for (const value of Object.values(members)) {
    const [, id, nonce] = (typeof value === 'string' ? FIELD.exec(value) : null) ?? [];
    if (id !== undefined && nonce !== undefined) return { id, nonce };
  }
  return undefined;
}

/** One direction of one exchange: its fields are numbered on from object to object. */
export class Direction {
  readonly #secret: Secret;
  readonly #nonce: string;
  readonly #plain: readonly string[];
  #next = 0;

  constructor(secret: Secret, nonce: string, plain: readonly string[]) {
    this.#secret = secret;
    this.#nonce = nonce;
    this.#plain = plain;
  }

  async seal(members: Members): Promise<Record<string, unknown>> {
    return await this.#each(members, async (value, form, key) => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const sealed = await crypto.subtle.encrypt({ ...form, iv }, key, new TextEncoder().encode(JSON.stringify(value)));
      return [this.#secret.id, this.#nonce, toHex(iv), toHex(new Uint8Array(sealed))].join(':');
    });
  }

  /** Raises on a member that is not encrypted and on one that was sealed for another place. */
  async open(members: Members): Promise<Record<string, unknown>> {
    return await this.#each(members, async (value, form, key, name) => {
      const [, id, nonce, iv = '', sealed = ''] = (typeof value === 'string' ? FIELD.exec(value) : null) ?? [];
      if (id === undefined) throw new Error(`${name} is not encrypted`);
      if (id !== this.#secret.id || nonce !== this.#nonce) throw new Error(`${name} is encrypted for another exchange`);
      const clear: unknown = JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ ...form, iv: fromHex(iv) }, key, fromHex(sealed))));
      return clear;
    });
  }

  async #each(members: Members, change: (value: unknown, form: { readonly name: 'AES-GCM'; readonly additionalData: Uint8Array<ArrayBuffer> }, key: CryptoKey, name: string) => Promise<unknown>): Promise<Record<string, unknown>> {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(this.#secret.data), 'AES-GCM', false, ['encrypt', 'decrypt']);
    const changed: Record<string, unknown> = { ...members };
    for (const name of Object.keys(members).filter((one) => !this.#plain.includes(one)).sort()) {
      const additionalData = new Uint8Array(16);
      additionalData.set(fromHex(this.#nonce));
      new DataView(additionalData.buffer).setUint32(12, this.#next, true);
      this.#next += 1;
      changed[name] = await change(members[name], { name: 'AES-GCM', additionalData }, key, name);
    }
    return changed;
  }
}

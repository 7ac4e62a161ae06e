/**
 * What Privatemode's SDK does in its web chat, call by call: fetches the published manifest, attests the deployment with a
 * nonce of its own, agrees a secret, keeps it for the tab, and encrypts and decrypts with it. Unlike the SDK it verifies no
 * hardware; it compares manifests, which is what makes the real page refuse a deployment.
 */
import { newKeyPair, opened } from '../hpke.ts';
import { Direction, fromBase64, newNonce, PLAIN_ANSWER, PLAIN_REQUEST, toBase64 } from '../sealing.ts';
import type { Members, Secret } from '../sealing.ts';

const API = 'https://api.privatemode.ai';
const MANIFEST = 'https://cdn.confidential.cloud/privatemode/v2/manifest.json';
const VERSION = 'v1.40.0';
/** A secret counts as old a quarter of an hour before the service drops it. */
const LIFETIME_S = 45 * 60;

const STORED_SECRET = 'privatemode-secret';
const STORED_MANIFEST = 'privatemode-manifest';

export class ManifestMismatch extends Error {}

/** Whole, read as Go's WebAssembly reads: piece by piece from the stream. */
async function* piecesOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) yield piece.value;
  } finally {
    // As Go closes a body, read to its end or not.
    await reader?.cancel();
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of piecesOf(response)) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> => new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));

export interface State {
  readonly secret: Secret;
  /** SHA-256 over the manifest read and written anew, as the real page's security view shows it; hex. */
  readonly manifestHash: string;
  /** False when the secret came out of the tab's storage. */
  readonly attested: boolean;
}

export class Session {
  readonly #key: () => string;

  constructor(key: () => string) {
    this.#key = key;
  }

  /** What the tab kept, or a new attestation and agreement. */
  async start(): Promise<State> {
    return (await this.#resumed()) ?? (await this.#anew());
  }

  forget(): void {
    for (const name of [STORED_SECRET, STORED_MANIFEST]) sessionStorage.removeItem(name);
  }

  async #resumed(): Promise<State | undefined> {
    const [secret, manifest] = [sessionStorage.getItem(STORED_SECRET), sessionStorage.getItem(STORED_MANIFEST)];
    if (secret === null || manifest === null) return undefined;
    const { id, data, expiresAtUnix }: { readonly id: string; readonly data: string; readonly expiresAtUnix: number } = JSON.parse(secret);
    return expiresAtUnix * 1000 < Date.now() ? undefined : { secret: { id, data: fromBase64(data) }, manifestHash: await shownHash(fromBase64(manifest)), attested: false };
  }

  async #anew(): Promise<State> {
    const manifest = await this.#attested();
    const secret = await this.#agreed();
    sessionStorage.setItem(STORED_MANIFEST, toBase64(manifest));
    sessionStorage.setItem(STORED_SECRET, JSON.stringify({ id: secret.id, data: toBase64(secret.data), expiresAtUnix: Math.floor(Date.now() / 1000) + LIFETIME_S }));
    return { secret, manifestHash: await shownHash(manifest), attested: true };
  }

  /** Accepts whichever manifest is published; fetches it once more where another one is in force. */
  async #attested(): Promise<Uint8Array> {
    const published = async (): Promise<Uint8Array> => new TextEncoder().encode(await textOf(await fetch(`${MANIFEST}?t=${Date.now()}`)));
    const expected = await published();
    try {
      return await this.#attestedAs(expected);
    } catch (error) {
      if (!(error instanceof ManifestMismatch)) throw error;
      return await this.#attestedAs(await published());
    }
  }

  async #attestedAs(expected: Uint8Array): Promise<Uint8Array> {
    const nonce = crypto.getRandomValues(new Uint8Array(32));
    const { AttestationDoc }: { readonly AttestationDoc: string } = JSON.parse(await textOf(await this.#post('/privatemode/v1/attest', { Nonce: toBase64(nonce) })));
    const { manifests }: { readonly manifests: readonly string[] } = JSON.parse(new TextDecoder().decode(fromBase64(AttestationDoc)));
    if (manifests.length !== 1 || manifests[0] !== toBase64(expected)) throw new ManifestMismatch('active manifest does not match expected manifest');
    return expected;
  }

  async #agreed(): Promise<Secret> {
    const pair = newKeyPair();
    const { EncapsulatedKey }: { readonly EncapsulatedKey: string } = JSON.parse(await textOf(await this.#post('/privatemode/v1/secret', { PublicKey: toBase64(pair.publicKey) })));
    return { id: toBase64(await sha256(pair.publicKey)), data: opened(fromBase64(EncapsulatedKey), pair) };
  }

  /** As Go sends it: the body as bytes, no Content-Type. */
  async #post(path: string, body: Members, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const response = await fetch(API + path, {
      method: 'POST', body: new TextEncoder().encode(JSON.stringify(body)),
      headers: { authorization: `Bearer ${this.#key()}`, 'privatemode-version': VERSION, 'privatemode-client': 'App', ...headers },
    });
    if (!response.ok) throw new Error(`${response.status} ${await textOf(response)}`);
    return response;
  }

  /** One chat, encrypted; gives the objects of its answer, decrypted: one, or a stream's. */
  async *chat({ secret }: State, body: Members): AsyncGenerator<Members> {
    const nonce = newNonce();
    const sealed = await new Direction(secret, nonce, PLAIN_REQUEST).seal(body);
    const model = body['model'];
    const response = await this.#post('/v1/chat/completions', sealed, { 'content-type': 'application/json', 'privatemode-secret-id': secret.id, 'privatemode-target-model': typeof model === 'string' ? model : '' });
    const direction = new Direction(secret, nonce, PLAIN_ANSWER);
    if (body['stream'] !== true) {
      yield await direction.open(JSON.parse(await textOf(response)));
      return;
    }
    const decoder = new TextDecoder();
    let rest = '';
    let ended = false;
    for await (const piece of piecesOf(response)) {
      const events = (rest + decoder.decode(piece, { stream: true })).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = event.slice('data: '.length);
        if (data === '[DONE]') ended = true;
        else yield await direction.open(JSON.parse(data));
      }
    }
    if (!ended) throw new Error('The stream ended early.');
  }
}

async function shownHash(manifest: Uint8Array): Promise<string> {
  const read: unknown = JSON.parse(new TextDecoder().decode(manifest));
  return [...(await sha256(new TextEncoder().encode(JSON.stringify(read))))].map((octet) => octet.toString(16).padStart(2, '0')).join('');
}

/** `GET /v1/signature/{id}`: who signs an answer, over what, and for how long the signature can be had. */
import type { Switchboard } from '../faults.ts';
import { sha256 } from '../pki/keys.ts';
import { ZERO_KEY } from './keys.ts';
import type { Algorithm, AnswerKey } from './keys.ts';
import { otherModel } from './machines.ts';
import type { Model } from './machines.ts';
import { gatewayKey, modelKey, strangerKey } from './report.ts';
import type { Shape } from './report.ts';

/** What was signed, when it ended. */
export interface Signed {
  readonly model: Model;
  /** By whose bytes: the model machine's own, or what the gateway handed on. */
  readonly by: 'model' | 'gateway';
  /** Every byte of the request. */
  readonly request: Buffer;
  /** Every byte of the answer, as the signer sent it. */
  readonly response: Buffer;
}

type Kept = { readonly at: number; readonly signed: Signed } | { readonly at: number; readonly disconnected: true };

export type Found = { readonly status: number; readonly body: object };

/** A signature can be had this long after the end of its answer, in ms, and until it is dropped. */
const READY = 150;
const READY_LATE = 2000;
const LIFETIME = 20 * 60 * 1000;
const MOST = 1000;

const failure = (message: string, type: string): object => ({ error: { message, type, param: null, code: null } });
const MISSING: Found = { status: 404, body: failure('Chat id not found or expired', 'not_found') };
/** HTTP 200 all the same. */
const DISCONNECTED: Found = { status: 200, body: { error_code: 'STREAM_DISCONNECTED', message: 'Client disconnected before the response was complete; no signature is available.' } };

/** Keeps what was signed, and signs when asked: the same text always gives the same signature. */
export class Signatures {
  readonly #kept = new Map<string, Kept>();
  #first: Signed | undefined;
  #asked = 0;
  readonly #on: Switchboard;
  readonly #now: () => number;
  readonly #shape: Shape;

  constructor(on: Switchboard, now: () => number, shape: Shape) {
    this.#on = on;
    this.#now = now;
    this.#shape = shape;
  }

  keep(id: string, signed: Signed): void {
    this.#first ??= signed;
    this.#put(id, { at: this.#now(), signed });
  }

  /** The reader went away before the end. */
  drop(id: string): void {
    this.#put(id, { at: this.#now(), disconnected: true });
  }

  #put(id: string, kept: Kept): void {
    this.#kept.set(id, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest);
  }

  find(id: string, algorithm: Algorithm): Found {
    const on = this.#on;
    if (on.has('report-signature-500')) return { status: 500, body: failure('Internal server error', 'server_error') };
    const kept = this.#kept.get(id);
    const age = kept === undefined ? 0 : this.#now() - kept.at;
    this.#asked += 1;
    if (on.has('report-signature-elsewhere') && this.#asked % 2 === 1) return MISSING;
    const ready = on.has('report-signature-late') ? READY_LATE : READY;
    if (kept === undefined || age < ready || age > LIFETIME || on.has('report-signature-404')) return MISSING;
    if ('disconnected' in kept || on.has('report-signature-error-in-200')) return DISCONNECTED;
    return { status: 200, body: this.#statement(on.has('report-replayed') ? (this.#first ?? kept.signed) : kept.signed, algorithm) };
  }

  #statement(signed: Signed, algorithm: Algorithm): object {
    const on = this.#on;
    const key = this.#keyOf(signed, algorithm);
    const text = this.#text(signed);
    const signer = on.has('report-signature-wrong') ? strangerKey(key.algorithm) : key;
    const signature = signer.sign(on.has('report-signature-of-other-text') ? `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}` : text);
    const kind = this.#kind(signed);
    return {
      text, signature: on.has('report-signature-malformed') ? signature.slice(0, signature.length / 2) : signature,
      signing_address: key.address, signing_algo: key.algorithm, ...(kind === undefined ? {} : { signature_kind: kind }),
    };
  }

  #keyOf({ by, model }: Signed, algorithm: Algorithm): AnswerKey {
    const on = this.#on;
    if (on.has('report-unknown-key') || on.has('report-address-swapped')) return strangerKey(algorithm);
    if (on.has('report-zero-key')) return ZERO_KEY;
    if (on.has('report-other-models-key')) return modelKey(otherModel(model), algorithm, on);
    return by === 'gateway' || on.has('report-gateway-as-model') ? gatewayKey(algorithm) : modelKey(model, algorithm, on);
  }

  /** Two parts where nobody names the model: gateways, older machines, and machines that are asked directly. */
  #text({ by, model, request, response }: Signed): string {
    const on = this.#on;
    const digests = `${sha256(on.has('report-request-differs') ? `${request.toString()} ` : request).toString('hex')}:${sha256(response).toString('hex')}`;
    const named = on.has('report-text-names-other-model') || (by === 'model' && this.#shape !== 'direct' && !on.has('report-two-part') && !on.has('report-model-as-gateway'));
    return named ? `${on.has('report-text-names-other-model') ? otherModel(model) : model}:${digests}` : digests;
  }

  #kind({ by }: Signed): 'provider_tee' | 'gateway' | undefined {
    const on = this.#on;
    if (this.#shape === 'direct' || on.has('report-two-part')) return undefined;
    if (on.has('report-model-as-gateway')) return 'gateway';
    return by === 'gateway' ? 'gateway' : 'provider_tee';
  }
}

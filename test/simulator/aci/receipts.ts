/** `GET /v1/aci/receipts/{id}` and `GET /v1/aci/sessions/{id}`: what the gateway says of one answer, and of the machine behind it. */
import { randomBytes } from 'node:crypto';
import type { Switchboard } from '../faults.ts';
import { sha256 } from '../pki/keys.ts';
import { answerKey } from '../report/keys.ts';
import { otherModel } from '../report/machines.ts';
import type { Model } from '../report/machines.ts';
import { canonical } from './keyset.ts';
import type { Keyset } from './keyset.ts';

export interface Served {
  /** As the answer names itself. */
  readonly chatId: string;
  readonly model: Model;
  readonly path: string;
  /** Every byte of the request as it came, and of the answer as it was signed. */
  readonly request: Buffer;
  readonly response: Buffer;
}

interface Kept extends Served {
  readonly id: string;
  readonly at: number;
}

/** A receipt can be had this long after the end of its answer, in ms, and until it is dropped. */
const READY = 100;
const READY_LATE = 2000;
const LIFETIME = 20 * 60 * 1000;
const MOST = 1000;

const digestOf = (bytes: Buffer | string): string => `sha256:${sha256(bytes).toString('hex')}`;

/** The record of the machine of a model: what the gateway's own verifier made of it. Named by its content. */
export function session(model: Model, now: number): { readonly id: string; readonly document: object } {
  const evidence = Buffer.from(`simulated evidence of ${model}`);
  const unknown = { status: 'unknown' };
  // Whole hours, so that a session lasts as long as it says.
  const establishedAt = Math.floor(now / 3_600_000) * 3600;
  const document = {
    api_version: 'aci/1', upstream_name: model, endpoint: 'https://upstream.example', verifier_id: 'simulator/1', established_at: establishedAt, expires_at: establishedAt + 3600,
    channel_binding: [{ type: 'tls_spki_sha256', origin: 'https://upstream.example', spki_sha256: 'd1'.repeat(32) }],
    claims: { tee_attested: { status: 'asserted', source: 'hardware_proven', reason: 'simulated' }, gpu_attested: unknown, tcb_up_to_date: unknown, os_known_good: unknown, serving_software_known_good: unknown, model_weights_provenance: unknown },
    evidence: { digest: digestOf(evidence), data: `data:text/plain;base64,${evidence.toString('base64')}` },
  };
  return { id: sha256(canonical(document)).toString('hex'), document };
}

/** Keeps what was served, and signs when asked. */
export class Receipts {
  readonly #kept: Kept[] = [];
  readonly #on: Switchboard;
  readonly #now: () => number;
  readonly #keyset: () => Keyset;

  constructor(on: Switchboard, now: () => number, keyset: () => Keyset) {
    this.#on = on;
    this.#now = now;
    this.#keyset = keyset;
  }

  /** Names a receipt before its answer begins. */
  static newId(): string {
    return `rcpt-${randomBytes(12).toString('hex')}`;
  }

  keep(id: string, served: Served): void {
    this.#kept.push({ ...served, id, at: this.#now() });
    if (this.#kept.length > MOST) this.#kept.splice(1, 1);
  }

  /** By its own id or by that of its answer; `undefined` where there is none now. */
  find(id: string): object | undefined {
    const on = this.#on;
    const kept = this.#kept.find((one) => one.id === id || one.chatId === id);
    const age = kept === undefined ? 0 : this.#now() - kept.at;
    if (kept === undefined || age < (on.has('aci-receipt-late') ? READY_LATE : READY) || age > LIFETIME || on.has('aci-receipt-404')) return undefined;
    return this.#receipt(on.has('aci-receipt-of-another') ? (this.#kept[0] ?? kept) : kept);
  }

  #receipt({ id, chatId, model, path, request, response, at }: Kept): object {
    const on = this.#on;
    const { receiptKey, keyId, digest } = this.#keyset();
    const key = on.has('aci-receipt-unknown-key') ? answerKey('nobody/receipts', 'ed25519') : receiptKey;
    const upstream = on.has('aci-receipt-unverified')
      ? { type: 'upstream.verified', result: 'failed', required: false, model_id: model, reason: 'the machine offers no evidence' }
      : { type: 'upstream.verified', result: 'verified', required: true, model_id: model, session_id: session(model, this.#now()).id };
    const unsigned = {
      api_version: 'aci/1', receipt_id: id, chat_id: chatId, model: on.has('aci-receipt-other-model') ? otherModel(model) : model, workload_keyset_digest: digest, endpoint: path, method: 'POST',
      served_at: Math.floor(at / 1000), key_id: keyId,
      event_log: [{ type: 'request.received', body_hash: digestOf(request) }, { type: 'request.forwarded', body_hash: digestOf(request) }, upstream, { type: 'response.returned', body_hash: digestOf(response) }],
    };
    const signature = key.sign(canonical(unsigned));
    return { ...unsigned, ...(on.has('aci-receipt-tampered') ? { served_at: unsigned.served_at + 60 } : {}), signature };
  }
}

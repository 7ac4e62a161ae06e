/**
 * The attestation agent inside the (simulated) confidential VM: one signing key per start, evidence for any nonce,
 * signatures over answers. What it reports is what cc-attestation-agent-api reports, errors inside HTTP 200 included.
 */
import type { Switchboard } from '../faults.ts';
import { labelled } from '../pki/keys.ts';
import { OUT_OF_DATE, REVOKED, UP_TO_DATE } from '../tdx/machine.ts';
import { tdxQuote } from '../tdx/quote.ts';
import { gpuPart } from './gpu.ts';
import { dumps, py } from './python-json.ts';
import { personalSign, signingKey } from './signing.ts';
import type { SigningKey } from './signing.ts';

/** What the release would be called by; only ever claimed. */
export const IMAGE_DIGEST = `sha256:${labelled('agent image', 32).toString('hex')}`;
export const OTHER_IMAGE_DIGEST = `sha256:${labelled('agent image of somebody else', 32).toString('hex')}`;
export const VLLM_IMAGE_DIGEST = `sha256:${labelled('vllm image', 32).toString('hex')}`;

/** Offset of RTMR0 in a v4 quote: signed, and read by everyone. */
const TAMPERED_OFFSET = 48 + 328;

export interface Statement {
  readonly text: string;
  readonly signature: string;
  readonly signing_address: string;
  readonly signing_algo: 'ecdsa';
}

/** The agent's rule for nonces (`prepare_nonce`): 32 bytes, or the sentence of its error. */
export function prepareNonce(given: string | undefined, random: () => Buffer): Buffer | string {
  if (given === undefined || given === '') return random();
  const hex = given.toLowerCase().replaceAll('0x', '');
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) return 'Nonce Error: nonce must be a valid hex string';
  const bytes = Buffer.from(hex, 'hex');
  return bytes.length > 32 ? 'Nonce Error: nonce must be at most 32 bytes' : Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);
}

export class Agent {
  #key: SigningKey = signingKey('agent/0');
  #starts = 0;
  readonly #faults: Switchboard;
  readonly #now: () => number;

  constructor(faults: Switchboard, now: () => number) {
    this.#faults = faults;
    this.#now = now;
    faults.onSwitch((name, on) => { if (name === 'key-rotated' && on) this.restart(); });
  }

  /** The address the agent reports, EIP-55. */
  get address(): string {
    return this.#key.address;
  }

  /** A new process: a new key, and nothing remembers the old one. */
  restart(): void {
    this.#starts += 1;
    this.#key = signingKey(`agent/${this.#starts}`);
  }

  get imageDigest(): string | undefined {
    if (this.#faults.has('image-digest-missing')) return undefined;
    return this.#faults.has('image-digest-differs') ? OTHER_IMAGE_DIGEST : IMAGE_DIGEST;
  }

  #quote(nonce: Buffer): Buffer {
    const on = this.#faults;
    const asked = on.has('nonce-of-another-request') ? labelled('somebody else’s nonce', 32) : nonce;
    const address = Buffer.from(this.#key.address.slice(2), 'hex');
    return tdxQuote({
      reportData: on.has('address-bound') ? Buffer.concat([address, Buffer.alloc(12), asked]) : Buffer.concat([asked, Buffer.alloc(32)]),
      now: this.#now(),
      machine: on.has('pck-revoked') ? REVOKED : on.has('tcb-out-of-date') ? OUT_OF_DATE : UP_TO_DATE,
      version: on.has('quote-v5') || on.has('service-td') ? 5 : 4,
      debug: on.has('debug-td'),
      ...(on.has('service-td') ? { mrServiceTd: labelled('service td', 48) } : {}),
      ...(on.has('quote-tampered') ? { tamper: [[TAMPERED_OFFSET, 0x01] as const] } : {}),
      padding: on.has('quote-padded') ? 70 : 0,
    });
  }

  #gpu(nonce: Buffer): object {
    const { arch, items } = gpuPart(nonce, this.#faults);
    return { nonce: nonce.toString('hex'), arch, evidence_list: items, claims_version: '3.0' };
  }

  /** The report's JSON for a prepared nonce of 32 bytes. */
  attestation(nonce: Buffer): string {
    const on = this.#faults;
    const hex = nonce.toString('hex');
    const quote = on.has('tdx-error-in-200') ? 'Error: TDX Interface not found (/sys/kernel/config/tsm)' : this.#quote(nonce).toString('hex');
    const gpu = on.has('gpu-error-in-200')
      ? { error: 'NVIDIA SDK not installed' }
      : this.#gpu(nonce);
    return dumps(py({
      nonce: hex,
      ...(on.has('no-cpu-field') ? {} : { cpu: { quote } }),
      ...(on.has('no-gpu-field') ? {} : { gpu }),
      signing_address: this.#key.address,
      image_digest: this.imageDigest,
    }), true);
  }

  /** Signs `requestHash:responseHash`, with the faults that concern the signer. */
  sign(requestHash: string, responseHash: string): Statement {
    const on = this.#faults;
    const text = `${requestHash}:${responseHash}`;
    const claimed = on.has('key-swapped') ? signingKey('never attested') : this.#key;
    const signature = personalSign(on.has('signer-other-key') ? signingKey('somebody else') : claimed, text);
    return { text, signature: on.has('signature-malformed') ? signature.slice(0, 64) : signature, signing_address: claimed.address, signing_algo: 'ecdsa' };
  }
}

/** An ACI gateway's keys, and the number by which its hardware answers for them: byte for byte as the specification says (3.1, 3.2). */
import { answerKey } from '../report/keys.ts';
import type { AnswerKey } from '../report/keys.ts';
import { sha256 } from '../pki/keys.ts';

export interface Keyset {
  readonly receiptKey: AnswerKey;
  readonly keyId: string;
  /** As it stands in the report. */
  readonly document: object;
  /** `sha256:` and 64 hex. */
  readonly digest: string;
}

export interface KeysetOptions {
  /** Names the keys: another label, other keys. */
  readonly label: string;
  /** Ms since the epoch. */
  readonly notAfter: number;
  /** SHA-256 of the connection's DER public key, and the host that it is for. */
  readonly spki: Buffer;
  readonly domain: string;
}

/** Canonical JSON (RFC 8785) of what these documents hold: names of ASCII letters, whole numbers, text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

export function keysetOf({ label, notAfter, spki, domain }: KeysetOptions): Keyset {
  const receiptKey = answerKey(`aci receipts/${label}`, 'ed25519');
  const keyId = `receipt-${label}`;
  const document = {
    subject: 'dstack-app://simulated-gateway', not_after: Math.floor(notAfter / 1000),
    receipt_signing_keys: [{ key_id: keyId, algo: 'ed25519', public_key: receiptKey.publicKey }],
    e2ee_public_keys: [{ key_id: `e2ee-${label}`, algo: 'x25519-aes-256-gcm-hkdf-sha256', public_key: answerKey(`aci e2ee/${label}`, 'ed25519').publicKey }],
    tls_public_keys: [{ spki_sha256: spki.toString('hex'), domain }],
  };
  return { receiptKey, keyId, document, digest: `sha256:${sha256(canonical(document)).toString('hex')}` };
}

/** 64 bytes. Without a nonce (32 bytes) the statement answers nobody. */
export const reportDataFor = ({ digest }: Keyset, nonce: Buffer | undefined): Buffer =>
  Buffer.concat([sha256(`{"keyset_digest":"${digest}","nonce":${nonce === undefined ? 'null' : `"${nonce.toString('hex')}"`},"purpose":"aci.report_data.v1"}`), Buffer.alloc(32)]);

/** OCSP (RFC 6960) as NVIDIA's responder speaks it: delegated responders under each authority, SHA-1, SHA-256 or SHA-384 ids, the nonce given back. */
import { createHash } from 'node:crypto';
import { contentOf, elements, inside } from '../pki/der-read.ts';
import { extension } from '../pki/certificate.ts';
import { bits, element, enumerated, explicit, implicit, octets, oid, sequence } from '../pki/der.ts';
import { ECDSA_SHA384, issue } from '../pki/nvidia.ts';
import type { Authority } from '../pki/nvidia.ts';
import { derivedP384, signQuicklyDer } from '../pki/p384.ts';

export type CertificateState = 'good' | 'revoked' | 'hold' | 'unknown';

export interface OcspWorld {
  /** Authorities whose certificates the responder knows. */
  readonly issuers: () => readonly Authority[];
  /** What became of one; the serial number is hex without leading zero octets. */
  readonly state: (issuer: Authority, serial: string) => CertificateState;
  /** Ms since the epoch. */
  readonly now: () => number;
  /** `stale`: answers are as old as a week. */
  readonly age: () => 'current' | 'stale';
  /** False: the nonce is not given back. */
  readonly echo: () => boolean;
}

const DAY = 86_400_000;
const NONCE = '1.3.6.1.5.5.7.48.1.2';
const BASIC = '1.3.6.1.5.5.7.48.1.1';

/** Whole answers without a body: RFC 6960, 4.2.1. */
const refusal = (status: number): Buffer => sequence(enumerated(status));
export const MALFORMED = refusal(1);
/** What NVIDIA says of certificates that it keeps no record of. */
export const UNAUTHORIZED = refusal(6);

const HASHES: Readonly<Record<string, string>> = {
  [oid('1.3.14.3.2.26').toString('hex')]: 'sha1', [oid('2.16.840.1.101.3.4.2.1').toString('hex')]: 'sha256', [oid('2.16.840.1.101.3.4.2.2').toString('hex')]: 'sha384',
};

/** Before both coordinates of a key in a certificate. */
const UNCOMPRESSED = Buffer.from([0x04]);

interface Asked {
  /** The CertID as it came. */
  readonly id: Buffer;
  readonly issuer: Authority | undefined;
  /** Hex, without leading zero octets. */
  readonly serial: string;
}

function readId(certId: Buffer, issuers: readonly Authority[]): Asked {
  const [algorithm, name, key, serial] = inside(elements(certId)[0], 0x30);
  const [type] = inside(algorithm, 0x30);
  const hash = HASHES[type?.whole.toString('hex') ?? ''];
  const digest = (bytes: Uint8Array): Buffer => (hash === undefined ? Buffer.alloc(0) : createHash(hash).update(bytes).digest());
  const [nameHash, keyHash] = [contentOf(name, 0x04), contentOf(key, 0x04)];
  const issuer = issuers.find((one) => nameHash.equals(digest(one.name)) && keyHash.equals(digest(Buffer.concat([UNCOMPRESSED, one.key.point]))));
  return { id: certId, issuer, serial: contentOf(serial, 0x02).toString('hex').replace(/^(00)+(?=..)/, '') };
}

/** Every id asked about, and the nonce extension's value. Raises `RangeError` for what is no request. */
function readRequest(der: Buffer, issuers: readonly Authority[]): { readonly asked: readonly Asked[]; readonly nonce: Buffer | undefined } {
  const [body] = inside(elements(der)[0], 0x30);
  const parts = inside(body, 0x30);
  const list = inside(parts.find(({ tag }) => tag === 0x30), 0x30);
  const asked = list.map((request) => readId(inside(request, 0x30)[0]?.whole ?? Buffer.alloc(0), issuers));
  const extensions = parts.filter(({ tag }) => tag === 0xa2).flatMap((part) => inside(elements(part.content)[0], 0x30));
  const nonce = extensions.map((one) => inside(one, 0x30)).find(([type]) => type?.whole.equals(oid(NONCE)) === true)?.at(-1);
  return { asked, nonce: nonce === undefined ? undefined : contentOf(nonce, 0x04) };
}

const generalized = (ms: number): Buffer => element(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}Z`));

const EXTENSIONS = [extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.9')), true), extension('1.3.6.1.5.5.7.48.1.5', element(0x05))];
const responders = new Map<string, Authority>();

/** Renewed each month, good for two. */
function responderOf(issuer: Authority, now: number): Authority {
  const date = new Date(now);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const key = `${issuer.commonName}/${year}/${month}`;
  const known = responders.get(key) ?? issue({
    commonName: `NVIDIA OCSP Responder ${issuer.commonName.replace(/^NVIDIA /, '')}`, key: derivedP384(`nvidia ocsp/${key}`), issuer,
    notBefore: Date.UTC(year, month - 1, 1), notAfter: Date.UTC(year, month + 2, 1), role: 'leaf', extensions: EXTENSIONS,
  });
  responders.set(key, known);
  return known;
}

/** CRLReason: keyCompromise, certificateHold. */
const REASON = { revoked: 1, hold: 6 } as const;

function stateBytes(state: CertificateState, since: number): Buffer {
  if (state === 'good' || state === 'unknown') return implicit(state === 'good' ? 0 : 2, Buffer.alloc(0));
  return explicit(1, generalized(since), explicit(0, enumerated(REASON[state])));
}

/** Answers a request's DER with a response's DER. */
export function ocspAnswer(request: Buffer, world: OcspWorld): Buffer {
  const now = world.now();
  let read: ReturnType<typeof readRequest>;
  try {
    read = readRequest(request, world.issuers());
  } catch (error) {
    if (error instanceof RangeError) return MALFORMED;
    throw error;
  }
  const issuer = read.asked[0]?.issuer;
  if (issuer === undefined || read.asked.some((one) => one.issuer !== issuer)) return UNAUTHORIZED;
  const produced = now - (world.age() === 'stale' ? 7 * DAY : 0);
  const answers = read.asked.map(({ id, serial }) => sequence(id, stateBytes(world.state(issuer, serial), produced - DAY), generalized(produced), explicit(0, generalized(produced + DAY))));
  const responder = responderOf(issuer, now);
  const echo = read.nonce === undefined || !world.echo() ? [] : [explicit(1, sequence(extension(NONCE, read.nonce)))];
  const data = sequence(explicit(1, responder.name), generalized(produced), sequence(...answers), ...echo);
  const basic = sequence(data, ECDSA_SHA384, bits(signQuicklyDer(responder.key, data)), explicit(0, sequence(responder.der)));
  return sequence(enumerated(0), explicit(0, sequence(oid(BASIC), octets(basic))));
}

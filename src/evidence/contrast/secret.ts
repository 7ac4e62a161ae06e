/**
 * Privatemode's secret exchange: a service of the deployment signs the two halves of an X-Wing key agreement with its
 * mesh key. Whoever holds the agreed secret is then a member of the attested deployment; the secret itself is never needed here.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Check } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { fromBase64, toBase64 } from '../../encoding/base64';
import { concatBytes, utf8Text } from '../../encoding/bytes';
import { TAG, contextTag, derRoot } from '../../encoding/der';
import type { DerElement } from '../../encoding/der';
import { derOid, ecdsaSignature } from '../../encoding/der-values';
import { parseJson } from '../../encoding/json';
import { JsonView } from '../../encoding/json-read';
import { readCertificate } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { dateFault, leafFault, namesMatch } from '../../x509/chain';
import { isSignedByP384, p384KeyOf } from '../../x509/p384';
import { boundBy } from './appraise';
import { byClock, checkOf, contradiction, isoTime, restsOn } from '../findings';
import type { Clock, Fault } from '../findings';

const CODE = 'SECRET_MALFORMED';
/** X-Wing (ML-KEM-768 and X25519): sizes of public key and encapsulated key. */
export const PUBLIC_KEY_BYTES = 1216;
export const ENCAPSULATED_KEY_BYTES = 1120;
const MAX_LENGTH = 1024 * 1024;
const P384_SCALAR = 48;

const SUBJECT_ALT_NAME = '2.5.29.17';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const DNS_NAME = contextTag(2, false);

export interface SecretExchange {
  /** 1216 bytes, the client's. */
  readonly publicKey: Uint8Array;
  /** 1120 bytes, the service's. */
  readonly encapsulatedKey: Uint8Array;
  /** DER. */
  readonly signature: Uint8Array;
  readonly meshCert: Uint8Array;
}

/** Reads the two bodies of `POST …/secret`. Raises `SECRET_MALFORMED`. */
export function readSecretBodies(request: Uint8Array, response: Uint8Array): SecretExchange {
  return exchangeOf(viewOf(request), viewOf(response));
}

/** Reads both bodies out of one JSON, as `{ request, response }` or with all four members side by side. Raises `SECRET_MALFORMED`. */
export function readSecretExchange(json: Uint8Array): SecretExchange {
  const view = viewOf(json);
  const [request, response] = [view.get('request'), view.get('response')];
  return request.present && response.present ? exchangeOf(request, response) : exchangeOf(view, view);
}

const viewOf = (json: Uint8Array): JsonView => new JsonView(parseJson(utf8Text(json, CODE), { code: CODE, maxLength: MAX_LENGTH, maxDepth: 8 }), '$', CODE);

function exchangeOf(request: JsonView, response: JsonView): SecretExchange {
  const bytes = (view: JsonView, key: string): Uint8Array => fromBase64(view.get(key).string(), CODE);
  const exchange = { publicKey: bytes(request, 'PublicKey'), encapsulatedKey: bytes(response, 'EncapsulatedKey'), signature: bytes(response, 'Signature'), meshCert: bytes(response, 'MeshCert') };
  if (exchange.publicKey.length !== PUBLIC_KEY_BYTES) throw new CodedError(CODE, `a public key of ${exchange.publicKey.length} bytes`);
  if (exchange.encapsulatedKey.length !== ENCAPSULATED_KEY_BYTES) throw new CodedError(CODE, `an encapsulated key of ${exchange.encapsulatedKey.length} bytes`);
  return exchange;
}

/** What every encrypted field names the agreed secret by: base64 of SHA-256 over the client's public key. */
export const secretIdOf = (publicKey: Uint8Array): string => toBase64(sha256(publicKey));

export interface SecretInput {
  readonly exchange: SecretExchange;
  /** The attested mesh CA; absent where there is none to be had. */
  readonly meshCa: Certificate | undefined;
  /** DNS name that the service's certificate must carry: any workload of the mesh has a certificate, only one has this name. */
  readonly name: string;
  readonly clock: Clock;
  /** What keeps the mesh CA from being believed. */
  readonly ground: readonly Fault[];
  /** The check `manifest.pin`: a key agreed with software that nobody knows is weak. */
  readonly pin?: Check | undefined;
}

/** The checks `key.secret.cert` and `key.secret.signature`. */
export async function checkSecret({ exchange, meshCa, name, clock, ground, pin }: SecretInput): Promise<readonly Check[]> {
  let certificate: Certificate;
  try {
    certificate = readCertificate(exchange.meshCert, CODE);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const faults = [contradiction(error.code, error.detail)];
    return [checkOf('key.secret.cert', faults, ''), checkOf('key.secret.signature', restsOn(faults), '')];
  }
  const chain = meshCa === undefined ? [contradiction('SECRET_CERT_CHAIN', 'no mesh CA')] : await chainFaults(certificate, meshCa);
  const named = nameFaults(certificate, name);
  const dates = byClock(clock, (now) => dateFaults(certificate, now));
  const signed = await signatureFaults(exchange, certificate);
  return [
    checkOf('key.secret.cert', [...chain, ...named, ...dates, ...restsOn(ground)], `${name}, under the attested mesh CA`),
    checkOf('key.secret.signature', [...signed, ...restsOn(chain, named, dates, ground)], 'ECDSA P-384 with SHA-256 over both keys', { actual: secretIdOf(exchange.publicKey) }),
  ].map((check) => boundBy(check, pin));
}

async function chainFaults(certificate: Certificate, meshCa: Certificate): Promise<readonly Fault[]> {
  const role = leafFault(certificate, [SUBJECT_ALT_NAME, EXTENDED_KEY_USAGE]);
  return [
    ...(namesMatch(certificate, meshCa) && (await isSignedByP384(certificate, meshCa.spkiHex)) ? [] : [contradiction('SECRET_CERT_CHAIN', `not issued by the attested mesh CA: ${certificate.issuer.text}`)]),
    ...(role === undefined ? [] : [contradiction('SECRET_CERT_CHAIN', role)]),
    ...usageFaults(certificate),
  ];
}

function usageFaults(certificate: Certificate): readonly Fault[] {
  const usages = readList(certificate, EXTENDED_KEY_USAGE, (element) => derOid(element, CODE));
  return usages?.includes(SERVER_AUTH) === true ? [] : [contradiction('SECRET_CERT_CHAIN', 'not for servers (extended key usage)')];
}

function nameFaults(certificate: Certificate, name: string): readonly Fault[] {
  const names = readList(certificate, SUBJECT_ALT_NAME, ({ tag, content }) => (tag === DNS_NAME ? String.fromCharCode(...content.subarray(0, 255)) : '')) ?? [];
  if (names.includes(name)) return [];
  return [contradiction('SECRET_CERT_NAME', 'another workload of the deployment', { expected: name, actual: names.filter((one) => one !== '').join(', ') })];
}

/** The elements of an extension that is a sequence; `undefined` where it is absent or no such thing, which no rule here accepts. */
function readList<T>(certificate: Certificate, id: string, read: (element: DerElement) => T): readonly T[] | undefined {
  const extension = certificate.extensions.get(id);
  if (extension === undefined) return undefined;
  try {
    const list = derRoot(extension.value, TAG.sequence, CODE);
    const items: T[] = [];
    while (!list.done) items.push(read(list.next()));
    return items;
  } catch (error) {
    if (error instanceof CodedError) return undefined;
    throw error;
  }
}

function dateFaults(certificate: Certificate, now: number): readonly Fault[] {
  const fault = dateFault(certificate.notBefore, certificate.notAfter, now);
  return fault === undefined ? [] : [contradiction(`SECRET_CERT_${fault}`, `valid from ${isoTime(certificate.notBefore)} to ${isoTime(certificate.notAfter)}`)];
}

async function signatureFaults({ publicKey, encapsulatedKey, signature }: SecretExchange, certificate: Certificate): Promise<readonly Fault[]> {
  try {
    const key = await p384KeyOf(certificate.spkiHex, CODE);
    const raw = ecdsaSignature(signature, P384_SCALAR, CODE);
    const holds = await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, raw, concatBytes(publicKey, encapsulatedKey));
    return holds ? [] : [contradiction('SECRET_SIGNATURE', 'not signed by this certificate’s key')];
  } catch (error) {
    if (error instanceof CodedError) return [contradiction('SECRET_SIGNATURE', error.detail)];
    throw error;
  }
}

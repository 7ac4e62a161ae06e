/** OCSP of the laboratory: a delegated responder under each authority, and answers of any kind. */
import { createHash } from 'node:crypto';
import { bits, element, enumerated, explicit, implicit, integer, octets, oid, sequence } from '../../../simulator/pki/der';
import { extension, issue, nameOf, signDer } from './certificates';
import type { Authority, Parts } from './certificates';

export type Status = 'good' | 'unknown' | { readonly reason?: number };

export interface ResponseOptions {
  readonly about: Authority;
  readonly issuer: Authority;
  readonly status?: Status;
  /** A second answer about the same certificate, behind the first. */
  readonly second?: Status;
  readonly nonce?: Uint8Array;
  readonly thisUpdate: number;
  readonly nextUpdate?: number;
  readonly responder?: Partial<Parts>;
  /** `key` names the responder by the SHA-1 of its key. */
  readonly named?: 'name' | 'key';
}

const EKU_OCSP = extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.9')));
const generalized = (ms: number): Buffer => element(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+Z$/g, '')}Z`));
const sha = (name: string, bytes: Uint8Array): Buffer => createHash(name).update(bytes).digest();
/** The point inside a P-384 SubjectPublicKeyInfo. */
const point = (authority: Authority): Buffer => authority.key.spki.subarray(-97);

const responders = new Map<Authority, Authority>();
function responderOf(issuer: Authority, parts: Partial<Parts> | undefined): Authority {
  const usual = { name: `OCSP of ${issuer.name}`, issuer, extensions: [EKU_OCSP] };
  if (parts !== undefined) return issue({ ...usual, ...parts });
  const known = responders.get(issuer) ?? issue(usual);
  responders.set(issuer, known);
  return known;
}

export function respond({ about, issuer, status = 'good', second, nonce, thisUpdate, nextUpdate, responder: parts, named = 'name' }: ResponseOptions): Uint8Array {
  const responder = responderOf(issuer, parts);
  const id = sequence(sequence(oid('2.16.840.1.101.3.4.2.2'), element(0x05)), octets(sha('sha384', nameOf(issuer.name))), octets(sha('sha384', point(issuer))), integer(about.serial));
  const revoked = (reason: number | undefined): Buffer => explicit(1, generalized(thisUpdate - 1000), ...(reason === undefined ? [] : [explicit(0, enumerated(reason))]));
  const stateOf = (said: Status): Buffer => (said === 'good' ? implicit(0, Buffer.alloc(0)) : said === 'unknown' ? implicit(2, Buffer.alloc(0)) : revoked(said.reason));
  const single = (said: Status): Buffer => sequence(id, stateOf(said), generalized(thisUpdate), ...(nextUpdate === undefined ? [] : [explicit(0, generalized(nextUpdate))]));
  const nonceExtension = nonce === undefined ? [] : [explicit(1, sequence(extension('1.3.6.1.5.5.7.48.1.2', octets(nonce))))];
  const responderId = named === 'name' ? explicit(1, nameOf(responder.name)) : explicit(2, octets(sha('sha1', point(responder))));
  const data = sequence(responderId, generalized(thisUpdate), sequence(single(status), ...(second === undefined ? [] : [single(second)])), ...nonceExtension);
  const basic = sequence(data, sequence(oid('1.2.840.10045.4.3.3')), bits(signDer(responder.key, data)), explicit(0, sequence(responder.der)));
  return new Uint8Array(sequence(enumerated(0), explicit(0, sequence(oid('1.3.6.1.5.5.7.48.1.1'), octets(basic)))));
}

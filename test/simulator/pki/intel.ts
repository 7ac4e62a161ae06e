/**
 * A PKI shaped like Intel's for SGX and TDX: root, PCK Platform CA, TCB signer, and one PCK leaf per simulated machine
 * with the whole SGX extension (1.2.840.113741.1.13.1). Keys and the certificates of both CAs never change.
 */
import { certificate, extension } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { boolean, enumerated, integer, octets, oid, sequence } from './der.ts';
import { derivedKey, labelled } from './keys.ts';

const SGX = '1.2.840.113741.1.13.1';
const ROOT_CRL_URL = 'https://certificates.trustedservices.intel.com/IntelSGXRootCA.der';
const PCK_CRL_URL = 'https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=platform&encoding=der';

export const ROOT_NAME = 'Intel SGX Root CA';
export const PLATFORM_NAME = 'Intel SGX PCK Platform CA';
const TCB_SIGNER_NAME = 'Intel SGX TCB Signing';
const PCK_NAME = 'Intel SGX PCK Certificate';

const rootKey = derivedKey('intel root');
const platformKey = derivedKey('intel pck platform ca');

export const root: Certificate = certificate({
  subject: ROOT_NAME, issuer: ROOT_NAME, key: rootKey, issuerKey: rootKey, serial: 'root',
  notBefore: Date.UTC(2018, 4, 21, 10, 45, 10), notAfter: Date.UTC(2049, 11, 31, 23, 59, 59), pathLength: 1, crlUrl: ROOT_CRL_URL,
});

export const platformCa: Certificate = certificate({
  subject: PLATFORM_NAME, issuer: ROOT_NAME, key: platformKey, issuerKey: rootKey, serial: 'platform',
  notBefore: Date.UTC(2018, 4, 21, 10, 50, 10), notAfter: Date.UTC(2048, 4, 21, 10, 50, 10), pathLength: 0, crlUrl: ROOT_CRL_URL,
});

/** From the start of the year before `now` for seven years, as Intel issues leafs. */
function leafDates(now: number): { readonly notBefore: number; readonly notAfter: number } {
  const year = new Date(now).getUTCFullYear() - 1;
  return { notBefore: Date.UTC(year, 0, 1), notAfter: Date.UTC(year + 7, 0, 1) };
}

export const tcbSigner = (now: number): Certificate =>
  certificate({ subject: TCB_SIGNER_NAME, issuer: ROOT_NAME, key: derivedKey('intel tcb signer'), issuerKey: rootKey, serial: 'tcb signer', ...leafDates(now), crlUrl: ROOT_CRL_URL });

/** What a PCK certificate says about its machine. */
export interface PckFacts {
  /** Key and serial are derived from it. */
  readonly label: string;
  /** 6 bytes, hex. */
  readonly fmspc: string;
  /** 16 SVNs. */
  readonly components: readonly number[];
  readonly pceSvn: number;
}

/** The value of Intel's extension: SEQUENCE of (OID, value). */
export function sgxExtension(facts: PckFacts): Buffer {
  const item = (suffix: string, value: Buffer): Buffer => sequence(oid(`${SGX}.${suffix}`), value);
  return sequence(
    item('1', octets(labelled(`ppid/${facts.label}`, 16))),
    item('2', sequence(
      ...facts.components.map((svn, index) => item(`2.${index + 1}`, integer(svn))),
      item('2.17', integer(facts.pceSvn)),
      item('2.18', octets(Buffer.from(facts.components))),
    )),
    item('3', octets(Buffer.alloc(2))),
    item('4', octets(Buffer.from(facts.fmspc, 'hex'))),
    item('5', enumerated(1)),
    item('6', octets(labelled(`platform instance/${facts.label}`, 16))),
    item('7', sequence(item('7.1', boolean(true)), item('7.2', boolean(false)), item('7.3', boolean(true)))),
  );
}

export const pckCertificate = (facts: PckFacts, now: number): Certificate =>
  certificate({
    subject: PCK_NAME, issuer: PLATFORM_NAME, key: derivedKey(`pck/${facts.label}`), issuerKey: platformKey, serial: `pck/${facts.label}`,
    ...leafDates(now), crlUrl: PCK_CRL_URL, extensions: [extension(SGX, sgxExtension(facts))],
  });

/** Quotes, certificates and lists that are wrong in one respect and signed as if they were right. */
import { readCertificate } from '../../../src/x509/certificate';
import { bits, element, oid, pem, sequence } from '../../simulator/pki/der.ts';
import { certificate, crl, extension } from '../../simulator/pki/certificate.ts';
import type { CertificateParts } from '../../simulator/pki/certificate.ts';
import { PLATFORM_NAME, ROOT_NAME, pckCertificate, platformCa, root, sgxExtension } from '../../simulator/pki/intel.ts';
import { derivedKey, signDer, signRaw } from '../../simulator/pki/keys.ts';
import type { EcKey } from '../../simulator/pki/keys.ts';
import { UP_TO_DATE } from '../../simulator/tdx/machine.ts';
import { DAY, NOW, quoteOf } from './simulated';

/** A key nobody of Intel's holds. */
export const strangerKey = derivedKey('stranger');
export const leaf = pckCertificate(UP_TO_DATE, NOW);
const SGX = '1.2.840.113741.1.13.1';
/** The simulated machine's own. */
const attestationKey = derivedKey(`attestation key/${UP_TO_DATE.label}`);
const DATES = { notBefore: NOW - 400 * DAY, notAfter: NOW + 400 * DAY };

export const pckLeaf = (parts: Partial<CertificateParts> = {}) =>
  certificate({ subject: 'Intel SGX PCK Certificate', issuer: PLATFORM_NAME, key: leaf.key, issuerKey: platformCa.key, serial: 'forged leaf', ...DATES, extensions: [extension(SGX, sgxExtension(UP_TO_DATE))], ...parts });

export const pckCa = (parts: Partial<CertificateParts> = {}) =>
  certificate({ subject: PLATFORM_NAME, issuer: ROOT_NAME, key: platformCa.key, issuerKey: root.key, serial: 'forged ca', pathLength: 0, ...DATES, ...parts });

export const rootOf = (parts: Partial<CertificateParts> = {}) =>
  certificate({ subject: ROOT_NAME, issuer: ROOT_NAME, key: root.key, issuerKey: root.key, serial: 'forged root', pathLength: 1, ...DATES, ...parts });

/** The certificate with `from` replaced by `to` (same length) in its signed part, signed anew by its issuer's key. */
export function resigned(der: Uint8Array, issuerKey: EcKey, from: Uint8Array, to: Uint8Array): { readonly der: Buffer; readonly pem: string } {
  const read = readCertificate(der);
  const tbs = Buffer.from(read.signedBytes);
  const at = tbs.indexOf(from);
  if (at < 0 || from.length !== to.length) throw new RangeError('nothing to replace');
  tbs.set(to, at);
  const algorithm = tbs.includes(oid('1.2.840.10045.4.3.3')) ? '1.2.840.10045.4.3.3' : '1.2.840.10045.4.3.2';
  const made = sequence(tbs, sequence(oid(algorithm)), bits(signDer(issuerKey, tbs)));
  return { der: made, pem: pem('CERTIFICATE', made) };
}

/** The certificate without the extension of this kind, signed anew. */
export function withoutExtensions(der: Uint8Array, issuerKey: EcKey): string {
  const tbs = Buffer.from(readCertificate(der).signedBytes);
  const content = tbs.subarray(4);
  const at = content.indexOf(Buffer.from([0xa3, 0x82]));
  const kept = content.subarray(0, at);
  const made = sequence(element(0x30, kept), sequence(oid('1.2.840.10045.4.3.2')), bits(signDer(issuerKey, element(0x30, kept))));
  return pem('CERTIFICATE', made);
}

export interface Forgery {
  /** PEM, in order. */
  readonly chain?: readonly { readonly pem: string }[];
  /** Who signs the QE report; the real leaf's key unless said otherwise. */
  readonly leafKey?: EcKey;
  /** Changes the QE report before it is signed. */
  readonly editQe?: (report: Buffer) => void;
  /** Bytes after the chain, inside the declared certification data. */
  readonly tail?: Uint8Array;
}

const AUTH_LENGTH = 632;
const OUTER_LENGTH = 766;
const QE_REPORT = 770;
const QE_SIGNATURE = 1154;
const INNER_LENGTH = 1254;
const CHAIN = 1258;

/** A v4 quote around another chain: lengths adjusted, QE report signed anew, everything else as it was. */
export function forgedQuote({ chain = [leaf, platformCa, root], leafKey = leaf.key, editQe, tail = Buffer.alloc(1) }: Forgery = {}): Uint8Array {
  const certificates = Buffer.concat([Buffer.from(chain.map((one) => one.pem).join('')), tail]);
  const quote = Buffer.concat([Buffer.from(quoteOf()).subarray(0, CHAIN), certificates]);
  const report = quote.subarray(QE_REPORT, QE_SIGNATURE);
  editQe?.(report);
  quote.set(signRaw(leafKey, report), QE_SIGNATURE);
  quote.writeUInt32LE(quote.length - AUTH_LENGTH - 4, AUTH_LENGTH);
  quote.writeUInt32LE(quote.length - OUTER_LENGTH - 4, OUTER_LENGTH);
  quote.writeUInt32LE(certificates.length, INNER_LENGTH);
  return quote;
}

/** A v4 quote whose report was changed and signed anew by its own attestation key. */
export function withReport(edit: (report: Buffer) => void): Uint8Array {
  const quote = Buffer.from(quoteOf());
  edit(quote.subarray(48, AUTH_LENGTH));
  quote.set(signRaw(attestationKey, quote.subarray(0, AUTH_LENGTH)), AUTH_LENGTH + 4);
  return quote;
}

const TD_15 = 648;
const TD_15EX = 885;

/** A v5 quote with a TDX 1.5 report, changed and signed anew; `longer` makes it a 1.5Ex report (885 bytes) first. */
export function withReport15(edit: (report: Buffer) => void, options: { readonly longer?: boolean } = {}): Uint8Array {
  const from = Buffer.from(quoteOf({ version: 5 }));
  const head = Buffer.from(from.subarray(0, 54));
  const report = Buffer.concat([from.subarray(54, 54 + TD_15), Buffer.alloc(options.longer === true ? TD_15EX - TD_15 : 0)]);
  head.writeUInt16LE(options.longer === true ? 4 : 3, 48);
  head.writeUInt32LE(report.length, 50);
  edit(report);
  const rest = Buffer.from(from.subarray(54 + TD_15));
  rest.set(signRaw(attestationKey, Buffer.concat([head, report])), 4);
  return Buffer.concat([head, report, rest]);
}

/** The SGX extension after an edit of its value. */
export function sgxExtensionWith(edit: (value: Buffer) => Buffer): Buffer {
  return extension(SGX, edit(sgxExtension(UP_TO_DATE)));
}

export const sgxField = (suffix: string, value: Buffer): Buffer => sequence(oid(`${SGX}.${suffix}`), value);
export { DATES, certificate, crl, derivedKey, extension, signRaw };

/** One step of a chain, and validity. Which steps make a chain is each vendor's business. */
import { KEY_USAGE, unhandledCritical } from './certificate';
import type { Certificate } from './certificate';
import { equalBytes } from '../encoding/bytes';

/** A clock a little behind the signer's is no reason to refuse what was just issued. */
export const CLOCK_SKEW_MS = 5 * 60 * 1000;

export type DateFault = 'EXPIRED' | 'NOT_YET_VALID';

/** Whether `now` (ms) lies in the period, both ends included; the skew is granted at the beginning only. */
export function dateFault(from: number, until: number, now: number): DateFault | undefined {
  if (!(now <= until)) return 'EXPIRED';
  return now + CLOCK_SKEW_MS < from ? 'NOT_YET_VALID' : undefined;
}

/** Whether the issuer's subject is, byte for byte, the issuer that the child names. */
export const namesMatch = (child: Pick<Certificate, 'issuer'>, issuer: Certificate): boolean => equalBytes(child.issuer.raw, issuer.subject.raw);

/** Why this certificate may not issue others with `below` intermediates between it and the leaf; `undefined` when it may. */
export function issuerFault(certificate: Certificate, below: number): string | undefined {
  const [critical] = unhandledCritical(certificate);
  if (critical !== undefined) return `critical extension ${critical}`;
  if (!certificate.isCa) return 'not a CA (basicConstraints)';
  if (certificate.pathLength !== undefined && certificate.pathLength < below) return `path length ${certificate.pathLength}`;
  if (certificate.keyUsage?.(KEY_USAGE.keyCertSign) !== true) return 'no keyCertSign (keyUsage)';
  return undefined;
}

/** Why this certificate may not sign data as the end of a chain; `undefined` when it may. */
export function leafFault(certificate: Certificate, handled: readonly string[] = []): string | undefined {
  const [critical] = unhandledCritical(certificate, handled);
  if (critical !== undefined) return `critical extension ${critical}`;
  if (certificate.isCa) return 'a CA (basicConstraints)';
  if (certificate.keyUsage?.(KEY_USAGE.digitalSignature) !== true) return 'no digitalSignature (keyUsage)';
  return undefined;
}

/** True when keyUsage lets this certificate sign revocation lists. */
export const maySignCrls = (certificate: Certificate): boolean => certificate.keyUsage?.(KEY_USAGE.crlSign) === true;

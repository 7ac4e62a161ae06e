/** Who may speak about revocation: a certificate whose extended key usage says so. */
import type { Certificate } from './certificate';
import { unhandledCritical, KEY_USAGE } from './certificate';
import { TAG, derRoot } from '../encoding/der';
import { derOid } from '../encoding/der-values';
import { CodedError } from '../checks/error';

const EXTENDED_KEY_USAGE = '2.5.29.37';
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const OCSP_NO_CHECK = '1.3.6.1.5.5.7.48.1.5';

/** True when extKeyUsage names OCSP signing (RFC 6960, 4.2.2.2). False where the extension is absent or malformed. */
export function mayRespond(certificate: Certificate): boolean {
  const extension = certificate.extensions.get(EXTENDED_KEY_USAGE);
  if (extension === undefined) return false;
  try {
    const usages = derRoot(extension.value, TAG.sequence);
    let found = false;
    while (!usages.done) found = derOid(usages.next(TAG.oid)) === OCSP_SIGNING || found;
    return found;
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

/** Why this certificate may not sign OCSP responses; `undefined` when it may. Issuer and dates are the caller's to check. */
export function responderFault(certificate: Certificate): string | undefined {
  const [critical] = unhandledCritical(certificate, [EXTENDED_KEY_USAGE, OCSP_NO_CHECK]);
  if (critical !== undefined) return `critical extension ${critical}`;
  if (certificate.isCa) return 'a CA (basicConstraints)';
  if (certificate.keyUsage?.(KEY_USAGE.digitalSignature) === false) return 'no digitalSignature (keyUsage)';
  return mayRespond(certificate) ? undefined : 'not for OCSP signing (extKeyUsage)';
}

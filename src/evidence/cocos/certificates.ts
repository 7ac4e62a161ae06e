/**
 * Which of the certificates that came along is the endorsement key's. The agent fills the fields for ASK and ARK from one
 * file in the wrong order, so a field's name says nothing: the certificate's own subject does, and its signature decides.
 */
import { CodedError } from '../../checks/error';
import { readCertificate } from '../../x509/certificate';
import type { CocosSnp } from './types';

/** `endorsement`: from the fields for VCEK and VLEK; `others`: from those for ASK and ARK. DER, as they came. */
export interface SentCertificates {
  readonly endorsement: readonly Uint8Array[];
  readonly others: readonly Uint8Array[];
}

export function sortCertificates({ endorsement, others }: SentCertificates): Pick<CocosSnp, 'vek' | 'intermediates'> {
  const sent = [...endorsement, ...others].filter(({ length }) => length > 0);
  // Where none says that it is one, what stands in its field is handed on: the verifier says what is wrong with it.
  const vek = sent.find(isEndorsementKey) ?? endorsement.find(({ length }) => length > 0);
  return { ...(vek === undefined ? {} : { vek }), intermediates: sent.filter((der) => der !== vek) };
}

function isEndorsementKey(der: Uint8Array): boolean {
  try {
    const name = readCertificate(der, 'VEK_PARSE').subject.commonName;
    return name === 'SEV-VCEK' || name === 'SEV-VLEK';
  } catch (error) {
    if (error instanceof CodedError) return false;
    throw error;
  }
}

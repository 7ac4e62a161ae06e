/** The two revocation lists: Intel's root list (for PCK CAs and TCB signers) and the PCK CA's list (for PCK leaves). */
import { contradiction, isoTime, undetermined } from '../findings';
import type { Fault } from '../findings';
import type { TdxInput } from './types';
import { asCoded } from '../../checks/error';
import { equalBytes } from '../../encoding/bytes';
import { dateFault, maySignCrls } from '../../x509/chain';
import type { Certificate } from '../../x509/certificate';
import { readHexCrl } from '../../x509/crl';
import type { Crl } from '../../x509/crl';
import { isSignedBy } from '../../x509/signature';

export type CrlKind = 'ROOT_CRL' | 'PCK_CRL';

export interface CrlReading {
  /** Present only when the issuer signed it. */
  readonly crl?: Crl;
  readonly faults: readonly Fault[];
}

/** Reads a list and verifies it against its issuer, at no particular time. Not given: an open question; empty or broken: a contradiction. */
export async function readVerifiedCrl(kind: CrlKind, hex: string | undefined, issuer: Certificate, problem?: TdxInput['collateralProblem']): Promise<CrlReading> {
  if (hex === undefined) return { faults: [undetermined(problem?.code ?? `${kind}_MISSING`, problem?.detail ?? 'not given')] };
  const read = tryRead(kind, hex);
  if ('fault' in read) return { faults: [read.fault] };
  const { crl } = read;
  if (!equalBytes(crl.issuer.raw, issuer.subject.raw)) {
    return { faults: [contradiction(`${kind}_ISSUER`, 'the list is another issuer’s', { expected: issuer.subject.text, actual: crl.issuer.text })] };
  }
  if (!maySignCrls(issuer) || !(await isSignedBy(crl, issuer.spkiHex))) {
    return { faults: [contradiction(`${kind}_SIGNATURE`, `not signed by ${issuer.subject.commonName ?? issuer.subject.text}`)] };
  }
  return { crl, faults: [] };
}

function tryRead(kind: CrlKind, hex: string): { crl: Crl } | { fault: Fault } {
  try {
    return { crl: readHexCrl(hex, `${kind}_PARSE`) };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { fault: contradiction(code, detail) };
  }
}

/** A list is an endorsement: outside its dates the question is open. */
export function judgeCrlDates(kind: CrlKind, crl: Crl | undefined, now: number): readonly Fault[] {
  const fault = crl === undefined ? undefined : dateFault(crl.thisUpdate, crl.nextUpdate, now);
  return crl === undefined || fault === undefined ? [] : [undetermined(`${kind}_${fault}`, `the list of ${isoTime(crl.thisUpdate)} holds until ${isoTime(crl.nextUpdate)}`)];
}

/** A serial on a genuine list is a contradiction, whatever the list's dates. */
export function judgeSerial(code: 'PCK_CA_REVOKED' | 'PCK_REVOKED' | 'TCB_SIGNER_REVOKED', certificate: Certificate, crl: Crl | undefined): readonly Fault[] {
  return crl?.revoked.has(certificate.serial) === true ? [contradiction(code, `serial ${certificate.serial} is on the list of ${isoTime(crl.thisUpdate)}`)] : [];
}

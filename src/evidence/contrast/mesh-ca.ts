/** The deployment's own certificate authority: one CA certificate in PEM, in date. That it is this one, REPORT_DATA says. */
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { readPemCertificates } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { dateFault, issuerFault } from '../../x509/chain';
import { byClock, contradiction, isoTime } from '../findings';
import type { Clock, Fault } from '../findings';

export interface MeshCa {
  readonly certificate?: Certificate;
  readonly faults: readonly Fault[];
}

/** Reads and judges it; whatever is wrong is a fault. */
export function judgeMeshCa(pem: Uint8Array, clock: Clock): MeshCa {
  try {
    const [certificate, second] = readPemCertificates(utf8Text(pem, 'MESH_CA_PARSE'), 'MESH_CA_PARSE');
    if (certificate === undefined || second !== undefined) throw new CodedError('MESH_CA_PARSE', 'not exactly one certificate');
    const fault = issuerFault(certificate, 0);
    return { certificate, faults: [...(fault === undefined ? [] : [contradiction('MESH_CA_CONSTRAINTS', fault)]), ...byClock(clock, (now) => dateFaults(certificate, now))] };
  } catch (error) {
    if (error instanceof CodedError) return { faults: [contradiction(error.code, error.detail)] };
    throw error;
  }
}

function dateFaults(certificate: Certificate, now: number): readonly Fault[] {
  const fault = dateFault(certificate.notBefore, certificate.notAfter, now);
  return fault === undefined ? [] : [contradiction(`MESH_CA_${fault}`, `valid from ${isoTime(certificate.notBefore)} to ${isoTime(certificate.notAfter)}`)];
}

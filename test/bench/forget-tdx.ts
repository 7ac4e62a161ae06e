/** Everything that is remembered between two quotes, gone: what a fresh worker starts with. */
import { forgetQeIdentities } from '../../src/evidence/tdx/qe-identity';
import { forgetSignedJson } from '../../src/evidence/tdx/signed-json';
import { forgetTcbInfos } from '../../src/evidence/tdx/tcb-info';
import { forgetAttestationKeys } from '../../src/evidence/tdx/verify';
import { forgetCertificates } from '../../src/x509/certificate';
import { forgetCrls } from '../../src/x509/crl';
import { forgetKeys } from '../../src/x509/signature';

export function forgetTdx(): void {
  forgetCertificates();
  forgetCrls();
  forgetKeys();
  forgetSignedJson();
  forgetTcbInfos();
  forgetQeIdentities();
  forgetAttestationKeys();
}

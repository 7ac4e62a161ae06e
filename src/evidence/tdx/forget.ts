/** Everything that is remembered between two quotes, gone: what a fresh worker starts with. */
import { forgetQeIdentities } from './qe-identity';
import { forgetSignedJson } from './signed-json';
import { forgetTcbInfos } from './tcb-info';
import { forgetCertificates } from '../../x509/certificate';
import { forgetCrls } from '../../x509/crl';
import { forgetKeys } from '../../x509/signature';

export function forgetTdx(): void {
  forgetCertificates();
  forgetCrls();
  forgetKeys();
  forgetSignedJson();
  forgetTcbInfos();
  forgetQeIdentities();
}

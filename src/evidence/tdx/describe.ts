/** What was read, for people: the claims of CLI.md and the facts of the evidence page. Nothing is judged here. */
import { hasSeptVeDisable, isDebug, isTd } from './appraise';
import { isoTime } from '../findings';
import type { Quote } from './parse';
import { firstTdxComponent } from './tcb';
import type { PlatformLevel } from './tcb-info';
import type { CertificateFact, TcbFact, TdxClaims, TdxFacts } from './types';
import type { Verified } from './verify';
import { toHex } from '../../encoding/hex';
import { fingerprintOf } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';

export function claimsOf(quote: Quote, verified: Verified, tcb: TcbFact | undefined): TdxClaims {
  const { body } = quote;
  return {
    tee: quote.tee,
    quoteVersion: quote.version,
    ...(verified.chain === undefined ? {} : { fmspc: verified.chain.platform.fmspc }),
    ...(tcb === undefined ? {} : { tcb }),
    debug: isDebug(body),
    ...(isTd(body)
      ? {
          septVeDisable: hasSeptVeDisable(body),
          mrTd: toHex(body.mrTd),
          mrSeam: toHex(body.mrSeam),
          mrConfigId: toHex(body.mrConfigId),
          mrOwner: toHex(body.mrOwner),
          mrOwnerConfig: toHex(body.mrOwnerConfig),
          ...(body.current === undefined ? {} : { mrServiceTd: toHex(body.current.mrServiceTd) }),
          rtmr0: toHex(body.rtmr[0]),
          rtmr1: toHex(body.rtmr[1]),
          rtmr2: toHex(body.rtmr[2]),
          rtmr3: toHex(body.rtmr[3]),
          tdAttributes: toHex(body.tdAttributesBytes),
          xfam: toHex(body.xfamBytes),
        }
      : { mrEnclave: toHex(body.mrEnclave), mrSigner: toHex(body.mrSigner) }),
    reportData: toHex(body.reportData),
  };
}

export function factsOf(quote: Quote, verified: Verified, level: PlatformLevel | undefined): TdxFacts {
  const components = level === undefined ? undefined : componentsOf(quote, verified, level);
  return {
    bodyKind: quote.body.kind,
    certificates: certificatesOf(verified),
    ...(components === undefined ? {} : { components }),
    collateral: collateralOf(verified),
  };
}

function certificatesOf({ chain, tcbReading }: Verified): readonly CertificateFact[] {
  const signer = tcbReading.signer === undefined ? [] : [certificateFact('tcb-signer', tcbReading.signer)];
  if (chain === undefined) return signer;
  return [certificateFact('root', chain.root), certificateFact('intermediate', chain.ca), certificateFact('pck', chain.leaf), ...signer];
}

const certificateFact = (role: CertificateFact['role'], certificate: Certificate): CertificateFact => ({
  role,
  subject: certificate.subject.text,
  issuer: certificate.issuer.text,
  serial: certificate.serial,
  notBefore: isoTime(certificate.notBefore),
  notAfter: isoTime(certificate.notAfter),
  fingerprint: fingerprintOf(certificate),
});

function componentsOf({ body }: Quote, { chain }: Verified, level: PlatformLevel): TdxFacts['components'] {
  if (chain === undefined) return undefined;
  const { components, pceSvn } = chain.platform;
  const platform = level.sgx.map((need, index) => ({ index, have: components[index] ?? 0, need, compared: true }));
  const compared = { platform, pceSvn: { have: pceSvn, need: level.pceSvn } };
  if (!isTd(body) || level.tdx === undefined) return compared;
  const { teeTcbSvn } = body;
  return { ...compared, tdx: level.tdx.map((need, index) => ({ index, have: teeTcbSvn[index] ?? 0, need, compared: index >= firstTdxComponent(teeTcbSvn) })) };
}

function collateralOf({ rootCrl, pckCrl, tcbInfo, qeIdentity }: Verified): TdxFacts['collateral'] {
  const lists = [['root-crl', rootCrl.crl], ['pck-crl', pckCrl.crl]] as const;
  const statements = [['tcb-info', tcbInfo.value], ['qe-identity', qeIdentity.value]] as const;
  return [
    ...lists.flatMap(([kind, crl]) => (crl === undefined ? [] : [{ kind, issued: isoTime(crl.thisUpdate), next: isoTime(crl.nextUpdate) }])),
    ...statements.flatMap(([kind, value]) => (value === undefined ? [] : [{ kind, issued: isoTime(value.issueDate), next: isoTime(value.nextUpdate), number: value.evaluationDataNumber }])),
  ];
}

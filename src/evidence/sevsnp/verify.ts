/** Is this report AMD's word? Chain, revocation, binding and signature; what we want of it is `appraise`'s question. */
import { weak } from '../../checks/check';
import type { Check } from '../../checks/check';
import { CodedError } from '../../checks/error';
import { concatBytes, isAllZero } from '../../encoding/bytes';
import type { Anchor } from '../../roots/anchors';
import { readCertificate } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { verifyP384 } from '../../x509/p384';
import { checkOf, contradiction, restsOn, undetermined } from '../findings';
import type { Clock, Fault } from '../findings';
import { bindingFaults } from './binding';
import { certificateFact, commonNameOf, judgeChain } from './chain';
import { SIGNED_SIZE, isChipMasked } from './report';
import type { SnpReport } from './report';
import { checkRevocation } from './revocation';
import type { SnpCertificateFact, SnpEndorsements, SnpFacts, SnpInput } from './types';
import { readVekExtensions } from './vek';
import type { VekExtensions } from './vek';

export interface Verification {
  /** `vek.chain vek.revocation vek.binding report.signature`. */
  readonly checks: readonly Check[];
  /** Why the report's values may not be taken for AMD's word; dates and revocation aside, which have checks of their own. */
  readonly authenticity: readonly Fault[];
  readonly certificates: readonly SnpCertificateFact[];
  readonly root?: Anchor;
  readonly extensions?: VekExtensions;
  readonly crl?: NonNullable<SnpFacts['crl']>;
}

type VerifyInput = Pick<SnpInput, 'anchors' | 'vekProblem' | 'crlProblem'> & { readonly endorsements: SnpEndorsements; readonly clock: Clock };

/** Judges whether AMD vouches for `report`. Bad input becomes checks. */
export async function verifyReport(report: SnpReport, input: VerifyInput): Promise<Verification> {
  const { endorsements, vekProblem } = input;
  if (endorsements.vek === undefined) return withoutKey(report, input, undetermined(vekProblem?.code ?? 'VEK_MISSING', vekProblem?.detail ?? 'no certificate given'));
  let vek: Certificate;
  try {
    vek = readCertificate(endorsements.vek, 'VEK_PARSE');
  } catch (error) {
    if (error instanceof CodedError) return withoutKey(report, input, contradiction(error.code, error.detail));
    throw error;
  }
  return withKey(report, input, vek);
}

async function withKey(report: SnpReport, { endorsements, anchors, clock, crlProblem }: VerifyInput, vek: Certificate): Promise<Verification> {
  const chain = await judgeChain(vek, endorsements.intermediates ?? [], anchors, clock);
  const revocation = await checkRevocation({ crls: endorsements.crls ?? [], issuer: chain.issuer, roots: chain.roots, clock, ...(crlProblem === undefined ? {} : { problem: crlProblem }) });
  const { extensions, faults: unreadable } = extensionsOf(vek);
  const binding = extensions === undefined ? unreadable : bindingFaults(report, extensions, chain.claimed);
  const signature = await signatureFaults(report, vek);
  const names = chain.issuer === undefined ? [] : [vek.subject.commonName ?? '', commonNameOf(chain.issuer.fact) ?? '', commonNameOf(chain.issuer.root) ?? ''];
  return {
    checks: [
      checkOf('vek.chain', [...chain.faults, ...chain.dateFaults], names.join(' < ')),
      revocation.check,
      bindingCheck(report, extensions, [...binding, ...restsOn(chain.faults)]),
      checkOf('report.signature', [...signature, ...restsOn(chain.faults)], `ECDSA P-384 with SHA-384, ${report.signingKey}`),
    ],
    authenticity: [...chain.faults, ...binding, ...signature],
    certificates: [...(chain.issuer === undefined ? [] : [chain.issuer.fact]), certificateFact(vek, 'vek')],
    ...(chain.issuer === undefined ? {} : { root: chain.issuer.root }),
    ...(extensions === undefined ? {} : { extensions }),
    ...(revocation.crl === undefined ? {} : { crl: revocation.crl }),
  };
}

/** No readable certificate: nothing about the signature can be said, unless the report itself says that there is none. */
async function withoutKey(report: SnpReport, { endorsements, clock, crlProblem }: VerifyInput, fault: Fault): Promise<Verification> {
  const revocation = await checkRevocation({ crls: endorsements.crls ?? [], issuer: undefined, roots: [], clock, ...(crlProblem === undefined ? {} : { problem: crlProblem }) });
  const never = neverSigned(report);
  return {
    checks: [checkOf('vek.chain', [fault], ''), revocation.check, checkOf('vek.binding', restsOn([fault]), ''), checkOf('report.signature', [...never, ...restsOn([fault])], '')],
    authenticity: [fault, ...never],
    certificates: [],
  };
}

function extensionsOf(vek: Certificate): { extensions?: VekExtensions; faults: readonly Fault[] } {
  try {
    return { extensions: readVekExtensions(vek), faults: [] };
  } catch (error) {
    if (error instanceof CodedError) return { faults: [contradiction(error.code, error.detail)] };
    throw error;
  }
}

function bindingCheck(report: SnpReport, extensions: VekExtensions | undefined, faults: readonly Fault[]): Check {
  if (faults.length > 0 || extensions === undefined) return checkOf('vek.binding', faults, '');
  if (extensions.hwId !== undefined && isChipMasked(report)) return weak('vek.binding', 'CHIP_MASKED', 'CHIP_ID is zero');
  return checkOf('vek.binding', [], extensions.cspId === undefined ? 'key kind, product line, TCB, chip' : `key kind, product line, TCB; provider ${extensions.cspId}`);
}

/** Why a report that nobody signed can never pass, whatever key comes along. */
function neverSigned(report: SnpReport): readonly Fault[] {
  if (report.signingKey === 'none') return [contradiction('REPORT_NOT_SIGNED', 'signing key: none')];
  return report.chipKeyMasked ? [contradiction('REPORT_NOT_SIGNED', 'chip key masked by the host')] : [];
}

/** ECDSA P-384 over the first 0x2a0 bytes; r and s stand little-endian in 72 bytes each, of which 24 must be zero. */
async function signatureFaults(report: SnpReport, vek: Certificate): Promise<readonly Fault[]> {
  const never = neverSigned(report);
  if (never.length > 0) return never;
  const { r, s, bytes } = report;
  if (!isAllZero(r.subarray(48)) || !isAllZero(s.subarray(48))) return [contradiction('REPORT_SIGNATURE', 'a signature value above 384 bits')];
  const signature = concatBytes(r.slice(0, 48).reverse(), s.slice(0, 48).reverse());
  try {
    return (await verifyP384(vek.spkiHex, signature, bytes.subarray(0, SIGNED_SIZE), 'VEK_KEY')) ? [] : [contradiction('REPORT_SIGNATURE', `not signed by this ${report.signingKey}`)];
  } catch (error) {
    if (error instanceof CodedError) return [contradiction(error.code, error.detail)];
    throw error;
  }
}

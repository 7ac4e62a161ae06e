/** From an endorsement key's certificate up to a pinned root of AMD: ARK → ASK or ASVK → VEK. */
import { CodedError } from '../../checks/error';
import { AMD_ANCHORS, AMD_INTERMEDIATES } from '../../roots/amd';
import type { PinnedIntermediate } from '../../roots/amd';
import type { Anchor } from '../../roots/anchors';
import { fingerprintOf, readCertificate, unhandledCritical } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { dateFault, issuerFault, namesMatch } from '../../x509/chain';
import { isPssSignedBy } from '../../x509/rsa-pss';
import { p384KeyOf } from '../../x509/p384';
import { byClock, contradiction, isoTime, undetermined } from '../findings';
import type { Clock, Fault } from '../findings';
import type { SnpProduct } from './product';
import type { SnpCertificateFact } from './types';
import { issuerName, issuerNamed } from './vek';
import type { VekIssuer } from './vek';

/** An intermediate that signed the key, pinned or given. */
export interface Issuer {
  readonly root: Anchor;
  readonly spki: string;
  readonly serial: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Pinned here, or under anchors that are not AMD's: no CRL is needed to believe in it. */
  readonly needsCrl: boolean;
  readonly fact: SnpCertificateFact;
}

export interface ChainResult {
  /** Why AMD may not be said to vouch for the key. */
  readonly faults: readonly Fault[];
  readonly dateFaults: readonly Fault[];
  /** Product line and kind by the issuer's name. */
  readonly claimed?: VekIssuer;
  /** Only when its signature on the key holds. */
  readonly issuer?: Issuer;
  /** Roots of the product line that the caller trusts. */
  readonly roots: readonly Anchor[];
}

/** The trusted roots of a product line. */
const rootsOf = (product: SnpProduct, anchors: readonly Anchor[]): readonly Anchor[] =>
  anchors.filter((anchor) => anchor.kind === 'ark' && commonNameOf(anchor) === `ARK-${product}`);

/** Judges the chain of `vek`. Bad input becomes faults. */
export async function judgeChain(vek: Certificate, intermediates: readonly Uint8Array[], anchors: readonly Anchor[], clock: Clock): Promise<ChainResult> {
  const dateFaults = byClock(clock, (now) => datesOf('VEK', vek, now));
  const claimed = issuerNamed(vek.issuer.commonName);
  if (claimed === undefined) return { faults: [contradiction('VEK_CHAIN_NAMES', 'issuer', { actual: vek.issuer.text })], dateFaults, roots: [] };
  const roots = rootsOf(claimed.product, anchors);
  const refused = (fault: Fault): ChainResult => ({ faults: [fault], dateFaults, claimed, roots });
  try {
    requireKeyShape(vek, claimed);
    await p384KeyOf(vek.spkiHex, 'VEK_KEY');
    if (roots.length === 0) return refused(contradiction('ROOT_UNTRUSTED', `no root for ${claimed.product}`));
    const issuer = await findIssuer(vek, claimed, intermediates, roots);
    if (issuer === undefined) return refused(undetermined('ASK_MISSING', vek.issuer.text));
    return { faults: [], dateFaults: [...byClock(clock, (now) => datesOf('ASK', issuer, now)), ...dateFaults], claimed, issuer, roots };
  } catch (error) {
    if (error instanceof CodedError) return refused(contradiction(error.code, error.detail));
    throw error;
  }
}

function datesOf(role: 'ASK' | 'VEK', { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>, now: number): readonly Fault[] {
  const fault = dateFault(notBefore, notAfter, now);
  return fault === undefined ? [] : [contradiction(`${role}_${fault}`, `${isoTime(notBefore)} to ${isoTime(notAfter)}`)];
}

/** An endorsement key is no CA and says nothing critical; its subject names its kind. */
function requireKeyShape(vek: Certificate, claimed: VekIssuer): void {
  const subject = vek.subject.commonName;
  if (subject !== 'SEV-VCEK' && subject !== 'SEV-VLEK') throw new CodedError('VEK_CHAIN_NAMES', `subject ${vek.subject.text}`);
  if (subject !== `SEV-${claimed.kind}`) throw new CodedError('VEK_CHAIN_NAMES', `${subject} issued by ${vek.issuer.text}`);
  const [critical] = unhandledCritical(vek);
  if (critical !== undefined) throw new CodedError('VEK_EXTENSIONS', `critical extension ${critical}`);
  if (vek.isCa) throw new CodedError('VEK_EXTENSIONS', 'a CA');
}

/** The issuer whose signature holds. Raises `VEK_CHAIN_SIGNATURE` or a given one's own fault; `undefined` when there is none to try. */
async function findIssuer(vek: Certificate, claimed: VekIssuer, given: readonly Uint8Array[], roots: readonly Anchor[]): Promise<Issuer | undefined> {
  const pinned = AMD_INTERMEDIATES.find((one) => one.product === claimed.product && one.kind === (claimed.kind === 'VCEK' ? 'ask' : 'asvk'));
  const isPinnedUsable = pinned !== undefined && roots.some((root) => root.spki === pinned.root.spki);
  if (isPinnedUsable && pinned.subject === vek.issuer.text && (await isPssSignedBy(vek, pinned.spki))) return pinnedIssuer(pinned);
  const candidates = given.map((der) => readCertificate(der, 'ASK_PARSE')).filter((certificate) => certificate.subject.commonName === issuerName(claimed) && namesMatch(vek, certificate));
  for (const candidate of candidates) {
    if (!(await isPssSignedBy(vek, candidate.spkiHex))) continue;
    return givenIssuer(candidate, roots);
  }
  if (isPinnedUsable || candidates.length > 0) throw new CodedError('VEK_CHAIN_SIGNATURE', `not signed by ${vek.issuer.text}`);
  return undefined;
}

/** Under AMD's own roots an intermediate that is not pinned counts only with a CRL beside it; a laboratory's needs none. */
export const isVendorRoot = (root: Anchor): boolean => AMD_ANCHORS.some((anchor) => anchor.spki === root.spki);

async function givenIssuer(certificate: Certificate, roots: readonly Anchor[]): Promise<Issuer> {
  const fault = issuerFault(certificate, 0);
  if (fault !== undefined) throw new CodedError('ASK_CONSTRAINTS', fault);
  for (const root of roots) {
    if (certificate.issuer.commonName === commonNameOf(root) && (await isPssSignedBy(certificate, root.spki))) {
      return {
        root,
        spki: certificate.spkiHex,
        serial: certificate.serial,
        notBefore: certificate.notBefore,
        notAfter: certificate.notAfter,
        needsCrl: isVendorRoot(root),
        fact: certificateFact(certificate, 'ask'),
      };
    }
  }
  throw new CodedError('ASK_CHAIN_SIGNATURE', `${certificate.subject.text} not signed by a trusted root`);
}

/** The common name in a subject's text, which may be nothing but that name. */
export const commonNameOf = ({ subject }: Pick<Anchor, 'subject'>): string | undefined => (subject.includes('=') ? /(?:^|, )CN=([^,]+)/.exec(subject)?.[1] : subject);

function pinnedIssuer(pinned: PinnedIntermediate): Issuer {
  const { subject, issuer, serial, notBefore, notAfter, fingerprint, spki } = pinned;
  return {
    root: pinned.root,
    spki,
    serial,
    notBefore: Date.parse(notBefore),
    notAfter: Date.parse(notAfter),
    needsCrl: false,
    fact: { role: 'ask', subject, issuer, serial, notBefore, notAfter, fingerprint },
  };
}

/** A certificate for the evidence page. */
export const certificateFact = (certificate: Certificate, role: SnpCertificateFact['role']): SnpCertificateFact => ({
  role,
  subject: certificate.subject.text,
  issuer: certificate.issuer.text,
  serial: certificate.serial,
  notBefore: isoTime(certificate.notBefore),
  notAfter: isoTime(certificate.notAfter),
  fingerprint: fingerprintOf(certificate),
});

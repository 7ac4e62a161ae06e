/** The certificates inside a quote: PCK leaf, Platform or Processor CA, root. */
import { contradiction, isoTime } from '../findings';
import type { Fault } from '../findings';
import { PCK_EXTENSION, readPckPlatform } from './pck-extension';
import type { PckPlatform } from './pck-extension';
import type { Quote } from './parse';
import { utf8Text } from '../../encoding/bytes';
import { CodedError, asCoded } from '../../checks/error';
import type { Anchor } from '../../roots/anchors';
import { dateFault, issuerFault, leafFault, namesMatch } from '../../x509/chain';
import { readPemCertificates } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { isSignedBy } from '../../x509/signature';

export interface PckChain {
  readonly leaf: Certificate;
  readonly ca: Certificate;
  readonly root: Certificate;
  readonly platform: PckPlatform;
  readonly caKind: 'platform' | 'processor';
}

const ROOT_NAME = 'Intel SGX Root CA';
const LEAF_NAME = 'Intel SGX PCK Certificate';
const CA_KINDS: ReadonlyMap<string | undefined, PckChain['caKind']> = new Map([
  ['Intel SGX PCK Platform CA', 'platform'],
  ['Intel SGX PCK Processor CA', 'processor'],
]);
const PEM_CHAIN = 5;

/**
 * Reads the chain out of a quote: three certificates with Intel's names and a whole SGX extension.
 * Raises `CERT_TYPE_UNSUPPORTED PCK_CHAIN_PARSE PCK_CHAIN_LENGTH PCK_CHAIN_NAMES`.
 */
export function readPckChain(quote: Quote): PckChain {
  if (quote.certificationType !== PEM_CHAIN) throw new CodedError('CERT_TYPE_UNSUPPORTED', `certification data type ${quote.certificationType} carries no PCK chain`);
  const certificates = readPemCertificates(utf8Text(quote.certificationData, 'PCK_CHAIN_PARSE'), 'PCK_CHAIN_PARSE');
  const [leaf, ca, root] = certificates;
  if (leaf === undefined || ca === undefined || root === undefined || certificates.length !== 3) throw new CodedError('PCK_CHAIN_LENGTH', `${certificates.length} certificates, 3 belong there`);
  const caKind = CA_KINDS.get(ca.subject.commonName);
  if (leaf.subject.commonName !== LEAF_NAME || caKind === undefined || root.subject.commonName !== ROOT_NAME) {
    throw new CodedError('PCK_CHAIN_NAMES', [leaf, ca, root].map((certificate) => certificate.subject.text).join(' < '));
  }
  if (!namesMatch(leaf, ca) || !namesMatch(ca, root) || !namesMatch(root, root)) throw new CodedError('PCK_CHAIN_NAMES', 'an issuer is not the subject of the next certificate');
  return { leaf, ca, root, platform: readPckPlatform(leaf), caKind };
}

/** Everything about the chain that does not depend on the time: whether it leads to an anchor, step by step. */
export async function judgePckChain({ leaf, ca, root }: PckChain, anchors: readonly Anchor[]): Promise<readonly Fault[]> {
  const [rootSigned, caSigned, leafSigned] = await Promise.all([isSignedBy(root, root.spkiHex), isSignedBy(ca, root.spkiHex), isSignedBy(leaf, ca.spkiHex)]);
  const faults: Fault[] = [];
  if (!isAnchor(root, anchors)) {
    const expected = anchors.filter((anchor) => anchor.kind === 'sgx').map((anchor) => anchor.spki).join(' or ');
    faults.push(contradiction('ROOT_UNTRUSTED', 'the root key is no vendor anchor', { expected, actual: root.spkiHex }));
  }
  const unsigned = [rootSigned ? [] : ['root'], caSigned ? [] : ['PCK CA'], leafSigned ? [] : ['PCK']].flat();
  if (unsigned.length > 0) faults.push(contradiction('PCK_CHAIN_SIGNATURE', `signature of ${unsigned.join(', ')}`));
  const roles = [
    ['root', issuerFault(root, 1)],
    ['PCK CA', issuerFault(ca, 0)],
    ['PCK', leafFault(leaf, [PCK_EXTENSION])],
  ].filter(([, fault]) => fault !== undefined);
  if (roles.length > 0) faults.push(contradiction('PCK_CHAIN_CONSTRAINTS', roles.map(([name, fault]) => `${name}: ${fault}`).join(', ')));
  return faults;
}

/** Whether a root certificate carries a pinned key: the key is what is pinned, several certificates of Intel's carry it. */
export const isAnchor = (root: Certificate, anchors: readonly Anchor[]): boolean => anchors.some((anchor) => anchor.kind === 'sgx' && anchor.spki === root.spkiHex);

/** The certificates that carry the evidence must be in date: outside it is a contradiction, not an open question. */
export function judgePckDates({ leaf, ca, root }: PckChain, now: number): readonly Fault[] {
  const named = [['ROOT', root], ['PCK_CA', ca], ['PCK', leaf]] as const;
  return named.flatMap(([name, certificate]) => {
    const fault = dateFault(certificate.notBefore, certificate.notAfter, now);
    return fault === undefined ? [] : [contradiction(`${name}_${fault}`, `${certificate.subject.commonName ?? ''} is valid from ${isoTime(certificate.notBefore)} to ${isoTime(certificate.notAfter)}`)];
  });
}

/** As `readPckChain`, with the coded error as a fault. */
export function tryPckChain(quote: Quote): { readonly chain?: PckChain; readonly faults: readonly Fault[] } {
  try {
    return { chain: readPckChain(quote), faults: [] };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { faults: [contradiction(code, detail)] };
  }
}

/**
 * The XML signature of a manifest, in the one form NVIDIA uses: enveloped, one reference to the whole document, inclusive
 * C14N 1.1, SHA-384, ECDSA P-384, certificates inside. Form and place are pinned, so there is nothing to wrap.
 */
import type { Anchor } from '../../roots/anchor';
import { CodedError, asCoded } from '../../checks/error';
import { fromBase64 } from '../../encoding/base64';
import { equalBytes, utf8Bytes } from '../../encoding/bytes';
import { canonicalXml } from '../../encoding/xml/c14n';
import type { XmlElement } from '../../encoding/xml/parse';
import { fingerprintOf, readCertificate } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { dateFault, issuerFault, leafFault, namesMatch } from '../../x509/chain';
import { mayRespond } from '../../x509/ocsp-responder';
import { isSignedByP384, verifyP384 } from '../../x509/p384';
import { elementsOf, exactChildren, isNamed, onlyAttribute, plainText, refuse } from './rim-xml';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const C14N11 = 'http://www.w3.org/2006/12/xml-c14n11';
const ECDSA_SHA384 = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384';
const ENVELOPED = `${DSIG}enveloped-signature`;
const SHA384 = 'http://www.w3.org/2001/04/xmldsig-more#sha384';
const MAX_CERTIFICATES = 8;

export interface RimSignature {
  /** What the digest covers: the canonical document without its signature. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** SHA-384, 48 bytes. */
  readonly digest: Uint8Array;
  /** What the key signed: the canonical SignedInfo, which holds the digest. */
  readonly signedInfo: Uint8Array<ArrayBuffer>;
  /** r‖s, 96 bytes. */
  readonly value: Uint8Array;
  /** Signer first, root last. */
  readonly certificates: readonly Certificate[];
}

/** Takes the signature apart. Raises `RIM_PARSE` for anything outside the profile. */
export function readRimSignature(root: XmlElement, signature: XmlElement): RimSignature {
  if (!isNamed(signature, DSIG, 'Signature') || signature.attributes.length > 0) refuse('no Signature at the end');
  const [signedInfo, value, keyInfo] = exactChildren(signature, DSIG, ['SignedInfo', 'SignatureValue', 'KeyInfo']);
  if (signedInfo === undefined || value === undefined || keyInfo === undefined) return refuse('Signature');
  return {
    content: utf8Bytes(canonicalXml(root, signature)),
    digest: readSignedInfo(signedInfo),
    signedInfo: utf8Bytes(canonicalXml(signedInfo)),
    value: fromBase64(plainText(value), 'RIM_PARSE'),
    certificates: readKeyInfo(keyInfo),
  };
}

function readSignedInfo(signedInfo: XmlElement): Uint8Array {
  const [canonicalization, method, reference] = exactChildren(signedInfo, DSIG, ['CanonicalizationMethod', 'SignatureMethod', 'Reference']);
  algorithm(canonicalization, C14N11);
  algorithm(method, ECDSA_SHA384);
  if (reference === undefined || onlyAttribute(reference, 'URI') !== '') return refuse('a Reference to something else than the document');
  const [transforms, digestMethod, digestValue, extra] = elementsOf(reference);
  if (transforms === undefined || digestMethod === undefined || digestValue === undefined || extra !== undefined) return refuse('Reference');
  if (!isNamed(transforms, DSIG, 'Transforms') || !isNamed(digestMethod, DSIG, 'DigestMethod') || !isNamed(digestValue, DSIG, 'DigestValue')) refuse('parts of the Reference');
  const [enveloped, canonical] = exactChildren(transforms, DSIG, ['Transform', 'Transform']);
  algorithm(enveloped, ENVELOPED);
  algorithm(canonical, C14N11);
  algorithm(digestMethod, SHA384);
  return fromBase64(plainText(digestValue), 'RIM_PARSE');
}

function algorithm(element: XmlElement | undefined, wanted: string): void {
  if (element === undefined || element.children.length > 0 || onlyAttribute(element, 'Algorithm') !== wanted) refuse(`${element?.local ?? 'a method'} other than ${wanted}`);
}

function readKeyInfo(keyInfo: XmlElement): readonly Certificate[] {
  const [data] = exactChildren(keyInfo, DSIG, ['X509Data']);
  if (data === undefined || data.attributes.length > 0) return refuse('X509Data');
  const items = elementsOf(data);
  if (items.length === 0 || items.length > MAX_CERTIFICATES) refuse(`${items.length} certificates`);
  return items.map((item) => {
    if (!isNamed(item, DSIG, 'X509Certificate')) refuse('something other than certificates in X509Data');
    return readCertificate(fromBase64(plainText(item), 'RIM_PARSE'), 'RIM_PARSE');
  });
}

type Verdict = Promise<CodedError | undefined>;

/** Facts about bytes, so they may be remembered as long as the manifest itself. */
const known = { document: new WeakMap<RimSignature, Verdict>(), chain: new WeakMap<RimSignature, Verdict>() };

function remembered(kind: keyof typeof known, signature: RimSignature, find: (signature: RimSignature) => Verdict): Verdict {
  const verdict = known[kind].get(signature) ?? find(signature);
  known[kind].set(signature, verdict);
  return verdict;
}

/** Why a manifest is not NVIDIA's, dates aside; `undefined` when it is. The root inside it must be, byte for byte, that of an anchor. */
export async function rimSignatureFault(signature: RimSignature, anchors: readonly Anchor[]): Verdict {
  const altered = await remembered('document', signature, documentFault);
  if (altered !== undefined) return altered;
  const root = signature.certificates.at(-1);
  const anchored = root !== undefined && anchors.some((anchor) => anchor.kind === 'nvidia-rim' && anchor.spki === root.spkiHex && anchor.fingerprint === fingerprintOf(root));
  if (!anchored || signature.certificates.length < 2) return new CodedError('RIM_ROOT_UNTRUSTED', root?.subject.text ?? '');
  return remembered('chain', signature, chainFault);
}

/** Whether the document has the signed digest, and the first certificate's key signed it. */
async function documentFault({ content, digest, signedInfo, value, certificates }: RimSignature): Verdict {
  const actual = new Uint8Array(await crypto.subtle.digest('SHA-384', content));
  if (!equalBytes(actual, digest)) return new CodedError('RIM_DIGEST', 'the document is not the one that was signed');
  const [signer] = certificates;
  if (signer === undefined) return new CodedError('RIM_CHAIN', 'no certificates');
  try {
    return (await verifyP384(signer.spkiHex, value, signedInfo, 'RIM_CHAIN')) ? undefined : new CodedError('RIM_SIGNATURE', signer.subject.text);
  } catch (error) {
    return asCoded(error);
  }
}

/** Whether each certificate may do what it does here and is signed by the next. */
async function chainFault({ certificates }: RimSignature): Verdict {
  for (const [i, certificate] of certificates.entries()) {
    const { text } = certificate.subject;
    const use = i === 0 ? signerFault(certificate) : issuerFault(certificate, i - 1);
    if (use !== undefined) return new CodedError('RIM_CHAIN', `${text}: ${use}`);
    const issuer = certificates[i + 1];
    if (issuer === undefined) return undefined;
    if (!namesMatch(certificate, issuer)) return new CodedError('RIM_CHAIN', `${text} is not issued by ${issuer.subject.text}`);
    if (!(await isSignedByP384(certificate, issuer.spkiHex))) return new CodedError('RIM_CHAIN', `${text} is not signed by ${issuer.subject.text}`);
  }
  return undefined;
}

/** A responder for revocation lives under the same authorities and must not speak about measurements. */
const signerFault = (certificate: Certificate): string | undefined => leafFault(certificate) ?? (mayRespond(certificate) ? 'an OCSP responder' : undefined);

/** The first certificate of a manifest's chain that is outside its dates at `now` (ms). */
export function rimDateFault({ certificates }: RimSignature, now: number): CodedError | undefined {
  for (const { subject, notBefore, notAfter } of certificates) {
    const fault = dateFault(notBefore, notAfter, now);
    if (fault !== undefined) return new CodedError(`RIM_SIGNER_${fault}`, `${subject.text}: ${new Date(fault === 'EXPIRED' ? notAfter : notBefore).toISOString()}`);
  }
  return undefined;
}

/**
 * Manifests of the laboratory. The text is written in canonical form from the start, so that what is signed is the text
 * itself: a canonicalisation that differs from the standard cannot be copied into the test.
 */
import { anchorOf, issue, sha384, signRaw } from './certificates';
import type { Authority } from './certificates';

export const rimRoot = issue({ name: 'Laboratory RIM CA', ca: true });
export const RIM_ANCHOR = anchorOf(rimRoot, 'nvidia-rim');
export const rimIntermediate = issue({ name: 'Laboratory RIM ICA', ca: true, issuer: rimRoot });
export const rimSigner = issue({ name: 'Laboratory RIM Signer', issuer: rimIntermediate });

export type Golden = Readonly<Record<number, readonly Uint8Array[]>>;

export interface RimOptions {
  readonly product?: string;
  readonly edition?: string;
  readonly version: string;
  readonly golden: Golden;
  readonly chain?: readonly Authority[];
  readonly entries?: number;
}

const ISO = 'http://standards.iso.org/iso/19770/-2/2015/schema.xsd';
const SHA = 'http://www.w3.org/2001/04/xmlenc#sha384';
const NAMESPACES = ` xmlns="${ISO}" xmlns:ns0="${ISO}" xmlns:ns2="${SHA}"`;
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

/** One element of 48 zero bytes for what is not named, as NVIDIA writes them. Attributes by namespace, then name. */
function resource(index: number, values: readonly Uint8Array[] | undefined): string {
  const hashes = (values ?? [Buffer.alloc(48)]).map((value, i) => ` ns2:Hash${i}="${Buffer.from(value).toString('hex')}"`).join('');
  return `<ns0:Resource active="${values === undefined ? 'False' : 'True'}" alternatives="${values?.length ?? 1}" index="${index}" name="Measurement_${index}" size="48" type="Measurement"${hashes}></ns0:Resource>`;
}

export interface SignedRim {
  /** Everything before and after the signature, and the signature. */
  readonly head: string;
  readonly signature: string;
  readonly tail: string;
  readonly xml: string;
}

export function makeRim({ product = 'GH100', edition = 'GPU', version, golden, chain = [rimSigner, rimIntermediate, rimRoot], entries = 64 }: RimOptions): SignedRim {
  const rows = Array.from({ length: entries }, (_, i) => `        ${resource(i, golden[i])}\n`).join('');
  const head = `<SoftwareIdentity${NAMESPACES} name="${product}" tagId="lab">\n    <ns0:Entity name="Laboratory"></ns0:Entity>\n    <ns0:Meta colloquialVersion="${version}" edition="${edition}" product="${product}"></ns0:Meta>\n    <ns0:Payload>\n${rows}    </ns0:Payload>\n`;
  const tail = '</SoftwareIdentity>';
  return signRim(head, tail, chain);
}

const algorithm = (name: string, uri: string): string => `<ds:${name} Algorithm="${uri}"></ds:${name}>`;

/** Signs `head + tail` as a document whose signature stands between the two. */
export function signRim(head: string, tail: string, chain: readonly Authority[] = [rimSigner, rimIntermediate, rimRoot], change: (signedInfo: string) => string = (same) => same): SignedRim {
  const [signer] = chain;
  if (signer === undefined) throw new Error('nobody signs');
  const transforms = `<ds:Transforms>${algorithm('Transform', `${DSIG}enveloped-signature`)}${algorithm('Transform', 'http://www.w3.org/2006/12/xml-c14n11')}</ds:Transforms>`;
  const reference = `<ds:Reference URI="">${transforms}${algorithm('DigestMethod', 'http://www.w3.org/2001/04/xmldsig-more#sha384')}<ds:DigestValue>${sha384(head, tail).toString('base64')}</ds:DigestValue></ds:Reference>`;
  const inner = change(`${algorithm('CanonicalizationMethod', 'http://www.w3.org/2006/12/xml-c14n11')}${algorithm('SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384')}${reference}`);
  // Alone, SignedInfo carries every namespace in scope: default first, then by prefix.
  const canonical = `<ds:SignedInfo xmlns="${ISO}" xmlns:ds="${DSIG}" xmlns:ns0="${ISO}" xmlns:ns2="${SHA}">${inner}</ds:SignedInfo>`;
  const value = signRaw(signer.key, Buffer.from(canonical)).toString('base64');
  const certificates = chain.map(({ der }) => `<ds:X509Certificate>${der.toString('base64')}</ds:X509Certificate>`).join('\n');
  const signature = `<ds:Signature xmlns:ds="${DSIG}"><ds:SignedInfo>${inner}</ds:SignedInfo><ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data>${certificates}</ds:X509Data></ds:KeyInfo></ds:Signature>`;
  return { head, signature, tail, xml: `${head}${signature}${tail}` };
}

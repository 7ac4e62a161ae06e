/** Manifests of reference values as NVIDIA publishes them: a SWID tag with an enveloped XML signature (ECDSA P-384, SHA-384). */
import { labelled, sha384 } from '../pki/keys.ts';
import type { Authority } from '../pki/nvidia.ts';
import { signQuickly } from '../pki/p384.ts';
import type { Golden, Manifest } from './firmware.ts';
import { canonical, written } from './xml.ts';
import type { XmlNode } from './xml.ts';

const SWID = 'http://standards.iso.org/iso/19770/-2/2015/schema.xsd';
const HASHES = 'http://www.w3.org/2001/04/xmlenc#sha384';
const TCG = 'https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const C14N11 = 'http://www.w3.org/2006/12/xml-c14n11';
const MAKER = 'Assay Simulator';

/** In force on the root element, and so inside the signature. */
const NAMESPACES: readonly (readonly [string, string])[] = [['', SWID], ['ns0', SWID], ['ns2', HASHES]];

const lines = (indent: string, nodes: readonly XmlNode[], close: string): readonly (XmlNode | string)[] => [...nodes.flatMap((node) => [`\n${indent}`, node]), `\n${close}`];

/** Inactive entries are zeros, and mean nothing. */
function resource(index: number, values: readonly Buffer[] | undefined): XmlNode {
  const hashes = (values ?? [Buffer.alloc(48)]).map((value, which) => [`ns2:Hash${which}`, value.toString('hex')] as const);
  return {
    name: 'ns0:Resource',
    attributes: [['type', 'Measurement'], ['index', String(index)], ['active', values === undefined ? 'False' : 'True'], ['alternatives', String(hashes.length)], ...hashes, ['name', `Measurement_${index}`], ['size', '48']],
  };
}

function document({ product, edition, version, entries }: Manifest, golden: Golden): XmlNode {
  const meta: XmlNode = {
    name: 'ns0:Meta', declares: [['ns1', TCG]],
    attributes: [
      ['colloquialVersion', version], ['edition', edition], ['product', product], ['revision', 'r1'], ['PayloadType', 'direct'], ['ns1:BindingSpec', 'RIMIM'], ['ns1:BindingSpecVersion', '1.01'],
      ['ns1:PlatformManufacturerId', '5703'], ['ns1:PlatformManufacturerStr', MAKER], ['ns1:PlatformModel', product], ['ns1:FirmwareManufacturer', MAKER], ['ns1:FirmwareManufacturerId', '5703'],
    ],
  };
  const payload: XmlNode = {
    name: 'ns0:Payload', declares: [['SHA384', HASHES]],
    children: lines('        ', Array.from({ length: entries }, (_, index) => resource(index, golden.get(index))), '    '),
  };
  return {
    name: 'SoftwareIdentity', declares: NAMESPACES,
    attributes: [['corpus', 'false'], ['name', product], ['patch', 'false'], ['supplemental', 'false'], ['tagId', labelled(`rim/${product}/${version}`, 48).toString('hex')], ['version', '1.0'], ['tagVersion', '0']],
    children: lines('    ', [{ name: 'ns0:Entity', attributes: [['name', MAKER], ['role', 'softwareCreator tagCreator']] }, meta, payload], ''),
  };
}

const algorithm = (name: string, uri: string): XmlNode => ({ name: `ds:${name}`, attributes: [['Algorithm', uri]] });

/** SignedInfo over the document's digest. */
function signedInfo(digest: Buffer): XmlNode {
  const transforms: XmlNode = { name: 'ds:Transforms', children: [algorithm('Transform', `${DSIG}enveloped-signature`), algorithm('Transform', C14N11)] };
  const reference: XmlNode = {
    name: 'ds:Reference', attributes: [['URI', '']],
    children: [transforms, algorithm('DigestMethod', 'http://www.w3.org/2001/04/xmldsig-more#sha384'), { name: 'ds:DigestValue', children: [digest.toString('base64')] }],
  };
  return { name: 'ds:SignedInfo', children: [algorithm('CanonicalizationMethod', C14N11), algorithm('SignatureMethod', 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384'), reference] };
}

/** Base64 in lines of 64, with a line's end behind the last. */
const wrapped = (der: Uint8Array): string => `${(Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n`;

/** The manifest's XML, signed by the first of the chain. `golden` in place of its own values. */
export function rimXml(manifest: Manifest, chain: readonly Authority[], golden: Golden = manifest.golden): string {
  const [signer] = chain;
  if (signer === undefined) throw new RangeError('nobody signs');
  const root = document(manifest, golden);
  const info = signedInfo(sha384(canonical(root)));
  const value = signQuickly(signer.key, Buffer.from(canonical(info, new Map([...NAMESPACES, ['ds', DSIG]]))));
  const signature: XmlNode = {
    name: 'ds:Signature', declares: [['ds', DSIG]],
    children: [
      info, { name: 'ds:SignatureValue', children: [value.toString('base64')] },
      { name: 'ds:KeyInfo', children: [{ name: 'ds:X509Data', children: chain.map((one) => ({ name: 'ds:X509Certificate', children: [wrapped(one.der)] })) }] },
    ],
  };
  return written({ ...root, children: [...(root.children ?? []), signature] });
}

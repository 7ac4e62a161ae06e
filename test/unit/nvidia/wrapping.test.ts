/** Attacks on the signature of a manifest: nothing but the one form in the one place, over the whole document, is accepted. */
import { describe, expect, it } from 'vitest';
import { asCoded } from '../../../src/checks/error';
import { readRim } from '../../../src/evidence/nvidia/rim';
import { rimSignatureFault } from '../../../src/evidence/nvidia/rim-signature';
import { DRIVER_GOLDEN } from './lab';
import { DRIVER } from './lab/device';
import { RIM_ANCHOR, makeRim, signRim } from './lab/manifest';

const good = makeRim({ version: DRIVER, golden: DRIVER_GOLDEN });
const evil = makeRim({ version: DRIVER, golden: { 7: [Buffer.alloc(48, 0x66)] } });

async function fate(xml: string): Promise<string> {
  try {
    return (await rimSignatureFault(readRim(xml).signature, [RIM_ANCHOR]))?.code ?? 'accepted';
  } catch (error) {
    return asCoded(error).code;
  }
}

const payloadOf = ({ head }: typeof good): string => /<ns0:Payload>[^]*<\/ns0:Payload>/.exec(head)?.[0] ?? expect.fail('payload');
const swap = (from: string, to: string, text = good.xml): string => {
  if (!text.includes(from)) throw new Error(`nothing to replace: ${from}`);
  return text.replace(from, () => to);
};
const ISO = 'xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd"';

describe('the laboratory’s manifest', () => {
  it('is accepted, also written less canonically', async () => {
    expect(await fate(good.xml)).toBe('accepted');
    expect(await fate(`\n${good.xml}\n\n`)).toBe('accepted');
    expect(await fate(good.xml.replaceAll('></ns0:Resource>', ' />'))).toBe('accepted');
    expect(await fate(swap('active="True" alternatives="1"', 'alternatives="1"\n  active="True"'))).toBe('accepted');
  });

  it.each([
    ['a changed value', swap(Buffer.from(DRIVER_GOLDEN[7]?.[0] ?? []).toString('hex').slice(0, 8), '00000000'), 'RIM_DIGEST'],
    ['a switched-off value', swap('active="True"', 'active="False"'), 'RIM_DIGEST'],
    ['another product', swap('product="GH100"', 'product="GB100"'), 'RIM_DIGEST'],
    ['one more blank between elements', swap('    <ns0:Payload>', '     <ns0:Payload>'), 'RIM_DIGEST'],
    ['another prefix for the same namespace', swap('xmlns:ns0=', 'xmlns:n0=').replaceAll('ns0:', 'n0:'), 'RIM_DIGEST'],
    ['a foreign payload', swap(payloadOf(good), payloadOf(evil)), 'RIM_DIGEST'],
    ['a second payload before the signed one', swap(payloadOf(good), payloadOf(evil) + payloadOf(good)), 'RIM_PARSE'],
    ['a second payload after it', swap(payloadOf(good), payloadOf(good) + payloadOf(evil)), 'RIM_PARSE'],
    ['a payload behind the signature', `${good.head}${good.signature}${payloadOf(evil)}${good.tail}`, 'RIM_PARSE'],
    ['the signed document wrapped in another', `${evil.head}${good.xml}${good.signature}${evil.tail}`, 'RIM_PARSE'],
    ['the signed document inside the signature', `${evil.head}${swap('</ds:Signature>', `<ds:Object>${good.head}${good.tail}</ds:Object></ds:Signature>`, good.signature)}${evil.tail}`, 'RIM_PARSE'],
    ['the signed payload inside the signature', `${evil.head}${swap('</ds:KeyInfo>', `</ds:KeyInfo><ds:Object>${payloadOf(good)}</ds:Object>`, good.signature)}${evil.tail}`, 'RIM_PARSE'],
    ['content hidden in the part that is left out', `${good.head}${swap('<ds:SignedInfo>', `${payloadOf(evil)}<ds:SignedInfo>`, good.signature)}${good.tail}`, 'RIM_PARSE'],
    ['a signature moved to the front', swap('<ns0:Entity', `${good.signature}<ns0:Entity`, good.head + good.tail), 'RIM_PARSE'],
    ['a signature moved into the payload', `${swap('</ns0:Payload>', `${good.signature}</ns0:Payload>`, good.head)}${good.tail}`, 'RIM_PARSE'],
    ['two signatures', `${good.head}${good.signature}${good.signature}${good.tail}`, 'RIM_PARSE'],
    ['the signature of another document', `${evil.head}${good.signature}${evil.tail}`, 'RIM_DIGEST'],
    ['no signature', `${good.head}${good.tail}`, 'RIM_PARSE'],
    ['a value that begins with zero bytes, shortened', `${good.head}${good.signature.replace(/<ds:SignatureValue>.{128}/, `<ds:SignatureValue>${'A'.repeat(124)}`)}${good.tail}`, 'RIM_SIGNATURE'],
    ['a zero signature', `${good.head}${good.signature.replace(/<ds:SignatureValue>.{128}/, `<ds:SignatureValue>${'A'.repeat(128)}`)}${good.tail}`, 'RIM_SIGNATURE'],
    ['an attribute on the root', swap(' name="GH100"', ' name="GH100" extra="1"'), 'RIM_DIGEST'],
    ['text in the payload', swap('<ns0:Payload>', '<ns0:Payload>x'), 'RIM_PARSE'],
    ['an element inside a resource', swap('></ns0:Resource>', '><ns0:Resource></ns0:Resource></ns0:Resource>'), 'RIM_PARSE'],
    ['a resource of another namespace', swap('<ns0:Resource', `<Resource xmlns="urn:x"></Resource><ns0:Resource`), 'RIM_PARSE'],
    ['a namespace redeclared around the payload', swap('<ns0:Payload>', '<ns0:Payload xmlns:ns2="urn:x">'), 'RIM_PARSE'],
    ['a comment inside a value', swap('</ds:DigestValue>', '<!-- --></ds:DigestValue>'), 'RIM_PARSE'],
    ['an entity', swap('name="Laboratory"', 'name="&lab;"'), 'RIM_PARSE'],
  ])('refuses %s', async (_name, xml, code) => {
    expect(xml).not.toBe(good.xml);
    expect(await fate(xml)).toBe(code);
  });

  it.each([
    ['exclusive canonicalisation', 'http://www.w3.org/2006/12/xml-c14n11"></ds:Canon', 'http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Canon'],
    ['canonicalisation with comments', 'http://www.w3.org/2006/12/xml-c14n11"></ds:Canon', 'http://www.w3.org/2006/12/xml-c14n11#WithComments"></ds:Canon'],
    ['an HMAC', 'xmldsig-more#ecdsa-sha384', 'xmldsig-more#hmac-sha384'],
    ['another digest', 'xmldsig-more#sha384', 'xmlenc#sha256'],
    ['a reference to a part', 'URI=""', 'URI="#payload"'],
    ['a reference without URI', ' URI=""', ''],
    ['a reference with a type', 'URI=""', 'URI="" Type="x"'],
    ['an XPath transform', `<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>`, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"></ds:Transform>`],
    ['a transform with content', 'xmldsig#enveloped-signature">', 'xmldsig#enveloped-signature">x'],
    ['one transform less', `<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"></ds:Transform>`, ''],
    ['one transform more', '</ds:Transforms>', '<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"></ds:Transform></ds:Transforms>'],
    ['transforms in another order', '<ds:Transforms>', '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"></ds:Transform>'],
    ['an HMAC output length', '</ds:SignatureMethod>', '<ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>'],
    ['a second reference', '</ds:Reference>', '</ds:Reference><ds:Reference URI=""></ds:Reference>'],
  ])('refuses %s even when it is signed', async (_name, from, to) => {
    const signed = signRim(good.head, good.tail, undefined, (signedInfo) => swap(from, to, signedInfo));
    expect(await fate(signed.xml)).toBe('RIM_PARSE');
  });

  it('reads what it digested: signed rows that contradict themselves are refused', async () => {
    const row = (attributes: string): string => `${good.head.slice(0, good.head.indexOf('        <ns0:Resource'))}<ns0:Resource ${attributes}></ns0:Resource>    </ns0:Payload>\n`;
    const zero = '00'.repeat(48);
    const signed = (head: string): Promise<string> => fate(signRim(head, good.tail).xml);
    const usual = (over: Record<string, string>): string => Object.entries({ active: 'True', alternatives: '1', index: '0', size: '48', type: 'Measurement', 'ns2:Hash0': zero, ...over }).map(([name, value]) => `${name}="${value}"`).join(' ');
    expect(await signed(row(usual({})))).toBe('accepted');
    for (const over of [{ alternatives: '2' }, { alternatives: '0' }, { alternatives: 'x' }, { index: '-1' }, { index: '01' }, { index: '255' }, { index: '1e1' }, { size: '32' }, { type: 'Other' }, { active: 'true' }, { 'ns2:Hash0': zero.slice(2) }, { 'ns2:Hash0': `${zero.slice(2)}zz` }, { 'ns2:Hash1': zero }, { 'ns2:Hash1': zero, alternatives: '3' }]) {
      expect(await signed(row(usual(over))), JSON.stringify(over)).toBe('RIM_PARSE');
    }
    const twice = row(`${usual({})}></ns0:Resource><ns0:Resource ${usual({})}`);
    expect(await signed(twice)).toBe('RIM_PARSE');
  });

  it('an unprefixed payload of the same namespace is the same; of none is not', async () => {
    const unprefixed = good.head.replaceAll('ns0:', '');
    expect(await fate(signRim(unprefixed, good.tail).xml)).toBe('accepted');
    expect(await fate(good.xml.replace(ISO, 'xmlns="urn:other"'))).toBe('RIM_PARSE');
  });
});

/** The XML profile: what is read, what is refused, and the canonical form of what is read. */
import { describe, expect, it } from 'vitest';
import { asCoded } from '../../../src/checks/error';
import { canonicalXml } from '../../../src/encoding/xml/c14n';
import { parseXml } from '../../../src/encoding/xml/parse';
import type { XmlElement } from '../../../src/encoding/xml/parse';

const read = (text: string): XmlElement => parseXml(text, { code: 'RIM_PARSE' });
const canonical = (text: string): string => canonicalXml(read(text));

function child(element: XmlElement, ...path: readonly string[]): XmlElement {
  return path.reduce((at, local) => at.children.find((one): one is XmlElement => typeof one !== 'string' && one.local === local) ?? expect.fail(local), element);
}

describe('reading', () => {
  it('resolves prefixes where they are declared, in scope or later in the same tag', () => {
    const root = read('<a:r xmlns:a="urn:1" b:x="1" xmlns:b="urn:2" x="2"><c xmlns="urn:3" y="1"/><a:c xmlns:a="urn:4"/></a:r>');
    expect(root).toMatchObject({ prefix: 'a', local: 'r', namespace: 'urn:1' });
    expect(root.attributes).toEqual([{ prefix: 'b', local: 'x', namespace: 'urn:2', value: '1' }, { prefix: '', local: 'x', namespace: '', value: '2' }]);
    expect(root.children).toMatchObject([{ namespace: 'urn:3', attributes: [{ local: 'y', namespace: '' }] }, { namespace: 'urn:4' }]);
  });

  it('keeps text as it stands, line breaks and quotes included', () => {
    expect(read('<a>\n  x "\'y\n<b></b>z</a>').children).toMatchObject(['\n  x "\'y\n', { local: 'b', children: [] }, 'z']);
  });

  it.each([
    ['a declaration', '<?xml version="1.0"?><a/>'],
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['an entity declaration', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['a comment', '<a><!-- x --></a>'],
    ['a comment after the end', '<a/><!-- x -->'],
    ['CDATA', '<a><![CDATA[x]]></a>'],
    ['a processing instruction', '<a><?x y?></a>'],
    ['an entity', '<a>&lt;</a>'],
    ['a character reference', '<a>&#65;</a>'],
    ['a reference in an attribute', '<a x="&quot;"/>'],
    ['a bare ampersand', '<a>x & y</a>'],
    ['a > in text', '<a>x > y</a>'],
    ['the end of CDATA in text', '<a>]]></a>'],
    ['a < in an attribute', '<a x="<"/>'],
    ['single quotes', "<a x='1'/>"],
    ['an attribute without quotes', '<a x=1/>'],
    ['attributes that touch', '<a x="1"y="2"/>'],
    ['a line break in an attribute', '<a x="1\n2"/>'],
    ['a tab', '<a>\t</a>'],
    ['a carriage return', '<a>\r\n</a>'],
    ['a NUL', '<a>\0</a>'],
    ['a byte order mark', '\ufeff<a/>'],
    ['a letter beyond ASCII', '<a>é</a>'],
    ['a line separator', '<a>\u2028</a>'],
    ['xml:space', '<a xml:space="preserve"/>'],
    ['xml:base', '<a xml:base="urn:x"/>'],
    ['xml:id', '<a xml:id="x"/>'],
    ['an element of XML itself', '<xml:a/>'],
    ['a redeclared xml prefix', '<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>'],
    ['a declared xmlns prefix', '<a xmlns:xmlns="urn:x"/>'],
    ['a taken-back namespace', '<a xmlns="urn:x"><b xmlns=""/></a>'],
    ['a taken-back prefix', '<a xmlns:p="urn:x"><b xmlns:p=""/></a>'],
    ['an undeclared prefix', '<p:a/>'],
    ['an undeclared prefix of an attribute', '<a p:x="1"/>'],
    ['a prefix of a sibling', '<a><b xmlns:p="urn:x"/><p:c/></a>'],
    ['an attribute twice', '<a x="1" x="2"/>'],
    ['an attribute twice by namespace', '<a xmlns:p="urn:x" xmlns:q="urn:x" p:x="1" q:x="2"/>'],
    ['a declaration twice', '<a xmlns:p="urn:x" xmlns:p="urn:y"/>'],
    ['a default twice', '<a xmlns="urn:x" xmlns="urn:y"/>'],
    ['two roots', '<a/><b/>'],
    ['text before the root', 'x<a/>'],
    ['text after the root', '<a/>x'],
    ['nothing', ''],
    ['white space alone', '  \n'],
    ['an element that does not end', '<a><b></a>'],
    ['an end of another prefix', '<a xmlns="urn:x" xmlns:p="urn:x"></p:a>'],
    ['ends in the wrong order', '<a><b></a></b>'],
    ['an end without a start', '</a>'],
    ['a tag cut off', '<a x="1"'],
    ['a cut name', '<a'],
    ['two colons', '<a:b:c xmlns:a="urn:x"/>'],
    ['a name that begins with a digit', '<1a/>'],
    ['a blank before the name', '< a/>'],
    ['attributes on an end', '<a></a x="1">'],
  ])('refuses %s', (_name, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'RIM_PARSE' }));
  });

  it('is bounded in length, depth, elements and attributes', () => {
    expect(() => parseXml(`<a>${' '.repeat(100)}</a>`, { code: 'RIM_PARSE', maxLength: 100 })).toThrow();
    expect(read('<a>'.repeat(16) + '</a>'.repeat(16)).local).toBe('a');
    expect(() => read('<a>'.repeat(17) + '</a>'.repeat(17))).toThrow();
    expect(() => read('<a>'.repeat(50_000))).toThrow();
    expect(read(`<a>${'<b/>'.repeat(4095)}</a>`).children).toHaveLength(4095);
    expect(() => read(`<a>${'<b/>'.repeat(4096)}</a>`)).toThrow();
    const attributes = (count: number): string => Array.from({ length: count }, (_, i) => ` x${i}="1"`).join('');
    expect(read(`<a${attributes(64)}/>`).attributes).toHaveLength(64);
    expect(() => read(`<a${attributes(65)}/>`)).toThrow();
  });

  it('is bounded in namespaces: each element that declares one would keep all those in scope', () => {
    const declarations = (count: number, from = 0): string => Array.from({ length: count }, (_, i) => ` xmlns:p${from + i}="urn:x"`).join('');
    expect(read(`<a${declarations(32)}><b${declarations(32, 32)}/></a>`).children).toHaveLength(1);
    expect(() => read(`<a${declarations(32)}><b${declarations(33, 32)}/></a>`)).toThrow(expect.objectContaining({ code: 'RIM_PARSE' }));
    expect(() => read(`<a>${'<b xmlns:q="urn:v"/>'.repeat(65)}</a>`)).toThrow(expect.objectContaining({ code: 'RIM_PARSE' }));
  });

  // Work that grows with the square of the text would not end within the runner's patience.
  it('comes to an end on long texts that open and never close', () => {
    for (const piece of ['<a ', 'a="', ' \n', '<a x="1"', 'a:', '</a>', '<a>x']) {
      try {
        read(`<a>${piece.repeat(60_000)}`.slice(0, 250_000));
      } catch (error) {
        expect(asCoded(error).code).toBe('RIM_PARSE');
      }
    }
  });
});

describe('the canonical form', () => {
  it.each([
    ['empty elements get an end tag', '<a><b/><c  /></a>', '<a><b></b><c></c></a>'],
    ['white space inside tags goes, in text it stays', '<a   x="1"\n y="2" >\n  <b\n/> \n</a >\n', '<a x="1" y="2">\n  <b></b> \n</a>'],
    ['attributes by namespace, then name; those without one first', '<a xmlns:z="urn:a" xmlns:y="urn:b" y:b="1" z:b="2" y:a="3" b="4" a="5" z:a="6"/>', '<a xmlns:y="urn:b" xmlns:z="urn:a" a="5" b="4" z:a="6" z:b="2" y:a="3" y:b="1"></a>'],
    ['capitals before small letters, as code points go', '<a b="1" B="2" _="3" a="4"/>', '<a B="2" _="3" a="4" b="1"></a>'],
    ['namespaces by prefix, the default first', '<a xmlns:c="urn:3" xmlns:b="urn:2" xmlns="urn:1"/>', '<a xmlns="urn:1" xmlns:b="urn:2" xmlns:c="urn:3"></a>'],
    ['a namespace that is in scope already is not written again', '<a xmlns="urn:1" xmlns:p="urn:2"><b xmlns="urn:1" xmlns:p="urn:2"><p:c xmlns:p="urn:3"/><p:d/></b></a>', '<a xmlns="urn:1" xmlns:p="urn:2"><b><p:c xmlns:p="urn:3"></p:c><p:d></p:d></b></a>'],
    ['unused namespaces stay: the form is inclusive', '<a xmlns:u="urn:u"><b xmlns:v="urn:v"/></a>', '<a xmlns:u="urn:u"><b xmlns:v="urn:v"></b></a>'],
    ['back to an outer namespace', '<a xmlns="urn:1"><b xmlns="urn:2"><c xmlns="urn:1"/></b></a>', '<a xmlns="urn:1"><b xmlns="urn:2"><c xmlns="urn:1"></c></b></a>'],
  ])('%s', (_name, text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });

  it('an element alone carries what its ancestors declared', () => {
    const root = read('<a xmlns="urn:1" xmlns:n="urn:n"><s:b xmlns:s="urn:s"><s:c x="1"><d/></s:c></s:b></a>');
    expect(canonicalXml(child(root, 'b', 'c'))).toBe('<s:c xmlns="urn:1" xmlns:n="urn:n" xmlns:s="urn:s" x="1"><d></d></s:c>');
  });

  it('leaves one element out and the white space around it in', () => {
    const root = read('<a>\n <b/>\n <b/>\n</a>');
    expect(canonicalXml(root, child(root, 'b'))).toBe('<a>\n \n <b></b>\n</a>');
  });
});

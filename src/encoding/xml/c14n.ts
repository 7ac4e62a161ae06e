/**
 * Inclusive Canonical XML 1.1 without comments, for elements of the profile in `parse.ts`. There is nothing to escape and
 * there are no `xml:` attributes to inherit, so what is left is the order of attributes and where namespaces are written.
 */
import type { XmlAttribute, XmlElement } from './parse';

/**
 * The canonical text of an element and all it holds. The element itself is the apex of the node set: it carries every
 * namespace in scope, also those its ancestors declared. `without` leaves out one element inside it (the enveloped signature).
 */
export function canonicalXml(apex: XmlElement, without?: XmlElement): string {
  const parts: string[] = [];
  write(apex, new Map(), apex.inScope, without, parts);
  return parts.join('');
}

function write(element: XmlElement, outer: ReadonlyMap<string, string>, candidates: ReadonlyMap<string, string>, without: XmlElement | undefined, parts: string[]): void {
  const name = element.prefix === '' ? element.local : `${element.prefix}:${element.local}`;
  parts.push('<', name);
  for (const [prefix, uri] of [...candidates].filter(([prefix, uri]) => outer.get(prefix) !== uri).sort(([a], [b]) => compare(a, b))) {
    parts.push(prefix === '' ? ' xmlns="' : ` xmlns:${prefix}="`, uri, '"');
  }
  for (const { prefix, local, value } of [...element.attributes].sort(compareAttributes)) {
    parts.push(prefix === '' ? ` ${local}="` : ` ${prefix}:${local}="`, value, '"');
  }
  parts.push('>');
  for (const child of element.children) {
    if (typeof child === 'string') parts.push(child);
    else if (child !== without) write(child, element.inScope, child.declared, without, parts);
  }
  parts.push('</', name, '>');
}

/** By namespace, then by local name; attributes without a namespace come first. */
const compareAttributes = (a: XmlAttribute, b: XmlAttribute): number => compare(a.namespace, b.namespace) || compare(a.local, b.local);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Small readers over the tree of a manifest. Every fault raises `RIM_PARSE`. */
import { CodedError } from '../../checks/error';
import type { XmlElement } from '../../encoding/xml/parse';

export function refuse(detail: string): never {
  throw new CodedError('RIM_PARSE', detail);
}

export const isNamed = (element: XmlElement, namespace: string, local: string): boolean => element.namespace === namespace && element.local === local;

/** The child elements in order; text between them must be blank. */
export function elementsOf(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child): child is XmlElement => {
    if (typeof child !== 'string') return true;
    if (/[^ \n]/.test(child)) refuse(`text inside ${element.local}`);
    return false;
  });
}

/** The attributes of one namespace (empty for those without a prefix), local name → value. */
export const attributesOf = (element: XmlElement, namespace: string): ReadonlyMap<string, string> =>
  new Map(element.attributes.filter((attribute) => attribute.namespace === namespace).map(({ local, value }) => [local, value]));

/** The only attribute of an element. */
export function onlyAttribute(element: XmlElement, local: string): string {
  const [attribute, second] = element.attributes;
  if (attribute === undefined || second !== undefined || attribute.namespace !== '' || attribute.local !== local) return refuse(`${element.local} with attributes other than ${local}`);
  return attribute.value;
}

/** The text of an element that holds nothing else and has no attributes, line breaks and blanks dropped. */
export function plainText(element: XmlElement): string {
  const [text, second] = element.children;
  if (typeof text !== 'string' || second !== undefined || element.attributes.length > 0) return refuse(`${element.local} that is not plain text`);
  return text.replace(/[ \n]+/g, '');
}

/** Exactly these child elements of one namespace, in this order, on an element without attributes. */
export function exactChildren(element: XmlElement, namespace: string, locals: readonly string[]): readonly XmlElement[] {
  const children = elementsOf(element);
  if (element.attributes.length > 0) refuse(`attributes on ${element.local}`);
  if (children.length !== locals.length || children.some((child, i) => !isNamed(child, namespace, locals[i] ?? ''))) refuse(`${element.local} does not hold ${locals.join(', ')}`);
  return children;
}

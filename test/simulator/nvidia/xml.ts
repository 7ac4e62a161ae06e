/**
 * XML twice from one tree: as NVIDIA writes it, and in inclusive C14N 1.1, which is what gets signed. Only what manifests
 * need: elements, attributes and text without characters that want escaping.
 */

export interface XmlNode {
  /** With its prefix. */
  readonly name: string;
  /** Declared here: prefix ('' for the default) → namespace. */
  readonly declares?: readonly (readonly [prefix: string, namespace: string])[];
  /** With their prefixes, in the order in which they are written. */
  readonly attributes?: readonly (readonly [name: string, value: string])[];
  readonly children?: readonly (XmlNode | string)[];
}

type Scope = ReadonlyMap<string, string>;

function plain(text: string): string {
  if (/[&<>"\t\r]/.test(text)) throw new RangeError(`text that wants escaping: ${text}`);
  return text;
}

const declaration = ([prefix, namespace]: readonly [string, string]): string => ` xmlns${prefix === '' ? '' : `:${prefix}`}="${plain(namespace)}"`;
const attribute = ([name, value]: readonly [string, string]): string => ` ${name}="${plain(value)}"`;

/** As it goes over the wire, empty elements closed at once. */
export function written({ name, declares = [], attributes = [], children = [] }: XmlNode): string {
  const start = `<${name}${declares.map(declaration).join('')}${attributes.map(attribute).join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.map((child) => (typeof child === 'string' ? plain(child) : written(child))).join('')}</${name}>`;
}

/** By code point, as C14N sorts; all of it is ASCII here. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Canonical text of a node. `around`: namespaces in force outside it; all of them are written on the node, as for a part
 * taken out of its document.
 */
export const canonical = (node: XmlNode, around: Scope = new Map()): string => render(node, around, new Map());

function render({ name, declares = [], attributes = [], children = [] }: XmlNode, around: Scope, shown: Scope): string {
  const scope = new Map([...around, ...declares]);
  const fresh = [...scope].filter(([prefix, namespace]) => shown.get(prefix) !== namespace).sort(([a], [b]) => byText(a, b));
  const keyed = attributes.map(([full, value]) => {
    const [local = '', prefix] = full.split(':').reverse();
    return { sort: [prefix === undefined ? '' : (scope.get(prefix) ?? ''), local] as const, text: attribute([full, value]) };
  });
  const sorted = keyed.sort((a, b) => byText(a.sort[0], b.sort[0]) || byText(a.sort[1], b.sort[1]));
  const inner = children.map((child) => (typeof child === 'string' ? plain(child) : render(child, scope, scope))).join('');
  return `<${name}${fresh.map(declaration).join('')}${sorted.map(({ text }) => text).join('')}>${inner}</${name}>`;
}

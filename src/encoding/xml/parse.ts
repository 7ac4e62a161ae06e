/**
 * A strict reader for the one XML profile that NVIDIA signs its reference manifests in. Extensions' background workers
 * have no DOMParser, and a signature check must not depend on what a lenient parser makes of odd input: so everything
 * outside the profile is refused. No declaration, DOCTYPE, comment, CDATA, processing instruction, entity or reference;
 * ASCII without tabs and carriage returns; double quotes; no line break inside an attribute value; no `xml:` attributes.
 * Within it, inclusive C14N 1.1 equals C14N 1.0 and needs no escaping (see `c14n.ts`).
 */
import { CodedError } from '../../checks/error';
import type { Code } from '../../checks/codes';

export interface XmlAttribute {
  readonly prefix: string;
  readonly local: string;
  /** Empty for an attribute without a prefix. */
  readonly namespace: string;
  readonly value: string;
}

export interface XmlElement {
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  /** Prefix (empty for the default) → URI: what this element declares, and everything in scope within it. */
  readonly declared: ReadonlyMap<string, string>;
  readonly inScope: ReadonlyMap<string, string>;
  /** Elements and text in order; no text is empty. */
  readonly children: readonly (XmlElement | string)[];
}

export interface XmlLimits {
  /** Code of every fault. */
  readonly code: Code;
  /** Characters; 256 Ki unless said otherwise (the largest real manifest has 26,000). */
  readonly maxLength?: number;
}

const MAX_DEPTH = 16;
const MAX_ELEMENTS = 4096;
const MAX_ATTRIBUTES = 64;
/** In the whole document; real manifests have six. Every element that declares one keeps all that are in scope. */
const MAX_DECLARATIONS = 64;

/** Reads one document of the profile. Raises the given code. */
export function parseXml(text: string, { code, maxLength = 256 * 1024 }: XmlLimits): XmlElement {
  if (text.length > maxLength) throw new CodedError(code, `${text.length} characters of XML`);
  const odd = /[^\n\x20-\x7e]/.exec(text);
  if (odd !== null) throw new CodedError(code, `a character outside the profile at position ${odd.index}`);
  return new XmlReader(text, code).document();
}

const NAME = '[A-Za-z_][A-Za-z0-9_.-]*';
const QNAME = new RegExp(`(?:(${NAME}):)?(${NAME})`, 'y');
const ATTRIBUTE = new RegExp(`[ \\n]+(?:(${NAME}):)?(${NAME})[ \\n]*=[ \\n]*"([^"<&\\n]*)"`, 'y');
const TEXT = /[^<>&]+/y;
const BLANK = /[ \n]*/y;

interface RawAttribute {
  readonly prefix: string;
  readonly local: string;
  readonly value: string;
}

class XmlReader {
  readonly #text: string;
  readonly #code: Code;
  #at = 0;
  #elements = 0;
  #declarationsSeen = 0;

  constructor(text: string, code: Code) {
    this.#text = text;
    this.#code = code;
  }

  document(): XmlElement {
    this.#match(BLANK);
    const root = this.#element(new Map(), 1);
    this.#match(BLANK);
    if (this.#at !== this.#text.length) this.#refuse('something after the root element');
    return root;
  }

  #element(outer: ReadonlyMap<string, string>, depth: number): XmlElement {
    if (depth > MAX_DEPTH) this.#refuse(`nested deeper than ${MAX_DEPTH}`);
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) this.#refuse(`more than ${MAX_ELEMENTS} elements`);
    this.#expect('<');
    const name = this.#qualifiedName();
    const raw = this.#attributes();
    const declared = this.#declarations(raw);
    const inScope = declared.size === 0 ? outer : new Map([...outer, ...declared]);
    const element = {
      ...name,
      namespace: this.#resolve(name.prefix, inScope),
      attributes: this.#resolveAttributes(raw, inScope),
      declared,
      inScope,
    };
    this.#match(BLANK);
    if (this.#took('/>')) return { ...element, children: [] };
    this.#expect('>');
    const children = this.#children(inScope, depth);
    this.#expect('</');
    const end = this.#qualifiedName();
    if (end.prefix !== name.prefix || end.local !== name.local) this.#refuse(`</${end.local}> where </${name.local}> belongs`);
    this.#match(BLANK);
    this.#expect('>');
    return { ...element, children };
  }

  #children(inScope: ReadonlyMap<string, string>, depth: number): readonly (XmlElement | string)[] {
    const children: (XmlElement | string)[] = [];
    while (!this.#text.startsWith('</', this.#at)) {
      const text = this.#match(TEXT)?.[0];
      if (text !== undefined) children.push(text);
      else children.push(this.#element(inScope, depth + 1));
    }
    return children;
  }

  #qualifiedName(): { prefix: string; local: string } {
    const found = this.#match(QNAME);
    if (found === undefined) this.#refuse('no name where one belongs');
    return { prefix: this.#ordinary(found[1] ?? ''), local: found[2] ?? '' };
  }

  #attributes(): readonly RawAttribute[] {
    const attributes: RawAttribute[] = [];
    for (let found = this.#match(ATTRIBUTE); found !== undefined; found = this.#match(ATTRIBUTE)) {
      if (attributes.length === MAX_ATTRIBUTES) this.#refuse(`more than ${MAX_ATTRIBUTES} attributes`);
      attributes.push({ prefix: found[1] ?? '', local: found[2] ?? '', value: found[3] ?? '' });
    }
    return attributes;
  }

  #declarations(raw: readonly RawAttribute[]): ReadonlyMap<string, string> {
    const declared = new Map<string, string>();
    for (const { prefix, local, value } of raw) {
      if (!isDeclaration(prefix, local)) continue;
      this.#declarationsSeen += 1;
      if (this.#declarationsSeen > MAX_DECLARATIONS) this.#refuse(`more than ${MAX_DECLARATIONS} namespace declarations`);
      const name = prefix === '' ? '' : this.#ordinary(local);
      if (value === '') this.#refuse('an empty namespace');
      if (declared.has(name)) this.#refuse(`the namespace prefix ${JSON.stringify(name)} twice`);
      declared.set(name, value);
    }
    return declared;
  }

  #resolveAttributes(raw: readonly RawAttribute[], inScope: ReadonlyMap<string, string>): readonly XmlAttribute[] {
    const seen = new Set<string>();
    return raw
      .filter(({ prefix, local }) => !isDeclaration(prefix, local))
      .map(({ prefix, local, value }) => {
        const namespace = prefix === '' ? '' : this.#resolve(this.#ordinary(prefix), inScope);
        const key = `${namespace} ${local}`;
        if (seen.has(key)) this.#refuse(`the attribute ${local} twice`);
        seen.add(key);
        return { prefix, local, namespace, value };
      });
  }

  /** Prefixes that begin with `xml` belong to XML itself. */
  #ordinary(prefix: string): string {
    if (/^xml/i.test(prefix)) this.#refuse(`the prefix ${prefix}`);
    return prefix;
  }

  #resolve(prefix: string, inScope: ReadonlyMap<string, string>): string {
    return inScope.get(prefix) ?? (prefix === '' ? '' : this.#refuse(`the undeclared prefix ${prefix}`));
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #took(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#took(token)) this.#refuse(`no ${token} where one belongs`);
  }

  #refuse(detail: string): never {
    throw new CodedError(this.#code, `${detail} (position ${this.#at})`);
  }
}

const isDeclaration = (prefix: string, local: string): boolean => prefix === 'xmlns' || (prefix === '' && local === 'xmlns');

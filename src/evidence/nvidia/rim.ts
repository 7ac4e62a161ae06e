/** A manifest of reference values (RIM): what NVIDIA says a driver or VBIOS measures to. Read from the very tree whose signature is checked. */
import { CodedError } from '../../checks/error';
import { BoundedMap } from '../../encoding/bounded-map';
import { parseXml } from '../../encoding/xml/parse';
import type { XmlElement } from '../../encoding/xml/parse';
import { readRimSignature } from './rim-signature';
import type { RimSignature } from './rim-signature';
import { attributesOf, elementsOf, isNamed, refuse } from './rim-xml';

const SWID = 'http://standards.iso.org/iso/19770/-2/2015/schema.xsd';
/** The namespace of the `HashN` attributes; NVIDIA's own use of this name. */
const HASHES = 'http://www.w3.org/2001/04/xmlenc#sha384';
const DIGEST_HEX = 96;
const MAX_ALTERNATIVES = 16;

export interface Rim {
  readonly product: string;
  readonly edition: string;
  /** The driver or VBIOS version it is for. */
  readonly version: string;
  /** Golden index (from 0) → accepted SHA-384 values, lower-case hex. Active entries only: the others mean nothing. */
  readonly golden: ReadonlyMap<number, readonly string[]>;
  readonly signature: RimSignature;
}

/** One manifest has 20 to 26 kB and a machine needs two or three. */
const kept = new BoundedMap<Rim>(24, 1024 * 1024);

/** Reads a manifest's XML; the same text gives the same object, so that what is known about its signature is found again. Raises `RIM_PARSE`. */
export const readRim = (text: string): Rim => kept.getOrMake(text, () => parse(parseXml(text, { code: 'RIM_PARSE' })));

/** Forgets what was read; benchmarks measure the cold case with it. */
export function forgetRims(): void {
  kept.clear();
}

function parse(root: XmlElement): Rim {
  if (!isNamed(root, SWID, 'SoftwareIdentity')) refuse('no SoftwareIdentity');
  const parts = elementsOf(root);
  const [entity, meta, payload, signature, extra] = parts;
  if (entity === undefined || meta === undefined || payload === undefined || signature === undefined || extra !== undefined) return refuse(`${parts.length} parts`);
  if (!isNamed(entity, SWID, 'Entity') || !isNamed(meta, SWID, 'Meta') || !isNamed(payload, SWID, 'Payload')) refuse('parts other than Entity, Meta, Payload, Signature');
  if (elementsOf(entity).length + elementsOf(meta).length > 0) refuse('elements inside Entity or Meta');
  const about = attributesOf(meta, '');
  return {
    product: about.get('product') ?? refuse('no product'),
    edition: about.get('edition') ?? refuse('no edition'),
    version: about.get('colloquialVersion') ?? refuse('no version'),
    golden: readGolden(payload),
    signature: readRimSignature(root, signature),
  };
}

function readGolden(payload: XmlElement): ReadonlyMap<number, readonly string[]> {
  const seen = new Set<number>();
  const golden = new Map<number, readonly string[]>();
  for (const resource of elementsOf(payload)) {
    if (!isNamed(resource, SWID, 'Resource') || elementsOf(resource).length > 0) refuse('something other than a Resource in the Payload');
    const fields = attributesOf(resource, '');
    const index = Number(/^(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-4])$/.exec(fields.get('index') ?? '')?.[0] ?? refuse('a resource index'));
    if (seen.has(index)) refuse(`index ${index} twice`);
    seen.add(index);
    if (fields.get('type') !== 'Measurement' || fields.get('size') !== '48') refuse(`type or size at index ${index}`);
    const values = readAlternatives(resource, Number(fields.get('alternatives')), index);
    const active = fields.get('active');
    if (active !== 'True' && active !== 'False') refuse(`active at index ${index}`);
    if (active === 'True') golden.set(index, values);
  }
  return golden;
}

function readAlternatives(resource: XmlElement, count: number, index: number): readonly string[] {
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_ALTERNATIVES) refuse(`alternatives at index ${index}`);
  const hashes = attributesOf(resource, HASHES);
  if (hashes.size !== count) refuse(`${hashes.size} values at index ${index}, ${count} named`);
  return Array.from({ length: count }, (_, i) => {
    const value = (hashes.get(`Hash${i}`) ?? refuse(`no Hash${i} at index ${index}`)).toLowerCase();
    return value.length === DIGEST_HEX && /^[0-9a-f]*$/.test(value) ? value : refuse(`Hash${i} at index ${index}`);
  });
}

/** A manifest's fault against what the device asked for; `undefined` when it is the one. */
export function rimMismatch(rim: Rim, wanted: { readonly product: string; readonly edition: string; readonly version: string }): CodedError | undefined {
  if (rim.product !== wanted.product || rim.edition !== wanted.edition) {
    return new CodedError('RIM_PRODUCT', `${rim.product} ${rim.edition} where ${wanted.product} ${wanted.edition} belongs`);
  }
  if (rim.version.toLowerCase() !== wanted.version.toLowerCase()) return new CodedError('RIM_VERSION', `${rim.version} where ${wanted.version} belongs`);
  return rim.golden.size === 0 ? new CodedError('RIM_EMPTY', `${rim.product} ${rim.version}`) : undefined;
}

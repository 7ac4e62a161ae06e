/** Intel's extension of PCK certificates (1.2.840.113741.1.13.1): which machine this is and the SVNs it was certified at. */
import { TAG, derRoot } from '../../encoding/der';
import type { DerElement } from '../../encoding/der';
import { derOid, derUint } from '../../encoding/der-values';
import { toHex } from '../../encoding/hex';
import { CodedError } from '../../checks/error';
import type { Certificate } from '../../x509/certificate';

export const PCK_EXTENSION = '1.2.840.113741.1.13.1';

export interface PckPlatform {
  /** 12 and 4 hex characters. */
  readonly fmspc: string;
  readonly pceId: string;
  readonly pceSvn: number;
  /** 16 component SVNs. */
  readonly components: readonly number[];
}

const CODE = 'PCK_CHAIN_PARSE';
const COMPONENTS = 16;

const known = new WeakMap<Certificate, PckPlatform>();

/** Reads the extension of a PCK certificate. Raises `PCK_CHAIN_PARSE` when it is absent, doubled in a part or incomplete. */
export function readPckPlatform(certificate: Certificate): PckPlatform {
  const platform = known.get(certificate) ?? parse(certificate);
  known.set(certificate, platform);
  return platform;
}

function parse(certificate: Certificate): PckPlatform {
  const fields = pckFields(certificate);
  const tcb = pckFieldsIn(fieldOf(fields, '2'), '2');
  const components = Array.from({ length: COMPONENTS }, (_, i) => svnOf(tcb, String(i + 1), 0xff));
  return { fmspc: octetsOf(fields, '4', 6), pceId: octetsOf(fields, '3', 2), pceSvn: svnOf(tcb, '17', 0xffff), components };
}

/** The extension's fields by their last arc. Raises `PCK_CHAIN_PARSE` when it is absent or one comes twice. */
export function pckFields(certificate: Certificate): ReadonlyMap<string, DerElement> {
  const extension = certificate.extensions.get(PCK_EXTENSION);
  if (extension === undefined) throw new CodedError(CODE, 'the PCK certificate lacks the SGX extension');
  return readFields(extension.value, PCK_EXTENSION);
}

/** The fields inside the one with this arc. */
export const pckFieldsIn = (field: DerElement, arc: string): ReadonlyMap<string, DerElement> => readFields(field.full, `${PCK_EXTENSION}.${arc}`);

/** `SEQUENCE OF SEQUENCE { OID under the prefix, value }` as a map by the OID's last arc. */
function readFields(der: Uint8Array, prefix: string): ReadonlyMap<string, DerElement> {
  const fields = new Map<string, DerElement>();
  const list = derRoot(der, TAG.sequence, CODE);
  while (!list.done) {
    const item = list.enter(TAG.sequence);
    const id = derOid(item.next(TAG.oid), CODE);
    const value = item.next();
    item.end();
    if (fields.has(id)) throw new CodedError(CODE, `${id} twice`);
    fields.set(id, value);
  }
  return new Map([...fields].filter(([id]) => id.startsWith(`${prefix}.`)).map(([id, value]) => [id.slice(prefix.length + 1), value]));
}

function fieldOf(fields: ReadonlyMap<string, DerElement>, arc: string): DerElement {
  const field = fields.get(arc);
  if (field === undefined) throw new CodedError(CODE, `the SGX extension lacks field ${arc}`);
  return field;
}

function svnOf(fields: ReadonlyMap<string, DerElement>, arc: string, max: number): number {
  const svn = derUint(fieldOf(fields, arc), CODE);
  if (svn > max) throw new CodedError(CODE, `SVN ${svn} in field ${arc}`);
  return svn;
}

function octetsOf(fields: ReadonlyMap<string, DerElement>, arc: string, size: number): string {
  const { tag, content } = fieldOf(fields, arc);
  if (tag !== TAG.octetString || content.length !== size) throw new CodedError(CODE, `field ${arc} is not ${size} octets`);
  return toHex(content);
}

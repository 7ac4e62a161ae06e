/** What AMD wrote into an endorsement key's certificate (AMD 57230): the TCB, chip or cloud provider that the key stands for. */
import { CodedError } from '../../checks/error';
import { DerReader, TAG } from '../../encoding/der';
import { derUint } from '../../encoding/der-values';
import type { Certificate } from '../../x509/certificate';
import { SNP_PRODUCTS, productNamed } from './product';
import type { SnpProduct } from './product';
import type { TcbLayout } from './tcb';

export type VekKind = 'VCEK' | 'VLEK';

/** Who issued a key by the name in its certificate, and so which product line and kind it claims. */
export interface VekIssuer {
  readonly product: SnpProduct;
  readonly kind: VekKind;
}

/** The name an issuer of this product and kind has. */
export const issuerName = ({ product, kind }: VekIssuer): string => (kind === 'VCEK' ? `SEV-${product}` : `SEV-VLEK-${product}`);

/** Which authority a common name stands for; `undefined` for any other name. */
export const issuerNamed = (commonName: string | undefined): VekIssuer | undefined =>
  SNP_PRODUCTS.flatMap((product): VekIssuer[] => [{ product, kind: 'VCEK' }, { product, kind: 'VLEK' }]).find((issuer) => issuerName(issuer) === commonName);

export interface VekExtensions {
  readonly productName: string;
  readonly product: SnpProduct | undefined;
  readonly tcbLayout: TcbLayout;
  /** The eight bytes that REPORTED_TCB must equal. */
  readonly tcbBytes: Uint8Array;
  /** VCEK only: 64 bytes, from Turin on 8. */
  readonly hwId?: Uint8Array;
  /** VLEK only. */
  readonly cspId?: string;
}

const ARC = '1.3.6.1.4.1.3704.1';

/** Extension numbers of TCB bytes 0 to 7, in each layout; `spl4` to `spl7` are reserved and may be missing. */
const TCB_EXTENSIONS: Readonly<Record<TcbLayout, readonly string[]>> = {
  classic: ['3.1', '3.2', '3.4', '3.5', '3.6', '3.7', '3.3', '3.8'],
  fmc: ['3.9', '3.1', '3.2', '3.3', '3.5', '3.6', '3.7', '3.8'],
};
const RESERVED: readonly string[] = ['3.4', '3.5', '3.6', '3.7'];
const HWID_BYTES: Readonly<Record<TcbLayout, number>> = { classic: 64, fmc: 8 };

/** Reads the extensions. Raises `VEK_EXTENSIONS` for a missing, malformed or contradictory one. */
export function readVekExtensions(certificate: Certificate): VekExtensions {
  const value = (id: string): Uint8Array | undefined => certificate.extensions.get(`${ARC}.${id}`)?.value;
  const productName = readText(required(value('2'), 'productName'));
  const tcbLayout: TcbLayout = value('3.9') === undefined ? 'classic' : 'fmc';
  const hwId = value('4');
  const cspId = value('5');
  return {
    productName,
    product: productNamed(productName),
    tcbLayout,
    tcbBytes: Uint8Array.from(TCB_EXTENSIONS[tcbLayout], (id) => readSvn(value(id), id)),
    ...(hwId === undefined ? {} : { hwId: readHwId(hwId, HWID_BYTES[tcbLayout]) }),
    ...(cspId === undefined ? {} : { cspId: readText(cspId) }),
  };
}

function required(value: Uint8Array | undefined, name: string): Uint8Array {
  if (value === undefined) throw new CodedError('VEK_EXTENSIONS', `no ${name}`);
  return value;
}

function readSvn(value: Uint8Array | undefined, id: string): number {
  if (value === undefined && RESERVED.includes(id)) return 0;
  const reader = new DerReader(required(value, `SVN ${id}`), 'VEK_EXTENSIONS');
  const svn = derUint(reader.next(TAG.integer), 'VEK_EXTENSIONS');
  reader.end();
  if (svn > 255) throw new CodedError('VEK_EXTENSIONS', `SVN ${id} is ${svn}`);
  return svn;
}

function readText(value: Uint8Array): string {
  const reader = new DerReader(value, 'VEK_EXTENSIONS');
  const { content } = reader.next(TAG.ia5String);
  reader.end();
  if (content.length > 128 || content.some((octet) => octet < 0x20 || octet > 0x7e)) throw new CodedError('VEK_EXTENSIONS', 'a text that is long or not printable');
  return String.fromCharCode(...content);
}

/** AMD writes the bare bytes; an OCTET STRING around them is provided for elsewhere and accepted. */
function readHwId(value: Uint8Array, length: number): Uint8Array {
  if (value.length === length) return value;
  if (value.length !== length + 2) throw new CodedError('VEK_EXTENSIONS', `hwID of ${value.length} bytes`);
  const wrapped = new DerReader(value, 'VEK_EXTENSIONS');
  const { content } = wrapped.next(TAG.octetString);
  wrapped.end();
  return content;
}

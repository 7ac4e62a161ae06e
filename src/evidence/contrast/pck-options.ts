/** What Intel certifies of a machine beside its TCB (PCK certificate, extension 1.2.840.113741.1.13.1): kind of memory protection, options, instance. */
import { CodedError } from '../../checks/error';
import { TAG, derRoot } from '../../encoding/der';
import type { DerElement } from '../../encoding/der';
import { derBoolean, derOid, derUint } from '../../encoding/der-values';
import { toHex } from '../../encoding/hex';
import type { Certificate } from '../../x509/certificate';
import { PCK_EXTENSION } from '../tdx/pck-extension';

const CODE = 'PCK_CHAIN_PARSE';

export interface PckOptions {
  /** 0 standard, 1 scalable, 2 scalable with integrity. */
  readonly sgxType: number;
  /** Platform instance id, 16 bytes of hex; only platform CAs certify it, and the two options. */
  readonly piid?: string;
  readonly dynamicPlatform?: boolean;
  readonly smtEnabled?: boolean;
}

/** Raises `PCK_CHAIN_PARSE`. */
export function readPckOptions(certificate: Certificate): PckOptions {
  const extension = certificate.extensions.get(PCK_EXTENSION);
  if (extension === undefined) throw new CodedError(CODE, 'the PCK certificate lacks the SGX extension');
  const fields = readFields(extension.value, PCK_EXTENSION);
  const [type, piid, configuration] = ['5', '6', '7'].map((arc) => fields.get(arc));
  if (type === undefined) throw new CodedError(CODE, 'the SGX extension lacks its type');
  if (piid !== undefined && (piid.tag !== TAG.octetString || piid.content.length !== 16)) throw new CodedError(CODE, 'a platform instance id that is not 16 octets');
  const options = configuration === undefined ? undefined : readFields(configuration.full, `${PCK_EXTENSION}.7`);
  const [dynamic, smt] = ['1', '3'].map((arc) => options?.get(arc));
  return {
    sgxType: derUint(type, CODE, TAG.enumerated),
    ...(piid === undefined ? {} : { piid: toHex(piid.content) }),
    ...(dynamic === undefined ? {} : { dynamicPlatform: derBoolean(dynamic, CODE) }),
    ...(smt === undefined ? {} : { smtEnabled: derBoolean(smt, CODE) }),
  };
}

/** `SEQUENCE OF SEQUENCE { OID under the prefix, value }` by the OID's last arc. */
function readFields(der: Uint8Array, prefix: string): ReadonlyMap<string, DerElement> {
  const fields = new Map<string, DerElement>();
  const list = derRoot(der, TAG.sequence, CODE);
  while (!list.done) {
    const item = list.enter(TAG.sequence);
    const id = derOid(item.next(TAG.oid), CODE);
    const value = item.next();
    item.end();
    if (!id.startsWith(`${prefix}.`)) continue;
    if (fields.has(id.slice(prefix.length + 1))) throw new CodedError(CODE, `${id} twice`);
    fields.set(id.slice(prefix.length + 1), value);
  }
  return fields;
}

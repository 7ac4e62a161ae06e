/** What Intel certifies of a machine beside its TCB (PCK certificate, extension 1.2.840.113741.1.13.1): kind of memory protection, options, instance. */
import { CodedError } from '../../checks/error';
import { TAG } from '../../encoding/der';
import { derBoolean, derUint } from '../../encoding/der-values';
import { toHex } from '../../encoding/hex';
import type { Certificate } from '../../x509/certificate';
import { pckFields, pckFieldsIn } from '../tdx/pck-extension';

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
  const fields = pckFields(certificate);
  const [type, piid, configuration] = ['5', '6', '7'].map((arc) => fields.get(arc));
  if (type === undefined) throw new CodedError(CODE, 'the SGX extension lacks its type');
  if (piid !== undefined && (piid.tag !== TAG.octetString || piid.content.length !== 16)) throw new CodedError(CODE, 'a platform instance id that is not 16 octets');
  const options = configuration === undefined ? undefined : pckFieldsIn(configuration, '7');
  const [dynamic, smt] = ['1', '3'].map((arc) => options?.get(arc));
  return {
    sgxType: derUint(type, CODE, TAG.enumerated),
    ...(piid === undefined ? {} : { piid: toHex(piid.content) }),
    ...(dynamic === undefined ? {} : { dynamicPlatform: derBoolean(dynamic, CODE) }),
    ...(smt === undefined ? {} : { smtEnabled: derBoolean(smt, CODE) }),
  };
}

/** The firmware id: what the boot ROM measured before it certified the attestation key (TCG DICE). */
import type { Certificate } from '../../x509/certificate';
import { CodedError } from '../../checks/error';
import { DerReader, TAG, contextTag, derRoot } from '../../encoding/der';
import { derOid } from '../../encoding/der-values';

/** An older DICE form with one FWID at its end (Hopper, NVSwitch). */
const DICE_COMPOSITE = '2.23.133.5.4.1';
/** TCG DiceTcbInfo (Blackwell). */
const DICE_TCB_INFO = '2.23.133.5.4.1.1';
const SHA384 = '2.16.840.1.101.3.4.2.2';
const FWID_BYTES = 48;
const CODE = 'DEVICE_CHAIN_PARSE';

export const DICE_EXTENSIONS: readonly string[] = [DICE_COMPOSITE, DICE_TCB_INFO];

/** The leaf's FWID, a SHA-384 value of 48 bytes. Raises `DEVICE_CHAIN_PARSE` when the certificate holds none in a known form. */
export function certificateFwid(leaf: Certificate): Uint8Array {
  const info = leaf.extensions.get(DICE_TCB_INFO);
  if (info !== undefined) return fromTcbInfo(info.value);
  const composite = leaf.extensions.get(DICE_COMPOSITE);
  if (composite !== undefined) return fromComposite(composite.value);
  throw new CodedError(CODE, 'no DICE extension');
}

/** `SEQUENCE { INTEGER, SubjectPublicKeyInfo, SEQUENCE { algorithm OID, OCTET STRING } }`. */
function fromComposite(value: Uint8Array): Uint8Array {
  const composite = derRoot(value, TAG.sequence, CODE);
  composite.next(TAG.integer);
  composite.next(TAG.sequence);
  const fwid = readFwid(composite.enter(TAG.sequence));
  composite.end();
  return fwid;
}

/** DiceTcbInfo's `[6] fwids`, the first of them: the rest are of layers that this device does not have. */
function fromTcbInfo(value: Uint8Array): Uint8Array {
  const info = derRoot(value, TAG.sequence, CODE);
  while (!info.done) {
    const element = info.next();
    if (element.tag === contextTag(6)) return readFwid(new DerReader(element.content, CODE).enter(TAG.sequence));
  }
  throw new CodedError(CODE, 'DiceTcbInfo without fwids');
}

function readFwid(reader: DerReader): Uint8Array {
  const algorithm = derOid(reader.next(TAG.oid), CODE);
  const digest = reader.next(TAG.octetString).content;
  reader.end();
  if (algorithm !== SHA384 || digest.length !== FWID_BYTES) throw new CodedError(CODE, `a FWID of ${algorithm} with ${digest.length} bytes`);
  return digest;
}

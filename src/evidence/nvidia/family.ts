/** Which kind of device a certificate chain belongs to. The chain says it, never the JSON around it. */
import type { Certificate } from '../../x509/certificate';
import { CodedError } from '../../checks/error';
import { utf8Text } from '../../encoding/bytes';
import { DerReader, TAG, contextTag } from '../../encoding/der';
import { derOid } from '../../encoding/der-values';

/** In NVIDIA's own words of the evidence JSON. */
export type DeviceFamily = 'HOPPER' | 'BLACKWELL' | 'LS10';

export interface DeviceKind {
  readonly family: DeviceFamily;
  /** As manifests of reference values name the product: `GH100`, `GB100`, `LS10`. */
  readonly chip: string;
}

const SUBJECT_ALT_NAME = '2.5.29.17';
/** DMTF's name form for SPDM devices: `vendor:product:serial`. */
const DMTF_DEVICE = '1.3.6.1.4.1.412.274.1';

/** The family of a chip's name in certificates, or of a Blackwell report's CHIP_INFO; `undefined` for one we know no rules for. */
export function kindOfChip(name: string): DeviceKind | undefined {
  if (name === 'GH100') return { family: 'HOPPER', chip: name };
  if (/^GB\d{3}$/.test(name)) return { family: 'BLACKWELL', chip: name };
  if (name === 'LS_10') return { family: 'LS10', chip: 'LS10' };
  return undefined;
}

/**
 * The kind that leaf and device identity certificate agree on: first word of both common names, and the product in the
 * leaf's DMTF name. Raises `DEVICE_FAMILY_UNKNOWN`, or `DEVICE_FAMILY_MISMATCH` when they contradict each other.
 */
export function kindOfChain(leaf: Certificate, identity: Certificate): DeviceKind {
  const names = [identity, leaf].map((certificate) => certificate.subject.commonName?.split(' ', 1)[0] ?? '');
  const [vendor, product] = dmtfName(leaf)?.split(':') ?? [];
  const [first = ''] = names;
  if (names.some((name) => name !== first) || (product !== undefined && (vendor !== 'NVIDIA' || product !== first))) {
    throw new CodedError('DEVICE_FAMILY_MISMATCH', [...names, product ?? 'no DMTF name'].join(', '));
  }
  const kind = kindOfChip(first);
  if (kind === undefined) throw new CodedError('DEVICE_FAMILY_UNKNOWN', first);
  return kind;
}

/** The DMTF otherName in subjectAltName; `undefined` where there is none. */
function dmtfName(certificate: Certificate): string | undefined {
  const extension = certificate.extensions.get(SUBJECT_ALT_NAME);
  if (extension === undefined) return undefined;
  const outer = new DerReader(extension.value, 'DEVICE_CHAIN_PARSE');
  const names = outer.enter(TAG.sequence);
  outer.end();
  let found: string | undefined;
  while (!names.done) {
    const name = names.next();
    if (name.tag !== contextTag(0)) continue;
    const other = new DerReader(name.content, 'DEVICE_CHAIN_PARSE');
    const type = derOid(other.next(TAG.oid), 'DEVICE_CHAIN_PARSE');
    const value = other.enter(contextTag(0));
    if (type === DMTF_DEVICE) found = utf8Text(value.next(TAG.utf8String).content, 'DEVICE_CHAIN_PARSE');
    value.end();
    other.end();
  }
  return found;
}

/** The protobuf in which go-sev-guest (and so Cocos) carries a report: `sevsnp.Attestation` with the chain and the product. */
import { authority, issuerOf, vekCertificate } from '../pki/amd.ts';
import type { Product } from '../pki/amd.ts';
import { vekFactsOf } from './machine.ts';
import type { SnpMachine } from './machine.ts';
import { bytes, enumeration, message, toWire, u32, u64, wrapped } from './protobuf.ts';
import type { Field } from './protobuf.ts';

/** CPUID(1).EAX: family above 15 and model above 15 go to their extensions. */
function cpuid1Eax([family = 0, model = 0, stepping = 0]: Uint8Array): number {
  const extended = family > 0xf ? family - 0xf : 0;
  return (extended << 20) | ((model >> 4) << 16) | (Math.min(family, 0xf) << 8) | ((model & 0xf) << 4) | stepping;
}

/** `sevsnp.Report` of an ABI report. Raises `RangeError` for a version above `newest`: releases like Cocos's have no fields for what version 5 added. */
export function reportFields(report: Uint8Array, newest: 4 | 5 = 4): readonly Field[] {
  const view = Buffer.from(report);
  const version = view.readUInt32LE(0);
  if (version > newest) throw new RangeError(`sevsnp.Report has no fields for version ${version}`);
  const int = (number: number, name: string, offset: number): Field => u32(number, name, view.readUInt32LE(offset));
  const long = (number: number, name: string, offset: number): Field => u64(number, name, view.readBigUInt64LE(offset));
  const byte = (number: number, name: string, offset: number): Field => u32(number, name, view.readUInt8(offset));
  const part = (number: number, name: string, offset: number, length: number): Field => bytes(number, name, view.subarray(offset, offset + length));
  return [
    int(1, 'version', 0x00), int(2, 'guestSvn', 0x04), long(3, 'policy', 0x08), part(4, 'familyId', 0x10, 16), part(5, 'imageId', 0x20, 16), int(6, 'vmpl', 0x30),
    int(7, 'signatureAlgo', 0x34), long(8, 'currentTcb', 0x38), long(9, 'platformInfo', 0x40), int(10, 'signerInfo', 0x48), part(11, 'reportData', 0x50, 64),
    part(12, 'measurement', 0x90, 48), part(13, 'hostData', 0xc0, 32), part(14, 'idKeyDigest', 0xe0, 48), part(15, 'authorKeyDigest', 0x110, 48),
    part(16, 'reportId', 0x140, 32), part(17, 'reportIdMa', 0x160, 32), long(18, 'reportedTcb', 0x180), part(19, 'chipId', 0x1a0, 64), long(20, 'committedTcb', 0x1e0),
    byte(21, 'currentBuild', 0x1e8), byte(22, 'currentMinor', 0x1e9), byte(23, 'currentMajor', 0x1ea), byte(24, 'committedBuild', 0x1ec), byte(25, 'committedMinor', 0x1ed),
    byte(26, 'committedMajor', 0x1ee), long(27, 'launchTcb', 0x1f0), part(28, 'signature', 0x2a0, 512), ...(version >= 3 ? [u32(29, 'cpuid1eaxFms', cpuid1Eax(view.subarray(0x188, 0x18b)))] : []),
    ...(version >= 5 ? [long(30, 'launchMitVector', 0x1f8), long(31, 'currentMitVector', 0x200)] : []),
  ];
}

const PRODUCT_NUMBER: Readonly<Record<Product, number>> = { Milan: 1, Genoa: 2, Turin: 3 };

export interface SnpAttestationOptions {
  /** The report's 1184 bytes. */
  readonly report: Uint8Array;
  readonly machine: SnpMachine;
  /** Ms since the epoch: when the key's certificate was issued. */
  readonly now: number;
  /** Whose certificate comes along in place of the machine's own; `none` for an empty chain. */
  readonly certificateOf?: SnpMachine | 'none';
  /** Cocos's agent fills the fields of ASK and ARK the wrong way round. */
  readonly swapped?: boolean;
  /** The newest report version that the release has fields for; 4 unless said otherwise. */
  readonly newest?: 4 | 5;
  /** The product line's revocation list (DER) among the chain's extras, as Contrast sends it. */
  readonly crl?: Uint8Array;
}

/** Key of a revocation list among the extras, as Contrast names it. */
const CRL_KEY = '00569ee4-e480-4fba-bbf4-45b629901180';

function chainFields(of: SnpMachine, now: number, swapped: boolean, crl?: Uint8Array): readonly Field[] {
  const own = vekCertificate(vekFactsOf(of), now).der;
  const intermediate = issuerOf(of.kind, of.product).der;
  const root = authority('ark', of.product).der;
  const [second, third] = swapped ? [root, intermediate] : [intermediate, root];
  return [...(of.kind === 'vcek' ? [bytes(1, 'vcekCert', own)] : []), bytes(2, 'askCert', second), bytes(3, 'arkCert', third), ...(of.kind === 'vlek' ? [bytes(6, 'vlekCert', own)] : []),
    ...(crl === undefined ? [] : [message(7, 'extras', [bytes(1, 'key', Buffer.from(CRL_KEY)), bytes(2, 'value', crl)])])];
}

/** `sevsnp.Attestation`. */
export const snpFields = ({ report, machine, now, certificateOf = machine, swapped = false, newest = 4, crl }: SnpAttestationOptions): readonly Field[] => [
  message(1, 'report', reportFields(report, newest)),
  ...(certificateOf === 'none' ? [] : [message(2, 'certificateChain', chainFields(certificateOf, now, swapped, crl))]),
  message(3, 'product', [enumeration(1, 'name', PRODUCT_NUMBER[machine.product], `SEV_PRODUCT_${machine.product.toUpperCase()}`), wrapped(3, 'machineStepping', machine.cpuId.stepping)]),
];

/** `sevsnp.Attestation` as bytes. */
export const snpAttestation = (options: SnpAttestationOptions): Buffer => toWire(snpFields(options));

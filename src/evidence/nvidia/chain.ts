/** The certificates of a device: leaf, device identity, provisioner, product, and NVIDIA's root, each signed by the next. */
import type { Anchor } from '../../roots/anchor';
import { CodedError, asCoded } from '../../checks/error';
import { fingerprintOf, readPemCertificates } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { dateFault, issuerFault, leafFault, namesMatch } from '../../x509/chain';
import { isSignedByP384 } from '../../x509/p384';
import { contradiction } from '../findings';
import type { Fault } from '../findings';
import { kindOfChain } from './family';
import type { DeviceKind } from './family';
import { DICE_EXTENSIONS } from './fwid';

export interface DeviceChain {
  readonly leaf: Certificate;
  /** Of the boot ROM: its serial number names the device for good. */
  readonly identity: Certificate;
  /** Leaf first, root last: five. */
  readonly certificates: readonly Certificate[];
  /** What the two lowest agree on; absent when they name no device we know. */
  readonly kind?: DeviceKind;
}

export interface ChainReading {
  /** Whatever could be read, in the order it came; the first is taken for the leaf. */
  readonly certificates: readonly Certificate[];
  /** Absent unless there are five. */
  readonly chain?: DeviceChain;
  readonly faults: readonly Fault[];
}

const LENGTH = 5;

/** Reads the PEM text. Never raises: what is wrong is a fault, and what could be read is still there. */
export function readDeviceChain(pem: string): ChainReading {
  let certificates: readonly Certificate[];
  try {
    certificates = readPemCertificates(pem, 'DEVICE_CHAIN_PARSE');
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { certificates: [], faults: [contradiction(code, detail)] };
  }
  const [leaf, identity] = certificates;
  if (leaf === undefined || identity === undefined || certificates.length !== LENGTH) {
    return { certificates, faults: [contradiction('DEVICE_CHAIN_LENGTH', `${certificates.length} certificates where ${LENGTH} belong`)] };
  }
  try {
    return { certificates, chain: { leaf, identity, certificates, kind: kindOfChain(leaf, identity) }, faults: [] };
  } catch (error) {
    const { code, detail } = asCoded(error);
    return { certificates, chain: { leaf, identity, certificates }, faults: [contradiction(code, detail)] };
  }
}

/** What is wrong with names, uses, signatures and root, dates aside. The root must be, byte for byte, that of an anchor. */
export async function judgeDeviceChain({ certificates }: DeviceChain, anchors: readonly Anchor[]): Promise<readonly Fault[]> {
  const root = certificates.at(-1);
  const anchored = root !== undefined && anchors.some((anchor) => anchor.kind === 'nvidia-device' && anchor.spki === root.spkiHex && anchor.fingerprint === fingerprintOf(root));
  const faults = anchored ? [] : [contradiction('ROOT_UNTRUSTED', root?.subject.text ?? '')];
  const links = await Promise.all(certificates.map((certificate, i) => judgeLink(certificate, certificates[i + 1], i)));
  return [...faults, ...links.flat()];
}

async function judgeLink(certificate: Certificate, issuer: Certificate | undefined, position: number): Promise<readonly Fault[]> {
  const name = certificate.subject.text;
  const use = position === 0 ? leafFault(certificate, DICE_EXTENSIONS) : issuerFault(certificate, position - 1);
  const faults = use === undefined ? [] : [contradiction('DEVICE_CHAIN_CONSTRAINTS', `${name}: ${use}`)];
  if (issuer === undefined) return faults;
  if (!namesMatch(certificate, issuer)) return [...faults, contradiction('DEVICE_CHAIN_NAMES', `${name} is not issued by ${issuer.subject.text}`)];
  return (await isSignedByP384(certificate, issuer.spkiHex)) ? faults : [...faults, contradiction('DEVICE_CHAIN_SIGNATURE', `${name} is not signed by ${issuer.subject.text}`)];
}

/** Device certificates carry the evidence: outside their dates they are a contradiction, not an open question. */
export function judgeDeviceDates({ certificates }: DeviceChain, now: number): readonly Fault[] {
  return certificates.flatMap(({ subject, notBefore, notAfter }) => {
    const fault = dateFault(notBefore, notAfter, now);
    if (fault === undefined) return [];
    return [contradiction(`DEVICE_CERT_${fault}`, `${subject.text}: ${new Date(fault === 'EXPIRED' ? notAfter : notBefore).toISOString()}`)];
  });
}

/** The device id that other devices of the machine know it by: the serial number without its first byte, lower-case hex. */
export function deviceIdOf({ identity }: DeviceChain): string {
  if (identity.serial.length !== 18) throw new CodedError('DEVICE_CHAIN_PARSE', `a device serial number of ${identity.serial.length / 2} bytes`);
  return identity.serial.slice(2);
}

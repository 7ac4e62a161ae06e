/**
 * What all simulated NVIDIA certificates share: P-384, ecdsa-with-SHA384, names in NVIDIA's order with the simulator's own
 * organisation, OCSP address. Fields, order and criticality as in the real ones.
 */
import { extension, ORGANISATION } from './certificate.ts';
import { bits, boolean, explicit, implicit, integer, octets, oid, pem, printable, sequence, set, time, utf8 } from './der.ts';
import { labelled } from './keys.ts';
import { signCertificate } from './p384.ts';
import type { P384Key } from './p384.ts';

export const ECDSA_SHA384 = sequence(oid('1.2.840.10045.4.3.3'));

/** "No well-defined end" (RFC 5280), as all device certificates say. */
export const NEVER = Date.UTC(9999, 11, 31, 23, 59, 59);

const part = (type: string, value: Buffer): Buffer => set(sequence(oid(type), value));

/** C, O, CN; before them a serial number where one is given, as devices have it. */
export const nvidiaName = (commonName: string, serialNumber?: string): Buffer =>
  sequence(
    ...(serialNumber === undefined ? [] : [part('2.5.4.5', printable(serialNumber))]),
    part('2.5.4.6', printable('US')), part('2.5.4.10', utf8(ORGANISATION)), part('2.5.4.3', utf8(commonName)),
  );

/** The same name (without serial number) as text, most specific first. */
export const nvidiaNameText = (commonName: string): string => `CN=${commonName}, O=${ORGANISATION}, C=US`;

export interface Authority {
  readonly der: Buffer;
  readonly pem: string;
  readonly commonName: string;
  /** DER of the subject. */
  readonly name: Buffer;
  readonly key: P384Key;
  /** Big-endian, positive. */
  readonly serial: Buffer;
}

export interface NvidiaParts {
  readonly commonName: string;
  /** `serialNumber` in the subject: devices only. */
  readonly device?: string;
  readonly key: P384Key;
  /** Signs itself without one. */
  readonly issuer?: Authority;
  /** 16 bytes are derived from the name unless given. */
  readonly serial?: Buffer;
  /** Ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** `authority` may sign certificates and CRLs; `device` (a boot ROM) certificates alone; `leaf` neither. */
  readonly role: 'authority' | 'device' | 'leaf';
  readonly pathLength?: number;
  /** Names the OCSP responder inside the certificate. */
  readonly ocsp?: boolean;
  readonly extensions?: readonly Buffer[];
}

export const OCSP_URL = 'http://ocsp.ndis.nvidia.com';
const AIA = extension('1.3.6.1.5.5.7.1.1', sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), implicit(6, Buffer.from(OCSP_URL, 'latin1')))));

/** digitalSignature, keyCertSign, or keyCertSign with cRLSign. */
const USAGE = { leaf: bits(Buffer.from([0x80]), 7), device: bits(Buffer.from([0x04]), 2), authority: bits(Buffer.from([0x06]), 1) } as const;

function serialOf(label: string): Buffer {
  const bytes = Buffer.from(labelled(`nvidia serial/${label}`, 16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

export function issue(parts: NvidiaParts): Authority {
  const name = nvidiaName(parts.commonName, parts.device);
  const serial = parts.serial ?? serialOf(`${parts.issuer?.commonName ?? ''}/${parts.commonName}/${parts.notBefore}`);
  const signer = parts.issuer?.key ?? parts.key;
  const constraints = sequence(boolean(true), ...(parts.pathLength === undefined ? [] : [integer(parts.pathLength)]));
  const toBeSigned = sequence(
    explicit(0, integer(2)), integer(serial), ECDSA_SHA384, parts.issuer?.name ?? name,
    sequence(time(parts.notBefore), time(parts.notAfter)), name, parts.key.spki,
    explicit(3, sequence(
      ...(parts.role === 'leaf' ? [] : [extension('2.5.29.19', constraints, true)]),
      extension('2.5.29.15', USAGE[parts.role], true),
      ...(parts.ocsp === true ? [AIA] : []),
      extension('2.5.29.14', octets(parts.key.keyId)),
      extension('2.5.29.35', sequence(implicit(0, signer.keyId))),
      ...(parts.extensions ?? []),
    )),
  );
  const der = sequence(toBeSigned, ECDSA_SHA384, bits(signCertificate(signer, toBeSigned)));
  return { der, pem: pem('CERTIFICATE', der), commonName: parts.commonName, name, key: parts.key, serial };
}

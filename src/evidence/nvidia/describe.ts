/** Decoded fields of a judged device, for the command line's claims and for the evidence page. */
import { toHex } from '../../encoding/hex';
import { fingerprintOf } from '../../x509/certificate';
import type { Certificate } from '../../x509/certificate';
import { isoTime } from '../findings';
import { modeOf } from './device';
import type { VerifiedDevice } from './device';
import type { Match } from './endorse';
import { OPAQUE } from './opaque';
import type { Revocation } from './revocation';
import type { DeviceCertificateFact, DeviceClaims, DeviceFacts, MeasurementFact } from './types';

type Role = DeviceCertificateFact['role'];

const DEVICE_ROLES: readonly Role[] = ['leaf', 'device-identity', 'provisioner', 'product', 'root'];

export function claimsOf({ report, chain, versions, fwid }: VerifiedDevice, match: Match | undefined): DeviceClaims {
  const nvdec0 = report.fields.get(OPAQUE.nvdec0);
  return {
    ...(chain?.kind === undefined ? {} : { family: chain.kind.family }),
    ...versions,
    nonce: toHex(report.transcript.nonce),
    ...(fwid === undefined ? {} : { fwid }),
    ...(nvdec0 === undefined ? {} : { nvdec0: toHex(nvdec0) }),
    compared: match?.comparison.compared ?? 0,
    mismatched: match?.comparison.mismatched ?? [],
    ...(chain === undefined ? {} : { bromSerial: chain.identity.serial }),
  };
}

export function factsOf(id: string, device: VerifiedDevice, match: Match | undefined, revocation: Revocation | undefined): DeviceFacts {
  const { report, reading, chain, versions } = device;
  const model = chain?.identity.subject.commonName;
  return {
    id,
    ...(chain?.kind === undefined ? {} : { family: chain.kind.family }),
    ...(model === undefined ? {} : { model }),
    ...versions,
    mode: modeOf(report),
    certificates: reading.certificates.map((certificate, i) => certificateFact(DEVICE_ROLES[i] ?? 'root', certificate)),
    rims: (match?.chosen ?? []).map(({ role, rim, wanted, from }) => ({
      role,
      id: wanted.id,
      version: rim.version,
      from,
      certificates: rim.signature.certificates.map((certificate, i, all) => certificateFact(i === 0 ? 'rim-signer' : i === all.length - 1 ? 'rim-root' : 'rim-intermediate', certificate)),
    })),
    measurements: match?.comparison.rows ?? unreferenced(report.transcript.blocks),
    ocsp: revocation?.facts ?? [],
  };
}

const unreferenced = (blocks: ReadonlyMap<number, Uint8Array>): readonly MeasurementFact[] =>
  [...blocks.keys()].sort((a, b) => a - b).map((block) => ({ index: block - 1, outcome: 'unreferenced' }));

const certificateFact = (role: Role, certificate: Certificate): DeviceCertificateFact => ({ role, ...namesOf(certificate) });

/** Certificates are read once and shared by all devices that carry them, so what is said of each is written once too. */
const known = new WeakMap<Certificate, Omit<DeviceCertificateFact, 'role'>>();

function namesOf(certificate: Certificate): Omit<DeviceCertificateFact, 'role'> {
  const kept = known.get(certificate);
  if (kept !== undefined) return kept;
  const { subject, issuer, serial, notBefore, notAfter } = certificate;
  const made = { subject: subject.text, issuer: issuer.text, serial, notBefore: isoTime(notBefore), notAfter: isoTime(notAfter), fingerprint: fingerprintOf(certificate) };
  known.set(certificate, made);
  return made;
}

/** A small AMD of our own: keys that die with the process, certificates, CRLs and reports in AMD's shapes. */
import { constants, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { GENUINE } from '../../../src/checks/policy';
import type { SnpInput } from '../../../src/evidence/sevsnp/types';
import type { Anchor } from '../../../src/roots/anchors';
import { fingerprintOf, readCertificate } from '../../../src/x509/certificate';
import { bits, boolean, element, explicit, integer, octets, oid, printable, sequence, set, time } from '../../simulator/pki/der';

export const NOW = Date.parse('2026-11-22T00:00:00Z');
const YEAR = 365 * 86_400_000;

export interface Keys {
  readonly secret: KeyObject;
  readonly spki: Buffer;
}

const keysOf = ({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): Keys => ({ secret: privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }) });
export const rsaKeys = (): Keys => keysOf(generateKeyPairSync('rsa', { modulusLength: 2048 }));
export const ecKeys = (namedCurve = 'P-384'): Keys => keysOf(generateKeyPairSync('ec', { namedCurve }));

const SHA384 = sequence(oid('2.16.840.1.101.3.4.2.2'), element(0x05));

export interface PssForm {
  readonly trailer?: number;
  readonly salt?: number;
  readonly hash?: Buffer;
  readonly maskHash?: Buffer;
  readonly mask?: string;
}

/** AlgorithmIdentifier of RSASSA-PSS; AMD's older certificates write the trailer field out. */
export const pss = ({ trailer, salt = 48, hash = SHA384, maskHash = hash, mask = '1.2.840.113549.1.1.8' }: PssForm = {}): Buffer =>
  sequence(
    oid('1.2.840.113549.1.1.10'),
    sequence(
      explicit(0, hash),
      explicit(1, sequence(oid(mask), maskHash)),
      explicit(2, integer(salt)),
      ...(trailer === undefined ? [] : [explicit(3, integer(trailer))]),
    ),
  );

const signed = (body: Buffer, algorithm: Buffer, by: Keys): Buffer =>
  sequence(body, algorithm, bits(sign('sha384', body, { key: by.secret, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 })));

const name = (commonName: string): Buffer => {
  const part = (type: string, value: string): Buffer => set(sequence(oid(type), printable(value)));
  return sequence(part('2.5.4.11', 'Engineering'), part('2.5.4.10', 'Assay Simulator'), part('2.5.4.3', commonName));
};

export interface CertificateParts {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: Keys;
  readonly by: Keys;
  readonly serial?: number;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly extensions: readonly Buffer[];
  readonly algorithm?: Buffer;
}

export const extension = (id: string, value: Uint8Array, critical = false): Buffer => sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

export function certificate(parts: CertificateParts): Uint8Array {
  const algorithm = parts.algorithm ?? pss();
  const body = sequence(
    explicit(0, integer(2)),
    integer(parts.serial ?? 0),
    algorithm,
    name(parts.issuer),
    sequence(time(parts.notBefore ?? NOW - YEAR), time(parts.notAfter ?? NOW + YEAR)),
    name(parts.subject),
    parts.keys.spki,
    explicit(3, sequence(...parts.extensions)),
  );
  return new Uint8Array(signed(body, algorithm, parts.by));
}

export const caExtensions = (pathLength?: number): Buffer[] => [
  extension('2.5.29.15', bits(Buffer.from([0x06]), 1), true),
  extension('2.5.29.19', sequence(boolean(true), ...(pathLength === undefined ? [] : [integer(pathLength)])), true),
];

export interface CrlParts {
  readonly issuer?: string;
  readonly revoked?: readonly number[];
  readonly number?: number;
  readonly thisUpdate?: number;
  readonly nextUpdate?: number;
  readonly by: Keys;
}

export function crl({ issuer = 'ARK-Genoa', revoked = [], number = 1, thisUpdate = NOW - 86_400_000, nextUpdate = NOW + YEAR, by }: CrlParts): Uint8Array {
  const entries = revoked.map((serial) => sequence(integer(serial), time(thisUpdate)));
  const body = sequence(integer(1), pss(), name(issuer), time(thisUpdate), time(nextUpdate), ...(entries.length === 0 ? [] : [sequence(...entries)]), explicit(0, sequence(extension('2.5.29.20', integer(number)))));
  return new Uint8Array(signed(body, pss(), by));
}

const AMD = '1.3.6.1.4.1.3704.1';
const ia5 = (text: string): Buffer => element(0x16, Buffer.from(text, 'latin1'));

export interface VekParts {
  readonly product?: string;
  readonly hwId?: Uint8Array;
  readonly cspId?: string;
  /** REPORTED_TCB in the classic layout. */
  readonly tcb?: Uint8Array;
  readonly extra?: readonly Buffer[];
}

export const CHIP = Uint8Array.from({ length: 64 }, (_, i) => i + 1);
export const TCB = Uint8Array.of(10, 0, 0, 0, 0, 0, 23, 84);

export function vekExtensions({ product = 'Genoa', hwId = CHIP, cspId, tcb = TCB, extra = [] }: VekParts = {}): Buffer[] {
  const spl = ['3.1', '3.2', '3.4', '3.5', '3.6', '3.7', '3.3', '3.8'].map((id, i) => extension(`${AMD}.${id}`, integer(tcb[i] ?? 0)));
  return [
    extension(`${AMD}.1`, integer(0)),
    extension(`${AMD}.2`, ia5(product)),
    ...spl,
    ...(hwId.length === 0 ? [] : [extension(`${AMD}.4`, hwId)]),
    ...(cspId === undefined ? [] : [extension(`${AMD}.5`, ia5(cspId))]),
    ...extra,
  ];
}

export const ark = rsaKeys();
export const ask = rsaKeys();
export const chip = ecKeys();

export const askCertificate = certificate({ subject: 'SEV-Genoa', issuer: 'ARK-Genoa', keys: ask, by: ark, serial: 0x20001, extensions: caExtensions(0) });
export const vekCertificate = certificate({ subject: 'SEV-VCEK', issuer: 'SEV-Genoa', keys: chip, by: ask, extensions: vekExtensions() });

const arkCertificate = readCertificate(certificate({ subject: 'ARK-Genoa', issuer: 'ARK-Genoa', keys: ark, by: ark, serial: 0x20000, extensions: caExtensions() }));
export const anchor: Anchor = { vendor: 'amd', kind: 'ark', subject: arkCertificate.subject.text, spki: arkCertificate.spkiHex, fingerprint: fingerprintOf(arkCertificate), source: 'test' };

/** Version 3, Genoa, chip key; `edit` changes bytes before the signature is made. */
export function report(edit: (bytes: Uint8Array) => void = () => undefined, by: Keys = chip): Uint8Array {
  const bytes = new Uint8Array(0x4a0);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x00, 3, true);
  view.setBigUint64(0x08, 0x30000n, true);
  view.setUint32(0x34, 1, true);
  view.setBigUint64(0x40, 0x25n, true);
  bytes.fill(0xab, 0x50, 0x90);
  bytes.fill(0xcd, 0x90, 0xc0);
  bytes.set([0x19, 0x11, 0x01], 0x188);
  bytes.set(CHIP, 0x1a0);
  for (const offset of [0x38, 0x180, 0x1e0, 0x1f0]) bytes.set(TCB, offset);
  bytes.set([29, 55, 1, 0, 29, 55, 1, 0], 0x1e8);
  edit(bytes);
  const signature = sign('sha384', bytes.subarray(0, 0x2a0), { key: by.secret, dsaEncoding: 'ieee-p1363' });
  bytes.set(signature.subarray(0, 48).reverse(), 0x2a0);
  bytes.set(signature.subarray(48).reverse(), 0x2e8);
  return bytes;
}

export const input = (over: Partial<SnpInput> = {}): SnpInput => ({
  report: report(),
  endorsements: { vek: vekCertificate, intermediates: [askCertificate] },
  anchors: [anchor],
  now: NOW,
  policy: GENUINE.snp,
  ...over,
});

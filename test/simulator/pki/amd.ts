/**
 * A PKI shaped like AMD's for SEV-SNP: for each product line a root (ARK), an intermediate for chip keys (ASK) and one
 * for cloud providers' keys (ASVK), RSA-4096 signing with PSS; below them P-384 keys with AMD's extensions
 * (1.3.6.1.4.1.3704.1, AMD 57230). Certificates of the authorities never change.
 */
import { bits, boolean, element, explicit, implicit, integer, octets, oid, pem, printable, sequence, set, time, utf8 } from './der.ts';
import { ORGANISATION, extension } from './certificate.ts';
import { derivedP384 } from './p384.ts';
import type { P384Key } from './p384.ts';
import { derivedRsa, signPss } from './rsa.ts';
import type { RsaKey } from './rsa.ts';

export const PRODUCTS = ['Milan', 'Genoa', 'Turin'] as const;
export type Product = (typeof PRODUCTS)[number];
export type KeyKind = 'vcek' | 'vlek';

/** Security version numbers; `fmc` on Turin alone. */
export interface Tcb {
  readonly fmc?: number;
  readonly bl: number;
  readonly tee: number;
  readonly snp: number;
  readonly ucode: number;
}

/** The eight bytes of TCB_VERSION, least significant first. */
export const tcbBytes = (product: Product, { fmc = 0, bl, tee, snp, ucode }: Tcb): Buffer =>
  Buffer.from(product === 'Turin' ? [fmc, bl, tee, snp, 0, 0, 0, ucode] : [bl, tee, 0, 0, 0, 0, snp, ucode]);

const SHA384 = sequence(oid('2.16.840.1.101.3.4.2.2'), element(0x05));

/** AlgorithmIdentifier; AMD's older certificates write the trailer field out, newer ones leave it away. */
const pss = (trailer: boolean): Buffer =>
  sequence(oid('1.2.840.113549.1.1.10'), sequence(
    explicit(0, SHA384), explicit(1, sequence(oid('1.2.840.113549.1.1.8'), SHA384)), explicit(2, integer(48)), ...(trailer ? [explicit(3, integer(1))] : []),
  ));

const name = (commonName: string): Buffer => {
  const part = (type: string, value: Buffer): Buffer => set(sequence(oid(type), value));
  return sequence(
    part('2.5.4.11', utf8('Engineering')), part('2.5.4.6', printable('US')), part('2.5.4.7', utf8('Santa Clara')),
    part('2.5.4.8', utf8('CA')), part('2.5.4.10', utf8(ORGANISATION)), part('2.5.4.3', utf8(commonName)),
  );
};

/** The same name as text, in the order of the certificate. */
export const amdNameText = (commonName: string): string => `OU=Engineering, C=US, L=Santa Clara, ST=CA, O=${ORGANISATION}, CN=${commonName}`;

export interface AmdCertificate {
  readonly der: Buffer;
  readonly pem: string;
}

interface Parts {
  readonly subject: string;
  readonly issuer: string;
  readonly spki: Uint8Array;
  readonly by: RsaKey;
  readonly serial: number;
  /** Ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly Buffer[];
  readonly trailer: boolean;
}

const signed = (body: Buffer, algorithm: Buffer, by: RsaKey): Buffer => sequence(body, algorithm, bits(signPss(by, body)));

function certificate(parts: Parts): AmdCertificate {
  const algorithm = pss(parts.trailer);
  const body = sequence(
    explicit(0, integer(2)), integer(parts.serial), algorithm, name(parts.issuer), sequence(time(parts.notBefore), time(parts.notAfter)),
    name(parts.subject), parts.spki, explicit(3, sequence(...parts.extensions)),
  );
  const der = signed(body, algorithm, parts.by);
  return { der, pem: pem('CERTIFICATE', der) };
}

export type Role = 'ark' | 'ask' | 'asvk';

export interface Authority extends AmdCertificate {
  readonly role: Role;
  readonly commonName: string;
  readonly serial: number;
  readonly key: RsaKey;
}

const SERIAL_BASE: Readonly<Record<Product, number>> = { Milan: 0x1_0000, Genoa: 0x2_0000, Turin: 0x3_0000 };
/** Genoa's first ASK was withdrawn: the one in use has number 2. */
const serialOf = (role: Role, product: Product): number => SERIAL_BASE[product] + (role === 'ark' ? 0 : role === 'asvk' ? 0x101 : product === 'Genoa' ? 2 : 1);
/** The serial number of Genoa's first ASK, which its CRL has listed ever since. */
const WITHDRAWN = 0x2_0001;
const ISSUED: Readonly<Record<Product, number>> = { Milan: Date.UTC(2020, 9, 22, 17, 23, 5), Genoa: Date.UTC(2022, 0, 26, 15, 34, 37), Turin: Date.UTC(2023, 4, 15, 20, 21, 12) };

const commonNameOf = (role: Role, product: Product): string => ({ ark: `ARK-${product}`, ask: `SEV-${product}`, asvk: `SEV-VLEK-${product}` })[role];
const crlUrl = (product: Product, kind: KeyKind): string => `https://kdsintf.amd.com/${kind}/v1/${product}/crl`;
const keyOf = (role: Role, product: Product): RsaKey => derivedRsa(`${role}/${product}`, 512);

function made(role: Role, product: Product): Authority {
  const key = keyOf(role, product);
  const by = keyOf('ark', product);
  const serial = serialOf(role, product);
  const root = role === 'ark';
  const constraints = extension('2.5.29.19', root ? sequence(boolean(true)) : sequence(boolean(true), integer(0)), true);
  // keyCertSign and cRLSign for the root, keyCertSign alone below it
  const usage = extension('2.5.29.15', root ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x04]), 2), true);
  const subjectKey = extension('2.5.29.14', octets(key.keyId));
  const list = extension('2.5.29.31', sequence(sequence(explicit(0, explicit(0, implicit(6, Buffer.from(crlUrl(product, role === 'asvk' ? 'vlek' : 'vcek'), 'latin1')))))));
  const commonName = commonNameOf(role, product);
  const from = ISSUED[product];
  return {
    role, commonName, serial, key,
    ...certificate({
      subject: commonName, issuer: commonNameOf('ark', product), spki: key.spki, by, serial, notBefore: from, notAfter: from + 9131 * 86_400_000, trailer: true,
      extensions: root ? [usage, subjectKey, constraints, list] : [subjectKey, extension('2.5.29.35', sequence(implicit(0, by.keyId))), constraints, usage, list],
    }),
  };
}

const known = new Map<string, Authority>();

/** Made at first use and then kept: deriving and signing with 4096 bits takes some milliseconds. */
export function authority(role: Role, product: Product): Authority {
  const id = `${role}/${product}`;
  const found = known.get(id) ?? made(role, product);
  known.set(id, found);
  return found;
}

/** Who issues keys of this kind. */
export const issuerOf = (kind: KeyKind, product: Product): Authority => authority(kind === 'vcek' ? 'ask' : 'asvk', product);

/** What a VCEK or VLEK certificate says. */
export interface VekFacts {
  readonly kind: KeyKind;
  readonly product: Product;
  readonly tcb: Tcb;
  /** CHIP_ID, 64 bytes (VCEK); Turin certificates carry the first 8. */
  readonly chipId: Uint8Array;
  /** Names the cloud provider (VLEK). */
  readonly cspId?: string;
  /** The chip id bare, as all of AMD's have it, or inside an OCTET STRING. */
  readonly hwId?: 'raw' | 'wrapped';
  /** Writes the trailer field of the PSS parameters out, as certificates up to 2023 do. */
  readonly trailer?: boolean;
}

const veks = new Map<string, P384Key>();

/** The key that AMD derives for a chip (or hands to a provider) at one TCB. */
export function vekKey({ kind, product, tcb, chipId, cspId }: VekFacts): P384Key {
  const label = `${kind}/${product}/${kind === 'vcek' ? Buffer.from(chipId).toString('hex') : cspId}/${tcbBytes(product, tcb).toString('hex')}`;
  const key = veks.get(label) ?? derivedP384(label);
  veks.set(label, key);
  return key;
}

const ARC = '1.3.6.1.4.1.3704.1';
const ia5 = (text: string): Buffer => element(0x16, Buffer.from(text, 'latin1'));
const PRODUCT_NAMES: Readonly<Record<Product, string>> = { Milan: 'Milan-B0', Genoa: 'Genoa', Turin: 'Turin' };

function vekExtensions({ kind, product, tcb, chipId, cspId = '', hwId = 'raw' }: VekFacts): readonly Buffer[] {
  const spl = (number: string, value: number): Buffer => extension(`${ARC}.3.${number}`, integer(value));
  const turin = product === 'Turin';
  const reserved = (turin ? ['5', '6', '7'] : ['4', '5', '6', '7']).map((number) => spl(number, 0));
  const own = Buffer.from(chipId.subarray(0, turin ? 8 : 64));
  return [
    extension(`${ARC}.1`, integer(turin ? 1 : 0)),
    extension(`${ARC}.2`, ia5(kind === 'vcek' ? PRODUCT_NAMES[product] : product)),
    ...(turin ? [spl('9', tcb.fmc ?? 0), spl('1', tcb.bl), spl('2', tcb.tee), spl('3', tcb.snp), ...reserved] : [spl('1', tcb.bl), spl('2', tcb.tee), ...reserved, spl('3', tcb.snp)]),
    spl('8', tcb.ucode),
    kind === 'vcek' ? extension(`${ARC}.4`, hwId === 'raw' ? own : octets(own)) : extension(`${ARC}.5`, ia5(cspId)),
  ];
}

const DAY = 86_400_000;

/**
 * The certificate as AMD issues it at `now` (ms since the epoch): anew at every request, valid from a day before, a
 * VCEK for seven years, a VLEK for one. Its serial number is always 0.
 */
export function vekCertificate(facts: VekFacts, now: number): AmdCertificate {
  const { kind, product } = facts;
  const issuer = issuerOf(kind, product);
  const from = Math.floor(now / 1000) * 1000 - DAY;
  return certificate({
    subject: kind === 'vcek' ? 'SEV-VCEK' : 'SEV-VLEK', issuer: issuer.commonName, spki: vekKey(facts).spki, by: issuer.key, serial: 0,
    notBefore: from, notAfter: from + (kind === 'vcek' ? 7 : 1) * 365 * DAY, trailer: facts.trailer === true, extensions: vekExtensions(facts),
  });
}

export interface AmdCrlParts {
  readonly product: Product;
  readonly number: number;
  /** Ms since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** Serial numbers beside those that are always listed. */
  readonly revoked?: readonly number[];
  /** Another signer than the product line's root. */
  readonly by?: RsaKey;
}

/** A CRL of a product line as DER, signed by its root; Genoa's is never empty. */
export function amdCrl({ product, number, thisUpdate, nextUpdate, revoked = [], by }: AmdCrlParts): Buffer {
  const root = authority('ark', product);
  const serials = [...(product === 'Genoa' ? [WITHDRAWN] : []), ...revoked];
  const entries = serials.map((serial) => sequence(integer(serial), time(ISSUED.Genoa + 278 * DAY)));
  const body = sequence(
    integer(1), pss(false), name(root.commonName), time(thisUpdate), time(nextUpdate), ...(entries.length === 0 ? [] : [sequence(...entries)]),
    explicit(0, sequence(extension('2.5.29.35', sequence(implicit(0, root.key.keyId))), extension('2.5.29.20', integer(number)))),
  );
  return signed(body, pss(false), by ?? root.key);
}

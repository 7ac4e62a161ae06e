/** A Coordinator of our own: manifests, mesh, evidence of a small AMD and of the simulated Intel, sent in fields as Contrast sends them. */
import { createHash, randomBytes, sign } from 'node:crypto';
import type { Check } from '../../../src/checks/check';
import { DEFAULT } from '../../../src/checks/policy';
import { checkContrast } from '../../../src/evidence/contrast';
import { contrastIdKeyDigests } from '../../../src/evidence/contrast/id-block';
import { pinCheck } from '../../../src/evidence/contrast/pin';
import { expectedReportData } from '../../../src/evidence/contrast/report-data';
import type { ContrastInput, ContrastResult } from '../../../src/evidence/contrast/types';
import { stateOf } from '../../../src/verdict/state';
import { bits, boolean, explicit, implicit, integer, octets, oid, pem, printable, sequence, set, time } from '../../simulator/pki/der';
import { derivedKey, signRaw } from '../../simulator/pki/keys';
import { MEASUREMENTS } from '../../simulator/tdx/machine';
import { ANCHORS as INTEL, collateralOf, quoteOf } from '../evidence/simulated';
import { CHIP, anchor, ark, askCertificate, crl, ecKeys, report, vekCertificate } from '../evidence-sevsnp/lab';
import type { Keys } from '../evidence-sevsnp/lab';

export const NOW = Date.UTC(2026, 10, 22, 12);
const YEAR = 365 * 86_400_000;
export const NONCE = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

// Protobuf, written.
export function varint(value: bigint | number): number[] {
  const octetsOf: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) octetsOf.push(Number(rest & 0x7fn) | 0x80);
  return [...octetsOf, Number(rest)];
}
export const num = (field: number, value: bigint | number): Uint8Array => (BigInt(value) === 0n ? new Uint8Array() : Uint8Array.from([...varint(field << 3), ...varint(value)]));
export const blob = (field: number, content: Uint8Array): Uint8Array => new Uint8Array(Buffer.concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(content.length)]), content]));
export const message = (...fields: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(fields));

const le = (bytes: Uint8Array, offset: number, width: number): bigint => bytes.subarray(offset, offset + width).reduceRight((value, octet) => (value << 8n) | BigInt(octet), 0n);

export function reportMessage(raw: Uint8Array): Uint8Array {
  const numbers: [number, number, number][] = [[1, 0, 4], [2, 4, 4], [3, 8, 8], [6, 0x30, 4], [7, 0x34, 4], [8, 0x38, 8], [9, 0x40, 8], [10, 0x48, 4], [18, 0x180, 8], [20, 0x1e0, 8], [21, 0x1e8, 1], [22, 0x1e9, 1], [23, 0x1ea, 1], [24, 0x1ec, 1], [25, 0x1ed, 1], [26, 0x1ee, 1], [27, 0x1f0, 8], [30, 0x1f8, 8], [31, 0x200, 8]];
  const parts: [number, number, number][] = [[4, 0x10, 16], [5, 0x20, 16], [11, 0x50, 64], [12, 0x90, 48], [13, 0xc0, 32], [14, 0xe0, 48], [15, 0x110, 48], [16, 0x140, 32], [17, 0x160, 32], [19, 0x1a0, 64], [28, 0x2a0, 512]];
  const [family = 0, model = 0, stepping = 0] = raw.subarray(0x188, 0x18b);
  const eax = family === 0 ? 0 : ((family - 15) << 20) | (15 << 8) | ((model >> 4) << 16) | ((model & 15) << 4) | stepping;
  return message(...numbers.map(([field, offset, width]) => num(field, le(raw, offset, width))), ...parts.map(([field, offset, length]) => blob(field, raw.subarray(offset, offset + length))), num(29, eax));
}

const CRL_KEY = utf8('00569ee4-e480-4fba-bbf4-45b629901180');
export const CHAIN = message(blob(1, vekCertificate), blob(2, askCertificate), blob(7, message(blob(1, CRL_KEY), blob(2, crl({ by: ark })))));

export const snpMessage = (raw: Uint8Array, chain: Uint8Array | undefined = CHAIN): Uint8Array =>
  message(blob(1, reportMessage(raw)), ...(chain === undefined ? [] : [blob(2, chain)]));

/** A raw v4 quote, in fields. */
export function tdxMessage(quote: Uint8Array): Uint8Array {
  const at = (offset: number, length: number): Uint8Array => quote.subarray(offset, offset + length);
  const header = message(num(1, le(quote, 0, 2)), num(2, le(quote, 2, 2)), num(3, le(quote, 4, 4)), blob(4, at(10, 2)), blob(5, at(8, 2)), blob(6, at(12, 16)), blob(7, at(28, 20)));
  let from = 48;
  const take = (length: number): Uint8Array => at((from += length) - length, length);
  const body = message(...[16, 48, 48, 8, 8, 8, 48, 48, 48, 48].map((length, i) => blob(i + 1, take(length))), ...Array.from({ length: 4 }, () => blob(11, take(48))), blob(12, take(64)));
  const size = Number(le(take(4), 0, 4));
  const [signature, key] = [take(64), take(64)];
  take(2);
  const certified = Number(le(take(4), 0, 4));
  const qe = message(...[16, 0, 28, 16, 32, 32, 32, 96, 0, 0, 60, 64].map((length, i) => (i === 1 ? num(2, le(take(4), 0, 4)) : length === 0 ? num(i + 1, le(take(2), 0, 2)) : blob(i + 1, take(length)))));
  const qeSignature = take(64);
  const authLength = Number(le(take(2), 0, 2));
  const auth = message(num(1, authLength), blob(2, take(authLength)));
  const type = le(take(2), 0, 2);
  const chainLength = Number(le(take(4), 0, 4));
  const chain = message(num(1, type), num(2, chainLength), blob(3, take(chainLength)));
  const certification = message(num(1, 6), num(2, certified), blob(3, message(blob(1, qe), blob(2, qeSignature), blob(3, auth), blob(4, chain))));
  return message(blob(1, header), blob(2, body), num(3, size), blob(4, message(blob(1, signature), blob(2, key), blob(3, certification))));
}

// The mesh.
const name = (commonName: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), printable(commonName))));
const ECDSA_SHA384 = sequence(oid('1.2.840.10045.4.3.3'));
const extension = (id: string, value: Uint8Array, critical = false): Buffer => sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
export const CA = [extension('2.5.29.19', sequence(boolean(true)), true), extension('2.5.29.15', bits(Buffer.from([0x06]), 1), true)];
export const leaf = (names: readonly string[], usage = '1.3.6.1.5.5.7.3.1', keyUsage = 0x80): Buffer[] => [
  extension('2.5.29.17', sequence(...names.map((one) => implicit(2, Buffer.from(one))))),
  extension('2.5.29.37', sequence(oid(usage))),
  extension('2.5.29.15', bits(Buffer.from([keyUsage]), Math.log2(keyUsage & -keyUsage)), true),
];

export interface MeshParts { readonly subject?: string; readonly issuer?: string; readonly keys?: Keys; readonly by?: Keys; readonly extensions?: readonly Buffer[]; readonly from?: number; readonly until?: number }
export const meshKeys = ecKeys();
export const serviceKeys = ecKeys();

export function meshCertificate({ subject = 'mesh', issuer = 'mesh', keys = meshKeys, by = meshKeys, extensions = CA, from = NOW - YEAR, until = NOW + YEAR }: MeshParts = {}): Uint8Array {
  const body = sequence(explicit(0, integer(2)), integer(7), ECDSA_SHA384, name(issuer), sequence(time(from), time(until)), name(subject), keys.spki, explicit(3, sequence(...extensions)));
  return new Uint8Array(sequence(body, ECDSA_SHA384, bits(sign('sha384', body, by.secret))));
}

export const meshPem = (parts: MeshParts = {}): Uint8Array => utf8(pem('CERTIFICATE', meshCertificate(parts)));

// Policies and manifests.
export const COORDINATOR = utf8('package agent_policy\n# coordinator\n');
export const WORKLOAD = utf8('package agent_policy\n# workload\n');
export const GUEST_POLICY = 0x2030000n;
const MEASUREMENT = 'cd'.repeat(48);

type Json = Record<string, unknown>;

export const snpReference = (over: Json = {}): Json => ({
  Platform: 'Metal-QEMU-SNP', ProductName: 'Genoa', TrustedMeasurement: MEASUREMENT, MinimumTCB: { BootloaderVersion: 10, TEEVersion: 0, SNPVersion: 23, MicrocodeVersion: 84 },
  GuestPolicy: { SMT: true, PageSwapDisable: true }, PlatformInfo: { SMTEnabled: true, ECCEnabled: true, AliasCheckComplete: true }, MinimumMitigationVector: 5, AllowedChipIDs: [hexOf(CHIP).toUpperCase()], CPUs: 1, ...over,
});

export const tdxReference = (over: Json = {}): Json => ({
  Platform: 'Metal-QEMU-TDX', MinTCBEvaluationDataNumber: 1, MrTd: hexOf(MEASUREMENTS.mrTd), MrSeam: hexOf(MEASUREMENTS.mrSeam),
  Rtmrs: [MEASUREMENTS.rtmr0, MEASUREMENTS.rtmr1, MEASUREMENTS.rtmr2, MEASUREMENTS.rtmr3].map(hexOf), Xfam: 'e702060000000000', AllowedPIIDs: [], MemoryIntegrity: false, SMTDisabled: false, StaticPlatform: false, CPUs: 1, ...over,
});

export const manifestOf = (over: Json = {}): Json => ({
  Policies: { [hexOf(sha256(COORDINATOR))]: { SANs: ['coordinator', '*'], Role: 'coordinator' }, [hexOf(sha256(WORKLOAD))]: { SANs: ['workload'], WorkloadSecretID: 'apps/v1/Deployment/x' } },
  ReferenceValues: { snp: [snpReference()] },
  ...over,
});

export const manifestBytes = (over: Json = {}): Uint8Array => utf8(JSON.stringify(manifestOf(over), undefined, 1));

// Documents.
export interface Situation {
  readonly manifests?: readonly Uint8Array[];
  readonly policies?: readonly Uint8Array[];
  readonly meshCa?: Uint8Array;
  /** Changes the report before it is signed. */
  readonly edit?: (bytes: Uint8Array) => void;
  /** Evidence of TDX in place of SEV-SNP's. */
  readonly tdx?: (signed: Uint8Array) => void;
  /** What is sent, once all is signed. */
  readonly sent?: ((document: Json) => Json) | undefined;
  readonly attestation?: (raw: Uint8Array) => Uint8Array;
  readonly input?: Partial<ContrastInput>;
}

const ROOT_CA = meshPem({ subject: 'root', issuer: 'root' });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Version 5, launched as Contrast launches: ID key, guest policy, host data, mitigation vectors. */
export function launched(reportData: Uint8Array, edit: Situation['edit'] = () => undefined): Uint8Array {
  return report((bytes) => {
    bytes[0] = 5;
    new DataView(bytes.buffer).setBigUint64(0x08, GUEST_POLICY, true);
    bytes.set(reportData, 0x50);
    bytes.set(sha256(COORDINATOR), 0xc0);
    bytes.set(Buffer.from(contrastIdKeyDigests(MEASUREMENT, GUEST_POLICY)[0] ?? '', 'hex'), 0xe0);
    bytes.set([0x0f], 0x1f8);
    bytes.set([0x0f], 0x200);
    edit(bytes);
  });
}

/** A quote whose body is changed and signed anew. */
export function tdxLaunched(reportData: Uint8Array, edit: NonNullable<Situation['tdx']> = () => undefined): Uint8Array {
  const quote = new Uint8Array(quoteOf({ reportData, now: NOW }));
  const signed = quote.subarray(0, 632);
  signed.set(sha256(COORDINATOR), 48 + 184);
  edit(signed);
  quote.set(signRaw(derivedKey('attestation key/up to date'), Buffer.from(signed)), 636);
  return quote;
}

export function documentOf({ manifests = [manifestBytes()], policies = [COORDINATOR, WORKLOAD], meshCa = meshPem(), edit, tdx, sent = (one) => one, attestation = (raw) => (tdx === undefined ? snpMessage(raw) : tdxMessage(raw)) }: Situation = {}): Uint8Array {
  const reportData = expectedReportData(NONCE, { manifests, rootCa: ROOT_CA, meshCa });
  const raw = tdx === undefined ? launched(reportData, edit) : tdxLaunched(reportData, tdx);
  return utf8(JSON.stringify(sent({ version: 'v1.20.0', raw_attestation_doc: base64(attestation(raw)), manifests: manifests.map(base64), policies: policies.map(base64), root_ca: base64(ROOT_CA), mesh_ca: base64(meshCa) })));
}

export const inputOf = (situation: Situation = {}): ContrastInput => ({
  document: documentOf(situation),
  nonce: NONCE,
  manifest: { pin: (digest) => pinCheck(digest, [{ sha256: hexOf(sha256((situation.manifests ?? [manifestBytes()]).at(-1) ?? new Uint8Array())), source: 'imported', note: 'lab' }]), single: true, immutable: true },
  snp: (_report, endorsements) => Promise.resolve({ endorsements }),
  tdx: () => Promise.resolve({ collateral: collateralOf({ now: NOW }) }),
  anchors: [anchor, ...INTEL],
  now: NOW,
  policy: DEFAULT,
  ...situation.input,
});

export interface Judged extends ContrastResult {
  readonly state: string;
  /** Check id → outcome and code, of everything that does not hold. */
  readonly faults: Readonly<Record<string, string>>;
  readonly by: (id: string) => Check | undefined;
}

export async function judge(situation: Situation = {}): Promise<Judged> {
  const result = await checkContrast(inputOf(situation));
  const faults = Object.fromEntries(result.checks.filter(({ outcome }) => outcome !== 'pass').map(({ id, outcome, code }) => [id, `${outcome} ${code ?? ''}`]));
  return { ...result, state: stateOf(result.checks), faults, by: (id) => result.checks.find((check) => check.id === id) };
}

/** The checks that must fail, and those alone: what rests on nothing broken holds. */
export const failing = ({ faults }: Judged): readonly string[] => Object.entries(faults).filter(([, fault]) => fault.startsWith('fail')).map(([id, fault]) => `${id} ${fault.slice(5)}`);

export const noise = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

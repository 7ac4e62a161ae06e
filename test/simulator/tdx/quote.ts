/**
 * Intel TDX quotes, byte for byte as the DCAP quoting enclave writes them: v4 with a TD 1.0 report (584 bytes) and v5
 * with a TD 1.0 or 1.5 report (584, 648). Layout from Intel's QVL (QuoteStructures.h); all integers little-endian.
 */
import { pckCertificate, platformCa, root } from '../pki/intel.ts';
import { derivedKey, sha256, signRaw } from '../pki/keys.ts';
import { MEASUREMENTS, UP_TO_DATE } from './machine.ts';
import type { Machine } from './machine.ts';

export interface QuoteOptions {
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** Ms since the epoch: decides the PCK leaf's dates. */
  readonly now: number;
  readonly machine?: Machine;
  /** 4 (TD 1.0), or 5 (TD 1.5 unless `body` says otherwise). */
  readonly version?: 4 | 5;
  readonly body?: '1.0' | '1.5';
  /** TD attributes bit 0. */
  readonly debug?: boolean;
  /** TD attributes bit 28; on unless said otherwise. */
  readonly septVeDisable?: boolean;
  /** 8 bytes, little-endian. */
  readonly xfam?: Uint8Array;
  /** TEE_TCB_SVN instead of the machine's, 16 bytes. */
  readonly teeTcbSvn?: readonly number[];
  /** TEE_TCB_SVN2 of a 1.5 report: what the module is now; as at launch unless said otherwise. */
  readonly teeTcbSvn2?: readonly number[];
  readonly mrSignerSeam?: Uint8Array;
  readonly mrServiceTd?: Uint8Array;
  /** QE authentication data; 32 bytes as real ones unless said otherwise. */
  readonly qeAuthData?: Uint8Array;
  /** XORed into the finished quote: [offset, mask]. */
  readonly tamper?: readonly (readonly [offset: number, mask: number])[];
  /** Zero bytes after the declared end (dstack's buffers have 70). */
  readonly padding?: number;
}

const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const zeros = (length: number): Buffer => Buffer.alloc(length);

function sized(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`${what} has ${bytes.length} bytes, ${length} needed`);
  return bytes;
}

/** TD_QE as Intel's identity describes it. */
export const QE_MRSIGNER = Buffer.from('dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5', 'hex');
const QE_ISVPRODID = 2;
const QE_VENDOR_ID = Buffer.from('939a7233f79c4ca9940a0db3957f0607', 'hex');

/** The quoting enclave's SGX report (384 bytes), which vouches for the attestation key. */
function qeReport(machine: Machine, attestationKey: Uint8Array, authData: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(machine.components), zeros(4), zeros(28),
    Buffer.from('1500000000000000e700000000000000', 'hex'), sha256('assay simulator/td quoting enclave'), zeros(32),
    QE_MRSIGNER, zeros(96), u16(QE_ISVPRODID), u16(machine.qeSvn), zeros(60),
    sha256(attestationKey, authData), zeros(32),
  ]);
}

function tdReport(options: QuoteOptions, machine: Machine, body: '1.0' | '1.5'): Buffer {
  const attributes = zeros(8);
  attributes[0] = options.debug === true ? 0x01 : 0x00;
  attributes[3] = options.septVeDisable === false ? 0x00 : 0x10;
  const launched = sized(Buffer.from(options.teeTcbSvn ?? machine.teeTcbSvn), 16, 'teeTcbSvn');
  const { mrSeam, mrTd, rtmr0, rtmr1, rtmr2, rtmr3 } = MEASUREMENTS;
  return Buffer.concat([
    launched, mrSeam, sized(options.mrSignerSeam ?? zeros(48), 48, 'mrSignerSeam'), zeros(8), attributes,
    sized(options.xfam ?? Buffer.from('e702060000000000', 'hex'), 8, 'xfam'), mrTd, zeros(48), zeros(48), zeros(48),
    rtmr0, rtmr1, rtmr2, rtmr3, sized(options.reportData, 64, 'reportData'),
    ...(body === '1.0' ? [] : [sized(options.teeTcbSvn2 === undefined ? launched : Buffer.from(options.teeTcbSvn2), 16, 'teeTcbSvn2'), sized(options.mrServiceTd ?? zeros(48), 48, 'mrServiceTd')]),
  ]);
}

const chains = new Map<string, { readonly pem: Buffer; readonly key: ReturnType<typeof derivedKey> }>();

/** PCK leaf, Platform CA and root as the quote carries them, with the closing NUL that real ones have. */
function pckChain(machine: Machine, now: number): { readonly pem: Buffer; readonly key: ReturnType<typeof derivedKey> } {
  const id = `${machine.label}/${new Date(now).getUTCFullYear()}`;
  const known = chains.get(id);
  if (known !== undefined) return known;
  const leaf = pckCertificate(machine, now);
  const chain = { pem: Buffer.from(`${leaf.pem}${platformCa.pem}${root.pem}\0`), key: leaf.key };
  chains.set(id, chain);
  return chain;
}

/** A whole quote. Everything in it is signed consistently; `tamper` damages it afterwards. */
export function tdxQuote(options: QuoteOptions): Buffer {
  const machine = options.machine ?? UP_TO_DATE;
  const version = options.version ?? 4;
  const body = options.body ?? (version === 4 ? '1.0' : '1.5');
  if (version === 4 && body !== '1.0') throw new RangeError('a v4 quote carries a TD 1.0 report');
  const report = tdReport(options, machine, body);
  const header = Buffer.concat([u16(version), u16(2), u32(0x81), zeros(4), QE_VENDOR_ID, zeros(20)]);
  const descriptor = version === 4 ? zeros(0) : Buffer.concat([u16(body === '1.0' ? 2 : 3), u32(report.length)]);
  const signed = Buffer.concat([header, descriptor, report]);

  const attestation = derivedKey(`attestation key/${machine.label}`);
  const authData = options.qeAuthData ?? zeros(32);
  const { pem, key } = pckChain(machine, options.now);
  const vouched = qeReport(machine, attestation.point, authData);
  const certified = Buffer.concat([vouched, signRaw(key, vouched), u16(authData.length), authData, u16(5), u32(pem.length), pem]);
  const authentication = Buffer.concat([signRaw(attestation, signed), attestation.point, u16(6), u32(certified.length), certified]);

  const quote = Buffer.concat([signed, u32(authentication.length), authentication, zeros(options.padding ?? 0)]);
  for (const [offset, mask] of options.tamper ?? []) quote[offset] = (quote[offset] ?? 0) ^ mask;
  return quote;
}

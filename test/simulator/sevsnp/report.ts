/**
 * SEV-SNP attestation reports as AMD's firmware writes them: 1184 bytes, versions 2 to 5, all integers little-endian
 * (AMD 56860, ATTESTATION_REPORT).
 */
import { tcbBytes, vekKey } from '../pki/amd.ts';
import { labelled } from '../pki/keys.ts';
import { signQuickly } from '../pki/p384.ts';
import { chipIdOf, GENOA, SNP_MEASUREMENT, vekFactsOf } from './machine.ts';
import type { SnpMachine } from './machine.ts';

export const REPORT_BYTES = 0x4a0;
const SIGNED_BYTES = 0x2a0;
const SIGNATURE_PART = 72;

/** Guest policy: SMT allowed and the bit that must be one, ABI 0.0. */
const POLICY = 0x3_0000n;
const MIGRATE_MA = 1n << 18n;
const DEBUG = 1n << 19n;

export interface SnpReportOptions {
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  readonly machine?: SnpMachine;
  /** 3 unless said otherwise. */
  readonly version?: 2 | 3 | 4 | 5;
  /** 0 unless said otherwise. */
  readonly vmpl?: number;
  readonly debug?: boolean;
  readonly migration?: boolean;
  /** Bits of the guest policy beside SMT and the one that must be set. */
  readonly guestPolicy?: bigint;
  /** From the ID block of the launch; none unless said otherwise. */
  readonly guestSvn?: number;
  /** 48 bytes: SHA-384 of the key that signed the ID block. */
  readonly idKeyDigest?: Uint8Array;
  /** 48 bytes. */
  readonly measurement?: Uint8Array;
  /** 32 bytes. */
  readonly hostData?: Uint8Array;
  /** The host keeps the chip's identity out (MASK_CHIP_ID). */
  readonly chipMasked?: boolean;
  /** The host keeps the chip's key from signing (MASK_CHIP_KEY): the signature is zero. */
  readonly keyMasked?: boolean;
  /** Whose key signs in place of the machine's own. */
  readonly signedBy?: SnpMachine;
  /** XORed into the finished report: [offset, mask]. */
  readonly tamper?: readonly (readonly [offset: number, mask: number])[];
}

function sized(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`${what} has ${bytes.length} bytes, ${length} needed`);
  return bytes;
}

/** KEY_INFO: which key signs in bits 2 to 4, and the mask in bit 1. */
const keyInfo = (machine: SnpMachine, masked: boolean): number => (machine.kind === 'vlek' ? 1 << 2 : 0) | (masked ? 1 << 1 : 0);

function body(options: SnpReportOptions, machine: SnpMachine): Buffer {
  const version = options.version ?? 3;
  const out = Buffer.alloc(REPORT_BYTES);
  const put = (offset: number, value: Uint8Array): void => { out.set(value, offset); };
  out.writeUInt32LE(version, 0x00);
  out.writeUInt32LE(options.guestSvn ?? 0, 0x04);
  out.writeBigUInt64LE(POLICY | (options.guestPolicy ?? 0n) | (options.debug === true ? DEBUG : 0n) | (options.migration === true ? MIGRATE_MA : 0n), 0x08);
  out.writeUInt32LE(options.vmpl ?? 0, 0x30);
  out.writeUInt32LE(1, 0x34);
  const current = tcbBytes(machine.product, machine.currentTcb ?? machine.committedTcb ?? machine.tcb);
  put(0x38, current);
  out.writeBigUInt64LE(BigInt(machine.platformInfo), 0x40);
  out.writeUInt32LE(keyInfo(machine, options.keyMasked === true), 0x48);
  put(0x50, sized(options.reportData, 64, 'reportData'));
  put(0x90, sized(options.measurement ?? SNP_MEASUREMENT, 48, 'measurement'));
  put(0xc0, sized(options.hostData ?? Buffer.alloc(32), 32, 'hostData'));
  put(0xe0, sized(options.idKeyDigest ?? Buffer.alloc(48), 48, 'idKeyDigest'));
  put(0x140, labelled(`report id/${machine.label}`, 32));
  out.fill(0xff, 0x160, 0x180);
  put(0x180, tcbBytes(machine.product, machine.tcb));
  if (version >= 3) put(0x188, Buffer.from([machine.cpuId.family, machine.cpuId.model, machine.cpuId.stepping]));
  if (options.chipMasked !== true) put(0x1a0, chipIdOf(machine));
  put(0x1e0, tcbBytes(machine.product, machine.committedTcb ?? machine.tcb));
  const { build, minor, major } = machine.firmware;
  put(0x1e8, Buffer.from([build, minor, major, 0, build, minor, major]));
  put(0x1f0, current);
  if (version >= 5) for (const offset of [0x1f8, 0x200]) out.writeBigUInt64LE(BigInt(machine.mitigations ?? 0), offset);
  return out;
}

/** A report of 1184 bytes; r and s of its signature stand little-endian in 72 bytes each. */
export function snpReport(options: SnpReportOptions): Buffer {
  const machine = options.machine ?? GENOA;
  const out = body(options, machine);
  if (options.keyMasked !== true) {
    const raw = signQuickly(vekKey(vekFactsOf(options.signedBy ?? machine)), out.subarray(0, SIGNED_BYTES));
    out.set(Buffer.from(raw.subarray(0, 48)).reverse(), SIGNED_BYTES);
    out.set(Buffer.from(raw.subarray(48)).reverse(), SIGNED_BYTES + SIGNATURE_PART);
  }
  for (const [offset, mask] of options.tamper ?? []) out[offset] = (out[offset] ?? 0) ^ mask;
  return out;
}

const GUIDS = {
  vcek: '63da758de6644564adc5f4b93be8accd', vlek: 'a8074bc2a25a483eaae639c045a0b8a1', ask: '4ab7b379bbac4fe4a02f05aef327c782',
  ark: 'c0b406a4a803495297433fb6014cd0ae', crl: '92f81bc358114d3d97ffd19f88dc67ea',
} as const;

/** The table that an extended guest request puts behind a report: GUID, offset and length of each, a zero entry, the contents. */
export function certificateTable(entries: Readonly<Partial<Record<keyof typeof GUIDS, Uint8Array>>>): Buffer {
  const kinds = (['vcek', 'vlek', 'ask', 'ark', 'crl'] as const).flatMap((kind) => { const content = entries[kind]; return content === undefined ? [] : [{ guid: GUIDS[kind], content }]; });
  let offset = 24 * (kinds.length + 1);
  const heads = kinds.map(({ guid, content }) => {
    const entry = Buffer.alloc(24);
    entry.write(guid, 'hex');
    entry.writeUInt32LE(offset, 16);
    entry.writeUInt32LE(content.length, 20);
    offset += content.length;
    return entry;
  });
  return Buffer.concat([...heads, Buffer.alloc(24), ...kinds.map(({ content }) => content)]);
}

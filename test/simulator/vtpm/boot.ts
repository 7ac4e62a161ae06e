/**
 * What the firmware of the simulated guest measures while it boots, and the log it keeps (TCG PC Client Platform Firmware
 * Profile), in the crypto-agile form and in the old one with SHA-1 alone. Integers little-endian.
 */
import { sha256 } from '../pki/keys.ts';
import { BANK_BYTES, BANK_ID, digest } from './tpm.ts';
import type { Bank } from './tpm.ts';

const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const u64 = (value: number): Buffer => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64LE(BigInt(value)); return bytes; };

export const BANKS: readonly Bank[] = ['sha1', 'sha256', 'sha384'];

const EV = { noAction: 0x03, separator: 0x04, tag: 0x06, crtmVersion: 0x08, variable: 0x8000_0001, application: 0x8000_0003, firmwareBlob: 0x8000_0008 } as const;

export interface BootEvent {
  readonly register: number;
  readonly type: number;
  /** What stands in the log. */
  readonly data: Buffer;
  /** What was hashed: the data itself unless the log only describes it. */
  readonly measured: Buffer;
}

const EFI_GLOBAL = Buffer.from('61dfe48bca93d211aa0d00e098032b8c', 'hex');

/** UEFI_VARIABLE_DATA. */
function variable(name: string, value: Buffer): Buffer {
  return Buffer.concat([EFI_GLOBAL, u64(name.length), u64(value.length), Buffer.from(name, 'utf16le'), value]);
}

/** UEFI_IMAGE_LOAD_EVENT: where the image lay, and a device path to a file of this name. */
function image(file: string): Buffer {
  const name = Buffer.from(`${file}\0`, 'utf16le');
  // Media device path, file path; then the end of the path.
  const path = Buffer.concat([Buffer.from([0x04, 0x04]), u16(name.length + 4), name, Buffer.from('7fff0400', 'hex')]);
  return Buffer.concat([u64(0x7a00_0000), u64(0xc0_0000), u64(0), u64(path.length), path]);
}

/** Another kernel's name boots another kernel. */
export const KERNEL = 'cube kernel 6.12';
export const OTHER_KERNEL = 'somebody else’s kernel';

/** The events of one boot, in order. */
export function bootEvents(kernel: string = KERNEL): readonly BootEvent[] {
  const event = (register: number, type: number, data: Buffer, measured: Buffer = data): BootEvent => ({ register, type, data, measured });
  const text = (words: string): Buffer => Buffer.from(`${words}\0`);
  return [
    event(0, EV.crtmVersion, Buffer.from('Assay simulator\0', 'utf16le')),
    event(0, EV.firmwareBlob, Buffer.concat([u64(0xffe0_0000), u64(0x20_0000)]), sha256('firmware volume')),
    event(7, EV.variable, variable('SecureBoot', Buffer.from([0]))),
    event(1, EV.variable, variable('BootOrder', Buffer.from([0, 0]))),
    ...Array.from({ length: 8 }, (_, register) => event(register, EV.separator, Buffer.alloc(4))),
    event(4, EV.application, image(`\\EFI\\${kernel}`), sha256('kernel image', kernel)),
    event(9, EV.tag, text(`console=ttyS0 quiet # ${kernel.replaceAll(/[^ -~]/g, '-')}`)),
    event(9, EV.tag, text('initrd'), sha256('initrd', kernel)),
  ];
}

const REGISTERS = 24;

/** Registers 0 to 23 after these events; those of the dynamic root begin at ones. */
export function registers(events: readonly BootEvent[], bank: Bank): ReadonlyMap<number, Buffer> {
  const values = new Map<number, Buffer>(Array.from({ length: REGISTERS }, (_, index) => [index, Buffer.alloc(BANK_BYTES[bank], index >= 17 && index <= 22 ? 0xff : 0)]));
  for (const { register, measured } of events) {
    values.set(register, digest(bank, values.get(register) ?? Buffer.alloc(BANK_BYTES[bank]), digest(bank, measured)));
  }
  return values;
}

/** TCG_EfiSpecIDEvent inside a TCG_PCClientPCREvent: says that the log is crypto-agile. */
function specId(): Buffer {
  const data = Buffer.concat([
    Buffer.from('Spec ID Event03\0'), u32(0), Buffer.from([0, 2, 0, 2]), u32(BANKS.length),
    ...BANKS.map((bank) => Buffer.concat([u16(BANK_ID[bank]), u16(BANK_BYTES[bank])])), Buffer.from([0]),
  ]);
  return Buffer.concat([u32(0), u32(EV.noAction), Buffer.alloc(20), u32(data.length), data]);
}

/** The log of these events: `agile` with a digest for each bank, `sha1` as before TPM 2.0. */
export function eventLog(events: readonly BootEvent[], form: 'agile' | 'sha1' = 'agile'): Buffer {
  if (form === 'sha1') return Buffer.concat(events.map(({ register, type, data, measured }) => Buffer.concat([u32(register), u32(type), digest('sha1', measured), u32(data.length), data])));
  return Buffer.concat([
    specId(),
    ...events.map(({ register, type, data, measured }) =>
      Buffer.concat([u32(register), u32(type), u32(BANKS.length), ...BANKS.map((bank) => Buffer.concat([u16(BANK_ID[bank]), digest(bank, measured)])), u32(data.length), data])),
  ]);
}

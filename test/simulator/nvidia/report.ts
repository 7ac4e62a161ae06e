/**
 * What a device answers: the SPDM 1.1 request (37 bytes) and the signed response behind it, laid out as NVIDIA's devices
 * lay it out. All integers little-endian.
 */
import { randomBytes } from 'node:crypto';
import { signQuickly } from '../pki/p384.ts';
import type { Device } from './device.ts';
import { FIRMWARE, NVDEC_INDEX } from './firmware.ts';

/** How the GPU is passed to its machine: alone, as one of several (Blackwell), or with the switches between (Hopper). */
export type Mode = 'single' | 'multiple' | 'protected pcie';

export interface ReportOptions {
  /** 32 bytes, inside the signed request. */
  readonly nonce: Uint8Array;
  readonly mode?: Mode;
  /** Devices at the other end: switches of a GPU, GPUs of a switch. */
  readonly linked?: readonly Device[];
  /** The video decoder is on, so its firmware is measured. */
  readonly decoder?: boolean;
  /** False: an old driver, which leaves the firmware id out. */
  readonly fwid?: boolean;
  /** In place of what the firmware measures to: golden index → 48 bytes. */
  readonly measured?: ReadonlyMap<number, Buffer>;
  /** XORed into the finished report: [offset, mask]. */
  readonly tamper?: readonly (readonly [offset: number, mask: number])[];
}

const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const u32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const text = (value: string, length = value.length + 1): Buffer => Buffer.concat([Buffer.from(value, 'latin1'), Buffer.alloc(length - value.length)]);

/** Where the first measurement's value lies: request, response header, block header. */
export const FIRST_VALUE = 37 + 8 + 7;

/** Version of a VBIOS as GPUs write it: `96.00.D9.00.02` is 00 d9 00 96 02 00 00 00. */
function vbiosBytes(dotted: string): Buffer {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = dotted.split('.').map((pair) => Number.parseInt(pair, 16));
  return Buffer.from([d, c, b, a, e, 0, 0, 0]);
}

/** How often each measurement was extended: once where there is one. */
const extended = (measured: readonly Buffer[]): Buffer => Buffer.concat(measured.map((value) => u32(value.some((byte) => byte !== 0) ? 1 : 0)));

type Fields = readonly (readonly [type: number, data: Buffer])[];

const FEATURE: Readonly<Record<Mode, number>> = { single: 0, multiple: 1, 'protected pcie': 2 };
const LINKS = 18;

function gpuFields(device: Device, measured: readonly Buffer[], options: ReportOptions): Fields {
  const { driver = '', vbios, board = { project: '', projectSku: '', chipSku: '' } } = FIRMWARE[device.chip];
  const { mode = 'single', linked = [] } = options;
  const blackwell = device.chip !== 'GH100';
  // Each link ends in one of the switches, whose id stands here backwards.
  const ends = Array.from({ length: LINKS }, (_, link) => Buffer.from(linked[link % linked.length]?.id ?? Buffer.alloc(8)).reverse());
  return [
    [6, vbiosBytes(vbios)], [14, u32(0x053c)], [15, text(board.chipSku, 9)], [16, text('0', 5)], [17, text(board.project)], [18, text(board.projectSku)], [19, text('', 2)],
    [3, text(driver)], [8, Buffer.from('8001000000000000', 'hex')], [12, extended(measured)], [13, Buffer.from('00800300', 'hex')],
    [11, Buffer.from([options.decoder === true ? 0xaa : 0x55])], ...(options.fwid === false ? [] : [[20, device.fwid] as const]),
    [21, Buffer.from([mode === 'protected pcie' ? 0xaa : 0x55])], ...(mode === 'protected pcie' ? [[22, Buffer.concat(ends)] as const] : []),
    ...(blackwell ? [[33, Buffer.from('0707', 'hex')] as const] : []), [34, u16(1)], ...(blackwell ? [[35, text(device.chip)] as const] : []), [36, u16(FEATURE[mode])],
  ];
}

/** Eight ids of GPUs in the order of their bytes, unused places zero, and the state of 64 ports. */
function switchFields(device: Device, measured: readonly Buffer[], { linked = [] }: ReportOptions): Fields {
  const gpus = Array.from({ length: 8 }, (_, place) => linked[place]?.id ?? Buffer.alloc(8));
  return [
    [6, Buffer.from(FIRMWARE.LS_10.vbios, 'latin1')], [22, device.id], [12, extended(measured).subarray(0, 108)], [26, Buffer.concat([...gpus, Buffer.alloc(64, 0xff)])],
    [23, Buffer.from('ec00', 'hex')], [24, u16(0)], [25, u16(1)],
  ];
}

/** Request and signed response. */
export function report(device: Device, options: ReportOptions): Buffer {
  const measured = FIRMWARE[device.chip].measured.map((usual, index) =>
    options.measured?.get(index) ?? (device.chip !== 'LS_10' && index === NVDEC_INDEX && options.decoder !== true ? Buffer.alloc(48) : usual));
  const record = Buffer.concat(measured.map((value, index) => Buffer.concat([Buffer.from([index + 1, 1]), u16(51), Buffer.from([1]), u16(48), value])));
  const fields = device.chip === 'LS_10' ? switchFields(device, measured, options) : gpuFields(device, measured, options);
  const opaque = Buffer.concat(fields.flatMap(([type, data]) => [u16(type), u16(data.length), data]));
  const request = Buffer.concat([Buffer.from('11e001ff', 'hex'), options.nonce, Buffer.from([0])]);
  if (request.length !== 37) throw new RangeError(`a nonce of ${options.nonce.length} bytes, 32 needed`);
  const header = Buffer.concat([Buffer.from('11600000', 'hex'), Buffer.from([measured.length]), u16(record.length), Buffer.from([0])]);
  const signed = Buffer.concat([request, header, record, randomBytes(32), u16(opaque.length), opaque]);
  const whole = Buffer.concat([signed, signQuickly(device.leaf, signed)]);
  for (const [offset, mask] of options.tamper ?? []) whole[offset] = (whole[offset] ?? 0) ^ mask;
  return whole;
}

/** Devices of the laboratory: a chain as NVIDIA's and a signed SPDM transcript for any nonce. */
import { randomBytes } from 'node:crypto';
import type { DeviceEvidence } from '../../../../src/evidence/nvidia';
import { anchorOf, chainPem, diceComposite, diceTcbInfo, dmtfName, issue, newKey, signRaw } from './certificates';
import type { Authority, Parts } from './certificates';

export const deviceRoot = issue({ name: 'Laboratory Device CA', ca: true });
export const DEVICE_ANCHOR = anchorOf(deviceRoot, 'nvidia-device');

const product = issue({ name: 'Laboratory Identity', ca: true, issuer: deviceRoot });
export const provisioner = issue({ name: 'Laboratory Provisioner ICA 1', ca: true, issuer: product });

export type Chip = 'GH100' | 'GB100' | 'LS_10';

export interface DeviceOptions {
  readonly chip?: Chip;
  /** 8 bytes, hex. */
  readonly id?: string;
  readonly leaf?: Partial<Parts>;
  readonly identity?: Partial<Parts>;
  readonly dmtf?: string;
}

export interface Device {
  readonly chip: Chip;
  readonly id: string;
  readonly chain: readonly Authority[];
  readonly fwid: Buffer;
}

export function makeDevice({ chip = 'GH100', id = randomBytes(8).toString('hex'), leaf = {}, identity = {}, dmtf }: DeviceOptions = {}): Device {
  const fwid = randomBytes(48);
  const key = newKey();
  const serial = Buffer.concat([Buffer.from([chip === 'LS_10' ? 0x50 : 0x41]), Buffer.from(id, 'hex')]);
  const brom = issue({ name: `${chip} A01 GSP BROM`, ca: true, issuer: provisioner, serial, ...identity });
  const dice = chip === 'GB100' ? diceTcbInfo(fwid) : diceComposite(fwid, key);
  const ak = issue({ name: `${chip} A01 GSP FMC LF`, issuer: brom, key, extensions: [dmtfName(dmtf ?? `NVIDIA:${chip}:${id}`), dice], ...leaf });
  return { chip, id, chain: [ak, brom, provisioner, product, deviceRoot], fwid };
}

/** Golden index → value; what is not named measures to zeros. */
export type Measurements = Readonly<Record<number, Uint8Array>>;

export interface ReportOptions {
  readonly nonce: Uint8Array;
  readonly measurements?: Measurements;
  readonly blocks?: number;
  readonly driver?: string;
  /** As the device encodes it. */
  readonly vbios?: Buffer;
  readonly nvdec0?: number;
  /** Added to, or in place of, the usual fields; `undefined` takes one away. */
  readonly fields?: Readonly<Record<number, Buffer | undefined>>;
  readonly after?: Buffer;
}

const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const text = (value: string): Buffer => Buffer.from(`${value}\0`);

export const DRIVER = '600.10.01';
export const VBIOS = '99.00.11.00.01';
const VBIOS_BYTES = Buffer.from('0011009901000000', 'hex');

function fieldsOf(device: Device, { driver = DRIVER, vbios = VBIOS_BYTES, nvdec0 = 0x55, fields = {} }: ReportOptions): Buffer {
  const gpu: Record<number, Buffer | undefined> = {
    3: text(driver), 6: vbios, 11: Buffer.from([nvdec0]), 15: text('777'), 17: text('LAB1'), 18: text('0100'), 20: device.fwid, 21: Buffer.from([0x55]), 34: u16(1), 36: u16(0),
  };
  const switch_: Record<number, Buffer | undefined> = { 6: Buffer.from(VBIOS), 22: Buffer.from(device.id, 'hex') };
  const all = { ...(device.chip === 'LS_10' ? switch_ : gpu), ...fields };
  return Buffer.concat(Object.entries(all).flatMap(([type, data]) => (data === undefined ? [] : [u16(Number(type)), u16(data.length), data])));
}

export function transcriptOf(device: Device, options: ReportOptions): Buffer {
  const count = options.blocks ?? (device.chip === 'LS_10' ? 31 : 64);
  const record = Buffer.concat(Array.from({ length: count }, (_, i) => Buffer.concat([Buffer.from([i + 1, 1]), u16(51), Buffer.from([1]), u16(48), options.measurements?.[i] ?? Buffer.alloc(48)])));
  const opaque = fieldsOf(device, options);
  const request = Buffer.concat([Buffer.from([0x11, 0xe0, 0x01, 0xff]), options.nonce, Buffer.from([0])]);
  const response = Buffer.concat([Buffer.from([0x11, 0x60, 0, 0, count]), u16(record.length & 0xffff), Buffer.from([record.length >> 16]), record, randomBytes(32), u16(opaque.length), opaque]);
  const [leaf] = device.chain;
  if (leaf === undefined) throw new Error('a device without a leaf');
  const signed = Buffer.concat([request, response]);
  return Buffer.concat([signed, signRaw(leaf.key, signed), options.after ?? Buffer.alloc(0)]);
}

export const evidenceOf = (device: Device, options: ReportOptions): DeviceEvidence => ({ transcript: new Uint8Array(transcriptOf(device, options)), certificates: chainPem(device.chain) });

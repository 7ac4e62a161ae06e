/**
 * Simulated GPUs and switches as their certificates know them: leaf (attestation key), boot ROM, provisioner, product CA
 * and the simulator's Device Identity root. A device is a chip and a label; the same label is the same device for ever.
 */
import { extension } from '../pki/certificate.ts';
import { element, explicit, implicit, integer, octets, oid, sequence, utf8 } from '../pki/der.ts';
import { labelled, sha384 } from '../pki/keys.ts';
import { issue, NEVER } from '../pki/nvidia.ts';
import type { Authority } from '../pki/nvidia.ts';
import { derivedP384 } from '../pki/p384.ts';
import type { P384Key } from '../pki/p384.ts';

/** As certificates name it: Hopper, data-centre and workstation Blackwell, NVSwitch of a Hopper node. */
export type Chip = 'GH100' | 'GB100' | 'GB202' | 'LS_10';
export const CHIPS: readonly Chip[] = ['GH100', 'GB100', 'GB202', 'LS_10'];

export const DEVICE_ROOT_NAME = 'NVIDIA Device Identity CA';

/** `nvidia`: made by the simulated vendor. `emulated`: the same in every word, by somebody with keys of his own. */
export type Maker = 'nvidia' | 'emulated';

interface ChipFacts {
  /** Whose product CA signs the provisioner: switches are under Hopper's. */
  readonly product: 'GH100' | 'GB100' | 'GB202';
  readonly provisioner: string;
  readonly processor: 'GSP' | 'FSP';
  /** First byte of the boot ROM's serial number; the device id follows. */
  readonly prefix: number;
  readonly dice: 'composite' | 'tcb info';
  readonly made: number;
}

const blackwell = (product: 'GB100' | 'GB202'): ChipFacts => ({ product, provisioner: `NVIDIA ${product} Provisioner ICA 00000`, processor: 'GSP', prefix: 0x41, dice: 'tcb info', made: Date.UTC(2023, 5, 20) });
const FACTS: Readonly<Record<Chip, ChipFacts>> = {
  GH100: { product: 'GH100', provisioner: 'NVIDIA GH100 Provisioner ICA 1', processor: 'GSP', prefix: 0x41, dice: 'composite', made: Date.UTC(2020, 9, 17) },
  LS_10: { product: 'GH100', provisioner: 'NVIDIA LS_10 Provisioner ICA 1', processor: 'FSP', prefix: 0x50, dice: 'composite', made: Date.UTC(2020, 9, 17) },
  GB100: blackwell('GB100'),
  GB202: blackwell('GB202'),
};

const authorities = new Map<string, Authority>();

function authority(label: string, make: (key: P384Key) => Authority): Authority {
  const known = authorities.get(label) ?? make(derivedP384(label));
  authorities.set(label, known);
  return known;
}

const rootOf = (maker: Maker): Authority =>
  authority(`${maker} device root`, (key) => issue({ commonName: DEVICE_ROOT_NAME, key, notBefore: Date.UTC(2021, 10, 5), notAfter: NEVER, role: 'authority' }));

export const deviceRoot = rootOf('nvidia');

/** The product CA above a chip's provisioner. */
export const productOf = (chip: Chip): ChipFacts['product'] => FACTS[chip].product;

const AUTHORITY = { notBefore: Date.UTC(2022, 0, 12), notAfter: NEVER, role: 'authority', ocsp: true } as const;

export const productCa = (product: ChipFacts['product'], maker: Maker = 'nvidia'): Authority =>
  authority(`${maker} product/${product}`, (key) => issue({ ...AUTHORITY, commonName: `NVIDIA ${product} Identity`, key, issuer: rootOf(maker) }));

export const provisioner = (chip: Chip, maker: Maker = 'nvidia'): Authority =>
  authority(`${maker} provisioner/${chip}`, (key) => issue({ ...AUTHORITY, commonName: FACTS[chip].provisioner, key, issuer: productCa(FACTS[chip].product, maker) }));

export interface Device {
  readonly chip: Chip;
  /** By which the devices of one machine name each other, 8 bytes. */
  readonly id: Buffer;
  /** SHA-384 of what the boot ROM started, 48 bytes. */
  readonly fwid: Buffer;
  /** Leaf first, root last: five. */
  readonly chain: readonly Authority[];
  readonly leaf: P384Key;
  /** The chain as PEM, joined without a trailing newline. */
  readonly pem: string;
}

/** A device's id without making the device. */
export const deviceId = (chip: Chip, label: string): Buffer => labelled(`nvidia device/${chip}/${label}`, 8);

/** The boot ROM's serial number, 9 bytes. */
export const bootSerial = (chip: Chip, label: string): Buffer => Buffer.concat([Buffer.from([FACTS[chip].prefix]), deviceId(chip, label)]);

const SHA384 = oid('2.16.840.1.101.3.4.2.2');

/** What was started, in the DICE form of the family. */
function dice(chip: Chip, key: P384Key, fwid: Buffer): Buffer {
  if (FACTS[chip].dice === 'composite') return extension('2.23.133.5.4.1', sequence(integer(1), key.spki, sequence(SHA384, octets(fwid))));
  const fwids = element(0xa6, sequence(SHA384, octets(fwid)), sequence(SHA384, octets(Buffer.alloc(48))));
  return extension('2.23.133.5.4.1.1', sequence(implicit(0, Buffer.from('NVIDIA')), implicit(1, Buffer.from(`${chip} A01 GSP`)), implicit(2, Buffer.from('01')), implicit(3, Buffer.from([0])), implicit(4, Buffer.from([0])), fwids));
}

const devices = new Map<string, Device>();

export function device(chip: Chip, label: string, maker: Maker = 'nvidia'): Device {
  const key = `${maker}/${chip}/${label}`;
  const made = devices.get(key) ?? makeDevice(chip, label, maker);
  devices.set(key, made);
  return made;
}

function makeDevice(chip: Chip, label: string, maker: Maker): Device {
  const { processor, made } = FACTS[chip];
  const dates = { notBefore: made, notAfter: NEVER };
  const fwid = sha384(`assay simulator/${chip} boot firmware`);
  const serial = bootSerial(chip, label);
  const boot = issue({
    ...dates, role: 'device', commonName: `${chip} A01 ${processor} BROM`, device: serial.toString('hex').toUpperCase(), serial,
    key: derivedP384(`${maker} boot/${chip}/${label}`), issuer: provisioner(chip, maker), ocsp: FACTS[chip].dice === 'tcb info',
  });
  const key = derivedP384(`${maker} leaf/${chip}/${label}`);
  // Named after its key, the top bit cleared, as NVIDIA does.
  const leafSerial = Buffer.from(key.keyId);
  leafSerial[0] = ((leafSerial[0] ?? 0) & 0x3f) | 0x40;
  const spdmName = utf8(`NVIDIA:${chip}:${labelled(`nvidia board/${chip}/${label}`, 8).toString('hex').toUpperCase()}`);
  const leaf = issue({
    ...dates, role: 'leaf', commonName: `${chip} A01 ${processor} FMC LF`, device: leafSerial.toString('hex').toUpperCase(), serial: leafSerial, key, issuer: boot,
    extensions: [extension('2.5.29.17', sequence(explicit(0, oid('1.3.6.1.4.1.412.274.1'), explicit(0, spdmName)))), dice(chip, key, fwid)],
  });
  const chain = [leaf, boot, provisioner(chip, maker), productCa(FACTS[chip].product, maker), rootOf(maker)];
  return { chip, id: deviceId(chip, label), fwid, chain, leaf: key, pem: chain.map((one) => one.pem).join('').trimEnd() };
}

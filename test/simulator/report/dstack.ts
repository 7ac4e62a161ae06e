/**
 * A dstack machine's start as its log tells it, and the registers that the hardware then holds. Events, digests and
 * MRCONFIGID as dstack's guest and host write them.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { labelled, sha256, sha384 } from '../pki/keys.ts';

export interface LogEvent {
  readonly imr: 0 | 1 | 2 | 3;
  readonly event_type: number;
  /** 96 hex, or empty where newer software leaves it out. */
  readonly digest: string;
  readonly event: string;
  /** Hex. */
  readonly event_payload: string;
  readonly version?: number;
}

/** dstack's own kind of event. */
const RUNTIME = 0x08000001;
const REGISTER_BYTES = 48;

/** The firmware's, loader's and kernel's part of the log: register, TCG event type, what it is about. */
const FIRMWARE: readonly (readonly [imr: 0 | 1 | 2, type: number, about: string])[] = [
  [0, 0x8000000b, 'td hob'], [0, 0x8000000a, 'configuration volume'], [0, 0x80000001, 'SecureBoot'], [0, 0x80000001, 'PK'], [0, 0x80000001, 'KEK'], [0, 4, 'separator'],
  [0, 10, 'ACPI DATA'], [1, 0x80000003, 'kernel'], [0, 0x80000002, 'BootOrder'], [1, 0x80000007, 'Calling EFI Application from Boot Option'], [1, 4, 'separator'],
  [2, 6, 'kernel command line'], [2, 6, 'initrd'], [1, 0x80000007, 'Exit Boot Services Invocation'],
];

const KEY_PROVIDER = { name: 'kms', id: labelled('key provider of the simulated key service', 91).toString('hex') } as const;
/** dstack's numbers for who gives the keys: none, local, key service, TPM. */
const BY_KEY_SERVICE = 2;

/** SHA-384 over type (little-endian), name and payload (hex), 48 bytes. */
export const runtimeDigest = (name: string, payload: string): Buffer => sha384(Buffer.from('01000008', 'hex'), `:${name}:`, Buffer.from(payload, 'hex'));
/** The second form: canonical JSON (RFC 8785). */
const runtimeDigestV2 = (name: string, payload: string): Buffer => sha384(`{"event":"${name}","event_type":${RUNTIME},"payload":"${payload}","version":2}`);

export interface BootOptions {
  /** The application's text. */
  readonly compose: string;
  /** Distinguishes machines that run the same. */
  readonly instance: string;
  /** Compose hash before application id, which dstack never does. */
  readonly disordered?: boolean;
  /** Digests by canonical JSON. */
  readonly second?: boolean;
}

/** SHA-256 of the text, hex. */
export const composeHash = (compose: string): string => sha256(compose).toString('hex');
/** The first 20 bytes of the first compose hash, hex. */
const appId = (compose: string): string => composeHash(compose).slice(0, 40);
export const instanceId = (instance: string): string => labelled(`dstack instance/${instance}`, 20).toString('hex');
export const OS_IMAGE_HASH = labelled('dstack os image', 32).toString('hex');
export const KEY_PROVIDER_INFO = JSON.stringify(KEY_PROVIDER);

/** The whole log, digests included. */
export function bootLog({ compose, instance, disordered = false, second = false }: BootOptions): readonly LogEvent[] {
  const firmware = FIRMWARE.map(([imr, type, about]): LogEvent => ({ imr, event_type: type, digest: sha384(`assay simulator/dstack/${about}`).toString('hex'), event: '', event_payload: Buffer.from(about).toString('hex') }));
  const named: readonly (readonly [name: string, payload: string])[] = [
    ['system-preparing', ''], ['app-id', appId(compose)], ['compose-hash', composeHash(compose)], ['instance-id', instanceId(instance)], ['boot-mr-done', ''],
    ['os-image-hash', OS_IMAGE_HASH], ['key-provider', Buffer.from(KEY_PROVIDER_INFO).toString('hex')], ['storage-fs', Buffer.from('zfs').toString('hex')], ['system-ready', ''],
  ];
  const ordered = disordered ? swapped(named, 1) : named;
  const digest = second ? runtimeDigestV2 : runtimeDigest;
  const runtime = ordered.map(([event, payload]): LogEvent => ({ imr: 3, event_type: RUNTIME, digest: digest(event, payload).toString('hex'), event, event_payload: payload, ...(second ? { version: 2 } : {}) }));
  return [...firmware, ...runtime];
}

/** One item and the next in each other's place. */
function swapped<T>(list: readonly T[], at: number): readonly T[] {
  return [...list.slice(0, at), ...list.slice(at, at + 2).toReversed(), ...list.slice(at + 2)];
}

/** The same log with two of register 3's events in each other's place. */
export const reordered = (log: readonly LogEvent[]): readonly LogEvent[] => swapped(log, log.findIndex(({ event }) => event === 'app-id'));

/** The same log without the digests of register 3, as newer software writes it. */
export const withoutDigests = (log: readonly LogEvent[]): readonly LogEvent[] => log.map((event) => (event.imr === 3 ? { ...event, digest: '' } : event));

export interface Registers {
  readonly rtmr: readonly [Buffer, Buffer, Buffer, Buffer];
  /** MRCONFIGID. */
  readonly mrConfigId: Buffer;
}

/** What the hardware holds after these events: each register is zeros extended with each digest in turn. */
export function extended(log: readonly LogEvent[]): Registers['rtmr'] {
  const of = (imr: number): Buffer => log.filter((event) => event.imr === imr).reduce<Buffer>((register, event) => sha384(register, Buffer.from(event.digest, 'hex')), Buffer.alloc(REGISTER_BYTES));
  return [of(0), of(1), of(2), of(3)];
}

/** What the host sets before the start. 1: the compose hash itself. 2: a digest over it and the application's identity. 0: unset. */
export function configId(compose: string, version: 0 | 1 | 2): Buffer {
  const whole = Buffer.alloc(REGISTER_BYTES);
  if (version === 0) return whole;
  const hash = Buffer.from(composeHash(compose), 'hex');
  const digest = version === 1 ? hash : keccak_256(Buffer.concat([hash, Buffer.from(appId(compose), 'hex'), Buffer.from([BY_KEY_SERVICE]), Buffer.from(KEY_PROVIDER.id, 'hex')]));
  whole[0] = version;
  whole.set(digest, 1);
  return whole;
}

/** A dstack machine as a test wants it: its events, and the registers that a true quote would then hold. */
import { createHash } from 'node:crypto';
import type { DstackInput } from '../../../src/evidence/dstack';

export interface Event {
  imr: number;
  event_type: number;
  digest: string;
  event: string;
  event_payload: string;
  version?: number;
}

const sha384 = (...parts: readonly Uint8Array[]): Buffer => parts.reduce<ReturnType<typeof createHash>>((hash, part) => hash.update(part), createHash('sha384')).digest();

/** Written here once more, apart from src. */
export function digest({ event, event_payload: payload }: Event, form: 'v1' | 'v2' | 'v2-name'): Buffer {
  if (form === 'v2') return sha384(Buffer.from(`{"event":"${event}","event_type":134217729,"payload":"${payload}","version":2}`));
  if (form === 'v2-name') return sha384(Buffer.from(`{"name":"${event}","payload":"${payload}","type":134217729}`));
  return sha384(Buffer.from('01000008', 'hex'), Buffer.from(`:${event}:`), Buffer.from(payload, 'hex'));
}

export const extended = (digests: readonly Uint8Array[]): Uint8Array => digests.reduce<Buffer>((register, one) => sha384(register, one), Buffer.alloc(48));

export const runtime = (event: string, payload = ''): Event => ({ imr: 3, event_type: 0x08000001, digest: '', event, event_payload: payload });
export const firmware = (imr: number, fill: number): Event => ({ imr, event_type: 4, digest: Buffer.alloc(48, fill).toString('hex'), event: '', event_payload: '' });

export const APP_ID = '11'.repeat(20);
export const COMPOSE_HASH = '22'.repeat(32);
export const INSTANCE_ID = '33'.repeat(20);
export const KMS_ID = '44'.repeat(32);
export const keyProvider = (name = 'kms', id = KMS_ID): string => Buffer.from(JSON.stringify({ name, id })).toString('hex');

export const BOOT: readonly Event[] = [
  runtime('system-preparing'), runtime('app-id', APP_ID), runtime('compose-hash', COMPOSE_HASH), runtime('instance-id', INSTANCE_ID), runtime('boot-mr-done'),
  runtime('os-image-hash', '55'.repeat(32)), runtime('key-provider', keyProvider()), runtime('storage-fs', '7a6673'), runtime('system-ready'),
];
export const FIRMWARE: readonly Event[] = [firmware(0, 1), firmware(1, 2), firmware(2, 3)];

/** Registers that replay from these events. */
export function machine(events: readonly Event[], form: 'v1' | 'v2' | 'v2-name' = 'v1', over: Partial<DstackInput> = {}): DstackInput {
  const of = (imr: number): Uint8Array => extended(events.filter((e) => e.imr === imr).map((e) => (imr === 3 ? digest(e, e.version === 2 ? 'v2' : form) : Buffer.from(e.digest.padEnd(96, '0'), 'hex'))));
  return { rtmr: [of(0), of(1), of(2), of(3)], mrConfigId: new Uint8Array(48), eventLog: JSON.stringify(events), logPromised: true, ...over };
}
